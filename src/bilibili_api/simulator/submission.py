"""Submissions to member.bilibili.com, over whichever interface (protocol document, section 6)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bilibili_api.simulator.access import authorised
from bilibili_api.simulator.answers import TOO_FAST
from bilibili_api.simulator.bvid import bvid_of
from bilibili_api.simulator.interfaces import authenticated, refused
from bilibili_api.simulator.reply import RefusalError, refusal, success
from bilibili_api.simulator.rules import RefusedMetaError, check_meta
from bilibili_api.simulator.state import Archive
from bilibili_api.simulator.topics import topic_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.simulator.covers import Covers
    from bilibili_api.simulator.eras import EraRules
    from bilibili_api.simulator.exchange import Received
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.interfaces import Interface, Interfaces
    from bilibili_api.simulator.pace import Limits
    from bilibili_api.simulator.reply import Reply
    from bilibili_api.simulator.routes import Router
    from bilibili_api.simulator.rules import Part, Submission
    from bilibili_api.simulator.state import Account, State, StoredVideo

_HOST = "//member.bilibili.com"
# More than 32 bits and less than 2**51 (sections 6.1 and 7.10); the step keeps neighbours apart.
_FIRST_AID = 112861976201494
_AID_STEP = 1000003
_DAY = 86400


class Submissions:
    """Takes submissions."""

    def __init__(
        self,
        state: State,
        covers: Covers,
        interfaces: Interfaces,
        rules: EraRules,
        limits: Limits,
        clock: Callable[[], float],
    ) -> None:
        self._state = state
        self._covers = covers
        self._interfaces = interfaces
        self._rules = rules
        self._limits = limits
        self._clock = clock

    def add_routes(self, router: Router) -> None:
        """Say what is answered here."""
        for interface in self._interfaces.values():
            handler = partial(self._submit, interface)
            router.add("POST", _HOST + interface.path, "submit", handler, interface=interface.name)

    async def _submit(self, interface: Interface, received: Received, form: Form) -> Reply:
        """Check a submission and answer aid and bvid (sections 6.1 to 6.4)."""
        if not interface.exists:
            return refusal(-404, "there is no such interface", status=404)
        account = self._account(interface, received)
        if interface.answer is not None:
            raise refused(interface.answer)
        if form.content_type != "application/json" or form.problem is not None:
            return refusal(21001, form.problem or "the body must be JSON, with that content type")
        self._check_pace(account, interface)
        submission = check_meta(form.json, self._clock(), interface.column)
        check_csrf(received, interface, form.json)
        videos = self.stored_parts(account, submission.parts)
        self.check_references(submission)
        if len(videos) > 1 and interface.name in self._rules.single_part:
            raise refused(21138)
        archive = self._publish(account, interface, submission, videos, form.json)
        return success({"aid": archive.aid, "bvid": archive.bvid})

    def _account(self, interface: Interface, received: Received) -> Account:
        if interface.name == "client":
            return authorised(self._state, "submit", received)
        return authenticated(self._state, interface, received)

    def _check_pace(self, account: Account, interface: Interface) -> None:
        now, gap, most = self._clock(), self._limits.submit_gap, self._limits.submits_per_day
        own = [archive for archive in self._state.archives if archive.mid == account.mid]
        if gap is not None and own and now - own[-1].created < gap:
            raise RefusalError(TOO_FAST["submit"])
        today = [one for one in own if one.interface == interface.name and now - one.created < _DAY]
        if most is not None and len(today) >= most:
            raise refused(interface.too_often)

    def stored_parts(self, account: Account, parts: tuple[Part, ...]) -> tuple[StoredVideo, ...]:
        """Find what the file names stand for; somebody else's are as unknown as made-up ones.

        Raises:
            RefusedMetaError: 21015, one of them was not stored by the account.
        """
        own = {video.filename: video for video in self._state.videos if video.mid == account.mid}
        for number, part in enumerate(parts, 1):
            video = own.get(part.filename)
            if video is None:
                raise RefusedMetaError(
                    21015, f"part {number}: no complete upload is called {part.filename!r}"
                )
            if part.cid not in {None, video.cid}:
                raise RefusedMetaError(
                    21015, f"part {number}: cid is {part.cid}, but the upload has {video.cid}"
                )
        return tuple(own[part.filename] for part in parts)

    def check_references(self, submission: Submission) -> None:
        """Look up cover, topic and activity.

        Raises:
            RefusedMetaError: one of them is not there.
        """
        for cover in (submission.cover, submission.cover43):
            if cover and not self._covers.knows(cover):
                raise RefusedMetaError(21008, "the cover is not the url of an uploaded image")
        if submission.topic is None:
            return
        topic = topic_of(submission.topic)
        if topic is None:
            raise RefusedMetaError(21001, f"there is no topic {submission.topic}")
        if submission.mission not in {None, topic.mission}:
            raise RefusedMetaError(
                21001, f"mission {submission.mission} does not belong to topic {submission.topic}"
            )

    def _publish(
        self,
        account: Account,
        interface: Interface,
        submission: Submission,
        videos: tuple[StoredVideo, ...],
        meta: Any,
    ) -> Archive:
        aid = next_aid(self._state)
        archive = Archive(
            aid=aid,
            bvid=bvid_of(aid),
            mid=account.mid,
            title=submission.title,
            tid=submission.tid,
            meta=meta,
            videos=videos,
            cover=submission.cover,
            created=self._clock(),
            interface=interface.name,
        )
        self._state.archives.append(archive)
        return archive


def next_aid(state: State) -> int:
    """Return the number of the archive that comes next."""
    return _FIRST_AID + _AID_STEP * len(state.archives)


def check_csrf(received: Received, interface: Interface, meta: Any) -> None:
    """Compare the optional duplicate in the body with the query (section 6.1).

    Raises:
        RefusalError: -111, they differ.
    """
    said = meta.get("csrf")
    if "csrf" in interface.column.types and said is not None and said != received.query_value("csrf"):
        raise RefusalError(refusal(-111, "csrf in the body differs from the query"))
