"""What is no conversation worth coaching gives no moments, or few, and never an error."""

from __future__ import annotations

import random

import pytest

from analyser.languages import Pack, load_pack
from analyser.moments import find_moments, readiness
from analyser.records import Conversation
from tests.conversations import call


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("en")


@pytest.mark.parametrize(
    "conversation",
    [
        Conversation("en", (), ()),
        call("S other: Hello there you."),
        call("S backchannel: Yes.", "C backchannel: Yes."),
        call("S :Hello.", "C :Hello.", "S :How are you?", "C :Fine.", "S :Bye.", "C :Bye."),
        call(*["S pitch: We are the best there is in town."] * 30),
        call(*["C need: It all goes wrong every single day."] * 30),
        call("S pitch: We are the best.", *["C backchannel: Yeah."] * 10, "S pitch: Really the best."),
        call("S :", "C need:", "S pitch:"),
    ],
    ids=["empty", "three words", "backchannels", "no acts", "seller alone", "client alone", "no answer", "no words"],
)
def test_no_moments(conversation: Conversation, pack: Pack) -> None:
    assert find_moments(conversation, pack) == ()
    assert all(0 <= point.level <= 1 for point in readiness(conversation))


def test_ten_thousand_utterances_of_other_give_no_moments(pack: Pack) -> None:
    chance = random.Random(1)
    words = ["so", "then", "well", "there", "it", "was", "and", "we", "went", "on", "about", "this", "that", "thing"]
    lines = [f"{'SC'[i % 2]} other: {' '.join(chance.choices(words, k=8))}" for i in range(10_000)]
    assert find_moments(call(*lines, confidence=0.6), pack) == ()


def test_two_thousand_utterances_of_doubt_give_few_moments(pack: Pack) -> None:
    chance = random.Random(2)
    acts = {"S": ["pitch", "summary", "promise", "other", "open_question"], "C": ["need", "confirm", "invite", "other"]}
    lines = []
    for place in range(2_000):
        side = "SC"[place % 2]
        doubts = ",".join(f"{act}={chance.uniform(0, 0.15):.2f}" for act in acts[side])
        lines.append(f"{side} {doubts}: so well there it was")
    assert len(find_moments(call(*lines), pack)) <= 20
