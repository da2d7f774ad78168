"""The database: opened, brought up to date, read and written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from analyser.errors import StorageError
from analyser.web.config import WebConfig

BUSY = 30
"""seconds that a writer waits for another"""


@dataclass(frozen=True)
class Database:
    """Sessions for reading and for writing. A write either happens as a whole or not at all."""

    engine: Engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one state of the database and changes nothing."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose changes are committed at the end, and dropped when an error leaves it.

        In SQLite it takes the right to write at once: one that only asks for it halfway can be refused.
        """
        with Session(
            self.engine.execution_options(analyser_begin="BEGIN IMMEDIATE"), expire_on_commit=False
        ) as session:
            yield session
            session.commit()

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def open_database(config: WebConfig, *, migrate: bool = True) -> Database:
    """The database of the app, with its tables brought up to this version.

    Raises StorageError when it cannot be reached, or holds tables of a later version.
    """
    try:
        engine = _engine(config.database_url)
        if migrate:
            upgrade(engine)
    except (ArgumentError, SQLAlchemyError, ModuleNotFoundError) as error:
        raise StorageError(
            f"{_named(config.database_url)}: the database cannot be used ({_first_line(error)}). "
            "Check --database, that the server runs, and the rights on the folder."
        ) from error
    return Database(engine)


def upgrade(engine: Engine) -> None:
    """Bring the tables up to this version with Alembic; SQLAlchemyError when the database cannot be used."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    with resources.as_file(resources.files("analyser.web") / "migrations") as folder:
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        with engine.execution_options(analyser_begin="BEGIN IMMEDIATE").begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _engine(url: str) -> Engine:
    chosen = make_url(url)
    if chosen.drivername in ("postgresql", "postgres"):
        chosen = chosen.set(drivername="postgresql+psycopg")
    if chosen.get_backend_name() != "sqlite":
        return create_engine(chosen, pool_pre_ping=True, pool_size=10, max_overflow=30)
    engine = create_engine(chosen, connect_args={"timeout": BUSY}, pool_size=10, max_overflow=30)
    if chosen.database and chosen.database != ":memory:":
        _watch_file(engine, Path(chosen.database))

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # The driver's own way of beginning transactions begins them too late: we begin them ourselves.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",  # readers go on while one writes
            "synchronous=FULL",  # accepted means kept, also when the power fails
            "foreign_keys=ON",
            "secure_delete=ON",  # what is deleted is overwritten
            f"busy_timeout={BUSY * 1000}",
        ):
            connection.execute(f"PRAGMA {pragma}")
        # SQLite's own knows no letters but those of English.
        connection.create_function("lower", 1, lambda text: text and str(text).lower(), deterministic=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("analyser_begin", "BEGIN"))

    return engine


def _watch_file(engine: Engine, path: Path) -> None:
    """Never go on with a file that was removed or replaced, nor begin an empty one where there was one.

    SQLite itself would: what is accepted would be written to a file that nobody can open again.
    """
    seen = False

    @event.listens_for(engine, "do_connect")
    def exists(*_: Any) -> None:
        nonlocal seen
        if seen and not path.exists():
            raise sqlite3.OperationalError("the database's file is gone")
        seen = True

    @event.listens_for(engine, "connect")
    def note(_connection: Any, record: Any) -> None:
        record.info["file"] = _number(path)

    @event.listens_for(engine, "checkout")
    def same(_connection: Any, record: Any, _proxy: Any) -> None:
        if record.info.get("file") != _number(path):
            raise DisconnectionError


def _number(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


def forget_deleted(database: Database) -> None:
    """Empty SQLite's write-ahead log, in which what was deleted still stands."""
    if database.engine.dialect.name == "sqlite":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            raw = connection.connection.driver_connection
            if raw is not None:
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def unavailable(error: Exception) -> bool:
    """Whether an error says that the database is locked or gone, not that we asked something wrong."""
    return isinstance(error, OperationalError)


def _named(url: str) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "--database"


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
