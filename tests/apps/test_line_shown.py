"""`bvup upload` says which line it takes, and why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.apps.stage import SimulatorThread

if TYPE_CHECKING:
    from pathlib import Path

    from tests.apps.conftest import Run


def test_the_line_is_told_with_the_reason(run: Run, video: Path, tmp_path: Path) -> None:
    """In one line, when it is chosen."""
    login = tmp_path / "login.txt"
    with SimulatorThread(era="today") as bili:
        cookies = bili.sim.cookies(bili.sim.accounts[0])
        login.write_text("; ".join(f"{name}={value}" for name, value in cookies.items()))
        login.chmod(0o600)
        result = run("upload", video, "-u", login, "--tag", "a", "--tid", 21, *bili.server)
    assert result.exit_code == 0
    told = re.findall(r"^line (\w+): (.+)$", result.stdout, re.MULTILINE)
    assert [(line in {"bda2", "bldsa", "tx"}, "answer" in reason) for line, reason in told] == [(True, True)]
