"""What a language pack offers to the stages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from analyser.errors import LanguageError
from analyser.languages.patterns import Cues, Tokeniser, spoken, words

BACKCHANNEL_WORDS = 6
"""A string of listening signs longer than this is someone speaking."""


@dataclass(frozen=True)
class Cue:
    """Phrases that point at one thing, with sentences that must and must not match."""

    name: str
    phrases: tuple[str, ...]
    hits: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()


FIELDS = ("quote", "client_quote", "missing", "steps")
"""what a coaching text may have filled in: the seller's words, the client's, the steps towards readiness that were
missing, and the steps of the diagnosis that the client had told nothing about"""


@dataclass(frozen=True)
class Coaching:
    """What a trainer says about one kind of moment.

    ``importance`` says for each method why it matters; ``advice`` are lines to choose from, and ``when`` holds further
    ones that fit only moments of a certain sort (the names that ``why`` has, and ``price``); ``why`` are the sentences
    that name the utterances which made it a moment. All may hold the fields of ``FIELDS``, and ``[u|je]`` for the
    formal and the informal form of address.
    """

    kind: str
    name: str
    importance: Mapping[str, str]
    advice: tuple[str, ...]
    when: Mapping[str, tuple[str, ...]]
    why: Mapping[str, str]


@dataclass(frozen=True)
class Pack:
    """One language: its words, cues, coaching texts and labels."""

    code: str
    name: str
    source: str
    backchannels: frozenset[str]
    fillers: frozenset[str]
    question_words: frozenset[str]
    products: tuple[str, ...]
    cues: Mapping[str, tuple[Cue, ...]]
    steps: Mapping[str, str]
    address: Mapping[str, frozenset[str]]
    coaches: Mapping[str, Coaching]
    labels: Mapping[str, str]
    tokeniser: Tokeniser = field(repr=False, compare=False)
    _cues: dict[str, Cues] = field(default_factory=dict, repr=False, compare=False)
    _phrases: dict[frozenset[str], frozenset[str]] = field(default_factory=dict, repr=False, compare=False)

    def tokens(self, text: str) -> list[str]:
        """Lower-cased tokens of spaCy's blank pipeline, punctuation included."""
        return words(self.tokeniser.nlp, text)

    def words(self, text: str) -> list[str]:
        """Lower-cased tokens that are no punctuation."""
        return spoken(self.tokeniser.nlp, text)

    def hits(self, group: str, text: str) -> tuple[str, ...]:
        """Which cues of a group the text holds, by name; none for a group that the pack does not have."""
        if group not in self._cues:
            cues = self.cues.get(group, ())
            self._cues[group] = Cues(self.tokeniser.nlp, {cue.name: cue.phrases for cue in cues})
        return self._cues[group].hits(text)

    def groups(self, prefix: str, text: str) -> frozenset[str]:
        """Which cue groups whose names begin with ``prefix`` have a cue in the text; one pass for all of them."""
        key = f"{prefix}*"
        if key not in self._cues:
            named = {group: cues for group, cues in self.cues.items() if group.startswith(prefix)}
            phrases = {group: tuple(phrase for cue in cues for phrase in cue.phrases) for group, cues in named.items()}
            self._cues[key] = Cues(self.tokeniser.nlp, phrases)
        return frozenset(self._cues[key].hits(text))

    def is_backchannel(self, text: str) -> bool:
        """Whether the text is no more than signs of listening ("ja ja", "hm-hm, oké")."""
        said = self.words(text)
        return 0 < len(said) <= BACKCHANNEL_WORDS and self._count(said, self.backchannels) == len(said)

    def filler_count(self, text: str) -> int:
        """How many words of the text are fillers ("eh", "zeg maar" counts for two)."""
        return self._count(self.words(text), self.fillers)

    def is_question(self, text: str) -> bool:
        """Whether the text ends in a question mark or opens with a question word (a fallback without a tagger)."""
        said = self.words(text)
        return text.rstrip().endswith("?") or bool(said and said[0] in self.question_words)

    def label(self, key: str) -> str:
        """A text of the report, by its dotted key; raises LanguageError when the pack lacks it."""
        try:
            return self.labels[key]
        except KeyError:
            raise LanguageError(f"{self.source}: no label {key!r}; add it under [labels]") from None

    def coaching(self, kind: str) -> Coaching:
        """The coaching texts of a kind of moment; raises LanguageError when the pack lacks them."""
        try:
            return self.coaches[kind]
        except KeyError:
            raise LanguageError(f"{self.source}: no coaching texts for {kind!r}; add [coaching.{kind}]") from None

    def formal(self, text: str) -> bool:
        """Whether the text addresses its listener formally ("u") more than informally; True where it does neither."""
        said = self.words(text)
        formal, informal = (sum(word in self.address.get(form, ()) for word in said) for form in ("formal", "informal"))
        return formal >= informal

    def step(self, name: str) -> str:
        """A diagnosis or readiness step in the words of the language; the name itself where the pack is silent."""
        return self.steps.get(name, name)

    def listing(self, names: Iterable[str]) -> str:
        """Steps as a list for a sentence: "probleem, oorzaak en resultaat"."""
        said = [self.step(name) for name in names]
        if len(said) < 2:
            return "".join(said)
        return f"{', '.join(said[:-1])} {self.steps.get('and', 'and')} {said[-1]}"

    def _count(self, said: list[str], written: frozenset[str]) -> int:
        """Number of words covered by the phrases, the longest phrase first."""
        if written not in self._phrases:
            self._phrases[written] = frozenset(" ".join(self.words(phrase)) for phrase in written)
        phrases = self._phrases[written]
        longest = max((phrase.count(" ") + 1 for phrase in phrases), default=0)
        covered = place = 0
        while place < len(said):
            for length in range(min(longest, len(said) - place), 0, -1):
                if " ".join(said[place : place + length]) in phrases:
                    covered += length
                    place += length
                    break
            else:
                place += 1
        return covered
