"""Comments, verdicts, scorecards, intentions and corrections: who sees what, and when."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from analyser.records import Analysis
from analyser.storage import read_record
from analyser.web import corrections
from analyser.web.deletion import delete_call
from analyser.web.questions import Answer, Question, compare, fits, likeness
from analyser.web.site import Site
from analyser.web.tables import Audit, Feedback
from analyser.web.verdicts import agreement
from tests.web.test_review_browser import SCORECARD

People = Callable[[str], TestClient]
Add = Callable[..., str]
WICKED = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def moment_of(site: Site, key: str) -> str:
    moment = read_record(Analysis, site.config.calls / key / "analysis.json").moments[0]
    return f"{moment.kind}@{round(10 * moment.start)}"


# Comments


def test_a_comment_is_answered_and_taken_in_by_the_other(people: People, add_call: Add) -> None:
    key = add_call("anna")
    tom, anna = people("tom"), people("anna")
    made = tom.post(f"/calls/{key}/comments", json={"text": " Mooi! ", "kind": "praise", "time": 12.5})
    assert made.status_code == 201
    comment = made.json()["key"]
    assert anna.post(f"/calls/{key}/comments", json={"text": "Dank", "answers": comment}).status_code == 201
    assert tom.post(f"/calls/{key}/comments/{comment}/acknowledge", json={}).status_code == 403
    assert anna.post(f"/calls/{key}/comments/{comment}/acknowledge", json={}).status_code == 204
    [shown] = anna.get(f"/calls/{key}/comments").json()["comments"]
    assert (shown["text"], shown["kind"], shown["time"], shown["author"], shown["mine"]) == (
        "Mooi!",
        "praise",
        12.5,
        "Tom",
        False,
    )
    assert shown["acknowledged"] == "Anna"
    assert [answer["text"] for answer in shown["answers"]] == ["Dank"]


def test_only_ones_own_comment_is_changed_or_deleted(people: People, add_call: Add) -> None:
    key = add_call("anna")
    tom, anna = people("tom"), people("anna")
    comment = tom.post(f"/calls/{key}/comments", json={"text": "Eerst"}).json()["key"]
    assert anna.post(f"/calls/{key}/comments/{comment}", json={"text": "Anders"}).status_code == 403
    assert anna.delete(f"/calls/{key}/comments/{comment}").status_code == 403
    assert tom.post(f"/calls/{key}/comments/{comment}", json={"text": "Later", "kind": "warning"}).status_code == 204
    [shown] = anna.get(f"/calls/{key}/comments").json()["comments"]
    assert (shown["text"], shown["kind"], shown["edited"] is not None) == ("Later", "warning", True)
    assert tom.delete(f"/calls/{key}/comments/{comment}").status_code == 204
    assert anna.get(f"/calls/{key}/comments").json()["comments"] == []


def test_an_answer_of_another_outlives_the_comment(people: People, add_call: Add) -> None:
    key = add_call("anna")
    tom, anna = people("tom"), people("anna")
    comment = tom.post(f"/calls/{key}/comments", json={"text": "Fout"}).json()["key"]
    anna.post(f"/calls/{key}/comments", json={"text": "Nee hoor", "answers": comment})
    tom.delete(f"/calls/{key}/comments/{comment}")
    [shown] = anna.get(f"/calls/{key}/comments").json()["comments"]
    assert (shown["text"], shown["answers"][0]["text"]) == ("", "Nee hoor")


@pytest.mark.parametrize(
    "body",
    [
        {"text": "   "},
        {"text": "x" * 5001},
        {"text": "x", "kind": "insult"},
        {"text": "x", "time": -1},
        {"text": "x", "time": "NaN"},
        {"text": "x", "moment": "<script>@1"},
        {"text": "x\u0000y"},
        {"text": "x", "author_id": 1},
        ["text"],
    ],
)
def test_what_is_no_comment_is_refused(client: TestClient, add_call: Add, body: Any) -> None:
    answer = client.post(f"/calls/{add_call()}/comments", json=body)
    assert answer.status_code == 422
    assert "xxx" not in answer.text


def test_a_body_that_is_too_large_is_refused(client: TestClient, add_call: Add) -> None:
    assert client.post(f"/calls/{add_call()}/comments", json={"text": "x" * 300_000}).status_code == 413
    assert client.post(f"/calls/{add_call()}/comments", content=b'{"text": "\\ud800"}').status_code == 422


# Blindness


def test_a_verdict_is_the_others_only_when_both_are_done(people: People, site: Site, add_call: Add) -> None:
    key = add_call("anna")
    tom, anna, ada = people("tom"), people("anna"), people("ada")
    moment = moment_of(site, key)
    tom.post(f"/calls/{key}/verdicts", json={"moment": moment, "verdict": "disagree", "comment": "GEHEIM-T"})
    anna.post(f"/calls/{key}/verdicts", json={"moment": moment, "verdict": "agree", "comment": "GEHEIM-A"})
    everything = [f"/calls/{key}{part}" for part in PARTS]

    def seen(person: TestClient, secret: str) -> bool:
        return any(secret in person.get(address).text for address in everything)

    for finished in ({}, {"tom"}):
        for name in finished:
            {"tom": tom}[name].post(f"/calls/{key}/verdicts/done", json={"done": True})
        assert not seen(anna, "GEHEIM-T") and not seen(tom, "GEHEIM-A")
        assert anna.get(f"/calls/{key}/verdicts").json()["other"] is None
        assert anna.get(f"/calls/{key}/verdicts").json()["agreement"] is None
    # Nobody but the one user of a machine chooses a side.
    assert not seen(anna, "GEHEIM-T")
    assert "GEHEIM-T" not in anna.get(f"/calls/{key}/verdicts?side=trainer").text
    assert "GEHEIM-A" not in ada.get(f"/calls/{key}/verdicts?side=trainee").text
    anna.post(f"/calls/{key}/verdicts/done", json={"done": True})
    both = anna.get(f"/calls/{key}/verdicts").json()
    assert both["other"][moment] == {"verdict": "disagree", "comment": "GEHEIM-T"}
    assert both["agreement"] == {"same": 0, "count": 1, "kappa": None}
    # What was written blind stays what it was.
    changed = {"moment": moment, "verdict": "disagree"}
    assert anna.post(f"/calls/{key}/verdicts", json=changed).status_code == 409
    assert anna.post(f"/calls/{key}/verdicts/done", json={"done": False}).status_code == 409


PARTS = ("", "/verdicts", "/scores", "/comments", "/corrections", "/intention", "/report")


def test_done_can_be_taken_back_until_the_other_is(people: People, site: Site, add_call: Add) -> None:
    key = add_call("anna")
    anna = people("anna")
    said = {"moment": moment_of(site, key), "verdict": "agree"}
    anna.post(f"/calls/{key}/verdicts/done", json={"done": True})
    assert anna.post(f"/calls/{key}/verdicts", json=said).status_code == 409
    assert anna.post(f"/calls/{key}/verdicts/done", json={"done": False}).status_code == 204
    assert anna.post(f"/calls/{key}/verdicts", json=said).status_code == 204


def test_a_verdict_is_on_a_moment_of_the_call(client: TestClient, add_call: Add) -> None:
    said = {"moment": "premature_pitch@99999", "verdict": "agree"}
    assert client.post(f"/calls/{add_call()}/verdicts", json=said).status_code == 422


def test_the_user_of_the_machine_sits_at_both_sides(client: TestClient, site: Site, add_call: Add) -> None:
    key = add_call()
    moment = moment_of(site, key)
    for side, verdict in (("trainer", "agree"), ("trainee", "disagree")):
        client.post(f"/calls/{key}/verdicts", json={"moment": moment, "verdict": verdict, "side": side})
        assert client.get(f"/calls/{key}/verdicts?side={side}").json()["mine"][moment]["verdict"] == verdict
        assert client.get(f"/calls/{key}/verdicts?side={side}").json()["other"] is None
        client.post(f"/calls/{key}/verdicts/done", json={"side": side})
    assert client.get(f"/calls/{key}/verdicts?side=trainer").json()["other"][moment]["verdict"] == "disagree"


def test_kappa_is_cohens() -> None:
    pairs = (
        [("agree", "agree")] * 4
        + [("disagree", "disagree")] * 3
        + [("agree", "disagree")] * 2
        + [("disagree", "agree")]
    )
    # By hand: 7 of 10 alike; by chance 0.6·0.5 + 0.4·0.5 = 0.5.
    assert agreement(pairs) == {"same": 7, "count": 10, "kappa": pytest.approx(0.4)}
    assert agreement([("agree", "agree")] * 6)["kappa"] is None
    assert agreement(pairs[:4])["kappa"] is None


# Scorecards


def scorecard(tom: TestClient, call: str) -> dict[str, Any]:
    assert tom.post("/scorecards/new", data=SCORECARD).status_code == 303
    card: dict[str, Any] = tom.get(f"/calls/{call}/scores").json()["cards"][0]
    return card


def test_scores_are_blind_until_both_are_done_then_side_by_side(people: People, add_call: Add) -> None:
    key = add_call("anna")
    tom, anna = people("tom"), people("anna")
    card = scorecard(tom, key)["key"]
    tom.post(
        f"/calls/{key}/scores/{card}", json={"answers": {"q1": {"value": 2, "note": "GEHEIM"}, "q2": {"value": True}}}
    )
    anna.post(f"/calls/{key}/scores/{card}", json={"answers": {"q1": {"value": 4}}})
    anna.post(
        f"/calls/{key}/scores/{card}", json={"answers": {"q2": {"value": True}, "q3": {"na": True}}, "done": True}
    )
    told = anna.get(f"/calls/{key}/scores").text
    assert "GEHEIM" not in told
    assert json.loads(told)["cards"][0]["done"] == {"trainer": False, "trainee": True}
    assert '"value": 4' not in tom.get(f"/calls/{key}/scores").text
    tom.post(f"/calls/{key}/scores/{card}", json={"done": True})
    shown = anna.get(f"/calls/{key}/scores").json()["cards"][0]
    assert shown["mine"]["q1"]["value"] == 4
    assert shown["other"]["q1"] == {"value": 2, "note": "GEHEIM", "na": False}
    assert shown["agreement"]["questions"] == {"q1": 0.5, "q2": 1.0, "q3": 0.0, "q4": None}
    assert anna.post(f"/calls/{key}/scores/{card}", json={"answers": {}}).status_code == 409


def test_a_changed_scorecard_is_a_new_version_and_the_old_keeps_its_scores(people: People, add_call: Add) -> None:
    begun, fresh = add_call("anna"), add_call("anna")
    tom = people("tom")
    card = scorecard(tom, begun)["key"]
    tom.post(f"/calls/{begun}/scores/{card}", json={"answers": {"q1": {"value": 3}}})
    tom.post(f"/scorecards/{card}", data={**SCORECARD, "q0.id": "q1", "q0.text": "Heel anders"})
    [old] = tom.get(f"/calls/{begun}/scores").json()["cards"]
    [new] = tom.get(f"/calls/{fresh}/scores").json()["cards"]
    assert (old["version"], old["questions"][0]["text"]) == (1, "Luistert voor het aanbod")
    assert (new["version"], new["questions"][0]["text"], new["questions"][0]["id"]) == (2, "Heel anders", "q1")
    assert old["mine"]["q1"]["value"] == 3


def test_scorecards_are_the_teams_own(people: People, add_call: Add) -> None:
    north, south = add_call("anna"), add_call("zoe")
    tom, uma, anna = people("tom"), people("uma"), people("anna")
    card = scorecard(tom, north)["key"]
    assert uma.get(f"/calls/{south}/scores").json()["cards"] == []
    assert uma.get(f"/scorecards/{card}").status_code == 404
    assert uma.post(f"/scorecards/{card}", data=SCORECARD).status_code == 404
    assert uma.post(f"/calls/{south}/scores/{card}", json={"answers": {}}).status_code == 404
    assert "Luisteren" not in uma.get("/scorecards").text
    assert anna.get("/scorecards").status_code == 404
    assert anna.post("/scorecards/new", data=SCORECARD).status_code == 404
    assert tom.post(f"/scorecards/{card}", data={"action": "remove"}).status_code == 303
    assert tom.get(f"/calls/{north}/scores").json()["cards"] == []


def test_a_card_of_an_admin_without_a_team_is_everybodys(people: People, add_call: Add) -> None:
    key = add_call("zoe")
    people("ada").post("/scorecards/new", data=SCORECARD)
    uma = people("uma")
    [card] = uma.get(f"/calls/{key}/scores").json()["cards"]
    assert card["name"] == "Luisteren"
    assert uma.get(f"/scorecards/{card['key']}").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"q0.low": "5", "q0.high": "1"},
        {"q0.kind": "single", "q0.options": "één"},
        {"q0.kind": "single", "q0.options": "twee\ntwee"},
        {"q0.kind": "poem"},
        {"name": " "},
        {"q0.text": "x" * 300},
    ],
)
def test_a_scorecard_that_cannot_be_comes_back_with_what_was_typed(people: People, wrong: dict[str, str]) -> None:
    answer = people("tom").post("/scorecards/new", data={**SCORECARD, **wrong})
    assert answer.status_code == 422
    assert "Denk aan samenvatten" in answer.text


def ask(kind: str, **fields: Any) -> Question:
    return Question.model_validate({"id": "q1", "kind": kind, "text": "?", **fields})


@pytest.mark.parametrize(
    ("question", "value", "fit"),
    [
        (ask("scale"), 5, True),
        (ask("scale"), 6, False),
        (ask("scale"), True, False),
        (ask("scale", low=0, high=10), 0, True),
        (ask("single", options=["a", "b"]), 1, True),
        (ask("single", options=["a", "b"]), 2, False),
        (ask("multiple", options=["a", "b"]), [0, 1], True),
        (ask("multiple", options=["a", "b"]), [1, 1], False),
        (ask("multiple", options=["a", "b"]), [2], False),
        (ask("yes_no"), False, True),
        (ask("yes_no"), 1, False),
        (ask("open"), "goed", True),
        (ask("open"), 3, False),
        (ask("open"), None, True),
    ],
)
def test_which_answers_fit(question: Question, value: Any, fit: bool) -> None:
    assert fits(question, Answer.model_validate_json(json.dumps({"value": value}))) is fit


def test_not_applicable_leaves_no_value() -> None:
    assert fits(ask("scale"), Answer(na=True))
    assert not fits(ask("scale"), Answer(na=True, value=3))


def test_likeness_by_kind() -> None:
    assert likeness(ask("scale"), {"value": 1}, {"value": 5}) == 0
    assert likeness(ask("scale"), {"value": 2}, {"value": 3}) == 0.75
    assert likeness(ask("multiple", options=["a", "b", "c"]), {"value": [0, 1]}, {"value": [1, 2]}) == pytest.approx(
        1 / 3
    )
    assert likeness(ask("yes_no"), {"na": True}, {"value": True}) == 0
    assert likeness(ask("yes_no"), {"na": True}, {"na": True}) == 1
    assert likeness(ask("open"), {"value": "a"}, {"value": "a"}) is None
    assert compare([ask("scale")], {}, {"q1": {"value": 1}})["likeness"] is None


# Intentions


def test_the_next_call_takes_an_intention_up_again(people: People, add_call: Add) -> None:
    later = add_call("anna", date="2026-11-21")
    before = add_call("anna", date="2026-11-14")
    add_call("anna", date="2026-11-18")
    anna, tom = people("anna"), people("tom")
    chosen = {"text": "Samenvatten <b>", "measure": "confirmed_summary"}
    assert anna.post(f"/calls/{before}/intention", json=chosen).status_code == 204
    last = tom.get(f"/calls/{later}/intention", headers={"accept-language": "en"}).json()["last"]
    assert (last["text"], last["day"], last["key"]) == ("Samenvatten <b>", "2026-11-14", before)
    assert last["this"] == "1 of 1 summaries confirmed"
    page = tom.get(f"/calls/{later}", headers={"accept-language": "en"}).text
    assert "Last time (2026-11-14) you chose:" in page and "Samenvatten &lt;b&gt;" in page
    assert "This time: 1 of 1 summaries confirmed" in page
    assert anna.get(f"/calls/{before}/intention").json()["last"] is None


def test_an_intention_of_a_call_that_one_may_not_see_is_not_taken_up(people: People, site: Site, add_call: Add) -> None:
    hidden = add_call("anna", date="2026-11-14", team="south")
    later = add_call("anna", date="2026-11-21")
    people("anna").post(f"/calls/{hidden}/intention", json={"text": "GEHEIM"})
    tom = people("tom")
    assert "GEHEIM" not in tom.get(f"/calls/{later}").text + tom.get(f"/calls/{later}/intention").text


def test_an_intention_is_one_and_can_be_taken_back(client: TestClient, add_call: Add) -> None:
    key = add_call()
    for text in ("Eerst", "Daarna"):
        client.post(f"/calls/{key}/intention", json={"text": text, "measure": "talk_ratio"})
    kept = client.get(f"/calls/{key}/intention").json()
    assert (kept["text"], kept["measure"]) == ("Daarna", "talk_ratio")
    client.post(f"/calls/{key}/intention", json={"text": ""})
    assert client.get(f"/calls/{key}/intention").json()["text"] == ""
    assert client.post(f"/calls/{key}/intention", json={"text": "x", "measure": "luck"}).status_code == 422


# Corrections


def test_speakers_are_corrected_and_all_is_computed_anew(client: TestClient, site: Site, add_call: Add) -> None:
    key = add_call()
    before = client.get(f"/calls/{key}/report").text
    answer = client.post(f"/calls/{key}/speakers", json={"swap": True, "names": {"S": WICKED}})
    assert answer.status_code == 200, answer.text
    sides = {one["label"]: one["side"] for one in answer.json()["speakers"]}
    assert sides == {"S": "client", "C": "seller"}
    after = client.get(f"/calls/{key}/report").text
    assert after != before and "<script>alert" not in after
    client.post(f"/calls/{key}/speakers", json={"undo": True})
    assert "alert" not in client.get(f"/calls/{key}/report").text
    with site.database.read() as session:
        kept = [one.data for one in session.scalars(select(Feedback))]
    assert [one["swap"] for one in kept] == [True, False]
    assert "alert" not in json.dumps(kept)


def test_a_call_that_is_deleted_while_it_is_corrected_does_not_come_back(
    client: TestClient, site: Site, add_call: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = add_call()
    correct = corrections.correct

    def deleted_meanwhile(folder: Path, **wanted: Any) -> Any:
        assert delete_call(site, key)
        shutil.copytree(kept, folder)
        return correct(folder, **wanted)

    kept = shutil.copytree(site.config.calls / key, site.config.workspace / "copy")
    monkeypatch.setattr(corrections, "correct", deleted_meanwhile)
    assert client.post(f"/calls/{key}/speakers", json={"swap": True}).status_code == 404
    assert not (site.config.calls / key).exists()


def test_a_turn_is_given_to_a_new_voice(client: TestClient, add_call: Add) -> None:
    answer = client.post(f"/calls/{add_call()}/speakers", json={"turns": {"2": "+"}})
    assert {"A"} < {one["label"] for one in answer.json()["speakers"]}


def test_a_speaker_that_is_not_there_is_named(client: TestClient, add_call: Add) -> None:
    answer = client.post(f"/calls/{add_call()}/speakers", json={"merges": [["S", "Q"]]})
    assert answer.status_code == 422
    assert "'Q'" in answer.json()["error"]


def test_moments_are_corrected_and_kept(client: TestClient, site: Site, add_call: Add) -> None:
    key = add_call()
    moment = moment_of(site, key)
    post = f"/calls/{key}/corrections"
    assert client.post(post, json={"what": "not", "moment": moment}).status_code == 201
    assert client.post(post, json={"what": "kind", "moment": moment, "kind": "insight"}).status_code == 201
    missed = client.post(post, json={"what": "missed", "kind": "missed_need", "first": 3, "last": 4})
    assert missed.status_code == 201
    kept = client.get(post).json()["moments"]
    assert [(one["what"], one["kind"]) for one in kept] == [("kind", "insight"), ("missed", "missed_need")]
    assert (kept[1]["first"], kept[1]["last"]) == (3, 4)
    assert client.post(post, json={"what": "undo", "moment": missed.json()["moment"]}).status_code == 201
    assert len(client.get(post).json()["moments"]) == 1
    for wrong in (
        {"what": "missed", "kind": "missed_need", "first": 5, "last": 4},
        {"what": "missed", "kind": "missed_need", "first": 5, "last": 4000},
        {"what": "missed", "kind": "joke", "first": 1, "last": 2},
        {"what": "not", "moment": "insight@77777"},
    ):
        assert client.post(post, json=wrong).status_code == 422


# Everything


ROUTES = [
    ("GET", ""),
    *[("GET", part) for part in PARTS[1:]],
    ("GET", "/audio"),
    ("POST", "/comments"),
    ("POST", "/comments/abc"),
    ("DELETE", "/comments/abc"),
    ("POST", "/comments/abc/acknowledge"),
    ("POST", "/verdicts"),
    ("POST", "/verdicts/done"),
    ("POST", "/scores/abc"),
    ("POST", "/intention"),
    ("POST", "/corrections"),
    ("POST", "/speakers"),
]
BODIES = {
    "/comments": {"text": "x"},
    "/comments/abc": {"text": "x"},
    "/verdicts": {"moment": "insight@1", "verdict": "agree"},
    "/corrections": {"what": "not", "moment": "insight@1"},
}


def test_other_sellers_and_teams_find_nothing(people: People, add_call: Add) -> None:
    key = add_call("anna")
    for name in ("bram", "zoe", "uma"):
        person = people(name)
        for method, part in ROUTES:
            answer = person.request(method, f"/calls/{key}{part}", json=BODIES.get(part, {}))
            unknown = person.request(method, f"/calls/{'0' * 32}{part}", json=BODIES.get(part, {}))
            assert (answer.status_code, answer.text) == (404, unknown.text), (name, method, part)


def test_a_comment_of_another_call_is_not_found(people: People, add_call: Add) -> None:
    one, other = add_call("anna"), add_call("bram")
    anna = people("anna")
    comment = people("bram").post(f"/calls/{other}/comments", json={"text": "van Bram"}).json()["key"]
    assert anna.post(f"/calls/{one}/comments", json={"text": "x", "answers": comment}).status_code == 404
    assert anna.post(f"/calls/{one}/comments/{comment}/acknowledge", json={}).status_code == 404


def test_script_in_every_field_is_shown_as_text(people: People, add_call: Add) -> None:
    key = add_call("anna", client=WICKED, seller=WICKED, name=WICKED, reason=WICKED)
    tom = people("tom")
    card = {
        name: value if "kind" in name or name[3:] == "low" or name[3:] == "high" else WICKED
        for name, value in SCORECARD.items()
    }
    assert tom.post("/scorecards/new", data=card).status_code in (303, 422)
    tom.post("/scorecards/new", data={**SCORECARD, "name": WICKED, "q0.text": WICKED, "q0.guide": WICKED})
    earlier = add_call("anna", date="2026-01-01")
    tom.post(f"/calls/{earlier}/intention", json={"text": WICKED})
    [shown] = [one for one in tom.get(f"/calls/{key}/scores").json()["cards"] if one["name"] == WICKED]
    for address in (f"/calls/{key}", f"/calls/{key}/report", "/scorecards", f"/scorecards/{shown['key']}"):
        page = tom.get(address)
        assert page.status_code == 200
        assert "<script>alert" not in page.text and "<img src=x" not in page.text
    assert "&lt;script&gt;alert(1)" in tom.get(f"/calls/{key}").text
    # What is sent as JSON is no page, whatever a browser makes of it.
    tom.post(f"/calls/{key}/comments", json={"text": WICKED})
    told = tom.get(f"/calls/{key}/comments")
    assert told.headers["content-type"] == "application/json"
    assert told.headers["x-content-type-options"] == "nosniff"


def test_the_trail_says_who_did_what_and_holds_no_word(people: People, site: Site, add_call: Add) -> None:
    key = add_call("anna", client="Klantnaam")
    anna = people("anna")
    anna.get(f"/calls/{key}")
    anna.get(f"/calls/{key}/report")
    anna.post(f"/calls/{key}/comments", json={"text": "Woorden"})
    anna.post(f"/calls/{key}/speakers", json={"names": {"C": "Klantnaam"}})
    with site.database.read() as session:
        trail = [(one.user, one.action, one.detail) for one in session.scalars(select(Audit).where(Audit.call == key))]
    assert [action for _, action, _ in trail] == ["call.open", "report.open", "comment.add", "speakers.correct"]
    assert {user for user, _, _ in trail} == {"anna"}
    assert not any(word in detail for (_, _, detail), word in itertools.product(trail, ("Woorden", "Klantnaam")))
