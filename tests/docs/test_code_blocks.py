"""Every code block of the documentation runs against the simulator, or says why it does not."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import shlex
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click
import pytest
from click.testing import CliRunner
from tests.apps.stage import SimulatorThread
from tests.docs.blocks import Block, blocks_of, commands_of

import bilibili_api.apps.cli
from bilibili_api.apps.cli.main import bvup
from bilibili_api.video_uploader import VideoUploaderCredential, VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
MEDIA = Path(bilibili_api.apps.cli.__file__).parent / "media"
PAPERS = {"design", "protocol", "performance", "reliability", "differences-2021", "differences-today"}
"""Papers for developers; what they show is run by tests of their own."""
PAGES = [
    page
    for page in sorted((ROOT / "docs").rglob("*.md"))
    if page.stem not in PAPERS and page.parent.name != "reference" and any(blocks_of(page))
]
NOT_RUN = 21
"""Blocks that are not run, in all English pages together (the Chinese ones have the same); a number that ought to fall."""


def named(page: Path) -> str:
    return page.relative_to(ROOT / "docs").as_posix()


@pytest.fixture
def bili() -> Iterator[SimulatorThread]:
    with SimulatorThread(era="today") as running:
        yield running


@pytest.fixture
def place(tmp_path: Path, bili: SimulatorThread, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the documentation has it: two parts, a cover, a folder of videos, a login that is kept."""
    folder = tmp_path / "videos"
    (folder / "holiday").mkdir(parents=True)
    for name in ("P1.mp4", "P2.mp4", "cover.jpg"):
        shutil.copy(MEDIA / name, folder)
    for number, name in enumerate(("video.mp4", "third.mp4", "holiday/day 1.mp4", "holiday/day 2.mkv")):
        (folder / name).write_bytes(bytes([number]) * 300_000)
    (folder / "cookies.json").write_text(bili.sim.cookies_json())
    (folder / "cookies.json").chmod(0o600)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "home").mkdir()  # with what examples leave out that are about something else
    (tmp_path / "home" / "config.toml").write_text('[upload]\ntid = 21\ntag = "travel"\n')
    monkeypatch.setenv("BVUP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BVUP_SERVER", bili.sim.url)
    monkeypatch.setenv("BVUP_CA", str(bili.sim.ca_file))
    bvup_says("account import cookies.json --profile main")
    return folder


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    """Closes files that examples open."""
    with ExitStack() as stack:
        yield stack


def bvup_says(words: str, stdin: bytes = b"") -> str:
    """Call `bvup` in this process; it must end well."""
    done = CliRunner().invoke(bvup, shlex.split(words), input=stdin, prog_name="bvup", catch_exceptions=False)
    assert done.exit_code == 0, f"bvup {words}\n{done.output}"
    return done.stdout


def run_shell(text: str) -> None:
    """Run the commands of a block; what another program would say to ours, or ours to a file, is bytes."""
    for command in commands_of(text):
        before, found, words = command.rpartition("bvup ")
        is_ours = found and (not before or before.endswith("| "))
        assert is_ours, f"what is not bvup cannot be run here: {command}"
        words, _, file = words.partition(" > ")
        printed = bvup_says(words, b"a video" if before else b"")
        if file:
            path = Path(file.strip()).expanduser()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(printed, "utf-8")


def names_of(credential: VideoUploaderCredential) -> dict[str, Any]:
    """What blocks take for granted that are about something else."""
    page = VideoUploaderPage("video.mp4", "P1")
    meta = {"title": "A title", "copyright": 1, "tid": 21, "tag": "travel", "desc": ""}
    return {"__name__": "__main__", "page": page, "pages": [page], "meta": meta, "credential": credential}


def run_python(text: str, names: dict[str, Any]) -> None:
    """Run a block; it may await without being in a function, as in a notebook."""
    code = compile(text, "<block>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if not code.co_flags & inspect.CO_COROUTINE:
        exec(code, names)
    else:
        asyncio.run(eval(code, names))


def parse(block: Block) -> None:
    """Have the parser read each of our commands, which wants videos that could be, or the compiler the block."""
    if block.kind == "python":
        compile(block.text, "<block>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        return
    for command in commands_of(re.sub(r"BV\d\.\.\.", "BV17x411w7KC", block.text)):
        _, found, words = command.partition("bvup ")
        if found:
            parse_words(shlex.split(words.partition(" > ")[0]))


def parse_words(words: list[str]) -> None:
    """Find the command and have it take its words apart, without carrying it out."""
    command, name = cast("click.Command", bvup), "bvup"
    with bvup.make_context("bvup", [], resilient_parsing=True) as ctx:
        while isinstance(command, click.Group):
            name, *words = words
            found = command.get_command(ctx, name)
            assert found is not None, f"there is no command {name}"
            command = found
        if "--help" not in words:  # which ends at once
            command.make_context(name, words, parent=ctx, resilient_parsing=False)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_the_blocks_of_a_page_run_one_after_the_other(
    page: Path, place: Path, bili: SimulatorThread, closing: ExitStack
):
    """In one folder and with one login, as a reader would who tries everything on the page."""
    names = names_of(VideoUploaderCredential.from_profile("main"))

    def open_for_now(path: str, mode: str) -> object:
        return closing.enter_context(Path(path).open(mode))

    names["open"] = open_for_now
    for block in blocks_of(page):
        try:
            if block.mark == "parsed":
                parse(block)
            elif not block.mark:
                bvids = [archive.bvid for archive in bili.sim.archives]
                text = block.text.replace("BV1...", bvids[-1] if bvids else "BV1...")
                run_shell(text) if block.kind == "sh" else run_python(text, names)
        except BaseException as error:
            error.add_note(f"{named(page)}, line {block.line}")
            raise


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_parser_knows_all_commands_of_the_readme(name: str):
    """Its ten lines are run by a test of their own."""
    for file in ("trip.yaml", "config.yaml"):
        Path(file).touch()
    for block in blocks_of(ROOT / name):
        parse(block)


def test_blocks_that_are_not_run_are_few():
    """Each says why above itself."""
    english = [page for page in PAGES if page.parent.name != "zh"]
    assert sum(bool(block.mark) for page in english for block in blocks_of(page)) == NOT_RUN
