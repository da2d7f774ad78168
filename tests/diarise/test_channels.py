from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from analyser.diarise.channels import LABELS, diarise_channels
from analyser.records import SpeakerSpan

RATE = 16000
STEP = 512


def voice(seed: int, *spans: tuple[float, float], seconds: float = 20.0) -> NDArray[np.float64]:
    """A voice-like sound (noise shaped in bursts) within the spans, in seconds."""
    chance = np.random.default_rng(seed)
    count = int(seconds * RATE)
    time = np.arange(count) / RATE
    bursts = np.repeat(chance.uniform(0.1, 1.0, count // 1600 + 1), 1600)[:count]
    sound = np.convolve(chance.normal(size=count), np.ones(6) / 6, mode="same") * bursts * 4000
    return np.asarray(sound * np.any([(time >= start) & (time < end) for start, end in spans], axis=0))


def probable(*spans: tuple[float, float], seconds: float = 20.0) -> NDArray[np.float32]:
    """What a voice activity detector that hears the spans says."""
    time = np.arange(int(seconds * RATE / STEP)) * STEP / RATE
    return np.any([(time >= start) & (time < end) for start, end in spans], axis=0).astype(np.float32)


def pair(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.int16]:
    return np.clip(np.stack([left, right]), -32768, 32767).astype(np.int16)


def seconds_of(spans: tuple[SpeakerSpan, ...], label: str, start: float = 0.0, end: float = 20.0) -> float:
    return sum(max(0.0, min(span.end, end) - max(span.start, start)) for span in spans if span.speaker == label)


AGENT, CALLER = ((1.0, 5.0), (10.0, 14.0)), ((6.0, 9.0), (12.0, 13.0), (15.0, 18.0))
LEFT, RIGHT = voice(1, *AGENT), voice(2, *CALLER)


def test_each_side_has_the_speech_of_its_channel_and_overlap_counts_for_both() -> None:
    spans = diarise_channels(pair(LEFT, RIGHT), [probable(*AGENT), probable(*CALLER)])
    assert {span.speaker for span in spans} == set(LABELS)
    assert seconds_of(spans, "left") == pytest.approx(8.0, abs=0.5)
    assert seconds_of(spans, "right") == pytest.approx(7.0, abs=0.7)
    assert seconds_of(spans, "right", 12.0, 13.0) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(("gain", "delay"), [(0.3, 0.0), (0.1, 0.0), (0.25, 0.25), (0.1, 0.45)])
def test_crosstalk_and_echo_of_the_other_side_are_not_counted(gain: float, delay: float) -> None:
    shift = int(delay * RATE)
    leaked = pair(LEFT + gain * np.roll(RIGHT, shift), RIGHT + gain * np.roll(LEFT, shift))
    both = (*AGENT, *CALLER, *((start + delay, end + delay) for start, end in (*AGENT, *CALLER)))
    spans = diarise_channels(leaked, [probable(*both), probable(*both)])
    assert seconds_of(spans, "left", 0.9, 5.2) == pytest.approx(4.1, abs=0.4)
    assert seconds_of(spans, "left", 6.5, 9.0) < 0.5
    assert seconds_of(spans, "right", 1.5, 5.0) < 0.5
    assert seconds_of(spans, "right", 15.0, 18.0) == pytest.approx(3.0, abs=0.3)


def test_a_soft_reply_of_ones_own_is_no_crosstalk() -> None:
    reply = 0.15 * voice(3, (3.0, 3.6))
    spans = diarise_channels(pair(LEFT, RIGHT + reply), [probable(*AGENT), probable(*CALLER, (3.0, 3.6))])
    assert seconds_of(spans, "right", 2.9, 3.7) == pytest.approx(0.6, abs=0.2)


def test_one_silent_side_silence_and_channels_of_different_length() -> None:
    silent = np.zeros(20 * RATE)
    one = diarise_channels(pair(LEFT, silent), [probable(*AGENT), probable((0.0, 0.0))])
    assert {span.speaker for span in one} == {"left"}
    assert diarise_channels(pair(silent, silent), [probable((0.0, 0.0))] * 2) == ()
    assert diarise_channels(np.zeros((2, 0), dtype=np.int16), [np.zeros(0, dtype=np.float32)] * 2) == ()
    short = diarise_channels(pair(LEFT, RIGHT), [probable(*AGENT), probable(*CALLER)[:400]])
    assert seconds_of(short, "right", 0.0, 13.0) == pytest.approx(4.0, abs=0.7)
    assert seconds_of(short, "right", 13.5, 20.0) == 0.0


def test_speech_while_the_other_speaks_is_less_sure() -> None:
    spans = diarise_channels(pair(LEFT, RIGHT), [probable(*AGENT), probable(*CALLER)])
    alone = next(span for span in spans if span.speaker == "right" and span.start > 14)
    over = next(span for span in spans if span.speaker == "right" and 11 < span.start < 13)
    assert over.confidence < alone.confidence
