"""How `bvup upload` is told what the cover is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from .flags import is_spoken
from .language import t
from .text import safe

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.cover import Cover

F = TypeVar("F", bound="Callable[..., Any]")


def read_picture(
    _ctx: click.Context, _param: click.Parameter, value: str | None
) -> Path | Literal["auto"] | None:
    """Return "auto", or the path of a file that is there; a file of that name is `./auto`."""
    if value == "auto":
        return "auto"
    if value is None or Path(value).is_file():
        return None if value is None else Path(value)
    raise click.BadParameter(t("there is no file {path!r}. Give an image, or `auto`.", path=safe(value)))


def cover_options(command: F) -> F:
    """Add `--cover`, `--cover-ratio`, `--cover43` and `--cover-required`."""
    picture = click.option(
        "--cover",
        type=click.Path(),
        callback=read_picture,
        metavar="IMAGE|auto",
        help="Cover: any picture, cut and scaled as needed; auto: a good frame of the first part.",
    )
    ratio = click.option(
        "--cover-ratio",
        type=click.Choice(["16:10", "16:9", "4:3"]),
        default="16:10",
        show_default=True,
        help="Width to height of the cover.",
    )
    second = click.option(
        "--cover43",
        type=click.Path(),
        callback=read_picture,
        metavar="IMAGE|auto",
        help="A second cover of 4:3; only the interface `web` takes it.",
    )
    required = click.option(
        "--cover-required",
        is_flag=True,
        help="Submit nothing if the cover fails.  [default: go on without it]",
    )
    return picture(ratio(second(required(command))))


def cover_from(given: dict[str, Any]) -> Cover | None:
    """Return the cover that the options describe.

    Raises:
        click.UsageError: There is no cover that the other options could be about.
    """
    if given["cover"] is None:
        without = [name for name in ("cover43", "cover_required") if given[name]]
        if any(is_spoken(name) for name in without):
            raise click.UsageError(t("--cover43 and --cover-required go with --cover."))
        return None
    from bilibili_api.cover import Cover  # noqa: PLC0415 - Pillow is a large import, and most go without

    return Cover(
        given["cover"],
        ratio=given["cover_ratio"],
        picture43=given["cover43"],
        required=given["cover_required"],
    )


def cover_name(cover: Cover) -> str:
    """Return what to call the cover before a person."""
    return safe(cover.picture.name) if isinstance(cover.picture, Path) else t("a frame of the first part")
