"""From the options of `bvup upload` to what is to be uploaded."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from .cover_options import cover_from
from .credentials import server_from
from .files import STDIN
from .filling import filled
from .flags import outspoken
from .language import t, tn
from .order import Order, Part
from .templates import has_variables
from .text import stem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from io import BufferedIOBase

    from .subtitle_found import Found


def order_from(files: Sequence[Path], given: Mapping[str, Any], n: int = 1, count: int = 1) -> Order:
    """Return the submission whose parts are the files.

    Args:
        files: The files.
        given: The options.
        n: Number of the submission among several, for its texts.
        count: How many there are.

    Raises:
        click.UsageError: Options contradict one another, or a text has a variable that is not known.
        ArgsException: The server's URL cannot be used.
    """
    names = [Path(given["name"]) if path == STDIN else path for path in files]
    given = filled(outspoken(given), files, names, n, count)
    titles: Sequence[str] = given["part_titles"]
    if len(titles) > len(files):
        raise click.UsageError(
            tn(
                len(files),
                "{titles} --part-title for {n} file.",
                "{titles} --part-title for {n} files.",
                titles=len(titles),
            )
        )
    titles = [*titles, *(stem(name) for name in names[len(titles) :])]
    parts = [_part(*one) for one in zip(files, names, titles, strict=True)]
    return Order(
        parts=tuple(parts),
        meta=_meta_from(given, stem(names[0])),
        extra=given["extra_fields"],
        cover=cover_from(dict(given)),
        threads=given["threads"],
        chunk_size=given["chunk_size"],
        line=given["line"],
        interface=given["interface"],
        place=given["place"],
        topic=given["topic"],
        mission=given["mission"],
        server=server_from(given["server"], given["ca"]),
        rate=given["rate"],
        subtitles=_subtitles_of(parts, given) if given["subtitles"] else (),
        number=n,
    )


def orders_from(files: Sequence[Path], given: Mapping[str, Any]) -> tuple[Order, ...]:
    """Return a submission for each file, called as the file is, or as a text with variables says.

    Raises:
        click.UsageError: As `order_from`, or an option gives several of them the same title.
        ArgsException: As `order_from`.
    """
    for option, texts in (("--title", [given["title"] or "{}"]), ("--part-title", given["part_titles"])):
        if not all(has_variables(text) for text in texts):
            raise click.UsageError(
                t(
                    "{option} and --each contradict one another: each is called as its file is, or "
                    "give a text with variables: {option} '{{stem}}, part {{n}}'",
                    option=option,
                )
            )
    orders = tuple(order_from([path], given, n, len(files)) for n, path in enumerate(files, 1))
    if given["title"] is not None and len({order.meta["title"] for order in orders}) < len(orders):
        raise click.UsageError(
            t("--title gives several of these files the same title; add {{stem}} or {{n}}.")
        )
    return orders


def _subtitles_of(parts: Sequence[Part], given: Mapping[str, Any]) -> tuple[Found, ...]:
    from .subtitle_found import read_for_parts  # noqa: PLC0415 - few uploads want them

    videos = [None if part.is_stream else part.path for part in parts]
    return asyncio.run(read_for_parts(videos, given["subtitle_lan"]))


def _part(path: Path, name: Path, title: str) -> Part:
    if path != STDIN:
        return Part.of_file(path, title)
    return Part.of_stream(cast("BufferedIOBase", sys.stdin.buffer), name, title)


def _meta_from(given: Mapping[str, Any], title: str) -> dict[str, object]:
    """Return the metadata as the library takes it; what was not said is left out."""
    meta: dict[str, object] = {
        "title": title if given["title"] is None else given["title"],
        "tag": ",".join(given["tags"]) or None,
        "copyright": given["copyright_"],
        "desc": given["desc"],
        "no_reprint": 1 if given["no_reprint"] else None,
        **{key: given[key] for key in ("tid", "source", "dynamic", "dtime")},
    }
    return {key: value for key, value in meta.items() if value is not None}
