"""Deleting, retention and the audit trail on a real PostgreSQL server."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from analyser.web.audit import chosen
from analyser.web.config import WebConfig
from analyser.web.deletion import delete_call
from analyser.web.retention import sweep_due
from analyser.web.site import Site
from analyser.web.tables import Base, Call, now
from tests.web.test_deletion import CLIENT, FILE, REMARK, SAID, full, holding

__all__ = ["full"]


@pytest.fixture
def config(postgres_config: WebConfig) -> WebConfig:
    return postgres_config


def told(site: Site) -> str:
    """All that stands in the tables."""
    with site.database.read() as session:
        return "\n".join(
            str(tuple(row)) for table in Base.metadata.tables.values() for row in session.execute(select(table))
        )


def test_nothing_is_left_of_a_deleted_call_in_any_table(site: Site, full: str) -> None:
    assert all(word in told(site) for word in (SAID, CLIENT, FILE, REMARK))
    assert delete_call(site, full)
    assert not any(word in told(site) for word in (SAID, CLIENT, FILE, REMARK))
    assert holding(site.config.workspace, SAID, CLIENT, FILE, REMARK) == {}
    assert full in told(site), "the trail says that it was deleted"


def test_words_go_by_themselves_and_the_trail_is_read(site: Site, full: str) -> None:
    with site.database.write() as session:
        session.scalars(select(Call).where(Call.key == full)).one().created = now() - dt.timedelta(days=100)
    kept = replace(site, config=replace(site.config, retention_transcript=90))
    assert sweep_due(kept, at=now()) == 1
    assert SAID not in told(site) and REMARK in told(site), "the intention stays"
    with site.database.read() as session:
        rows = session.scalars(chosen({"action": "retention", "since": "2020-01-01"})).all()
    assert [(row.action, row.call) for row in rows] == [("retention.transcript", full)]
