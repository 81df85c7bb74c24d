"""Pages that become parts of an archive that is there, instead of making one (section 7.3).

The stored file names the part: an edit that has been made shows it, so that making it again, after a crash or
a lost answer, changes nothing.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Final

from bilibili_api.events import VideoUploaderEvents as E
from bilibili_api.exceptions import (
    ApiException,
    ArchiveChanged,
    JournalFailed,
    ResponseCodeException,
)
from bilibili_api.protocol.fields import PARTS_LIMIT

from .publish import Publication
from .standing import Submission
from .submitting import TROUBLE

if TYPE_CHECKING:
    from bilibili_api.protocol.edits import Edit

    from .calls import Calls
    from .into import Into
    from .publish import Plan
    from .standing import Standing
    from .waits import Tell

WAY: Final = "edit"
"""Stands for the interface in the standing and in the journal."""


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
