"""One submission, from its pages to the archive. Reads downward."""

from __future__ import annotations

import copy
import hashlib
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from bilibili_api.events import VideoUploaderEvents as E
from bilibili_api.exceptions import (
    ApiException,
    ConnectionLost,
    InvalidUpload,
    NetworkException,
    ResponseCodeException,
    ResponseException,
    Retry,
    SubmissionUnknown,
)
from bilibili_api.protocol import cover, meta, submit
from bilibili_api.protocol.codes import Step
from bilibili_api.redaction import Secret

from .upload import recheck, upload_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bilibili_api.protocol.interfaces import Access, Interface
    from bilibili_api.protocol.wire import Request

    from .calls import Calls
    from .dialect import AnyDialect
    from .origin import Origin
    from .page_state import PageState
    from .waits import Tell

MAYBE_PROCESSED: Final = frozenset({500, 502, 504})
"""Statuses that do not tell whether the work was done: it broke off, or a gateway has no answer."""

THROTTLED: Final = frozenset({137022})
"""Codes of an interface that is closed for hours while others are open; waiting helps as well."""

log = logging.getLogger("bilibili_api")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be published; checked before it gets here.

    Attributes:
        origins: Where the bytes of each page come from.
        meta: The caller's metadata.
        extra: Members sent untouched.
        cover: The cover and its MIME type, or None.
        cover43: A second cover of 4:3, sent where the first interface takes one, or None.
        cover_required: A cover that cannot be stored is an error, not a loss that can be borne.
        threads: Most chunks in flight at once.
        dialect: The line.
        interfaces: How to submit, in the order in which it is tried.
    """

    origins: tuple[Origin, ...]
    meta: Mapping[str, object]
    extra: Mapping[str, object]
    cover: tuple[bytes, str] | None
    cover43: tuple[bytes, str] | None
    cover_required: bool
    threads: int
    dialect: AnyDialect
    interfaces: tuple[Interface, ...]


@dataclass(slots=True)
class Standing:
    """How far a submission has come; outlives a failed `start()`."""

    pages: list[PageState] = field(default_factory=list["PageState"])
    cover_url: str = ""
    cover_md5: str = ""
    """Of the cover behind `cover_url`: the next `start()` may be given another one."""
    cover43_url: str = ""
    result: dict[str, Any] | None = None
    """`{"aid": int, "bvid": str}` once all is done."""
    interface: str | None = None
    """The interface that is tried, in the end the one that took the submission."""
    is_submitting: bool = False
    """A submission is under way and its answer has not come."""
    stage: str = "ready"

    def kept(self) -> str:
        """What survives, in words; empty when nothing was stored yet."""
        if self.result is not None:
            return f"The video is published as {self.result['bvid']}."
        done = [page for page in self.pages if page.filename is not None]
        begun = [page for page in self.pages if page.filename is None and page.stored]
        said = [f"{len(done)} of {len(self.pages)} pages are stored on the server"] if done else []
        said += [
            f"{len(page.stored)} of {page.chunks} chunks of page {page.title!r} are stored" for page in begun
        ]
        if not said:
            return ""
        return "; ".join(said) + ". Calling start() again on this uploader sends only the rest."


class Publication:
    """Carries out a `Plan`."""

    def __init__(self, calls: Calls, tell: Tell, plan: Plan, standing: Standing) -> None:
        self._calls = calls
        self._tell = tell
        self._plan = plan
        self._standing = standing

    async def run(self) -> None:
        """Upload what is missing, then the cover, then submit once.

        Raises:
            ApiException: What could not be helped, with `kept` filled in.
        """
        standing = self._standing
        if standing.is_submitting:  # stopped in the middle of it: only the caller can know, and is told first
            standing.is_submitting = False
            raise SubmissionUnknown("The upload was stopped while it was being submitted.").keeping(
                standing.kept()
            )
        interfaces = self._interfaces()
        try:
            standing.stage = "upload"
            await self._upload_pages()
            md5 = _md5(self._plan.cover)
            if md5 != standing.cover_md5:
                standing.cover_url, standing.cover43_url, standing.cover_md5 = "", "", md5
            if self._plan.cover and not standing.cover_url:
                standing.stage = "cover"
                standing.cover_url = await self._upload_cover(*self._plan.cover)
            if self._plan.cover43 and interfaces[0].is_v3 and not standing.cover43_url:
                standing.cover43_url = await self._upload_second_cover(*self._plan.cover43)
            standing.stage = "submit"
            await self._submit(interfaces)
        except ApiException as error:
            raise error.keeping(standing.kept()) from None
        standing.stage = "done"

    async def _upload_pages(self) -> None:
        plan = self._plan
        for origin, state in zip(plan.origins, self._standing.pages, strict=True):
            await recheck(origin, state)
            if state.filename is None:
                await upload_page(self._calls, self._tell, plan.dialect, origin, state, plan.threads)

    async def _upload_cover(self, content: bytes, mime: str) -> str:
        """Return the cover's URL, or "" where the upload goes on without one."""
        self._tell(E.PRE_COVER, None)
        try:
            url = await self._store_cover(content, mime)
        except ApiException as error:
            self._tell(E.COVER_FAILED, {"err": error})
            if self._plan.cover_required:
                raise
            log.warning("The cover cannot be stored: %s The upload goes on without it.", error)
            return ""
        self._tell(E.AFTER_COVER, {"url": url})
        return url

    async def _upload_second_cover(self, content: bytes, mime: str) -> str:
        """Return its URL, or "": it is an addition, and never worth an upload."""
        try:
            return await self._store_cover(content, mime)
        except ApiException as error:
            log.warning("The cover of 4:3 cannot be stored: %s The upload goes on without it.", error)
            return ""

    async def _store_cover(self, content: bytes, mime: str) -> str:
        def build(access: Access) -> Request:
            if access.cookies is not None:
                return cover.web_cover_request(access.cookies, content, mime)
            return cover.cover_request(access.token or Secret(""), content, mime)

        return await self._calls.ask(Step.COVER, build, cover.parse_cover)

    def _interfaces(self) -> tuple[Interface, ...]:
        """Those of the login that carry all of the metadata, in their order.

        Raises:
            InvalidUpload: There is none.
        """
        plan = self._plan
        names = [interface.name for interface in plan.interfaces]
        suiting = meta.suiting(plan.meta, names, extra=plan.extra)
        if not suiting:
            raise InvalidUpload(meta.check_meta(plan.meta, now=None, extra=plan.extra, interfaces=names))
        return tuple(interface for interface in plan.interfaces if interface.name in suiting)

    async def _submit(self, interfaces: tuple[Interface, ...]) -> None:
        """Submit through the first interface that is open (design, decision 3)."""
        for interface, following in zip(interfaces, (*interfaces[1:], None), strict=True):
            try:
                return await self._submit_through(interface)
            except ApiException as error:
                if following is None or not _is_closed(error):
                    self._tell(E.SUBMIT_FAILED, {"err": error})
                    raise
                log.warning("interface %r: %s %r is tried next.", interface.name, error, following.name)
                change = {"from": interface.name, "to": following.name, "err": error}
                self._tell(E.INTERFACE_CHANGED, change)
        return None

    async def _submit_through(self, interface: Interface) -> None:
        body = meta.final_meta(
            self._plan.meta,
            extra=self._plan.extra,
            cover=self._standing.cover_url,
            cover43=self._standing.cover43_url,
            videos=[_video(page) for page in self._standing.pages],
            interface=interface,
        )

        async def attempt(access: Access) -> submit.Added:
            return await self._submit_once(interface.request(access, body))

        self._standing.interface = interface.name
        self._tell(E.PRE_SUBMIT, copy.deepcopy(body))
        added = await self._calls.using(Step.SUBMIT, attempt)
        self._standing.result = {"aid": added.aid, "bvid": added.bvid}
        self._tell(E.AFTER_SUBMIT, dict(self._standing.result))

    async def _submit_once(self, request: Request) -> submit.Added:
        """Submitting is not idempotent (section 6.1): an answer that was lost is never asked for again."""
        self._standing.is_submitting = True
        try:
            added = submit.parse_add(await self._calls.http.send(request))
        except ApiException as error:
            self._standing.is_submitting = False
            gateway = isinstance(error, NetworkException) and error.status in MAYBE_PROCESSED
            if gateway or isinstance(error, ConnectionLost | ResponseException):
                raise SubmissionUnknown(
                    f"The submission was sent, but its answer was lost: {error}"
                ) from None
            raise
        self._standing.is_submitting = False
        return added


def _is_closed(error: ApiException) -> bool:
    """Whether a refusal says nothing against other interfaces: this one is retired, or closed for hours."""
    throttled = isinstance(error, ResponseCodeException) and error.code in THROTTLED
    return throttled or error.retry is Retry.OTHER_INTERFACE


def _md5(cover_given: tuple[bytes, str] | None) -> str:
    return hashlib.md5(cover_given[0], usedforsecurity=False).hexdigest() if cover_given else ""


def _video(page: PageState) -> dict[str, object]:
    said: dict[str, object] = {
        "title": page.title,
        "desc": page.description,
        "filename": page.filename or "",
    }
    return said if page.cid is None else {**said, "cid": page.cid}
