"""What the commands for archives have in common: which video, and whose."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bilibili_api.archive import Archives

from .credentials import credential_of
from .flags import output_options, server_options, verbose_option, who_options

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

F = TypeVar("F", bound="Callable[..., Any]")

video_argument = click.argument("video", metavar="VIDEO")
"""Adds VIDEO; the library reads it, and says what it may be."""


def archive_options(command: F) -> F:
    """Add who it is about, and how to get there."""
    return who_options(server_options(output_options(verbose_option("Show tracebacks of errors.")(command))))


@contextmanager
def archives_of(given: Mapping[str, Any]) -> Generator[Archives]:
    """Yield the archives of who is named; errors against which only a login helps say how to get one.

    Raises:
        LoginNeeded: Nobody is logged in.
        ApiException: What the library raises.
    """
    with credential_of(given) as credential:
        yield Archives(credential)
