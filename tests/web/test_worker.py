"""The queue, and what becomes of calls in it."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from analyser.audio import open_sound
from analyser.errors import AudioError, StorageError
from analyser.pipeline import analyse as real_analyse
from analyser.summaries import calls
from analyser.web import intake, queue, worker
from analyser.web.identity import Identity, local_user
from analyser.web.intake import Details, accept
from analyser.web.sealing import new_key
from analyser.web.site import Site
from analyser.web.tables import Audit, Call, Event
from tests.browsers import TYPED
from tests.faults import STAND_IN

HERE = "tests.web.test_worker"


def asker(site: Site) -> Identity:
    with site.database.write() as session:
        user = local_user(session)
        return Identity(user.id, user.name, user.shown, user.role, user.team)


def bring(site: Site, name: str = "gesprek.tsv", text: str = TYPED, **details: str) -> str:
    path = site.config.uploads / "incoming"
    path.write_text(text, encoding="utf-8")
    return accept(site, asker(site), path, name, Details.of(details))


def look(site: Site, key: str) -> Call:
    with site.database.read() as session:
        return session.scalars(select(Call).where(Call.key == key)).one()


def times(site: Site, key: str, action: str) -> int:
    with site.database.read() as session:
        return session.scalar(select(func.count()).where(Audit.call == key, Audit.action == action)) or 0


def fails(*_: Any, **__: Any) -> Any:
    raise AudioError("holds no speech")


def breaks(*_: Any, **__: Any) -> Any:
    raise ZeroDivisionError("what somebody said")


def no_room(*_: Any, **__: Any) -> Any:
    raise StorageError("no space left on device")


def asked_to_stop(path: Path, settings: Any, *, progress: Any, **given: Any) -> Any:
    site = progress._site
    with site.database.write() as session:
        intake.cancel(session, session.get_one(Call, progress.call.id))
    progress._written = 0.0
    progress("words", 1, 10)
    return real_analyse(path, settings, **given)


def deleted_meanwhile(path: Path, settings: Any, *, progress: Any, **given: Any) -> Any:
    site = progress._site
    with site.database.write() as session:
        session.delete(session.get_one(Call, progress.call.id))
    return real_analyse(path, settings, **given)


def test_a_call_goes_from_upload_to_what_other_pages_read(site: Site) -> None:
    key = bring(site, seller="Anna", client="Bakker BV", date="2026-11-20")
    assert worker.work_off(site) == 1
    call = look(site, key)
    assert (call.state, call.progress, call.left, call.attempts) == ("done", 1.0, None, 0)
    assert call.duration is not None and call.duration > 0
    (found,) = calls(site.config.calls)
    assert (found.folder, found.seller, found.info.client, found.date) == (key, "Anna", "Bakker BV", "2026-11-20")
    assert times(site, key, "call.done") == 1


def test_calls_are_taken_in_the_order_in_which_they_came(site: Site) -> None:
    keys = [bring(site, f"{number}.tsv") for number in range(3)]
    taken = []
    while worker.work_off(site, once=False, analyse=f"{HERE}:fails"):
        with site.database.read() as session:
            taken = list(session.scalars(select(Call.key).where(Call.state == "failed").order_by(Call.finished)))
    assert taken == keys


@pytest.mark.parametrize(("how", "reason"), [("fails", "holds no speech"), ("breaks", "ZeroDivisionError")])
def test_a_call_that_fails_says_why_and_can_be_tried_again(site: Site, how: str, reason: str) -> None:
    key = bring(site)
    worker.work_off(site, analyse=f"{HERE}:{how}")
    assert look(site, key).state == "failed"
    assert reason in look(site, key).reason
    assert "what somebody said" not in look(site, key).reason
    with site.database.write() as session:
        assert intake.retry(session, session.scalars(select(Call)).one())
    worker.work_off(site)
    assert look(site, key).state == "done"


def test_what_is_left_running_is_taken_up_again_and_finished_once(site: Site) -> None:
    key = bring(site)
    with site.database.write() as session:
        queue.claim(session)
    with site.database.write() as session:
        assert queue.recover(session) == 1
    assert worker.work_off(site) == 1
    assert worker.work_off(site) == 0
    assert times(site, key, "call.done") == 1


def test_a_call_over_which_the_worker_keeps_dying_fails_and_lets_others_by(site: Site) -> None:
    key = bring(site)
    for _ in range(queue.MOST_DEATHS):
        with site.database.write() as session:
            queue.claim(session)
        with site.database.write() as session:
            queue.recover(session, died=True)
    call = look(site, key)
    assert (call.state, call.attempts) == ("failed", 3)
    assert "memory" in call.reason


def test_stopping_everything_is_no_call_s_fault(site: Site) -> None:
    key = bring(site)
    for _ in range(9):
        with site.database.write() as session:
            queue.claim(session)
        with site.database.write() as session:
            queue.recover(session)
    assert look(site, key).state == "queued"


def test_a_waiting_call_is_cancelled_at_once(site: Site) -> None:
    key = bring(site)
    with site.database.write() as session:
        assert intake.cancel(session, session.scalars(select(Call)).one())
    assert worker.work_off(site) == 0
    assert look(site, key).state == "cancelled"


def test_a_running_call_stops_at_the_next_stage_and_keeps_its_recording(site: Site) -> None:
    key = bring(site)
    worker.work_off(site, analyse=f"{HERE}:asked_to_stop")
    call = look(site, key)
    assert (call.state, call.cancel) == ("cancelled", False)
    assert (site.config.calls / key / call.recording).is_file()


def test_a_call_deleted_while_it_runs_comes_to_nothing(site: Site) -> None:
    key = bring(site)
    worker.work_off(site, analyse=f"{HERE}:deleted_meanwhile")
    assert not (site.config.calls / key).exists()


def test_a_recording_without_speech_is_still_there_after_it_failed(site: Site) -> None:
    import wave

    silence = site.config.uploads / "silence.wav"
    with wave.open(str(silence), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(bytes(32000))
    key = accept(site, asker(site), silence, "stilte.wav", Details())
    worker.work_off(site)
    call = look(site, key)
    assert call.state == "failed"
    assert "stilte.wav: no speech" in call.reason
    assert (site.config.calls / key / "recording.wav").is_file()


def test_the_queue_stands_still_while_the_disk_is_nearly_full(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    key = bring(site)
    monkeypatch.setattr(intake, "room", lambda config: -1)
    assert worker.work_off(site) == 0
    assert look(site, key).state == "queued"


def test_a_disk_that_fills_up_in_the_middle_costs_no_call(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    key = bring(site)
    left = iter([1, -1, -1, -1])
    monkeypatch.setattr(intake, "room", lambda config: next(left))
    worker.work_off(site, analyse=f"{HERE}:no_room")
    assert (look(site, key).state, look(site, key).reason) == ("queued", worker.NO_ROOM)
    monkeypatch.setattr(intake, "room", lambda config: 1)
    worker.work_off(site)
    assert look(site, key).state == "done"


def test_what_was_said_about_a_call_settles_how_it_is_analysed(app: Starlette, site: Site) -> None:
    key = bring(site, language="en", channel="left")
    settings = worker.settings_of(site.config, look(site, key))
    assert (settings.language, settings.seller) == ("en", "left")
    worker.work_off(site)
    call = look(site, key)
    assert call.state == "done"
    assert "found by what is said" in call.reason


def test_pages_are_told_of_every_state(site: Site) -> None:
    bring(site)
    worker.work_off(site)
    with site.database.read() as session:
        assert list(session.scalars(select(Event.kind))) == ["state"] * 3


def test_what_no_browser_plays_gets_a_copy_that_they_do(
    site: Site, analysed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Sun sound file: 16 bit, big-endian, 16 kHz, one channel."""
    monkeypatch.setenv("ANALYSED", str(analysed / "analysis.json"))
    samples = (8000 * np.sin(np.arange(16000) / 5)).astype(">i2").tobytes()
    path = site.config.uploads / "incoming"
    path.write_bytes(struct.pack(">4s5I", b".snd", 24, len(samples), 3, 16000, 1) + samples)
    key = accept(site, asker(site), path, "call.au", Details())
    worker.work_off(site, analyse=STAND_IN)
    call = look(site, key)
    assert (call.state, call.recording, worker.playable(call)) == ("done", "recording.au", "recording.ogg")
    assert 0.9 < open_sound(site.config.calls / key / "recording.ogg").recording.duration < 1.1
    assert not list(site.config.temporary.iterdir())
    call.recording = "recording.mp3"
    assert worker.playable(call) == "recording.mp3"


def test_of_an_encrypted_recording_nothing_lies_open_afterwards(site: Site, tmp_path: Path) -> None:
    new_key(tmp_path / "key")
    secret = Site(replace(site.config, key_file=tmp_path / "key"), site.database)
    key = bring(secret)
    (kept,) = (path for path in (site.config.calls / key).iterdir() if path.name.startswith("recording"))
    assert b"Excel" not in kept.read_bytes()
    worker.work_off(secret)
    assert look(site, key).state == "done"
    assert not list(site.config.temporary.iterdir())
