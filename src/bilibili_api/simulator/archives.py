"""One's own archives: the list and the single one (protocol document, 3.5, 7.1 and 7.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from zlib import crc32

from bilibili_api.simulator.access import authorised
from bilibili_api.simulator.identity import by_cookies
from bilibili_api.simulator.reply import RefusalError, refusal, success
from bilibili_api.simulator.reviews import DELETED, STATES

if TYPE_CHECKING:
    from bilibili_api.simulator.exchange import Received
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.listing import Listing
    from bilibili_api.simulator.reply import Reply
    from bilibili_api.simulator.reviews import Reviews
    from bilibili_api.simulator.routes import Router
    from bilibili_api.simulator.state import Account, Archive, State, StoredVideo

_HOST = "//member.bilibili.com"
_FIRST_CID = 500000000000
_GROUPS = ("is_pubing", "pubed", "not_pubed")
_ORDERS = ("", "pubdate", "senddate", "click", "stow", "dm_count", "scores")
_LARGEST_PAGE = 30  # more is untested on the live service
_TRANSCODING, _TRANSCODED = 2, 6


class Archives:
    """Shows archives to those who submitted them."""

    def __init__(self, state: State, reviews: Reviews, listing: Listing) -> None:
        self._state = state
        self._reviews = reviews
        self._listing = listing

    def add_routes(self, router: Router) -> None:
        """Say what is answered here."""
        router.add("GET", f"{_HOST}/x/client/archive/view", "view", self.client_view)
        router.add("GET", f"{_HOST}/x/vupre/web/archive/view", "view", self.web_view)
        router.add("GET", f"{_HOST}/x/web/archives", "archives", self.list)

    async def client_view(self, received: Received, _form: Form) -> Reply:
        """Show an archive to the owner of a token (section 3.5)."""
        account = authorised(self._state, "view", received)
        archive = self._asked(received)
        if archive.mid != account.mid:
            return refusal(-403, "this archive belongs to somebody else")
        elec = {"state": archive.meta.get("open_elec", 0)}
        return success(
            {"archive": self._archive(archive), "archive_elec": elec, "videos": self._videos(archive)}
        )

    async def web_view(self, received: Received, _form: Form) -> Reply:
        """Show an archive to the owner of cookies; a foreign one has an empty bvid (section 7.2)."""
        account = by_cookies(self._state, received)
        archive = self._asked(received)
        meta = archive.meta
        if archive.mid != account.mid:
            return success({"archive": {"aid": archive.aid, "bvid": "", "title": ""}, "videos": []})
        subtitle: dict[str, Any] = meta.get("subtitle") or {}
        return success(
            {
                "archive": self._archive(archive),
                "videos": self._videos(archive),
                "subtitle": {"allow": bool(subtitle.get("open")), "lan": subtitle.get("lan", "")},
                "arc_elec": {"show": False, "state": meta.get("open_elec") or 0},
                "reply": {
                    "state": int(bool(meta.get("up_close_reply"))),
                    "up_selection": bool(meta.get("up_selection_reply")),
                },
                "watermark": {"state": (meta.get("watermark") or {"state": 0})["state"]},
                "in_season": False,
                "no_disturbance": meta.get("no_disturbance") or 0,
                "staffs": None,
                "tip": "",
            }
        )

    async def list(self, received: Received, _form: Form) -> Reply:
        """List one's archives, the newest first (section 7.1)."""
        account = by_cookies(self._state, received)
        wanted = (received.query_value("status") or ",".join(_GROUPS)).split(",")
        page, size = _number(received, "pn", 1), _number(received, "ps", 10)
        if not set(wanted) <= set(_GROUPS) or not page or not 0 < size <= _LARGEST_PAGE:
            return refusal(-400, f"status is of {_GROUPS}, pn from 1, ps from 1 to {_LARGEST_PAGE}")
        if (received.query_value("order") or "") not in _ORDERS:
            return refusal(-400, f"order must be one of {', '.join(_ORDERS[1:])}")
        own = self._own(account, received)
        groups = [self._reviews.of(archive).group for archive in own]
        found = [archive for archive, group in zip(own, groups, strict=True) if group in wanted]
        shown = found[(page - 1) * size : page * size]
        return success(
            {
                "class": {group: groups.count(group) for group in _GROUPS},
                "page": {"pn": page, "ps": size, "count": len(found)},
                "arc_audits": [self._audit(archive) for archive in shown] or None,
            }
        )

    def _own(self, account: Account, received: Received) -> list[Archive]:
        keyword, tid = received.query_value("keyword") or "", _number(received, "tid", 0)
        return [
            archive
            for archive in reversed(self._state.archives)
            if archive.mid == account.mid
            and self._listing.shows(archive)
            and self._reviews.of(archive).state != DELETED
            and keyword in archive.title
            and tid in {0, archive.tid}
        ]

    def _asked(self, received: Received) -> Archive:
        aid, bvid = received.query_value("aid"), received.query_value("bvid")
        if aid is None and bvid is None:
            raise RefusalError(refusal(-400, "aid or bvid is missing"))
        for archive in self._state.archives:
            if str(archive.aid) == aid or archive.bvid == bvid:
                return archive
        raise RefusalError(refusal(-404, "there is no such archive"))

    def _audit(self, archive: Archive) -> dict[str, Any]:
        return {
            "Archive": self._archive(archive),
            "Videos": self._videos(archive),
            "stat": {"view": 0},
            "dtime": None,  # the one that counts stands in Archive
            "state_panel": self._reviews.of(archive).panel,
        }

    def _archive(self, archive: Archive) -> dict[str, Any]:
        meta, review = archive.meta, self._reviews.of(archive)
        return {
            "aid": archive.aid,
            "bvid": archive.bvid,
            "title": archive.title,
            "cover": archive.cover,
            "tid": archive.tid,
            "tag": meta["tag"],
            "copyright": meta["copyright"],
            "source": meta.get("source") or "",
            "desc": meta.get("desc") or "",
            "desc_v2": meta.get("desc_v2"),
            "desc_format_id": meta.get("desc_format_id") or 0,
            "dynamic": meta.get("dynamic") or "",
            "no_reprint": meta.get("no_reprint") or 0,
            "dtime": meta.get("dtime") or 0,
            "ptime": 0,
            "ctime": int(archive.created),
            "duration": 10,
            "mission_id": meta.get("mission_id") or 0,
            "topic_id": meta.get("topic_id") or 0,
            "human_type2": meta.get("human_type2") or 0,
            "recreate": meta.get("recreate") or -1,
            "charging_pay": meta.get("charging_pay") or 0,
            "neutral_mark": meta.get("neutral_mark") or "",
            "limited_free": False,
            "attrs": {"is_coop": 0, "is_owner": 1, "is_dynamic": 0},
            "tp_info": {"group_id": 0},
            "state": review.state,
            "state_desc": STATES[review.state],
            "reject_reason": review.reason,
        }

    def _videos(self, archive: Archive) -> list[dict[str, Any]]:
        review = self._reviews.of(archive)
        return [
            {
                "aid": archive.aid,
                "bvid": archive.bvid,
                "cid": cid_of(video),
                "title": part.get("title") or "",
                "desc": part["desc"],
                "filename": video.filename,
                "duration": 10,
                "index": index + 1,
                "status": review.state if review.group == "not_pubed" else 0,
                "status_desc": "",
                "reject_reason": review.reason,
                "fail_code": 0,
                "fail_desc": "",
                "xcode_state": _TRANSCODED if review.group == "pubed" else _TRANSCODING,
                "ctime": int(archive.created),
            }
            for index, (video, part) in enumerate(zip(archive.videos, archive.meta["videos"], strict=True))
        ]


def cid_of(video: StoredVideo) -> int:
    """Return the number of a part: that of its preupload, else one that belongs to the file."""
    return video.cid or _FIRST_CID + crc32(video.filename.encode())


def _number(received: Received, name: str, default: int) -> int:
    """Return a parameter; what is not a number counts as 0, which no parameter of the list may be."""
    said = received.query_value(name)
    if said is None or said == "":
        return default
    return int(said) if re.fullmatch("[0-9]{1,9}", said) else 0
