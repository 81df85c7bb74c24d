"""A link that is narrower than both sides: 200 Mbit/s between two network namespaces, by the kernel's tbf.

The client runs in a namespace of its own, whose only way out is a pair of virtual Ethernet devices. Needs
root and iproute2; without them nothing is measured, and the table says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.asking import seen
from benchmarks.bench import LINE, Bench, make_files, spread, tell
from benchmarks.curl import curl_puts
from benchmarks.place import place
from benchmarks.report import Figure

from bilibili_api.saying import say

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from benchmarks.children import Cost

THREADS = 3
MIB = 120
TARGET = 0.98
_RATE = 200e6 / 8
"""Bytes a second, headers included."""
_SPACE, _NEAR, _FAR = "bvup-bench", "bvup-near", "bvup-far"
_SERVER, _CLIENT = "10.213.7.1", "10.213.7.2"


def link(bench: Bench) -> Iterator[Figure]:
    """Upload and let curl send the same parts, in turns."""
    if os.geteuid() or not shutil.which("ip") or not shutil.which("tc"):
        lacking = say("**goodput, library / curl**: not measured, needs root and iproute2")
        yield Figure(lacking, None, "", least=TARGET)
        return
    folder = bench.place.folder / "link"
    folder.mkdir()
    ours, theirs = list[float](), list[float]()
    with ExitStack() as stack:
        stack.enter_context(_narrow())
        where = replace(stack.enter_context(place(folder, _SERVER)), within=("ip", "netns", "exec", _SPACE))
        narrow = replace(bench, place=where, files=make_files(folder, MIB))
        for number in range(bench.rounds):
            tell(f"200 Mbit/s, {number + 1} of {bench.rounds}: curl, ours")
            theirs.append(_used(narrow, curl_puts(where, narrow.files.parts, THREADS)))
            ours.append(_used(narrow, narrow.ours(narrow.files.whole, THREADS, LINE)))
    share = say("goodput of curl, share of the link (rounds: {spread})", spread=spread(theirs))
    yield Figure(share, median(theirs), "")
    share = say("goodput of the library, share of the link (rounds: {spread})", spread=spread(ours))
    yield Figure(share, median(ours), "")
    compared = say("**goodput, library / curl**, 200 Mbit/s, N={connections}", connections=THREADS)
    yield Figure(compared, median(ours) / median(theirs), "", least=TARGET)


def _used(bench: Bench, _cost: Cost) -> float:
    """Return which share of the link went into bytes of parts, between the first and the last of them."""
    came = seen(bench.place)
    return came["bytes"] / (came["last"] - came["first"]) / _RATE


@contextmanager
def _narrow() -> Generator[None]:
    """Make the namespace and its link; both ends of it are gone afterwards."""
    _run("ip", "netns", "add", _SPACE)
    try:
        _run("ip", "link", "add", _NEAR, "type", "veth", "peer", "name", _FAR)
        _run("ip", "link", "set", _FAR, "netns", _SPACE)
        _run("ip", "addr", "add", f"{_SERVER}/24", "dev", _NEAR)
        _run("ip", "link", "set", _NEAR, "up")
        inside = ("ip", "netns", "exec", _SPACE)
        _run(*inside, "ip", "link", "set", "lo", "up")
        _run(*inside, "ip", "addr", "add", f"{_CLIENT}/24", "dev", _FAR)
        _run(*inside, "ip", "link", "set", _FAR, "up")
        bucket = ("tbf", "rate", "200mbit", "burst", "256kb", "latency", "50ms")
        _run(*inside, "tc", "qdisc", "add", "dev", _FAR, "root", *bucket)
        yield
    finally:
        _run("ip", "netns", "del", _SPACE)


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
