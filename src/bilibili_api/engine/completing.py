"""Adds the pages that a submission had no room for (sections 6.4 and 7.3; 21058).

One call takes a hundred: the archive is made with the first, and the others follow by edits. The archive is
known by then, and the stored files name the parts, so that an edit that is made again changes nothing.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from bilibili_api.events import VideoUploaderEvents as E
from bilibili_api.exceptions import ApiException
from bilibili_api.protocol.fields import PARTS_LIMIT
from bilibili_api.saying import say, several

from .into import Into
from .standing import Submission

if TYPE_CHECKING:
    from .calls import Calls
    from .standing import Standing
    from .waits import Tell

_GONE: Final = say(
    "Look in your account. If it is not there, forget the job (`bvup forget`) and start again."
)

log = logging.getLogger("bilibili_api")


async def complete(calls: Calls, tell: Tell, standing: Standing) -> None:
    """Add the pages that the archive lacks, behind those that it was made with.

    Raises:
        ArchiveChanged: Somebody else overwrites it at once, again.
        ApiException: It was refused, or the network failed. Called again, it goes on where it was.
    """
    from .editing import Editing  # noqa: PLC0415 - few uploads have as many pages

    made = dict(standing.made or {})
    first, rest = standing.pages[:PARTS_LIMIT], standing.pages[PARTS_LIMIT:]
    into = Into(made["aid"], after=first[-1].filename)
    log.info(
        several(
            len(rest),
            "{bvid} has the first {first} parts; {n} more is added to it.",
            "{bvid} has the first {first} parts; {n} more are added to it.",
            bvid=made["bvid"],
            first=len(first),
        )
    )
    try:
        await Editing(calls).put(into.video, into.edit(rest))
    except ApiException as error:
        if error.kind == "NO_SUCH_ARCHIVE":  # deleted meanwhile: going on would fail for ever
            error.hint = _GONE
        await standing.ledger.noted()
        tell(E.SUBMIT_FAILED, {"err": error})
        raise
    standing.submission, standing.result, standing.made = Submission.DONE, made, None
    await standing.ledger.noted()
    tell(E.AFTER_SUBMIT, dict(made))
