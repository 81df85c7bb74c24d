"""Submits stored pages: exactly one archive, whatever dies when (section 6.1 warns of twins).

That it is going to be sent is written down first. When its answer is lost, the account's list of archives is
asked for the stored names: what is there is taken, what is proven not to be there may be sent once more, and
of what stays unknown the user is asked.
"""

from __future__ import annotations

import asyncio
import copy
import logging
from typing import TYPE_CHECKING, Final

from bilibili_api.events import VideoUploaderEvents as E
from bilibili_api.exceptions import (
    ApiException,
    ConnectionLost,
    NetworkException,
    ResponseCodeException,
    ResponseException,
    Retry,
    SubmissionUnknown,
)
from bilibili_api.protocol import meta, submit
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.fields import PARTS_LIMIT
from bilibili_api.saying import joined, say

from .schedule import in_time
from .standing import Submission

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bilibili_api.protocol.interfaces import Access, Interface
    from bilibili_api.protocol.wire import Request

    from .calls import Calls
    from .page_state import PageState
    from .standing import Standing
    from .waits import Tell

MAYBE_PROCESSED: Final = frozenset({500, 502, 504})
"""Statuses that do not tell whether the work was done: it broke off, or a gateway has no answer."""

TROUBLE: Final = frozenset({-500, -504, -8888})
"""Codes of a service that had trouble, perhaps only after it had made the archive."""

THROTTLED: Final = frozenset({137022})
"""Codes of an interface that is closed for hours while others are open; waiting helps as well."""

_MOST_LOST: Final = 2
"""Submissions whose answer may be lost and that are proven to have made nothing: one, and one more try."""

log = logging.getLogger("bilibili_api")


class Submitting:
    """Submits once.

    Args:
        calls: The login.
        tell: Where events go.
        standing: What is stored, and what is known of earlier submissions.
        wanted: The caller's metadata.
        extra: Members sent untouched.
    """

    def __init__(
        self,
        calls: Calls,
        tell: Tell,
        standing: Standing,
        wanted: Mapping[str, object],
        extra: Mapping[str, object],
    ) -> None:
        self._calls = calls
        self._tell = tell
        self._standing = standing
        self._wanted = wanted
        self._extra = extra

    async def run(self, interfaces: tuple[Interface, ...]) -> None:
        """Submit through the first interface that is open (design, decision 3), unless it was done before.

        Pages beyond those that one call takes are left out: `made` names the archive that lacks them.

        Raises:
            SubmissionUnknown: Whether there is an archive cannot be found out.
            JournalFailed: That it is submitted cannot be written down; it was not.
            ApiException: It was refused.
        """
        try:
            if self._standing.submission is not Submission.OPEN:
                lost = SubmissionUnknown(say("It was submitted before, and the answer never came."))
                added = await self._settled(lost)
                if added is not None:
                    return await self._publish(added)
            await self._in_turn(interfaces)
        except ApiException as error:
            self._tell(E.SUBMIT_FAILED, {"err": error})
            raise

    async def _in_turn(self, interfaces: tuple[Interface, ...]) -> None:
        for interface, following in zip(interfaces, (*interfaces[1:], None), strict=True):
            try:
                return await self._through(interface)
            except ApiException as error:
                if following is None or not _is_closed(error):
                    raise
                log.warning(
                    say(
                        "interface {name!r}: {error} {following!r} is tried next.",
                        name=interface.name,
                        error=error,
                        following=following.name,
                    )
                )
                change = {"from": interface.name, "to": following.name, "err": error}
                self._tell(E.INTERFACE_CHANGED, change)
        return None

    async def _through(self, interface: Interface) -> None:
        standing = self._standing
        body = meta.final_meta(
            self._wanted,
            extra=self._extra,
            cover=standing.cover_url,
            cover43=standing.cover43_url,
            videos=[_video(page) for page in standing.pages[:PARTS_LIMIT]],
            interface=interface,
        )
        body = in_time(body, self._calls.options.world.now(), self._extra)

        async def attempt(access: Access) -> submit.Added | None:
            return await self._once(interface.request(access, body))

        standing.interface = interface.name
        self._tell(E.PRE_SUBMIT, copy.deepcopy(body))
        added = None
        while added is None:  # ends by an error when what is lost cannot be tried again
            added = await self._calls.using(Step.SUBMIT, attempt)
        await self._publish(added)

    async def _once(self, request: Request) -> submit.Added | None:
        """Send it; None: its answer was lost, and it is proven to have made nothing."""
        standing = self._standing
        standing.submission = Submission.SENT
        standing.sent_at = self._calls.options.world.now()
        standing.attempts += 1
        try:
            await standing.ledger.submitting()
        except BaseException as error:  # not sent
            standing.submission = Submission.OPEN
            standing.attempts -= 1
            if isinstance(error, asyncio.CancelledError):  # it may be written down by now that it was
                await standing.ledger.noted()
            raise
        try:
            return submit.parse_add(await self._calls.http.send(request))
        except ApiException as error:
            if not _is_lost(error):
                standing.submission, standing.attempts = Submission.OPEN, 0
                await standing.ledger.noted()
                raise
            lost = SubmissionUnknown(
                say("The submission was sent, but its answer was lost: {error}", error=error)
            )
            return await self._settled(lost)

    async def _settled(self, lost: SubmissionUnknown) -> submit.Added | None:
        """Find out what became of a submission whose answer was lost; None: nothing, it may be sent again.

        Raises:
            SubmissionUnknown: Nobody knows, or it is the second one that was lost.
        """
        from .reconcile import Verdict, reconcile  # noqa: PLC0415 - few answers are lost

        standing = self._standing
        log.warning(say("{error} The account's archives are asked for it.", error=lost))
        names = [page.filename or "" for page in standing.pages[:PARTS_LIMIT]]
        found = await reconcile(self._calls, names, standing.sent_at, mid=standing.mid)
        if found.verdict is Verdict.FOUND:
            log.warning(found.reason)
            return submit.Added(found.aid, found.bvid)
        may_try = found.verdict is Verdict.ABSENT and standing.attempts < _MOST_LOST
        standing.submission = Submission.OPEN if may_try else Submission.UNSURE
        await standing.ledger.noted()
        if not may_try:
            raise SubmissionUnknown(joined(" ", (lost.said, found.reason)))
        log.warning(say("{reason} It is submitted once more.", reason=found.reason))
        return None

    async def _publish(self, added: submit.Added) -> None:
        standing, ids = self._standing, {"aid": added.aid, "bvid": added.bvid}
        if len(standing.pages) > PARTS_LIMIT:
            standing.submission, standing.made = Submission.SENT, ids  # nobody is unsure of it any more
            await standing.ledger.noted()
            return
        standing.submission, standing.result = Submission.DONE, ids
        await standing.ledger.noted()
        self._tell(E.AFTER_SUBMIT, dict(standing.result))


def _is_lost(error: ApiException) -> bool:
    """Whether an error leaves open what became of the submission."""
    gateway = isinstance(error, NetworkException) and error.status in MAYBE_PROCESSED
    trouble = isinstance(error, ResponseCodeException) and error.code in TROUBLE
    return gateway or trouble or isinstance(error, ConnectionLost | ResponseException)


def _is_closed(error: ApiException) -> bool:
    """Whether a refusal says nothing against other interfaces: this one is retired, or closed for hours."""
    throttled = isinstance(error, ResponseCodeException) and error.code in THROTTLED
    return throttled or error.retry is Retry.OTHER_INTERFACE


def _video(page: PageState) -> dict[str, object]:
    said: dict[str, object] = {
        "title": page.title,
        "desc": page.description,
        "filename": page.filename or "",
    }
    return said if page.cid is None else {**said, "cid": page.cid}
