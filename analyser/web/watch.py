"""A folder from which recordings are taken in by themselves, such as the one in which a meeting room's recorder saves.

A file is taken when it has stopped growing. In a folder named after a user it is that seller's call. What cannot be
taken is moved to ``refused``, with the reason beside it.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from analyser.batch.discovery import is_call
from analyser.errors import AnalyserError, StorageError
from analyser.storage import write_atomic
from analyser.web.identity import LOCAL, Identity, local_user
from analyser.web.intake import Details, accept, guess_date, need_room
from analyser.web.site import Site
from analyser.web.tables import Call, User, new_key

REFUSED = "refused"
SEEN = ".watched"
"""in the workspace: what was seen at the last look"""


def take(site: Site) -> int:
    """Take in what has come to rest since the last look; returns how many calls that were.

    Calls are brought in by the first admin, or the one user of a machine without accounts. Raises StorageError when
    the disk is full or a file cannot be moved; it is then still where it was.
    """
    folder = site.config.watch
    if folder is None or not folder.is_dir():
        return 0
    before = _remembered(site)
    there = {str(path.relative_to(folder)): _look(path) for path in _files(folder)}
    taken = 0
    rested = [name for name, look in there.items() if look is not None and before.get(name) == look]
    if rested:
        need_room(site.config)
        asker = _asker(site)
        for name in sorted(rested):
            taken += _take(site, asker, folder, folder / name)
    _remember(site, there)
    return taken


def _take(site: Site, asker: Identity, folder: Path, path: Path) -> bool:
    key = new_key()
    copy = site.config.uploads / f"{key}.watched"
    try:
        # A copy: should this process end in the middle, the file is still there to be taken.
        shutil.copyfile(path, copy)
        if not _there(site, copy, path.name, asker):
            accept(site, asker, copy, path.name, _details(site, folder, path))
        path.unlink()
    except StorageError:
        raise
    except AnalyserError as error:
        _refuse(folder, path, str(error))
        return False
    except OSError as error:
        raise StorageError(f"{path}: cannot be taken in ({error.strerror or error}).") from error
    finally:
        copy.unlink(missing_ok=True)
    return True


def _there(site: Site, copy: Path, name: str, asker: Identity) -> bool:
    """Whether the file was taken in before, by a process that ended before it could remove it."""
    from analyser.audio import hash_file

    same = select(Call.id).where(Call.sha256 == hash_file(copy), Call.name == name, Call.uploader_id == asker.id)
    with site.database.read() as session:
        return session.scalar(same.limit(1)) is not None


def _details(site: Site, folder: Path, path: Path) -> Details:
    seller = path.relative_to(folder).parts[0].casefold() if path.parent != folder else ""
    with site.database.read() as session:
        known = session.scalar(select(User.name).where(User.name == seller, User.active)) if seller else None
    return Details(seller=known or "", date=guess_date(path.name, path.stat().st_mtime))


def _refuse(folder: Path, path: Path, reason: str) -> None:
    place = folder / REFUSED
    place.mkdir(exist_ok=True)
    target = place / path.name
    if target.exists():
        target = place / f"{path.stem}-{new_key()[:8]}{path.suffix}"
    path.replace(target)
    write_atomic(target.with_name(target.name + ".txt"), reason + "\n")


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") for part in parts) or parts[0] == REFUSED
        # What a link points at may lie anywhere.
        if not hidden and is_call(path.name) and not path.is_symlink() and path.is_file():
            yield path


def _look(path: Path) -> list[int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns]


def _asker(site: Site) -> Identity:
    with site.database.write() as session:
        admins = select(User).where(User.role == "admin", User.active, User.name != LOCAL).order_by(User.id).limit(1)
        user = session.scalar(admins) or local_user(session)
        return Identity(user.id, user.name, user.shown, user.role, user.team)


def _remembered(site: Site) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    with contextlib.suppress(OSError, ValueError):
        found = json.loads((site.config.workspace / SEEN).read_text(encoding="utf-8"))
    return found


def _remember(site: Site, there: dict[str, list[int] | None]) -> None:
    text = json.dumps(there)
    path = site.config.workspace / SEEN
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        write_atomic(path, text)
