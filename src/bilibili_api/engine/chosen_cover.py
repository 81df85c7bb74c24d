"""The cover of one upload, as the caller chose it: a picture, or `auto`, a frame of the first page."""

from __future__ import annotations

import logging
import os
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal

from PIL import Image

from bilibili_api.exceptions import ApiException, Problem
from bilibili_api.frozen import frozen
from bilibili_api.saying import listed, say

from .candidates import auto
from .cover import RATIOS, Given, Ratio, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .origin import Origin

Choice = Given | Literal["auto"]
"""A picture of any kind that `prepare` takes, or "auto". A file of that name is `./auto`."""
Content = tuple[bytes, str]
"""An image file and its MIME type."""

log = logging.getLogger("bilibili_api")


@frozen
class Cover:
    """What is wanted as the cover of an upload.

    Attributes:
        picture: Any picture that `prepare` takes, or "auto": a good frame of the first page.
        ratio: Width to height.
        picture43: A second cover of 4:3, given like `picture`; only the interface `web` takes it, which
            is therefore tried first unless another one is forced. One that fails is left out.
        required: Whether a cover that fails is an error: before anything is sent if it cannot be made, before
            submitting if it cannot be stored. Else COVER_FAILED is dispatched and the upload goes on without.
    """

    picture: Choice = field(repr=False)
    ratio: Ratio = "16:10"
    picture43: Choice | None = field(default=None, repr=False)
    required: bool = False


class ChosenCover:
    """Makes the covers that are wanted, once, however often they are asked for: a pipe can be read only once.

    Args:
        given: What the caller gave.
    """

    def __init__(self, given: Choice | Cover) -> None:
        self.given = given
        self.wish = given if isinstance(given, Cover) else Cover(given)
        self._made: dict[tuple[str, Origin | None], Content] = {}

    @property
    def is_auto(self) -> bool:
        """Whether it is a frame of the first page."""
        return _is_auto(self.wish.picture)

    async def check(self, first_page: Origin | None) -> list[Problem]:
        """Return what is wrong with the choice, and with a picture that is required.

        Args:
            first_page: Where "auto" takes a frame from; None where there is none to be looked at.
        """
        wish = self.wish
        found = [*_check_picture(wish.picture, "cover"), *_check_ratio(wish.ratio)]
        if wish.picture43 is not None:
            found += _check_picture(wish.picture43, "cover.picture43")
        if found or first_page is None or not wish.required:
            return found
        try:
            await self.made(first_page)
        except ApiException as error:
            return [Problem("cover", say("cannot be used: {error}", error=error), error.hint)]
        return []

    async def made(self, first_page: Origin) -> Content:
        """Return the cover.

        Raises:
            ApiException: It cannot be made.
        """
        return await self._make("cover", self.wish.picture, self.wish.ratio, first_page)

    async def made43(self, first_page: Origin) -> Content | None:
        """Return the second cover, or None where none is wanted or none can be made."""
        if self.wish.picture43 is None:
            return None
        try:
            return await self._make("cover43", self.wish.picture43, "4:3", first_page)
        except ApiException as error:
            log.warning(
                say("The cover of 4:3 cannot be made: {error} The upload goes on without it.", error=error)
            )
            return None

    async def _make(self, name: str, picture: Choice, ratio: Ratio, first_page: Origin) -> Content:
        is_auto = _is_auto(picture)
        key = name, first_page if is_auto else None
        if key not in self._made:
            made = await (auto(first_page, ratio=ratio) if is_auto else prepare(picture, ratio=ratio))
            for note in made.notes:
                log.info(say("Cover of {ratio}: {note}", ratio=ratio, note=note))
            self._made[key] = made.content, made.mime
        return self._made[key]


def _is_auto(picture: Choice) -> bool:
    return isinstance(picture, str) and picture == "auto"


def _check_picture(given: Any, name: str) -> Iterator[Problem]:
    known = isinstance(given, bytes | bytearray | memoryview | str | os.PathLike | Image.Image)
    if not known and not hasattr(given, "read"):
        yield Problem(
            name,
            say("is {type}.", type=type(given).__name__),
            say("Give a path, bytes, a stream, an image of Pillow, or 'auto'."),
        )


def _check_ratio(ratio: str) -> Iterator[Problem]:
    if ratio not in RATIOS:
        yield Problem(
            "cover.ratio",
            say("is {ratio!r:.40}.", ratio=ratio),
            say("Give one of {ratios}.", ratios=listed(RATIOS)),
        )
