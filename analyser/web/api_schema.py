"""What the API takes and gives, as frozen dataclasses; its OpenAPI document is made from them.

Times are ISO 8601 with their zone, days ISO 8601 days, seconds counted from the start of a call. A person is known by
the name with which they log in, a call or comment by its key.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, with_config

from analyser.overview.figures import Group
from analyser.records import Moment, ReadinessPoint, Side, TalkRatio, Tally

EXACT = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)
"""an unknown field is a mistake that the sender should hear of"""

Key = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Day = Annotated[
    str,
    StringConstraints(
        # Written out, so that the document says all of it: no 31 April, and 29 February in leap years alone.
        pattern=r"^((19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(19|20)[0-9]{2}-(0[13-9]|1[0-2])-(29|30)"
        r"|(19|20)[0-9]{2}-(0[13578]|1[02])-31|((19|20)(0[48]|[2468][048]|[13579][26])|2000)-02-29)$"
    ),
]
PRINTABLE = r"^[^\u0000-\u001f\u007f]*$"
Line = Annotated[str, StringConstraints(max_length=120, pattern=PRINTABLE)]
State = Literal["queued", "running", "done", "failed", "cancelled"]
Kind = Literal["praise", "coaching", "question", "warning"]
Channel = Literal["", "left", "right"]
Ground = Literal["", "consent", "contract", "interest", "law"]
Language = Literal["auto", "nl", "en"]
Format = Literal["json", "transcript", "srt", "vtt", "txt", "md", "docx", "csv", "parquet", "rttm"]
Offset = Annotated[int, Field(ge=0, le=1 << 40)]
YesNo = Literal["0", "1"]


def _whole(value: object) -> object:
    """JSON has one kind of number: 3.0 is 3."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


@dataclass(frozen=True)
class Problem:
    """Why something was not done."""

    error: str


@with_config(EXACT)
@dataclass(frozen=True)
class Nothing:
    """No parameters."""


@dataclass(frozen=True)
class Me:
    """Whose token it is, and the version that answers."""

    name: str
    display: str
    role: Literal["seller", "trainer", "admin"]
    team: str
    version: str


@with_config(EXACT)
@dataclass(frozen=True)
class CallsWanted:
    """Which calls; everything given must hold. Texts are found anywhere in the field, whatever their case."""

    state: State | None = None
    seller: Line = ""
    client: Line = ""
    team: Line = ""
    since: Day | None = None
    until: Day | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Key | None = None
    """the last call of the page before"""


@with_config(EXACT)
@dataclass(frozen=True)
class NewCall:
    """What is known of a recording that is sent."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=PRINTABLE)]
    """the file's name, by whose ending a transcript is known from a recording"""
    seller: Line = ""
    """user name or other name; empty: whose token it is, if a seller"""
    client: Line = ""
    date: Day | None = None
    channel: Channel = ""
    """the seller's channel; empty: found by what is said"""
    language: Language = "auto"
    ground: Ground = ""
    """the ground on which it is processed"""
    consent: Annotated[str, StringConstraints(max_length=500, pattern=PRINTABLE)] = ""
    """who was told or asked, when and how"""


@with_config(EXACT)
@dataclass(frozen=True)
class NewUpload:
    """A file that will be sent in parts, and what is known of the call."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=PRINTABLE)]
    """the file's name, with the ending of a recording or transcript"""
    size: Annotated[int, Field(ge=1, le=1 << 40), BeforeValidator(_whole)]
    """bytes of the whole file"""
    modified: Annotated[float, Field(ge=0, le=1e14, allow_inf_nan=False)] = 0.0
    """when the file was last changed (milliseconds since 1970), to guess the day of the call; 0: not known"""
    ref: Annotated[str, StringConstraints(max_length=64, pattern=PRINTABLE)] = ""
    """made up by the sender: beginning twice with the same begins once"""
    seller: Line = ""
    client: Line = ""
    date: Day | Literal[""] = ""
    channel: Channel = ""
    language: Language = "auto"
    ground: Ground = ""
    consent: Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\u0000]*$")] = ""


@dataclass(frozen=True)
class UploadAnswer:
    """How far an upload is: send on from ``offset``. ``call`` is the call that it became, once it is whole."""

    key: Key
    offset: int
    size: int
    name: str = ""
    call: Key | None = None


@dataclass(frozen=True)
class UploadsAnswer:
    """One's own uploads that are not whole yet."""

    uploads: tuple[UploadAnswer, ...]


@dataclass(frozen=True)
class CallAnswer:
    """A call and what is known of it beside its analysis."""

    key: Key
    name: str
    state: State
    stage: str
    progress: float
    left: float | None
    """seconds that are expected to remain"""
    reason: str
    """why it failed"""
    owner: str | None
    uploader: str | None
    team: str
    seller: str
    client: str
    date: str
    channel: str
    language: str
    ground: str
    size: int
    duration: float | None
    created: dt.datetime
    started: dt.datetime | None
    finished: dt.datetime | None
    sound_deleted: dt.datetime | None
    words_deleted: dt.datetime | None


@dataclass(frozen=True)
class CallPage:
    """Calls, the latest first; ``next`` is what to give as ``after`` for more, or null."""

    calls: tuple[CallAnswer, ...]
    next: Key | None


@dataclass(frozen=True)
class Accepted:
    """The call that was kept, and waits to be analysed."""

    key: Key
    state: State


@dataclass(frozen=True)
class StateAnswer:
    """How far a call is."""

    key: Key
    state: State
    stage: str
    progress: float
    left: float | None
    reason: str
    attempts: int


@with_config(EXACT)
@dataclass(frozen=True)
class Reading:
    """How to give what was said: with ``masked=1`` names, numbers and addresses are left out."""

    masked: YesNo = "0"


@dataclass(frozen=True)
class SpokenTurn:
    """One hold of the floor, or a backchannel within the other's."""

    start: float
    end: float
    speaker: str
    side: Side
    backchannel: bool
    text: str


@dataclass(frozen=True)
class TranscriptAnswer:
    """What was said, in turns; ``timed`` is false where times are estimates."""

    key: Key
    language: str
    timed: bool
    turns: tuple[SpokenTurn, ...]


@dataclass(frozen=True)
class MomentsAnswer:
    """What a coach would stop the recording for, and how far the client's need was understood at each second."""

    key: Key
    moments: tuple[Moment, ...]
    readiness: tuple[ReadinessPoint, ...]


@dataclass(frozen=True)
class TallyAnswer:
    """The counts of a call, and the measures that are made of them (null where there is nothing to measure)."""

    key: Key
    tally: Tally
    talk_ratio: TalkRatio | None
    listening_balance: float | None
    switches_per_minute: float | None
    response_gap: float | None
    seller_words_per_minute: float | None
    client_words_per_minute: float | None


@dataclass(frozen=True)
class CommentAnswer:
    """A remark at a time or moment, or an answer to one."""

    key: Key
    answers: Key | None
    author: str | None
    kind: Kind
    time: float | None
    moment: str
    text: str
    created: dt.datetime
    edited: dt.datetime | None
    acknowledged: dt.datetime | None
    acknowledged_by: str | None


@dataclass(frozen=True)
class CommentsAnswer:
    """The comments on a call, the oldest first."""

    comments: tuple[CommentAnswer, ...]


@with_config(EXACT)
@dataclass(frozen=True)
class NewComment:
    """A remark; ``answers`` is the comment that it answers."""

    text: Annotated[
        str,
        StringConstraints(min_length=1, max_length=5000, pattern=r"^[^\u0000]*\S[^\u0000]*$"),
    ]
    kind: Kind = "coaching"
    time: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] | None = None
    moment: Annotated[str, StringConstraints(pattern=r"^([a-z_]{1,40}@[0-9]{1,8})?$")] = ""
    """a moment as the report calls it: kind, and tenths of a second from the start"""
    answers: Key | None = None


@dataclass(frozen=True)
class UserAnswer:
    """Someone with an account."""

    name: str
    display: str
    role: Literal["seller", "trainer", "admin"]
    team: str
    active: bool
    created: dt.datetime


@dataclass(frozen=True)
class UsersAnswer:
    """Everyone with an account."""

    users: tuple[UserAnswer, ...]


@with_config(EXACT)
@dataclass(frozen=True)
class OverviewWanted:
    """Which calls, and what they are grouped by."""

    by: Literal["seller", "week", "month"] = "seller"
    since: Day | None = None
    until: Day | None = None
    seller: Line = ""


@dataclass(frozen=True)
class OverviewAnswer:
    """The figures of all those calls, and of each group; null where there are no calls."""

    calls: int
    all: Group | None
    groups: tuple[Group, ...]
