"""One submission, from its pages to the archive. Reads downward."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING

from bilibili_api.events import VideoUploaderEvents as E
from bilibili_api.exceptions import ApiException, InvalidUpload
from bilibili_api.frozen import frozen
from bilibili_api.protocol import cover, meta
from bilibili_api.protocol.codes import Step
from bilibili_api.redaction import Secret
from bilibili_api.saying import say

from .completing import complete
from .pages import Pages
from .standing import Submission
from .submitting import Submitting
from .window_gate import Gate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bilibili_api.protocol.interfaces import Access, Interface
    from bilibili_api.protocol.wire import Request

    from .calls import Calls
    from .dialect import AnyDialect
    from .origin import Origin
    from .page_state import PageState
    from .standing import Standing
    from .waits import Tell

log = logging.getLogger("bilibili_api")


@frozen
class Plan:
    """What is to be published; checked before it gets here.

    Attributes:
        origins: Where the bytes of each page come from.
        meta: The caller's metadata.
        extra: Members sent untouched.
        cover: The cover and its MIME type, or None.
        cover43: A second cover of 4:3, for which web v3 is tried first where it may be, or None.
        cover_required: A cover that cannot be stored is an error, not a loss that can be borne.
        threads: Most chunks in flight at once.
        dialect_of: The line that a page goes over.
        interfaces: How to submit, in the order in which it is tried.
    """

    origins: tuple[Origin, ...]
    meta: Mapping[str, object]
    extra: Mapping[str, object]
    cover: tuple[bytes, str] | None
    cover43: tuple[bytes, str] | None
    cover_required: bool
    threads: int
    dialect_of: Callable[[PageState], AnyDialect]
    interfaces: tuple[Interface, ...]


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
        standing, plan = self._standing, self._plan
        interfaces = self._interfaces()
        try:
            if standing.submission is Submission.OPEN:  # else all is stored, and an archive may hold it
                standing.stage = "upload"
                await self._upload_pages()
                await self._upload_covers(interfaces[0])
            standing.stage = "submit"
            if standing.made is None:
                await Submitting(self._calls, self._tell, standing, plan.meta, plan.extra).run(interfaces)
            if standing.made is not None:
                await complete(self._calls, self._tell, standing)
        except ApiException as error:
            raise error.keeping(standing.kept()) from None
        standing.stage = "done"

    async def _upload_pages(self) -> None:
        standing, plan = self._standing, self._plan
        standing.gate = gate = Gate(plan.threads, self._tell)
        pages = Pages(self._calls, self._tell, plan.dialect_of, gate)
        await pages.upload(plan.origins, standing.pages)

    async def _upload_covers(self, interface: Interface) -> None:
        """Store the covers that are not stored yet; the caller may have given others since."""
        standing, plan = self._standing, self._plan
        if standing.cover_md5 != (md5 := _md5(plan.cover)):
            standing.cover_url, standing.cover_md5 = "", md5
        if standing.cover43_md5 != (md5 := _md5(plan.cover43)):
            standing.cover43_url, standing.cover43_md5 = "", md5
        if plan.cover and not standing.cover_url:
            standing.stage = "cover"
            standing.cover_url = await self._upload_cover(*plan.cover)
        if plan.cover43 and not interface.is_v3:
            log.warning(
                say(
                    "The cover of 4:3 is left out: the interface {interface!r} takes none, 'web' does.",
                    interface=interface.name,
                )
            )
        elif plan.cover43 and not standing.cover43_url:
            standing.cover43_url = await self._upload_second_cover(*plan.cover43)
        await standing.ledger.noted()

    async def _upload_cover(self, content: bytes, mime: str) -> str:
        """Return the cover's URL, or "" where the upload goes on without one."""
        self._tell(E.PRE_COVER, None)
        try:
            url = await self._store_cover(content, mime)
        except ApiException as error:
            self._tell(E.COVER_FAILED, {"err": error})
            if self._plan.cover_required:
                raise
            log.warning(
                say("The cover cannot be stored: {error} The upload goes on without it.", error=error)
            )
            return ""
        self._tell(E.AFTER_COVER, {"url": url})
        return url

    async def _upload_second_cover(self, content: bytes, mime: str) -> str:
        """Return its URL, or "": it is an addition, and never worth an upload."""
        try:
            return await self._store_cover(content, mime)
        except ApiException as error:
            log.warning(
                say("The cover of 4:3 cannot be stored: {error} The upload goes on without it.", error=error)
            )
            return ""

    async def _store_cover(self, content: bytes, mime: str) -> str:
        def build(access: Access) -> Request:
            if access.cookies is not None:
                return cover.web_cover_request(access.cookies, content, mime)
            return cover.cover_request(access.token or Secret(""), content, mime)

        return await self._calls.ask(Step.COVER, build, cover.parse_cover)

    def _interfaces(self) -> tuple[Interface, ...]:
        """Those of the login that carry all of the metadata, in their order; web v3 first for a cover of 4:3.

        Raises:
            InvalidUpload: There is none.
        """
        plan = self._plan
        names = [interface.name for interface in plan.interfaces]
        suiting = meta.suiting(plan.meta, names, extra=plan.extra)
        if not suiting:
            raise InvalidUpload(meta.check_meta(plan.meta, now=None, extra=plan.extra, interfaces=names))
        open_to_it = (interface for interface in plan.interfaces if interface.name in suiting)
        return tuple(sorted(open_to_it, key=lambda interface: bool(plan.cover43) and not interface.is_v3))


def _md5(cover_given: tuple[bytes, str] | None) -> str:
    return hashlib.md5(cover_given[0], usedforsecurity=False).hexdigest() if cover_given else ""
