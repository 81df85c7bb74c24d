"""Where `bvup` keeps what outlives a run."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_config_dir, user_data_dir


def home() -> Path:
    """Return the folder for the user's data; `BVUP_HOME` overrides the system's custom."""
    return Path(os.environ.get("BVUP_HOME") or user_data_dir("bvup", appauthor=False))


def authority_folder() -> Path:
    """Return the folder of the simulator's certificate authority, kept so that clients trust it for good."""
    return home() / "simulator"


def authority_file() -> Path:
    """Return the file that clients of `bvup simulator` have to trust."""
    return authority_folder() / "ca.pem"


def settings_file() -> Path:
    """Return the user's own file of settings; `BVUP_HOME` overrides the system's custom."""
    folder = os.environ.get("BVUP_HOME") or user_config_dir("bvup", appauthor=False)
    return Path(folder) / "config.toml"
