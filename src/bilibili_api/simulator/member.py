"""Submission, view and missions of member.bilibili.com (protocol document, 3.5, 6 and 7.5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bilibili_api.simulator.access import authorised
from bilibili_api.simulator.answers import TOO_FAST
from bilibili_api.simulator.bvid import bvid_of
from bilibili_api.simulator.reply import RefusalError, refusal, success
from bilibili_api.simulator.rules import RefusedMetaError, check_meta
from bilibili_api.simulator.state import Archive

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bilibili_api.simulator.covers import Covers
    from bilibili_api.simulator.eras import EraRules
    from bilibili_api.simulator.exchange import Received
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.pace import Limits
    from bilibili_api.simulator.reply import Reply
    from bilibili_api.simulator.routes import Router
    from bilibili_api.simulator.rules import Part, Submission
    from bilibili_api.simulator.state import Account, State, StoredVideo

HOST = "//member.bilibili.com"
# More than 32 bits and less than 2**51 (sections 6.1 and 7.10); the step keeps neighbours apart.
_FIRST_AID = 112861976201494
_AID_STEP = 1000003
_FIRST_CID = 500000000000
_IN_REVIEW = -30  # section 7.2

# Activities and the partitions they are for; none means all.
MISSIONS: Mapping[int, tuple[str, tuple[int, ...]]] = {
    20001: ("Simulated activity for daily life", (21, 138, 250)),
    20002: ("Simulated activity for games", (17, 171, 172)),
    20003: ("Simulated activity for everybody", ()),
}


class Member:
    """Takes submissions and shows what became of them."""

    def __init__(
        self, state: State, covers: Covers, rules: EraRules, limits: Limits, clock: Callable[[], float]
    ) -> None:
        self._state = state
        self._covers = covers
        self._rules = rules
        self._limits = limits
        self._clock = clock
        self._last_submission: dict[int, float] = {}

    def add_routes(self, router: Router) -> None:
        """Say what is answered here."""
        router.add("POST", f"{HOST}/x/vu/client/add", "submit", self.submit, interface="client")
        router.add("GET", f"{HOST}/x/client/archive/view", "view", self.view)
        router.add("GET", f"{HOST}/x/vupre/app/h5/mission/type/all", "missions", self.missions)

    async def submit(self, received: Received, form: Form) -> Reply:
        """Check a submission and answer aid and bvid (sections 6.1 to 6.4)."""
        account = authorised(self._state, "submit", received)
        if self._rules.client_add_refusal is not None:
            return refusal(*self._rules.client_add_refusal)
        if form.content_type != "application/json" or form.problem is not None:
            return refusal(21001, form.problem or "the body must be JSON, with that content type")
        self._check_pace(account)
        submission = check_meta(form.json, self._clock())
        videos = self._stored_parts(account, submission.parts)
        if submission.cover and not self._covers.knows(submission.cover):
            raise RefusedMetaError(21008, "the cover is not the url of an uploaded image")
        archive = self._publish(account, submission, videos, form.json)
        return success({"aid": archive.aid, "bvid": archive.bvid})

    async def view(self, received: Received, _form: Form) -> Reply:
        """Show an archive to its owner (section 3.5)."""
        account = authorised(self._state, "view", received)
        aid, bvid = received.query_value("aid"), received.query_value("bvid")
        if aid is None and bvid is None:
            return refusal(-400, "aid or bvid is missing")
        for archive in self._state.archives:
            if str(archive.aid) == aid or archive.bvid == bvid:
                return success(_view(archive)) if archive.mid == account.mid else _NOT_YOURS
        return refusal(-404, "there is no such archive")

    async def missions(self, received: Received, _form: Form) -> Reply:
        """List the activities of a partition, or all; nobody has to be logged in (section 7.5)."""
        asked = received.query_value("tid") or "0"
        if not re.fullmatch(r"[0-9]{1,9}", asked):
            return refusal(-400, "tid must be a whole number")
        tid = int(asked)
        return success(
            [
                {"id": number, "name": name}
                for number, (name, tids) in MISSIONS.items()
                if tid == 0 or not tids or tid in tids
            ]
        )

    def _check_pace(self, account: Account) -> None:
        gap, last = self._limits.submit_gap, self._last_submission.get(account.mid)
        if gap is not None and last is not None and self._clock() - last < gap:
            raise RefusalError(TOO_FAST["submit"])

    def _stored_parts(self, account: Account, parts: tuple[Part, ...]) -> tuple[StoredVideo, ...]:
        """Find what the file names stand for; somebody else's are as unknown as made-up ones."""
        own = {video.filename: video for video in self._state.videos if video.mid == account.mid}
        for number, part in enumerate(parts, 1):
            if part.filename not in own:
                raise RefusedMetaError(
                    21015, f"part {number}: no complete upload is called {part.filename!r}"
                )
        return tuple(own[part.filename] for part in parts)

    def _publish(
        self, account: Account, submission: Submission, videos: tuple[StoredVideo, ...], meta: Any
    ) -> Archive:
        aid = _FIRST_AID + _AID_STEP * len(self._state.archives)
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
        )
        self._state.archives.append(archive)
        self._last_submission[account.mid] = archive.created
        return archive


_NOT_YOURS = refusal(-403, "this archive belongs to somebody else")


def _view(archive: Archive) -> dict[str, Any]:
    meta = archive.meta
    return {
        "archive": {
            "aid": archive.aid,
            "bvid": archive.bvid,
            "title": archive.title,
            "cover": archive.cover,
            "tid": archive.tid,
            "tag": meta["tag"],
            "copyright": meta["copyright"],
            "source": meta.get("source", ""),
            "desc": meta.get("desc", ""),
            "dynamic": meta.get("dynamic", ""),
            "no_reprint": meta.get("no_reprint", 0),
            "dtime": meta.get("dtime") or 0,
            "ctime": int(archive.created),
            "state": _IN_REVIEW,
            "state_desc": "in review",
            "reject_reason": "",
        },
        "archive_elec": {"state": meta.get("open_elec", 0)},
        "videos": [
            {
                "filename": video.filename,
                "title": part["title"],
                "desc": part["desc"],
                "cid": _FIRST_CID + archive.aid % _FIRST_CID + index,
                "index": index + 1,
            }
            for index, (video, part) in enumerate(zip(archive.videos, meta["videos"], strict=True))
        ],
    }
