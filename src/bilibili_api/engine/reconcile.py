"""Was a submission whose answer was lost processed? The list of archives is asked (sections 6.1 and 7.1).

Submitting twice makes two archives, so that "no" must be proven: by lists that were read far enough, in which
every archive that is young enough tells its files, and that were looked at several times. What is not proven
is unknown.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from bilibili_api.amounts import moment_text
from bilibili_api.exceptions import ApiException
from bilibili_api.frozen import frozen
from bilibili_api.protocol import renewal
from bilibili_api.protocol.archives import IN_PROGRESS, PASSED, REJECTED, archives_request, parse_archives
from bilibili_api.protocol.codes import Step
from bilibili_api.redaction import Secret
from bilibili_api.saying import joined, listed, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bilibili_api.protocol.archives import Archive, ArchivePage
    from bilibili_api.protocol.cookies import Cookies
    from bilibili_api.protocol.interfaces import Access
    from bilibili_api.protocol.wire import Request, Response

    from .calls import Calls

LOOKS: Final = (0.0, 30.0, 60.0)
"""Seconds to wait before each look. An archive may be listed late, and a submission whose answer was lost may
still be worked on; nobody has measured either, so the last look comes later than any answer is waited for."""

SKEW: Final = 86400.0
"""Seconds by which an archive may seem to be older than the submission that made it: clocks differ."""

PAGE_SIZE: Final = 30
"""The largest that is known to work (section 7.1)."""

MOST_PAGES: Final = 20
"""Of each state: 600 archives since the submission are more than any person's."""

_ORDER: Final = (IN_PROGRESS, PASSED, REJECTED)
"""Each state is read by itself, since nobody knows where the list puts archives without a date of publication
among others; in the order in which archives go through them, so that none slips by between two requests."""

_LOG_IN: Final = say(
    "Log in by scanning the TV QR code, which gives cookies, too; then go on with this upload, which first "
    "looks for the archive. Or look into the archive manager on member.bilibili.com."
)


class Verdict(Enum):
    """What is known of a submission."""

    FOUND = "found"
    """There is an archive."""
    ABSENT = "absent"
    """There is none: it may be submitted once more."""
    UNKNOWN = "unknown"
    """Neither is proven: it must not be submitted again without asking the user."""


@frozen
class Reconciled:
    """What was found out.

    Attributes:
        verdict: Whether there is an archive.
        aid: Its number if it was found, else 0.
        bvid: Its id in URLs if it was found, else `""`.
        reason: What was asked and what was seen, and what to do next where the user can do something.
    """

    verdict: Verdict
    aid: int = 0
    bvid: str = ""
    reason: str = ""


async def reconcile(calls: Calls, filenames: Sequence[str], since: float, *, mid: int = 0) -> Reconciled:
    """Find out whether these stored files were submitted. Never raises; a "no" takes a minute and a half.

    Args:
        calls: Calls with the login that submitted them. Without cookies nothing can be found out: of the list
            for tokens no more is known than its address (section 3.5).
        filenames: The stored names of all parts.
        since: When they were first submitted, Unix seconds by our clock.
        mid: The account that submitted them; 0: that of the login.
    """
    names = frozenset(filenames)
    if not names or "" in names:
        return _unknown(say("it is not known which files were submitted."))
    try:
        access = await calls.access()
        if access.cookies is None:
            return _unknown(
                say("archives are listed for cookies only, and the login has none. {hint}", hint=_LOG_IN)
            )
        return await _Search(calls, names, since, mid).run()
    except ApiException as error:
        return _unknown(joined(" ", filter(None, (error.said, error.hint))))


def _unknown(why: str) -> Reconciled:
    reason = say("Whether there is an archive could not be found out: {reason}", reason=why)
    return Reconciled(Verdict.UNKNOWN, reason=reason)


class _Search:
    """Looks for one submission.

    Args:
        calls: As for `reconcile`.
        names: As for `reconcile`.
        since: As for `reconcile`.
        mid: As for `reconcile`.
    """

    def __init__(self, calls: Calls, names: frozenset[str], since: float, mid: int) -> None:
        self._calls = calls
        self._world = calls.options.world
        self._names = names
        self._mid = mid
        # Clocks that are found to disagree, ours with itself or the server's, only lengthen what is read.
        self._horizon = min(since, self._world.now()) - SKEW
        self._behind = 0.0
        self._doubts: dict[str, None] = {}

    async def run(self) -> Reconciled:
        """Look until it is found or all looks were taken.

        Raises:
            ApiException: A call failed.
        """
        for pause in LOOKS:
            if pause:
                await self._world.sleep(pause)
            found = await self._look()
            if found is not None:
                return found
            foreign = await self._foreign()
            if foreign:
                return _unknown(foreign)
        if self._doubts:
            return _unknown(joined(" ", self._doubts))
        since = moment_text(max(0.0, self._past))
        return Reconciled(
            Verdict.ABSENT,
            reason=say(
                "The account's list of archives was read {looks} times within {seconds:.0f} seconds, back "
                "to {since}: none of its archives holds the stored files.",
                looks=len(LOOKS),
                seconds=sum(LOOKS),
                since=since,
            ),
        )

    @property
    def _past(self) -> float:
        """Archives that are older than this were not made by the submission."""
        return self._horizon - self._behind

    async def _look(self) -> Reconciled | None:
        silent: list[str] = []
        for status in _ORDER:
            found = await self._read_status(status, silent)
            if found is not None:
                return found
        if silent:
            shown = listed(silent[:3])
            doubt = (
                say("The list does not tell the files of {archives} and others.", archives=shown)
                if len(silent) > 3
                else say("The list does not tell the files of {archives}.", archives=shown)
            )
            self._doubts[doubt] = None
        return None

    async def _read_status(self, status: str, silent: list[str]) -> Reconciled | None:
        """Read the archives of one status, newest first, until they are too old."""
        known: set[int] = set()
        for number in range(1, MOST_PAGES + 1):
            page = await self._page(status, number)
            fresh = [archive for archive in page.archives if archive.aid not in known]
            known.update(archive.aid for archive in fresh)
            for archive in fresh:
                found = self._judge(archive, silent)
                if found is not None:
                    return found
            if len(known) >= page.count or self._is_past(page):
                return None
            if not fresh:
                said = say(
                    "The list counts {count} archives as {status!r} and shows only {shown}.",
                    count=page.count,
                    status=status,
                    shown=len(known),
                )
                self._doubts[said] = None
                return None
        said = say("There are too many archives under {status!r} to read them all.", status=status)
        self._doubts[said] = None
        return None

    def _is_past(self, page: ArchivePage) -> bool:
        """Whether a whole page is older than the submission; a single archive may have come up by an edit."""
        return bool(page.archives) and all(self._is_old(archive) for archive in page.archives)

    def _is_old(self, archive: Archive) -> bool:
        return 0 < archive.ctime < self._past

    def _judge(self, archive: Archive, silent: list[str]) -> Reconciled | None:
        """Return the archive if it holds all files; else note what keeps it from being another one's."""
        held = archive.holds(self._names)
        if held:
            said = say(
                "The account's list of archives was asked: {bvid} holds the stored files.", bvid=archive.bvid
            )
            return Reconciled(Verdict.FOUND, archive.aid, archive.bvid, said)
        some = self._names & {part.filename for part in archive.parts or ()}
        if some:  # the list may not know all parts yet, or somebody has edited it: it is of this upload
            said = say(
                "{bvid} holds {some} of the {all} stored files; look at it first.",
                bvid=archive.bvid,
                some=len(some),
                all=len(self._names),
            )
            self._doubts[said] = None
        elif held is None and not self._is_old(archive):
            silent.append(archive.bvid)
        return None

    async def _page(self, status: str, number: int) -> ArchivePage:
        def build(access: Access) -> Request:
            return archives_request(_cookies(access), statuses=(status,), page=number, size=PAGE_SIZE)

        def parse(response: Response) -> ArchivePage:
            page = parse_archives(response)
            self._behind = max(self._behind, self._world.now() - _date(response, self._world.now()))
            return page

        return await self._calls.ask(Step.ARCHIVES, build, parse)

    async def _foreign(self) -> str:
        """Say it if the list was not that of the account that submitted; `""` where nothing is known."""
        access = await self._calls.access()
        token, platform = access.token, access.platform
        owners = {mid for mid in (self._mid, access.mid) if mid}
        if token is not None and platform is not None:
            whose = await self._calls.ask(
                Step.INFO,
                lambda now: renewal.myinfo_request(now.token or Secret(""), platform, now.now),
                renewal.parse_myinfo,
            )
            owners.add(whose.mid)
        if not owners:
            return ""
        nav = await self._calls.ask(
            Step.INFO, lambda now: renewal.nav_request(_cookies(now)), renewal.parse_nav
        )
        if nav is not None and owners == {nav.mid}:
            return ""
        return say(
            "the cookies of the login belong to another account than the one that submitted. "
            "Go on with a login of that account."
        )


def _cookies(access: Access) -> Cookies:
    """Return the cookies of a login.

    Raises:
        ApiException: They are gone: another login took the place of this one.
    """
    if access.cookies is None:
        raise ApiException(say("The login has no cookies any more."), hint=_LOG_IN)
    return access.cookies


def _date(response: Response, otherwise: float) -> float:
    """Return the server's time by its `Date` header, Unix seconds."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - drags in half of `email`

    try:
        return parsedate_to_datetime(response.headers.get("date", "")).timestamp()
    except (ValueError, TypeError):
        return otherwise
