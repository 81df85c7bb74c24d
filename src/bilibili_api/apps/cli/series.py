"""`bvup upload --each`: one submission after the other, and none stops those that follow."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bilibili_api.exceptions import InvalidUpload
from bilibili_api.frozen import frozen

from . import told
from .language import t, tn
from .report import MEANINGS, ExitCode, complain, worst
from .text import cells, padded, safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bilibili_api.exceptions import Problem
    from bilibili_api.video_uploader import VideoUploaderCredential

    from .order import Order
    from .session import Session


@frozen
class End:
    """How one submission ended.

    Attributes:
        order: The submission.
        code: What `bvup` would end with if it were the only one; None: it was not begun.
        bvid: As what it was published, else "".
    """

    order: Order
    code: ExitCode | None = None
    bvid: str = ""

    @property
    def name(self) -> str:
        """The file's name."""
        return safe(self.order.parts[0].path.name)

    def figures(self) -> dict[str, object]:
        """Return it for programs; an exit code of null: it was not begun."""
        code = None if self.code is None else int(self.code)
        return {**self.order.names(), "exit_code": code, "bvid": self.bvid or None}

    def __str__(self) -> str:
        if self.code is None:
            return t("not begun")
        if self.bvid and self.code is not ExitCode.DONE:
            return t(
                "{bvid}, without all of its subtitles (exit code {code:d})", bvid=self.bvid, code=self.code
            )
        return self.bvid or t(
            "failed: {reason} (exit code {code:d})", reason=MEANINGS[self.code], code=self.code
        )


@frozen
class Settled:
    """One of them that needs no carrying out any more: published before, or nothing that could be ordered.

    Attributes:
        number: Its number among all, from 1 on.
        code: How it ended.
        figures: It for programs.
    """

    number: int
    code: ExitCode
    figures: Mapping[str, object]


def series(session: Session, orders: Sequence[Order], others: Sequence[Settled] = ()) -> ExitCode:
    """Carry out all submissions that can be, and return the worst exit code.

    All are checked first, so that what is wrong with the last is known before the first is sent. A login that
    is missing or refused ends the series, and so does the user.

    Args:
        session: Who uploads, and how.
        orders: The submissions.
        others: Those that belong to them and are settled.

    Raises:
        InvalidUpload: The same is wrong with all of them, and no lines of a file ask for them.
        LoginNeeded: Nobody is logged in.
    """
    wrong = asyncio.run(_checked(session, orders))
    found = list(wrong.values())
    is_one = len(found) == len(orders) and all(problems == found[0] for problems in found)
    if is_one and not orders[0].origin:
        raise InvalidUpload(found[0])
    for order, problems in ((orders[i], problems) for i, problems in wrong.items()):
        session.outlet.tell(order.refusal())
        with told.many(**order.names()):
            complain(InvalidUpload(problems), verbose=False)
    ends = [End(order, ExitCode.INVALID if i in wrong else None) for i, order in enumerate(orders)]
    if len(wrong) < len(orders) and not session.given["dry_run"]:
        credential = session.credential(orders[0].server)
        ends = asyncio.run(_carried_out(session, ends, credential))
    session.outlet.tell("", *summary(ends))
    code = worst([*codes_of(others), *(ExitCode.STOPPED if end.code is None else end.code for end in ends)])
    figures = {end.order.number: end.figures() for end in ends} | {one.number: one.figures for one in others}
    told.result(code, session.outlet, submissions=[figures[number] for number in sorted(figures)])
    return code


def codes_of(others: Iterable[Settled]) -> list[ExitCode]:
    """Return how they ended."""
    return [one.code for one in others]


async def _checked(session: Session, orders: Sequence[Order]) -> dict[int, tuple[Problem, ...]]:
    """Return what is wrong with which of them."""
    online = session.given["check_online"]
    found = [await session.problems(order, online=online) for order in orders]
    return {i: problems for i, problems in enumerate(found) if session.forbid(problems)}


async def _carried_out(
    session: Session, ends: Sequence[End], credential: VideoUploaderCredential
) -> list[End]:
    done: list[End] = []
    for number, end in enumerate(ends, 1):
        if end.code is None:
            session.outlet.say("", f"[{number}/{len(ends)}] {end.name}")
            with told.many(**end.order.names()):
                end = await _one(session, end.order, credential)  # noqa: PLW2901 - how it began becomes how it ended
        done.append(end)
        if end.code in {ExitCode.STOPPED, ExitCode.LOGIN}:
            break
    return [*done, *ends[len(done) :]]


async def _one(session: Session, order: Order, credential: VideoUploaderCredential) -> End:
    problems = await session.problems(order)  # once more, since hours may have passed
    if session.forbid(problems):
        return End(order, complain(InvalidUpload(problems), verbose=False))
    try:
        attempt, outcome = await session.carry_out(order, credential)
        code = attempt.finish(outcome, session.outlet)
    except Exception as error:  # noqa: BLE001 - one that fails must not stop the others, whatever it fails with
        return End(order, complain(error, verbose=session.given["verbose"]))
    return End(order, code, str((outcome.ids or {}).get("bvid", "")))


def summary(ends: Sequence[End]) -> Iterator[str]:
    """Return what became of all of them, in a line each."""
    published = sum(bool(end.bvid) for end in ends)
    yield tn(
        len(ends),
        "{published} of {n} submission published:",
        "{published} of {n} submissions published:",
        published=published,
    )
    width = max(cells(end.name) for end in ends)
    for end in ends:
        yield f"  {padded(end.name, width)}  {end}"
    if any(end.code is not ExitCode.DONE for end in ends):
        yield t("The same command goes on; what is published is not published twice.")
