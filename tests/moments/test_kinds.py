"""Every kind of moment where a trainer marks it, and its near miss ("Where it is close" in the codebook) where not."""

from __future__ import annotations

import pytest

from analyser.languages import Pack, load_pack
from analyser.moments import KINDS, find_moments
from analyser.records import Moment
from tests.conversations import call

START = (
    "S agenda: Fijn dat het lukt, ik wil vandaag vooral snappen hoe het bij u loopt.",
    "C other: Prima, brand los.",
)
EXPLORED = (
    *START,
    "S open_question,ask_situation: Hoe ziet een gewone week er bij u uit?",
    "C situation: We rijden met dertig man, de planning doet mijn dochter.",
    "S open_question,follow_up,ask_problem: En waar loopt die planning op vast?",
    "C need: Elke maandag belt de helft zich ziek en dan staat alles stil.",
    "S empathy: Daar word je moedeloos van.",
    "C need: Ja, ik slaap er slecht van.",
    "S open_question,follow_up,ask_cause: Waar komt het volgens u door?",
    "C cause: Ze weten pas op zondagavond waar ze heen moeten.",
    "S open_question,follow_up,ask_tried: Wat heeft u al geprobeerd?",
    "C tried: Een bord in de gang, maar daar kijkt niemand op.",
    "S open_question,ask_result: En wanneer zegt u, nu loopt het?",
    "C desired_result: Als iedereen op vrijdag weet waar hij maandag begint.",
)
SUMMED = (
    "S summary: Dus het gaat u niet om het rooster zelf, u wilt op vrijdag rust omdat iedereen het weet.",
    "C confirm: Ja, dat is precies wat ik bedoel.",
)
END = ("S next_step: Dan kom ik donderdag langs.", "C next_step: Donderdag is goed.")

FOUND = {
    "premature_pitch": (
        *START,
        "S pitch: Wij zijn al twintig jaar de grootste in planningssoftware en hebben honderden klanten.",
        "S pitch: En onze app laat per kwartier zien waar iedereen rijdt, dat is echt uniek in de markt.",
        "C backchannel: Ja.",
        "S pitch: Daarbij krijgt u een eigen adviseur en vierentwintig uur per dag ondersteuning.",
        "C situation: Wij zijn met dertig man.",
    ),
    "timely_pitch": (
        *EXPLORED,
        *SUMMED,
        "C invite: Wat zou u doen als u mij was?",
        "S alternatives: Ik zie twee wegen. U kunt op donderdag alles vastzetten, of u laat de ploegen zelf ruilen.",
        "S pitch: Bij een bakker in Ede deden we het eerste, en na een maand belde er niemand meer op zondag.",
        "S open_question: Wat gebeurt er als u dat zo hoort?",
        "C other: Dat eerste spreekt me aan.",
    ),
    "confirmed_summary": (*EXPLORED, *SUMMED),
    "unconfirmed_summary": (
        *EXPLORED,
        "S summary: Dus eigenlijk wilt u gewoon goedkopere mensen.",
        "C correct: Nee, dat zeg ik niet, het gaat me om de rust.",
    ),
    "missed_need": (
        *EXPLORED[:4],
        "C need: En mijn dochter zat vorige week huilend aan tafel, ze trekt het niet meer.",
        "S closed_question,ask_situation: Hoeveel bussen heeft u precies?",
        "C situation: Veertien.",
    ),
    "insight": (
        *EXPLORED,
        "S reframe: Volgens mij is het geen ziekteprobleem, ze kunnen zich niet voorbereiden omdat niemand iets weet.",
        "C insight: Zo had ik er nog niet naar gekeken. Dan heb ik dus zelf de knop in handen.",
    ),
    "early_reframe": (
        *START,
        "C own_solution: Wij willen een nieuwe website.",
        "S reframe: U heeft geen website nodig, u heeft eigenlijk een vindbaarheidsprobleem.",
        "C correct: Nou, wij zitten vol tot november hoor.",
    ),
    "timely_reframe": (
        *EXPLORED,
        *SUMMED,
        "S reframe: Volgens mij is het geen ziekteprobleem, ze kunnen zich niet voorbereiden omdat niemand iets weet.",
        "C insight: Daar zegt u wat.",
    ),
    "honest_decline": (
        *EXPLORED,
        "C ask_capability: Doen jullie de salarissen dan ook?",
        "S decline: Nee, daar moet u ons niet voor hebben, ik geef u de naam van iemand die dat goed doet.",
        "C other: Oké, helder.",
    ),
    "over_promise": (
        *EXPLORED,
        "C ask_capability: En kan het voor de kerst klaar zijn, met alle koppelingen?",
        "S promise: Ja hoor, dat komt helemaal goed, geen probleem.",
        "C other: Mooi.",
    ),
    "power_play_met": (
        "C power_play: Jullie zijn nummer vier deze week, dus verras me maar.",
        "S boundary: Verrassen ga ik niet doen, ik stel eerst een paar vragen en dan weten we allebei of het wat is.",
        "C other: Vooruit dan.",
        *EXPLORED,
    ),
    "power_play_yielded": (
        *EXPLORED,
        "C price_pressure: De ander zit op vierhonderd, daar ga jij onder, anders hoeven we niet te praten.",
        "S concession: Eh, nou, vierhonderd, dan kan ik wel naar driehonderdnegentig.",
        "C price_pressure: Driehonderdtachtig.",
        "S concession: Oké, driehonderdtachtig dan.",
    ),
    "early_own_wish": (
        *START,
        "S own_wish: Ik zou het heel mooi vinden als u vrijdag tekent, dan haal ik mijn kwartaal.",
        "C objection: Ho ho, ik weet nog helemaal niks.",
        "C situation: Wij zijn met dertig man.",
    ),
    "timely_own_wish": (
        *EXPLORED,
        *SUMMED,
        "S reframe: Volgens mij is het geen ziekteprobleem, ze weten gewoon niets.",
        "C insight: Daar had ik nog niet over nagedacht.",
        "S common_goal,optimism: We willen hetzelfde, rust op vrijdag, en dat gaat ons lukken.",
        "C confirm: Daar heb ik alle vertrouwen in.",
        "S own_wish: Dan vraag ik ook iets voor mezelf, ik zou graag uw verhaal op onze site zetten.",
        "C other: Dat mag, als het werkt.",
    ),
}
MISSED = {
    "premature_pitch": (
        *START[:1],
        "C closed_question: En wie bent u eigenlijk?",
        "S other: Ik ben Karin, ik help transportbedrijven met plannen.",
        *EXPLORED[1:],
    ),
    "timely_pitch": (
        *EXPLORED,
        *SUMMED,
        "C ask_capability: Doen jullie dit ook voor bakkers?",
        "S other: Ja.",
        *END,
    ),
    "confirmed_summary": (*EXPLORED, "S summary: Dus u wilt goedkopere mensen.", "C correct: Nee, dat bedoel ik niet."),
    "unconfirmed_summary": (*EXPLORED, *SUMMED, *END),
    "missed_need": (
        *EXPLORED[:4],
        "C need: En mijn dochter zat vorige week huilend aan tafel.",
        "S empathy: Ach, wat naar voor haar, en voor u.",
        "C need: Ja, ze trekt het niet meer.",
        "S open_question,follow_up,ask_problem: Wat trekt ze precies niet meer?",
        "C need: Dat iedereen haar op zondag belt.",
    ),
    "insight": (*EXPLORED, *SUMMED, *END),
    "early_reframe": (
        *EXPLORED,
        *SUMMED,
        "S reframe: Volgens mij is het geen ziekteprobleem, ze kunnen zich niet voorbereiden.",
        "C insight: Daar zegt u wat.",
    ),
    "timely_reframe": (
        *START,
        "S reframe: U heeft geen planning nodig, u heeft eigenlijk een leiderschapsprobleem.",
        "C correct: Nou, dat valt wel mee hoor.",
        "C situation: Wij zijn met dertig man.",
    ),
    "honest_decline": (
        *EXPLORED,
        "C ask_capability: Doen jullie de salarissen dan ook?",
        "S promise: Ja hoor, dat doen wij ook, geen probleem.",
    ),
    "over_promise": (
        *EXPLORED,
        "C ask_capability: En kan het voor de kerst klaar zijn?",
        "S other: Dat weet ik pas als ik de koppelingen gezien heb, ik bel u donderdag.",
        "C other: Goed.",
    ),
    "power_play_met": (
        *EXPLORED,
        "C price_pressure: De ander zit op vierhonderd, daar ga jij onder.",
        "S concession: Oké, dan doe ik driehonderdnegentig.",
        "C other: Mooi.",
    ),
    "power_play_yielded": (
        *EXPLORED,
        "C price_pressure: De ander zit op vierhonderd, daar ga jij onder.",
        "S boundary: Dat doe ik niet, dit is de prijs waarvoor ik het goed kan doen.",
        "C other: Daar heb je een punt.",
    ),
    "early_own_wish": FOUND["timely_own_wish"],
    "timely_own_wish": FOUND["early_own_wish"],
}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("nl")


def of_kind(kind: str, lines: tuple[str, ...], pack: Pack) -> list[Moment]:
    return [moment for moment in find_moments(call(*lines), pack) if moment.kind == kind]


def test_all_kinds_are_covered() -> None:
    assert set(FOUND) == set(MISSED) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_kind_is_found(kind: str, pack: Pack) -> None:
    (moment,) = of_kind(kind, FOUND[kind], pack)
    assert moment.confidence >= 0.5
    assert 0 <= moment.first <= moment.last < len(FOUND[kind])
    assert all(0 <= place < len(FOUND[kind]) for place in moment.evidence)
    assert moment.why and moment.advice and moment.importance and moment.quote
    assert moment.quote.rstrip(" …") in " ".join(FOUND[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_kind_is_not_found_in_its_near_miss(kind: str, pack: Pack) -> None:
    assert of_kind(kind, MISSED[kind], pack) == []


@pytest.mark.parametrize("kind", KINDS)
def test_kind_is_found_in_words_without_punctuation_and_with_doubts(kind: str, pack: Pack) -> None:
    rough = tuple(
        head + ": " + "".join(letter for letter in text.lower() if letter not in ".,?!")
        for head, _, text in (line.partition(": ") for line in FOUND[kind])
    )
    found = find_moments(call(*rough, confidence=0.9), pack)
    assert kind in {moment.kind for moment in found}


def test_a_pitch_right_after_a_need_that_is_passed_over_is_both_moments(pack: Pack) -> None:
    lines = (
        *START,
        "C need: We raken klanten kwijt en ik weet niet meer waar ik het zoeken moet.",
        "S pitch: Daar hebben wij een mooi pakket voor, met een app en een eigen adviseur.",
        "S pitch: Dat draait al bij tweehonderd bedrijven, en u heeft er geen omkijken naar.",
        "C other: Ja ja.",
        "C situation: Wij zijn met dertig man.",
    )
    kinds = {moment.kind: moment for moment in find_moments(call(*lines), pack)}
    assert kinds["missed_need"].first == 2
    assert kinds["premature_pitch"].first == 3


def test_a_second_push_after_a_concession_is_one_moment_and_after_a_boundary_another(pack: Pack) -> None:
    assert len(of_kind("power_play_yielded", FOUND["power_play_yielded"], pack)) == 1
    lines = (
        *EXPLORED,
        "C price_pressure: De ander zit op vierhonderd, daar ga jij onder.",
        "S boundary: Dat doe ik niet, dit is de prijs waarvoor ik het goed kan doen.",
        "C price_pressure: Dan bel ik die ander.",
        "S boundary: Dat kan, en dan zijn we goede vrienden gebleven.",
        "C other: Nou, goed dan.",
    )
    assert len(of_kind("power_play_met", lines, pack)) == 2
