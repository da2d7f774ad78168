"""Every cue of every pack against its own example sentences."""

from __future__ import annotations

from functools import cache

import pytest

from analyser.languages import Pack, available, load_pack
from analyser.languages.pack import Cue


@cache
def pack_of(code: str) -> Pack:
    return load_pack(code)


def every_cue() -> list[tuple[str, str, Cue]]:
    return [(code, group, cue) for code in available() for group, cues in pack_of(code).cues.items() for cue in cues]


@pytest.mark.parametrize(("code", "group", "cue"), every_cue(), ids=lambda value: getattr(value, "name", str(value)))
def test_cue_matches_its_hits_and_not_its_misses(code: str, group: str, cue: Cue) -> None:
    pack = pack_of(code)
    assert cue.hits and cue.misses, f"{code}.toml: cue {cue.name!r} in {group} needs hits and misses"
    for sentence in cue.hits:
        assert cue.name in pack.hits(group, sentence), f"{cue.name!r} must match {sentence!r}"
    for sentence in cue.misses:
        assert cue.name not in pack.hits(group, sentence), f"{cue.name!r} must not match {sentence!r}"
