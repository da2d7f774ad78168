"""The sample calls and their truth agree with each other, with the codebook and with the sound."""

import functools
import importlib
import importlib.util
import itertools
import json
import statistics
import sys
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
CHECK = ROOT.parent / "shared" / "calls" / "check.py"
NAMES = ("en-good", "nl-good", "nl-premature", "nl-telephone")
MEGABYTE = 1_000_000


def truth(name: str) -> dict[str, Any]:
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


@functools.cache
def decode(name: str) -> tuple[np.ndarray, int]:
    """Sound of shape (channels, n), −1 to 1, and its rate."""
    with av.open(str(SAMPLES / truth(name)["audio"]["file"])) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="fltp", layout=stream.codec_context.layout.name)
        pieces = [out.to_ndarray() for frame in container.decode(stream) for out in resampler.resample(frame)]
        return np.concatenate(pieces, axis=1), stream.rate


def level(sound: np.ndarray) -> float:
    """Loudness in decibels below full scale."""
    return float(10 * np.log10(np.mean(sound.astype(np.float64) ** 2) + 1e-12))


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_script_was_built() -> None:
    assert {path.stem for path in (SAMPLES / "scripts").glob("*.tsv")} == set(NAMES)


def test_a_call_is_short_and_small_and_as_long_as_its_truth_says(name: str) -> None:
    audio = truth(name)["audio"]
    sound, rate = decode(name)
    assert (SAMPLES / audio["file"]).stat().st_size <= MEGABYTE
    assert 60 <= audio["duration"] <= 180
    assert sound.shape[0] == audio["channels"]
    assert sound.shape[1] / rate == pytest.approx(audio["duration"], abs=0.15)


def test_words_lie_in_order_inside_turns_and_turns_inside_the_call(name: str) -> None:
    call = truth(name)
    for turn in call["turns"]:
        times = [time for word in turn["words"] for time in (word["start"], word["end"])]
        assert times == sorted(times)
        assert (turn["start"], turn["end"]) == (times[0], times[-1])
        assert 0 < turn["start"] < turn["end"] < call["audio"]["duration"]


def test_utterances_are_the_turns_words(name: str) -> None:
    call = truth(name)
    for number, turn in enumerate(call["turns"]):
        own = [each for each in call["utterances"] if each["turn"] == number]
        assert {each["side"] for each in own} == {turn["speaker"]}
        assert " ".join(each["text"] for each in own).split() == [word["text"] for word in turn["words"]]
        assert turn["backchannel"] == (own[0]["acts"] == ["backchannel"])


def test_rttm_is_the_speech_of_the_json_and_covers_every_word(name: str) -> None:
    call = truth(name)
    rows = [row.split() for row in (SAMPLES / f"{name}.rttm").read_text(encoding="utf-8").splitlines()]
    spans = [(row[7], float(row[3]), float(row[3]) + float(row[4])) for row in rows]
    for (speaker, start, end), span in zip(spans, call["speech"], strict=True):
        assert (speaker, start) == (span["speaker"], span["start"])
        assert end == pytest.approx(span["end"], abs=0.002)
    for turn in call["turns"]:
        for word in turn["words"]:
            assert any(s == turn["speaker"] and a <= word["start"] and word["end"] <= b + 0.002 for s, a, b in spans)


def test_labelled_call_says_what_the_json_says(name: str) -> None:
    call = truth(name)
    rows = [row.split("\t") for row in (SAMPLES / f"{name}.tsv").read_text(encoding="utf-8").splitlines()]
    utterances = [[each["side"][0].upper(), ",".join(each["acts"]), each["text"]] for each in call["utterances"]]
    moments = [["@", m["type"], str(m["first"]), str(m["last"]), m["why"]] for m in call["moments"]]
    assert [row for row in rows if row[0] in {"S", "C"}] == utterances
    assert [row for row in rows if row[0] == "@"] == moments


@pytest.mark.skipif(not CHECK.exists(), reason="the shared codebook check is not beside this checkout")
def test_labels_are_the_codebooks(name: str) -> None:
    spec = importlib.util.spec_from_file_location("codebook_check", CHECK)
    assert spec is not None and spec.loader is not None
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)
    assert check.main([str(SAMPLES / f"{name}.tsv")]) is False


def test_people_answer_at_a_human_pace_and_talk_through_each_other(name: str) -> None:
    turns = truth(name)["turns"]
    floor = [turn for turn in turns if not turn["backchannel"]]
    gaps = [b["start"] - a["end"] for a, b in itertools.pairwise(floor)]
    assert 0.0 <= statistics.median(gaps) <= 0.4
    assert min(gaps) < 0 < max(gaps)
    inside = [b for b in turns if b["backchannel"] and any(t["start"] < b["start"] < t["end"] for t in floor)]
    assert inside


def test_sound_is_where_the_words_are(name: str) -> None:
    sound, rate = decode(name)
    mixed = sound.sum(axis=0)
    speech = truth(name)["speech"]
    loud = np.zeros(len(mixed), bool)
    for span in speech:
        loud[int(span["start"] * rate) : int(span["end"] * rate)] = True
    near = np.zeros(len(mixed), bool)
    for span in speech:
        near[max(0, int((span["start"] - 0.2) * rate)) : int((span["end"] + 0.2) * rate)] = True
    assert -30 < level(mixed[loud]) < -15
    assert level(mixed[~near]) < -48


def test_telephone_line_keeps_the_voices_apart() -> None:
    call = truth("nl-telephone")
    sound, rate = decode("nl-telephone")
    assert rate == 8000
    assert call["audio"]["layout"] == {"left": "seller", "right": "client"}
    for channel, side in enumerate(("seller", "client")):
        others = [span for span in call["speech"] if span["speaker"] != side]
        alone = [
            span
            for span in call["speech"]
            if span["speaker"] == side and all(span["end"] < o["start"] or o["end"] < span["start"] for o in others)
        ]
        for span in alone:
            piece = sound[:, int(span["start"] * rate) : int(span["end"] * rate)]
            assert level(piece[channel]) > level(piece[1 - channel]) + 15


def test_script_with_a_broken_line_is_named_with_its_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SAMPLES))
    read_script = importlib.import_module("script").read_script
    sys.modules.pop("script")
    broken = tmp_path / "broken.tsv"
    broken.write_text("# id: x\nS\topen_question\tHoe gaat het?\nX\tother\tWie ben ik?\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"broken\.tsv:3"):
        read_script(broken)
