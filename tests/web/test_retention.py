"""What is deleted by itself when its days are over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from analyser.errors import StorageError
from analyser.records import Analysis
from analyser.report import render
from analyser.report.exports import EXPORTS
from analyser.search import Wanted, search
from analyser.storage import read_record
from analyser.web import retention, vault
from analyser.web.retention import delete_words, sweep_due, without_words
from analyser.web.site import Site
from analyser.web.tables import Audit, Call, Comment, Feedback, Submission, Verdict, now
from tests.web.test_deletion import holding

AddCall = Callable[..., str]
DAY = dt.timedelta(days=1)


def keeping(site: Site, **days: int) -> Site:
    return replace(site, config=replace(site.config, **{f"retention_{what}": count for what, count in days.items()}))


def call_of(site: Site, key: str) -> Call | None:
    with site.database.read() as session:
        return session.scalar(select(Call).where(Call.key == key))


def actions(site: Site) -> list[tuple[str, str]]:
    with site.database.read() as session:
        return [(one.action, one.call) for one in session.scalars(select(Audit).order_by(Audit.id))]


def test_a_recording_goes_after_its_days_and_the_words_stay(site: Site, add_call: AddCall) -> None:
    old, fresh = add_call(created=now() - 31 * DAY), add_call(created=now() - 29 * DAY)
    assert sweep_due(keeping(site, recording=30), at=now()) == 1
    assert not list((site.config.calls / old).glob("recording*"))
    assert list((site.config.calls / fresh).glob("recording*"))
    assert call_of(site, old).sound_deleted is not None  # type: ignore[union-attr]
    assert search(site.config.calls, Wanted(("nachtrust",)))
    assert actions(site) == [("retention.recording", old)]
    with pytest.raises(StorageError, match="not there any more"):
        vault.size(site.config, site.config.calls / old, "recording.tsv")
    assert sweep_due(keeping(site, recording=30), at=now()) == 0


def test_words_go_and_figures_stay(site: Site, add_call: AddCall) -> None:
    key = add_call(created=now() - 100 * DAY)
    assert search(site.config.calls, Wanted(("nachtrust",)))
    before = read_record(Analysis, site.config.calls / key / "analysis.json")
    with site.database.write() as session:
        call = session.scalars(select(Call)).one()
        session.add_all(
            [
                Comment(call_id=call.id, kind="praise", time=3.0, text="over die nachtrust"),
                Verdict(call_id=call.id, side="trainee", moment="x", verdict="agree", comment="nachtrust, ja"),
                Feedback(call_id=call.id, kind="moment", data={"quote": "nachtrust"}),
                Submission(
                    call_id=call.id,
                    side="trainer",
                    answers={"q1": {"value": "over nachtrust"}, "q2": {"value": 4, "note": "nachtrust", "na": False}},
                ),
            ]
        )
    assert sweep_due(keeping(site, transcript=90), at=now()) == 1
    assert holding(site.config.workspace, "nachtrust", "Excel") == {}
    kept = read_record(Analysis, site.config.calls / key / "analysis.json")
    assert kept.tally == before.tally
    assert kept.readiness == before.readiness
    assert [(one.kind, one.start) for one in kept.moments] == [(one.kind, one.start) for one in before.moments]
    assert [one.act_names for one in kept.conversation.utterances] == [
        one.act_names for one in before.conversation.utterances
    ]
    with site.database.read() as session:
        assert session.scalars(select(Comment.time)).all() == [3.0]
        assert session.scalars(select(Verdict.verdict)).all() == ["agree"]
        assert session.scalars(select(Submission)).one().answers["q2"]["value"] == 4
    assert actions(site) == [("retention.transcript", key)]
    assert sweep_due(keeping(site, transcript=90), at=now()) == 0


def test_a_report_without_words_says_so(site: Site, add_call: AddCall) -> None:
    key = add_call()
    assert delete_words(site, [key]) == [key]
    analysis = read_record(Analysis, site.config.calls / key / "analysis.json")
    page = render(analysis, language="nl")
    assert "na de bewaartermijn" in page
    assert "nachtrust" not in page
    assert without_words(analysis) == analysis
    for name in ("srt", "txt", "md", "csv"):
        assert all("nachtrust" not in str(content) for content in EXPORTS[name](analysis).values())


def test_a_whole_call_goes(site: Site, add_call: AddCall) -> None:
    old, fresh = add_call(created=now() - 400 * DAY), add_call()
    assert sweep_due(keeping(site, call=365, transcript=90, recording=30), at=now()) == 1
    assert call_of(site, old) is None
    assert call_of(site, fresh) is not None
    assert not (site.config.calls / old).exists()
    assert ("call.delete", old) in actions(site)


def test_nothing_goes_where_nothing_was_set(site: Site, add_call: AddCall) -> None:
    key = add_call(created=now() - 4000 * DAY)
    assert sweep_due(site, at=now()) == 0
    assert (site.config.calls / key / "recording.tsv").is_file()


def test_the_sound_of_a_call_that_waits_is_left(site: Site, add_call: AddCall) -> None:
    key = add_call(created=now() - 40 * DAY, state="queued")
    assert sweep_due(keeping(site, recording=30, transcript=30), at=now()) == 0
    assert (site.config.calls / key / "recording.tsv").is_file()


def test_it_is_done_once_an_hour(site: Site, add_call: AddCall, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = now()
    swept: list[dt.datetime] = []
    monkeypatch.setattr(retention, "_sweep", lambda site, moment: swept.append(moment) or 1)
    for minutes in (0, 10, 59, 61, 62):
        monkeypatch.setattr(retention, "now", lambda minutes=minutes: begun + dt.timedelta(minutes=minutes))
        sweep_due(site)
    assert [round((at - begun).total_seconds() / 60) for at in swept] == [0, 61]


def test_one_call_that_cannot_be_deleted_does_not_keep_the_others(
    site: Site, add_call: AddCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = add_call(created=now() - 50 * DAY), add_call(created=now() - 40 * DAY)
    real = retention.remove_all

    def stubborn(paths):  # type: ignore[no-untyped-def]
        found = list(paths)
        if any(first in str(path) for path in found):
            raise StorageError("no")
        real(found)

    monkeypatch.setattr(retention, "remove_all", stubborn)
    assert sweep_due(keeping(site, recording=30), at=now()) == 1
    assert call_of(site, first).sound_deleted is None  # type: ignore[union-attr]
    assert call_of(site, second).sound_deleted is not None  # type: ignore[union-attr]


def test_the_page_of_a_call_without_words_leads_to_its_figures(
    client: TestClient, site: Site, add_call: AddCall
) -> None:
    key = add_call()
    before = client.get(f"/calls/{key}/report").text
    assert delete_words(site, [key]) == [key]
    assert f'href="/calls/{key}/report"' in client.get(f"/calls/{key}").text
    after = client.get(f"/calls/{key}/report").text
    assert "nachtrust" in before and "nachtrust" not in after
    assert "na de bewaartermijn" in after
    for format_ in ("txt", "srt", "csv"):
        assert "nachtrust" not in client.get(f"/api/v1/calls/{key}/exports/{format_}").text
