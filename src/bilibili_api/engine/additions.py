"""Pages that become parts of an archive that is there, instead of making one (section 7.3).

The stored file names the part: an edit that has been made shows it, so that making it again, after a crash or
a lost answer, changes nothing.
"""

from __future__ import annotations

import copy
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Self, cast

from bilibili_api.events import VideoUploaderEvents as E
from bilibili_api.exceptions import (
    ApiException,
    ArchiveChanged,
    JournalFailed,
    Problem,
    ResponseCodeException,
)
from bilibili_api.protocol.fields import PARTS_LIMIT
from bilibili_api.protocol.video_ids import VideoId

from .publish import Publication
from .standing import Submission
from .submitting import TROUBLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bilibili_api.protocol.edits import Edit
    from bilibili_api.protocol.interfaces import Need

    from .calls import Calls
    from .page_state import PageState
    from .publish import Plan
    from .standing import Standing
    from .waits import Tell

WAY: Final = "edit"
"""Stands for the interface in the standing and in the journal."""


@dataclass(frozen=True, slots=True)
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


def needs_of(into: Into | None) -> dict[Need, str]:
    """Return what it needs of the login, as `halves.forced` says it."""
    return {} if into is None else {"cookies": f"into={into.video.bvid}"}


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
            f"belongs to a new archive, but the pages go into {into.video.bvid}.",
            "Leave it out; bilibili_api.archive changes what an archive says.",
        )
    if not has_cookies:
        yield Problem("into", "needs cookies, which the login does not have.", "Log in by the TV QR code.")
    if pages < len(into.replaces):
        yield Problem(
            "into", f"replaces {len(into.replaces)} parts by {pages} pages.", "Give a page for each part."
        )


class Addition(Publication):
    """Carries out a `Plan` whose pages go into an archive that is there."""

    def __init__(self, calls: Calls, tell: Tell, plan: Plan, standing: Standing, into: Into) -> None:
        super().__init__(calls, tell, plan, standing)
        self._into = into

    async def run(self) -> None:
        """Upload what is missing, then edit the archive until it has the pages.

        Raises:
            ApiException: What could not be helped, with `kept` filled in.
        """
        standing = self._standing
        try:
            if standing.submission is Submission.OPEN:  # else all is stored, and the archive may hold it
                standing.stage = "upload"
                await self._upload_pages()
            standing.stage = "submit"
            await self._put()
        except ApiException as error:
            raise error.keeping(standing.kept()) from None
        standing.stage = "done"

    async def _put(self) -> None:
        from .editing import Editing  # noqa: PLC0415 - as above

        standing, edit = self._standing, self._into.edit(self._standing.pages)
        self._tell(E.PRE_SUBMIT, _body(self._into, edit))
        was_open = standing.submission is Submission.OPEN
        try:
            await self._note_that_it_is_sent()
            await Editing(self._calls).put(self._into.video, edit)
        except ApiException as error:
            if was_open and _is_refused(error, edit):
                standing.submission = Submission.OPEN
            await standing.ledger.noted()
            self._tell(E.SUBMIT_FAILED, {"err": error})
            raise
        standing.submission = Submission.DONE
        standing.result = {"aid": self._into.aid, "bvid": self._into.video.bvid}
        await standing.ledger.noted()
        self._tell(E.AFTER_SUBMIT, copy.copy(standing.result))

    async def _note_that_it_is_sent(self) -> None:
        """Have it on disk first, so that the files are not taken for another archive after a crash."""
        standing = self._standing
        standing.submission, standing.interface = Submission.SENT, WAY
        standing.sent_at = self._calls.options.world.now()
        await standing.ledger.submitting()


def _is_refused(error: ApiException, edit: Edit) -> bool:
    """Whether it is sure that the archive has none of the pages."""
    is_one = len(edit.replaced) + len(edit.added) <= PARTS_LIMIT
    is_answer = isinstance(error, ResponseCodeException) and error.code not in TROUBLE
    return isinstance(error, JournalFailed) or (is_one and (is_answer or isinstance(error, ArchiveChanged)))


def _body(into: Into, edit: Edit) -> dict[str, object]:
    """Return what listeners are told: the archive and the parts that come."""
    coming = (*edit.replaced.values(), *edit.added)
    return {"aid": into.aid, "bvid": into.video.bvid, "videos": [part.as_json() for part in coming]}
