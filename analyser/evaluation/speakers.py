"""Who speaks when, measured: recordings with an RTTM of the same name beside them.

Diarisation error rate as NIST defines it and `pyannote.metrics` counts it: missed speech, false alarms and speech
given to the wrong speaker, over the speech there is, overlapped speech counted for each speaker; once to the
millisecond (collar 0) and once leaving out a quarter of a second around each true boundary. Beside it: whether the
number of speakers was found, how far the share of talk is off, which part of the words has the wrong speaker (WDER:
Shafey et al., "Joint Speech Recognition and Speaker Diarization via Sequence Transduction", 2019, over the words that
are aligned), the real-time factor and the memory.
"""

from __future__ import annotations

import json
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from analyser.attribution import attribute
from analyser.audio import SUFFIXES, Sound
from analyser.errors import ModelError, StorageError
from analyser.records import Span, SpeakerSpan, Transcript, Word
from analyser.rttm import read_rttm

Diarise = Callable[[Sound], Sequence[SpeakerSpan]]


@dataclass(frozen=True)
class SpeakerScore:
    """One recording. Rates are shares of the true speech (0–1), ``share_error`` is in points (0–100) and for two
    speakers only; ``seconds`` is the recording's length, ``taken`` what it took, ``memory`` the process's peak in MB.
    """

    name: str
    seconds: float
    speakers: int
    found: int
    error: float
    lenient: float
    missed: float
    false_alarm: float
    confused: float
    share_error: float | None
    word_error: float | None
    taken: float
    memory: float

    @property
    def real_time_factor(self) -> float:
        """Seconds taken for each second of the recording."""
        return self.taken / self.seconds if self.seconds else 0.0


def evaluate_speakers(
    folder: Path,
    diarise: Diarise,
    *,
    transcribe: Callable[[Sound], Transcript] | None = None,
    hold: float = 0.0,
) -> Iterator[SpeakerScore]:
    """Score each recording in ``folder`` that has truth beside it, as it is done, in order of name.

    ``diarise`` is given the opened recording. With ``transcribe``, words are scored too where a JSON of the same name
    holds the true turns (``{"turns": [{"speaker": …, "text": …}]}``). ``hold`` seconds: see `hold_pauses`. Raises
    StorageError when no recording has truth, ModelError when pyannote.metrics is not installed, AudioError when a
    recording cannot be read.
    """
    from analyser.audio import open_sound

    pairs = [(path, truth) for path in sorted(folder.iterdir()) if (truth := truth_of(path))]
    if not pairs:
        raise StorageError(f"{folder}: holds no recording with an RTTM of the same name beside it.")
    for path, truth in pairs:
        sound = open_sound(path)
        started = time.perf_counter()
        found = diarise(sound)
        taken = time.perf_counter() - started
        said = true_words(path) if transcribe is not None else None
        wrong = word_error(said, attribute(transcribe(sound), found)) if said and transcribe is not None else None
        yield score_spans(
            hold_pauses(truth, hold),
            hold_pauses(found, hold),
            name=path.name,
            seconds=sound.recording.duration,
            taken=taken,
            word_error=wrong,
        )


def true_words(recording: Path) -> tuple[tuple[str, str], ...] | None:
    """(speaker, text) of each true turn from the JSON beside a recording; None without one that holds them."""
    beside = recording.with_name(f"{_plain_stem(recording)}.json")
    if not beside.is_file():
        return None
    try:
        turns = json.loads(beside.read_text(encoding="utf-8"))["turns"]
        return tuple((str(turn["speaker"]), str(turn["text"])) for turn in turns)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageError(f"{beside}: holds no turns with speaker and text ({error}).") from error


def truth_of(recording: Path) -> tuple[SpeakerSpan, ...] | None:
    """The true spans of a recording: NAME.rttm (also without ``_stereo``), or its lines in the folder's only RTTM."""
    if recording.suffix.lower() not in SUFFIXES:
        return None
    for name in (recording.stem, _plain_stem(recording)):
        beside = recording.with_name(f"{name}.rttm")
        if beside.is_file():
            spans = read_rttm(beside)
            return spans.get(name) or next(iter(spans.values()), ())
    others = sorted(recording.parent.glob("*.rttm"))
    return read_rttm(others[0]).get(recording.stem) if len(others) == 1 else None


def hold_pauses(spans: Sequence[SpeakerSpan], seconds: float) -> tuple[SpeakerSpan, ...]:
    """The spans with a speaker's pauses shorter than ``seconds`` filled where nobody else speaks.

    Truths differ in whether a pause within a turn is speech (a turn by hand) or not (voice activity). Brought to one
    convention first, truth and result can be compared for what is heard.
    """
    held: list[SpeakerSpan] = []
    last: dict[str, int] = {}
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        place = last.get(span.speaker)
        before = held[place] if place is not None else None
        gap = Span(before.end, span.start) if before else None
        others = (other for other in spans if other.speaker != span.speaker)
        if before and gap and gap.duration < seconds and not any(other.overlap(gap) > 0 for other in others):
            held[last[span.speaker]] = replace(before, end=max(before.end, span.end))
        else:
            last[span.speaker] = len(held)
            held.append(span)
    return tuple(sorted(held, key=lambda span: (span.start, span.end)))


def _plain_stem(recording: Path) -> str:
    """The file's name without its ending and without a note of how its voices lie."""
    return recording.stem.removesuffix("_stereo").removesuffix("_mono")


def score_spans(
    truth: Sequence[SpeakerSpan],
    found: Sequence[SpeakerSpan],
    *,
    name: str = "",
    seconds: float = 0.0,
    taken: float = 0.0,
    word_error: float | None = None,
) -> SpeakerScore:
    """Compare spans with the truth; raises ModelError when pyannote.metrics is not installed."""
    strict, lenient = (_error_rate(truth, found, seconds, collar) for collar in (0.0, 0.25))
    total = strict["total"] or 1.0
    return SpeakerScore(
        name=name,
        seconds=seconds,
        speakers=len({span.speaker for span in truth}),
        found=len({span.speaker for span in found}),
        error=strict["diarization error rate"],
        lenient=lenient["diarization error rate"],
        missed=strict["missed detection"] / total,
        false_alarm=strict["false alarm"] / total,
        confused=strict["confusion"] / total,
        share_error=share_error(truth, found),
        word_error=word_error,
        taken=taken,
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _error_rate(
    truth: Sequence[SpeakerSpan], found: Sequence[SpeakerSpan], seconds: float, collar: float
) -> dict[str, float]:
    """The parts of the diarisation error rate by pyannote.metrics' names; ``collar`` in seconds either side."""
    try:
        from pyannote.core import Annotation, Segment, Timeline
        from pyannote.metrics.diarization import DiarizationErrorRate
    except ImportError as error:
        raise ModelError(
            "Measuring speakers needs pyannote.metrics. Install it: pip install 'analyser[evaluate]'."
        ) from error

    def annotation(spans: Sequence[SpeakerSpan]) -> Any:
        made = Annotation()
        for number, span in enumerate(spans):
            if span.duration > 0:
                made[Segment(span.start, span.end), number] = span.speaker
        return made

    end = max([seconds, *(span.end for span in (*truth, *found))])
    # pyannote counts a collar as the whole width around a boundary.
    metric = DiarizationErrorRate(collar=2 * collar)
    detail: dict[str, float] = metric(
        annotation(truth), annotation(found), uem=Timeline([Segment(0, end)]), detailed=True
    )
    return detail


def share_error(truth: Sequence[SpeakerSpan], found: Sequence[SpeakerSpan]) -> float | None:
    """How many points (0–100) the first true speaker's share of talk is off; None unless two speakers are true.

    Found speakers are matched to true ones by shared time; those that match none count for the other side.
    """
    speakers = sorted({span.speaker for span in truth})
    if len(speakers) != 2:
        return None
    shared: defaultdict[tuple[str, str], float] = defaultdict(float)
    for span in found:
        for true in truth:
            shared[span.speaker, true.speaker] += span.overlap(true)
    labels = {span.speaker for span in found}
    firsts = {label for label in labels if shared[label, speakers[0]] >= shared[label, speakers[1]]}
    total = sum(span.duration for span in found)
    if not total:
        return 100.0
    wanted = sum(span.duration for span in truth if span.speaker == speakers[0]) / sum(span.duration for span in truth)
    got = sum(span.duration for span in found if span.speaker in firsts) / total
    return 100 * abs(got - wanted)


def word_error(truth: Sequence[tuple[str, str]], words: Sequence[Word]) -> float | None:
    """The part (0–1) of the recognised words that have the wrong speaker; None when none could be aligned.

    ``truth`` holds (speaker, text) in order of start. Recognised words are aligned with true ones; those that were
    inserted have no true speaker and are left out. Labels are matched so that the error is the least. Raises
    ModelError when jiwer is not installed.
    """
    try:
        import jiwer
    except ImportError as error:
        raise ModelError("Measuring words needs jiwer. Install it: pip install 'analyser[evaluate]'.") from error

    wanted = [(_plain(word), speaker) for speaker, text in truth for word in text.split() if _plain(word)]
    got = [(_plain(word.text), word.speaker or "") for word in words if _plain(word.text)]
    if not wanted or not got:
        return None
    aligned = jiwer.process_words(" ".join(word for word, _ in wanted), " ".join(word for word, _ in got))
    pairs: Counter[tuple[str, str]] = Counter()
    for chunk in aligned.alignments[0]:
        if chunk.type in ("equal", "substitute"):
            for step in range(chunk.ref_end_idx - chunk.ref_start_idx):
                pairs[wanted[chunk.ref_start_idx + step][1], got[chunk.hyp_start_idx + step][1]] += 1
    total = sum(pairs.values())
    if not total:
        return None
    return 1 - _best_match(pairs) / total


def _plain(word: str) -> str:
    return "".join(letter for letter in word.lower() if letter.isalnum())


def _best_match(pairs: Counter[tuple[str, str]]) -> int:
    """The most that agree under any pairing of true with found labels."""
    from scipy.optimize import linear_sum_assignment

    true, found = sorted({pair[0] for pair in pairs}), sorted({pair[1] for pair in pairs})
    counts = [[pairs[one, other] for other in found] for one in true]
    rows, columns = linear_sum_assignment(counts, maximize=True)
    return sum(counts[row][column] for row, column in zip(rows, columns, strict=True))


def table(scores: Sequence[SpeakerScore]) -> str:
    """The scores as a Markdown table, with the mean over recordings last."""
    head = (
        "| recording | s | speakers, found | DER 0 | DER 0.25 "
        "| missed | false alarm | confused | share off | words off | RTF |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
    )
    rows = [
        _row(
            score.name,
            f"{score.seconds:.0f}",
            f"{score.speakers}, {score.found}",
            *(score.error, score.lenient, score.missed, score.false_alarm, score.confused),
            shares=[score.share_error] if score.share_error is not None else [],
            words=[score.word_error] if score.word_error is not None else [],
            factor=score.real_time_factor,
        )
        for score in scores
    ]
    if not scores:
        return head
    count, seconds = len(scores), sum(score.seconds for score in scores)
    right = sum(score.speakers == score.found for score in scores)
    mean = _row(
        f"mean of {count}",
        f"{seconds:.0f}",
        f"{right} of {count} right",
        *(
            sum(part) / count
            for part in zip(
                *((one.error, one.lenient, one.missed, one.false_alarm, one.confused) for one in scores), strict=True
            )
        ),
        shares=[score.share_error for score in scores if score.share_error is not None],
        words=[score.word_error for score in scores if score.word_error is not None],
        factor=sum(score.taken for score in scores) / seconds if seconds else 0.0,
    )
    return head + "".join(rows) + mean


def _row(
    name: str, seconds: str, speakers: str, *rates: float, shares: list[float], words: list[float], factor: float
) -> str:
    share = f"{sum(shares) / len(shares):.1f}" if shares else ""
    word = f"{100 * sum(words) / len(words):.1f}" if words else ""
    cells = [name, seconds, speakers, *(f"{100 * rate:.1f}" for rate in rates), share, word, f"{factor:.3f}"]
    return f"| {' | '.join(cells)} |\n"
