"""The tables of the database, as SQLAlchemy classes.

What is said and measured in a call stays in the call's folder; here stands what people do with calls: who they are,
the queue, comments, scores, intentions, and who did what. Times are UTC. A call's ``key`` is random, names its folder
and stands in addresses; numbers (``id``) never leave the server. Whatever belongs to a call goes with it.
"""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, String, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

ROLES = ("seller", "trainer", "admin")
STATES = ("queued", "running", "done", "failed", "cancelled")
COMMENT_KINDS = ("praise", "coaching", "question", "warning")
SIDES = ("trainer", "trainee")
"""who judges a call: the one who coaches, and the one whose call it is"""


def now() -> dt.datetime:
    """This moment, UTC."""
    return dt.datetime.now(dt.UTC)


def new_key() -> str:
    """A key that nobody guesses (128 bits) and that can name a folder everywhere."""
    return secrets.token_hex(16)


class UtcTime(TypeDecorator[dt.datetime]):
    """A point in time with its zone, also where the database keeps none (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        """UTC into the database."""
        return None if value is None else value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        """UTC out of it."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Base(DeclarativeBase):
    """What all tables share."""

    type_annotation_map = {dt.datetime: UtcTime, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


class User(Base):
    """Someone who logs in; on a machine that only listens to itself there is one, ``local``."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    """what they log in with, in lower case"""
    display: Mapped[str] = mapped_column(String(120), default="")
    role: Mapped[str] = mapped_column(String(16))
    team: Mapped[str] = mapped_column(String(80), default="")
    password: Mapped[str] = mapped_column(String(200), default="")
    """argon2 hash; empty: cannot log in"""
    active: Mapped[bool] = mapped_column(default=True)
    created: Mapped[dt.datetime] = mapped_column(default=now)

    @property
    def shown(self) -> str:
        """The name that others see."""
        return self.display or self.name


class LoginSession(Base):
    """A browser that logged in. Only a hash of its cookie is kept."""

    __tablename__ = "sessions"
    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created: Mapped[dt.datetime] = mapped_column(default=now)
    expires: Mapped[dt.datetime]
    user: Mapped[User] = relationship(lazy="joined")


class LoginFailure(Base):
    """A login that failed, to slow down guessing."""

    __tablename__ = "login_failures"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(default=now, index=True)
    name: Mapped[str] = mapped_column(String(80), index=True)
    address: Mapped[str] = mapped_column(String(64), index=True)


class ApiToken(Base):
    """A token with which another program acts for a user. Only its hash is kept."""

    __tablename__ = "api_tokens"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    token: Mapped[str] = mapped_column(String(64), unique=True)
    created: Mapped[dt.datetime] = mapped_column(default=now)
    used: Mapped[dt.datetime | None]
    user: Mapped[User] = relationship(lazy="joined")


class Upload(Base):
    """A recording on its way in: ``received`` bytes of ``size`` lie in ``uploads/KEY``."""

    __tablename__ = "uploads"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(255))
    size: Mapped[int] = mapped_column(BigInteger)
    details: Mapped[dict[str, Any]]
    """what was said about the call: seller, client, date, channel, language, ground, consent"""
    created: Mapped[dt.datetime] = mapped_column(default=now)
    touched: Mapped[dt.datetime] = mapped_column(default=now)


class Call(Base):
    """A recording that was accepted, and what became of it. Its folder is ``calls/KEY``."""

    __tablename__ = "calls"
    __table_args__ = (Index("calls_state_created", "state", "created"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    """the seller whose call it is, where they have an account"""
    uploader_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    team: Mapped[str] = mapped_column(String(80), default="", index=True)
    """the team whose trainers see it: the owner's, else the uploader's"""
    name: Mapped[str] = mapped_column(String(255))
    """the file's name, for people only"""
    recording: Mapped[str] = mapped_column(String(40))
    """the file in the call's folder that holds what was uploaded"""
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    seller: Mapped[str] = mapped_column(String(120), default="")
    client: Mapped[str] = mapped_column(String(120), default="")
    date: Mapped[str] = mapped_column(String(10), default="")
    """ISO 8601 day"""
    channel: Mapped[str] = mapped_column(String(16), default="")
    """the seller's channel: left, right, or empty to find the seller by what is said"""
    language: Mapped[str] = mapped_column(String(8), default="auto")
    ground: Mapped[str] = mapped_column(String(32), default="")
    """the ground on which it is processed (GDPR article 6): consent, contract, interest, law"""
    consent: Mapped[str] = mapped_column(Text, default="")
    """who was told or asked, when and how, in the uploader's words"""
    state: Mapped[str] = mapped_column(String(16), default="queued")
    stage: Mapped[str] = mapped_column(String(32), default="")
    progress: Mapped[float] = mapped_column(default=0.0)
    """how far the stage is, 0–1"""
    left: Mapped[float | None]
    """seconds that are expected to remain"""
    reason: Mapped[str] = mapped_column(Text, default="")
    """why it failed"""
    attempts: Mapped[int] = mapped_column(default=0)
    cancel: Mapped[bool] = mapped_column(default=False)
    """somebody asked to stop it"""
    created: Mapped[dt.datetime] = mapped_column(default=now)
    started: Mapped[dt.datetime | None]
    finished: Mapped[dt.datetime | None]
    duration: Mapped[float | None]
    """seconds of recording, once known"""
    sound_deleted: Mapped[dt.datetime | None]
    words_deleted: Mapped[dt.datetime | None]
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id], lazy="joined")
    uploader: Mapped[User | None] = relationship(foreign_keys=[uploader_id], lazy="joined")


class _OfCall:
    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), index=True)


class Comment(_OfCall, Base):
    """A remark at a time or moment, or an answer to one."""

    __tablename__ = "comments"
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    answers_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    time: Mapped[float | None]
    """seconds from the start of the call"""
    moment: Mapped[str] = mapped_column(String(80), default="")
    """the moment's key in the report, ``kind@utterance``"""
    text: Mapped[str] = mapped_column(Text)
    created: Mapped[dt.datetime] = mapped_column(default=now)
    edited: Mapped[dt.datetime | None]
    acknowledged: Mapped[dt.datetime | None]
    acknowledged_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    author: Mapped[User | None] = relationship(foreign_keys=[author_id], lazy="joined")
    acknowledged_by: Mapped[User | None] = relationship(foreign_keys=[acknowledged_by_id], lazy="joined")


class Verdict(_OfCall, Base):
    """What trainer or trainee thinks of a moment that the analysis shows."""

    __tablename__ = "verdicts"
    __table_args__ = (UniqueConstraint("call_id", "side", "moment"),)
    side: Mapped[str] = mapped_column(String(8))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    moment: Mapped[str] = mapped_column(String(80))
    verdict: Mapped[str] = mapped_column(String(16), default="")
    """agree, disagree or nothing"""
    comment: Mapped[str] = mapped_column(Text, default="")
    changed: Mapped[dt.datetime] = mapped_column(default=now)


class Submission(_OfCall, Base):
    """One side is done judging a call; when both are, they see each other's."""

    __tablename__ = "submissions"
    __table_args__ = (UniqueConstraint("call_id", "side", "scorecard_id"),)
    side: Mapped[str] = mapped_column(String(8))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    scorecard_id: Mapped[int | None] = mapped_column(ForeignKey("scorecards.id", ondelete="CASCADE"))
    """None: the verdicts on moments; else the answers to that scorecard"""
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    done: Mapped[dt.datetime | None]
    changed: Mapped[dt.datetime] = mapped_column(default=now)


class Scorecard(Base):
    """Questions by which a team judges its calls. A changed one is a new version; the old one stays for its scores."""

    __tablename__ = "scorecards"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    series: Mapped[str] = mapped_column(String(32), default=new_key, index=True)
    """what all versions of a scorecard share"""
    team: Mapped[str] = mapped_column(String(80), default="", index=True)
    """the team that uses it; empty: all"""
    name: Mapped[str] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(default=1)
    active: Mapped[bool] = mapped_column(default=True)
    questions: Mapped[list[Any]]
    created: Mapped[dt.datetime] = mapped_column(default=now)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))


class Intention(_OfCall, Base):
    """The one thing to do otherwise, which the seller's next call takes up again."""

    __tablename__ = "intentions"
    __table_args__ = (UniqueConstraint("call_id"),)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    text: Mapped[str] = mapped_column(Text)
    measure: Mapped[str] = mapped_column(String(40), default="")
    """what the next call is measured by, such as confirmed_summary; empty: nothing counted"""
    created: Mapped[dt.datetime] = mapped_column(default=now)


class Feedback(_OfCall, Base):
    """A moment or a speaker that a person put right, to learn from."""

    __tablename__ = "feedback"
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(16))
    """moment or speaker"""
    data: Mapped[dict[str, Any]]
    created: Mapped[dt.datetime] = mapped_column(default=now)


class Event(_OfCall, Base):
    """That something about a call changed: pages that show it wait for the next number."""

    __tablename__ = "events"
    at: Mapped[dt.datetime] = mapped_column(default=now)
    kind: Mapped[str] = mapped_column(String(24))


class Audit(Base):
    """Who opened, changed, exported or deleted what. Holds no word of a call and no name of a client."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(default=now, index=True)
    user: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(40))
    call: Mapped[str] = mapped_column(String(32), default="", index=True)
    detail: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(64), default="")


class Webhook(Base):
    """Where to tell that a call is done or failed."""

    __tablename__ = "webhooks"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    url: Mapped[str] = mapped_column(String(500))
    secret: Mapped[str] = mapped_column(String(64))
    """signs what is sent"""
    team: Mapped[str] = mapped_column(String(80), default="")
    active: Mapped[bool] = mapped_column(default=True)
    created: Mapped[dt.datetime] = mapped_column(default=now)


class Delivery(Base):
    """One message to one webhook; tried again until it is taken or too old."""

    __tablename__ = "deliveries"
    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"), index=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), index=True)
    event: Mapped[str] = mapped_column(String(24))
    created: Mapped[dt.datetime] = mapped_column(default=now)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try: Mapped[dt.datetime | None] = mapped_column(default=now, index=True)
    """None: no more"""
    sent: Mapped[dt.datetime | None]
    error: Mapped[str] = mapped_column(String(200), default="")
