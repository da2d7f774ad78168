"""Calls and moments as pandas tables. Counts only, but for the columns that say they are of one call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from analyser.records import Tally
from analyser.summaries import Call

if TYPE_CHECKING:
    import pandas as pd

# A step is known when the seller asked after it or the client told of it by themselves.
STEPS = {
    "situation": ("ask_situation", "situation"),
    "problem": ("ask_problem", "need"),
    "cause": ("ask_cause", "cause"),
    "tried": ("ask_tried", "tried"),
    "result": ("ask_result", "desired_result"),
}
GOOD = (
    "timely_pitch",
    "confirmed_summary",
    "insight",
    "timely_reframe",
    "honest_decline",
    "power_play_met",
    "timely_own_wish",
)
"""kinds of moment to learn from"""
ATTENTION = (
    "premature_pitch",
    "unconfirmed_summary",
    "missed_need",
    "early_reframe",
    "over_promise",
    "power_play_yielded",
    "early_own_wish",
)
"""kinds of moment to work on"""

CALL_COLUMNS = {
    "folder": "the call's folder beside this file",
    "call": "name of the recording",
    "seller": "as in the list, the file's name, or heard; may be empty",
    "client": "as in the list or the file's name; may be empty",
    "date": "day of the call, ISO 8601",
    "dated": "where the day was read: list, name, file (day of the file's last change), or empty (day of analysis)",
    "week": "ISO week, 2026-W47",
    "month": "2026-11",
    "language": "code of the language spoken",
    "timed": "whether times were measured; false for a written conversation, whose times are estimates",
    "sha256": "of the recording's bytes",
    "seconds": "length of the call",
    "seller_speech": "seconds",
    "client_speech": "seconds",
    "overlap": "seconds in which both speak",
    "switches": "changes of floor",
    "seller_utterances": "count",
    "seller_words": "count",
    "client_words": "count",
    "seller_interruptions": "turns taken while the client held the floor",
    "seller_fillers": "count",
    "heard": "summaries and empathy of the seller",
    "delivered": "pitches and prices of the seller",
    "open_questions": "count",
    "closed_questions": "count",
    "follow_ups": "count",
    **{f"missing_{step}": "whether this diagnosis step was neither asked nor told" for step in STEPS},
    **{f"moment_{kind}": "moments of this kind" for kind in (*GOOD, *ATTENTION)},
    "talk_ratio": "of this call: the seller's share of speech, 0–1; empty where it cannot be trusted",
    "listening_balance": "of this call: 100 (heard − delivered) / seller_utterances",
}
"""columns of calls.csv and calls.parquet, with their meaning"""

MOMENT_COLUMNS = {
    "folder": "the call's folder beside this file",
    "call": "name of the recording",
    "seller": "as for calls",
    "client": "as for calls",
    "date": "as for calls",
    "week": "as for calls",
    "number": "place in the call's analysis, from 0; report.html#m<number> shows it",
    "kind": "kind of moment, as in the codebook",
    "good": "whether it is one to learn from",
    "start": "seconds",
    "end": "seconds",
    "confidence": "0–1",
    "quote": "what was said",
    "why": "what made it a moment",
    "missing": "steps that were still missing, with spaces between",
}
"""columns of moments.csv and moments.parquet, with their meaning"""


def calls_table(calls: Iterable[Call]) -> pd.DataFrame:
    """One row for each call, with the columns of CALL_COLUMNS; also when there are none."""
    import pandas as pd

    return pd.DataFrame([_call_row(call) for call in calls], columns=list(CALL_COLUMNS))


def moments_table(calls: Iterable[Call]) -> pd.DataFrame:
    """One row for each moment, with the columns of MOMENT_COLUMNS."""
    import pandas as pd

    return pd.DataFrame([row for call in calls for row in _moment_rows(call)], columns=list(MOMENT_COLUMNS))


def periods(date: str) -> tuple[str, str]:
    """ISO week and month of a day; two empty texts for what is no day."""
    try:
        day = dt.date.fromisoformat(date)
    except ValueError:
        return "", ""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}", f"{day:%Y-%m}"


def missing_steps(tally: Tally) -> tuple[str, ...]:
    """Diagnosis steps that the seller never asked after and the client never told of."""
    return tuple(
        step
        for step, (asked, told) in STEPS.items()
        if not tally.seller.acts.get(asked) and not tally.client.acts.get(told)
    )


def _call_row(call: Call) -> dict[str, Any]:
    tally, ratio = call.summary.tally, call.summary.talk_ratio
    acts = tally.seller.acts
    week, month = periods(call.date)
    missing = missing_steps(tally)
    return {
        "folder": call.folder,
        "call": call.summary.name,
        "seller": call.seller,
        "client": call.info.client,
        "date": call.date,
        "dated": call.info.dated,
        "week": week,
        "month": month,
        "language": call.summary.language,
        "timed": call.summary.timed,
        "sha256": call.summary.sha256,
        "seconds": tally.duration,
        "seller_speech": tally.seller.speech,
        "client_speech": tally.client.speech,
        "overlap": tally.overlap,
        "switches": tally.switches,
        "seller_utterances": tally.seller.utterances,
        "seller_words": tally.seller.words,
        "client_words": tally.client.words,
        "seller_interruptions": tally.seller.interruptions,
        "seller_fillers": tally.seller.fillers,
        "heard": _sum(acts, ("summary", "empathy")),
        "delivered": _sum(acts, ("pitch", "price")),
        "open_questions": acts.get("open_question", 0),
        "closed_questions": acts.get("closed_question", 0),
        "follow_ups": acts.get("follow_up", 0),
        **{f"missing_{step}": step in missing for step in STEPS},
        **{f"moment_{kind}": tally.moments.get(kind, 0) for kind in (*GOOD, *ATTENTION)},
        "talk_ratio": ratio.value if ratio is not None and ratio.trusted else None,
        "listening_balance": tally.listening_balance,
    }


def _moment_rows(call: Call) -> Iterable[dict[str, Any]]:
    for moment in call.summary.moments:
        yield {
            "folder": call.folder,
            "call": call.summary.name,
            "seller": call.seller,
            "client": call.info.client,
            "date": call.date,
            "week": periods(call.date)[0],
            "number": moment.number,
            "kind": moment.kind,
            "good": moment.kind in GOOD,
            "start": moment.start,
            "end": moment.end,
            "confidence": moment.confidence,
            "quote": moment.quote,
            "why": moment.why,
            "missing": " ".join(moment.missing),
        }


def _sum(acts: dict[str, int], names: Sequence[str]) -> int:
    return sum(acts.get(name, 0) for name in names)
