"""What is known of a made call: words, turns, acts, moments, written as JSON, RTTM and labelled call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mixing import Placed
from script import SIDES, Moment, Script

PAUSE = 0.3  # seconds: a longer silence of one voice divides two stretches of its speech


def words_of(each: Placed) -> list[dict[str, Any]]:
    """Words of a line with their times in the call."""
    return [
        {"text": word.text, "start": round(each.start + word.start, 3), "end": round(each.start + word.end, 3)}
        for word in each.line.words
    ]


def turns_of(placed: Sequence[Placed]) -> list[list[int]]:
    """Indices of the lines of each turn: one side's hold of the floor, which a backchannel neither takes nor breaks."""
    turns: list[list[int]] = []
    floor: list[int] | None = None
    for number, each in enumerate(placed):
        if each.entry.backchannel:
            turns.append([number])
        elif floor is not None and placed[floor[-1]].entry.side == each.entry.side:
            floor.append(number)
        else:
            floor = [number]
            turns.append(floor)
    return sorted(turns, key=lambda turn: placed[turn[0]].start)


def speech_of(placed: Sequence[Placed]) -> list[dict[str, Any]]:
    """Stretches of speech of each side, from the words, in order of start."""
    spans: list[dict[str, Any]] = []
    for side in SIDES.values():
        own: list[dict[str, Any]] = []
        words = [word for each in placed if each.entry.side == side for word in words_of(each)]
        for word in sorted(words, key=lambda word: float(word["start"])):
            if own and word["start"] - own[-1]["end"] <= PAUSE:
                own[-1]["end"] = max(own[-1]["end"], word["end"])
            else:
                own.append({"speaker": side, "start": word["start"], "end": word["end"]})
        spans += own
    return sorted(spans, key=lambda span: float(span["start"]))


def as_json(
    script: Script, placed: Sequence[Placed], *, audio: dict[str, Any], made_with: dict[str, Any]
) -> dict[str, Any]:
    """The whole truth. Times in seconds; ``turn`` counts from 0, ``first`` and ``last`` of a moment from 1."""
    turns = turns_of(placed)
    turn_of = {number: at for at, turn in enumerate(turns) for number in turn}
    return {
        "name": script.name,
        "language": script.headers["language"],
        "setting": script.headers["setting"],
        "audio": audio,
        "made_with": made_with,
        "speakers": [{"label": side, "side": side} for side in SIDES.values()],
        "turns": [
            {
                "speaker": placed[turn[0]].entry.side,
                "start": words[0]["start"],
                "end": words[-1]["end"],
                "backchannel": placed[turn[0]].entry.backchannel,
                "words": words,
            }
            for turn in turns
            for words in [[word for number in turn for word in words_of(placed[number])]]
        ],
        "utterances": [
            {
                "turn": turn_of[number],
                "side": each.entry.side,
                "start": words_of(each)[0]["start"],
                "end": words_of(each)[-1]["end"],
                "acts": list(each.entry.acts),
                "text": each.entry.text,
            }
            for number, each in enumerate(placed)
        ],
        "speech": speech_of(placed),
        "moments": [_moment(moment, placed) for moment in script.moments],
    }


def _moment(moment: Moment, placed: Sequence[Placed]) -> dict[str, Any]:
    lines = placed[moment.first - 1 : moment.last]
    return {
        "type": moment.type,
        "first": moment.first,
        "last": moment.last,
        "start": round(min(each.start for each in lines), 3),
        "end": round(max(each.end for each in lines), 3),
        "why": moment.why,
    }


def as_rttm(name: str, speech: Sequence[dict[str, Any]]) -> str:
    """Speech of each side as NIST RTTM."""
    rows = (
        f"SPEAKER {name} 1 {span['start']:.3f} {span['end'] - span['start']:.3f} <NA> <NA> {span['speaker']} <NA> <NA>"
        for span in speech
    )
    return "\n".join(rows) + "\n"


def as_labelled_call(script: Script) -> str:
    """The script without its hints: headers, utterances, moments."""
    letters = {side: letter for letter, side in SIDES.items()}
    rows = [f"# {key}: {script.headers[key]}" for key in ("id", "language", "setting", "style")]
    rows += [f"{letters[entry.side]}\t{','.join(entry.acts)}\t{entry.text}" for entry in script.entries]
    rows += [f"@\t{moment.type}\t{moment.first}\t{moment.last}\t{moment.why}" for moment in script.moments]
    return "\n".join(rows) + "\n"
