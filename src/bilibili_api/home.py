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


def make_private(folder: Path) -> None:
    """Make a folder that only its owner enters, and so each one above it that is missing, whatever the umask.

    One that is there stays as it is.

    Raises:
        OSError: It cannot be made.
    """
    try:
        folder.mkdir(mode=0o700)
    except FileNotFoundError:
        if folder.parent == folder:
            raise
        make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        if not folder.is_dir():
            raise


def simulator_authority() -> Path:
    """Return the folder of the authority that `bvup simulator` keeps; clients trust its `ca.pem`."""
    return home() / "simulator"
