"""The time of publication while an upload takes its time: what to do when it has come too near meanwhile."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bilibili_api.amounts import moment_text
from bilibili_api.protocol.body import parts_of
from bilibili_api.protocol.meta_rules import earliest, is_too_near
from bilibili_api.saying import say

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger("bilibili_api")


def is_late(meta: object, extra: object, now: float) -> bool:
    """Whether the time of publication may have been right once, but is too near by now (section 6.2).

    Args:
        meta: Metadata in which nothing else is wrong.
        extra: What is passed through beside it, or None.
        now: The present, Unix seconds.
    """
    dtime = parts_of(meta, extra)[0].get("dtime")
    return isinstance(dtime, int) and is_too_near(dtime, now)


def in_time(body: Mapping[str, object], now: float, untouched: Mapping[str, object]) -> dict[str, object]:
    """Return what is submitted, with the earliest time that can be had where the one it has is too near.

    Never an earlier time than was asked for, and never at once: what is scheduled can still be changed.

    Args:
        body: What is to be submitted.
        now: The present, Unix seconds.
        untouched: Members that the caller passes through as they are.
    """
    dtime = body.get("dtime")
    if "dtime" in untouched or not isinstance(dtime, int) or not is_too_near(dtime, now):
        return dict(body)
    soonest = earliest(now)
    log.warning(
        say(
            "The time of publication, {wanted}, has come too near meanwhile: it is set to {soonest}, the "
            "earliest there is.",
            wanted=moment_text(dtime),
            soonest=moment_text(soonest),
        )
    )
    return {**body, "dtime": soonest}
