"""Put videos on Bilibili: `video_uploader` uploads, `cover` makes covers, `channel` knows partitions.

`account` gets and keeps logins, `archive` looks after what was submitted, `sync` runs a coroutine to its end.

Everything here writes to one logger, `bilibili_api`, and to none below it: a filter on a logger does not see
the records of loggers below, and the filter of this one masks secrets. It is silent until the program sets up
logging.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import warnings
from typing import TYPE_CHECKING

from .exceptions import (
    ApiException,
    ArchiveChanged,
    ArgsException,
    ConnectionLost,
    ExtraMissing,
    InvalidCover,
    InvalidUpload,
    JournalFailed,
    LoginLacks,
    NetworkException,
    PartsMissing,
    Problem,
    ProxyFailed,
    ResponseCodeException,
    ResponseException,
    Retry,
    SourceChanged,
    SpoolFailed,
    SubmissionUnknown,
    Unreachable,
    UploadBusy,
    VerificationRequired,
    VideoUploadException,
)
from .redaction import RedactingFilter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from . import account, archive, channel, cover, season, subtitle, video_uploader
    from .engine.web_credential import Credential
    from .utils.sync import sync

    __version__: str

__all__ = [
    "ApiException",
    "ArchiveChanged",
    "ArgsException",
    "ConnectionLost",
    "Credential",
    "ExtraMissing",
    "InvalidCover",
    "InvalidUpload",
    "JournalFailed",
    "LoginLacks",
    "NetworkException",
    "PartsMissing",
    "Problem",
    "ProxyFailed",
    "ResponseCodeException",
    "ResponseException",
    "Retry",
    "SourceChanged",
    "SpoolFailed",
    "SubmissionUnknown",
    "Unreachable",
    "UploadBusy",
    "VerificationRequired",
    "VideoUploadException",
    "__version__",
    "account",
    "archive",
    "channel",
    "cover",
    "season",
    "subtitle",
    "sync",
    "video_uploader",
]

_RIVAL = re.compile(
    r"(?P<name>bilibili[-_.]api([-_.]python)?)-(?P<version>[^-]+)(-.*)?\.(dist|egg)-info", re.IGNORECASE
)
"""The folder in which an installer notes a distribution that brings a package of the same name."""


def __getattr__(name: str) -> object:
    """Load on first use what importing this package should not cost."""
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - it takes as long as all the rest

        return version("bilibili-video-uploader")
    if name == "sync":
        from .utils.sync import sync  # noqa: PLC0415 - asyncio is a large import

        return sync
    if name == "Credential":
        from .engine.web_credential import Credential  # noqa: PLC0415 - most of the engine comes with it

        return Credential
    if name in {"account", "archive", "channel", "cover", "season", "subtitle", "video_uploader"}:
        from importlib import import_module  # noqa: PLC0415

        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _rivals(path: Iterable[str]) -> list[str]:
    """Return the installed distributions that bring a package of the same name, as `name version`."""
    found: list[str] = []
    for folder in path:
        try:
            entries = os.listdir(folder or ".")  # noqa: PTH208 - pathlib and importlib.metadata take far longer to load
        except OSError:
            continue
        found += [
            f"{m['name'].replace('_', '-')} {m['version']}" for m in map(_RIVAL.fullmatch, entries) if m
        ]
    return found


def _warn_of_rivals() -> None:
    if rivals := _rivals(sys.path):
        names = " ".join(rival.split()[0] for rival in rivals)
        warnings.warn(
            f"{' and '.join(rivals)} is installed in the same environment as bilibili-video-uploader, and "
            "both bring the package bilibili_api, so their files are mixed up. Keep each in a virtual "
            f"environment of its own; to mend this one: pip uninstall {names} bilibili-video-uploader, "
            "then pip install bilibili-video-uploader",
            RuntimeWarning,
            stacklevel=3,
        )


def _set_up_logger() -> None:
    logger = logging.getLogger(__name__)
    logger.addHandler(logging.NullHandler())
    logger.addFilter(RedactingFilter())


_set_up_logger()
_warn_of_rivals()
