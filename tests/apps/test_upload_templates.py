"""`bvup upload` with variables in its texts."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.kit import content

import bilibili_api.apps.cli

if TYPE_CHECKING:
    from click.testing import Result
    from tests.apps.conftest import Run
    from tests.apps.stage import SimulatorThread

FILM = Path(bilibili_api.apps.cli.__file__).parent / "media" / "P1.mp4"
RECORDED = datetime(2026, 2, 3).astimezone().timestamp()


@pytest.fixture
def videos(tmp_path: Path) -> list[Path]:
    """Two recordings of a known day."""
    (tmp_path / "trip").mkdir()
    paths = [tmp_path / "trip" / f"day {number}.mp4" for number in (1, 2)]
    for number, path in enumerate(paths):
        path.write_bytes(content(1000, number))
        os.utime(path, (RECORDED, RECORDED))
    return paths


@pytest.fixture
def send(run: Run, bili: SimulatorThread, videos: list[Path]) -> Run:
    """`bvup upload` of both to the simulator."""

    def call(*args: Any, stdin: str | bytes | None = None, **env: str | None) -> Result:
        given = {"BVUP_ACCESS_KEY": bili.access_key, **env}
        return run("upload", *videos, "--tid", "21", *bili.server, *args, stdin=stdin, **given)

    return call


def test_every_text_may_have_variables(send: Run, bili: SimulatorThread) -> None:
    """What the title has become can be said again in the others."""
    texts = ("--tag", "{folder},v", "--desc", "{title}!", "--dynamic", "new: {title}")
    done = send("--title", "Trip {date:%Y/%m}", *texts, "--part-title", "{n}/{count} {stem}")
    assert done.exit_code == 0, done.output
    sent = bili.sim.archives[0]
    assert (sent.title, sent.meta["desc"], sent.meta["dynamic"]) == (
        "Trip 2026/02",
        "Trip 2026/02!",
        "new: Trip 2026/02",
    )
    assert sent.meta["tag"] == "trip,v"
    assert [video["title"] for video in sent.meta["videos"]] == ["1/2 day 1", "2/2 day 2"]


def test_an_unknown_variable_is_refused_before_the_first_byte(send: Run, bili: SimulatorThread) -> None:
    """With the flag and what comes near."""
    done = send("--title", "{steam}")
    assert (done.exit_code, bili.sim.exchanges) == (2, [])
    assert "'--title': there is no variable {steam}. Did you mean {stem}?" in done.output


def test_the_same_command_publishes_nothing_twice(send: Run, bili: SimulatorThread) -> None:
    """Since the date is the file's."""
    for _ in range(2):
        assert send("--title", "{stem} {date}", "--tag", "a").exit_code == 0
    assert len(bili.sim.archives) == 1


def test_the_length_of_all_parts_is_known(run: Run, bili: SimulatorThread) -> None:
    """It is read from the files, only where it is asked for."""
    args = (FILM, FILM.with_name("P2.mp4"), "--tid", 21, "--tag", "a", *bili.server)
    texts = ("--title", "{duration}", "--part-title", "{duration}")
    done = run("upload", *args, *texts, "--dry-run", BVUP_ACCESS_KEY="x" * 32)
    assert "title      0:12" in done.output
    assert "0:06 (P1.mp4" in done.output


def test_titles_of_each_are_numbered(send: Run, bili: SimulatorThread) -> None:
    """A title with variables goes with --each."""
    assert send("--each", "--title", "Trip {n} of {count}", "--tag", "a").exit_code == 0
    assert [archive.title for archive in bili.sim.archives] == ["Trip 1 of 2", "Trip 2 of 2"]


def test_one_title_for_each_is_refused(send: Run, bili: SimulatorThread) -> None:
    """A variable alone does not tell them apart."""
    done = send("--each", "--title", "{date}", "--tag", "a")
    assert (done.exit_code, bili.sim.archives) == (2, [])
    assert "add {stem} or {n}" in done.output


def test_a_variable_in_the_settings_is_refused_with_its_line(
    send: Run, home: Path, bili: SimulatorThread
) -> None:
    """What is set is a template as well."""
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text('[upload]\ndesc = "{tilte}"\n')
    done = send("--tag", "a")
    assert "Did you mean {title}?" in done.output
    assert f"It is set in {home / 'config.toml'}, line 2." in done.output
