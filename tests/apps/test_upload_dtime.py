"""`bvup upload --dtime`."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from bilibili_api.protocol import meta_rules
from bilibili_api.simulator import Code

if TYPE_CHECKING:
    import pytest
    from tests.apps.conftest import Run
    from tests.apps.stage import SimulatorThread


def test_a_span_is_counted_from_now_and_told_with_the_zone(upload: Run, bili: SimulatorThread) -> None:
    """Who schedules sees the hour, the zone and how far away it is before anything is sent."""
    result = upload("--dtime", "+4h")
    assert abs(bili.sim.archives[0].meta["dtime"] - time.time() - 4 * 3600) < 60
    assert re.search(
        r"^  publish    \d{4}-\d\d-\d\d \d\d:\d\d UTC\S*, in 3 h 59 min$", result.stdout, re.MULTILINE
    )


def test_what_is_no_time_is_wrong_usage(upload: Run) -> None:
    """It is answered with what could be given."""
    result = upload("--dtime", "soon")
    assert (result.exit_code, "'soon' is no date with a time. Give +4h," in result.stderr) == (2, True)


def test_a_time_outside_the_window_is_refused_before_anything_is_sent(
    upload: Run, run: Run, bili: SimulatorThread
) -> None:
    """The window is told, and the journal remembers nothing of it."""
    result = upload("--dtime", "+90m")
    assert (result.exit_code, "--dtime: is " in result.stderr) == (2, True)
    assert "more than 2 hours are needed. The window is from " in result.stderr
    assert "or leave --dtime out to publish at once." in result.stderr
    assert [seen.step for seen in bili.sim.exchanges if seen.step in {"preupload", "submit"}] == []
    assert run("jobs", "--all").stdout == "No upload is known.\n"


def test_the_same_span_later_does_not_publish_twice(upload: Run, bili: SimulatorThread) -> None:
    """`+4h` means another hour each time; what was published stays published."""
    upload("--dtime", "+4h")
    result = upload("--dtime", "+5h")
    assert (result.exit_code, "This was published before" in result.stdout) == (0, True)
    assert len(bili.sim.archives) == 1


def test_an_unfinished_upload_goes_on_although_its_time_came_too_near(
    upload: Run, bili: SimulatorThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command again loses nothing, and says which time it is now."""
    bili.fault("submit", Code(21012))
    planned = int(time.time()) + 3 * 3600
    assert upload("--dtime", planned).exit_code == 4
    monkeypatch.setattr(meta_rules, "SOONEST", 4 * 3600)  # as two hours later
    result = upload("--dtime", planned)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "has come too near meanwhile: it is set to " in result.stdout
    assert bili.sim.archives[0].meta["dtime"] > planned
