"""The records that pass between stages.

All are frozen; a stage returns a new record and never fills one in. Times are float seconds from the start of the
recording, intervals are half-open: ``start <= t < end``. Confidences lie between 0 and 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Side = Literal["seller", "client"]
Layout = Literal["mono", "two-channel", "joint-stereo", "none"]
Method = Literal["M1", "M2", "M3", "M4", "M5"]


@dataclass(frozen=True)
class Span:
    """A stretch of time: ``start`` and ``end`` in seconds."""

    start: float
    end: float

    @property
    def duration(self) -> float:
        """Length in seconds, never negative."""
        return max(0.0, self.end - self.start)

    @property
    def middle(self) -> float:
        """The second halfway."""
        return (self.start + self.end) / 2

    def overlap(self, other: Span) -> float:
        """Seconds that both spans share."""
        return max(0.0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True)
class Recording:
    """What is known of a recording before anything is heard in it.

    ``name`` is for people, ``sha256`` is of the file's bytes, ``duration`` in seconds, ``sample_rate`` in Hz as
    stored; ``layout`` says how voices lie over the channels and is ``none`` for a transcript without sound.
    """

    name: str
    sha256: str
    duration: float
    sample_rate: int = 0
    channels: int = 0
    layout: Layout = "none"


@dataclass(frozen=True)
class Word(Span):
    """One recognised word with the recogniser's confidence, and its speaker once that is known."""

    text: str
    confidence: float = 1.0
    speaker: str | None = None


@dataclass(frozen=True)
class Segment(Span):
    """A stretch of recognised speech in one language; ``channel`` is set where channels were heard apart."""

    words: tuple[Word, ...]
    language: str
    channel: int | None = None

    @property
    def text(self) -> str:
        """The words as one line."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True)
class Dropped(Span):
    """Something the recogniser wrote that was not kept, and why."""

    text: str
    reason: str


@dataclass(frozen=True)
class Transcript:
    """What was said, without who said it."""

    language: str
    language_confidence: float
    segments: tuple[Segment, ...]
    dropped: tuple[Dropped, ...] = ()

    @property
    def words(self) -> tuple[Word, ...]:
        """All words in order of segments."""
        return tuple(word for segment in self.segments for word in segment.words)


@dataclass(frozen=True)
class SpeakerSpan(Span):
    """A stretch in which one speaker is heard; spans of different speakers may overlap."""

    speaker: str
    confidence: float = 1.0


@dataclass(frozen=True)
class Turn(Span):
    """One speaker's hold of the floor.

    A ``backchannel`` ("ja", "hm-hm") is kept as a turn of its own so that it can be read and played, but it takes
    no floor and breaks no turn: the other's turn runs on around it, and every measure of turns leaves it out.
    """

    speaker: str
    words: tuple[Word, ...]
    backchannel: bool = False

    @property
    def text(self) -> str:
        """The words as one line."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True)
class Act:
    """One label of the codebook with a calibrated confidence."""

    name: str
    confidence: float = 1.0


@dataclass(frozen=True)
class Utterance(Span):
    """A part of a turn that does one thing. ``turn`` is the turn's place in ``Conversation.turns``.

    ``hints`` are what the tagger thought of but did not accept: acts too unlikely to show, and kinds of moment that it
    heard in the words. Moments weigh them; nothing else reads them.
    """

    turn: int
    speaker: str
    side: Side
    words: tuple[Word, ...]
    acts: tuple[Act, ...] = ()
    hints: tuple[Act, ...] = ()

    @property
    def text(self) -> str:
        """The words as one line."""
        return " ".join(word.text for word in self.words)

    @property
    def act_names(self) -> frozenset[str]:
        """Names of the acts, without confidences."""
        return frozenset(act.name for act in self.acts)

    def does(self, *names: str) -> bool:
        """Whether the utterance has one of the acts named."""
        return any(act.name in names for act in self.acts)


@dataclass(frozen=True)
class Speaker:
    """A voice of the call and the side it is on, with the confidence of that choice and why it was made."""

    label: str
    side: Side
    confidence: float = 1.0
    name: str | None = None
    why: str = ""


@dataclass(frozen=True)
class Conversation:
    """A call laid out as turns and utterances, in order of start.

    ``speech`` holds every stretch of speech with its speaker, also where no words were recognised. ``timed`` is
    false for a written conversation: its times are then estimated from its words and are no measurement.
    """

    language: str
    speakers: tuple[Speaker, ...]
    turns: tuple[Turn, ...]
    utterances: tuple[Utterance, ...] = ()
    speech: tuple[SpeakerSpan, ...] = ()
    timed: bool = True
    title: str = ""

    def speaker(self, label: str) -> Speaker:
        """The speaker of that label; raises KeyError when there is none."""
        for speaker in self.speakers:
            if speaker.label == label:
                return speaker
        raise KeyError(label)

    def side(self, label: str) -> Side:
        """The side that a speaker is on."""
        return self.speaker(label).side

    @property
    def end(self) -> float:
        """Seconds from 0 to the end of the last speech or turn."""
        return max((span.end for span in (*self.turns, *self.speech)), default=0.0)


@dataclass(frozen=True)
class Moment(Span):
    """What a coach would stop the recording for.

    ``first`` and ``last`` are places in ``Conversation.utterances`` (from 0, both within the moment); ``evidence``
    are the utterances that made it so; ``missing`` names the diagnosis or readiness steps that were still missing.
    ``why`` says in one sentence of the call's language which utterances made it so.
    """

    kind: str
    methods: tuple[Method, ...]
    first: int
    last: int
    quote: str
    why: str
    confidence: float = 1.0
    evidence: tuple[int, ...] = ()
    missing: tuple[str, ...] = ()
    advice: str = ""
    importance: str = ""


@dataclass(frozen=True)
class ReadinessPoint:
    """How far the client's need is understood from ``time`` (seconds) on: ``level`` 0–1, and by what."""

    time: float
    level: float
    utterance: int
    explored: float
    summarised: bool
    confirmed: bool
    invited: bool


@dataclass(frozen=True)
class SideTally:
    """Counts of one side of a call. Counts add up over calls; ratios are properties."""

    speech: float = 0.0
    """seconds of speech, overlapped speech included"""
    turns: int = 0
    words: int = 0
    fillers: int = 0
    backchannels: int = 0
    interruptions: int = 0
    """turns taken while the other side still held the floor"""
    utterances: int = 0
    longest_turn: float = 0.0
    """seconds; over several calls the longest of all"""
    longest_turn_start: float = 0.0
    acts: dict[str, int] = field(default_factory=dict)

    @property
    def words_per_minute(self) -> float | None:
        """Words for each minute of speech; None without speech."""
        return 60 * self.words / self.speech if self.speech else None

    def __add__(self, other: SideTally) -> SideTally:
        longest = max((self, other), key=lambda tally: tally.longest_turn)
        return SideTally(
            speech=self.speech + other.speech,
            turns=self.turns + other.turns,
            words=self.words + other.words,
            fillers=self.fillers + other.fillers,
            backchannels=self.backchannels + other.backchannels,
            interruptions=self.interruptions + other.interruptions,
            utterances=self.utterances + other.utterances,
            longest_turn=longest.longest_turn,
            longest_turn_start=longest.longest_turn_start,
            acts={name: self.acts.get(name, 0) + other.acts.get(name, 0) for name in sorted({*self.acts, *other.acts})},
        )


@dataclass(frozen=True)
class Tally:
    """Counts of a call or of many: ``sum(tallies, Tally())`` is the tally of a week. Ratios are properties."""

    calls: int = 0
    duration: float = 0.0
    """seconds of recording"""
    overlap: float = 0.0
    """seconds in which both sides speak"""
    switches: int = 0
    """times the floor goes from one side to the other"""
    response_gaps: tuple[float, ...] = ()
    """seconds from each client turn's end to the seller's start; negative for overlap"""
    seller: SideTally = field(default_factory=SideTally)
    client: SideTally = field(default_factory=SideTally)
    moments: dict[str, int] = field(default_factory=dict)

    @property
    def talk_ratio(self) -> float | None:
        """The seller's share of both sides' speech, 0–1; overlap counts for both. None without speech."""
        total = self.seller.speech + self.client.speech
        return self.seller.speech / total if total else None

    @property
    def listening_balance(self) -> float | None:
        """(summaries + empathy) − (pitches + price), for each 100 utterances of the seller."""
        acts, count = self.seller.acts, self.seller.utterances
        if not count:
            return None
        heard = acts.get("summary", 0) + acts.get("empathy", 0)
        delivered = acts.get("pitch", 0) + acts.get("price", 0)
        return 100 * (heard - delivered) / count

    @property
    def switches_per_minute(self) -> float | None:
        """Changes of floor for each minute of the call."""
        return 60 * self.switches / self.duration if self.duration else None

    @property
    def response_gap(self) -> float | None:
        """Median seconds that the seller waits after a client's turn; negative for overlap."""
        gaps = sorted(self.response_gaps)
        if not gaps:
            return None
        half = len(gaps) // 2
        return gaps[half] if len(gaps) % 2 else (gaps[half - 1] + gaps[half]) / 2

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            calls=self.calls + other.calls,
            duration=self.duration + other.duration,
            overlap=self.overlap + other.overlap,
            switches=self.switches + other.switches,
            response_gaps=self.response_gaps + other.response_gaps,
            seller=self.seller + other.seller,
            client=self.client + other.client,
            moments={
                kind: self.moments.get(kind, 0) + other.moments.get(kind, 0)
                for kind in sorted({*self.moments, *other.moments})
            },
        )


@dataclass(frozen=True)
class TalkRatio:
    """The talk ratio of one call with the interval that holds the true value 9 times in 10 (all 0–1)."""

    value: float
    low: float
    high: float

    @property
    def trusted(self) -> bool:
        """Whether the interval is narrow enough (± 0.15) to show a figure at all."""
        return self.high - self.low <= 0.30


@dataclass(frozen=True)
class ModelUse:
    """A model that had a part in the result: what for, which, its revision and the hash of its file."""

    task: str
    name: str
    revision: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Provenance:
    """What made a result: version, models, settings, when, and what a reader should keep in mind."""

    version: str
    created: str
    """ISO 8601, UTC"""
    models: tuple[ModelUse, ...]
    settings: dict[str, str]
    caveats: tuple[str, ...] = ()
    word_confidence: float | None = None
    """mean confidence of the words, 0–1; None for a written conversation"""
    low_confidence_share: float | None = None
    """share of the speech seconds whose words the recogniser was unsure of, 0–1"""


@dataclass(frozen=True)
class Analysis:
    """Everything known of one call; what report and exports are made from."""

    recording: Recording
    conversation: Conversation
    tally: Tally
    talk_ratio: TalkRatio | None
    moments: tuple[Moment, ...]
    readiness: tuple[ReadinessPoint, ...]
    provenance: Provenance
    dropped: tuple[Dropped, ...] = ()
    language_confidence: float = 1.0
    schema: int = 1
    """version of this record as JSON: raised when a field changes its meaning or goes"""
