"""One submission, from its pages to the archive. Reads downward."""

from __future__ import annotations

import asyncio
import copy
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from bilibili_api.events import VideoUploaderEvents as E
from bilibili_api.exceptions import (
    ApiException,
    ConnectionLost,
    NetworkException,
    ResponseException,
    Retry,
    SubmissionUnknown,
)
from bilibili_api.protocol import cover, meta, pc, submit
from bilibili_api.protocol.codes import Step

from .retry import persist
from .transfer import PageState, Tell, Transfer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bilibili_api.protocol.wire import Request
    from bilibili_api.redaction import Secret

    from .http import Http
    from .options import Options
    from .origin import Origin
    from .source import Source

T = TypeVar("T")

TICKETS: Final = 3
"""How many targets are asked for in a row for one page whose target keeps dying."""

MAYBE_PROCESSED: Final = frozenset({502, 504})
"""Statuses by which a gateway says that it has no answer: the server behind it may have done the work."""

log = logging.getLogger("bilibili_api")


class Keys(Protocol):
    """Where access keys come from."""

    async def key(self) -> Secret:
        """The access key to use now."""
        ...

    async def renewed(self, stale: Secret) -> Secret | None:
        """A key other than `stale`, or None when there is no way to get one without a person."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be published; checked before it gets here.

    Attributes:
        origins: Where the bytes of each page come from.
        meta: The caller's metadata.
        extra: Members sent untouched.
        cover: The cover and its MIME type, or None.
        threads: Most chunks in flight at once.
        chunk_size: Bytes of a chunk.
    """

    origins: tuple[Origin, ...]
    meta: Mapping[str, object]
    extra: Mapping[str, object]
    cover: tuple[bytes, str] | None
    threads: int
    chunk_size: int


@dataclass(slots=True)
class Standing:
    """How far a submission has come; outlives a failed `start()`."""

    pages: list[PageState] = field(default_factory=list[PageState])
    cover_url: str = ""
    result: dict[str, Any] | None = None
    """`{"aid": int, "bvid": str}` once all is done."""
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

    def __init__(
        self, http: Http, options: Options, tell: Tell, keys: Keys, plan: Plan, standing: Standing
    ) -> None:
        self._http = http
        self._options = options
        self._tell = tell
        self._keys = keys
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
        try:
            for origin, state in zip(self._plan.origins, standing.pages, strict=True):
                if state.filename is None:
                    standing.stage = "upload"
                    await self._upload(origin, state)
            if self._plan.cover and not standing.cover_url:
                standing.stage = "cover"
                standing.cover_url = await self._upload_cover(*self._plan.cover)
            standing.stage = "submit"
            await self._submit()
        except ApiException as error:
            raise error.keeping(standing.kept()) from None
        standing.stage = "done"

    async def _upload(self, origin: Origin, state: PageState) -> None:
        async with origin.opened() as source:
            for tickets_left in reversed(range(TICKETS)):
                try:
                    digest = await self._upload_once(source, state)
                except ApiException as error:
                    if error.retry is not Retry.NEW_TICKET:
                        raise
                    state.forget_ticket()
                    if not tickets_left:
                        raise
                    log.warning("page %r: %s The page is sent again to a new target.", state.title, error)
                else:
                    origin.done(state.size, digest)
                    return

    async def _upload_once(self, source: Source, state: PageState) -> str:
        size = await asyncio.to_thread(source.size)
        if size != state.size:
            state.forget_ticket()
        state.size = size
        if state.ticket is None:
            state.ticket = await self._preupload()
            state.chunk_size = self._plan.chunk_size
        self._tell(E.PRE_PAGE, {"page": state.page})
        transfer = Transfer(self._http, self._options, self._tell, source, state, state.ticket)
        digest = await transfer.run(self._plan.threads)
        state.filename = state.ticket.filename
        self._tell(E.AFTER_PAGE_SUBMIT, {"page": state.page})
        self._tell(E.AFTER_PAGE, {"page": state.page})
        return digest

    async def _preupload(self) -> pc.Ticket:
        async def ask(key: Secret) -> pc.Ticket:
            return pc.parse_preupload(await self._http.send(pc.preupload_request(key)))

        self._tell(E.PREUPLOAD, None)
        try:
            return await self._with_key(Step.PREUPLOAD, ask)
        except ApiException:
            self._tell(E.PREUPLOAD_FAILED, None)
            raise

    async def _upload_cover(self, content: bytes, mime: str) -> str:
        async def send(key: Secret) -> str:
            return cover.parse_cover(await self._http.send(cover.cover_request(key, content, mime)))

        self._tell(E.PRE_COVER, None)
        try:
            url = await self._with_key(Step.COVER, send)
        except ApiException as error:
            self._tell(E.COVER_FAILED, {"err": error})
            raise
        self._tell(E.AFTER_COVER, {"url": url})
        return url

    async def _submit(self) -> None:
        videos = [
            {"title": page.title, "desc": page.description, "filename": page.filename or ""}
            for page in self._standing.pages
        ]
        body = meta.final_meta(
            self._plan.meta, extra=self._plan.extra, cover=self._standing.cover_url, videos=videos
        )

        async def send(key: Secret) -> submit.Added:
            return await self._submit_once(submit.client_add_request(key, body))

        self._tell(E.PRE_SUBMIT, copy.deepcopy(body))
        try:
            added = await self._with_key(Step.SUBMIT, send)
        except ApiException as error:
            self._tell(E.SUBMIT_FAILED, {"err": error})
            raise
        self._standing.result = {"aid": added.aid, "bvid": added.bvid}
        self._tell(E.AFTER_SUBMIT, dict(self._standing.result))

    async def _submit_once(self, request: Request) -> submit.Added:
        """Submitting is not idempotent (section 6.1): an answer that was lost is never asked for again."""
        self._standing.is_submitting = True
        try:
            added = submit.parse_add(await self._http.send(request))
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

    async def _with_key(self, step: Step, call: Callable[[Secret], Awaitable[T]]) -> T:
        """Make a call with the access key; when it is refused as expired, once more with a renewed one."""
        key = await self._keys.key()
        try:
            return await persist(step, lambda: call(key), self._options)
        except ApiException as error:
            fresh = await self._keys.renewed(key) if error.retry is Retry.LOGIN else None
            if fresh is None:
                raise
            log.warning("%s: %s Logged in again.", step.value, error)
        return await persist(step, lambda: call(fresh), self._options)
