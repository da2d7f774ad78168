"""The acts and moments of the codebook in the order in which the act model puts them out.

Acts are kept per side, since an act of the seller and one of the client are learnt apart, also where they share a
name (``backchannel``, ``small_talk``, ``next_step``, ``other``).
"""

from __future__ import annotations

from analyser.records import Side

SELLER_ACTS = (
    "open_question",
    "closed_question",
    "follow_up",
    "ask_situation",
    "ask_problem",
    "ask_cause",
    "ask_tried",
    "ask_result",
    "summary",
    "empathy",
    "reframe",
    "pitch",
    "price",
    "alternatives",
    "promise",
    "decline",
    "boundary",
    "concession",
    "own_wish",
    "common_goal",
    "optimism",
    "agenda",
    "next_step",
    "backchannel",
    "small_talk",
    "other",
)
CLIENT_ACTS = (
    "situation",
    "need",
    "cause",
    "tried",
    "desired_result",
    "confirm",
    "correct",
    "insight",
    "invite",
    "own_solution",
    "objection",
    "power_play",
    "price_pressure",
    "ask_capability",
    "next_step",
    "backchannel",
    "small_talk",
    "other",
)
MOMENTS = (
    "premature_pitch",
    "timely_pitch",
    "confirmed_summary",
    "unconfirmed_summary",
    "missed_need",
    "insight",
    "early_reframe",
    "timely_reframe",
    "honest_decline",
    "over_promise",
    "power_play_met",
    "power_play_yielded",
    "early_own_wish",
    "timely_own_wish",
)
QUESTIONS = ("open_question", "closed_question")
STEPS = ("ask_situation", "ask_problem", "ask_cause", "ask_tried", "ask_result")
"""what a question asks after: at most one a question, and only beside one"""

ACTS = len(SELLER_ACTS) + len(CLIENT_ACTS)
OUTPUTS = ACTS + 2 * len(MOMENTS)
"""the model's outputs: acts of the seller, of the client, then for every moment "begins here" and "inside" """


def act_range(side: Side) -> range:
    """Return the places of a side's acts among the outputs."""
    return range(len(SELLER_ACTS)) if side == "seller" else range(len(SELLER_ACTS), ACTS)


def act_names() -> tuple[str, ...]:
    """Return the names of the act outputs, as ``seller.pitch`` or ``client.need``."""
    return (*(f"seller.{name}" for name in SELLER_ACTS), *(f"client.{name}" for name in CLIENT_ACTS))
