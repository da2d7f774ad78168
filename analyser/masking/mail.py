"""E-mail addresses, as they are written and as they are said: "anna punt de wit apenstaartje vakwerk punt nl"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from analyser.masking.tokens import Found, Token
from analyser.masking.words import Words

# It begins where a word does: tried from every letter, a word of a megabyte would take for ever.
_WRITTEN = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,100}@[\w-]{1,100}(?:\.[\w-]{1,63}){1,8}")
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,10}", re.IGNORECASE)
_END = re.compile(r"[a-z]{2,10}", re.IGNORECASE)
_LOCAL = re.compile(r"[\w.+%-]+")
MOST = 6
"""words of a name before the at-sign that belong to it: "j punt de vries" """


def find_mail(text: str, tokens: Sequence[Token], known: Words) -> Iterator[Found]:
    """Every e-mail address of a text."""
    for match in _WRITTEN.finditer(text):
        yield Found(*match.span(), "email")
    for place, token in enumerate(tokens):
        if token.low in known.at and place > 0:
            end = _domain(tokens, place + 1, known)
            start = _name(tokens, place - 1, known)
            if end is not None and start is not None:
                yield Found(tokens[start].start, tokens[end].end, "email")
            elif token.low != "at" and start is not None:
                # Nobody says this sign but in an address: what follows is one, however it was heard.
                yield Found(tokens[start].start, tokens[min(place + 1, len(tokens) - 1)].end, "email")


def _domain(tokens: Sequence[Token], place: int, known: Words) -> int | None:
    """The last word of the domain that begins at ``place``; None when there is none."""
    if place >= len(tokens):
        return None
    if _DOMAIN.fullmatch(tokens[place].text):
        return place
    end = None
    # A domain is a word or a few, and then "punt nl", "dot co dot uk".
    for dot in range(place + 1, min(place + 4, len(tokens) - 1)):
        if tokens[dot].low in known.dot and _END.fullmatch(tokens[dot + 1].text):
            end = dot + 1
            while end + 2 < len(tokens) and tokens[end + 1].low in known.dot and _END.fullmatch(tokens[end + 2].text):
                end += 2
            break
        if tokens[dot - 1].closes:
            break
    return end


def _name(tokens: Sequence[Token], place: int, known: Words) -> int | None:
    """The first word of what stands before the at-sign, of which ``place`` is the last."""
    if place < 0 or not _LOCAL.fullmatch(tokens[place].text) or tokens[place].closes:
        return None
    first = place
    while place - first < MOST and first > 0 and not tokens[first - 1].closes:
        before, here = tokens[first - 1], tokens[first]
        if (before.low in known.dot or before.low in known.dash) and first > 1:
            first -= 2
        elif (
            (before.low in known.particles and (first < place or tokens[max(0, first - 2)].low in known.dot))
            or (len(before.text) == 1 and len(here.text) == 1)  # a name that is spelled
            or (here.low in known.particles and first > 1 and before.low not in known.stop)
        ):
            first -= 1
        else:
            break
    return first
