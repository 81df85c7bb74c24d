"""What `bvup upload --dry-run` shows: exactly what would be sent. Pure functions."""

from __future__ import annotations

import json
from functools import reduce
from typing import TYPE_CHECKING, cast

from bilibili_api.account import MAX_FILE_SIZE, MAX_PARTS
from bilibili_api.amounts import size_text
from bilibili_api.saying import Said, listed

from .language import in_words, t
from .media_words import about, media_figures
from .order import LISTED
from .report import problem_figures
from .text import row, safe, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilibili_api.media import Media
    from bilibili_api.video_uploader import Preview

    from .order import Order


def plan_lines(preview: Preview, order: Order, seen: Sequence[Media | None]) -> Iterator[str]:
    """Say how it would be sent, what is in the files, and what would be submitted.

    Args:
        preview: What the library says.
        order: What is to be uploaded.
        seen: What was seen in the file of each part; None: it was not looked into.
    """
    yield row(t("line"), preview.line or t("the one of UPOS that proves fastest when it starts"))
    chunks = t(
        "{number} at once, of {size} if the line has no own size",
        number=preview.threads,
        size=size_text(preview.chunk_size),
    )
    yield row(t("chunks"), chunks)
    if order.rate is not None:
        yield row(t("rate"), safe(order.rate))
    limits = t(
        "{parts} parts of {size}, for ordinary accounts; see bvup whoami",
        parts=MAX_PARTS,
        size=size_text(MAX_FILE_SIZE),
    )
    yield row(t("limits"), limits)
    if len(preview.parts) > MAX_PARTS:
        yield row(
            "",
            t("P{number} and those behind it are added by edits when it is submitted.", number=MAX_PARTS + 1),
        )
    for number, part in enumerate(preview.parts, 1):
        if (part.size or 0) > MAX_FILE_SIZE:
            yield row("", t("P{number} is larger than that.", number=number))
    yield from _seen(seen)
    yield t("Names told to Bilibili: {names}", names=listed(safe(part.name) for part in preview.parts))
    if not preview.bodies:
        yield t("What would be submitted can be said when the problems are mended.")
    yield from _bodies(preview)


def _seen(seen: Sequence[Media | None]) -> Iterator[str]:
    """Say what the first files are, and in which of all something was found."""
    known = [(number, media) for number, media in enumerate(seen, 1) if media is not None]
    shown = [(number, media) for number, media in known if number <= LISTED or media.findings]
    if shown:
        yield t("In the files:")
    for number, media in shown:
        yield row(f"P{number}", about(media) if media.container else t("no video"))
        for finding in media.findings:
            said = safe(sentences(finding.what, finding.fix))
            yield f"    - {t('{place}: {what}', place=finding.kind, what=said)}"
    if left := len(known) - len(shown):
        yield row("...", t("and {number} more, in which nothing was found", number=left))


def _bodies(preview: Preview) -> Iterator[str]:
    """Write each body once, with the interfaces that it is for, in the order in which they are tried."""
    alike: dict[str, list[str]] = {}
    for name, body in preview.bodies.items():
        alike.setdefault(
            json.dumps(_in_words(body), indent=2, ensure_ascii=False, sort_keys=True), []
        ).append(name)
    for number, (body, names) in enumerate(alike.items()):
        named = reduce(lambda one, other: t("{one}, else {other}", one=one, other=other), names)
        yield (
            t("Submitted through {interfaces}:", interfaces=named)
            if number == 0
            else t("Where that is closed, through {interfaces}:", interfaces=named)
        )
        yield from (f"  {safe(line)}" for line in body.splitlines())


def _in_words(body: object) -> object:
    """Return a body with what only the server can say named in the language that is spoken."""
    if isinstance(body, dict):
        return {key: _in_words(value) for key, value in cast("dict[str, object]", body).items()}
    if isinstance(body, list):
        return [_in_words(value) for value in cast("list[object]", body)]
    return in_words(body) if isinstance(body, Said) else body


def plan_figures(
    preview: Preview, order: Order, account: str, seen: Sequence[Media | None]
) -> dict[str, object]:
    """Return the same for programs; see `bvup.schema.json`.

    Args:
        preview: What the library says.
        order: What is to be uploaded.
        account: Who uploads, in words.
        seen: As for `plan_lines`.
    """
    files = [None if part.is_stream else str(part.path) for part in order.parts]
    return {
        "title": order.meta["title"],
        "account": account,
        "server": order.server.url if order.server else None,
        "line": preview.line,
        "threads": preview.threads,
        "chunk_size": preview.chunk_size,
        "limits": {"max_parts": MAX_PARTS, "max_file_size": MAX_FILE_SIZE},
        "parts": [
            {
                "file": file,
                "title": part.title,
                "name": part.name,
                "size": part.size,
                "media": None if media is None else media_figures(one.path, media),
            }
            for file, part, one, media in zip(files, preview.parts, order.parts, seen, strict=True)
        ],
        "submissions": [
            {"interface": name, "body": _in_words(body)} for name, body in preview.bodies.items()
        ],
        "subtitles": [found.figures() for found in order.subtitles],
        "problems": [problem_figures(problem) for problem in preview.problems],
        "published": preview.published,
    }
