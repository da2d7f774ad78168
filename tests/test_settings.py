"""Defaults < file < flags."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyser.errors import SettingsError
from analyser.settings import Settings, read_settings


def test_settings_flag_over_file_over_default(tmp_path: Path) -> None:
    path = tmp_path / "analyser.toml"
    path.write_text('language = "nl"\nbeam = 1\nhotwords = ["Vakwerk"]\nteam = "ours.toml"\n')
    settings = read_settings(path, language="en", model=None)
    assert settings == Settings(language="en", beam=1, hotwords=("Vakwerk",), team=Path("ours.toml"))


def test_settings_unknown_key_is_named(tmp_path: Path) -> None:
    path = tmp_path / "analyser.toml"
    path.write_text('langauge = "nl"\n')
    with pytest.raises(SettingsError, match=r"langauge.*language"):
        read_settings(path)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("beam = 'five'", "beam.*int"),
        ("beam = true", "beam.*int"),
        ("hotwords = 'one'", "hotwords.*list"),
        ("x = ", "read"),
    ],
)
def test_settings_wrong_value_is_named(tmp_path: Path, line: str, expected: str) -> None:
    path = tmp_path / "analyser.toml"
    path.write_text(line + "\n")
    with pytest.raises(SettingsError, match=expected):
        read_settings(path)
