"""Where the sound of calls is kept, and the only way to it.

With a key file recordings lie encrypted on the disk; one that was kept before there was a key stays and is read as it
is. While a recording comes in, and while it is analysed, it lies in the workspace as it is. Transcripts, analyses, the
database and the search index are *not* encrypted here: keep the whole workspace on an encrypted disk where those must
be unreadable too (README, "Privacy").
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from analyser.errors import SettingsError, StorageError
from analyser.web.config import WebConfig
from analyser.web.sealing import BLOCK, HEADER, KEY, MARK, seal, sealed_size, unseal

PLAIN = "plain-"
GONE = "The recording of this call is not there any more."


def keep(config: WebConfig, source: Path, folder: Path, suffix: str) -> str:
    """Move the whole file ``source`` into a call's folder; returns its name there, ``recording<suffix>``.

    When it returns the sound is on the disk. Raises StorageError when it cannot be kept; ``source`` then still stands.
    """
    name = f"recording{suffix}"
    partial = folder / f".partial-{name}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if config.key_file is None:
            with source.open("rb") as file:
                os.fsync(file.fileno())
            source.chmod(0o600)
            source.replace(folder / name)
        else:
            seal(_read_key(config), source, partial)
            partial.replace(folder / name)
        _sync_folder(folder)
        _sync_folder(folder.parent)
        source.unlink(missing_ok=True)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise StorageError(
            f"The recording cannot be kept ({error.strerror or error}). Make room on the disk."
        ) from error
    return name


@contextmanager
def plain(config: WebConfig, folder: Path, name: str) -> Iterator[Path]:
    """The recording as a file that can be decoded, for as long as the context lasts; raises StorageError.

    An encrypted one is decrypted to a file of this user's alone, which is removed afterwards.
    """
    from filelock import FileLock

    path = folder / name
    if not path.is_file():
        raise StorageError(GONE)
    if not _encrypted(path):
        yield path
        return
    place = config.temporary / f"{PLAIN}{folder.name}-{secrets.token_hex(8)}"
    try:
        place.mkdir(mode=0o700, parents=True)
        lock = FileLock(place / ".lock", mode=0o600)
        lock.acquire()
    except OSError as error:
        raise StorageError(f"The recording cannot be decrypted ({error.strerror or error}).") from error
    try:
        # Held for as long as it is needed: what nobody holds was left behind by a crash.
        try:
            handle = os.open(place / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                for block in stream(config, folder, name, 0, size(config, folder, name)):
                    file.write(block)
        except OSError as error:
            raise StorageError(
                f"The recording cannot be decrypted ({error.strerror or error}). Make room on the disk."
            ) from error
        yield place / name
    finally:
        lock.release()
        shutil.rmtree(place, ignore_errors=True)


def sweep(config: WebConfig) -> int:
    """Remove decrypted recordings that a process left behind when it was killed; returns how many."""
    from filelock import FileLock, Timeout

    swept = 0
    for place in config.temporary.glob(f"{PLAIN}*"):
        with suppress(Timeout, OSError):
            with FileLock(place / ".lock", timeout=0):
                for file in place.iterdir():
                    if file.name != ".lock":
                        file.unlink()
            shutil.rmtree(place, ignore_errors=True)
            swept += 1
    return swept


def size(config: WebConfig, folder: Path, name: str) -> int:
    """Bytes of the recording as it was uploaded; raises StorageError, also when a part of the file was cut off."""
    path = folder / name
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno()).st_size
            header = file.read(HEADER)
    except OSError as error:
        raise StorageError(GONE) from error
    if not header.startswith(MARK):
        return found
    return sealed_size(header, found)


def stream(config: WebConfig, folder: Path, name: str, start: int, end: int) -> Iterator[bytes]:
    """The recording's bytes from ``start`` up to ``end``, in blocks; raises StorageError.

    Of an encrypted recording only the blocks that are asked for are decrypted.
    """
    try:
        with (folder / name).open("rb") as file:
            header = file.read(HEADER)
            if header.startswith(MARK):
                total = sealed_size(header, os.fstat(file.fileno()).st_size)
                yield from unseal(_read_key(config), header, file, start, min(end, total), total)
                return
            file.seek(start)
            left = end - start
            while left > 0 and (block := file.read(min(BLOCK, left))):
                left -= len(block)
                yield block
    except OSError as error:
        raise StorageError("The recording of this call cannot be read.") from error


def check_key(config: WebConfig) -> None:
    """Raise SettingsError when there is a key file that holds no key; asked before anything is taken in."""
    if config.key_file is not None:
        _read_key(config)


def _encrypted(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(MARK)) == MARK
    except OSError as error:
        raise StorageError("The recording of this call cannot be read.") from error


def _read_key(config: WebConfig) -> bytes:
    if config.key_file is None:
        raise StorageError("The recording of this call is encrypted. Start the app with --key-file.")
    try:
        key = base64.b64decode(config.key_file.read_bytes().strip(), validate=True)
    except OSError as error:
        raise StorageError(f"{config.key_file}: cannot be read ({error.strerror or error}).") from error
    except binascii.Error as error:
        raise SettingsError(
            f"{config.key_file}: holds no key. Make one with `analyser privacy new-key FILE`."
        ) from error
    if len(key) != KEY:
        raise SettingsError(f"{config.key_file}: a key is {KEY} bytes. Make one with `analyser privacy new-key FILE`.")
    return key


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
