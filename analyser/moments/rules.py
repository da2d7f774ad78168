"""The codebook's definitions as chances: what each would say if acts were independent.

A linear model of doubtful acts cannot say "and"; these products can. They are features beside the acts, so that the
weights, learnt from labelled calls, decide how far a definition holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

Features = Mapping[str, float]


def rules(family: str, features: Features) -> dict[str, float]:
    """The chance of each kind of a family by its definition, as features named ``rule.<kind>``."""
    return {f"rule.{kind}": min(1.0, max(0.0, chance)) for kind, chance in _RULES[family](features).items()}


def _any(features: Features, *names: str) -> float:
    """The chance that at least one holds, were they independent."""
    none = 1.0
    for name in names:
        none *= 1 - min(1.0, features.get(name, 0.0))
    return 1 - none


def _delivery(features: Features) -> dict[str, float]:
    delivers = _any(features, "in.pitch", "in.price", "in.alternatives")
    asked = _any(features, "invite.near", "state.invited")
    ready = 1 - (1 - asked) * (1 - features["state.confirmed"])
    answering = _any(features, "just.price_pressure", "just.power_play", "just.ask_capability")
    return {
        "premature_pitch": delivers * (1 - ready) * (1 - answering),
        "timely_pitch": delivers * asked * (1 - 0.5 * answering),
        "ready_pitch": delivers * ready * (1 - answering),
    }


def _summary(features: Features) -> dict[str, float]:
    sums_up = features["in.summary"]
    agreed = _any(features, "after.confirm")
    return {
        "confirmed_summary": sums_up * agreed * (1 - 0.5 * features["first.correct"]),
        "unconfirmed_summary": sums_up * _any(features, "after.correct"),
        "left_summary": sums_up * (1 - _any(features, "after.confirm", "after.correct", "after.insight")),
    }


def _need(features: Features) -> dict[str, float]:
    taken_up = _any(
        features, "reaction.empathy", "heard.empathy", "first.summary", "first.reframe", "first.ask_problem",
        "first.ask_cause", "first.ask_tried", "first.ask_result",
    )  # fmt: skip
    aside = _any(features, "first.pitch", "first.price", "first.own_wish", "first.agenda", "first.ask_situation")
    return {
        "missed_need": features["in.need"] * (1 - taken_up) * (1 - features["all.invite"]),
        "need_set_aside": features["in.need"] * aside * (1 - features["reaction.empathy"]),
        "need_unfollowed": features["in.need"] * (1 - taken_up) * (1 - features["first.follow_up"]),
    }


def _insight(features: Features) -> dict[str, float]:
    moved = _any(features, "trigger.reframe", "trigger.open_question", "trigger.closed_question", "earlier.reframe")
    return {"insight": features["in.insight"] * moved}


def _reframe(features: Features) -> dict[str, float]:
    told = features["told.problem"] * _any(features, "told.cause", "told.tried", "told.result")
    return {
        "early_reframe": features["in.reframe"] * (1 - told),
        "timely_reframe": features["in.reframe"] * told,
    }


def _decline(features: Features) -> dict[str, float]:
    asked = _any(features, "before.ask_capability", "before.invite", "before.own_solution")
    return {"honest_decline": features["in.decline"] * asked * (1 - features["in.promise"])}


def _promise(features: Features) -> dict[str, float]:
    asked = _any(features, "before.ask_capability", "before.desired_result")
    return {"over_promise": features["in.promise"] * asked * (1 - features["in.decline"])}


def _pressure(features: Features) -> dict[str, float]:
    pressed = _any(features, "in.power_play", "in.price_pressure")
    gave = _any(features, "answer.concession", "answer.pitch")
    return {
        "power_play_met": pressed * features["answer.boundary"] * (1 - features["answer.concession"]),
        "power_play_yielded": pressed * gave * (1 - features["answer.boundary"]),
    }


def _own_wish(features: Features) -> dict[str, float]:
    shared = min(1.0, features["count.shared"])
    trusted = 1 - (1 - shared) * (1 - features["state.confirmed"])
    return {
        "early_own_wish": features["in.own_wish"] * (1 - trusted),
        "timely_own_wish": features["in.own_wish"] * trusted,
    }


_RULES: dict[str, Callable[[Features], dict[str, float]]] = {
    "delivery": _delivery,
    "summary": _summary,
    "need": _need,
    "insight": _insight,
    "reframe": _reframe,
    "decline": _decline,
    "promise": _promise,
    "pressure": _pressure,
    "own_wish": _own_wish,
}
