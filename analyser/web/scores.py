"""A call scored by the team's scorecards: by both sides apart and blind, then side by side."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from analyser.web.access import changed, record
from analyser.web.questions import MOST_QUESTIONS, Answer, compare, fits
from analyser.web.reviewing import Given, alone, chosen_side, done, find, hand_in, hold, other_side, submission, taking
from analyser.web.scorecards import questions_of
from analyser.web.site import site
from analyser.web.tables import Call, Scorecard, Submission
from analyser.web.verdicts import Side

EMPTY = Answer().model_dump(mode="json")


class Scores(Given):
    """One side's answers that changed, by question; ``done`` hands all of them in."""

    answers: dict[str, Answer] = Field(default_factory=dict, max_length=MOST_QUESTIONS)
    done: bool = False
    side: Side = ""


def list_scores(request: Request) -> Response:
    """The scorecards for a call with one's own side's answers, and the other's where both are done."""
    with site(request).database.read() as session:
        call = find(session, request)
        side = chosen_side(request, call, request.query_params.get("side", ""))
        cards = [_told(session, call, card, side) for card in _cards(session, call)]
    return JSONResponse({"side": side, "may_switch": alone(request), "cards": cards})


def fill_in(request: Request, given: Scores) -> Response:
    """Keep one's own side's answers; 409 once both sides are done, 422 for an answer that does not fit."""
    with site(request).database.write() as session:
        call = find(session, request)
        hold(session, call)
        card = next((one for one in _cards(session, call) if one.key == request.path_params["card"]), None)
        if card is None:
            raise HTTPException(404)
        questions = {question.id: question for question in questions_of(card)}
        for name, answer in given.answers.items():
            if name not in questions or not fits(questions[name], answer):
                raise HTTPException(422, f"That is no answer to {name[:8]}.")
        side = chosen_side(request, call, given.side)
        mine = hand_in(session, request, call, side, card.id, finished=given.done)
        # A new dict: what changes within one is not noticed.
        answers = {**mine.answers, **{name: answer.model_dump(mode="json") for name, answer in given.answers.items()}}
        mine.answers = {name: answer for name, answer in answers.items() if answer != EMPTY}
        if given.done:
            record(session, request, "score.done", call=call.key, detail=side)
        changed(session, call, "score")
    return Response(status_code=204)


def _cards(session: Session, call: Call) -> list[Scorecard]:
    """What this call is scored by: its team's and everybody's, and of a card that was begun the version that was."""
    begun = set(session.scalars(select(Submission.scorecard_id).where(Submission.call_id == call.id)))
    theirs = Scorecard.active & Scorecard.team.in_(("", call.team))
    found = session.scalars(
        select(Scorecard).where(or_(theirs, Scorecard.id.in_(begun - {None}))).order_by(Scorecard.name, Scorecard.id)
    ).all()
    held = {card.series for card in found if card.id in begun}
    return [card for card in found if card.id in begun or card.series not in held]


def _told(session: Session, call: Call, card: Scorecard, side: str) -> dict[str, Any]:
    finished = done(session, call, card.id)
    mine = submission(session, call, side, card.id)
    told: dict[str, Any] = {
        "key": card.key,
        "name": card.name,
        "version": card.version,
        "questions": card.questions,
        "done": finished,
        "mine": mine.answers if mine else {},
        "other": None,
        "agreement": None,
    }
    if all(finished.values()):
        theirs = submission(session, call, other_side(side), card.id)
        told["other"] = theirs.answers if theirs else {}
        told["agreement"] = compare(questions_of(card), told["mine"], told["other"])
    return told


routes = [
    Route("/calls/{key}/scores", list_scores),
    Route("/calls/{key}/scores/{card}", taking(Scores, fill_in), methods=["POST"]),
]
