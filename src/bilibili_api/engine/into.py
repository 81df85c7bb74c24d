"""Into which archive pages go, and at which place, instead of making one (section 7.3)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Self, cast

from bilibili_api.exceptions import Problem
from bilibili_api.frozen import frozen
from bilibili_api.protocol.fields import PARTS_LIMIT
from bilibili_api.protocol.video_ids import VideoId
from bilibili_api.saying import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bilibili_api.protocol.edits import Edit
    from bilibili_api.protocol.interfaces import Need

    from .page_state import PageState


@frozen
class Into:
    """Where pages go.

    Attributes:
        aid: Number of the archive.
        replaces: Stored names of the parts whose places the first pages take, one each.
        after: Stored name of the part behind which the others come; None: at the end.
    """

    aid: int
    replaces: tuple[str, ...] = ()
    after: str | None = None

    @classmethod
    def of(cls, given: object) -> Self | None:
        """Read what a caller gives: one of these, or any name of a video; None as None.

        Raises:
            ArgsException: It names no video.
        """
        if given is None or isinstance(given, cls):
            return given
        return cls(VideoId.of(given).aid)

    @classmethod
    def of_plan(cls, plan: Mapping[str, Any]) -> Self | None:
        """Read it from the plan of a job."""
        said = cast("dict[str, Any] | None", plan.get("into"))
        return None if said is None else cls(said["aid"], tuple(said["replaces"]), said["after"])

    def as_json(self) -> dict[str, Any]:
        """Return it for the plan of a job."""
        return {**asdict(self), "replaces": list(self.replaces)}

    @property
    def video(self) -> VideoId:
        """The archive."""
        return VideoId(self.aid)

    def edit(self, pages: list[PageState]) -> Edit:
        """Return the edit that puts stored pages there."""
        from bilibili_api.protocol.drafts import DraftPart  # noqa: PLC0415 - most uploads make archives
        from bilibili_api.protocol.edits import Edit  # noqa: PLC0415 - as it

        parts = [DraftPart(p.filename or "", p.title, p.description, p.cid or 0) for p in pages]
        first = len(self.replaces)
        return Edit(
            known=frozenset(self.replaces),
            replaced=dict(zip(self.replaces, parts, strict=False)),
            added=tuple(parts[first:]),
            after=self.after,
        )


def needs_of(into: Into | None, pages: int) -> dict[Need, str]:
    """Return what edits need of the login, as `halves.forced` says it.

    Args:
        into: Where pages go, or None: into an archive that is made.
        pages: How many there are; those beyond the first call follow by edits.
    """
    if into is not None:
        return {"cookies": f"into={into.video.bvid}"}
    return {"cookies": f"pages={pages}"} if pages > PARTS_LIMIT else {}


def check_into(
    into: Into, pages: int, given: Mapping[str, object], *, has_cookies: bool
) -> Iterator[Problem]:
    """Check what else a caller gives with it.

    Args:
        into: Where pages go.
        pages: How many there are.
        given: What belongs to a new archive, by its name.
        has_cookies: Whether the login has cookies.
    """
    names = [name for name, value in given.items() if value]
    if names:
        yield Problem(
            names[0],
            say("belongs to a new archive, but the pages go into {bvid}.", bvid=into.video.bvid),
            say("Leave it out; bilibili_api.archive changes what an archive says."),
        )
    if not has_cookies:
        yield Problem(
            "into", say("needs cookies, which the login does not have."), say("Log in by the TV QR code.")
        )
    if pages < len(into.replaces):
        yield Problem(
            "into",
            say("replaces {replaces} parts by {pages} pages.", replaces=len(into.replaces), pages=pages),
            say("Give a page for each part."),
        )
