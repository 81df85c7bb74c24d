"""Where this tool keeps what outlives a run."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """Return the folder for the user's data; `BVUP_HOME` overrides the system's custom."""
    if named := os.environ.get("BVUP_HOME"):
        return Path(named)
    from platformdirs import user_data_dir  # noqa: PLC0415 - few runs need it, and it has much to import

    return Path(user_data_dir("bvup", appauthor=False))


def simulator_authority() -> Path:
    """Return the folder of the authority that `bvup simulator` keeps; clients trust its `ca.pem`."""
    return home() / "simulator"
