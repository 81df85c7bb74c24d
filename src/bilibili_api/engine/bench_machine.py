"""How fast this machine reads, hashes and sends: each by itself, on one core."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ArgsException
from bilibili_api.frozen import frozen
from bilibili_api.saying import because, say

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import FileIO

BLOCK: Final = 1024 * 1024
SPARE_FILE: Final = 64 * BLOCK
"""Bytes of the temporary file where none is given."""
_ENOUGH: Final = 8 * BLOCK
_LONG_ENOUGH: Final = 0.2
_MAKING: Final = 1.5
"""Seconds that the temporary file may take to be written."""


@frozen
class Rate:
    """What was measured.

    Attributes:
        bytes: Bytes that were worked on.
        seconds: How long that took; of TLS the seconds of a processor.
        note: How: cold or from memory, by which cipher and which libraries.
    """

    bytes: int
    seconds: float
    note: str = ""

    @property
    def tells(self) -> bool:
        """Whether it was enough to judge by: a file of a few kilobytes is not."""
        return self.bytes >= _ENOUGH or self.seconds >= _LONG_ENOUGH

    @property
    def rate(self) -> float:
        """Bytes a second."""
        return self.bytes / max(self.seconds, 1e-9)


@frozen
class Machine:
    """What one core of this machine can do.

    Attributes:
        file: What was read; None: a temporary file.
        read: Reading it; None: there was no room for a temporary file.
        md5: Hashing, which only the PC line asks for.
        tls: Encrypting and handing over to the system, by what uploads are sent with.
    """

    file: Path | None
    read: Rate | None
    md5: Rate
    tls: Rate

    @property
    def slowest(self) -> tuple[str, float]:
        """The step that holds up an upload by UPOS first, `read` or `tls`, and its bytes a second."""
        steps = {"tls": self.tls.rate}
        if self.read is not None and self.read.tells:
            steps["read"] = self.read.rate
        return min(steps.items(), key=lambda step: step[1])


async def measure_machine(file: str | os.PathLike[str] | None = None, *, seconds: float = 1.0) -> Machine:
    """Measure reading, md5 and TLS, one after the other, in a thread; nothing leaves this machine.

    Args:
        file: What is read, from its beginning; None: a temporary file of 64 MiB. The system is asked to
            forget what of it is in memory, so that the disk is measured; not every system can be asked.
        seconds: For how long each is done, at most.

    Raises:
        ArgsException: The file cannot be read.
    """
    stop = threading.Event()
    try:
        read = await asyncio.to_thread(_read, file, seconds, stop)
        md5 = await asyncio.to_thread(_md5, seconds / 2, stop)
        tls = await asyncio.to_thread(_tls, seconds / 2, stop)
    finally:
        stop.set()
    return Machine(None if file is None else Path(file), read, md5, tls)


def _rate(step: Callable[[], int], seconds: float, stop: threading.Event, note: str = "") -> Rate:
    """Repeat a step until the time is over or there is nothing left to do."""
    done, begun = 0, time.perf_counter()
    while count := step():
        done += count
        if stop.is_set() or time.perf_counter() - begun >= seconds:
            break
    return Rate(done, time.perf_counter() - begun, note)


def _read(file: str | os.PathLike[str] | None, seconds: float, stop: threading.Event) -> Rate | None:
    if file is None:
        with contextlib.suppress(OSError), tempfile.TemporaryFile(buffering=0) as spare:
            block, end = os.urandom(BLOCK), time.perf_counter() + _MAKING
            while spare.tell() < SPARE_FILE and time.perf_counter() < end and not stop.is_set():
                spare.write(block)
            os.fsync(spare.fileno())
            spare.seek(0)
            return _read_open(spare, seconds, stop)
        return None
    try:
        with Path(file).open("rb", buffering=0) as opened:
            return _read_open(opened, seconds, stop)
    except OSError as error:
        raise ArgsException(
            say("{file} cannot be read: {reason}.", file=os.fsdecode(file), reason=because(error)),
            hint=say("Name a file, or none at all."),
        ) from None


def _read_open(opened: FileIO, seconds: float, stop: threading.Event) -> Rate:
    note = say("perhaps from memory")
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        note = say("cold, as far as the system allows")
    room = memoryview(bytearray(BLOCK))
    return _rate(lambda: opened.readinto(room) or 0, seconds, stop, note)


def _md5(seconds: float, stop: threading.Event) -> Rate:
    block, hashing = bytes(BLOCK), hashlib.md5(usedforsecurity=False)

    def step() -> int:
        hashing.update(block)
        return BLOCK

    return _rate(step, seconds, stop)


def _tls(seconds: float, stop: threading.Event) -> Rate:
    from .bench_tls import measure_tls  # noqa: PLC0415 - loads the HTTP library

    return Rate(*measure_tls(seconds, stop))
