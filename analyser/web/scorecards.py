"""The questions by which a team judges its calls: made and changed by those who coach."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from analyser.web.access import need_coach, record
from analyser.web.identity import Identity
from analyser.web.questions import KINDS, MOST_OPTIONS, MOST_QUESTIONS, QUESTIONS, Question
from analyser.web.site import page, site
from analyser.web.tables import Scorecard, new_key

SHORT = ("low_label", "high_label")


def list_page(request: Request) -> Response:
    """The team's scorecards that are in use."""
    coach = need_coach(request)
    with site(request).database.read() as session:
        cards = [card for card in session.scalars(_ACTIVE) if _may_see(coach, card)]
    own = [(card, _may_change(coach, card)) for card in cards]
    return page(request, "scorecards.html", cards=own, may_add=coach.admin or bool(coach.team))


def edit_page(request: Request) -> Response:
    """A scorecard to change, or a new one."""
    coach = need_coach(request)
    card = None
    if "card" in request.path_params:
        with site(request).database.read() as session:
            card = _find(session, coach, request.path_params["card"])
    elif not (coach.admin or coach.team):
        raise HTTPException(404)
    questions = card.questions if card is not None else []
    return _form(request, coach, card, card.name if card else "", card.team if card else coach.team, questions)


async def save(request: Request) -> Response:
    """Keep a scorecard: a new one, or a new version of one. The old version stays with what it was answered with."""
    form = await request.form(max_files=0, max_fields=MOST_QUESTIONS * 20, max_part_size=20_000)
    fields = [(name, str(value)) for name, value in form.multi_items()]
    return await run_in_threadpool(_save, request, fields)


def _save(request: Request, fields: list[tuple[str, str]]) -> Response:
    coach = need_coach(request)
    given = dict(fields)
    key, name = request.path_params.get("card", ""), given.get("name", "").strip().replace("\0", "")[:120]
    team = given.get("team", "").strip().replace("\0", "")[:80] if coach.admin else coach.team
    if not (coach.admin or coach.team):
        raise HTTPException(404)
    drafts = read_questions(fields)
    with site(request).database.write() as session:
        before = _find(session, coach, key) if key else None
        if given.get("action") == "remove" and before is not None:
            before.active = False
            record(session, request, "scorecard.remove", detail=before.key)
            return RedirectResponse("/scorecards", 303)
        try:
            questions = QUESTIONS.validate_python(drafts)
        except ValidationError as error:
            wrong = sorted({str(one["loc"][0]) for one in error.errors() if one["loc"]})
            numbers = [str(int(place) + 1) for place in wrong if place.isdigit()]
            return _form(request, coach, before, name, team, drafts, wrong=", ".join(numbers) or "1")
        if not name:
            return _form(request, coach, before, name, team, drafts, wrong="name")
        kept = [question.model_dump(mode="json") for question in questions]
        if before is not None and before.questions == kept:
            before.name, before.team = name, team
        else:
            if before is not None:
                before.active = False
            session.add(
                Scorecard(
                    series=before.series if before else new_key(),
                    version=before.version + 1 if before else 1,
                    team=team,
                    name=name,
                    questions=kept,
                    author_id=coach.id,
                )
            )
        record(session, request, "scorecard.change" if before else "scorecard.add")
    return RedirectResponse("/scorecards", 303)


def read_questions(fields: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """The questions of the form, not yet checked: ``q0.text``, ``q0.kind`` and so on, in order of their places.

    A question keeps its id when the card is changed, so that versions can be laid beside each other.
    """
    rows: dict[int, dict[str, str]] = {}
    for name, value in fields:
        place, _, part = name.partition(".")
        if part and place[:1] == "q" and place[1:].isdecimal() and len(place) < 5:
            rows.setdefault(int(place[1:]), {})[part] = value.replace("\0", "")
    taken = {row["id"] for row in rows.values() if row.get("id")}
    found: list[dict[str, Any]] = []
    for _, row in sorted(rows.items()):
        if not row.get("text", "").strip():
            continue
        kind = row.get("kind", "scale")
        number = row.get("id") or next(f"q{n}" for n in range(1, 1000) if f"q{n}" not in taken)
        taken.add(number)
        question: dict[str, Any] = {
            "id": number,
            "kind": kind,
            "text": row["text"].strip(),
            "guide": row.get("guide", ""),
        }
        if kind == "scale":
            question |= {end: int(row[end]) if row.get(end, "").isdecimal() else -1 for end in ("low", "high")}
            question |= {label: row.get(label, "") for label in SHORT}
        if kind in ("single", "multiple"):
            question["options"] = [line.strip() for line in row.get("options", "").splitlines() if line.strip()]
        found.append(question)
    return found


def _form(
    request: Request,
    coach: Identity,
    card: Scorecard | None,
    name: str,
    team: str,
    questions: list[Any],
    *,
    wrong: str = "",
) -> Response:
    return page(
        request,
        "scorecard.html",
        422 if wrong else 200,
        card=card,
        name=name,
        team=team,
        choose_team=coach.admin,
        questions=[{**_BLANK, **question} for question in questions] or [_BLANK],
        blank=_BLANK,
        kinds=KINDS,
        wrong=wrong,
        most=MOST_QUESTIONS,
        most_options=MOST_OPTIONS,
    )


_BLANK: dict[str, Any] = {
    "id": "",
    "kind": "scale",
    "text": "",
    "guide": "",
    "low": 1,
    "high": 5,
    "low_label": "",
    "high_label": "",
    "options": [],
}
_ACTIVE = select(Scorecard).where(Scorecard.active).order_by(Scorecard.name, Scorecard.id)


def _may_see(coach: Identity, card: Scorecard) -> bool:
    return coach.admin or card.team in ("", coach.team)


def _may_change(coach: Identity, card: Scorecard) -> bool:
    # One without a team is everybody's, and so an admin's to change.
    return coach.admin or (bool(coach.team) and card.team == coach.team)


def _find(session: Session, coach: Identity, key: str) -> Scorecard:
    found = session.scalar(_ACTIVE.where(Scorecard.key == key))
    if found is None or not _may_change(coach, found):
        raise HTTPException(404)
    return found


def questions_of(card: Scorecard) -> list[Question]:
    """A scorecard's questions."""
    return QUESTIONS.validate_json(json.dumps(card.questions))


routes = [
    Route("/scorecards", list_page),
    Route("/scorecards/new", edit_page),
    Route("/scorecards/new", save, methods=["POST"]),
    Route("/scorecards/{card}", edit_page),
    Route("/scorecards/{card}", save, methods=["POST"]),
]
