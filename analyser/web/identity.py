"""Who asks: sessions by cookie, tokens of programs, and the one user of a machine that listens to itself only."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session
from starlette.requests import Request

from analyser.web.config import WebConfig
from analyser.web.database import Database
from analyser.web.tables import ApiToken, LoginSession, User, now

SESSION_COOKIE = "analyser_session"
SESSION_DAYS = 14
NOTED = dt.timedelta(minutes=1)
"""for which the use of a token is not noted again"""
LOCAL = "local"
"""the name of the one user where nobody logs in"""


@dataclass(frozen=True)
class Identity:
    """Who a request comes from.

    ``csrf`` is what a form must send back when the browser does not say where the request came from; ``token`` tells
    that a program asks with an API token, which no other site can make a browser send.
    """

    id: int
    name: str
    shown: str
    role: str
    team: str
    csrf: str = ""
    token: bool = False

    @property
    def admin(self) -> bool:
        """May do everything."""
        return self.role == "admin"

    @property
    def coaches(self) -> bool:
        """Judges calls as a trainer."""
        return self.role in ("trainer", "admin")


def who(request: Request) -> Identity:
    """Who asks; every address but those that are open to all has one."""
    found: Identity = request.state.who
    return found


def hash_token(token: str) -> str:
    """What is kept of a token: it has 256 bits, so a plain hash cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def identify(request: Request, config: WebConfig, database: Database) -> tuple[Identity | None, str | None]:
    """Who a request comes from, and a new cookie where one has to be set.

    Where only this machine can ask, a browser without a session gets one of the user ``local``.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        found = by_token(database, token.strip())
        return (found if found is None or _still_here(found, config, database) else None), None
    cookie = request.cookies.get(SESSION_COOKIE, "")
    if cookie:
        found = by_cookie(database, cookie)
        if found is not None and _still_here(found, config, database):
            return found, None
    if config.local and not has_accounts(database):
        with database.write() as session:
            fresh = begin_session(session, local_user(session))
        return by_cookie(database, fresh), fresh
    return None, None


def _still_here(found: Identity, config: WebConfig, database: Database) -> bool:
    """The one user without a password is nobody any more once there are accounts."""
    return found.name != LOCAL or (config.local and not has_accounts(database))


def by_cookie(database: Database, cookie: str) -> Identity | None:
    """Whose session a cookie is."""
    with database.read() as session:
        kept = session.scalar(select(LoginSession).where(LoginSession.token == hash_token(cookie)))
        if kept is None or kept.expires < now() or not kept.user.active:
            return None
        return _identity(kept.user, csrf=kept.csrf)


def by_token(database: Database, token: str) -> Identity | None:
    """Whose API token it is; that it was used is noted, at most once a minute."""
    with database.read() as session:
        kept = session.scalar(select(ApiToken).where(ApiToken.token == hash_token(token)))
        if kept is None or not kept.user.active:
            return None
    if kept.used is None or kept.used < now() - NOTED:
        # A database that is busy writing must not keep a program from reading.
        with suppress(OperationalError), database.write() as session:
            session.execute(update(ApiToken).where(ApiToken.id == kept.id).values(used=now()))
    return _identity(kept.user, token=True)


def begin_session(session: Session, user: User) -> str:
    """A new session for ``user``, always with a new cookie; returns that cookie. Sessions that ended are removed."""
    cookie = secrets.token_urlsafe(32)
    session.execute(delete(LoginSession).where(LoginSession.expires < now()))
    expires = now() + dt.timedelta(days=SESSION_DAYS)
    session.add(
        LoginSession(token=hash_token(cookie), user_id=user.id, csrf=secrets.token_urlsafe(24), expires=expires)
    )
    session.flush()
    return cookie


def end_session(session: Session, cookie: str) -> None:
    """Log a browser out."""
    session.execute(delete(LoginSession).where(LoginSession.token == hash_token(cookie)))


def end_sessions_of(session: Session, user: User) -> None:
    """Log a user out everywhere."""
    session.execute(delete(LoginSession).where(LoginSession.user_id == user.id))


def has_accounts(database: Database) -> bool:
    """Whether somebody can log in."""
    with database.read() as session:
        return session.scalar(select(User.id).where(User.password != "").limit(1)) is not None


def local_user(session: Session) -> User:
    """The one user of a machine that listens to itself only; made when first asked for."""
    found = session.scalar(select(User).where(User.name == LOCAL))
    if found is None:
        try:
            with session.begin_nested():
                found = User(name=LOCAL, role="admin", display="")
                session.add(found)
        except IntegrityError:
            found = session.scalars(select(User).where(User.name == LOCAL)).one()
    return found


def _identity(user: User, *, csrf: str = "", token: bool = False) -> Identity:
    return Identity(user.id, user.name, user.shown, user.role, user.team, csrf, token)
