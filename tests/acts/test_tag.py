"""The real act model on conversations typed out by hand: what was meant must come out, in Dutch and in English."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import numpy as np
import pytest

from analyser.acts import tag, tag_fully
from analyser.acts.labels import ACTS, MOMENTS
from analyser.acts.model import FOLDER
from analyser.errors import ModelError
from analyser.formats.labelled import estimate_words
from analyser.records import Conversation, Side, Speaker, Turn, Utterance

SIDES: dict[str, Side] = {"S": "seller", "C": "client"}

DUTCH = """
S Goedemorgen, fijn dat u tijd heeft gemaakt.
S Wat maakt dat u juist nu met ons wilt praten?
C We lopen al maanden vast in de planning, mijn mensen zijn doodmoe en ik lig er wakker van.
S Wat hebt u al geprobeerd om dat op te lossen?
C We hebben vorig jaar een ander roosterpakket gekocht, maar dat heeft niets geholpen.
S Dus als ik u goed begrijp zijn uw mensen uitgeput en heeft nieuwe software daar niets aan veranderd.
C Ja, dat is precies wat ik bedoel.
C Hoe zou u dat aanpakken?
S Wij zijn marktleider in planning en ons platform heeft tweehonderd koppelingen en een eigen app.
C En wat kost dat?
S Het kost vierduizend euro per maand.
C Dat is veel te duur, daar moet echt twintig procent af.
S Goed, dan doe ik het voor drieduizend.
C Oké.
S Zal ik u morgen een voorstel mailen?
"""
ENGLISH = """
S Hi, how was your weekend?
C Good thanks, a bit wet.
S What is the biggest problem you are facing right now?
C Honestly, we lose three good people every month and it worries me sick.
S What do you think is causing that?
C I think it is because managers never talk to their teams.
S So what you're saying is that people leave because nobody talks to them.
C Exactly, that's it.
S We have won three awards and our platform is used by over five hundred companies.
C Do you also do exit interviews?
S No, we don't do that, for that you'd better go to a specialist.
C Mm-hm.
"""


def typed(text: str, language: str = "nl") -> Conversation:
    """A conversation from lines that begin with S or C."""
    turns, utterances, now = [], [], 0.0
    for line in text.strip().splitlines():
        words = estimate_words(line[2:], now)
        now = words[-1].end
        turns.append(Turn(words[0].start, now, line[0], words))
        utterances.append(Utterance(words[0].start, now, len(turns) - 1, line[0], SIDES[line[0]], words))
    return Conversation(
        language, tuple(Speaker(label, side) for label, side in SIDES.items()), tuple(turns), tuple(utterances)
    )


def acts_at(conversation: Conversation, beginning: str) -> frozenset[str]:
    """The acts of the one utterance that begins so."""
    (found,) = [said.act_names for said in conversation.utterances if said.text.startswith(beginning)]
    return found


@pytest.fixture(scope="module")
def dutch() -> Conversation:
    return tag(typed(DUTCH))


@pytest.fixture(scope="module")
def english() -> Conversation:
    return tag(typed(ENGLISH, "en"))


@pytest.mark.parametrize(
    ("beginning", "act"),
    [
        ("Wat maakt", "open_question"),
        ("We lopen al maanden vast", "need"),
        ("Wat hebt u al geprobeerd", "ask_tried"),
        ("We hebben vorig jaar", "tried"),
        ("Dus als ik u goed begrijp", "summary"),
        ("Ja, dat is precies", "confirm"),
        ("Hoe zou u dat", "invite"),
        ("Wij zijn marktleider", "pitch"),
        ("Het kost vierduizend", "price"),
        ("Dat is veel te duur", "price_pressure"),
        ("Zal ik u morgen", "next_step"),
    ],
)
def test_dutch(dutch: Conversation, beginning: str, act: str) -> None:
    assert act in acts_at(dutch, beginning)


@pytest.mark.parametrize(
    ("beginning", "act"),
    [
        ("Hi, how was", "small_talk"),
        ("What is the biggest", "open_question"),
        ("What is the biggest", "ask_problem"),
        ("Honestly, we lose", "need"),
        ("What do you think", "ask_cause"),
        ("I think it is because", "cause"),
        ("So what you're saying", "summary"),
        ("Exactly", "confirm"),
        ("We have won", "pitch"),
        ("Do you also", "ask_capability"),
        ("No, we don't", "decline"),
        ("Mm-hm", "backchannel"),
    ],
)
def test_english(english: Conversation, beginning: str, act: str) -> None:
    assert act in acts_at(english, beginning)


def test_recogniser_text_means_the_same(dutch: Conversation) -> None:
    bare = "\n".join(line[0] + " " + line[2:].lower().translate(str.maketrans("", "", ",.?")) for line in
                     DUTCH.strip().splitlines())  # fmt: skip
    tagged = tag(typed(bare))
    same = [bool(one.act_names & other.act_names) for one, other in zip(dutch.utterances, tagged.utterances,
                                                                        strict=True)]  # fmt: skip
    assert sum(same) >= 12


def test_a_side_gets_its_own_acts_only() -> None:
    price = "S Wat kost het?\nC Wat kost het?\n"
    seller, client = tag(typed(price)).utterances
    assert "invite" not in seller.act_names
    assert not client.act_names & {"open_question", "closed_question"}


def test_confidences_and_shapes() -> None:
    tagged = tag_fully(typed(ENGLISH, "en"))
    count = len(tagged.conversation.utterances)
    assert tagged.acts.shape == (count, ACTS)
    assert tagged.begins.shape == tagged.inside.shape == (count, len(MOMENTS))
    for utterance in tagged.conversation.utterances:
        confidences = [act.confidence for act in utterance.acts]
        assert confidences
        assert confidences == sorted(confidences, reverse=True)
        assert all(0 < confidence <= 1 for confidence in confidences)


@pytest.mark.parametrize("text", ["S ja", "C hallo daar ja", "S 12345 ??? …", "S " + "ja " * 3000])
def test_odd_conversations_are_no_error(text: str) -> None:
    assert tag(typed(text)).utterances[0].acts


def test_nothing_said() -> None:
    assert tag(typed(DUTCH[:0] + "S a")).utterances
    empty = Conversation("nl", (), ())
    assert tag(empty) == empty


def test_the_same_words_give_the_same_acts() -> None:
    one, other = tag_fully(typed(DUTCH)), tag_fully(typed(DUTCH))
    assert np.array_equal(one.acts, other.acts)


def test_no_connection_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    assert tag(typed("S Hoe gaat het?")).utterances[0].acts


@pytest.mark.parametrize("name", ["encoder.onnx", "context.npz", "tokenizer.json", "manifest.json"])
def test_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "data"
    shutil.copytree(FOLDER, folder)
    (folder / name).unlink()
    with pytest.raises(ModelError, match=name):
        tag_fully(typed("S hallo"), folder=folder)


@pytest.mark.parametrize("name", ["encoder.onnx", "context.npz", "tokenizer.json", "manifest.json"])
def test_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "data"
    shutil.copytree(FOLDER, folder)
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:100] + b"\x00" + content[101:-5])
    with pytest.raises(ModelError, match=f"{name}.*damaged"):
        tag_fully(typed("S hallo"), folder=folder)
