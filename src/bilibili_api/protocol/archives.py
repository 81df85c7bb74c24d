"""The account's own archives: the list and a single one (protocol document, sections 3.5, 7.1 and 7.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bilibili_api.frozen import frozen

from .archive_states import Meaning, Milestone, Status, meaning_of
from .browser import logged_in
from .codes import Step
from .members import bvid_in, data_of, number_in, objects_in, text_in
from .pc import HEADERS, MEMBER
from .wire import JsonObject, Request, Response, member_int, member_object, plain, serialise

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bilibili_api.redaction import Secret

    from .cookies import Cookies

IN_PROGRESS: Final = "is_pubing"
PASSED: Final = "pubed"
REJECTED: Final = "not_pubed"
EVERY_STATUS: Final = (IN_PROGRESS, PASSED, REJECTED)
"""What the list can be asked for (section 7.1)."""

_DONE: Final = 6
"""`xcode_state` of a part that is taken to be transcoded (`Milestone.TRANSCODED`)."""


@frozen
class ArchivePart:
    """One part of an archive; what the answer lacks is `""` or 0.

    Attributes:
        filename: The server's name of the stored file.
        cid: Its number.
        title: Its title.
        desc: Its description.
        duration: Its length in seconds.
        status: How far its review has come.
        reject_reason: Why it was rejected.
        fail_code: Why its transcoding failed.
        xcode_state: How far its transcoding has come.
        fail_desc: Why its transcoding failed, in the server's words.
    """

    filename: str
    cid: int
    title: str
    desc: str = ""
    duration: int = 0
    status: int = 0
    reject_reason: str = ""
    fail_code: int = 0
    xcode_state: int = 0
    fail_desc: str = ""


@frozen
class Archive:
    """One archive; what the answer lacks is `""` or 0.

    Attributes:
        aid: Its number.
        bvid: Its id in URLs.
        title: Its title.
        state: How far it has come (`archive_states.STATES`).
        state_desc: The same in the server's words.
        reject_reason: Why it was rejected.
        cover: Address of its cover.
        tid: Its partition.
        tag: Its tags, joined by commas.
        desc: Its description.
        copyright: 1 own work, 2 repost, 3 nothing to declare.
        source: Origin of a repost.
        dtime: When it is to be published, Unix seconds.
        ptime: When it was published, Unix seconds.
        ctime: When it was made, Unix seconds.
        duration: Its length in seconds.
        parts: Its parts in their order, or None if the answer does not tell.
    """

    aid: int
    bvid: str
    title: str
    state: int
    state_desc: str = ""
    reject_reason: str = ""
    cover: str = ""
    tid: int = 0
    tag: str = ""
    desc: str = ""
    copyright: int = 0
    source: str = ""
    dtime: int = 0
    ptime: int = 0
    ctime: int = 0
    duration: int = 0
    parts: tuple[ArchivePart, ...] | None = None

    @property
    def meaning(self) -> str:
        """What its state means, in words."""
        return self.state_meaning.english

    @property
    def state_meaning(self) -> Meaning:
        """What its state means, in every language."""
        return meaning_of(self.state, self.state_desc)

    @property
    def status(self) -> Status:
        """What its state comes to."""
        return self.state_meaning.status

    def has_reached(self, milestone: Milestone) -> bool:
        """Whether it has come as far as that."""
        if milestone is Milestone.PUBLIC:
            return self.status is Status.PUBLIC
        if self.status.has_passed or milestone is Milestone.PASSED:
            return self.status.has_passed
        return bool(self.parts) and all(part.xcode_state >= _DONE for part in self.parts or ())

    def holds(self, filenames: Collection[str]) -> bool | None:
        """Whether all these stored files are parts of it; None if the answer does not tell.

        It does not where parts or their names are missing. An archive has one part at least (code 21011), so
        that an empty list is no list.
        """
        known = {part.filename for part in self.parts or ()}
        if not known or ("" in known and not set(filenames) <= known):
            return None
        return set(filenames) <= known


@frozen
class ArchivePage:
    """One page of the list.

    Attributes:
        archives: The archives on it, in the server's order.
        number: Number of the page, from 1.
        size: How many archives a page has.
        count: How many archives there are on all pages.
    """

    archives: tuple[Archive, ...]
    number: int
    size: int
    count: int

    @property
    def is_last(self) -> bool:
        """Whether no further page follows."""
        return not self.archives or self.number * self.size >= self.count


def archives_request(
    cookies: Cookies,
    *,
    statuses: Sequence[str] = EVERY_STATUS,
    page: int = 1,
    size: int = 20,
    keyword: str = "",
    tid: int = 0,
    order: str = "",
) -> Request:
    """Build the request for the account's archives, newest first (section 7.1).

    Args:
        cookies: Of the account.
        statuses: Which archives: in progress, passed, rejected.
        page: Number of the page, from 1.
        size: How many archives a page has, 10 to 30.
        keyword: Only archives in which this is found.
        tid: Only archives of this partition; 0: of all.
        order: By what they stand, other than by their age.
    """
    asked = {"status": ",".join(statuses), "pn": str(page), "ps": str(size)}
    more = {"keyword": keyword, "tid": str(tid or ""), "order": order}
    query = serialise(asked | {name: value for name, value in more.items() if value})
    return Request(Step.ARCHIVES, "GET", f"{MEMBER}/x/web/archives?{query}", logged_in(cookies))


def parse_archives(response: Response) -> ArchivePage:
    """Read the answer to `archives_request` (section 7.1).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    data = data_of(response, Step.ARCHIVES)
    entries = objects_in(data.get("arc_audits"), "arc_audits", Step.ARCHIVES)
    page = member_object(data, "page", Step.ARCHIVES)
    return ArchivePage(
        tuple(
            _archive(member_object(entry, "Archive", Step.ARCHIVES), entry.get("Videos")) for entry in entries
        ),
        member_int(page, "pn", Step.ARCHIVES),
        member_int(page, "ps", Step.ARCHIVES),
        member_int(page, "count", Step.ARCHIVES),
    )


def archive_request(cookies: Cookies, archive: int | str) -> Request:
    """Build the request for one archive of the account (section 7.2).

    Args:
        cookies: Of the account.
        archive: Its aid, or its bvid.
    """
    url = f"{MEMBER}/x/vupre/web/archive/view?{_which(archive)}"
    return Request(Step.ARCHIVES, "GET", url, logged_in(cookies))


def client_archive_request(access_key: Secret, archive: int | str) -> Request:
    """Build the request for one archive of the account by its token alone (sections 1.4 and 3.5).

    Args:
        access_key: The token.
        archive: Its aid, or its bvid.
    """
    query = f"{serialise({'access_key': access_key.reveal()})}&{_which(archive)}"
    return Request(Step.ARCHIVES, "GET", f"{MEMBER}/x/client/archive/view?{query}", HEADERS)


def parse_archive(response: Response) -> Archive | None:
    """Read the answer to `archive_request` or `client_archive_request` (sections 3.5 and 7.2).

    Returns:
        The archive, or None if it belongs to another account.

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused; -404: there is no such archive.
        ResponseException: The answer is not what the protocol says.
    """
    data = data_of(response, Step.ARCHIVES)
    archive = member_object(data, "archive", Step.ARCHIVES)
    return None if archive.get("bvid") == "" else _archive(archive, data.get("videos"))


def _which(archive: int | str) -> str:
    return serialise({"aid": str(archive)} if isinstance(archive, int) else {"bvid": archive})


def _archive(archive: JsonObject, parts: object) -> Archive:
    known = None if parts is None else objects_in(parts, "videos", Step.ARCHIVES)
    return Archive(
        aid=member_int(archive, "aid", Step.ARCHIVES),
        bvid=bvid_in(archive, Step.ARCHIVES),
        title=text_in(archive, "title"),
        state=member_int(archive, "state", Step.ARCHIVES),
        state_desc=plain(text_in(archive, "state_desc")),
        reject_reason=plain(text_in(archive, "reject_reason")),
        cover=text_in(archive, "cover"),
        tid=number_in(archive, "tid"),
        tag=text_in(archive, "tag"),
        desc=text_in(archive, "desc"),
        copyright=number_in(archive, "copyright"),
        source=text_in(archive, "source"),
        dtime=number_in(archive, "dtime"),
        ptime=number_in(archive, "ptime"),
        ctime=number_in(archive, "ctime"),
        duration=number_in(archive, "duration"),
        parts=None if known is None else tuple(_part(part) for part in known),
    )


def _part(part: JsonObject) -> ArchivePart:
    return ArchivePart(
        filename=text_in(part, "filename"),
        cid=number_in(part, "cid"),
        title=text_in(part, "title"),
        desc=text_in(part, "desc"),
        duration=number_in(part, "duration"),
        status=number_in(part, "status"),
        reject_reason=plain(text_in(part, "reject_reason")),
        fail_code=number_in(part, "fail_code"),
        xcode_state=number_in(part, "xcode_state"),
        fail_desc=plain(text_in(part, "fail_desc")),
    )
