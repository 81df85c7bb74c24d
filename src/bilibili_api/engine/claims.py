"""Who has which file: nobody uploads the same one twice at once, in this process or another.

A claim is a lock on a small file that says who holds it; it ends with the process, however that ends.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
import sys
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Final, Self

from bilibili_api.exceptions import JournalFailed, UploadBusy
from bilibili_api.protocol.wire import plain
from bilibili_api.saying import because, say

from .locks import open_lock, try_lock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_WHO: Final = re.compile(r"by process (?P<process>\d+) on (?P<host>\S+) since (?P<since>[-0-9: ]+)")
"""What a claim says of its holder."""


class Claims:
    """What is claimed under one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, account: str, places: Iterable[str], *others: str) -> Held:
        """Claim some files for an account, and for others if it goes by several names.

        Raises:
            UploadBusy: Somebody else holds one of the claims; the error says who.
            JournalFailed: Claims cannot be written.
        """
        taken: list[_Claim] = []
        try:
            for path in sorted({self._path(name, place) for place in places for name in (account, *others)}):
                taken.append(_Claim(path))  # noqa: PERF401 - those taken are released when the next is not
        except BaseException:
            Held(taken).release()
            raise
        return Held(taken)

    def is_held(self, account: str, places: Iterable[str]) -> bool:
        """Return whether somebody holds the claim to one of some files now; writes nothing."""
        left = [place for place in places if self._path(account, place).exists()]
        try:
            self.take(account, left).release()
        except UploadBusy:
            return True
        return False

    def _path(self, account: str, place: str) -> Path:
        name = hashlib.sha256(f"{account}\n{place}".encode("utf-8", "surrogateescape")).hexdigest()
        return self._folder / f"{name[:32]}.claim"


class Held:
    """Claims that were taken; let go of at the end of a `with`."""

    def __init__(self, claims: Sequence[_Claim]) -> None:
        self._claims = claims

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Let go of all."""
        for claim in self._claims:
            claim.release()


class _Claim:
    """One of them; the file exists for as long as it is held."""

    def __init__(self, path: Path) -> None:
        self._path = path
        while True:
            self._descriptor = self._opened()
            if not self._is_ours():
                holder = self._holder()
                os.close(self._descriptor)
                raise UploadBusy(
                    say("This file is being uploaded for this account already, {holder}.", holder=holder)
                )
            if self._is_there():
                break
            os.close(self._descriptor)  # the one before has just removed it: take the new one
        with suppress(OSError):  # a full disk: the lock counts, not what is said of it
            self._say_who()

    def release(self) -> None:
        """Let go."""
        try:
            if sys.platform != "win32":  # there, no open file can be removed
                with suppress(OSError):  # gone with its folder, or on a disk that is read-only by now
                    self._path.unlink()
        finally:
            os.close(self._descriptor)

    def _say_who(self) -> None:
        os.ftruncate(self._descriptor, 0)  # it may be left of one who was killed
        since = datetime.now().astimezone()
        said = f"by process {os.getpid()} on {socket.gethostname()} since {since:%Y-%m-%d %H:%M:%S}"
        os.write(self._descriptor, said.encode())

    def _holder(self) -> str:
        try:
            said = os.read(self._descriptor, 200)
        except OSError:  # it is somebody's all the same
            said = b""
        told = plain(said.decode("utf-8", "replace"))
        if who := _WHO.fullmatch(told):
            return say("by process {process} on {host} since {since}", **who.groupdict())
        return told or say("by somebody")

    def _opened(self) -> int:
        try:
            return open_lock(self._path)
        except OSError as error:
            raise self._failure(error) from None

    def _is_ours(self) -> bool:
        try:
            return try_lock(self._descriptor)
        except OSError as error:  # a file system without locks
            os.close(self._descriptor)
            raise self._failure(error) from None

    def _failure(self, error: OSError) -> JournalFailed:
        return JournalFailed(
            say(
                "The claim {path!r} cannot be written: {reason}.", path=str(self._path), reason=because(error)
            )
        )

    def _is_there(self) -> bool:
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._descriptor))
        except FileNotFoundError:
            return False
