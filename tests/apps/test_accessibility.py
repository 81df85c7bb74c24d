"""Every command at 60 columns, without Unicode, without colours: nothing is lost, nothing breaks."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import sys
import termios
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

import pytest
from tests.apps.stage import PATIENCE, SimulatorThread, confirm
from tests.apps.terminal import ESCAPES
from tests.films import film, scene
from tests.kit import content, picture_of

from bilibili_api.apps.cli.main import COMMANDS, main
from bilibili_api.apps.cli.text import cells
from bilibili_api.bench import measure_machine
from bilibili_api.simulator import Code

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

WIDTH: Final = 60
TITLE: Final = "A very long title of a video that nobody would ever want to read twice, 但是有人会写"
COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
RUNS: Final = {
    "whoami": "whoami",
    "account list": "account list",
    "account show": "account show",
    "list": "list",
    "show": "show {video}",
    "show of what is refused": "show {refused}",
    "watch": "watch {video} --timeout 0",
    "edit": "edit {video} --title {long} --dry-run",
    "season list": "season list",
    "season show": "season show {season}",
    "subtitle": "subtitle {video} P1.mp4 --dry-run",
    "topics": "topics",
    "partitions": "partitions",
    "jobs": "jobs --all",
    "a dry run": "upload P1.mp4 P2.mp4 --title {long} --tag travel --tid 21 --dtime +5h --dry-run",
    "problems": "upload P1.mp4 --title {long}{long} --tag a --tid 21 --dtime +1h --line nonsense",
    "wrong usage": "upload P1.mp4 --tag a --tid 21 --dtime soon",
    "a file with many": "batch many.yaml --dry-run",
    "check": "check P1.mp4",
    "doctor": "doctor",
    "bench": "bench P1.mp4 --line tx",
    "rate": "rate",
    "config": "config upload",
    "import": "import config.yaml -o -",
    "delete": "delete {video}",
    "no such video": "show av1",
    "no such command": "lines",
    "cover": "cover film.mp4 -k 2",
    "cover of a frame": "cover film.mp4 --pick 1 --ratio 4:3",
    "demo": "demo --keep kept --bandwidth 100000000",
    "simulator": "simulator --port 0 --http-port 0",
}
"""A way to say something, and the command that says it."""


@dataclass
class Stage:
    """A simulator with an account that has done a lot, and the folder in which it works."""

    bili: SimulatorThread
    folder: Path
    known: dict[str, str] = field(default_factory=dict[str, str])

    def words(self, line: str) -> list[str]:
        """Return a command line with what is known here."""
        return [word.format(**self.known) for word in line.split()]


class Shown:
    """A terminal of 60 columns in front of `bvup` in this process, in an encoding of its own."""

    def __init__(self, encoding: str) -> None:
        near, far = pty.openpty()
        termios.tcsetwinsize(far, (50, WIDTH))
        self._near, self._text = near, b""
        self.out, self.err = (
            os.fdopen(number, "w", encoding=encoding, newline="\n") for number in (far, os.dup(far))
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                self._text += os.read(self._near, 65536)
            except OSError:  # nobody writes any more
                return

    def end(self) -> str:
        """Return all that was shown."""
        self.out.close()
        self.err.close()
        self._reader.join(PATIENCE)
        os.close(self._near)
        return self._text.decode("utf-8").replace("\r\n", "\n")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Videos, seasons, uploads that ended in several ways."""
    folder = tmp_path_factory.mktemp("work")
    for name in ("P1.mp4", "P2.mp4", "第三集的一个很长很长的文件名而且没有空格.mp4"):
        (folder / name).write_bytes(content(200_000))
    (folder / "P1.zh-CN.srt").write_text("1\n00:00:00,500 --> 00:00:02,000\n你好\n")
    (folder / "many.yaml").write_text(
        f"defaults: {{tid: 21, tag: a}}\nsubmissions:\n  - files: P1.mp4\n    title: {TITLE}\n"
    )
    (folder / "config.yaml").write_text(
        "streamers:\n  '*.mp4':\n    title: x\n    tags: [a]\n    uploader: nobody\n"
    )
    (folder / "cover.png").write_bytes(picture_of("PNG"))
    film(folder / "film.mp4", [scene(one) for one in (1, 2) for _ in range(10)])
    with SimulatorThread(era="today") as bili:
        (folder / "cookies.json").write_text(bili.sim.cookies_json())
        (folder / "cookies.json").chmod(0o600)
        video, refused = bili.sim.publish("P1", TITLE, title=TITLE), bili.sim.publish(title="refused")
        bili.sim.reviews.reject(refused, "It is far too loud, and nobody can see what happens. " * 3)
        made = Stage(bili, folder, {"video": video.bvid, "refused": refused.bvid, "long": TITLE})
        with pytest.MonkeyPatch.context() as patch:
            at(made, patch)
            said(patch, ["account", "import", "cookies.json"])
            said(patch, ["season", "create", TITLE, "--cover", "cover.png"])
            made.known["season"] = re.findall(r"^\d+", said(patch, ["season", "list"]))[0]
            said(patch, ["season", "add", made.known["season"], video.bvid])
            bili.fault("submit", Code(21021, "转载必须填写来源 " * 12))
            upload = ["--tag", "a", "--tid", "21", "--title", TITLE, "--submit", "app", "--line", "bda2"]
            said(patch, ["upload", "P2.mp4", *upload])
        yield made


def at(stage: Stage, patch: pytest.MonkeyPatch, **env: str) -> None:
    """Work in the folder of a stage."""
    patch.chdir(stage.folder)
    for name in [name for name in os.environ if name.startswith("BVUP_")]:
        patch.delenv(name)
    ours = {
        "BVUP_HOME": str(stage.folder / "home"),
        "BVUP_SERVER": stage.bili.sim.url,
        "BVUP_CA": str(stage.bili.sim.ca_file),
        "COLUMNS": str(WIDTH),
        "LINES": "50",
        "TERM": "xterm-256color",
    }
    for name, value in {**ours, **env}.items():
        patch.setenv(name, value)
    patch.setattr("bilibili_api.apps.cli.bench.measure_machine", partial(measure_machine, seconds=0.01))
    patch.setattr("bilibili_api.engine.qr._POLL", 0.01)
    patch.setattr("bilibili_api.apps.cli.simulator.stopping", stopped_at_once)


@contextmanager
def stopped_at_once() -> Generator[asyncio.Event]:
    """Somebody presses Ctrl-C before they have read the introduction."""
    pressed = asyncio.Event()
    pressed.set()
    yield pressed


def said(patch: pytest.MonkeyPatch, args: list[str], encoding: str = "utf-8") -> str:
    """Run `bvup` on a terminal, and return what it shows; its own end is none of the test's."""
    shown = Shown(encoding)
    with patch.context() as inner:
        inner.setattr(sys, "argv", ["bvup", *args])
        inner.setattr(sys, "stdout", shown.out)
        inner.setattr(sys, "stderr", shown.err)
        with pytest.raises(SystemExit) as end:
            main()
    text = shown.end()
    assert end.value.code != 1, text
    return text


def too_wide(text: str) -> list[str]:
    """Return the lines wider than the terminal, but for one word that may not be broken: a path, a link."""
    lines = [line for row in text.split("\n") for line in row.split("\r")]
    return [
        line for line in lines if cells(line) > WIDTH and not re.fullmatch(r"\s*(\S+\s+)?\S*[/\\]\S*", line)
    ]


@pytest.mark.parametrize("line", RUNS.values(), ids=RUNS)
def test_sixty_columns_are_enough(stage: Stage, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """And no colours are shown where NO_COLOR is set."""
    at(stage, monkeypatch, NO_COLOR="1")
    text = said(monkeypatch, stage.words(line))
    assert text.strip()
    assert not COLOUR.search(text)
    assert too_wide(ESCAPES.sub("", text)) == []


@pytest.mark.parametrize("line", RUNS.values(), ids=RUNS)
def test_ascii_is_enough(stage: Stage, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """On a terminal that can do nothing; names that it cannot show stay different from one another."""
    at(stage, monkeypatch, TERM="dumb", LANG="C")
    text = said(monkeypatch, stage.words(line), "ascii")
    assert text.isascii()
    assert "\x1b" not in text
    assert "??" not in text


@pytest.mark.parametrize(("encoding", "drawn"), [("utf-8", "\u2580"), ("ascii", "--png FILE")])
def test_a_login_needs_neither_colours_nor_unicode(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, encoding: str, drawn: str
) -> None:
    """The code is drawn with blocks; without them, words say how else it can be had."""
    at(stage, monkeypatch, NO_COLOR="1", BVUP_HOME=str(stage.folder / "other"))
    phone = stage.bili.begin(confirm)
    text = said(monkeypatch, ["login"], encoding)
    phone.result(PATIENCE)
    assert drawn in text
    assert not ESCAPES.search(text)
    assert too_wide(text) == []


@pytest.mark.parametrize(("encoding", "title"), [("utf-8", "第三集的一个很"), ("ascii", "P1 \\u7b2c\\u4e09")])
def test_bars_need_neither_colours_nor_unicode(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, encoding: str, title: str
) -> None:
    """Each line keeps to the width, whatever stands in it; that a part is done is said by a number."""
    at(stage, monkeypatch, NO_COLOR="1")
    meta = ["--tag", "a", "--tid", "21", "--again", "--line", "bda2"]
    text = said(
        monkeypatch, ["upload", next(path.name for path in stage.folder.glob("第*")), *meta], encoding
    )
    assert text.isascii() == (encoding == "ascii")
    assert title in text
    assert "100%" in text
    assert "??" not in text
    assert not COLOUR.search(text)
    assert too_wide(ESCAPES.sub("", text)) == []


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits(stage: Stage, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """Of every command."""
    at(stage, monkeypatch)
    text = said(monkeypatch, [*command.split(), "--help"])
    assert too_wide(text) == []
    assert not re.search(r"[a-z,]\.\.\.$", text, re.MULTILINE)  # no sentence is cut off
