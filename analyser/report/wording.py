"""How the report writes times, figures and names in the reader's language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from analyser.languages import Pack, available, load_pack
from analyser.records import Conversation, Speaker

FALLBACK = "en"
"""interface for a call in a language without a pack"""

# Control characters and the marks that turn reading direction: never meant in speech, and able to make a text look
# like another one.
_HARMFUL = dict.fromkeys(
    code
    for first, last in (
        (0x00, 0x08),
        (0x0B, 0x0C),
        (0x0E, 0x1F),
        (0x7F, 0x9F),
        (0x200E, 0x200F),
        (0x202A, 0x202E),
        (0x2066, 0x2069),
        (0xD800, 0xDFFF),
        (0xFEFF, 0xFEFF),
    )
    for code in range(first, last + 1)
)


def clean(text: str) -> str:
    """``text`` without control characters and without marks that reorder what is read."""
    return text.translate(_HARMFUL)


def interface_language(wanted: str, spoken: str) -> str:
    """The language of the report: the one wanted, or for ``auto`` the call's where there is a pack for it."""
    if wanted != "auto":
        return wanted
    return spoken if spoken in available() else FALLBACK


@dataclass(frozen=True)
class Wording:
    """Labels of a pack, and figures as its readers write them."""

    pack: Pack

    @classmethod
    def of(cls, language: str) -> Wording:
        """The wording of a language; raises LanguageError when there is no pack for it."""
        return cls(load_pack(language))

    def say(self, key: str, **fields: str) -> str:
        """A label with its fields filled in; raises LanguageError for a key that the pack lacks."""
        label = self.pack.label(key)
        return label.format_map(fields) if fields else label

    def count(self, key: str, number: int, **fields: str) -> str:
        """The label ``key.one`` or ``key.many`` for a number of things."""
        return self.say(f"{key}.{'one' if number == 1 else 'many'}", n=self.number(number), **fields)

    def number(self, value: float, digits: int = 0, *, signed: bool = False) -> str:
        """A number with this language's decimal sign, a real minus, and a plus when asked."""
        text = f"{abs(value):,.{digits}f}"
        text = text.translate({ord(","): self.say("number.group"), ord("."): self.say("number.decimal")})
        if round(value, digits) < 0:
            return f"−{text}"
        return f"+{text}" if signed and round(value, digits) > 0 else text

    def percent(self, share: float) -> str:
        """A share (0–1) in whole percents, never a false 0 or 100."""
        points = round(100 * share)
        if points == 0 and share > 0:
            points = 1
        if points == 100 and share < 1:
            points = 99
        return self.say("number.percent", n=str(points))

    def duration(self, seconds: float) -> str:
        """A length for reading: "45 s", "12 min", "1 h 05"."""
        whole = round(seconds)
        if whole < 60:
            return self.say("number.seconds", n=str(whole))
        if whole < 3600:
            minutes, rest = divmod(whole, 60)
            if minutes < 10 and rest:
                return self.say("number.minutes_seconds", m=str(minutes), s=str(rest))
            return self.say("number.minutes", n=str(round(whole / 60)))
        hours, rest = divmod(round(whole / 60), 60)
        return self.say("number.hours", h=str(hours), m=f"{rest:02d}")

    def date(self, iso: str) -> str:
        """An ISO 8601 date as it is said; the text itself where it is no date."""
        try:
            day = dt.datetime.fromisoformat(iso.replace("Z", "+00:00"))
        except ValueError:
            return clean(iso)
        months = self.say("number.months").split()
        return self.say("number.date", d=str(day.day), m=months[day.month - 1], y=str(day.year))

    def listing(self, texts: Sequence[str]) -> str:
        """Texts as a list in a sentence, the last one after "and"."""
        if len(texts) < 2:
            return "".join(texts)
        return f"{', '.join(texts[:-1])} {self.pack.steps.get('and', 'and')} {texts[-1]}"

    def act(self, name: str) -> str:
        """The name of an act; the codebook's own where the pack is silent."""
        return self.pack.labels.get(f"act.{name}", name.replace("_", " "))

    def kind(self, name: str) -> str:
        """The name of a kind of moment; the codebook's own where the pack is silent."""
        coaching = self.pack.coaches.get(name)
        return coaching.name if coaching else name.replace("_", " ")

    def speaker(self, speaker: Speaker, conversation: Conversation) -> str:
        """The name that a speaker goes by: given, or the side with the label where a side has several voices."""
        if speaker.name:
            return clean(speaker.name)
        side = self.say(f"side.{speaker.side}")
        alone = sum(other.side == speaker.side for other in conversation.speakers) == 1
        return side if alone else f"{side} {clean(speaker.label)}"


def clock(seconds: float) -> str:
    """A place in the call: ``3:07``, or ``1:03:07`` from an hour on."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def place(seconds: float) -> str:
    """A place in the call as data for the player: seconds with at most two decimals."""
    return f"{seconds:.2f}".rstrip("0").rstrip(".")
