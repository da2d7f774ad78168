"""What is said about a moment: quotes, the sentence that says why, why it matters and what to try instead."""

from __future__ import annotations

import re
import string
from zlib import crc32

from analyser.languages import Pack
from analyser.moments.judge import Judgement
from analyser.moments.readiness import State
from analyser.moments.story import DELIVERY, LIKELY, Story

QUOTE_WORDS = 40
"""a moment's own quote is cut after so many words"""
SHORT_WORDS = 14
"""a quote within a sentence is cut after so many"""
QUESTION_STEPS = ("problem", "cause", "tried", "result")
CLIENT_SPEAKS = ("missed_need", "insight")
"""kinds whose quote is the client's"""
_CHOICE = re.compile(r"\[([^\[\]|]*)\|([^\[\]|]*)\]")


def shorten(text: str, words: int = SHORT_WORDS) -> str:
    """The text cut after ``words`` words, without a full stop or comma at its end."""
    parts = text.split()
    # "Ja." or "Nee, nee." says nothing as a quote: begin with the sentence after it.
    while len(parts) > 4 and any(part.endswith((".", "!", "?")) for part in parts[:2]):
        parts = parts[next(place for place, part in enumerate(parts) if part.endswith((".", "!", "?"))) + 1 :]
    kept = " ".join(parts[:words]).rstrip(" ,;:-–…")
    if len(parts) > words:
        return kept.rstrip(".") + " …"
    return kept[:-1] if kept.endswith(".") and not kept.endswith("..") else kept


def missing_steps(kind: str, state: State) -> tuple[str, ...]:
    """The steps of readiness, diagnosis or trust that a moment of that kind lacked."""
    if kind == "premature_pitch":
        untold = tuple(step for step in state.untold if step in QUESTION_STEPS) if "explored" in state.missing else ()
        return (*state.missing, *untold)
    if kind in ("early_reframe", "timely_reframe"):
        return tuple(step for step in state.untold if step in QUESTION_STEPS)
    return ("trust",) if kind == "early_own_wish" else ()


def variant(story: Story, state: State, judged: Judgement) -> str:
    """Which of the sentences that say why fits: each names what the evidence showed."""
    found, kind = judged.candidate, judged.kind
    features = found.features
    client = found.client
    if kind == "premature_pitch":
        if not state.missing:
            return "reopened" if client is not None else "plain"
        if client is not None and story.does(client, "need"):
            return "after_need"
        if client is not None and story.does(client, "objection", "correct"):
            return "objection"
        if state.counts.get("questions", 0.0) < 1:
            return "unasked"
        if "explored" in state.missing:
            return "default"
        return "unsummarised" if "summarised" in state.missing else "unconfirmed"
    if kind == "timely_pitch":
        if client is not None and story.does(client, "invite", "ask_capability"):
            return "invited"
        return "confirmed" if state.confirmed >= LIKELY else "default"
    if kind == "unconfirmed_summary":
        if client is not None and story.does(client, "correct"):
            return "corrected"
        return "left" if features.get("following.pitch", 0.0) >= LIKELY or client is None else "default"
    if kind == "missed_need":
        if story.does(found.quote, *DELIVERY):
            return "delivery"
        return "question" if story.does(found.quote, "open_question", "closed_question") else "default"
    if kind == "insight":
        if story.does(found.quote, "reframe"):
            return "reframe"
        return "question" if story.does(found.quote, "open_question", "closed_question") else "default"
    if kind == "power_play_met":
        return "price" if client is not None and story.does(client, "price_pressure") else "default"
    if kind == "power_play_yielded":
        if features.get("answer.concession", 0.0) >= LIKELY:
            return "concession"
        return "justified" if features.get("answer.pitch", 0.0) >= LIKELY else "default"
    if kind in ("honest_decline", "over_promise"):
        return "asked" if client is not None and story.does(client, "ask_capability", "invite") else "default"
    if kind in ("timely_reframe", "early_own_wish", "timely_own_wish"):
        return "answered" if client is not None and client > found.quote else "default"
    return "default"


def fields(pack: Pack, story: Story, state: State, judged: Judgement) -> dict[str, str]:
    """What the texts may have filled in; see ``languages.pack.FIELDS``."""
    found = judged.candidate
    untold = [step for step in state.untold if step in QUESTION_STEPS]
    readiness = [step for step in missing_steps(judged.kind, state) if step not in QUESTION_STEPS]
    client = story.utterances[found.client].text if found.client is not None else ""
    return {
        "quote": shorten(story.utterances[found.quote].text),
        "client_quote": "" if pack.is_backchannel(client) and judged.kind != "confirmed_summary" else shorten(client),
        "missing": pack.listing(readiness),
        "steps": pack.listing(untold),
    }


def needs_fields(template: str) -> set[str]:
    """Names of the fields in a template."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def fill(template: str, values: dict[str, str], *, formal: bool) -> str | None:
    """The template with its fields filled in; None when one of them is empty."""
    if any(not values[name] for name in needs_fields(template)):
        return None
    addressed = _CHOICE.sub(lambda choice: choice[1] if formal else choice[2], template)
    text = addressed.format(**values)
    return text[:1].upper() + text[1:]


def why(pack: Pack, kind: str, name: str, values: dict[str, str]) -> str:
    """The sentence that says which utterances made it a moment."""
    templates = pack.coaching(kind).why
    for choice in (name, "default", "plain"):
        sentence = fill(templates[choice], values, formal=True) if choice in templates else None
        if sentence:
            return sentence
    return pack.coaching(kind).name


def sorts(story: Story, judged: Judgement, name: str) -> tuple[str, ...]:
    """The sorts of moment whose own lines of advice fit: the variant, and what the pressure was about."""
    pressed = story.highest(judged.candidate.evidence, "price_pressure") >= LIKELY
    return (name, "price") if pressed and judged.kind.startswith("power_play") else (name,)


def advice(
    pack: Pack, kind: str, values: dict[str, str], used: set[str], *, formal: bool, sorts: tuple[str, ...] = ()
) -> str:
    """A line on what to try instead, chosen by the quote; one report uses a line again only when all are used."""
    texts = pack.coaching(kind)
    written = [*texts.advice, *(line for sort in dict.fromkeys(sorts) for line in texts.when.get(sort, ()))]
    lines = [(line, fill(line, values, formal=formal)) for line in written]
    fitting = [(line, text) for line, text in lines if text]
    fresh = [(line, text) for line, text in fitting if line not in used] or fitting
    if not fresh:
        return ""
    line, text = fresh[crc32(values["quote"].encode()) % len(fresh)]
    used.add(line)
    return text or ""


def importance(pack: Pack, kind: str) -> str:
    """Why a moment of the kind matters, for each of its methods."""
    return " ".join(pack.coaching(kind).importance.values())
