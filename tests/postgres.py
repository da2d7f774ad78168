"""A PostgreSQL server of the tests' own: Debian's binaries, a folder of its own, a socket in it and no port."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DEBIAN = Path("/usr/lib/postgresql")


def binaries() -> Path | None:
    """The folder with initdb and pg_ctl of the newest version that is installed; None when there is none."""
    folders = [path / "bin" for path in sorted(DEBIAN.glob("*"), key=lambda path: path.name.zfill(4), reverse=True)]
    on_path = shutil.which("initdb")
    folders += [Path(on_path).resolve().parent] if on_path else []
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None)


@contextmanager
def postgres_server() -> Iterator[str]:
    """Start a server; gives the URL of its socket without a database, ``postgresql://…@/{}?host=…``."""
    found = binaries()
    assert found is not None
    # PostgreSQL refuses to run as root: then it runs as a user who may do nothing else.
    user = _unprivileged() if os.geteuid() == 0 else None
    # Socket paths are limited to some 100 characters, and pytest's own folders are closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="analyser-pg-"))
    data = folder / "data"
    try:
        if user:
            shutil.chown(folder, user)

        def run(command: str, *words: str) -> None:
            subprocess.run([str(found / command), *words], user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL)

        run("initdb", "-D", str(data), "-U", "analyser", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=60"
        run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://analyser@/{{}}?host={folder}"
        finally:
            run("pg_ctl", "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(server: str, name: str) -> str:
    """Make a database; returns its URL."""
    import psycopg

    with psycopg.connect(server.format("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return server.format(name)


def _unprivileged() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)
