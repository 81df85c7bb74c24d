"""Parts of an archive as people name them: by their place, from 1 (protocol document, section 7.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilibili_api.exceptions import ArgsException, InvalidUpload

from .edits import Edit
from .meta import check_page_titles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .drafts import Draft


def renamed(draft: Draft, titles: Mapping[int, str]) -> Edit:
    """Plan other titles of parts.

    Args:
        draft: The archive.
        titles: By the places of the parts, from 1.

    Raises:
        ArgsException: There is no such part.
        InvalidUpload: A title is too long.
    """
    if titles and (problems := check_page_titles(list(titles.values()), most=None)):
        raise InvalidUpload(problems)
    names = dict(zip(named(draft, titles), titles.values(), strict=True))
    return Edit(known=frozenset(draft.filenames), titles=names)


def reordered(draft: Draft, order: Iterable[int]) -> Edit:
    """Plan another order of the parts.

    Args:
        draft: The archive.
        order: The places of parts, from 1, in the order they are to have; those that are not named follow.

    Raises:
        ArgsException: There is no such part, or one is named twice.
    """
    first = named(draft, order)
    rest = (name for name in draft.filenames if name not in first)
    return Edit(known=frozenset(draft.filenames), order=(*first, *rest))


def without(draft: Draft, numbers: Iterable[int]) -> Edit:
    """Plan to take parts away.

    Args:
        draft: The archive.
        numbers: The places of the parts, from 1.

    Raises:
        ArgsException: There is no such part, one is named twice, or none would be left.
    """
    gone = frozenset(named(draft, numbers))
    if len(gone) == len(draft.parts):
        raise ArgsException(
            "An archive has one part at least.",
            hint="To be rid of the whole video, delete it on the site, which wants a captcha for that.",
        )
    return Edit(known=frozenset(draft.filenames), removed=gone)


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
                f"{draft.archive.bvid} has no part {number}.", hint=f"Name parts from 1 to {most}."
            )
    if len(set(asked)) < len(asked):
        raise ArgsException("A part is named twice.", hint="Name each part once.")
    return tuple(draft.filenames[number - 1] for number in asked)
