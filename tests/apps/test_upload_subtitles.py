"""`bvup upload --subtitles`: what lies beside the videos goes to their parts when the video is published."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.apps.stage import SimulatorThread
from tests.apps.test_json import told
from tests.kit import content

from bilibili_api.apps.cli.errand import Errand, Errands
from bilibili_api.exceptions import JournalFailed
from bilibili_api.journal import Journal
from bilibili_api.simulator import Code, Stall

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result
    from tests.apps.conftest import Run

LINE = '{"body": [{"from": 0, "to": 1, "content": "x"}]}'


@pytest.fixture
def bili() -> Iterator[SimulatorThread]:
    with SimulatorThread(era="today") as running:
        yield running


@pytest.fixture
def send(run: Run, bili: SimulatorThread, tmp_path: Path, cookies_json: Path) -> Run:
    """`bvup upload one.mp4 two.mp4 --subtitles ...`, of which the first has two files and the second one."""
    videos = [tmp_path / "one.mp4", tmp_path / "two.mp4"]
    for i, path in enumerate(videos):
        path.write_bytes(content(1000 + i, i))
    for name in ("one.zh-CN.json", "one.en.json", "two.chs.json"):
        (tmp_path / name).write_text(LINE)
    what = ("--title", "Both", "--tag", "a", "--tid", "21", "--subtitles", "-u", cookies_json, *bili.server)

    def call(*args: Any, stdin: str | bytes | None = None, **env: str | None) -> Result:
        return run("upload", *videos, *what, *args, stdin=stdin, **env)

    return call


def saved(bili: SimulatorThread) -> list[tuple[int, str]]:
    """The parts and languages of which there are subtitles."""
    cids = [video.cid for archive in bili.sim.archives for video in archive.videos]
    return sorted((cids.index(cid) + 1, language) for cid, language in bili.sim.subtitles.all)


ALL = [(1, "en-US"), (1, "zh-CN"), (2, "zh-CN")]


def test_every_part_gets_its_own(send: Run, bili: SimulatorThread) -> None:
    """The last lines name them."""
    result = send()
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == "subtitles: P1 en-US, P1 zh-CN, P2 zh-CN"
    assert saved(bili) == ALL


def test_once_uploaded_they_are_left_alone(send: Run, bili: SimulatorThread) -> None:
    """Somebody may have changed them on the site."""
    send()
    assert told(send("--json"))[-1]["subtitles"] == []
    assert len(bili.sim.seen("subtitle")) == 3


def test_what_was_published_without_them_gets_them(
    send: Run, run: Run, bili: SimulatorThread, tmp_path: Path, cookies_json: Path
) -> None:
    """Nothing else is sent."""
    what = ("--title", "Both", "--tag", "a", "--tid", "21", "-u", cookies_json, *bili.server)
    run("upload", tmp_path / "one.mp4", tmp_path / "two.mp4", *what)
    assert saved(bili) == []
    assert send().exit_code == 0
    assert (saved(bili), len(bili.sim.archives)) == (ALL, 1)


def test_a_dry_run_shows_them(send: Run, bili: SimulatorThread) -> None:
    """Nothing is sent."""
    lines = send("--dry-run").stdout.splitlines()
    assert [line.split()[-1] for line in lines if "1 line" in line] == [
        "one.en.json",
        "one.zh-CN.json",
        "two.chs.json",
    ]
    [plan] = told(send("--dry-run", "--json"))[-1]["plans"]
    assert [one["part"] for one in plan["subtitles"]] == [1, 1, 2]
    assert bili.sim.exchanges == []


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("one.ja.json", "no json", "not subtitles in Bilibili's JSON"),
        ("two.klingon.srt", "1", "Nobody says in which language"),
        ("two.srt", "1", "Nobody says in which language"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_before_anything_is_sent(
    send: Run, bili: SimulatorThread, tmp_path: Path, name: str, text: str, why: str
) -> None:
    """So is one whose language nobody knows."""
    (tmp_path / name).write_text(text)
    result = send()
    assert result.exit_code == 2
    assert why in result.stderr
    assert bili.sim.exchanges == []


def test_a_login_without_cookies_is_refused_before_anything_is_sent(
    upload: Run, bili: SimulatorThread, tmp_path: Path
) -> None:
    """Only cookies can save subtitles."""
    (tmp_path / "holiday.en.json").write_text(LINE)
    result = upload("--subtitles")
    assert result.exit_code == 2
    assert "--subtitles: need cookies" in result.stderr
    assert bili.sim.exchanges == []


def test_what_is_refused_costs_nothing_of_the_upload(
    send: Run, run: Run, bili: SimulatorThread, cookies_json: Path
) -> None:
    """The exit code says that something is missing, the message what, and `bvup resume` uploads just that."""
    bili.fault("subtitle", Code(79000), after=1)
    result = send()
    [archive] = bili.sim.archives
    assert result.exit_code == 4
    assert f"bvid: {archive.bvid}" in result.stdout
    assert f"published as {archive.bvid}. Not uploaded: 1 file: P1 zh-CN" in result.stderr
    assert "To upload them: bvup resume 1" in result.stderr
    assert "subtitles" in run("jobs").stdout
    again = run("resume", "1", "-u", cookies_json, *bili.server)
    assert again.exit_code == 0
    assert saved(bili) == ALL
    assert len(bili.sim.archives) == 1


def test_they_find_their_part_wherever_it_stands_by_now(
    send: Run, run: Run, bili: SimulatorThread, cookies_json: Path
) -> None:
    """Somebody may have moved the parts on the site before what is left is uploaded."""
    bili.fault("subtitle", Code(79000))
    send()
    [archive] = bili.sim.archives
    edited = run("edit", archive.bvid, "--order", "2,1", "--yes", "-u", cookies_json, *bili.server)
    assert edited.exit_code == 0, edited.output
    assert run("resume", "1", "-u", cookies_json, *bili.server).exit_code == 0
    assert saved(bili) == [(1, "zh-CN"), (2, "en-US"), (2, "zh-CN")]


def test_those_of_a_part_that_is_gone_are_dropped_and_named(
    send: Run, run: Run, bili: SimulatorThread, cookies_json: Path
) -> None:
    """They go to no other part, and nothing is left to do."""
    bili.fault("subtitle", Code(79000))
    send()
    [archive] = bili.sim.archives
    edited = run("edit", archive.bvid, "--remove", "1", "--yes", "-u", cookies_json, *bili.server)
    assert edited.exit_code == 0, edited.output
    again = run("resume", "1", "-u", cookies_json, *bili.server)
    assert again.exit_code == 0
    assert "dropped, since their parts were removed from the archive: P1 en-US (" in again.stdout
    assert len(bili.sim.seen("subtitle")) == 3
    assert "subtitles" not in run("jobs").stdout


def no_number(_: object) -> int:
    """As of a part right after it was published."""
    return 0


def test_a_part_without_a_number_yet_is_tried_again_later(
    send: Run, bili: SimulatorThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 6, and what is left stays remembered."""
    with monkeypatch.context() as patch:
        patch.setattr("bilibili_api.simulator.archives.cid_of", no_number)
        result = send()
    assert result.exit_code == 6
    assert "has no number yet" in result.stderr
    assert bili.sim.seen("subtitle") == []
    assert send().exit_code == 0
    assert saved(bili) == ALL


def test_without_a_journal_they_find_their_part_as_well(
    send: Run, bili: SimulatorThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody moves the parts in the moment in which the video is published."""
    run_errand = Errand.run

    async def after_a_move(*given: Any, **more: Any) -> Errands:
        [archive] = bili.sim.archives
        bili.sim.overwrite(replace(archive, videos=archive.videos[::-1]))
        return await run_errand(*given, **more)

    monkeypatch.setattr(Errand, "run", after_a_move)
    result = send("--no-journal")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == "subtitles: P2 en-US, P2 zh-CN, P1 zh-CN"
    assert saved(bili) == [(1, "zh-CN"), (2, "en-US"), (2, "zh-CN")]


def test_without_a_journal_the_commands_that_upload_them_are_told(send: Run, bili: SimulatorThread) -> None:
    """One for each file."""
    bili.fault("subtitle", Code(79000))
    result = send("--no-journal", "--json")
    end = told(result)[-1]
    assert (end["exit_code"], end["bvid"]) == (4, bili.sim.archives[0].bvid)
    assert [one["uploaded"] for one in end["subtitles"]] == [True, True, False]
    assert f"bvup subtitle {end['bvid']}" in end["error"]["hint"]
    assert "--part 1 --lan en-US" in end["error"]["hint"]


def test_stopped_meanwhile_the_same_command_goes_on_with_them(send: Run, bili: SimulatorThread) -> None:
    """Exit code 6: only time is missing."""
    pressed = bili.interrupt_at(bili.fault("subtitle", Stall(), after=1))
    assert send().exit_code == 6
    pressed.result()
    assert saved(bili) == ALL[:1]
    assert send().exit_code == 0
    assert (saved(bili), len(bili.sim.archives)) == (ALL, 1)


def test_what_goes_on_with_the_upload_goes_on_with_them(
    send: Run, run: Run, bili: SimulatorThread, tmp_path: Path, cookies_json: Path
) -> None:
    """They are remembered from the beginning; a file that is gone by then needs a person."""
    pressed = bili.interrupt_at(bili.fault("part", Stall(), after=1))
    assert send().exit_code == 6
    pressed.result()
    (tmp_path / "two.chs.json").unlink()
    again = run("resume", "-u", cookies_json, *bili.server)
    assert again.exit_code == 4
    assert "two.chs.json' It cannot be read" in again.stderr.replace(":", "")
    assert saved(bili) == ALL[:2]


def test_what_the_journal_could_not_be_told_is_uploaded_all_the_same(
    send: Run, bili: SimulatorThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk may be full until the video is published."""
    write = Journal.subtitles

    async def full_at_first(journal: Journal, *given: Any, **more: Any) -> None:
        if not bili.sim.archives:
            raise JournalFailed("The disk is full.")
        await write(journal, *given, **more)

    monkeypatch.setattr(Journal, "subtitles", full_at_first)
    result = send()
    assert (result.exit_code, result.stderr) == (0, "")
    assert saved(bili) == ALL


def test_each_and_batch_take_them_too(
    run: Run, send: Run, bili: SimulatorThread, tmp_path: Path, cookies_json: Path
) -> None:
    """A batch whose videos are published goes on with what is missing."""
    bili.fault("subtitle", Code(79000))
    entry = {"files": ["one.mp4"], "title": "B", "subtitles": True, "tag": "a", "tid": 21}
    file = tmp_path / "batch.yaml"
    file.write_text(json.dumps({"submissions": [entry]}))
    first = run("batch", file, "-u", cookies_json, *bili.server)
    assert first.exit_code == 4, first.output
    assert "without all of its subtitles" in first.stdout
    assert run("batch", file, "-u", cookies_json, *bili.server).exit_code == 0
    assert saved(bili) == ALL[:2]
    result = run(
        *("upload", "--each", tmp_path / "two.mp4", "--tag", "a", "--tid", "21", "--subtitles"),
        *("-u", cookies_json, *bili.server),
    )
    assert result.exit_code == 0
    assert saved(bili) == ALL
