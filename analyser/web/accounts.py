"""Logging in and out, and an admin's page of who may."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from analyser.errors import SettingsError
from analyser.web.access import need_admin, record
from analyser.web.guard import session_cookie
from analyser.web.identity import SESSION_COOKIE, begin_session, end_session, end_sessions_of, who
from analyser.web.site import COOKIE, LANGUAGES, page, site
from analyser.web.tables import ROLES, LoginFailure, User, now

if TYPE_CHECKING:
    from argon2 import PasswordHasher

NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,79}")
SHORTEST = 10
"""characters of a password: length keeps guessers out, rules about signs do not (NIST SP 800-63B)"""
LONGEST = 200
WINDOW = dt.timedelta(minutes=15)
FAILURES_BY_NAME = 5
FAILURES_BY_ADDRESS = 30
"""failed logins within WINDOW after which no more are tried"""


async def login_page(request: Request) -> Response:
    """The form; who is logged in already goes on."""
    if request.state.who is not None:
        return RedirectResponse("/", 303)
    return page(request, "login.html", failed=False, wait=False, name="")


async def login(request: Request) -> Response:
    """Log in, with a new session; too many failures for a name or from an address have to wait."""
    from starlette.concurrency import run_in_threadpool

    form = await request.form(max_files=0, max_fields=5, max_part_size=10_000)
    name, password = str(form.get("name", "")).strip().lower()[:80], str(form.get("password", ""))[:LONGEST]
    return await run_in_threadpool(_login, request, name, password)


def _login(request: Request, name: str, password: str) -> Response:
    database = site(request).database
    address = (request.client.host if request.client else "")[:64]
    with database.write() as session:
        if must_wait(session, name, address):
            return page(request, "login.html", 429, failed=False, wait=True, name=name)
        # Counted before it is tried, so that many at once are counted too.
        session.add(LoginFailure(name=name, address=address))
        user = session.scalar(select(User).where(User.name == name, User.active))
    right = check_password(user.password if user else "", password)
    with database.write() as session:
        if not right or user is None:
            record(session, request, "login.failed")
            return page(request, "login.html", 401, failed=True, wait=False, name=name)
        session.execute(delete(LoginFailure).where(LoginFailure.name == name))
        end_session(session, request.cookies.get(SESSION_COOKIE, ""))
        cookie = begin_session(session, user)
        record(session, request, "login", detail=user.name)
    answer = RedirectResponse("/", 303)
    answer.headers.append("set-cookie", session_cookie(cookie, secure=request.url.scheme == "https"))
    return answer


def logout(request: Request) -> Response:
    """End this browser's session."""
    with site(request).database.write() as session:
        end_session(session, request.cookies.get(SESSION_COOKIE, ""))
        record(session, request, "logout")
    answer = RedirectResponse("/login", 303)
    answer.headers.append("set-cookie", session_cookie("", secure=request.url.scheme == "https"))
    answer.headers["clear-site-data"] = '"cache", "storage"'
    return answer


def choose_language(request: Request) -> Response:
    """Keep the language of the pages in this browser, and go back."""
    code = request.path_params["code"]
    if code not in LANGUAGES:
        raise HTTPException(404)
    answer = RedirectResponse("/", 303)
    answer.set_cookie(COOKIE, code, max_age=365 * 86400, samesite="lax", httponly=True)
    return answer


def users_page(request: Request) -> Response:
    """Everyone with an account."""
    need_admin(request)
    with site(request).database.read() as session:
        users = session.scalars(select(User).order_by(User.name)).all()
    return page(request, "users.html", users=users, roles=ROLES, wrong="")


async def change_users(request: Request) -> Response:
    """Add a user, or change the role, team, password or state of one."""
    from starlette.concurrency import run_in_threadpool

    form = await request.form(max_files=0, max_fields=10, max_part_size=10_000)
    return await run_in_threadpool(_change_users, request, {key: str(value) for key, value in form.items()})


def _change_users(request: Request, form: dict[str, str]) -> Response:
    asker = need_admin(request)
    try:
        with site(request).database.write() as session:
            name = form.get("name", "").strip().lower()
            match form.get("action"):
                case "add":
                    add_user(
                        session,
                        name,
                        form.get("password", ""),
                        form.get("role", ""),
                        form.get("team", ""),
                        form.get("display", ""),
                    )
                case "reset":
                    reset_password(session, name, form.get("password", ""))
                case "remove":
                    if name == asker.name:
                        raise SettingsError("You cannot remove yourself.")
                    remove_user(session, name)
                case "change":
                    change_user(session, name, role=form.get("role", ""), team=form.get("team", ""))
                case _:
                    raise HTTPException(400)
            record(session, request, f"user.{form['action']}", detail=name)
    except SettingsError as error:
        with site(request).database.read() as session:
            users = session.scalars(select(User).order_by(User.name)).all()
        return page(request, "users.html", 400, users=users, roles=ROLES, wrong=str(error))
    return RedirectResponse("/users", 303)


async def password_page(request: Request) -> Response:
    """One's own password."""
    return page(request, "password.html", wrong="", done=False)


async def change_password(request: Request) -> Response:
    """Change one's own password; every other browser of that user is logged out."""
    from starlette.concurrency import run_in_threadpool

    form = await request.form(max_files=0, max_fields=5, max_part_size=10_000)
    return await run_in_threadpool(
        _change_password, request, str(form.get("old", ""))[:LONGEST], str(form.get("new", ""))
    )


def _change_password(request: Request, old: str, new: str) -> Response:
    asker = who(request)
    with site(request).database.write() as session:
        user = session.get_one(User, asker.id)
        address = (request.client.host if request.client else "")[:64]
        if must_wait(session, user.name, address):
            raise HTTPException(429)
        if not check_password(user.password, old):
            session.add(LoginFailure(name=user.name, address=address))
            return page(request, "password.html", 400, wrong="password_wrong", done=False)
        if len(new) < SHORTEST or len(new) > LONGEST:
            return page(request, "password.html", 400, wrong="password_short", done=False)
        user.password = hash_password(new)
        end_sessions_of(session, user)
        cookie = begin_session(session, user)
        record(session, request, "password.change")
    answer = page(request, "password.html", wrong="", done=True)
    answer.headers.append("set-cookie", session_cookie(cookie, secure=request.url.scheme == "https"))
    return answer


def must_wait(session: Session, name: str, address: str) -> bool:
    """Whether there were too many failed logins lately for this name or from this address. Old ones are forgotten."""
    recent = LoginFailure.at > now() - WINDOW
    by_name = session.scalar(select(func.count()).where(LoginFailure.name == name, recent)) or 0
    by_address = session.scalar(select(func.count()).where(LoginFailure.address == address, recent)) or 0
    return by_name >= FAILURES_BY_NAME or by_address >= FAILURES_BY_ADDRESS


def add_user(session: Session, name: str, password: str, role: str, team: str = "", display: str = "") -> User:
    """A new user who can log in; raises SettingsError for a name, role or password that will not do."""
    if not NAME.fullmatch(name):
        raise SettingsError(
            f"'{name[:40]}': a name is letters, digits and . _ @ + - (at most 80), such as an e-mail address."
        )
    if role not in ROLES:
        raise SettingsError(f"'{role[:20]}' is no role; choose {', '.join(ROLES)}.")
    if session.scalar(select(User.id).where(User.name == name)) is not None:
        raise SettingsError(f"'{name}' has an account already.")
    user = User(
        name=name, role=role, team=team.strip()[:80], display=display.strip()[:120], password=hash_password(password)
    )
    session.add(user)
    session.flush()
    return user


def reset_password(session: Session, name: str, password: str) -> None:
    """A new password, by an admin; the user is logged out everywhere. Raises SettingsError."""
    user = find_user(session, name)
    user.password = hash_password(password)
    user.active = True
    session.execute(delete(LoginFailure).where(LoginFailure.name == name))
    end_sessions_of(session, user)


def change_user(session: Session, name: str, *, role: str, team: str) -> None:
    """Another role or team; raises SettingsError, also when no admin would be left."""
    user = find_user(session, name)
    if role not in ROLES:
        raise SettingsError(f"'{role[:20]}' is no role; choose {', '.join(ROLES)}.")
    if role != "admin":
        _not_the_last(session, user)
    user.role, user.team = role, team.strip()[:80]


def remove_user(session: Session, name: str) -> None:
    """Remove a user; their calls and comments stay. Raises SettingsError, also when no admin would be left."""
    user = find_user(session, name)
    _not_the_last(session, user)
    session.delete(user)


def find_user(session: Session, name: str) -> User:
    """The user of that name; raises SettingsError."""
    found = session.scalar(select(User).where(User.name == name.strip().lower()))
    if found is None:
        raise SettingsError(f"'{name[:80]}': nobody has that name. See `analyser users list`.")
    return found


def hash_password(password: str) -> str:
    """An argon2id hash; raises SettingsError for a password that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise SettingsError(f"A password has {SHORTEST} to {LONGEST} characters.")
    return _hasher().hash(password)


def check_password(kept: str, password: str) -> bool:
    """Whether a password is the one that was kept. Takes as long when there is no such user."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(kept or _nobody(), password) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


def _not_the_last(session: Session, user: User) -> None:
    others = select(func.count()).where(User.role == "admin", User.password != "", User.active, User.id != user.id)
    if user.role == "admin" and user.password and not session.scalar(others):
        raise SettingsError(f"'{user.name}' is the only admin; make another one first.")


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobody() -> str:
    return _hasher().hash("nobody has this password")


routes = [
    Route("/login", login_page),
    Route("/login", login, methods=["POST"]),
    Route("/logout", logout, methods=["POST"]),
    Route("/language/{code}", choose_language, methods=["POST"]),
    Route("/users", users_page),
    Route("/users", change_users, methods=["POST"]),
    Route("/password", password_page),
    Route("/password", change_password, methods=["POST"]),
]
