"""The talk ratio's interval, on conversations typed out with their confidences."""

from __future__ import annotations

import numpy as np
import pytest

from analyser.records import Conversation, Speaker, SpeakerSpan, Turn
from analyser.talk_ratio import SHARPNESS, talk_ratio

SPEAKERS = (Speaker("A", "seller"), Speaker("B", "client"))


def call(*spans: SpeakerSpan, timed: bool = True, speakers: tuple[Speaker, ...] = SPEAKERS) -> Conversation:
    return Conversation("nl", speakers, (), speech=spans, timed=timed)


def two(confidence: float, *, timed: bool = True) -> Conversation:
    """A minute of the seller and half a minute of the client, in spans of five seconds."""
    starts = range(0, 90, 5)
    return call(*(SpeakerSpan(at, at + 5, "AAB"[at // 5 % 3], confidence) for at in starts), timed=timed)


def test_the_value_is_the_share_of_speech() -> None:
    ratio = talk_ratio(two(1.0))
    assert ratio is not None
    assert ratio.value == pytest.approx(2 / 3)
    assert ratio.low < ratio.value < ratio.high


def test_sure_spans_give_a_narrow_interval_and_doubtful_ones_a_wide_one() -> None:
    sure, doubtful, lost = (talk_ratio(two(confidence)) for confidence in (1.0, 0.8, 0.55))
    assert sure is not None and doubtful is not None and lost is not None
    assert sure.high - sure.low < doubtful.high - doubtful.low < lost.high - lost.low
    assert sure.trusted
    assert not lost.trusted


def test_estimated_times_widen_the_interval() -> None:
    heard, written = talk_ratio(two(1.0)), talk_ratio(two(1.0, timed=False))
    assert heard is not None and written is not None
    assert written.high - written.low > heard.high - heard.low


def test_the_interval_stays_between_nothing_and_all() -> None:
    ratio = talk_ratio(call(SpeakerSpan(0, 60, "A", 0.6), SpeakerSpan(60, 61, "B", 0.6)))
    assert ratio is not None
    assert 0.0 <= ratio.low < ratio.value < ratio.high <= 1.0


def test_one_voice_has_no_ratio_to_trust() -> None:
    ratio = talk_ratio(call(SpeakerSpan(0, 60, "A")))
    assert ratio is not None
    assert (ratio.low, ratio.high) == (0.0, 1.0)
    assert not ratio.trusted


def test_nobody_speaking_has_no_ratio() -> None:
    assert talk_ratio(call()) is None


def test_without_speech_spans_turns_are_counted() -> None:
    ratio = talk_ratio(Conversation("nl", SPEAKERS, (Turn(0, 3, "A", ()), Turn(3, 4, "B", ()))))
    assert ratio is not None
    assert ratio.value == pytest.approx(0.75)


def test_overlapping_spans_of_one_side_count_once() -> None:
    speakers = (*SPEAKERS, Speaker("C", "seller"))
    ratio = talk_ratio(call(SpeakerSpan(0, 6, "A"), SpeakerSpan(3, 9, "C"), SpeakerSpan(9, 12, "B"), speakers=speakers))
    assert ratio is not None
    assert ratio.value == pytest.approx(0.75)


def test_labels_wrong_as_often_as_the_model_says_are_within_the_interval_nine_times_in_ten() -> None:
    random = np.random.default_rng(7)
    held = 0
    for _ in range(200):
        truth = random.random(40) < 0.5
        seconds = random.uniform(1, 8, 40)
        confidence = random.uniform(0.55, 0.85, 40)
        wrong = random.random(40) < 0.5 * (2 * (1 - confidence)) ** SHARPNESS
        labels = np.where(truth != wrong, "A", "B")
        spans = [
            SpeakerSpan(10.0 * at, 10.0 * at + seconds[at], str(labels[at]), float(confidence[at])) for at in range(40)
        ]
        ratio = talk_ratio(call(*spans))
        assert ratio is not None
        held += ratio.low <= seconds[truth].sum() / seconds.sum() <= ratio.high
    assert held >= 0.9 * 200
