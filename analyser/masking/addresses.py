"""Addresses: a postcode with or without its house number, a street with one. A street or place alone is none."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from analyser.masking.numbers import cued, value_of
from analyser.masking.tokens import Found, Token
from analyser.masking.words import Words

_POSTCODE = re.compile(r"(?<!\d)[1-9]\d{3} ?(?!SA|SD|SS)[A-Z]{2}(?![A-Za-z])")
_BRITISH = re.compile(r"(?<![A-Z0-9])[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}(?![A-Za-z0-9])")


def find_addresses(text: str, tokens: Sequence[Token], known: Words) -> Iterator[Found]:
    """Every address of a text."""
    for pattern in (_POSTCODE, _BRITISH):
        for match in pattern.finditer(text):
            yield Found(match.start(), _with_house_number(tokens, match.end(), known), "address")
    for place, token in enumerate(tokens):
        if _postcode_said(tokens, place, known):
            end = place
            while end < min(len(tokens) - 1, place + 5) and (
                value_of(tokens[end + 1], known) is not None or re.fullmatch(r"[A-Z]{1,2}", tokens[end + 1].text)
            ):
                end += 1
            yield Found(token.start, _with_house_number(tokens, tokens[end].end, known), "address")
        if _is_street(tokens, place, known):
            end_at = _with_house_number(tokens, token.end, known)
            if end_at > token.end:
                yield Found(_street_start(tokens, place), end_at, "address")
        if (
            token.low in known.street_words
            and token.text[0].isupper()
            and (first := _british_house(tokens, place)) is not None
        ):
            yield Found(tokens[first].start, token.end, "address")


def _postcode_said(tokens: Sequence[Token], place: int, known: Words) -> bool:
    value = value_of(tokens[place], known)
    return (
        value is not None
        and cued(tokens, place, known.cues["postcode"])
        and (place == 0 or value_of(tokens[place - 1], known) is None)
    )


def _is_street(tokens: Sequence[Token], place: int, known: Words) -> bool:
    token = tokens[place]
    return token.capital and any(
        token.low.endswith(street) and len(token.low) > len(street) + 2 for street in known.streets
    )


def _street_start(tokens: Sequence[Token], place: int) -> int:
    """Where the street's name begins: "Lange Nieuwstraat"."""
    while place > 0 and tokens[place - 1].capital and not tokens[place - 1].opens and not tokens[place - 1].closes:
        place -= 1
    return tokens[place].start


def _british_house(tokens: Sequence[Token], place: int) -> int | None:
    for first in range(place - 1, max(-1, place - 4), -1):
        if re.fullmatch(r"\d{1,4}[a-zA-Z]?", tokens[first].text):
            return first if first < place - 1 else None
        if not tokens[first].capital:
            return None
    return None


def _with_house_number(tokens: Sequence[Token], end: int, known: Words) -> int:
    """Where an address ends that goes up to ``end`` in the text: behind the house number that may follow."""
    number = None
    begin = bisect_left(tokens, end, key=lambda token: token.start)
    for token in tokens[begin : begin + 3]:
        if token.low in known.number_words and number is None:
            continue
        value = value_of(token, known)
        if number is None and (
            re.fullmatch(r"\d{1,4}[a-zA-Z]?", token.text) or (value and len(value) < 4 and token.low not in known.weak)
        ):
            number = token.end
            continue
        if number is not None and re.fullmatch(r"[a-dA-D]", token.text) and token.low != "a":
            number = token.end
        break
    return number or end
