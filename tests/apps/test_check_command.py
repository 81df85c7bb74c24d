"""`bvup check` names what is wrong with videos before anything is uploaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from tests.films import film

import bilibili_api.apps.cli
from bilibili_api.apps.cli.report import ExitCode

if TYPE_CHECKING:
    from tests.apps.conftest import Run
    from tests.apps.stage import SimulatorThread

GOOD = Path(bilibili_api.apps.cli.__file__).parent / "media" / "P1.mp4"


@pytest.fixture
def black(tmp_path: Path) -> Path:
    return film(tmp_path / "black.mkv", [Image.new("RGB", (64, 36), "black")] * 20)


def test_a_good_video_ends_with_0(run: Run) -> None:
    """What it is stands in one line."""
    done = run("check", GOOD)
    assert done.exit_code == ExitCode.DONE
    assert "P1.mp4: fine" in done.output
    assert "mov, 0:06, " in done.output
    assert "h264 640x360 25 fps, aac 1 channel 44100 Hz" in done.output
    assert "Limits: those of everybody; nobody is logged in." in done.output


def test_every_reason_is_told_and_it_ends_with_2(run: Run, black: Path) -> None:
    """Each has a name, a sentence and what to do."""
    done = run("check", GOOD, black)
    assert done.exit_code == ExitCode.INVALID
    assert "black.mkv: 2 problems" in done.output
    said = " ".join(done.output.split())
    assert "- black: The picture is black wherever it was looked at. Play it" in said
    assert "is it meant to be so? If it is meant: --allow black" in said
    assert "- silent: There is no sound in it." in said


def test_what_is_meant_can_be_allowed(run: Run, black: Path) -> None:
    """It is still told."""
    done = run("check", black, "--allow", "black", "--allow", "silent")
    assert done.exit_code == ExitCode.DONE
    assert "- black (allowed):" in done.output


def test_a_folder_stands_for_its_videos(run: Run, black: Path) -> None:
    """As for `bvup upload`; what is left out is named."""
    (black.parent / "notes.md").write_text("no video")
    done = run("check", black.parent, "--allow", "black", "--allow", "silent")
    assert done.exit_code == ExitCode.DONE, done.output
    assert "black.mkv: fine" in done.output
    assert "by the ending no video: notes.md" in done.output


def test_programs_get_it_as_json(run: Run, black: Path) -> None:
    """One object for all files."""
    done = run("check", GOOD, black, "--json", "--allow", "silent")
    told = json.loads(done.output)
    assert (told["ok"], [file["ok"] for file in told["files"]]) == (False, [True, False])
    assert told["files"][0]["video"]["codec"] == "h264"
    kinds = {finding["kind"]: finding["allowed"] for finding in told["files"][1]["findings"]}
    assert kinds == {"black": False, "silent": True}
    assert told["limits"]["max_parts"] == 100


def test_a_login_tells_the_accounts_limits(run: Run, bili: SimulatorThread, cookies_json: Path) -> None:
    """They are asked for, with those of the partition."""
    args = ["-u", cookies_json, *bili.server, "--tid", "21", "--json"]
    limits = json.loads(run("check", GOOD, *args).output)["limits"]
    assert limits["whose"].startswith("those of ")
    assert limits["max_parts"] == 50


def test_an_account_that_cannot_be_asked_stops_nothing(run: Run) -> None:
    """The general limits serve, and it is said why."""
    done = run("check", GOOD, "--server", "https://127.0.0.1:1", BVUP_ACCESS_KEY="x" * 32)
    assert done.exit_code == ExitCode.DONE
    assert "Limits: those of everybody; the account's are not known:" in done.output


def test_more_files_than_one_call_takes_are_checked_like_any(
    run: Run, bili: SimulatorThread, tmp_path: Path
) -> None:
    """An upload makes the archive with the first 100 and adds the others, unless its login has no cookies."""
    what = ("check", *(tmp_path / f"{number}.mp4" for number in range(101)), "--allow", "unreadable")
    done = run(*what)
    assert done.exit_code == ExitCode.DONE
    assert "101 files: the archive is made with the first 100, the others are added" in done.output
    refused = run(*what, *bili.server, BVUP_ACCESS_KEY=bili.access_key)
    assert refused.exit_code == ExitCode.INVALID
    assert "too_many: 101 files; the limit is 100 for this login or partition." in refused.output


def test_more_files_than_the_partition_takes_are_refused(
    run: Run, bili: SimulatorThread, cookies_json: Path, tmp_path: Path
) -> None:
    """Its limit holds for the whole archive."""
    files = [tmp_path / f"{number}.mp4" for number in range(51)]
    what = ("check", *files, "--allow", "unreadable", "-u", cookies_json, *bili.server, "--tid", "21")
    refused = run(*what)
    assert refused.exit_code == ExitCode.INVALID
    assert "To let it pass: --allow too_many" in " ".join(refused.output.split())
    assert run(*what, "--allow", "too_many").exit_code == ExitCode.DONE
