"""`bvup` as one process of the chaos: the command as it is, but with short waits, and a word at its end."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

from benchmarks.chaos.hurry import hurry

from bilibili_api.apps.cli.main import main as bvup

_ERRORS = {3: "LOGIN", 4: "REFUSED", 5: "NETWORK", 6: "UPLOAD_BUSY", 7: "SUBMISSION_UNKNOWN"}
"""Exit codes after which it may be started again."""


def become(orders: dict[str, Any]) -> None:
    """Turn this process into `bvup`."""
    pages = [path for path, _ in orders["pages"]]
    titles = [word for _, title in orders["pages"] for word in ("--part-title", title)]
    asked = [
        "upload",
        *pages,
        "--title",
        orders["title"],
        "--tag",
        "chaos",
        "--tid",
        "21",
        *titles,
        "--no-wait",
    ]
    asked += ["--line", orders["line"], "--limit", str(orders["threads"])]
    asked += ["--chunk-size", str(orders["chunk_size"])]
    if orders["again"]:
        asked = ["submit", str(orders["job"]), "--again"]
    asked += ["--journal", orders["journal"], "-u", orders["login"]]
    home = str(Path(orders["journal"]).parent)
    place = {"BVUP_SERVER": orders["server"], "BVUP_CA": orders["ca"], "BVUP_HOME": home}
    command = [sys.executable, "-m", "benchmarks.chaos.command", orders["outcome"], *asked]
    os.execve(sys.executable, command, {**os.environ, **place})


def main() -> None:
    """Be `bvup`, and write down how it ended."""
    outcome, said = Path(sys.argv.pop(1)), io.StringIO()
    hurry()
    code: object = 0
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        try:
            bvup()
        except SystemExit as end:
            code = end.code or 0
    text = said.getvalue()
    kind = _ERRORS.get(code) if isinstance(code, int) else None
    if code == 1 and "\n  to do: " in text:  # an answer that makes no sense, say; a crash names no remedy
        kind = "OTHER"
    how: dict[str, Any] = {"crash": f"exit code {code}: {text}"}
    if code == 0:
        how = {"result": {}}
    elif kind is not None:
        how = {"error": kind, "said": text, "hint": text}
    draft = outcome.with_suffix(".draft")
    draft.write_text(json.dumps(how))
    draft.rename(outcome)


if __name__ == "__main__":
    main()
