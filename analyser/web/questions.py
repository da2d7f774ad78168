"""What a scorecard asks, what may be answered, and how far two sides agree on it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from analyser.web.reviewing import Given, Line, Text

KINDS = ("scale", "single", "multiple", "yes_no", "open")
MOST_QUESTIONS = 60
MOST_OPTIONS = 12


class Question(BaseModel):
    """One question. ``low`` and ``high`` are the ends of a scale, ``options`` what can be chosen from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^q\d{1,3}$")]
    kind: Literal["scale", "single", "multiple", "yes_no", "open"]
    text: Line = Field(min_length=1)
    guide: Text = ""
    low: int = Field(default=1, ge=0, le=9)
    high: int = Field(default=5, ge=1, le=10)
    low_label: Line = ""
    high_label: Line = ""
    options: tuple[Annotated[Line, Field(min_length=1)], ...] = Field(default=(), max_length=MOST_OPTIONS)

    @model_validator(mode="after")
    def _whole(self) -> Question:
        if self.kind == "scale" and self.low >= self.high:
            raise ValueError("a scale ends above where it begins")
        if self.kind in ("single", "multiple") and len(set(self.options)) < max(2, len(self.options)):
            raise ValueError("a choice is between two or more that differ")
        return self


class Answer(Given):
    """An answer: a step of the scale, places of options, yes or no, or words; or that it does not apply."""

    value: int | bool | list[int] | Text | None = None
    note: Text = ""
    na: bool = False


QUESTIONS: TypeAdapter[list[Question]] = TypeAdapter(
    Annotated[list[Question], Field(min_length=1, max_length=MOST_QUESTIONS)]
)


def fits(question: Question, answer: Answer) -> bool:
    """Whether an answer is one to this question; no value is a question still open."""
    value = answer.value
    if answer.na or value is None:
        return value is None
    if question.kind == "yes_no":
        return isinstance(value, bool)
    if question.kind == "open":
        return isinstance(value, str)
    if question.kind == "multiple":
        return isinstance(value, list) and value == sorted({*value} & {*range(len(question.options))})
    if isinstance(value, bool) or not isinstance(value, int):
        return False
    if question.kind == "scale":
        return question.low <= value <= question.high
    return 0 <= value < len(question.options)


def likeness(question: Question, one: dict[str, Any], other: dict[str, Any]) -> float | None:
    """How alike two answers are, 0–1; None where that cannot be said: words, and what one side left open.

    On a scale by their distance, for several choices the share that both chose of what either did (Jaccard); whoever
    finds that a question does not apply agrees with who finds so too, and with nobody else.
    """
    if one.get("na") or other.get("na"):
        return float(bool(one.get("na")) and bool(other.get("na")))
    first, second = one.get("value"), other.get("value")
    if first is None or second is None or question.kind == "open":
        return None
    if question.kind == "scale":
        return 1.0 - abs(int(first) - int(second)) / (question.high - question.low)
    if question.kind == "multiple":
        either = {*first} | {*second}
        return len({*first} & {*second}) / len(either) if either else 1.0
    return float(first == second)


def compare(questions: list[Question], one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """How far two sides agree: for each question, and over those that can be compared.

    ``same`` counts answers that are equal, ``likeness`` is the mean of the questions' (0–1, None without any).
    """
    each = {
        question.id: likeness(question, one.get(question.id, {}), other.get(question.id, {})) for question in questions
    }
    known = [value for value in each.values() if value is not None]
    return {
        "questions": each,
        "count": len(known),
        "same": sum(value == 1 for value in known),
        "likeness": sum(known) / len(known) if known else None,
    }
