"""Who sells and who buys, on conversations typed out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyser.errors import SpeakerError
from analyser.formats.labelled import read_labelled
from analyser.languages import Pack, load_pack
from analyser.pipeline import understand
from analyser.records import Conversation, Recording, SpeakerSpan, Word
from analyser.relabel import Correction
from analyser.roles import ASK_BELOW, assign_roles, contradicts, needs_asking
from analyser.said import Said
from analyser.settings import Settings
from analyser.turns import lay_out
from tests.conftest import SHARED


@pytest.fixture(scope="module")
def dutch() -> Pack:
    return load_pack("nl")


DISCOVERY = (
    ("A", "Goedemorgen, met Karin van Lichtplan. Fijn dat u even tijd hebt."),
    ("B", "Ja, dag. We hebben hier twee winkels, en bij ons gaat de verlichting steeds kapot."),
    ("A", "Wat vervelend. Hoe lang speelt dat al, en wat hebt u er al aan gedaan?"),
    ("B", "Sinds vorig jaar. Mijn broer heeft er eentje vervangen, maar dat werkte niet."),
    ("A", "Dus u wilt vooral dat het niet meer uitvalt."),
    ("B", "Ja, precies. Wat kost dat ongeveer?"),
    ("A", "Wij rekenen tachtig euro per lamp. Zal ik u morgen een voorstel sturen?"),
    ("B", "Ja, doe maar. Ik moet het wel met mijn man overleggen."),
)


def talk(pack: Pack, *lines: tuple[str, str]) -> Conversation:
    words, now = [], 0.0
    for speaker, text in lines:
        for word in text.split():
            words.append(Word(now, now + 0.4, word, 1.0, speaker))
            now += 0.4
    return lay_out(words, (), pack, language=pack.code)


def sides(conversation: Conversation) -> dict[str, str]:
    return {speaker.label: speaker.side for speaker in conversation.speakers}


def test_a_discovery_call(dutch: Pack) -> None:
    conversation = assign_roles(talk(dutch, *DISCOVERY), dutch)
    assert sides(conversation) == {"A": "seller", "B": "client"}
    assert conversation.speaker("A").confidence == pytest.approx(conversation.speaker("B").confidence)
    assert not needs_asking(conversation)


def test_labels_and_who_speaks_first_do_not_matter(dutch: Pack) -> None:
    turned = [("A" if speaker == "B" else "B", text) for speaker, text in DISCOVERY[1:]]
    assert sides(assign_roles(talk(dutch, *turned), dutch)) == {"A": "client", "B": "seller"}


def test_english() -> None:
    english = load_pack("en")
    conversation = talk(
        english,
        ("left", "Thanks for having me. Before we start, what prompted you to call us?"),
        ("right", "Well, our old supplier went bust and my boss is furious. Nobody knows what to do."),
        ("left", "That must be stressful. How long has that been going on?"),
        ("right", "Since last year. We use two systems and it doesn't work. How much is yours?"),
        ("left", "It's eighty pounds per user per month. Shall I send you a proposal?"),
        ("right", "I need to think about it."),
    )
    assert sides(assign_roles(conversation, english)) == {"left": "seller", "right": "client"}


def test_why_is_told_in_the_words_of_the_language(dutch: Pack) -> None:
    conversation = assign_roles(talk(dutch, *DISCOVERY), dutch)
    names = {cues[0].name for group, cues in dutch.cues.items() if group.startswith("role_")}
    for speaker in conversation.speakers:
        assert set(speaker.why.split(", ")) <= names


def test_little_said_is_worth_asking(dutch: Pack) -> None:
    conversation = assign_roles(talk(dutch, ("A", "Hallo daar."), ("B", "Dag, mooi weer.")), dutch)
    assert {speaker.side for speaker in conversation.speakers} == {"seller", "client"}
    assert all(speaker.confidence < ASK_BELOW for speaker in conversation.speakers)
    assert needs_asking(conversation)


@pytest.mark.parametrize("seller", ["B", "b", "Fatima"])
def test_a_chosen_seller_goes_over_the_model(dutch: Pack, seller: str) -> None:
    conversation = assign_roles(talk(dutch, *DISCOVERY), dutch, seller=seller, names={"B": "Fatima"})
    assert sides(conversation) == {"A": "client", "B": "seller"}
    assert [speaker.confidence for speaker in conversation.speakers] == [1.0, 1.0]
    assert conversation.speaker("B").name == "Fatima"


@pytest.mark.parametrize(("named", "doubted"), [("left", False), ("right", True)])
def test_swapped_channels_are_told_by_what_is_said(dutch: Pack, named: str, doubted: bool) -> None:
    lines = [("left" if speaker == "A" else "right", text) for speaker, text in DISCOVERY]
    assert contradicts(talk(dutch, *lines), dutch, named) is doubted


def test_small_talk_alone_contradicts_nobody(dutch: Pack) -> None:
    lines = (("left", "Goedemorgen, wat een weer hè."), ("right", "Ja, zeg dat wel, het giet."))
    assert not contradicts(talk(dutch, *lines), dutch, "right")


@pytest.mark.parametrize(
    ("seller", "sides", "noted"),
    [("right", "", True), ("left", "", False), (None, "", False), ("right", "swap", False)],
)
def test_swapped_channels_are_noted_until_someone_says_who_sells(
    dutch: Pack, seller: str | None, sides: str, noted: bool
) -> None:
    lines = [("left" if speaker == "A" else "right", text) for speaker, text in DISCOVERY]
    words = [word for turn in talk(dutch, *lines).turns for word in turn.words]
    said = Said(Recording("call.wav", "0" * 64, 60.0, 8000, 2, "two-channel"), "nl", tuple(words), ())
    corrections = (Correction("side", "left", side="seller"),) if sides else ()
    analysis = understand(said, Settings(seller=seller), corrections=corrections)
    assert any("swapped" in caveat for caveat in analysis.provenance.caveats) is noted


def test_sides_that_a_person_chose_go_over_everything(dutch: Pack) -> None:
    conversation = assign_roles(talk(dutch, *DISCOVERY), dutch, seller="A", sides={"A": "client", "Z": "seller"})
    assert sides(conversation) == {"A": "client", "B": "seller"}


def test_a_seller_who_is_not_there(dutch: Pack) -> None:
    with pytest.raises(SpeakerError, match=r"no speaker 'links'.*A, B"):
        assign_roles(talk(dutch, *DISCOVERY), dutch, seller="links")


def test_three_voices_are_two_sides(dutch: Pack) -> None:
    lines = list(DISCOVERY)
    lines[2] = ("C", "Wat vervelend. Hoe lang speelt dat al, en wat hebt u er al aan gedaan? Vertelt u eens.")
    lines[4] = ("C", "Dus u wilt vooral dat het niet meer uitvalt. Hoor ik dat goed, of ziet u dat anders?")
    assert sides(assign_roles(talk(dutch, *lines), dutch)) == {"A": "seller", "B": "client", "C": "seller"}


def test_one_voice_and_none(dutch: Pack) -> None:
    alone = assign_roles(talk(dutch, DISCOVERY[0]), dutch)
    assert [speaker.confidence for speaker in alone.speakers] == [pytest.approx(0.5, abs=0.01)]
    assert assign_roles(Conversation("nl", (), ()), dutch).speakers == ()


def test_ten_voices_get_sides(dutch: Pack) -> None:
    lines = [(label, DISCOVERY[place % len(DISCOVERY)][1]) for place, label in enumerate("ABCDEFGHIJ")]
    assert set(sides(assign_roles(talk(dutch, *lines), dutch)).values()) == {"seller", "client"}


def test_a_voice_without_words_takes_no_side_from_another(dutch: Pack) -> None:
    conversation = talk(dutch, *DISCOVERY)
    heard = replace(conversation, speech=(*conversation.speech, SpeakerSpan(50.0, 51.0, "C")))
    heard = replace(heard, speakers=(*heard.speakers, replace(heard.speakers[0], label="C")))
    found = sides(assign_roles(heard, dutch))
    assert (found["A"], found["B"]) == ("seller", "client")


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared, which a checkout alone does not have")
def test_labelled_calls_without_their_labels() -> None:
    right = total = 0
    for path in sorted((SHARED / "calls" / "dev").glob("*.tsv"))[::15]:
        call = read_labelled(path).conversation
        pack = load_pack(call.language)
        words = [replace(word, speaker=one.speaker) for one in call.utterances for word in one.words]
        found = sides(assign_roles(lay_out(words, (), pack, language=call.language, timed=False), pack))
        right += found == {"S": "seller", "C": "client"}
        total += 1
    assert right >= 0.95 * total
