"""Conversations typed out by hand, acts and all."""

from __future__ import annotations

from analyser.records import Act, Conversation, Side, Speaker, Turn, Utterance, Word

SECONDS_PER_WORD = 0.4
SIDES: dict[str, Side] = {"S": "seller", "C": "client"}


def call(*lines: str, language: str = "nl", timed: bool = False, confidence: float = 1.0) -> Conversation:
    """A conversation from lines such as ``"S open_question,follow_up: En hoe komt dat?"``.

    ``S`` is the seller, ``C`` the client; acts are separated by commas and may carry a confidence of their own
    (``pitch=0.6``), which is ``confidence`` otherwise. Consecutive lines of one speaker form a turn; a word takes
    0.4 seconds.
    """
    turns: list[Turn] = []
    utterances: list[Utterance] = []
    now = 0.0
    for line in lines:
        head, _, text = line.partition(":")
        label, _, names = head.partition(" ")
        words = tuple(
            Word(now + place * SECONDS_PER_WORD, now + (place + 1) * SECONDS_PER_WORD, word)
            for place, word in enumerate(text.split())
        )
        end = words[-1].end if words else now
        acts = tuple(_act(name, confidence) for name in names.split(",") if name)
        if turns and turns[-1].speaker == label:
            turns[-1] = Turn(turns[-1].start, end, label, turns[-1].words + words)
        else:
            turns.append(Turn(now, end, label, words))
        utterances.append(Utterance(now, end, len(turns) - 1, label, SIDES[label], words, acts))
        now = end
    present = sorted({utterance.speaker for utterance in utterances}, reverse=True)
    return Conversation(
        language=language,
        speakers=tuple(Speaker(label, SIDES[label]) for label in present),
        turns=tuple(turns),
        utterances=tuple(utterances),
        timed=timed,
        title="typed out",
    )


def _act(name: str, confidence: float) -> Act:
    name, _, own = name.strip().partition("=")
    return Act(name, float(own) if own else confidence)
