"""What the commands for archives have in common: which video, and whose."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bilibili_api.archive import Archives, VideoId
from bilibili_api.exceptions import ArgsException

from .credentials import credential_of
from .flags import output_options, server_options, verbose_option, who_options
from .text import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

F = TypeVar("F", bound="Callable[..., Any]")


def read_videos(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Return what names a video, or several, as it was given: what names none is told at once."""
    if not ctx.resilient_parsing:
        for name in (value,) if isinstance(value, str) else value:
            try:
                VideoId.of(name)
            except ArgsException as error:
                raise click.BadParameter(sentences(error.said, error.hint), ctx, param) from None
    return value


video_argument = click.argument("video", callback=read_videos, metavar="VIDEO")
videos_argument = click.argument("videos", nargs=-1, required=True, callback=read_videos, metavar="VIDEO...")


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
