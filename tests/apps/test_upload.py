"""`bvup upload` against the simulator: what is sent, what is said, how it ends."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.kit import content, picture_of

from bilibili_api.engine.retry import BACKOFF, Backoff
from bilibili_api.protocol.codes import Step
from bilibili_api.simulator import Status

if TYPE_CHECKING:
    from tests.apps.conftest import Run
    from tests.apps.stage import SimulatorThread

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def test_a_success_ends_with_0_and_names_aid_bvid_and_link(upload: Run, bili: SimulatorThread) -> None:
    """A success ends with 0 and names aid, bvid and link."""
    result = upload()
    [archive] = bili.sim.archives
    assert result.exit_code == 0
    assert f"aid:  {archive.aid}\nbvid: {archive.bvid}\n" in result.stdout
    assert f"https://www.bilibili.com/video/{archive.bvid}\n" in result.stdout


def test_success_says_how_long_it_took_and_how_fast_it_was(upload: Run) -> None:
    """A success says how long it took and how fast it was on average."""
    assert re.search(r"^Done in \d+\.\d s, \d+\.\d [kMG]?B/s on average\.$", upload().stdout, re.MULTILINE)


def test_nothing_is_written_to_standard_error_on_success(upload: Run) -> None:
    """Standard error stays empty when all goes well."""
    assert upload().stderr == ""


def test_the_title_is_the_name_of_the_first_file_unless_given(upload: Run, bili: SimulatorThread) -> None:
    """Without --title the submission is called like the first file, without its ending."""
    upload()
    assert bili.sim.archives[0].title == "holiday"


def test_files_become_parts_in_the_order_of_the_arguments(
    upload: Run, bili: SimulatorThread, tmp_path: Path
) -> None:
    """Several files become the parts of one submission, in the order in which they were named."""
    for i, name in enumerate(("z.mp4", "a.flv")):
        (tmp_path / name).write_bytes(content(1000 + i, i))
    upload(tmp_path / "z.mp4", tmp_path / "a.flv")
    [archive] = bili.sim.archives
    assert [part["title"] for part in archive.meta["videos"]] == ["holiday", "z", "a"]
    assert [video.size for video in archive.videos] == [300_000, 1000, 1001]
    assert archive.videos[2].name.endswith(".flv")


def test_part_titles_are_given_in_order(upload: Run, bili: SimulatorThread) -> None:
    """--part-title names the parts in order."""
    upload("--part-title", "First")
    assert bili.sim.archives[0].meta["videos"][0]["title"] == "First"


def test_more_part_titles_than_files_are_wrong_usage(upload: Run) -> None:
    """More --part-title than files cannot be meant."""
    result = upload("--part-title", "1", "--part-title", "2")
    assert (result.exit_code, "2 --part-title for 1 file" in result.stderr) == (2, True)


def test_names_over_80_characters_are_cut_for_titles(run: Run, bili: SimulatorThread, tmp_path: Path) -> None:
    """A default title is cut to the 80 characters that Bilibili allows."""
    path = tmp_path / ("x" * 100 + ".mp4")
    path.write_bytes(b"video")
    run("upload", path, "--tag", "a", "--tid", 21, *bili.server, BVUP_ACCESS_KEY=bili.access_key)
    [archive] = bili.sim.archives
    assert archive.title == archive.meta["videos"][0]["title"] == "x" * 80


@pytest.mark.parametrize(
    ("options", "key", "value"),
    [
        (["--title", "T"], "title", "T"),
        (["--tag", "b,c", "--tag", "d"], "tag", "a,b,c,d"),
        (["--tid", "95"], "tid", 95),
        (["--tid", "数码"], "tid", 95),
        (["--desc", "D"], "desc", "D"),
        (["--copyright", "2", "--source", "https://example.com"], "copyright", 2),
        (["--copyright", "2", "--source", "https://example.com"], "source", "https://example.com"),
        (["--dynamic", "news"], "dynamic", "news"),
        (["--no-reprint"], "no_reprint", 1),
        (["--extra-fields", '{"recreate": -1}'], "recreate", -1),
    ],
)
def test_options_become_metadata(
    upload: Run, bili: SimulatorThread, options: list[str], key: str, value: object
) -> None:
    """Each option arrives in the submission under Bilibili's name for it."""
    assert upload(*options).exit_code == 0
    assert bili.sim.archives[0].meta[key] == value


def test_dtime_is_sent_as_given(upload: Run, bili: SimulatorThread) -> None:
    """--dtime is the time of publication."""
    moment = int(time.time()) + 86_400
    upload("--dtime", moment)
    assert bili.sim.archives[0].meta["dtime"] == moment


def test_the_cover_is_uploaded_whatever_its_name_says(
    upload: Run, bili: SimulatorThread, tmp_path: Path
) -> None:
    """The kind of a cover is told by its bytes, not by the ending of its name."""
    (tmp_path / "cover.jpg").write_bytes(picture_of("PNG"))
    assert upload("--cover", tmp_path / "cover.jpg").exit_code == 0
    assert bili.sim.archives[0].cover == bili.sim.covers[0].url


def test_chunk_size_is_obeyed(upload: Run, bili: SimulatorThread) -> None:
    """--chunk-size decides how many chunks there are."""
    upload("--chunk-size", "100K", "--limit", "2")
    assert len(bili.sim.seen("chunk")) == 3


@pytest.mark.parametrize("given", ["much", "-1", "1G", ""])
def test_sizes_that_are_none_are_wrong_usage(upload: Run, given: str) -> None:
    """A size is a number of bytes, perhaps with K or M."""
    result = upload("--chunk-size", given)
    assert (result.exit_code, "is no size" in result.stderr) == (2, True)


def test_the_header_says_what_will_be_sent(upload: Run, bili: SimulatorThread) -> None:
    """Before anything is sent, the output says what, whither and by whom."""
    head = upload("--title", "My trip", "--part-title", "First").stdout
    for line in (
        f"Sending 1 part, 300.0 kB, to {bili.sim.url} instead of Bilibili",
        "  title      My trip",
        "  partition  生活 / 日常 (21)",
        "  tags       a",
        "  account    access key from BVUP_ACCESS_KEY",
        "  P1         First (holiday.mp4, 300.0 kB)",
    ):
        assert line + "\n" in head


def test_many_parts_are_listed_up_to_eight(upload: Run, tmp_path: Path) -> None:
    """A long list of parts is cut, and the rest is counted."""
    paths = [tmp_path / f"{i}.mp4" for i in range(9)]
    for path in paths:
        path.write_bytes(b"video")
    stdout, _ = upload(*paths, "--dry-run").stdout.split("In the files:")
    assert "  P8 " in stdout
    assert "  P9 " not in stdout
    assert "and 2 more parts" in stdout


def test_output_that_is_no_terminal_has_no_control_characters(upload: Run) -> None:
    """A file or pipe gets plain lines."""
    result = upload()
    assert CONTROL.findall(result.output) == []


def test_plain_output_tells_progress_and_finished_parts(upload: Run) -> None:
    """Plain lines tell the percentage reached, each finished part and the submission."""
    stdout = upload().stdout
    assert "part 1 of 1 done: holiday, 300.0 kB\n" in stdout


def test_dry_run_sends_nothing(upload: Run, bili: SimulatorThread) -> None:
    """--dry-run checks all and sends nothing, not even a login."""
    result = upload("--dry-run", BVUP_ACCESS_KEY=None)
    assert (result.exit_code, bili.sim.exchanges) == (0, [])
    assert "Nothing was sent." in result.stdout


def test_what_is_tried_again_is_told(
    upload: Run, bili: SimulatorThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the library tries again appears among the lines."""
    monkeypatch.setitem(BACKOFF, Step.CHUNK, Backoff(first=0))
    bili.fault("chunk", Status(503))
    result = upload()
    assert result.exit_code == 0
    assert "HTTP 503 at chunk" in result.stdout
    assert "Trying again" in result.stdout


@pytest.mark.parametrize("name", ["[draft] 1.mp4", "a b.mp4", "🎬 电影.mp4", "%s.mp4"])
def test_odd_names_are_taken_and_shown_as_they_are(
    run: Run, bili: SimulatorThread, tmp_path: Path, name: str
) -> None:
    """Brackets, spaces, emoji and percent signs in file names mean nothing but themselves."""
    (tmp_path / name).write_bytes(b"video")
    result = run(
        "upload", "--tag", "a", "--tid", 21, *bili.server, tmp_path / name, BVUP_ACCESS_KEY=bili.access_key
    )
    assert result.exit_code == 0
    assert name in result.stdout
    assert bili.sim.archives[0].title == Path(name).stem


def test_names_that_steer_terminals_are_shown_without_doing_so(
    run: Run, bili: SimulatorThread, tmp_path: Path
) -> None:
    """Bytes that are not UTF-8 and control characters become replacement characters, in titles, too."""
    path = Path(os.fsdecode(os.fsencode(tmp_path / "a") + b"\xff\x1b[2J.mp4"))
    path.write_bytes(b"video")
    result = run("upload", path, "--tag", "a", "--tid", 21, *bili.server, BVUP_ACCESS_KEY=bili.access_key)
    assert result.exit_code == 0
    assert "a\ufffd\ufffd[2J.mp4, 5 B\n" in result.stdout
    assert bili.sim.archives[0].title == "a\ufffd\ufffd[2J"
