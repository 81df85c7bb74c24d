"""`bvup upload --dry-run`: exactly what would be sent."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from PIL import Image
from tests.films import film
from tests.kit import content

from bilibili_api.apps.cli.demo import MEDIA
from bilibili_api.apps.cli.order import Order
from bilibili_api.apps.cli.plan import plan_lines
from bilibili_api.media import Finding, Media
from bilibili_api.video_uploader import Preview

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from tests.apps.conftest import Run
    from tests.apps.stage import SimulatorThread


def test_it_shows_parts_line_account_limits_and_what_would_be_submitted(
    upload: Run, bili: SimulatorThread
) -> None:
    """And sends nothing."""
    result = upload("--dry-run", "--desc", "Über")
    assert (result.exit_code, result.stderr, bili.sim.exchanges) == (0, "", [])
    for line in (
        "  account    access key from BVUP_ACCESS_KEY",
        "  P1         holiday.mp4, 300.0 kB",
        "  line       pc",
        "  limits     100 parts of 17.2 GB, for ordinary accounts; see bvup whoami",
        "Names told to Bilibili: holiday.mp4",
        '    "desc": "Über",',
    ):
        assert f"{line}\n" in result.stdout
    assert result.stdout.endswith("mind what was found in the files (1 finding). Nothing was sent.\n")


def test_it_says_what_is_in_the_files_as_a_check_does(
    run: Run, bili: SimulatorThread, tmp_path: Path
) -> None:
    """What is wrong there forbids no upload: the exit code stays 0."""
    black = film(tmp_path / "black.mkv", [Image.new("RGB", (64, 36), "black")] * 20)
    meta = ("--tag", "a", "--tid", "21", "--dry-run", *bili.server)
    good = run("upload", MEDIA / "P1.mp4", *meta, BVUP_ACCESS_KEY=bili.access_key)
    assert "In the files:\n  P1         mov, 0:06, " in good.stdout
    assert good.stdout.endswith("Nothing is wrong with it; nothing was sent.\n")
    bad = run("upload", black, "-", "--name", "x.mp4", *meta, stdin=b"x", BVUP_ACCESS_KEY=bili.access_key)
    assert (bad.exit_code, bad.stderr, bili.sim.exchanges) == (0, "", [])
    assert "    - black: The picture is black wherever it was looked at." in bad.stdout
    assert "what was found in the files (2 findings). Nothing was sent." in " ".join(bad.stdout.split())
    told = run("upload", black, *meta, "--json", BVUP_ACCESS_KEY=bili.access_key)
    [part] = json.loads(told.stdout.splitlines()[-1])["plans"][0]["parts"]
    assert [finding["kind"] for finding in part["media"]["findings"]] == ["black", "silent"]


def test_files_in_which_something_was_found_are_all_named() -> None:
    """Of the others, those behind the eighth are counted; line and limits, which are no files, stand above."""
    fine, bad = Media(5, "mov", 1.0), Media(5, findings=(Finding("no_video", "There is none.", "Look."),))
    nothing = Preview((), (), "pc", 1, 1, {})
    lines = list(plan_lines(nothing, Order((), {}, None, None, 1, 1, None), [*[fine] * 9, bad]))
    first = lines.index("In the files:") + 1
    assert [line.split()[0] for line in lines[: first - 1]] == ["line", "chunks", "limits"]
    assert [line.split()[0] for line in lines[first : first + 11]] == [
        *(f"P{number}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 10)), "-", "...",
    ]  # fmt: skip
    assert lines[first + 10].endswith("and 1 more, in which nothing was found")


def test_without_the_extra_it_says_once_what_to_install(
    run: Run, bili: SimulatorThread, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All else is told all the same."""
    monkeypatch.setitem(sys.modules, "av", None)
    (video.parent / "another.mp4").write_bytes(b"video")
    what = ("--each", video.parent, "--tag", "a", "--tid", "21", "--dry-run")
    result = run("upload", *what, *bili.server, BVUP_ACCESS_KEY=bili.access_key)
    said = " ".join(result.stdout.split())
    assert (result.exit_code, said.count("The files were not looked into.")) == (0, 1)
    assert "pip install 'bilibili-video-uploader[media]'" in said
    assert said.count("Nothing is wrong with it; nothing was sent.") == 2


def test_the_interfaces_stand_in_their_order_with_the_body_of_each(upload: Run) -> None:
    """Those that get the same are named together."""
    text = upload("--dry-run", "--dtime", "+4h").stdout
    head = "Submitted through client, else app, else bcut-android:\n"
    assert text.count("Submitted through") == text.count(head) == 1
    body, _ = json.JSONDecoder().raw_decode(text[text.index("{") :])
    assert (body["title"], body["videos"][0]["filename"]) == ("holiday", "<stored name of P1>")


def test_what_only_the_server_can_say_is_named_in_the_language(upload: Run) -> None:
    """For a person and for a program that asks for it; what is sent as it is stays so."""
    assert '"filename": "<P1 存储后的名字>"' in upload("--dry-run", "--lang", "zh", "--title", "cover").stdout
    said = upload("--dry-run", "--lang", "zh", "--title", "cover", "--json").stdout.splitlines()[-1]
    body = json.loads(said)["plans"][0]["submissions"][0]["body"]
    assert (body["title"], body["videos"][0]["filename"]) == ("cover", "<P1 存储后的名字>")


def test_every_problem_is_told_beside_what_can_be_shown(
    upload: Run, bili: SimulatorThread, tmp_path: Path
) -> None:
    """A missing file hides neither the others nor the metadata."""
    result = upload("--dry-run", tmp_path / "none.mp4", "--line", "nowhere")
    assert (result.exit_code, bili.sim.exchanges) == (2, [])
    assert "bvup: 2 problems; nothing was uploaded" in result.stderr
    assert "  P2         none.mp4, which cannot be read\n" in result.stdout
    assert "Submitted through client" in result.stdout
    assert "Nothing is wrong" not in result.stdout


def test_wrong_metadata_leaves_open_what_would_be_submitted(upload: Run) -> None:
    """Nothing is shown that would never be sent."""
    result = upload("--dry-run", "--title", "x" * 81)
    assert (result.exit_code, "Submitted through" in result.stdout) == (2, False)
    assert "What would be submitted can be said when the problems are mended.\n" in result.stdout


def test_a_partition_that_is_lacking_is_no_partition(run: Run, bili: SimulatorThread, video: Path) -> None:
    """It is among the problems, and nothing else stands in its place."""
    result = run("upload", video, "--tag", "x", "--dry-run", *bili.server)
    assert "partition" not in result.stdout
    assert "--tid: is missing" in result.stderr


def test_a_login_that_is_named_and_not_there_is_told(run: Run, bili: SimulatorThread, video: Path) -> None:
    """As the upload would end, whatever the files are."""
    words = ("upload", video, "--tag", "a", "--tid", "21", "--profile", "nope", *bili.server)
    result = run(*words, "--dry-run")
    assert (result.exit_code, "there is no profile nope" in result.stderr) == (3, True)
    assert "Nothing forbids the upload" not in result.stdout
    told = json.loads(run(*words, "--dry-run", "--json").stdout.splitlines()[-1])
    assert (told["exit_code"], told["error"]["kind"], len(told["plans"])) == (3, "LOGIN_NEEDED", 1)


def test_what_was_published_before_would_not_be_sent(upload: Run) -> None:
    """Only the very same: another title makes another archive, as --again does."""
    upload()
    again = upload("--dry-run")
    assert (again.exit_code, "published before, as BV" in again.stdout) == (0, True)
    assert "Would send" not in again.stdout
    for another in ("--again", "--title=b"):
        assert "Would send 1 part" in upload("--dry-run", another).stdout


def test_each_shows_every_submission(run: Run, bili: SimulatorThread, tmp_path: Path) -> None:
    """And the exit code is that of the worst."""
    (tmp_path / "P1.mp4").write_bytes(content(1000))
    (tmp_path / "P2.mp4").write_bytes(b"")
    result = run(
        "upload", "--each", "--dry-run", tmp_path, "--tag", "a", "--tid", "21", *bili.server,
        BVUP_ACCESS_KEY=bili.access_key,
    )  # fmt: skip
    assert (result.exit_code, result.stdout.count("Would send 1 part"), bili.sim.exchanges) == (2, 2, [])
    assert "is empty" in result.stderr


def test_more_parts_than_one_call_takes_are_said_to_be_added(
    run: Run, bili: SimulatorThread, tmp_path: Path, cookies_json: Path
) -> None:
    """By edits, which an access key alone cannot make: with it they are refused."""
    files = [tmp_path / f"{number}.mp4" for number in range(101)]
    for path in files:
        path.write_bytes(b"video")
    what = ("upload", *files, "--tag", "a", "--tid", "21", "--dry-run", *bili.server)
    shown = run(*what, "-u", cookies_json)
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert "P101 and those behind it are added by edits" in shown.stdout
    refused = run(*what, BVUP_ACCESS_KEY=bili.access_key)
    assert refused.exit_code == 2
    assert "has 101 pages; the limit of one submission is 100." in refused.stderr
    assert bili.sim.exchanges == []
