"""`bvup rate`, `--rate`: limits of the rate, set and shown on the command line."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bilibili_api.apps.cli.frame import status
from bilibili_api.apps.cli.meter import Meter
from bilibili_api.journal import Journal
from bilibili_api.video_uploader import PageProgress, Progress, RateLimit, UserRate

if TYPE_CHECKING:
    from pathlib import Path

    from tests.apps.conftest import Run


def test_a_limit_is_set_for_all_uploads_and_shown(run: Run, home: Path) -> None:
    """In the words in which it was given, and with what that means now."""
    set_to = run("rate", "10M")
    assert (set_to.exit_code, set_to.stdout) == (
        0,
        "All uploads: 10M (now 10.5 MB/s)\nIt holds from now on, also for uploads that run.\n",
    )
    assert UserRate(home).limit == "10M"
    assert run("rate").stdout == "All uploads: 10M (now 10.5 MB/s)\n"


def test_a_limit_by_the_time_of_day_needs_no_quotes(run: Run, home: Path) -> None:
    """All arguments are one text."""
    assert run("rate", "08:00-23:00", "10M,", "else", "off").exit_code == 0
    assert UserRate(home).limit == "08:00-23:00 10M, else off"


def test_without_any_limit_it_says_so(run: Run) -> None:
    """And so it does once there is none any more."""
    assert run("rate").stdout == "All uploads: off (no limit now)\n"
    run("rate", "10M")
    assert run("rate", "off").stdout.startswith("All uploads: off (no limit now)\n")


def test_a_limit_that_makes_no_sense_changes_nothing(run: Run, home: Path) -> None:
    """It is answered with the form."""
    run("rate", "10M")
    refused = run("rate", "as fast as you like")
    assert refused.exit_code == 2
    assert "08:00-23:00 10M, else off" in refused.stderr
    assert UserRate(home).limit == "10M"


def test_an_upload_has_a_limit_of_its_own_which_stays_with_it(upload: Run, run: Run, home: Path) -> None:
    """It is shown, and can be changed, by the number of its job."""
    assert upload("--rate", "50M").exit_code == 0
    [job] = asyncio.run(Journal(home / "journal.db").jobs())
    assert job.rate == "50M"
    assert run("rate", "--job", "1").stdout == "Job 1 (holiday): 50M\n"
    assert run("rate", "--job", "1", "2M").stdout.startswith("Job 1 (holiday): 2M\n")
    assert run("rate", "--job", "1").stdout == "Job 1 (holiday): 2M\n"
    assert run("rate").stdout == "All uploads: off (no limit now)\n"


def test_an_upload_is_refused_with_a_limit_that_makes_no_sense(upload: Run) -> None:
    """Before anything is sent."""
    refused = upload("--rate", "10 bananas")
    assert refused.exit_code == 2
    assert "10 bananas" in refused.stderr


def test_a_job_that_is_not_there_has_no_limit(run: Run) -> None:
    """As everywhere."""
    refused = run("rate", "--job", "7", "2M")
    assert refused.exit_code == 2
    assert "There is no job 7." in refused.stderr


def test_an_upload_keeps_the_limit_of_the_user_and_says_so(upload: Run, run: Run, home: Path) -> None:
    """Nothing has to be said on its command line."""
    run("rate", "50MB")
    sent = upload()
    assert sent.exit_code == 0
    assert "Limited to 50.0 MB/s." in sent.stdout.splitlines()
    assert (home / "rate.clock").stat().st_mode & 0o777 == 0o600


def test_the_last_line_of_the_picture_shows_the_limit() -> None:
    """While bytes are on their way."""
    page = PageProgress("a", 9_000_000, 0, 0, done=False)
    limit = RateLimit(2_000_000, None, "shared")
    shown = status(Progress("upload", (page,), limit=limit), Meter(), 80).text
    assert shown == " -- MB/s, -:-- left, uploading, limited to 2.0 MB/s"
