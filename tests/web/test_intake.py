"""What is taken in, what is refused, and that a refusal or a crash leaves nothing behind and loses nothing."""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
import struct
import time
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from analyser.audio import open_sound
from analyser.errors import AnalyserError, AudioError, SettingsError, StorageError, TranscriptError
from analyser.web import intake
from analyser.web.identity import Identity, local_user
from analyser.web.intake import Details, accept, clean_name, guess_date
from analyser.web.site import Site
from analyser.web.tables import Call, User
from tests.browsers import TYPED

People = Callable[[str], TestClient]
SECRET = "what stands in a file of the machine"


def tone(seconds: float = 0.5, *, rate: int = 16000) -> bytes:
    """A WAV file with a tone."""
    samples = (8000 * np.sin(np.arange(int(seconds * rate)) / 5)).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return buffer.getvalue()


def named(site: Site, name: str) -> Identity:
    with site.database.write() as session:
        user = session.scalar(select(User).where(User.name == name)) or local_user(session)
        return Identity(user.id, user.name, user.shown, user.role, user.team)


def bring(site: Site, content: bytes | str, name: str, asker: str = "local", **details: str) -> str:
    path = site.config.uploads / "incoming"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return accept(site, named(site, asker), path, name, Details.of(details))


def the_call(site: Site, key: str) -> Call:
    with site.database.read() as session:
        return session.scalars(select(Call).where(Call.key == key)).one()


def nothing_kept(site: Site) -> bool:
    with site.database.read() as session:
        count = session.scalar(select(func.count()).select_from(Call))
    return not count and not list(site.config.calls.iterdir()) and not list(site.config.uploads.glob("*.held*"))


def test_what_is_accepted_is_kept_and_queued(site: Site) -> None:
    key = bring(site, tone(), "2026-11-20 Bakker.wav", client="Bakker", ground="consent", consent="gevraagd")
    call = the_call(site, key)
    assert (call.state, call.recording, call.date, call.client) == ("queued", "recording.wav", "2026-11-20", "Bakker")
    assert (site.config.calls / key / call.recording).read_bytes() == tone()
    assert sorted(path.name for path in (site.config.calls / key).iterdir()) == ["recording.wav"]
    assert not list(site.config.uploads.iterdir())


def test_whose_call_it_is(site: Site, people: People) -> None:
    people("anna")
    hers = the_call(site, bring(site, TYPED, "a.tsv", "anna", seller="bram"))
    assert (hers.owner.name, hers.team, hers.seller) == ("anna", "north", "Anna")  # type: ignore[union-attr]
    by_trainer = the_call(site, bring(site, TYPED, "b.tsv", "tom", seller="bram"))
    assert by_trainer.owner.name == "bram"  # type: ignore[union-attr]
    other_team = the_call(site, bring(site, TYPED, "c.tsv", "tom", seller="zoe"))
    assert (other_team.owner, other_team.team, other_team.seller) == (None, "north", "zoe")


@pytest.mark.parametrize(
    "given",
    [{"date": "20-11-2026"}, {"channel": "middle"}, {"language": "../nl"}, {"ground": "because"}],
)
def test_details_that_cannot_be_are_refused(given: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        Details.of(given)


def test_details_are_one_line_of_bounded_length() -> None:
    found = Details.of({"client": "a\x00b\n<script>" + "x" * 999, "seller": ["a"], "consent": 3})
    assert found.client.startswith("a b <script>")
    assert len(found.client) == 120
    assert found.seller == ""


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd.wav", "passwd.wav"),
        ("C:\\calls\\a.wav", "a.wav"),
        ("<script>alert(1)</script>.wav", "script>.wav"),
        ("a\x00b\u202e\n.wav", "ab.wav"),
        (".wav", "wav"),
        ("", "call"),
        ("x" * 300 + ".wav", "x" * 251 + ".wav"),
    ],
)
def test_names_are_for_people_only(name: str, clean: str) -> None:
    assert clean_name(name) == clean


def test_the_day_is_guessed_as_a_batch_does() -> None:
    assert guess_date("20261120_anna.wav") == "2026-11-20"
    assert guess_date("anna 20-11-2026 bakker.wav") == "2026-11-20"
    assert guess_date("anna.wav", 1_795_000_000) == "2026-11-18"
    assert guess_date("anna.wav") == ""


def playlist(secret: Path) -> dict[str, bytes]:
    """Files that ask a decoder to open another file or an address."""
    return {
        "hls": f"#EXTM3U\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n".encode(),
        "hls-http": b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/secret.ts\n#EXT-X-ENDLIST\n",
        "concat": f"ffconcat version 1.0\nfile '{secret}'\n".encode(),
        "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\n",
        "dash": f'<?xml version="1.0"?><MPD><Period><BaseURL>{secret}</BaseURL></Period></MPD>'.encode(),
        "playlist": f"[playlist]\nFile1={secret}\n".encode(),
        "asx": f'<asx version="3.0"><entry><ref href="file://{secret}"/></entry></asx>'.encode(),
        "lavfi": b"sine=frequency=440",
    }


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".mp4", ".ts", ".ogg"])
@pytest.mark.parametrize("kind", ["hls", "hls-http", "concat", "sdp", "dash", "playlist", "asx", "lavfi"])
def test_a_file_that_points_elsewhere_is_no_recording(site: Site, tmp_path: Path, kind: str, suffix: str) -> None:
    secret = tmp_path / "secret.wav"
    secret.write_bytes(tone(2))
    with pytest.raises(AudioError):
        bring(site, playlist(secret)[kind], f"call{suffix}")
    assert nothing_kept(site)


def test_a_film_whose_sound_lies_in_another_file_is_not_followed(site: Site, tmp_path: Path) -> None:
    """QuickTime can say that its samples are in the file of a name (a ``dref`` of kind ``alis`` or ``url ``)."""
    secret = tmp_path / "secret.wav"
    secret.write_bytes(tone(2))
    key = bring(site, _film_pointing_at(str(secret)), "film.mov")
    # The two seconds in the other file are not heard: there are only the few bytes at that place in the film itself.
    with pytest.raises(AudioError, match="holds no sound"):
        open_sound(site.config.calls / key / "recording.mov")


def _film_pointing_at(target: str) -> bytes:
    def box(kind: bytes, *parts: bytes) -> bytes:
        body = b"".join(parts)
        return struct.pack(">I", 8 + len(body)) + kind + body

    url = box(b"url ", struct.pack(">I", 0), f"file://{target}".encode() + b"\0")
    dref = box(b"dref", struct.pack(">II", 0, 1), url)
    entry = box(b"sowt", bytes(6), struct.pack(">H", 1), bytes(8), struct.pack(">HHHHI", 1, 16, 0, 0, 16000 << 16))
    stbl = box(
        b"stbl",
        box(b"stsd", struct.pack(">II", 0, 1), entry),
        box(b"stts", struct.pack(">IIII", 0, 1, 16000, 1)),
        box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 16000, 1)),
        box(b"stsz", struct.pack(">III", 0, 2, 16000)),
        box(b"stco", struct.pack(">III", 0, 1, 44)),
    )
    minf = box(b"minf", box(b"smhd", bytes(8)), box(b"dinf", dref), stbl)
    hdlr = box(b"hdlr", bytes(8), b"soun", bytes(13))
    mdhd = box(b"mdhd", struct.pack(">IIIIIHH", 0, 0, 0, 16000, 16000, 0, 0))
    tkhd = box(b"tkhd", struct.pack(">IIIIII", 1, 0, 0, 1, 0, 1000), bytes(60))
    mvhd = box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, 1000), bytes(80))
    return box(b"ftyp", b"qt  ", bytes(4), b"qt  ") + box(
        b"moov", mvhd, box(b"trak", tkhd, box(b"mdia", mdhd, hdlr, minf))
    )


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("call.wav", bytes(20 << 20))
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["bomb.wav", "bomb.mp3", "bomb.zip", "bomb.tsv", "transcript.json"])
def test_archives_are_not_opened(site: Site, name: str) -> None:
    for content in (bomb(), gzip.compress(bytes(20 << 20))):
        with pytest.raises((AudioError, TranscriptError)):
            bring(site, content, name)
    assert nothing_kept(site)


def test_a_page_that_is_a_recording_too_is_kept_as_a_recording(site: Site) -> None:
    """A polyglot: sound to a decoder, a page to a browser that guesses. It is never kept under a page's ending."""
    page = tone() + b"<html><script>alert(document.cookie)</script></html>"
    with pytest.raises(AudioError):
        bring(site, page, "call.html")
    with pytest.raises(AudioError):
        bring(site, b"<html><script>alert(1)</script>" + tone(), "call.wav")
    assert the_call(site, bring(site, page, "call.html.wav")).recording == "recording.wav"


def with_claimed(content: bytes, seconds: int) -> bytes:
    """A WAV whose header says how long it is."""
    return content[:40] + struct.pack("<I", min(2**32 - 1, seconds * 32000)) + content[44:]


def test_a_header_that_claims_a_hundred_hours_is_not_believed(site: Site) -> None:
    """The file is a second long; its header may say what it likes, but nothing is made as long as it says."""
    key = bring(site, with_claimed(tone(1), 36 * 3600), "lang.wav")
    assert the_call(site, key).state == "queued"


def test_a_recording_that_really_is_too_long_is_refused(site: Site) -> None:
    from dataclasses import replace

    short = Site(replace(site.config, max_hours=0.5 / 3600), site.database)
    with pytest.raises(AudioError, match="longer than"):
        bring(short, tone(2), "lang.wav")
    assert nothing_kept(site)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        os.urandom(4000),
        tone()[:44],
        tone()[:30],
        b"RIFF" + b"\xff" * 4000,
        struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 99, b"WAVE", b"fmt ", 16, 1, 65535, 2**31, 1, 1, 16, b"data", 4000)
        + bytes(4000),
    ],
    ids=["empty", "noise", "no samples", "cut", "rubbish", "mad header"],
)
def test_what_is_no_sound_is_refused(site: Site, content: bytes) -> None:
    with pytest.raises(AudioError):
        bring(site, content, "call.wav")
    assert nothing_kept(site)


def vtt(times: str) -> str:
    return f"WEBVTT\n\n{times}\n<v Jan>Goedemorgen\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.vtt", vtt("00:00:01.000 --> 99999999:00:00.000")),
        ("a.vtt", "no transcript"),
        ("transcript.json", "[" * 100_000),
        ("transcript.json", json.dumps({"recording": {"name": "x", "sha256": "", "duration": 1e308}})),
        ("a.tsv", "S\tneed\t\n"),
    ],
)
def test_transcripts_that_make_no_sense_are_refused(site: Site, name: str, text: str) -> None:
    with pytest.raises(TranscriptError) as caught:
        bring(site, text, name)
    assert str(site.config.workspace) not in str(caught.value)
    assert nothing_kept(site)


def test_a_disk_that_is_nearly_full_takes_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "room", lambda config: -1)
    with pytest.raises(StorageError):
        bring(site, tone(), "call.wav")
    assert nothing_kept(site)
    assert (site.config.uploads / "incoming").is_file()


def test_a_disk_that_fills_up_in_the_middle_leaves_the_upload(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError):
        bring(site, tone(), "call.wav")
    monkeypatch.undo()
    assert nothing_kept(site)
    assert (site.config.uploads / "incoming").read_bytes() == tone()


def test_a_database_that_is_gone_leaves_the_upload(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    asker = named(site, "local")

    def gone(*_: Any) -> Any:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    path = site.config.uploads / "incoming"
    path.write_bytes(tone())
    monkeypatch.setattr(intake, "changed", gone)
    with pytest.raises(OperationalError):
        accept(site, asker, path, "call.wav", Details())
    monkeypatch.undo()
    assert nothing_kept(site)
    assert accept(site, asker, path, "call.wav", Details())


def test_what_a_crash_left_on_its_way_in_is_cleared_up(site: Site) -> None:
    kept = bring(site, TYPED, "a.tsv")
    (site.config.calls / kept / intake.INCOMING).touch()
    half, fresh, strange = (site.config.calls / name for name in ("a" * 32, "b" * 32, "overview"))
    for folder in (half, fresh, strange):
        folder.mkdir()
        (folder / intake.INCOMING).touch()
    for folder in (half, strange):
        os.utime(folder / intake.INCOMING, (time.time() - 7200,) * 2)
    assert intake.sweep_incoming(site) == 1
    assert sorted(path.name for path in site.config.calls.iterdir()) == sorted([kept, fresh.name, "overview"])
    assert not (site.config.calls / kept / intake.INCOMING).exists()


def test_messages_name_the_file_as_people_do(site: Site) -> None:
    with pytest.raises(AnalyserError) as caught:
        bring(site, b"nothing", "gesprek.wav")
    assert str(caught.value).startswith("gesprek.wav: ")
