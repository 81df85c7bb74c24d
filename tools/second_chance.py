"""Runs all tests, and up to three that have failed once more, alone.

`python tools/second_chance.py 95 ...` runs pytest with the rest of its arguments, and with coverage. It
fails if more than three tests have failed, if one of them fails again, or if coverage is below 95 %.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

MOST = 3
FAILED = Path(".pytest_cache/v/cache/lastfailed")
"""Where pytest keeps the names of the tests that have failed."""
TESTS_FAILED = 1
"""What pytest returns when it came to the end, and not everything was well."""


def run(*command: str) -> int:
    """Run a module of Python's; return its exit code."""
    return subprocess.run([sys.executable, "-m", *command], check=False).returncode  # noqa: S603 - by this file


def say(line: str, *names: str) -> None:
    """Print a line, and names below it."""
    sys.stderr.write("\n  ".join((f"\n{line}", *names)) + "\n")


def failed() -> list[str]:
    """Return the names of the tests that have failed."""
    return sorted(json.loads(FAILED.read_text("utf-8"))) if FAILED.exists() else []


def main(least: str, *arguments: str) -> int:
    """Run the tests, then those that failed; return the exit code."""
    FAILED.unlink(missing_ok=True)
    code = run("pytest", *arguments, "--cov", "--cov-report=term", f"--cov-fail-under={least}")
    names = failed()
    if code != TESTS_FAILED or not 0 < len(names) <= MOST:
        return code
    say(f"{len(names)} failed; once more, alone:", *names)
    if run("pytest", *names):
        return TESTS_FAILED
    if run("coverage", "report", "--format=total", f"--fail-under={least}"):
        say(f"coverage is below {least} %")
        return TESTS_FAILED
    say("failed at first, passed alone; each a bug, of the test or of what it tests:", *names)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
