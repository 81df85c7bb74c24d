"""A random value of this installation: digests that are kept are mixed with it, or else tell too much."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from hashlib import blake2b
from typing import Final

from bilibili_api.home import home, make_private

FILE: Final = "salt"
"""In the user's data directory."""
_BYTES: Final = 32


def salted(text: str) -> str:
    """Return a digest of a text that nobody can find the text by who has no salt. May block.

    Raises:
        OSError: The salt can be neither read nor kept.
    """
    return blake2b(text.encode(), key=_salt(), digest_size=8).hexdigest()


def _salt() -> bytes:
    """Return the salt; read each time, so that of processes which make one at once the last is right."""
    path = home() / FILE
    with suppress(FileNotFoundError):
        kept = path.read_bytes()
        if len(kept) == _BYTES:
            return kept
    make_private(path.parent)
    beside = path.with_name(f"{FILE}.{secrets.token_hex(8)}.new")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise
    return path.read_bytes()
