"""Ctrl-C, SIGTERM and readers that go away, with real signals to a real process."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from tests.apps.stage import PATIENCE, SimulatorThread, environment, start, stop

from bilibili_api.apps.cli.stop import stopping
from bilibili_api.simulator import Stall

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def order(bili: SimulatorThread, video: Path) -> list[str]:
    """An upload of five chunks, one after the other."""
    options = ["--tag", "a", "--tid", "21", "--chunk-size", "60000", "--limit", "1"]
    return ["upload", str(video), *options, *bili.server]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_upload_cleanly_within_a_second(
    bili: SimulatorThread, order: list[str], home: Path, number: signal.Signals
) -> None:
    """In the middle of a chunk, a signal ends it with 6; what was stored is told, and nothing is submitted."""
    stalled = bili.fault("chunk", Stall(after=10_000), after=2)
    child = start([*order, "--grace", "0"], environment(home, BVUP_ACCESS_KEY=bili.access_key))
    bili.wait(stalled.fired.wait)
    begun = time.monotonic()
    stdout, stderr = stop(child, number)
    assert time.monotonic() - begun < 1 + 5  # a second of ours, and five for a busy machine
    assert child.returncode == 6
    assert stdout.endswith("Stopping; once more ends at once.\n")
    assert stderr.startswith("bvup: stopped\n  kept:  120.0/300.0 kB of part 1 (holiday) reached the server")
    assert f"\n         To go on: bvup resume 1 --server {bili.sim.url} --ca {bili.sim.ca_file}\n" in stderr
    assert "Traceback" not in stderr
    assert bili.sim.archives == []


def test_a_stop_before_anything_is_stored_says_so(
    bili: SimulatorThread, order: list[str], home: Path
) -> None:
    """Nothing kept is told as nothing."""
    stalled = bili.fault("preupload", Stall())
    child = start(order, environment(home, BVUP_ACCESS_KEY=bili.access_key))
    bili.wait(stalled.fired.wait)
    _, stderr = stop(child)
    assert (child.returncode, "nothing was stored" in stderr) == (6, True)


def test_what_was_shown_as_sent_and_is_not_whole_is_said_to_be_sent_again(
    bili: SimulatorThread, order: list[str], home: Path
) -> None:
    """So that the last figure shown and what is kept do not contradict one another."""
    stalled = bili.fault("chunk", Stall(after=10_000))
    child = start([*order, "--grace", "0"], environment(home, BVUP_ACCESS_KEY=bili.access_key))
    bili.wait(stalled.fired.wait)
    _, stderr = stop(child)
    said = " ".join(stderr.split())
    assert "kept: nothing; nothing was stored yet. What was under way (" in said
    assert said.endswith(" kB) belongs to chunks that are not whole: it is sent again.")


def test_a_stop_during_the_submission_leaves_it_unknown(
    bili: SimulatorThread, order: list[str], home: Path
) -> None:
    """While the submission is on its way nobody knows how it ends, and the exit code says so."""
    stalled = bili.fault("submit", Stall())
    child = start([*order, "--grace", "0"], environment(home, BVUP_ACCESS_KEY=bili.access_key))
    bili.wait(stalled.fired.wait)
    _, stderr = stop(child)
    assert (child.returncode, "archive manager" in stderr) == (7, True)


async def test_the_second_signal_ends_the_process_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks twice does not wait for anything."""
    ends: list[int] = []
    monkeypatch.setattr(os, "_exit", ends.append)
    with stopping() as stop_event:
        signal.raise_signal(signal.SIGINT)
        await asyncio.wait_for(stop_event.wait(), PATIENCE)
        assert ends == []
        signal.raise_signal(signal.SIGINT)
        assert ends == [6]


async def test_a_terminal_that_goes_twice_is_nobodys_impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell and the system may both tell of it; what is under way still lands."""
    ends: list[int] = []
    monkeypatch.setattr(os, "_exit", ends.append)
    with stopping() as stop_event:
        signal.raise_signal(signal.SIGHUP)
        await asyncio.wait_for(stop_event.wait(), PATIENCE)
        signal.raise_signal(signal.SIGHUP)
        assert ends == []


async def test_an_upload_under_nohup_outlives_its_terminal() -> None:
    """The signal that is ignored stays ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopping():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


async def test_signals_mean_afterwards_what_they_meant_before() -> None:
    """The handlers last no longer than the upload."""
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with stopping():
        assert signal.getsignal(signal.SIGINT) is not before[0]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_an_upload_survives_a_reader_that_goes_away(
    bili: SimulatorThread, order: list[str], home: Path
) -> None:
    """With standard output closed (`| head -0`) the upload goes on, and the bvid is told on standard error."""
    reading, writing = os.pipe()
    os.close(reading)
    env = environment(home, BVUP_ACCESS_KEY=bili.access_key)
    child = start(order, env, stdout=writing)
    os.close(writing)
    _, stderr = child.communicate(timeout=PATIENCE)
    [archive] = bili.sim.archives
    assert child.returncode == 0
    assert f"bvid: {archive.bvid}" in stderr
    assert "Broken" not in stderr


def test_an_upload_needs_no_standard_output(bili: SimulatorThread, order: list[str], home: Path) -> None:
    """Started without one (`>&-`), it goes on, and the bvid is told on standard error."""
    env = environment(home, BVUP_ACCESS_KEY=bili.access_key)
    bvup = [sys.executable, "-m", "bilibili_api.apps.cli", *order]
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *bvup], env=env, stderr=subprocess.PIPE, text=True,
        timeout=PATIENCE, check=False,
    )  # fmt: skip
    [archive] = bili.sim.archives
    assert done.returncode == 0
    assert f"bvid: {archive.bvid}" in done.stderr
