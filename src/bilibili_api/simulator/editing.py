"""Edits of archives that exist (protocol document, sections 6.2 and 7.3).

The body is the whole of the metadata and of the parts: what the view of an archive shows and an edit leaves
out is lost, a part that is not listed is removed. Nothing tells the server which state an edit was made
from, so that the later of two edits wins.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from bilibili_api.simulator.archives import cid_of
from bilibili_api.simulator.columns import (
    APP,
    FORBIDDEN,
    FORBIDDEN_IN_EDITS,
    REQUIRED,
    SHOWN,
    WEB_V3,
    WITHOUT_EFFECT,
)
from bilibili_api.simulator.identity import by_cookies
from bilibili_api.simulator.interfaces import authenticated
from bilibili_api.simulator.reply import RefusalError, refusal, success
from bilibili_api.simulator.reviews import DELETED, EDITED
from bilibili_api.simulator.rules import PART_COUNT, RefusedMetaError, check_meta
from bilibili_api.simulator.submission import check_csrf

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.simulator.columns import Column
    from bilibili_api.simulator.exchange import Received
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.interfaces import Interface, Interfaces
    from bilibili_api.simulator.reply import Reply
    from bilibili_api.simulator.reviews import Reviews
    from bilibili_api.simulator.routes import Router
    from bilibili_api.simulator.rules import Submission
    from bilibili_api.simulator.state import Account, Archive, State
    from bilibili_api.simulator.submission import Submissions

_HOST = "//member.bilibili.com"
_DATED = {"dtime", "mission_id"}


class Edits:
    """Takes edits."""

    def __init__(
        self,
        state: State,
        submissions: Submissions,
        interfaces: Interfaces,
        reviews: Reviews,
        clock: Callable[[], float],
    ) -> None:
        self._state = state
        self._submissions = submissions
        self._interfaces = interfaces
        self._reviews = reviews
        self._clock = clock

    def add_routes(self, router: Router) -> None:
        """Say what is answered here."""
        ways = (("web", "/x/vu/web/edit", WEB_V3), ("app", "/x/vu/app/edit/full", APP))
        for name, path, column in ways:
            handler = partial(self._edit, self._interfaces[name], column)
            router.add("POST", _HOST + path, "edit", handler, interface=name)

        router.add("POST", _HOST + "/x/web/archive/delete", "delete", self._delete)

    async def _delete(self, received: Received, form: Form) -> Reply:
        """Refuse: only the site shows the captcha that a deletion wants (section 7.4)."""
        account = by_cookies(self._state, received, form, csrf=True)
        aid = form.value("aid") or ""
        self._meant(account, {"aid": int(aid) if re.fullmatch("[0-9]{1,18}", aid, re.ASCII) else None})
        return refusal(340022, "a captcha has to be solved")

    async def _edit(self, interface: Interface, column: Column, received: Received, form: Form) -> Reply:
        """Check an edit and answer aid and bvid (section 7.3)."""
        account = authenticated(self._state, interface, received)
        if form.content_type != "application/json" or form.problem is not None:
            return refusal(21001, form.problem or "the body must be JSON, with that content type")
        body: object = form.json
        if not isinstance(body, dict):
            return refusal(21001, "the body must be a JSON object")
        said = cast("dict[str, Any]", body)
        check_csrf(received, interface, said)
        archive = self._meant(account, said)
        meta = _merged(archive, said, column)
        submission = self._checked(archive, meta, column)
        self._check_new_parts(archive, submission)
        videos = self._submissions.stored_parts(account, _without_made_up(archive, submission))
        self._submissions.check_references(submission)
        edited = replace(
            archive,
            title=submission.title,
            tid=submission.tid,
            meta=meta,
            videos=videos,
            cover=submission.cover,
        )
        if _is_same(edited, archive):
            return refusal(-304, "nothing was changed")
        self._state.overwrite(edited)
        self._reviews.set(edited, EDITED)
        return success({"aid": archive.aid, "bvid": archive.bvid})

    def _meant(self, account: Account, said: dict[str, Any]) -> Archive:
        aid = said.get("aid")
        if type(aid) is not int:
            raise RefusedMetaError(21001, "aid must be a number")
        found = next((archive for archive in self._state.archives if archive.aid == aid), None)
        if found is None or self._reviews.of(found).state == DELETED:
            raise RefusalError(refusal(-404, "there is no such archive"))
        if found.mid != account.mid:
            raise RefusalError(refusal(-403, "this archive belongs to somebody else"))
        return found

    def _checked(self, archive: Archive, meta: dict[str, Any], column: Column) -> Submission:
        """Check all but the time of a publication that stays as it is."""
        looked_at = dict(meta)
        if meta.get("dtime") is not None and meta["dtime"] == archive.meta.get("dtime"):
            del looked_at["dtime"]
        return check_meta(looked_at, self._clock(), column, most_parts=None)

    def _check_new_parts(self, archive: Archive, submission: Submission) -> None:
        """Count what one call adds: an archive may grow beyond that by several (section 6.4)."""
        known = {video.filename for video in archive.videos}
        new = sum(part.filename not in known for part in submission.parts)
        if new > PART_COUNT:
            raise RefusedMetaError(21058, f"{new} new parts; {PART_COUNT} at most in one call")


def _merged(archive: Archive, said: dict[str, Any], column: Column) -> dict[str, Any]:
    """Put together what the archive will be: what is said, and what an edit cannot take away."""
    for name in (*FORBIDDEN, *FORBIDDEN_IN_EDITS):
        if name in said:
            raise RefusedMetaError(21001, f"{name} must not be there")
    known = (REQUIRED.keys() | column.types.keys() | _DATED) - WITHOUT_EFFECT - {"csrf"}
    stays = {name: value for name, value in archive.meta.items() if name not in known & SHOWN}
    return {**stays, **{name: value for name, value in said.items() if name in known}}


def _without_made_up(archive: Archive, submission: Submission) -> tuple[Any, ...]:
    """Accept the number under which the view shows a part whose file came without one."""
    shown = {video.filename: cid_of(video) for video in archive.videos if video.cid is None}
    return tuple(
        replace(part, cid=None) if part.cid is not None and part.cid == shown.get(part.filename) else part
        for part in submission.parts
    )


def _is_same(one: Archive, other: Archive) -> bool:
    return one.videos == other.videos and _told(one) == _told(other)


def _told(archive: Archive) -> dict[str, Any]:
    """What an archive is about, without the difference between what is empty and what is not there."""
    told = {name: value for name, value in archive.meta.items() if value}
    parts = [(part["filename"], part.get("title") or "", part["desc"]) for part in told.pop("videos")]
    return {**told, "csrf": None, "tid": archive.tid, "videos": parts}
