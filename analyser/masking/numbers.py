"""Numbers by which somebody can be found: telephone, bank account, citizen service number.

They are found as they are written and as they are said ("nul zes twaalf vierendertig …"): runs of words that are
numbers are read as one row of digits, and check digits and numbering plans say what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from analyser.errors import SettingsError
from analyser.masking.tokens import Found, Kind, Token
from analyser.masking.words import Words

REGIONS = ("NL", "BE", "GB", "IE")
"""whose telephone numbers are known when no country is said"""
SHORTEST = 9
"""digits of a telephone number without its country"""
NEAR = 7
"""words back in which a cue says what a number is"""
MOST = 26
"""words that a number may be spread over"""
LONGEST = 200
"""numbers in a row that are looked at together"""
_AMOUNT = re.compile(r"\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{1,2})?|\d+[.,]\d{1,2}")
_DATE = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.](?:\d{2}|\d{4})|(?:19|20)\d\d-\d\d-\d\d")
_DIGITS = re.compile(r"\+?\(?\+?\d[\d()./-]*")
_UNITED = re.compile(r"(?<!\d)(?:\+?1[-. ]?)?\(?[2-9]\d{2}\)?[-. ]\s?\d{3}[-. ]\d{4}(?!\d)")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_IBAN_BEGUN = re.compile(r"[A-Z]{1,2}|[A-Z]{2}\d|[A-Z]{2}\d\d[A-Z0-9]*")
_COUNTRY = re.compile(r"[A-Za-z]{1,2}|[A-Za-z]{2}\d\d?(?:[A-Za-z0-9-]*)")
_DUTCH_IBAN = re.compile(r"NL\d{2}[A-Z]{4}\d{10}|BE\d{14}")


@dataclass(frozen=True)
class _Digits:
    """A word of a number: its place among the words and its digits."""

    token: int
    digits: str
    spoken: bool = False


def find_numbers(text: str, tokens: Sequence[Token], known: Words) -> Iterator[Found]:
    """Every telephone, account and citizen service number of a text.

    Raises SettingsError when the packages that know numbering plans and check digits are not installed.
    """
    for pattern in (_UNITED,):
        yield from (Found(*match.span(), "phone") for match in pattern.finditer(text) if match.group().strip())
    yield from _ibans(tokens, known)
    for run in _runs(tokens, known):
        yield from _of_run(tokens, run, known)


def cued(tokens: Sequence[Token], place: int, cues: tuple[tuple[str, ...], ...]) -> bool:
    """Whether one of the cues is said within a few words before a place."""
    before = [token.low for token in tokens[max(0, place - NEAR) : place]]
    return any(
        tuple(before[start : start + len(cue)]) == cue for cue in cues for start in range(len(before) - len(cue) + 1)
    )


def value_of(token: Token, known: Words) -> str | None:
    """A word's digits, or None when it is no number, an amount or a date."""
    text = token.text
    if _AMOUNT.fullmatch(text) or _DATE.fullmatch(text):
        return None
    if _DIGITS.fullmatch(text):
        return re.sub(r"[^\d+]", "", text)
    return known.numbers.get(token.low)


def _runs(tokens: Sequence[Token], known: Words) -> Iterator[list[_Digits]]:
    """Words that are read as one row of digits, with little words between them."""
    run: list[_Digits] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        value = value_of(token, known)
        spoken = value is not None and not token.text[0].isdigit() and not token.text.startswith("+")
        if token.low in known.double and place + 1 < len(tokens):
            value = value_of(tokens[place + 1], known)
            if value is not None and len(value) == 1:
                run += [_Digits(place, value, True), _Digits(place + 1, value, True)]
                place += 2
                continue
            value = None
        if token.low == "plus" and place + 1 < len(tokens) and value_of(tokens[place + 1], known):
            run.append(_Digits(place, "+", True))
        elif value is not None and (run or token.low not in known.weak or _goes_on(tokens, place, known)):
            ten = run[-1].token == place - 1 and tokens[place - 1].low in _ENGLISH_TENS if run else False
            if ten and spoken and len(value) == 1 and value != "0":
                # "twenty one": the unit belongs to the ten before it.
                run[-1] = _Digits(place - 1, run[-1].digits[0], True)
            run.append(_Digits(place, value, spoken))
            if len(run) >= LONGEST:
                yield run
                run = []
        elif run and (token.low in known.fillers) and place - run[-1].token <= 2:
            pass
        elif run:
            yield run
            run = []
        place += 1
    if run:
        yield run


def _goes_on(tokens: Sequence[Token], place: int, known: Words) -> bool:
    """Whether a number follows on a word that is a number only among numbers."""
    return place + 1 < len(tokens) and not tokens[place].closes and value_of(tokens[place + 1], known) is not None


_ENGLISH_TENS = frozenset({"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"})


def _of_run(tokens: Sequence[Token], run: list[_Digits], known: Words) -> Iterator[Found]:
    taken: list[tuple[int, int]] = []
    for sure in (True, False):
        # The longest first: a number must not be taken for a part of itself.
        for length in range(min(len(run), MOST), 0, -1):
            for start in range(len(run) - length + 1):
                end = start + length
                if any(start < stop and begin < end for begin, stop in taken):
                    continue
                part = run[start:end]
                kind = _kind(tokens, run, part, known) if sure else _likely(tokens, run, part, known)
                if kind is not None:
                    taken.append((start, end))
                    yield Found(tokens[part[0].token].start, tokens[part[-1].token].end, kind)


def _kind(tokens: Sequence[Token], run: list[_Digits], part: list[_Digits], known: Words) -> Kind | None:
    """What a row of digits is, by a numbering plan or check digits; None when it is nothing."""
    digits = "".join(one.digits for one in part)
    bare = digits.replace("+", "")
    if not 8 <= len(bare) <= 15 or "+" in digits[1:]:
        return None
    place = part[0].token
    if len(bare) == 9 and _is_bsn(bare) and (part == run or cued(tokens, place, known.cues["bsn"])):
        return "bsn"
    if len(bare) == 11 and cued(tokens, place, known.cues["bsn"]):
        return "bsn"
    if (digits[0] in "+0") and _is_phone(digits):
        return "phone"
    return None


def _likely(tokens: Sequence[Token], run: list[_Digits], part: list[_Digits], known: Words) -> Kind | None:
    """What a row of digits must be that fits no plan: misheard, cut short or typed wrong, but announced."""
    if part[-1] is not run[-1] and part[0] is not run[0]:
        return None
    digits = "".join(one.digits for one in part)
    bare = digits.replace("+", "")
    place = part[0].token
    if 8 <= len(bare) <= 9 and cued(tokens, place, known.cues["bsn"]):
        return "bsn"
    if 7 <= len(bare) <= 18 and cued(tokens, place, known.cues["iban"]):
        return "iban"
    if 6 <= len(bare) <= 15 and cued(tokens, place, known.cues["phone"]):
        return "phone"
    mobile = digits.startswith(("06", "+316", "00316", "07", "04")) and len(part) > 2
    if (
        (mobile and 7 <= len(bare) <= 13)
        or (digits[0] == "0" and 9 <= len(bare) <= 11)
        or (digits[0] == "+" and len(bare) > 8)
    ):
        return "phone"
    return None


@lru_cache(maxsize=4096)
def _is_phone(digits: str) -> bool:
    phonenumbers = _needed("phonenumbers")
    international = digits.startswith(("+", "00"))
    if not international and len(digits) < SHORTEST:
        return False
    for region in (None,) if international else REGIONS:
        try:
            number = phonenumbers.parse("+" + digits.lstrip("+0") if international else digits, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return True
    return False


def _is_bsn(digits: str) -> bool:
    return bool(_needed("stdnum.nl.bsn").is_valid(digits))


def _ibans(tokens: Sequence[Token], known: Words) -> Iterator[Found]:
    iban = _needed("stdnum.iban")
    place = 0
    while place < len(tokens):
        if not _COUNTRY.fullmatch(tokens[place].text):
            place += 1
            continue
        signs, found = "", None
        for last in range(place, min(place + MOST + 8, len(tokens))):
            token = tokens[last]
            value = value_of(token, known)
            plain = re.sub(r"[^0-9A-Za-z]", "", token.text).upper()
            part = value if value is not None else plain
            if value is None and (len(plain) > 34 or (len(plain) > 4 and not any(sign.isdigit() for sign in plain))):
                if token.low in known.fillers:
                    continue
                break
            signs += part
            if len(signs) > 34 or not _IBAN_BEGUN.fullmatch(signs):
                break
            if _IBAN.fullmatch(signs) and (_DUTCH_IBAN.fullmatch(signs) or iban.is_valid(signs)):
                found = last
        if found is not None:
            yield Found(tokens[place].start, tokens[found].end, "iban")
            place = found
        place += 1


@lru_cache
def _needed(module: str):  # type: ignore[no-untyped-def]
    from importlib import import_module

    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise SettingsError(f"Masking needs more packages ({error.name}): pip install 'analyser[mask]'.") from error
