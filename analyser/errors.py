"""Everything that can go wrong and that a user can do something about.

A message says what went wrong, in which file, and what to do next. These errors are raised where the fact is known
and caught in the fronts only (``cli`` and ``web``); a batch catches them per call.
"""

from __future__ import annotations


class AnalyserError(Exception):
    """Something that the user should hear of, in one clear line."""


class AudioError(AnalyserError):
    """A recording cannot be read, holds no sound, or holds no speech."""


class TranscriptError(AnalyserError):
    """A transcript file is not of a form that we read."""


class ModelError(AnalyserError):
    """A model is missing, damaged, unknown, or does not fit this machine."""


class SettingsError(AnalyserError):
    """A setting is unknown or has a value that it cannot have."""


class StorageError(AnalyserError):
    """A result cannot be read or written."""


class LanguageError(AnalyserError):
    """A language pack is missing or malformed."""


class SpeakerError(AnalyserError):
    """A speaker was named that the call does not have."""


class BatchError(AnalyserError):
    """A batch cannot start or go on."""
