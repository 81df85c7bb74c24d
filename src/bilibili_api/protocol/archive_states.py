"""The groups, orders and states of archives (protocol document, sections 7.1 and 7.2)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from bilibili_api.frozen import frozen
from bilibili_api.saying import say

if TYPE_CHECKING:
    from collections.abc import Mapping


class Group(Enum):
    """By which the list of archives is divided (section 7.1)."""

    IN_PROGRESS = "is_pubing"
    """Being transcoded or reviewed."""
    PASSED = "pubed"
    """Passed."""
    REJECTED = "not_pubed"
    """Rejected."""


class Order(Enum):
    """In which the list of archives may stand, the largest first (section 7.1)."""

    NEWEST = "pubdate"
    VIEWS = "click"
    FAVOURITES = "stow"
    BULLET_COMMENTS = "dm_count"
    COMMENTS = "scores"


class Status(Enum):
    """Where an archive stands, as far as its owner can do something with it."""

    DRAFT = "draft"
    """Created and not submitted."""
    PROCESSING = "processing"
    """Being transcoded, moved or distributed."""
    IN_REVIEW = "in_review"
    """Waiting for its review, the first one or that of an edit."""
    SCHEDULED = "scheduled"
    """Passed; its time has not come."""
    PUBLIC = "public"
    """Everybody sees it."""
    PRIVATE = "private"
    """Passed; only its owner sees it."""
    REJECTED = "rejected"
    """Refused; an edit may mend it."""
    LOCKED = "locked"
    """Refused for good."""
    DELETED = "deleted"
    """Gone."""
    UNKNOWN = "unknown"
    """The document does not know the state."""

    @property
    def has_passed(self) -> bool:
        """Whether its review is over and went well."""
        return self in {Status.SCHEDULED, Status.PUBLIC, Status.PRIVATE}

    @property
    def has_failed(self) -> bool:
        """Whether nothing more will happen unless its owner does something."""
        return self in {Status.REJECTED, Status.LOCKED, Status.DELETED}


@frozen
class Meaning:
    """One state.

    Attributes:
        status: What it comes to.
        english: In English words.
        chinese: In Chinese words.
    """

    status: Status
    english: str
    chinese: str


_S: Final = Status
STATES: Final[Mapping[int, Meaning]] = {
    1: Meaning(_S.PUBLIC, say("passed with a remark"), "橙色通过"),
    0: Meaning(_S.PUBLIC, say("public"), "开放浏览"),
    -1: Meaning(_S.IN_REVIEW, say("waiting for review"), "待审"),
    -2: Meaning(_S.REJECTED, say("rejected, can be edited"), "被打回"),
    -3: Meaning(_S.LOCKED, say("locked by the authorities"), "网警锁定"),
    -4: Meaning(_S.LOCKED, say("locked, for instance as a duplicate"), "被锁定"),
    -5: Meaning(_S.LOCKED, say("locked by an administrator"), "管理员锁定"),
    -6: Meaning(_S.IN_REVIEW, say("edited, waiting for review"), "修复待审"),
    -7: Meaning(_S.IN_REVIEW, say("review postponed"), "暂缓审核"),
    -8: Meaning(_S.IN_REVIEW, say("supplement waiting for review"), "补档待审"),
    -9: Meaning(_S.PROCESSING, say("waiting for transcoding"), "等待转码"),
    -10: Meaning(_S.IN_REVIEW, say("review delayed"), "延迟审核"),
    -11: Meaning(_S.REJECTED, say("the source must be repaired"), "视频源待修"),
    -12: Meaning(_S.REJECTED, say("could not be moved to the storage"), "转储失败"),
    -13: Meaning(_S.IN_REVIEW, say("waiting for review, open to comments"), "允许评论待审"),
    -14: Meaning(_S.LOCKED, say("in the bin for a while"), "临时回收站"),
    -15: Meaning(_S.PROCESSING, say("being distributed"), "分发中"),
    -16: Meaning(_S.REJECTED, say("transcoding failed: upload it again"), "转码失败"),
    -20: Meaning(_S.DRAFT, say("created, not submitted"), "创建未提交"),
    -30: Meaning(_S.IN_REVIEW, say("submitted, in review"), "创建已提交"),
    -40: Meaning(_S.SCHEDULED, say("scheduled"), "定时发布"),
    -50: Meaning(_S.PRIVATE, say("visible to yourself only"), "仅自己可见"),
    -100: Meaning(_S.DELETED, say("deleted by its owner"), "已删除"),
}
"""Every state of the document."""


def meaning_of(state: int, desc: str = "") -> Meaning:
    """Return what a state means.

    Args:
        state: Its number.
        desc: The server's own words, for a state that is not known here.
    """
    words = desc or say("unknown state {state}", state=state)
    return STATES.get(state) or Meaning(Status.UNKNOWN, words, desc or f"未知状态 {state}")


class Milestone(Enum):
    """What can be waited for."""

    TRANSCODED = "transcoded"
    """Every part is transcoded. The document does not say what the numbers of `xcode_state` mean: 6, or a
    review that is over, is taken for it."""
    PASSED = "passed"
    """The review is over: public, scheduled, or visible to its owner only."""
    PUBLIC = "public"
    """Everybody sees it."""
