"""Reading language packs: forgiving about tables that nobody asks for, strict about malformed ones."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Any

from analyser.errors import LanguageError
from analyser.languages.pack import FIELDS, Coaching, Cue, Pack
from analyser.languages.patterns import Tokeniser, check_phrase

Table = dict[str, Any]


def available() -> tuple[str, ...]:
    """Codes of the languages that have a pack, sorted."""
    folder = resources.files("analyser.languages")
    return tuple(sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml")))


def load_pack(language: str, team: Path | None = None) -> Pack:
    """The pack of a language ("nl", "en"), with a team's own TOML file merged on top.

    Of a team's file, lists are added to the pack's own and texts replace them. A table ``[nl]`` or ``[en]`` in it
    holds for that language alone. Raises LanguageError for an unknown language or a malformed file.
    """
    if language not in available():
        raise LanguageError(f"no language pack {language!r}; there are packs for {', '.join(available())}")
    source = f"{language}.toml"
    table = _parse((resources.files("analyser.languages") / source).read_text(encoding="utf-8"), source)
    if team is not None:
        try:
            text = team.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise LanguageError(
                f"{team}: cannot be read as a language file ({error}); write it as UTF-8 TOML"
            ) from error
        extra = _parse(text, str(team))
        own = extra.pop(language, {})
        for code in available():
            extra.pop(code, None)
        source = f"{source} with {team}"
        table = _merge(_merge(table, extra, source), _table(own, source, language), source)
    return build_pack(language, table, source)


def build_pack(code: str, table: Table, source: str) -> Pack:
    """A pack from parsed TOML. Raises LanguageError naming file and key for a value of the wrong form."""

    def phrases(key: str) -> frozenset[str]:
        return frozenset(phrase.lower() for phrase in _strings(table.get(key, []), source, key))

    groups = _table(table.get("cues", {}), source, "cues")
    coaching = _table(table.get("coaching", {}), source, "coaching")
    return Pack(
        code=code,
        name=_string(table.get("name", code), source, "name"),
        source=source,
        backchannels=phrases("backchannels"),
        fillers=phrases("fillers"),
        question_words=phrases("question_words"),
        products=_strings(table.get("products", []), source, "products"),
        cues={group: _cues(cues, source, f"cues.{group}") for group, cues in groups.items()},
        steps=_texts(table.get("steps", {}), source, "steps"),
        address={
            form: frozenset(_strings(forms, source, f"address.{form}"))
            for form, forms in _table(table.get("address", {}), source, "address").items()
        },
        coaches={kind: _coaching(kind, texts, source) for kind, texts in coaching.items()},
        labels=_flat(_table(table.get("labels", {}), source, "labels"), source, "labels"),
        tokeniser=Tokeniser(code),
    )


def _parse(text: str, source: str) -> Table:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LanguageError(f"{source}: no valid TOML: {error}") from error


def _merge(base: Table, extra: Mapping[str, Any], source: str, path: str = "") -> Table:
    merged = dict(base)
    for key, value in extra.items():
        where = f"{path}{key}"
        if key not in merged:
            merged[key] = value
        elif isinstance(merged[key], dict):
            merged[key] = _merge(merged[key], _table(value, source, where), source, f"{where}.")
        elif isinstance(merged[key], list):
            if not isinstance(value, list):
                raise LanguageError(f"{source}: {where} must be a list")
            merged[key] = [*merged[key], *value]
        else:
            merged[key] = value
    return merged


def _cues(cues: Any, source: str, key: str) -> tuple[Cue, ...]:
    if not isinstance(cues, list):
        raise LanguageError(f"{source}: {key} must be a list of cues, written as [[{key}]]")
    return tuple(_cue(cue, source, f"{key}[{place}]") for place, cue in enumerate(cues))


def _cue(cue: Any, source: str, key: str) -> Cue:
    table = _table(cue, source, key)
    unknown = set(table) - {"name", "phrases", "hits", "misses"}
    if unknown:
        raise LanguageError(f"{source}: {key}: unknown key {min(unknown)!r}; a cue has name, phrases, hits and misses")
    phrases = _strings(table.get("phrases", []), source, f"{key}.phrases")
    if not phrases:
        raise LanguageError(f"{source}: {key}.phrases must hold at least one phrase")
    for phrase in phrases:
        try:
            check_phrase(phrase)
        except ValueError as error:
            raise LanguageError(f"{source}: {key}.phrases: {error}") from error
    return Cue(
        name=_string(table.get("name", phrases[0]), source, f"{key}.name"),
        phrases=phrases,
        hits=_strings(table.get("hits", []), source, f"{key}.hits"),
        misses=_strings(table.get("misses", []), source, f"{key}.misses"),
    )


def _coaching(kind: str, texts: Any, source: str) -> Coaching:
    key = f"coaching.{kind}"
    table = _table(texts, source, key)
    coaching = Coaching(
        kind=kind,
        name=_string(table.get("name", kind), source, f"{key}.name"),
        importance=_texts(table.get("importance", {}), source, f"{key}.importance"),
        advice=_strings(table.get("advice", []), source, f"{key}.advice"),
        when={
            sort: _strings(lines, source, f"{key}.when.{sort}")
            for sort, lines in _table(table.get("when", {}), source, f"{key}.when").items()
        },
        why=_texts(table.get("why", {}), source, f"{key}.why"),
    )
    groups = (coaching.importance.values(), coaching.advice, coaching.why.values(), *coaching.when.values())
    for text in chain(*groups):
        try:
            text.format(**dict.fromkeys(FIELDS, ""))
        except (KeyError, ValueError, IndexError) as error:
            raise LanguageError(
                f"{source}: {key}: {text!r} has a field other than {', '.join(FIELDS)} ({error})"
            ) from error
    return coaching


def _flat(table: Table, source: str, key: str) -> dict[str, str]:
    """Nested tables as dotted keys."""
    flat: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{inner}": text for inner, text in _flat(value, source, f"{key}.{name}").items()}
        else:
            flat[name] = _string(value, source, f"{key}.{name}")
    return flat


def _table(value: Any, source: str, key: str) -> Table:
    if not isinstance(value, dict):
        raise LanguageError(f"{source}: {key} must be a table")
    return value


def _texts(value: Any, source: str, key: str) -> dict[str, str]:
    return {name: _string(text, source, f"{key}.{name}") for name, text in _table(value, source, key).items()}


def _string(value: Any, source: str, key: str) -> str:
    if not isinstance(value, str):
        raise LanguageError(f"{source}: {key} must be a text, not {type(value).__name__}")
    return value


def _strings(value: Any, source: str, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise LanguageError(f"{source}: {key} must be a list of texts")
    return tuple(value)
