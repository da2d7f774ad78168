"""The same reviews where the database is a PostgreSQL server."""

from __future__ import annotations

import pytest

from analyser.web.config import WebConfig
from tests.web.test_review import (  # noqa: F401
    test_a_changed_scorecard_is_a_new_version_and_the_old_keeps_its_scores,
    test_a_comment_is_answered_and_taken_in_by_the_other,
    test_a_verdict_is_the_others_only_when_both_are_done,
    test_moments_are_corrected_and_kept,
    test_other_sellers_and_teams_find_nothing,
    test_scores_are_blind_until_both_are_done_then_side_by_side,
    test_the_next_call_takes_an_intention_up_again,
)


@pytest.fixture
def config(postgres_config: WebConfig) -> WebConfig:
    return postgres_config
