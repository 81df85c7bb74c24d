"""The live display on a terminal: a real one, made by the system for the test."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from tests.apps.stage import environment
from tests.apps.terminal import ESCAPES, Terminal

from bilibili_api.simulator import Stall

if TYPE_CHECKING:
    from pathlib import Path

    from tests.apps.stage import SimulatorThread

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


def demo(home: Path, tmp_path: Path, width: int, **env: str) -> tuple[int, str]:
    args = ["demo", "--keep", str(tmp_path / "kept"), "--bandwidth", "4000000"]
    terminal = Terminal(args, width, {"LC_ALL": "C.UTF-8", **environment(home), **env})
    return terminal.end(), terminal.written


@pytest.mark.parametrize("width", [60, 100])
def test_a_terminal_sees_bars_that_fit_its_width(home: Path, tmp_path: Path, width: int) -> None:
    """Parts and total are drawn in the width there is, and the cursor is given back."""
    code, written = demo(home, tmp_path, width)
    lines = ESCAPES.sub("", written).replace("\r", "\n").splitlines()
    bars = [line for line in lines if "━" in line]
    assert code == 0
    assert {line.split()[0] for line in bars} == {"P1", "P2", "Total"}
    assert max(map(cell_len, bars)) == width - 1
    assert written.rindex(SHOW) > written.rindex(HIDE)


def test_a_terminal_without_unicode_sees_ascii_bars(home: Path, tmp_path: Path) -> None:
    """Where the terminal cannot show the finer glyphs, nothing but ASCII is written."""
    code, written = demo(home, tmp_path, 60, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert code == 0
    assert "###" in written
    assert written.isascii()


def test_a_dumb_terminal_gets_plain_lines(home: Path, tmp_path: Path) -> None:
    """A terminal that knows no cursor movements is sent none."""
    code, written = demo(home, tmp_path, 80, TERM="dumb")
    assert code == 0
    assert "\x1b" not in written
    assert "part 2 of 2 done: Second part" in written


def test_ctrl_c_at_a_terminal_leaves_it_usable(bili: SimulatorThread, video: Path, home: Path) -> None:
    """After Ctrl-C the cursor is back, and the last picture does not claim to be uploading."""
    stalled = bili.fault("chunk", Stall(after=1000))
    args = ["upload", str(video), "--tag", "a", "--tid", "21", *bili.server, "--grace", "0"]
    terminal = Terminal(args, 80, environment(home, BVUP_ACCESS_KEY=bili.access_key))
    bili.wait(stalled.fired.wait)
    terminal.read(until="uploading")
    terminal.child.send_signal(signal.SIGINT)
    assert terminal.end() == 6
    after = ESCAPES.sub("", terminal.written[terminal.written.rindex("Stopping; once more") :])
    assert terminal.written.rindex(SHOW) > terminal.written.rindex(HIDE)
    assert "bvup: stopped" in after
