"""What is deleted is gone: from every file of the workspace, whatever was doing with the call."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from analyser.calls import CallInfo, write_info
from analyser.errors import SettingsError
from analyser.overview.files import write_overview
from analyser.search import Wanted, search
from analyser.summaries import summary
from analyser.web import sealing
from analyser.web.access import changed, record
from analyser.web.deletion import delete_call, delete_calls, delete_leftovers, delete_person
from analyser.web.site import Site
from analyser.web.tables import (
    Audit,
    Call,
    Comment,
    Feedback,
    Intention,
    LoginFailure,
    Submission,
    Upload,
    User,
    Verdict,
    new_key,
    now,
)
from analyser.web.worker import work_off
from tests.browsers import TYPED

SAID, CLIENT, FILE, REMARK = "xylofoonkast", "Hinkepoot", "kwibuslijst", "flierefluiter"
LONG_AGO = dt.timedelta(hours=5)
People = Callable[[str], TestClient]
AddCall = Callable[..., str]


@pytest.fixture
def full(site: Site, people: People, add_call: AddCall) -> str:
    """A call of Anna's about which there is something everywhere that something can be; returns its key."""
    people("anna")
    key, other = add_call("anna", name=f"{FILE}.tsv", client=f"Bas {CLIENT}"), add_call("anna")
    folder = site.config.calls / key
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_text(path.read_text().replace("Excel", SAID).replace("gesprek met groothandel", FILE))
    write_info(folder, CallInfo(source=f"{FILE}.tsv", seller="Anna", client=f"Bas {CLIENT}", date="2026-11-20"))
    for place in (folder, site.config.calls / other):
        summary(place)
        (place / ".report-nl.html").write_text(SAID)
    with site.database.write() as session:
        call = session.scalars(select(Call).where(Call.key == key)).one()
        anna = call.owner_id
        first = Comment(call_id=call.id, author_id=anna, kind="praise", text=REMARK)
        session.add(first)
        session.flush()
        session.add_all(
            [
                Comment(call_id=call.id, author_id=anna, answers_id=first.id, kind="praise", text=REMARK),
                Verdict(call_id=call.id, side="trainee", moment="pitch@8", verdict="agree", comment=REMARK),
                Submission(call_id=call.id, side="trainee", answers={"open": REMARK}),
                Intention(call_id=call.id, text=REMARK),
                Feedback(call_id=call.id, kind="moment", data={"quote": SAID}),
                Upload(
                    user_id=anna,
                    name=call.name,
                    size=call.size,
                    key="left-over",
                    details={"client": CLIENT},
                    touched=now() - LONG_AGO,
                ),
                Upload(user_id=anna, name="x.tsv", size=1, key="became", details={"client": CLIENT, "call": key}),
            ]
        )
        changed(session, call, "comment")
        record(session, None, "call.open", call=key)
    (site.config.uploads / "left-over").write_text(SAID)
    decrypted = site.config.temporary / f"plain-{key}-00"
    decrypted.mkdir()
    (decrypted / "recording.tsv").write_text(SAID)
    write_overview(site.config.calls, parquet=False)
    assert search(site.config.calls, Wanted((SAID,)))
    return key


def holding(workspace: Path, *words: str) -> dict[str, list[str]]:
    """The files that hold one of the words, or have one in their name, whatever their kind."""
    found: dict[str, list[str]] = {}
    for path in workspace.rglob("*"):
        content = path.read_bytes().lower() if path.is_file() else b""
        for word in words:
            if word.lower().encode() in content + str(path.relative_to(workspace)).lower().encode():
                found.setdefault(word, []).append(str(path.relative_to(workspace)))
    return found


def test_the_words_were_everywhere(site: Site, full: str) -> None:
    found = holding(site.config.workspace, SAID, CLIENT, FILE, REMARK)
    assert {Path(name).name for name in found[SAID]} >= {"analysis.json", "said.json", "left-over", ".index.sqlite"}
    assert {"week.html", "calls.csv"} <= {Path(name).name for name in found[CLIENT]} | {
        Path(name).name for name in found[FILE]
    }
    assert any("analyser.sqlite" in name for name in found[REMARK])


def test_nothing_is_left_of_a_deleted_call(site: Site, full: str) -> None:
    assert delete_call(site, full)
    assert holding(site.config.workspace, SAID, CLIENT, FILE, REMARK) == {}
    with site.database.read() as session:
        assert session.scalars(select(Audit.action).where(Audit.call == full)).all() == ["call.open", "call.delete"]
        assert session.scalars(select(Call)).one().key != full
    assert len(search(site.config.calls, Wanted(("nachtrust",)))) == 1, "the other call is still found"
    assert not delete_call(site, full)


def test_a_deletion_that_was_cut_short_is_finished(site: Site, full: str) -> None:
    with site.database.write() as session:
        session.delete(session.scalars(select(Call).where(Call.key == full)).one())
        session.add(Audit(user="ada", action="call.delete", call=full))
    assert delete_leftovers(site) == 1
    assert SAID not in holding(site.config.workspace / "calls", SAID)
    assert delete_leftovers(site) == 0


def test_a_folder_that_is_on_its_way_in_is_left_alone(site: Site) -> None:
    folder = site.config.calls / new_key()
    folder.mkdir()
    assert delete_leftovers(site) == 0
    assert folder.is_dir()


def test_a_running_call_is_stopped_and_deleted(site: Site, full: str) -> None:
    with site.database.write() as session:
        session.scalars(select(Call).where(Call.key == full)).one().state = "running"
    stopped = threading.Event()

    def work() -> None:
        """A worker that hears that it is to stop, and then says so."""
        while not stopped.is_set():
            with site.database.write() as session:
                call = session.scalars(select(Call).where(Call.key == full)).one()
                if call.cancel:
                    call.state = "cancelled"
                    stopped.set()

    worker = threading.Thread(target=work)
    worker.start()
    assert delete_call(site, full, patience=60)
    worker.join()
    assert stopped.is_set()
    assert holding(site.config.workspace, SAID) == {}


def test_a_running_call_whose_worker_is_gone_is_deleted_too(site: Site, full: str) -> None:
    with site.database.write() as session:
        session.scalars(select(Call).where(Call.key == full)).one().state = "running"
    assert delete_call(site, full, patience=0)
    (site.config.calls / full).mkdir()
    (site.config.calls / full / "said.json").write_text(SAID)  # a worker that heard of it late
    assert delete_leftovers(site) == 1
    assert holding(site.config.workspace, SAID) == {}


def test_a_pattern_is_no_key(site: Site, full: str) -> None:
    assert delete_calls(site, ["*", "", "..", "../calls"]) == 0
    assert (site.config.calls / full / "analysis.json").is_file()


def test_all_calls_with_a_client_go(site: Site, full: str) -> None:
    assert delete_person(site, client=f" bas  {CLIENT.upper()} ") == 1
    assert holding(site.config.workspace, SAID, CLIENT, REMARK) == {}
    assert delete_person(site, client="nobody") == 0
    with pytest.raises(SettingsError):
        delete_person(site)


def test_a_user_goes_with_their_calls_and_account(site: Site, full: str) -> None:
    with site.database.write() as session:
        session.add(LoginFailure(name="anna", address="10.1.2.3"))
    assert delete_person(site, user="anna") == 2
    assert list(site.config.calls.glob("*/")) == []
    assert holding(site.config.workspace, SAID, CLIENT, FILE, REMARK) == {}
    with site.database.read() as session:
        assert session.scalar(select(User).where(User.name == "anna")) is None
        assert session.scalar(select(LoginFailure)) is None
        noted = session.scalars(select(Audit.action)).all()
    assert noted.count("call.delete") == 2
    assert "person.delete" in noted


def test_the_only_admin_is_not_deleted(site: Site, people: People, add_call: AddCall) -> None:
    people("ada")
    key = add_call("ada")
    with pytest.raises(SettingsError, match="only admin"):
        delete_person(site, user="ada")
    assert (site.config.calls / key).is_dir()


def test_an_upload_of_a_file_that_is_alike_goes_on(site: Site, full: str) -> None:
    with site.database.write() as session:
        call = session.scalars(select(Call).where(Call.key == full)).one()
        growing = Upload(user_id=call.uploader_id, name=call.name, size=call.size, key="growing", details={})
        session.add(growing)
    assert delete_call(site, full)
    with site.database.read() as session:
        assert session.scalars(select(Upload.key)).all() == ["growing"]


def test_nothing_is_left_of_a_call_that_went_the_whole_way(client: TestClient, site: Site, tmp_path: Path) -> None:
    """Uploaded, analysed, read, searched, remarked on, exported, and encrypted all the while."""
    sealing.new_key(tmp_path / "key")
    site = replace(site, config=replace(site.config, key_file=tmp_path / "key"))
    client.app.state.site = site  # type: ignore[attr-defined]
    content = TYPED.replace("Excel", SAID).encode()
    key = client.post("/uploads", json={"name": f"{FILE}.tsv", "size": len(content), "client": CLIENT}).json()["key"]
    call = client.patch(f"/uploads/{key}", content=content, headers={"upload-offset": "0"}).json()["call"]
    assert holding(site.config.calls, SAID) == {}, "it is encrypted"
    assert work_off(site) == 1
    assert SAID in client.get(f"/calls/{call}/report?language=nl").text
    assert SAID in client.get(f"/search?q={SAID}").text
    for address in ("", "/report?masked=1", "/privacy", "/everything.zip", "/audio", "/comments"):
        assert client.get(f"/calls/{call}{address}").status_code in (200, 404), address
    for address in ("/overview", "/overview/frame", "/overview/calls.csv"):
        client.get(address)
    assert client.post(f"/calls/{call}/comments", json={"kind": "praise", "text": REMARK, "time": 1.0}).is_success
    assert {SAID, CLIENT, FILE, REMARK} == {*holding(site.config.workspace, SAID, CLIENT, FILE, REMARK)}
    assert client.post(f"/calls/{call}/delete", data={"sure": "yes"}).status_code == 303
    assert holding(site.config.workspace, SAID, CLIENT, FILE, REMARK) == {}
