"""`bvup bench`, in this process, against the simulator."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bilibili_api.apps.cli import bench
from bilibili_api.bench import LineRate, measure_machine
from bilibili_api.simulator import Status

if TYPE_CHECKING:
    from pathlib import Path

    from tests.apps.conftest import Run
    from tests.apps.stage import SimulatorThread


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step of the machine is measured for a moment."""
    monkeypatch.setattr("bilibili_api.apps.cli.bench.measure_machine", partial(measure_machine, seconds=0.01))


def test_a_table_and_one_sentence(there: Run, bili: SimulatorThread, video: Path) -> None:
    """Nobody has to be logged in."""
    result = there("bench", video)
    assert result.exit_code == 0
    said = result.stdout.splitlines()
    assert [line.split()[0] for line in said] == [
        *("this", "read", "md5", "TLS", "lines"), *bili.sim.lines.listed, "The"
    ]  # fmt: skip
    assert "holiday.mp4, 300.0 kB" in said[1]
    assert said[-1].startswith("The bottleneck is ")
    assert all("/s" in line and "TCP" in line for line in said[5:-1])


def test_a_slow_link_is_named(there: Run, bili: SimulatorThread, video: Path) -> None:
    """With the line, its rate, and what this machine could do."""
    bili.sim.lines["tx"].bandwidth = 3e6
    result = there("bench", video, "--line", "tx")
    assert "The bottleneck is the link: " in result.stdout
    assert " to tx; this machine could do " in result.stdout


def test_json_is_for_programs(there: Run, bili: SimulatorThread, video: Path) -> None:
    """All figures in bytes and seconds, on one line, with nothing else."""
    told = json.loads(there("bench", video, "--json", "--line", "bda2", "--line", "estx").stdout)
    assert {"machine", "lines", "bottleneck"} <= set(told)
    assert set(told["machine"]) == {"file", "read", "md5", "tls"}
    assert set(told["machine"]["read"]) == {"bytes", "seconds", "note", "rate"}
    assert [line["name"] for line in told["lines"]] == ["bda2", "estx"]
    assert set(told["lines"][0]) == {"name", "host", "connect", "tls", "bytes", "rate", "problem"}
    assert set(told["bottleneck"]) == {"step", "rate", "other", "line"}
    assert told["error"] is None


def test_without_bilibili_the_machine_is_measured_all_the_same(
    there: Run, bili: SimulatorThread, video: Path
) -> None:
    """The command ends as a failure of the network, with the reason."""
    bili.fault("probe", Status(502), times=None)
    result = there("bench", video)
    assert result.exit_code == 5
    assert "No line was measured. This machine could do " in result.stdout
    assert "502" in result.stderr
    told = json.loads(there("bench", video, "--json").stdout)
    assert (told["lines"], told["bottleneck"]["line"], told["error"]["kind"]) == ([], "", "SERVER_TROUBLE")


@pytest.mark.parametrize(
    ("args", "says"), [(("--line", "nosuch"), "no line 'nosuch'"), (("missing.mp4",), "cannot be read")]
)
def test_what_cannot_be_measured(there: Run, bili: SimulatorThread, args: tuple[str, ...], says: str) -> None:
    """Is wrong usage."""
    result = there("bench", *args)
    assert result.exit_code == 2
    assert says in result.stderr


def test_it_can_be_stopped(there: Run, bili: SimulatorThread, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends it cleanly."""

    async def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bilibili_api.apps.cli.bench.measure_machine", interrupted)
    result = there("bench")
    assert (result.exit_code, result.stderr) == (6, "\nbvup: stopped\n")


def test_a_line_without_a_transfer_has_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    """It says why."""
    assert bench.row(LineRate("qnhk", "", problem="Only the server knows its host.")) == (
        "  qnhk              -  Only the server knows its host."
    )
