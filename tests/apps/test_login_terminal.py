"""`bvup login` at a terminal: the code in the form that fits, what is typed, and Ctrl-C."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from tests.apps.stage import PATIENCE, confirm, environment
from tests.apps.terminal import ESCAPES, Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.apps.stage import SimulatorThread


def settings(bili: SimulatorThread, home: Path, **more: str) -> dict[str, str]:
    server = {"BVUP_SERVER": bili.sim.url, "BVUP_CA": str(bili.sim.ca_file)}
    return {"LC_ALL": "C.UTF-8", **environment(home, **server, DISPLAY="", WAYLAND_DISPLAY=""), **more}


@pytest.mark.parametrize(
    ("args", "width", "height", "columns", "lines"),
    [
        ([], 100, 60, 90, 45),
        ([], 80, 30, 45, 23),
        (["--small"], 100, 60, 45, 23),
        (["--large"], 95, 30, 90, 45),
    ],
)
def test_the_code_is_as_large_as_fits_unless_a_form_is_named(
    bili: SimulatorThread, home: Path, args: list[str], width: int, height: int, columns: int, lines: int
) -> None:
    """A large terminal sees large modules, a small one half blocks; every line is coloured."""
    phone = bili.begin(confirm)
    terminal = Terminal(["login", *args], width, settings(bili, home), height)
    assert terminal.end() == 0
    phone.result(PATIENCE)
    drawn = [line for line in terminal.written.splitlines() if line.startswith("\x1b[4")]
    assert (len(drawn), {len(ESCAPES.sub("", line)) for line in drawn}) == (lines, {columns})
    assert "name     demo" in terminal.written


def test_on_a_low_terminal_the_words_scroll_away_rather_than_the_code(
    bili: SimulatorThread, home: Path
) -> None:
    """Of 24 lines, the code fills 23; the last is the cursor's."""
    phone = bili.begin(confirm)
    terminal = Terminal(["login"], 80, settings(bili, home), height=24)
    assert terminal.end() == 0
    phone.result(PATIENCE)
    lines = terminal.written.splitlines()
    code = [number for number, line in enumerate(lines) if line.startswith("\x1b[4")]
    [link] = [number for number, line in enumerate(lines) if "https://passport" in line]
    assert (len(code), link) == (23, code[0] - 1)


@pytest.mark.parametrize(("width", "height"), [(40, 30), (80, 20)])
def test_a_code_that_fits_nowhere_is_not_drawn(
    bili: SimulatorThread, home: Path, width: int, height: int
) -> None:
    """Part of a code is none: the terminal's size is told, and the address is there to be opened."""
    phone = bili.begin(confirm)
    terminal = Terminal(["login"], width, settings(bili, home), height)
    assert terminal.end() == 0
    phone.result(PATIENCE)
    said = " ".join(terminal.written.split())
    assert "too small for the code, which takes 45 columns and 24 lines" in said
    assert "https://passport" in said
    assert "\u2588" not in said


def test_a_terminal_without_blocks_sees_coloured_blanks(bili: SimulatorThread, home: Path) -> None:
    """Where the encoding has no blocks, the large form is drawn, and nothing but ASCII is written."""
    phone = bili.begin(confirm)
    env = settings(bili, home, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    terminal = Terminal(["login", "--small"], 95, env)
    assert terminal.end() == 0
    phone.result(PATIENCE)
    assert terminal.written.isascii()
    assert "\x1b[107m" in terminal.written


def test_the_code_from_the_phone_is_typed(bili: SimulatorThread, home: Path) -> None:
    """At a terminal the code of a text message is asked for there; one that was mistyped, again."""
    terminal = Terminal(["login", "--sms", "13800100000"], 80, settings(bili, home))
    terminal.read(until="The code that was sent to +86 138****00: ")
    terminal.type("000000x")
    terminal.read(until="That was not it.")
    terminal.type(bili.sim.sms.code_for("13800100000"))
    assert terminal.end() == 0
    assert "access key (Android) and cookies" in terminal.written


def test_what_is_pasted_is_not_shown(bili: SimulatorThread, home: Path) -> None:
    """An access key that is pasted does not appear on the terminal."""
    terminal = Terminal(["login", "--access-key-file", "-"], 80, settings(bili, home))
    terminal.read(until="it is not shown): ")
    terminal.type(bili.access_key)
    assert terminal.end() == 0
    assert bili.access_key not in terminal.written


@pytest.mark.parametrize(
    ("args", "waiting"),
    [
        (["login"], "Scan it"),
        (["login", "--sms", "13800100000"], "138****00: "),
        (["login", "--password"], "Account"),
    ],
)
def test_ctrl_c_ends_the_login_with_6(
    bili: SimulatorThread, home: Path, args: list[str], waiting: str
) -> None:
    """Whatever is waited for, Ctrl-C ends it, and nothing is kept."""
    terminal = Terminal(args, 80, settings(bili, home))
    terminal.read(until=waiting)
    terminal.child.send_signal(signal.SIGINT)
    assert terminal.end() == 6
    assert "Traceback" not in terminal.written
    assert list((home / "accounts").iterdir()) == []
