"""The privacy panel, exports for data subjects, the audit trail and the admins' hub."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from starlette.testclient import TestClient

from analyser.cli import cli
from analyser.web import privacy, sealing, subject, vault
from analyser.web.access import record
from analyser.web.site import Site
from analyser.web.subject import Wanted, write_export
from analyser.web.tables import Audit, Call, Comment, Submission, User, Verdict, now
from tests.browsers import TYPED

People = Callable[[str], TestClient]
AddCall = Callable[..., str]


def zipped(content: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(content))


def by_ending(archive: zipfile.ZipFile, ending: str) -> Any:
    [name] = [name for name in archive.namelist() if name.endswith(ending)]
    return archive.read(name)


def remark(site: Site, key: str, author: str, text: str) -> None:
    with site.database.write() as session:
        call = session.scalars(select(Call).where(Call.key == key)).one()
        user = session.scalars(select(User).where(User.name == author)).one()
        session.add(Comment(call_id=call.id, author_id=user.id, kind="praise", text=text))


def test_a_seller_takes_everything_of_their_own_call(people: People, site: Site, add_call: AddCall) -> None:
    anna = people("anna")
    key = add_call("anna", client="Bas Hinkepoot", consent="aan het begin gevraagd", ground="consent")
    remark(site, key, "tom", "mooi samengevat")
    answer = anna.get(f"/calls/{key}/everything.zip")
    assert answer.status_code == 200
    archive = zipped(answer.content)
    assert archive.testzip() is None
    assert by_ending(archive, "recording.tsv").decode() == TYPED
    assert "nachtrust" in by_ending(archive, "report.html").decode()
    assert "nachtrust" in by_ending(archive, "transcript.txt").decode()
    assert json.loads(by_ending(archive, "/call.json"))["client"] == "Bas Hinkepoot"
    assert json.loads(by_ending(archive, "comments.json"))[0]["text"] == "mooi samengevat"
    assert json.loads(by_ending(archive, "comments.json"))[0]["author"] == "Tom"
    assert "Wat is dit?" in archive.read("README.nl.txt").decode()
    assert "What is this?" in archive.read("README.en.txt").decode()
    assert not any("Hinkepoot" in name or "groothandel" in name for name in archive.namelist())


@pytest.mark.parametrize("name", ["bram", "zoe", "tom", "uma"])
def test_nobody_takes_a_call_of_others(people: People, add_call: AddCall, name: str) -> None:
    person = people(name)
    key = add_call("anna")
    assert person.get(f"/calls/{key}/everything.zip").status_code == 404


@pytest.mark.parametrize("name", ["bram", "zoe", "uma"])
def test_who_may_not_see_a_call_finds_no_panel_and_deletes_nothing(
    people: People, site: Site, add_call: AddCall, name: str
) -> None:
    person = people(name)
    key = add_call("anna", consent="vertrouwelijk")
    assert person.get(f"/calls/{key}/privacy").status_code == 404
    assert person.post(f"/calls/{key}/privacy", data={"ground": "law", "consent": "x"}).status_code == 404
    assert person.post(f"/calls/{key}/delete", data={"sure": "yes"}).status_code == 404
    with site.database.read() as session:
        assert session.scalars(select(Call.consent)).one() == "vertrouwelijk"


@pytest.mark.parametrize("name", ["anna", "tom"])
def test_only_admins_see_the_trail_the_hub_and_persons(people: People, add_call: AddCall, name: str) -> None:
    person = people(name)
    add_call("anna")
    for address in ("/audit", "/audit.csv", "/admin"):
        assert person.get(address).status_code == 404
    for address in ("/privacy/export", "/privacy/delete"):
        assert person.post(address, data={"user": "anna", "sure": "yes"}).status_code == 404


def test_what_the_other_side_judges_blind_is_not_in_a_sellers_export(
    people: People, site: Site, add_call: AddCall
) -> None:
    anna, ada = people("anna"), people("ada")
    key = add_call("anna")
    with site.database.write() as session:
        call = session.scalars(select(Call).where(Call.key == key)).one()
        session.add(Verdict(call_id=call.id, side="trainer", moment="a@1", verdict="disagree", comment="nog geheim"))
        session.add(Submission(call_id=call.id, side="trainer", answers={"q1": {"value": 2}}, done=now()))
        session.add(Submission(call_id=call.id, side="trainee", answers={}))
    address = f"/calls/{key}/everything.zip"
    assert b"nog geheim" not in by_ending(zipped(anna.get(address).content), "verdicts.json")
    assert b"trainer" not in by_ending(zipped(anna.get(address).content), "scores.json")
    assert b"nog geheim" in by_ending(zipped(ada.get(address).content), "verdicts.json")
    with site.database.write() as session:
        session.scalars(select(Submission).where(Submission.side == "trainee")).one().done = now()
    assert b"nog geheim" in by_ending(zipped(anna.get(address).content), "verdicts.json")


def test_a_seller_does_not_learn_who_else_opened_the_call(people: People, site: Site, add_call: AddCall) -> None:
    anna, ada = people("anna"), people("ada")
    key = add_call("anna")
    ada.get(f"/calls/{key}")
    address = f"/calls/{key}/everything.zip"
    assert b"ada" not in by_ending(zipped(anna.get(address).content), "audit.csv")
    assert b"ada" in by_ending(zipped(ada.get(address).content), "audit.csv")


def test_an_encrypted_recording_is_exported_as_it_was(site: Site, add_call: AddCall, tmp_path: Path) -> None:
    key = add_call()
    sealing.new_key(tmp_path / "key")
    locked = replace(site, config=replace(site.config, key_file=tmp_path / "key"))
    folder = site.config.calls / key
    (folder / "recording.tsv").rename(tmp_path / "source")
    vault.keep(locked.config, tmp_path / "source", folder, ".tsv")
    file = io.BytesIO()
    assert write_export(locked, Wanted(call=key), file) == 1
    assert by_ending(zipped(file.getvalue()), "recording.tsv").decode() == TYPED


def test_an_export_leaves_nothing_behind(people: People, site: Site, add_call: AddCall, monkeypatch: Any) -> None:
    anna = people("anna")
    key = add_call("anna")
    anna.get(f"/calls/{key}/everything.zip")
    monkeypatch.setattr(subject, "_review", lambda *_: 1 / 0)
    assert anna.get(f"/calls/{key}/everything.zip").status_code == 500
    assert list(site.config.temporary.iterdir()) == []


def test_an_admin_takes_everything_of_a_user_and_of_a_client(people: People, site: Site, add_call: AddCall) -> None:
    people("anna").get("/password")
    ada = people("ada")
    add_call("anna", client="Bas Hinkepoot"), add_call("anna"), add_call("bram", client="bas hinkepoot")
    of_anna = zipped(ada.post("/privacy/export", data={"user": "Anna"}).content)
    assert sum(name.endswith("analysis.json") for name in of_anna.namelist()) == 2
    person = json.loads(of_anna.read("person.json"))
    assert person["account"]["name"] == "anna"
    assert "password" not in json.dumps(person) and "argon2" not in json.dumps(person)
    assert b"login" in of_anna.read("audit.csv")
    of_bas = zipped(ada.post("/privacy/export", data={"client": "Bas Hinkepoot"}).content)
    assert sum(name.endswith("analysis.json") for name in of_bas.namelist()) == 2
    assert ada.post("/privacy/export", data={"user": "nobody"}).status_code == 400
    assert ada.post("/privacy/export", data={"user": "anna", "client": "x"}).status_code == 400


def test_a_person_is_deleted_when_it_is_meant(people: People, site: Site, add_call: AddCall) -> None:
    people("anna")
    ada = people("ada")
    key = add_call("anna")
    assert ada.post("/privacy/delete", data={"user": "anna"}).status_code == 400
    assert ada.post("/privacy/delete", data={"user": "ada", "sure": "yes"}).status_code == 400
    assert (site.config.calls / key).is_dir()
    answer = ada.post("/privacy/delete", data={"user": "anna", "sure": "yes"})
    assert answer.headers["location"] == "/admin?deleted=1"
    assert not (site.config.calls / key).exists()
    assert "weggingen: 1" in ada.get("/admin?deleted=1").text


def test_ground_and_consent_are_kept_and_shown_as_text(people: People, site: Site, add_call: AddCall) -> None:
    anna = people("anna")
    key = add_call("anna", name="</title><script>alert(1)</script>.mp3")
    wicked = "<script>alert(2)</script> gevraagd"
    answer = anna.post(f"/calls/{key}/privacy", data={"ground": "consent", "consent": wicked})
    assert answer.status_code == 303
    shown = anna.get(answer.headers["location"]).text
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(2)" in shown
    assert anna.post(f"/calls/{key}/privacy", data={"ground": "because"}).status_code == 400
    with site.database.read() as session:
        call = session.scalars(select(Call)).one()
        assert (call.ground, call.consent) == ("consent", wicked)
        noted = session.scalars(select(Audit).where(Audit.action == "consent.change")).one()
        assert "gevraagd" not in noted.detail


def test_a_call_is_deleted_only_when_it_is_meant(people: People, site: Site, add_call: AddCall) -> None:
    anna = people("anna")
    key = add_call("anna")
    answer = anna.post(f"/calls/{key}/delete")
    assert answer.status_code == 400
    assert "niets verwijderd" in answer.text
    assert (site.config.calls / key).is_dir()
    assert anna.post(f"/calls/{key}/delete", data={"sure": "yes"}).status_code == 303
    assert not (site.config.calls / key).exists()
    assert anna.get(f"/calls/{key}/privacy").status_code == 404


def test_the_panel_says_what_is_kept_and_until_when(people: People, site: Site, add_call: AddCall) -> None:
    anna = people("anna")
    key = add_call("anna", sound_deleted=now())
    anna.app.state.site = replace(site, config=replace(site.config, retention_transcript=90))  # type: ignore[attr-defined]
    shown = anna.get(f"/calls/{key}/privacy").text
    assert "verwijderd op" in shown
    assert "90 dagen" in shown


def test_the_trail_is_filtered_and_paged(people: People, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = people("ada")
    with site.database.write() as session:
        for number in range(7):
            session.add(Audit(user="anna", action="call.open", call=f"{number:032x}"))
        session.add(Audit(user="bram", action="call.delete", call="f" * 32))
        session.add(Audit(user="bram", action="callous", call="e" * 32))

    def rows(query: str) -> list[list[str]]:
        return list(csv.reader(io.StringIO(ada.get(f"/audit.csv{query}").text.lstrip("\ufeff"))))[1:]

    assert len(rows("?user=Anna")) == 7
    assert {row[2] for row in rows("?action=call")} == {"call.open", "call.delete"}
    assert [row[1] for row in rows(f"?call={'f' * 32}")] == ["bram"]
    today = now().date().isoformat()
    assert len(rows(f"?user=anna&since={today}&until={today}")) == 7
    assert rows("?user=anna&until=2020-01-01") == []
    monkeypatch.setattr("analyser.web.audit.PAGE", 5)
    first, second = (ada.get(f"/audit?user=anna&page={number}").text for number in (1, 2))
    assert first.count("<td>call.open</td>") == 5
    assert second.count("<td>call.open</td>") == 2
    assert "/audit?user=anna&amp;page=2" in first
    for number in ("0", "-1", "x", "²", "99999999999999999999"):
        assert ada.get(f"/audit?page={number}").status_code == 200


def test_the_trail_is_no_way_into_a_spreadsheet_or_page(people: People, site: Site) -> None:
    ada = people("ada")
    with site.database.write() as session:
        session.add(Audit(user="=cmd()", action="call.open", detail="<script>alert(1)</script>"))
    assert "'=cmd()" in ada.get("/audit.csv").text
    assert "<script>alert" not in ada.get("/audit").text


def test_the_trail_holds_no_word_of_a_call(people: People, site: Site, add_call: AddCall) -> None:
    """Whatever is done with a call, its client, its file and what was said in it stay out of the trail."""
    anna, tom, ada = people("anna"), people("tom"), people("ada")
    key = add_call("anna", client="Bas Hinkepoot", name="kwibuslijst.tsv")
    for person in (anna, tom, ada):
        for address in ("", "/report", "/report?masked=1", "/privacy", "/everything.zip", "/audio", "/comments"):
            person.get(f"/calls/{key}{address}")
        person.get("/search?q=nachtrust")
        person.post(f"/calls/{key}/privacy", data={"ground": "consent", "consent": "Hinkepoot vond het goed"})
        person.post(f"/calls/{key}/comments", json={"kind": "praise", "text": "over die nachtrust", "time": 3.0})
        person.post(f"/calls/{key}/intention", json={"text": "nachtrust navragen"})
    ada.post("/privacy/export", data={"client": "Bas Hinkepoot"})
    ada.post("/privacy/delete", data={"client": "Bas Hinkepoot", "sure": "yes"})
    with site.database.read() as session:
        rows = session.scalars(select(Audit)).all()
    told = "\n".join(f"{row.user} {row.action} {row.call} {row.detail} {row.address}" for row in rows).lower()
    assert "call.delete" in told and "subject.export" in told
    for word in ("hinkepoot", "kwibus", "nachtrust", "excel", "groothandel"):
        assert word not in told


def test_the_hub_leads_to_pages_that_are_there(people: People, add_call: AddCall) -> None:
    ada = people("ada")
    add_call("anna")
    page = ada.get("/admin").text
    for address in re.findall(r'<a class="card" href="([^"]+)"', page):
        assert ada.get(address).status_code == 200, address
    assert "1 klaar" in page


def test_exports_deletions_and_the_trail_on_the_command_line(
    people: People, site: Site, add_call: AddCall, tmp_path: Path
) -> None:
    people("anna")
    key, other = add_call("anna", client="Bas"), add_call("anna")
    with site.database.write() as session:
        record(session, None, "call.open", call=key)

    def run(*words: str, sure: str = "") -> str:
        where = ["--workspace", str(site.config.workspace)] if words[0] != "new-key" else []
        answer = CliRunner().invoke(cli, ["privacy", *words, *where], input=sure)
        return answer.output + (str(answer.exception) if answer.exception else "")

    assert ": 1 call" in run("export", "--call", key, str(tmp_path / "one.zip"))
    assert ": 2 calls" in run("export", "--user", "anna", str(tmp_path / "two.zip"))
    assert (tmp_path / "one.zip").stat().st_mode & 0o077 == 0
    assert "Name a call, a user or a client" in run("export", str(tmp_path / "none.zip"))
    assert "no such call" in run("export", "--call", "nothing", str(tmp_path / "none.zip"))
    assert not list(tmp_path.glob("none.zip")) and not list(tmp_path.glob(".partial*"))
    assert "call.open" in run("audit", "--call", key)
    assert "call.open" not in run("audit", "--call", other)
    run("delete", "--client", "bas", sure="n\n")
    assert (site.config.calls / key).is_dir()
    assert "Deleted: 1 call" in run("delete", "--client", "bas", sure="y\n")
    assert not (site.config.calls / key).exists()
    assert "Deleted: 1 call" in run("delete", "--call", other, "--yes")
    assert "keep a copy" in run("new-key", str(tmp_path / "key"))
    assert vault._read_key(replace(site.config, key_file=tmp_path / "key"))


def test_a_workspace_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    answer = CliRunner().invoke(cli, ["privacy", "audit", "--workspace", str(tmp_path / "typo")])
    assert "no such workspace" in str(answer.exception)
    assert not (tmp_path / "typo").exists()


def test_who_may_export(people: People, site: Site, add_call: AddCall) -> None:
    people("anna")
    add_call("anna")
    from analyser.web.identity import Identity

    with site.database.read() as session:
        call = session.scalars(select(Call)).one()
    assert call.owner_id is not None
    assert privacy.may_export(Identity(call.owner_id, "anna", "Anna", "seller", "north"), call)
    assert not privacy.may_export(Identity(9999, "tom", "Tom", "trainer", "north"), call)
    assert privacy.may_export(Identity(9999, "ada", "Ada", "admin", ""), call)
