"""`--dry-run`: what would be sent, what is wrong with it, and what the files are; nothing is uploaded."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from bilibili_api.account import MAX_FILE_SIZE
from bilibili_api.exceptions import ExtraMissing
from bilibili_api.media import inspect

from . import told
from .files import is_file
from .language import t, tn
from .notes import listening
from .plan import plan_figures, plan_lines
from .report import ExitCode, tell_problems, tell_usage, usage_figures, worst
from .text import safe, sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bilibili_api.media import Media
    from bilibili_api.video_uploader import Preview

    from .order import Order
    from .session import Session


def rehearse(session: Session, orders: Sequence[Order], others: Iterable[ExitCode] = ()) -> ExitCode:
    """Show what would be sent, what is wrong with it, and what the files are; upload nothing.

    What is found in the files forbids no upload, and does not change the exit code.

    Args:
        session: Who would upload, and how.
        orders: The submissions.
        others: How submissions ended that belong to them and could not even be ordered.
    """
    codes, outlet, can_look = [ExitCode.DONE, *others], session.outlet, True
    lack = session.login.lack(orders[0].server) if orders else None
    plans: list[dict[str, object]] = []
    for order in orders:
        preview = asyncio.run(_previewed(session, order))
        seen: Sequence[Media | None] = [None] * len(order.parts)
        if can_look:
            try:
                seen = asyncio.run(_looked_into(order))
            except ExtraMissing as error:
                can_look = False
                why = sentences(error.said, error.hint)
                outlet.say(t("The files were not looked into. {reason}", reason=why))
        account = str(session.login)
        if preview.published is None:
            outlet.tell(*order.heading(account, is_plan=True), *plan_lines(preview, order, seen))
        plans.append(plan_figures(preview, order, account, seen))
        if preview.problems:
            codes.append(ExitCode.INVALID)
            if order.origin:
                outlet.tell(order.refusal())
            tell_problems(preview.problems)
        elif preview.published is not None:
            outlet.tell(_nothing_to_do(order, preview.published))
        elif lack is None:
            outlet.tell(_verdict(seen, is_asked=_asks(session, order)))
    if lack is not None:
        codes.append(ExitCode.LOGIN)
        tell_usage(lack)
    told.result(worst(codes), outlet, None if lack is None else usage_figures(lack), plans=plans)
    return worst(codes)


async def _previewed(session: Session, order: Order) -> Preview:
    with listening(session.outlet.say, verbose=session.given["verbose"]):
        credential = session.login.preview(order.server)
        journal = None if session.given["again"] else session.journal
        uploader = order.uploader(credential, journal)
        found = await uploader.preview(live=session.given["check_online"], names=True)
    return replace(found, problems=(*found.problems, *order.problems(credential)))


def _asks(session: Session, order: Order) -> bool:
    """Whether Bilibili is asked for it."""
    return session.given["check_online"] or order.topic is not None or order.mission is not None


async def _looked_into(order: Order) -> list[Media | None]:
    """Look at the files; None stands for standard input, and for what is not there.

    Raises:
        ExtraMissing: The library for that is not installed.
    """
    paths = [None if part.is_stream or not is_file(part.path) else part.path for part in order.parts]
    return [None if path is None else await inspect(path, max_size=MAX_FILE_SIZE) for path in paths]


def _nothing_to_do(order: Order, bvid: str) -> str:
    """Say that the upload would end before it begins."""
    return t(
        "{title}: published before, as {bvid}; nothing would be sent. For another archive of it: --again",
        title=safe(str(order.meta["title"])),
        bvid=bvid,
    )


def _verdict(seen: Sequence[Media | None], *, is_asked: bool) -> str:
    """Say that nothing forbids the upload."""
    number = sum(len(media.findings) for media in seen if media is not None)
    if number:
        found = tn(
            number,
            "Nothing forbids the upload, but Bilibili or viewers may mind what was found in the files "
            "({n} finding).",
            "Nothing forbids the upload, but Bilibili or viewers may mind what was found in the files "
            "({n} findings).",
        )
        return sentences(found, t("Nothing was uploaded.") if is_asked else t("Nothing was sent."))
    if is_asked:
        return t("Nothing is wrong with it; nothing was uploaded.")
    return t("Nothing is wrong with it; nothing was sent.")
