"""The page of a call, its report and its sound."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from analyser.web import sealing, vault
from analyser.web.app import create_app
from analyser.web.config import WebConfig
from analyser.web.report import part_of
from analyser.web.site import Site
from analyser.web.tables import Call, new_key
from tests.browsers import browser
from tests.web.spoken import give_sound

People = Callable[[str], TestClient]
Add = Callable[..., str]


def test_a_call_has_a_page_with_its_report(client: TestClient, add_call: Add) -> None:
    key = add_call()
    page = client.get(f"/calls/{key}")
    assert page.status_code == 200
    assert f'data-src="/calls/{key}/report"' in page.text
    report = client.get(f"/calls/{key}/report")
    assert report.status_code == 200
    assert "kost dat handwerk u uw nachtrust" in report.text


def test_the_report_may_be_framed_by_our_pages_only_and_load_nothing(client: TestClient, add_call: Add) -> None:
    policy = client.get(f"/calls/{add_call()}/report").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy and "connect-src" not in policy


def test_the_report_speaks_the_language_of_the_pages(client: TestClient, add_call: Add) -> None:
    address = f"/calls/{add_call()}/report"
    assert '<html lang="nl">' in client.get(address).text
    assert '<html lang="en">' in client.get(address, headers={"accept-language": "en"}).text
    assert '<html lang="en">' in client.get(f"{address}?language=en").text


def test_a_report_is_made_once_and_anew_after_another_analysis(client: TestClient, site: Site, add_call: Add) -> None:
    key = add_call()
    folder = site.config.calls / key
    first = client.get(f"/calls/{key}/report").text
    [kept] = folder.glob(".report-*.html")
    kept.write_text("kept", encoding="utf-8")
    assert client.get(f"/calls/{key}/report").text == "kept"
    analysis = folder / "analysis.json"
    later = analysis.stat().st_mtime + 60
    os.utime(analysis, (later, later))
    assert client.get(f"/calls/{key}/report").text == first
    assert len(list(folder.glob(".report-*.html"))) == 1


def test_a_report_compares_with_earlier_calls_of_the_same_owner_only(people: People, add_call: Add) -> None:
    now = add_call("anna", date="2026-11-20")
    anna = people("anna")
    alone = anna.get(f"/calls/{now}/report?language=nl").text
    add_call("bram", date="2026-11-10", seller="Anna")
    assert anna.get(f"/calls/{now}/report?language=nl").text == alone
    add_call("anna", date="2026-11-11")
    assert anna.get(f"/calls/{now}/report?language=nl").text != alone


def test_a_call_that_waits_or_failed_says_so(client: TestClient, add_call: Add) -> None:
    waits = client.get(f"/calls/{add_call(state='queued')}").text
    assert "wacht op zijn beurt" in waits and "/cancel" in waits
    failed = client.get(f"/calls/{add_call(state='failed', reason='<b>is stuk</b>')}").text
    assert "&lt;b&gt;is stuk&lt;/b&gt;" in failed and "/retry" in failed
    assert client.get(f"/calls/{add_call(state='failed')}/report").status_code == 409


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ("bytes=0-", (0, 100)),
        ("bytes=10-19", (10, 20)),
        ("bytes=90-200", (90, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-200", (0, 100)),
        ("bytes=100-", None),
        ("bytes=20-10", None),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
    ],
)
def test_parts_of_the_sound(wanted: str, part: tuple[int, int] | None) -> None:
    assert part_of(wanted, 100) == part


def test_the_player_gets_the_part_that_it_asks_for(client: TestClient, site: Site, add_call: Add) -> None:
    key = add_call(recording="recording.wav")
    sound = bytes(range(256)) * 20
    (site.config.calls / key / "recording.wav").write_bytes(sound)
    address = f"/calls/{key}/audio"
    whole = client.get(address)
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, sound, "audio/wav")
    part = client.get(address, headers={"range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, sound[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(sound)}"
    assert client.get(address, headers={"range": "bytes=9999-"}).status_code == 416
    assert client.head(address).headers["content-length"] == str(len(sound))


def test_what_no_browser_plays_is_played_from_its_copy(client: TestClient, site: Site, add_call: Add) -> None:
    key = add_call(recording="recording.amr")
    assert client.get(f"/calls/{key}/audio").status_code == 404
    (site.config.calls / key / "recording.ogg").write_bytes(b"OggS")
    played = client.get(f"/calls/{key}/audio")
    assert (played.content, played.headers["content-type"]) == (b"OggS", "audio/ogg")


def test_names_are_masked_where_asked(client: TestClient, add_call: Add) -> None:
    address = f"/calls/{add_call(client='Excel')}/report"
    assert "Excel" in client.get(address).text
    assert "Excel" not in client.get(f"{address}?masked=1").text


def test_a_masked_report_does_not_say_aloud_what_it_hides(client: TestClient, site: Site, add_call: Add) -> None:
    key = add_call(recording="recording.wav")
    give_sound(site.config.calls / key)
    address = f"/calls/{key}/report"
    assert 'src="./audio"' in client.get(address).text
    assert 'src="./audio"' not in client.get(f"{address}?masked=1").text


def test_a_hosted_report_leaves_reviews_to_the_app(client: TestClient, add_call: Add) -> None:
    hosted = client.get(f"/calls/{add_call()}/report").text
    assert "postMessage" in hosted
    for part in ('id="review-export"', 'id="intention"', 'id="copy"', "relabel REPORT"):
        assert part not in hosted


def test_a_recording_is_heard_by_those_who_may(people: People, site: Site, add_call: Add) -> None:
    key = add_call("anna", recording="recording.wav")
    (site.config.calls / key / "recording.wav").write_bytes(b"RIFF")
    heard = {
        name: people(name).get(f"/calls/{key}/audio").status_code for name in ("anna", "tom", "ada", "bram", "uma")
    }
    assert heard == {"anna": 200, "tom": 200, "ada": 200, "bram": 404, "uma": 404}


def test_an_encrypted_recording_plays_from_any_second(config: WebConfig, analysed: Path, tmp_path: Path) -> None:
    sealing.new_key(tmp_path / "key")
    app = create_app(replace(config, key_file=tmp_path / "key"))
    here, key, sound = app.state.site, new_key(), bytes(range(256)) * 4000
    shutil.copytree(analysed, here.config.calls / key)
    (tmp_path / "sound.wav").write_bytes(sound)
    name = vault.keep(here.config, tmp_path / "sound.wav", here.config.calls / key, ".wav")
    with here.database.write() as session:
        session.add(Call(key=key, name="x", recording=name, size=len(sound), sha256="0" * 64, state="done"))
    assert sound[:64] not in (here.config.calls / key / name).read_bytes()
    with browser(app) as opened:
        part = opened.get(f"/calls/{key}/audio", headers={"range": "bytes=500000-600000"})
    assert part.content == sound[500000:600001]
    here.database.close()
