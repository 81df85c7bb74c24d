"""From the options of `bvup upload` to what is to be uploaded."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from .cover_options import cover_from
from .credentials import server_from
from .files import STDIN
from .order import Order, Part
from .text import stem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from io import BufferedIOBase


def order_from(files: Sequence[Path], given: Mapping[str, Any]) -> Order:
    """Return the submission whose parts are the files.

    Raises:
        click.UsageError: Options contradict one another.
        ArgsException: The server's URL cannot be used.
    """
    titles: Sequence[str] = given["part_titles"]
    if len(titles) > len(files):
        raise click.UsageError(f"{len(titles)} --part-title for {len(files)} files.")
    names = [Path(given["name"]) if path == STDIN else path for path in files]
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
        server=server_from(given["server"], given["ca"]),
        rate=given["rate"],
    )


def orders_from(files: Sequence[Path], given: Mapping[str, Any]) -> tuple[Order, ...]:
    """Return a submission for each file, called as the file is.

    Raises:
        click.UsageError: As `order_from`, or an option gives all of them the same title.
        ArgsException: As `order_from`.
    """
    if given["title"] is not None or given["part_titles"]:
        option = "--title" if given["title"] is not None else "--part-title"
        raise click.UsageError(f"{option} and --each contradict one another: each is called as its file is.")
    return tuple(order_from([path], given) for path in files)


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
