"""`bvup upload --check-online`, `--topic` and `--partition`: what only Bilibili knows, before anything is uploaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.apps.stage import SimulatorThread

from bilibili_api.simulator import Status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.apps.conftest import Run


@pytest.fixture
def bili() -> Iterator[SimulatorThread]:
    with SimulatorThread(era="today") as running:
        yield running


@pytest.fixture
def login(bili: SimulatorThread, tmp_path: Path) -> Path:
    """A file with the cookies of the demo account."""
    path = tmp_path / "login.txt"
    cookies = bili.sim.cookies(bili.sim.accounts[0])
    path.write_text("; ".join(f"{name}={value}" for name, value in cookies.items()))
    path.chmod(0o600)
    return path


@pytest.fixture
def upload(run: Run, bili: SimulatorThread, video: Path, login: Path) -> Run:
    """`bvup upload holiday.mp4 ...` to the simulator by cookies, without a partition."""

    def call(*args: object, **env: str | None) -> object:
        return run("upload", video, "-u", login, "--tag", "a", *bili.server, *args, **env)

    return call  # pyright: ignore[reportReturnType]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--tid", 21, "--tag", "banned"], "--tag: has the tag 'banned', which Bilibili has banned."),
        (["--tid", 21, "--topic", "Simulated smal talk"], "Did you mean 'Simulated small talk'"),
        (["--tid", 21, "--extra-fields", '{"tid": 99999}'], "--tid: 99999 is not offered to you."),
    ],
)
@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_what_bilibili_would_refuse_is_told_before_anything_is_uploaded(
    upload: Run, bili: SimulatorThread, options: list[str], said: str, dry: list[str]
) -> None:
    """In terms of the command line, with and without --dry-run."""
    result = upload(*options, "--check-online", *dry)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert result.stderr.startswith("bvup: 1 problem; nothing was uploaded\n")
    assert bili.sim.seen("preupload") == []


def test_a_dry_run_that_asked_says_that_nothing_was_uploaded(upload: Run, bili: SimulatorThread) -> None:
    """It has sent questions."""
    result = upload("--tid", 21, "--check-online", "--dry-run")
    assert (result.exit_code, "Nothing was uploaded." in result.stdout) == (0, True)
    assert len(bili.sim.seen("tags")) == 1


def test_nothing_is_asked_without_the_option(upload: Run, bili: SimulatorThread) -> None:
    """A dry run stays offline."""
    assert upload("--tid", 21, "--dry-run").exit_code == 0
    assert bili.sim.exchanges == []


def test_a_question_that_is_not_answered_stops_nothing(upload: Run, bili: SimulatorThread) -> None:
    """The output says so, and the upload goes on."""
    bili.fault("tags", Status(404), times=None)
    result = upload("--tid", 21, "--check-online")
    assert (result.exit_code, len(bili.sim.archives)) == (0, 1)
    assert "The tags cannot be checked beforehand" in result.stdout


def test_a_login_without_cookies_is_told(run: Run, bili: SimulatorThread, video: Path) -> None:
    """An access key cannot ask."""
    result = run(
        "upload", video, "--tag", "banned", "--tid", 21, *bili.server, "--check-online", "--dry-run",
        BVUP_ACCESS_KEY=bili.access_key,
    )  # fmt: skip
    assert (result.exit_code, "the login has no cookies" in result.stdout) == (0, True)


def test_a_topic_by_name_is_submitted_with_its_activity(upload: Run, bili: SimulatorThread) -> None:
    """The heading names it."""
    result = upload("--tid", 21, "--topic", "simulated daily life")
    assert result.exit_code == 0
    assert "  topic      simulated daily life\n" in result.stdout
    meta = bili.sim.archives[0].meta
    assert (meta["topic_id"], meta["mission_id"]) == (10001, 20001)


def test_a_dry_run_looks_up_what_is_named(upload: Run, bili: SimulatorThread) -> None:
    """And asks nothing else; a name that is wrong is told before the upload."""
    named = ("--tid", 21, "--mission", "simulated activity for daily life", "--dry-run")
    result = upload(*named)
    assert (
        result.exit_code,
        '"mission_id": 20001' in result.stdout,
        '"topic_id": 10001' in result.stdout,
    ) == (
        0,
        True,
        True,
    )
    assert bili.sim.seen("preupload") == bili.sim.seen("submit") == []
    wrong = upload("gone.mp4", "--tid", 21, "--topic", "Simulated daily live", "--dry-run")
    assert (wrong.exit_code, "bvup: 2 problems" in wrong.stderr) == (2, True)
    assert "--topic: is 'Simulated daily live', and no topic is called that." in " ".join(
        wrong.stderr.split()
    )


def test_a_mission_by_name_is_submitted_with_its_topic(upload: Run, bili: SimulatorThread) -> None:
    """The heading names it; numbers of both are taken as well."""
    result = upload("--tid", 21, "--mission", "simulated activity for daily life")
    assert result.exit_code == 0
    assert "  activity   simulated activity for daily life\n" in result.stdout
    assert upload("--tid", 21, "--mission", 20003, "--topic", 10003, "--again").exit_code == 0
    sent = [(archive.meta["topic_id"], archive.meta["mission_id"]) for archive in bili.sim.archives]
    assert sent == [(10001, 20001), (10003, 20003)]


def test_an_unknown_mission_is_told_with_those_that_come_near(upload: Run, bili: SimulatorThread) -> None:
    """Before anything is uploaded."""
    result = upload("--tid", 21, "--mission", "simulated activity for dayly life")
    assert result.exit_code == 2
    assert "--mission: is 'simulated activity for dayly life'" in " ".join(result.stderr.split())
    assert "'Simulated activity for daily life' (20001)" in " ".join(result.stderr.split())
    assert bili.sim.seen("preupload") == []


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        (["--partition", "日常"], (21, None)),
        (["--partition", "游戏"], (17, 1008)),
        (["--partition", "1008", "--tid", "171"], (171, 1008)),
    ],
)
def test_partitions_old_and_new_by_name_or_number(
    upload: Run, bili: SimulatorThread, options: list[str], sent: tuple[int, int | None]
) -> None:
    """A new one goes with an old one."""
    assert upload(*options).exit_code == 0
    meta = bili.sim.archives[0].meta
    assert (meta["tid"], meta.get("human_type2")) == sent


def test_a_partition_that_is_none_is_a_problem_with_another_one(upload: Run) -> None:
    """Told under the option's name."""
    result = upload("--partition", "日尚")
    assert (result.exit_code, "--partition: is '日尚'" in result.stderr, "日常" in result.stderr) == (
        2,
        True,
        True,
    )
