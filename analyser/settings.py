"""Every setting with its default, once. Defaults < ``analyser.toml`` < flags; an unknown key is an error."""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analyser.errors import SettingsError


@dataclass(frozen=True)
class Settings:
    """What a user can choose. ``None`` from a front means "not given" and leaves the value below it in force."""

    language: str = "auto"
    """auto, or the code of a language pack: the language spoken"""
    interface: str = "auto"
    """auto (the call's), or the code of a language pack: the language of the report"""
    model: str = "auto"
    """recogniser: auto (the best present that fits this machine), or a name of models.toml"""
    device: str = "auto"
    """auto, cpu or cuda"""
    threads: int = 0
    """processor threads for the recogniser; 0 takes one for each core"""
    beam: int = 5
    """beam size of the recogniser"""
    batch: int = 4
    """windows of speech decoded at a time"""
    hotwords: tuple[str, ...] = ()
    """product and client names that the recogniser should know"""
    diariser: str = "auto"
    """a name of plugins.DIARISERS: who tells voices in one channel apart"""
    tagger: str = "auto"
    """a name of plugins.TAGGERS: who tags utterances with acts"""
    speakers: int | None = None
    """number of voices in a one-channel recording; None finds it"""
    seller: str | None = None
    """the label of the seller's voice (A, B, left, right, a name); None finds it"""
    team: Path | None = None
    """a TOML file with a team's own cues and product names"""
    voices: Path | None = None
    """a JSON file with known voices, stored with consent"""
    low_confidence: float = 0.5
    """words below this confidence (0–1) are shown as unsure"""
    embed_audio: bool = False
    """put the sound, as Opus, into the report itself"""
    mask: bool = False
    """mask names, addresses and numbers in the report and the exports, and leave out the sound; what the call can be
    analysed anew from (analysis.json, transcript.json) stays whole"""
    formats: tuple[str, ...] = ("html", "json", "rttm")
    """what is written beside analysis.json"""


def read_settings(path: Path | None = None, **flags: Any) -> Settings:
    """Settings from a TOML file with ``flags`` over it; a flag that is None was not given.

    Raises SettingsError for a file that cannot be read, an unknown key, or a value of the wrong type.
    """
    values: dict[str, Any] = {}
    if path is not None:
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"{path}: cannot be read as settings ({error}). Mend or remove the file.") from error
    source = f"{path}: " if path is not None else ""
    values |= {key: value for key, value in flags.items() if value is not None}
    known = {field.name: field for field in dataclasses.fields(Settings)}
    for key in values:
        if key not in known:
            raise SettingsError(f"{source}there is no setting '{key}'. Known settings: {', '.join(sorted(known))}.")
    return Settings(**{key: _typed(key, value, source) for key, value in values.items()})


def _typed(key: str, value: Any, source: str) -> Any:
    """``value`` in the type of the default of ``key``; TOML has lists and strings for our tuples and paths."""
    if key in ("team", "voices"):
        return Path(value)
    default = getattr(Settings, key)
    if isinstance(default, tuple):
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise SettingsError(f"{source}'{key}' takes a list of texts, not {value!r}.")
    wanted: type = int if key == "speakers" else str if key == "seller" else type(default)
    if wanted is float and isinstance(value, int):
        return float(value)
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise SettingsError(f"{source}'{key}' takes a value of type {wanted.__name__}, not {value!r}.")
    return value
