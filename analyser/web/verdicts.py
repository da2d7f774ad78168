"""What trainer and trainee think of each moment: apart and blind, then side by side with how far they agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from analyser.summaries import summary
from analyser.web.access import changed, record
from analyser.web.config import WebConfig
from analyser.web.identity import who
from analyser.web.reviewing import (
    Given,
    MomentKey,
    Text,
    alone,
    chosen_side,
    done,
    find,
    hand_in,
    hold,
    other_side,
    taking,
)
from analyser.web.site import site
from analyser.web.tables import Call, Verdict, now

FEW = 5
"""moments that both judged, below which agreement beyond chance means nothing"""
Side = Literal["", "trainer", "trainee"]


class Judgement(Given):
    """What one thinks of a moment; neither verdict nor note takes it back."""

    moment: MomentKey
    verdict: Literal["", "agree", "disagree"] = ""
    comment: Text = ""
    side: Side = ""


class Finished(Given):
    """That a side is done judging, or not after all."""

    done: bool = True
    side: Side = ""


def moment_keys(config: WebConfig, call: Call) -> tuple[str, ...]:
    """The keys of a call's moments as its report has them, in order of time; raises StorageError."""
    return tuple(f"{one.kind}@{round(10 * one.start)}" for one in summary(config.calls / call.key).moments)


def list_verdicts(request: Request) -> Response:
    """One's own side's verdicts, and the other's when both are done."""
    config = site(request).config
    with site(request).database.read() as session:
        call = find(session, request)
        side = chosen_side(request, call, request.query_params.get("side", ""))
        finished = done(session, call, None)
        both = all(finished.values())
        mine = _of_side(session, call, side)
        # The other's are not even read before both are done.
        theirs = _of_side(session, call, other_side(side)) if both else None
    told: dict[str, Any] = {
        "side": side,
        "may_switch": alone(request),
        "done": finished,
        "mine": mine,
        "other": theirs,
        "agreement": None,
    }
    if theirs is not None:
        present = moment_keys(config, call)
        told["agreement"] = agreement(
            [
                (mine[key]["verdict"], theirs[key]["verdict"])
                for key in present
                if key in mine and key in theirs and mine[key]["verdict"] and theirs[key]["verdict"]
            ]
        )
    return JSONResponse(told)


def agreement(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """How far two judges agree: in how many of the moments that both judged, and Cohen's kappa (−1 to 1).

    Kappa is agreement beyond what the judges' own habits would give by chance (Cohen 1960); it is None for fewer than
    FEW moments, and where both gave but one verdict, since chance alone then explains all.
    """
    count, same = len(pairs), sum(one == other for one, other in pairs)
    if count < FEW:
        return {"same": same, "count": count, "kappa": None}
    first, second = (Counter(column) for column in zip(*pairs, strict=True))
    chance = sum(first[verdict] * second[verdict] for verdict in first) / count**2
    return {"same": same, "count": count, "kappa": None if chance == 1 else (same / count - chance) / (1 - chance)}


def judge(request: Request, given: Judgement) -> Response:
    """Keep a verdict of one's own side."""
    config = site(request).config
    with site(request).database.read() as session:
        if given.moment not in moment_keys(config, find(session, request)):
            raise HTTPException(422, "There is no such moment in this call.")
    with site(request).database.write() as session:
        call = find(session, request)
        hold(session, call)
        side = chosen_side(request, call, given.side)
        if done(session, call, None)[side]:
            raise HTTPException(409)
        kept = session.scalar(
            select(Verdict).where(Verdict.call_id == call.id, Verdict.side == side, Verdict.moment == given.moment)
        )
        if not given.verdict and not given.comment:
            if kept is not None:
                session.delete(kept)
        else:
            if kept is None:
                kept = Verdict(call_id=call.id, side=side, moment=given.moment)
                session.add(kept)
            kept.verdict, kept.comment, kept.changed = given.verdict, given.comment, now()
            kept.author_id = who(request).id
        record(session, request, "verdict.change", call=call.key, detail=side)
        changed(session, call, "verdict")
    return Response(status_code=204)


def finish(request: Request, given: Finished) -> Response:
    """Say that one's own side is done; until the other is too, that can be taken back."""
    with site(request).database.write() as session:
        call = find(session, request)
        hold(session, call)
        side = chosen_side(request, call, given.side)
        hand_in(session, request, call, side, None, finished=given.done)
        record(session, request, "verdict.done" if given.done else "verdict.reopen", call=call.key, detail=side)
        changed(session, call, "verdict")
    return Response(status_code=204)


def _of_side(session: Session, call: Call, side: str) -> dict[str, dict[str, str]]:
    kept = session.scalars(select(Verdict).where(Verdict.call_id == call.id, Verdict.side == side))
    return {one.moment: {"verdict": one.verdict, "comment": one.comment} for one in kept}


routes = [
    Route("/calls/{key}/verdicts", list_verdicts),
    Route("/calls/{key}/verdicts", taking(Judgement, judge), methods=["POST"]),
    Route("/calls/{key}/verdicts/done", taking(Finished, finish), methods=["POST"]),
]
