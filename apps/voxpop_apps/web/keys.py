"""API keys: a file holds their digests and names, and is read again when it changes.

A key is 256 random bits, so that one round of SHA-256 is all that its digest needs: there is
nothing to guess, as there is with passwords. The file has one key a line, `NAME SHA256`; what
follows a `#` is a comment. Where a platform hands out secrets as environment variables, the same
lines may come from there.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import re
import secrets
import time
from typing import TYPE_CHECKING

from voxpop import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger(__name__)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_LOOK_AGAIN_S = 1.0


def new_key(name: str) -> tuple[str, str]:
    """Make a key; give it, and the line that lets the server know it.

    Raises:
        SettingsError: the name does not fit into the file.
    """
    check_name(name)
    key = f"vp_{secrets.token_urlsafe(32)}"
    return key, f"{name} {digest_of(key.encode()).hex()}"


def check_name(name: str) -> None:
    """Refuse what cannot name a key.

    Raises:
        SettingsError: the name is none.
    """
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"{name!r} cannot name an API key: 1 to 64 letters, digits, '.', '_', '@' or '-', "
            "beginning with a letter or a digit"
        )


def digest_of(key: bytes) -> bytes:
    """Give what the file holds of a key."""
    return hashlib.sha256(key).digest()


def read_keys(file: Path) -> list[tuple[bytes, str]]:
    """Give the digest and the name of every key in the file.

    Raises:
        SettingsError: it cannot be read, or a line of it is no key.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise SettingsError(
            f"The file of API keys {file} cannot be read: {reason}. Make one by: "
            f"voxpop api-key new NAME --file {file}"
        ) from error
    return parse_keys(text, str(file))


def parse_keys(text: str, source: str) -> list[tuple[bytes, str]]:
    """Give the digest and the name of every key in lines of `NAME SHA256`.

    Raises:
        SettingsError: a line is no key; the message names the source.
    """
    keys = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if len(words) != 2 or not _NAME.fullmatch(words[0]) or not _DIGEST.fullmatch(words[1]):
            raise SettingsError(
                f"{source}, line {number}: not a key. A line is a name and the SHA-256 of the key "
                "in 64 hex digits, as `voxpop api-key new` writes it"
            )
        keys.append((bytes.fromhex(words[1]), words[0]))
    return keys


class KeyRing:
    """Keys that stay as they are, and those of a file, as it was at most a second ago."""

    def __init__(self, file: Path | None, fixed: list[tuple[bytes, str]] | None = None) -> None:
        """Read the keys.

        Raises:
            SettingsError: the file cannot be read, has no key, or a line of it is none.
        """
        self._file = file
        self._fixed = fixed or []
        self._state = self._look()
        self._keys = self._fixed + (_some_keys(file) if file is not None else [])
        self._look_at = time.monotonic() + _LOOK_AGAIN_S

    def owner(self, key: bytes) -> str | None:
        """Give the name of a key; None when it is not known. Takes as long for any key."""
        if time.monotonic() >= self._look_at:
            self._read_again()
        digest = digest_of(key)
        found = None
        for known, name in self._keys:
            if hmac.compare_digest(known, digest):
                found = name
        return found

    def _look(self) -> tuple[int, int, int] | None:
        if self._file is None:
            return None
        try:
            status = os.stat(self._file)  # noqa: PTH116 - asked every second while requests wait
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _read_again(self) -> None:
        self._look_at = time.monotonic() + _LOOK_AGAIN_S
        state = self._look()
        if self._file is None or state == self._state:
            return
        self._state = state
        try:
            self._keys = self._fixed + _some_keys(self._file)
        except SettingsError as error:
            logger.error("The API keys of before stay in use. %s", error)
        else:
            logger.info("The API keys were read again: %d", len(self._keys))


def _some_keys(file: Path) -> list[tuple[bytes, str]]:
    """Read a file that has to let somebody in: one without a key is being written, or was cut."""
    keys = read_keys(file)
    if not keys:
        raise SettingsError(
            f"The file of API keys {file} has no key. Make one by: "
            f"voxpop api-key new NAME --file {file}"
        )
    return keys
