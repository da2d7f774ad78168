"""Names behind what introduces or addresses somebody: "u spreekt met", "mevrouw", "this is"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from analyser.masking.tokens import Token
from analyser.masking.words import Words

MOST = 5
"""words of a name"""


def introduced(said: Sequence[Token], known: Words, *, opening: bool) -> Iterator[tuple[int, int]]:
    """Names behind what introduces or addresses somebody: places of their first and last word."""
    for place, token in enumerate(said):
        title = (
            token.low.rstrip(".") in known.titles or " ".join(one.low for one in said[place : place + 2]) == "de heer"
        )
        if title:
            begin = place + (2 if token.low == "de" else 1)
            last = _name_at(said, begin, known, small=True)
            if last is not None and not (
                token.closes and token.low.rstrip(".") == token.low and not abbreviated(token)
            ):
                yield begin, last
            continue
        for cues, sort in ((known.strong, "strong"), (known.opening, "opening"), (known.soft, "soft")):
            cue = next((one for one in cues.get(token.low, ()) if _follows(said, place, one)), None)
            if cue is None:
                continue
            begin = place + len(cue)
            last = _name_at(said, begin, known, small=sort == "strong")
            if last is None:
                continue
            if sort == "strong" or _is_likely(said, begin, last, known, introducing=sort == "opening" and opening):
                yield begin, last
                break


def abbreviated(token: Token) -> bool:
    return token.low in ("mr", "mrs", "ms", "dr", "mevr", "dhr", "mw", "st")


def _follows(said: Sequence[Token], place: int, cue: tuple[str, ...]) -> bool:
    words = said[place : place + len(cue)]
    if tuple(token.low for token in words) != cue:
        return False
    # A comma may stand before the name in an address ("Dank je wel, Anna"), not inside the cue.
    return not any(token.closes for token in words[:-1])


def _name_at(said: Sequence[Token], begin: int, known: Words, *, small: bool) -> int | None:
    """The last word of the name that begins at ``begin``, or None. ``small`` takes a name without capitals too."""
    last = None
    place = begin
    while place < min(len(said), begin + MOST):
        token = said[place]
        if token.low in known.never:
            break
        if token.low in known.particles and not (last is None and not _then_name(said, place, known)):
            if last is not None and not belongs(said, place, known):
                break
        elif _looks_like_one(token, known) or (small and _can_be_small(token, known, first=last is None)):
            last = place
        else:
            break
        if token.closes and not abbreviated(token):
            break
        place += 1
    return last


def _looks_like_one(token: Token, known: Words) -> bool:
    return (token.capital or bool(re.fullmatch(r"[A-Z]\.?", token.text))) and not is_word(token, known)


def _can_be_small(token: Token, known: Words, *, first: bool) -> bool:
    """Whether a word written small can be a name; the second of one can be an ordinary word too."""
    listed = token.low in known.first or token.low in known.last
    return listed and (not first or token.low not in known.stop | known.ordinary)


def _then_name(said: Sequence[Token], place: int, known: Words) -> bool:
    """Whether particles from ``place`` on lead to a word with a capital."""
    while place < len(said) and said[place].low in known.particles:
        if said[place].closes:
            return False
        place += 1
    return place < len(said) and said[place].capital and said[place].low not in known.never


def belongs(said: Sequence[Token], place: int, known: Words) -> bool:
    """Whether particles after a name go on with it: "Jan van Dijk", and not "Anna van Vakwerk"."""
    end = place
    while end < len(said) and said[end].low in known.particles:
        if said[end].closes:
            return False
        end += 1
    if end >= len(said) or not said[end].capital or said[end].low in known.never or end - place > 3:
        return False
    phrase = " ".join(token.low for token in said[place : end + 1])
    if phrase in known.last or said[end].low in known.last:
        return True
    particles = [token.low for token in said[place:end]]
    # Alone these also say where somebody is from or works.
    return particles not in (
        ["van"],
        ["in"],
        ["op"],
        ["te"],
        ["in", "het"],
        ["op", "de"],
        ["in", "de"],
        ["het"],
        ["van", "het"],
    )


def _is_likely(said: Sequence[Token], first: int, last: int, known: Words, *, introducing: bool) -> bool:
    """Whether what follows a cue that much else follows too ("met", "this is") is a name of somebody."""
    name = said[first]
    if not any(token.capital for token in said[first : last + 1]):
        return False
    lows = [base(token.low, known) for token in said[first : last + 1]]
    if any(low in known.first or low in known.last for low in lows):
        return True
    after = said[last + 1].low if last + 1 < len(said) and not said[last].closes else ""
    return introducing and not name.opens and (after in known.after or said[last].closes or last + 1 == len(said))


def is_word(token: Token, known: Words) -> bool:
    """Whether it is an ordinary word, also one that is drawn together: "I'm", "that's"."""
    return token.low in known.stop or ("'" in token.low[1:] and token.low.split("'")[0] in known.stop)


def base(low: str, known: Words) -> str:
    """A name without what is drawn onto it: "Anna's", "Jo'll", "Ronalds"."""
    if (drawn := re.fullmatch(r"(.+)'(?:s|ll|d|ve)", low)) is not None:
        return drawn.group(1)
    if low.endswith("s") and low not in known.first and low[:-1] in known.first:
        return low[:-1]
    return low
