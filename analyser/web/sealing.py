"""A file sealed so that nobody without the key reads it, or changes it unseen: a header and blocks of AES-256-GCM.

The header has a mark, a salt and the size of what is sealed. The key of a file comes from ours and the salt by HKDF, so
each file has a key that is used for it alone, and the nonce of a block is its number. Every block is bound to the
header: one that was changed, moved, taken from another file or left out is not accepted.
"""

from __future__ import annotations

import base64
import os
import secrets
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from analyser.errors import SettingsError, StorageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

BLOCK = 1 << 18
"""bytes in a block"""
MARK = b"ANLYSV1\n"
SALT = 32
HEADER = len(MARK) + SALT + 8
TAG = 16
KEY = 32
DAMAGED = "The recording of this call is damaged, or was kept with another key than --key-file gives."


def new_key(path: Path) -> None:
    """Write a new key that only this user may read; raises SettingsError when something is there already."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise SettingsError(
            f"{path}: is there already; what was kept with it needs it. Choose another name."
        ) from error
    except OSError as error:
        raise SettingsError(f"{path}: cannot be written ({error.strerror or error}).") from error
    with os.fdopen(handle, "wb") as file:
        file.write(base64.b64encode(secrets.token_bytes(KEY)) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def seal(key: bytes, source: Path, target: Path) -> None:
    """Write ``source`` sealed into ``target``, for this user alone; when it returns it is on the disk. OSError."""
    with source.open("rb") as file:
        total = os.fstat(file.fileno()).st_size
        header = MARK + secrets.token_bytes(SALT) + struct.pack(">Q", total)
        cipher = _cipher(key, header)
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as made:
            made.write(header)
            for number in range(_blocks(total)):
                made.write(cipher.encrypt(_nonce(number), file.read(BLOCK), header))
            made.flush()
            os.fsync(made.fileno())


def unseal(key: bytes, header: bytes, file: BinaryIO, start: int, end: int, total: int) -> Iterator[bytes]:
    """What was sealed from ``start`` to ``end``, of ``total`` bytes; StorageError when it is not as it was."""
    from cryptography.exceptions import InvalidTag

    cipher = _cipher(key, header)
    if end <= start:
        return
    first, last = start // BLOCK, (end - 1) // BLOCK
    file.seek(HEADER + first * (BLOCK + TAG))
    for number in range(first, last + 1):
        begin = number * BLOCK
        sealed = file.read(min(BLOCK, total - begin) + TAG)
        try:
            block = cipher.decrypt(_nonce(number), sealed, header)
        except InvalidTag as error:
            raise StorageError(DAMAGED) from error
        yield block[max(0, start - begin) : end - begin]


def _cipher(key: bytes, header: bytes) -> AESGCM:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    salt = header[len(MARK) : len(MARK) + SALT]
    derived = HKDF(algorithm=hashes.SHA256(), length=KEY, salt=salt, info=b"analyser recording").derive(key)
    return AESGCM(derived)


def _nonce(number: int) -> bytes:
    return struct.pack(">IQ", 0, number)


def _blocks(total: int) -> int:
    # An empty file has a block too: its tag is what says that it is whole.
    return max(1, -(-total // BLOCK))


def sealed_size(header: bytes, found: int) -> int:
    """Bytes that were sealed, of a file of ``found`` bytes with that header; StorageError when the two do not fit."""
    if len(header) < HEADER:
        raise StorageError(DAMAGED)
    total: int = struct.unpack(">Q", header[-8:])[0]
    if found != HEADER + total + _blocks(total) * TAG:
        raise StorageError(DAMAGED)
    return total
