"""Parts of an archive as people name them: by their place, from 1 (protocol document, section 7.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bilibili_api.exceptions import ArgsException, InvalidUpload
from bilibili_api.saying import say

from .meta import check_page_titles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .drafts import Draft
    from .edits import Edit


def with_parts(
    edit: Edit, draft: Draft, titles: Mapping[int, str], order: Iterable[int], removed: Iterable[int]
) -> Edit:
    """Add to an edit what is to become of the parts, which are named by their places, from 1.

    Args:
        edit: The edit.
        draft: The archive.
        titles: New titles.
        order: The order the parts are to have; those that are not named follow.
        removed: Parts that go.

    Raises:
        ArgsException: There is no such part, one is named twice, or none would be left.
        InvalidUpload: A title is too long.
    """
    if titles and (problems := check_page_titles(list(titles.values()), most=None)):
        raise InvalidUpload(problems)
    gone, first = frozenset(named(draft, removed)), named(draft, order)
    if len(gone) == len(draft.parts):
        raise ArgsException(
            say("An archive has one part at least."),
            hint=say("To be rid of the whole video, delete it on the site, which wants a captcha for that."),
        )
    rest = tuple(name for name in draft.filenames if name not in first)
    return replace(
        edit,
        titles=dict(zip(named(draft, titles), titles.values(), strict=True)),
        order=(*first, *rest) if first else (),
        removed=gone,
    )


def named(draft: Draft, numbers: Iterable[int]) -> tuple[str, ...]:
    """Return the stored names of parts.

    Args:
        draft: The archive.
        numbers: Their places, from 1.

    Raises:
        ArgsException: There is no such part, or one is named twice.
    """
    asked, most = list(numbers), len(draft.parts)
    for number in asked:
        if not 1 <= number <= most:
            raise ArgsException(
                say("{bvid} has no part {number}.", bvid=draft.archive.bvid, number=number),
                hint=say("Name parts from 1 to {most}.", most=most),
            )
    if len(set(asked)) < len(asked):
        raise ArgsException(say("A part is named twice."), hint=say("Name each part once."))
    return tuple(draft.filenames[number - 1] for number in asked)
