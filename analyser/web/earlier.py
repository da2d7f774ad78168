"""A seller's calls before this one, as far as the asker may see them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from analyser.errors import StorageError
from analyser.records import Tally
from analyser.summaries import summary
from analyser.web.access import visible
from analyser.web.config import WebConfig
from analyser.web.identity import Identity
from analyser.web.tables import Call

MOST = 10
"""calls that a seller is compared with, as in reports made on the command line"""


def earlier_calls(session: Session, asker: Identity, call: Call) -> list[Call]:
    """Analysed calls of the same seller before ``call``, oldest first: by day, then by when they came in.

    The same seller is the same account; where there is none, the same name in the same team. A call without either has
    no earlier ones.
    """
    if call.owner_id is not None:
        same = Call.owner_id == call.owner_id
    elif call.seller:
        same = Call.owner_id.is_(None) & (Call.seller == call.seller) & (Call.team == call.team)
    else:
        return []
    found = session.scalars(select(Call).where(same, visible(asker), Call.state == "done", Call.id != call.id))
    return sorted((one for one in found if _order(one) < _order(call)), key=_order)


def earlier_tallies(config: WebConfig, calls: Sequence[Call]) -> tuple[Tally, ...]:
    """Counts of the last of these calls; those whose figures are gone are passed over."""
    found = []
    for call in calls[-MOST:]:
        try:
            found.append(summary(config.calls / call.key).tally)
        except StorageError:
            continue
    return tuple(found)


def day_of(call: Call) -> str:
    """The day of a call as ISO 8601; where none was said, the day on which it came in."""
    return call.date or call.created.date().isoformat()


def _order(call: Call) -> tuple[str, float, int]:
    return day_of(call), call.created.timestamp(), call.id
