"""Where complete files go: into the store, or nowhere."""

from __future__ import annotations

import asyncio
import hashlib
import re
import shutil
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_COPY_AT_ONCE = 1024 * 1024


class Shelf:
    """Turns the pieces of a file into the file. Without a store, it is forgotten."""

    def __init__(self, store: Path | None) -> None:
        self._store = store

    async def keep(self, filename: str, name: str, pieces: Sequence[Path]) -> Path | None:
        """Use up the pieces.

        Args:
            filename: the server's name.
            name: the client's, of which only a harmless suffix is taken.
            pieces: in order.

        Returns:
            Where the file is now, if anywhere.
        """
        if self._store is None:
            for piece in pieces:
                piece.unlink(missing_ok=True)
            return None
        folder = self._store / "videos"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / (filename + _safe_suffix(name))
        await asyncio.to_thread(_join, pieces, path)
        return path


async def digest_of(pieces: Iterable[Path]) -> str:
    """Return the md5 of the file that the pieces make."""
    return await asyncio.to_thread(_digest, pieces)


def _digest(pieces: Iterable[Path]) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    for piece in pieces:
        with piece.open("rb") as file:
            while block := file.read(_COPY_AT_ONCE):
                digest.update(block)
    return digest.hexdigest()


def _join(pieces: Iterable[Path], target: Path) -> None:
    """Write the pieces into one file, which appears when it is whole."""
    growing = target.with_name(target.name + ".part")
    with growing.open("wb") as file:
        for piece in pieces:
            with piece.open("rb") as source:
                shutil.copyfileobj(source, file, _COPY_AT_ONCE)
            piece.unlink()
    growing.replace(target)


def _safe_suffix(name: str) -> str:
    suffix = PurePosixPath(name).suffix
    return suffix if re.fullmatch(r"\.[A-Za-z0-9]{1,5}", suffix) else ".mp4"
