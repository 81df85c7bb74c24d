"""What all uploads of one `bvup upload` have in common, and how each of them is carried out."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bilibili_api.exceptions import InvalidUpload, JournalFailed
from bilibili_api.frozen import frozen
from bilibili_api.saying import joined, say

from .advice import advice
from .attempt import Attempt
from .credentials import Login, pointing
from .language import t
from .notes import listening
from .way_on import WayOn

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from bilibili_api.exceptions import Problem
    from bilibili_api.journal import Journal
    from bilibili_api.video_uploader import Server, VideoUploaderCredential

    from .order import Order
    from .outlet import Outlet
    from .report import ExitCode
    from .sending import Outcome


@frozen
class Session:
    """Who uploads, and how.

    Attributes:
        login: Who.
        journal: What remembers it, or None.
        given: The options.
        outlet: Where it is shown.
    """

    login: Login
    journal: Journal | None
    given: Mapping[str, Any]
    outlet: Outlet

    def credential(self, server: Server | None) -> VideoUploaderCredential:
        """Return the credential; asks for a password where one is needed.

        Raises:
            LoginNeeded: Nobody is logged in.
        """
        return self.login.credential(server, patient=not self.given["no_wait"])

    async def problems(self, order: Order, *, online: bool = False) -> tuple[Problem, ...]:
        """Return everything that is wrong, before a password is asked for; sends nothing unless `online`."""
        with listening(self.outlet.say, verbose=self.given["verbose"]):
            credential = self.login.preview(order.server)
            found = await order.uploader(credential).check(live=online)
        return (*found, *order.problems(credential))

    def single(self, order: Order) -> ExitCode:
        """Carry out the only upload there is.

        Raises:
            InvalidUpload: Something is wrong with it; nothing was uploaded.
            ApiException: What the library raises.
        """
        online = self.given["check_online"]
        problems = asyncio.run(self.problems(order, online=online))
        if self.forbid(problems):
            raise InvalidUpload(problems)
        credential = self.credential(order.server)
        attempt, outcome = asyncio.run(self.carry_out(order, credential))
        return attempt.finish(outcome, self.outlet)

    def forbid(self, problems: Sequence[Problem]) -> bool:
        """Whether it cannot be uploaded with these problems.

        A time of publication that is not right is left to the journal: for what was begun it is set anew.
        """
        left = self.journal is not None and not self.given["dry_run"]
        return any(not left or problem.field != "meta.dtime" for problem in problems)

    async def carry_out(self, order: Order, credential: VideoUploaderCredential) -> tuple[Attempt, Outcome]:
        """Upload, once more if it was published before and another archive is wanted.

        Raises:
            ApiException: What the library raises.
        """
        self.outlet.say(*order.heading(str(self.login)))
        with pointing(self.login.way_back(order.server)), _offering_none():
            attempt = self._attempt(order, credential)
            outcome = await attempt.run(self.outlet)
            job = outcome.progress.job
            if not (self.given["again"] and outcome.was_published and self.journal and job is not None):
                return attempt, outcome
            bvid = (outcome.ids or {}).get("bvid")
            self.outlet.say(
                t(
                    "This was published before, as {bvid}; it is uploaded once more, for another archive.",
                    bvid=bvid,
                )
            )
            await self.journal.forget(job)
            attempt = self._attempt(order, credential)
            return attempt, await attempt.run(self.outlet)

    def _attempt(self, order: Order, credential: VideoUploaderCredential) -> Attempt:
        return Attempt(
            order.uploader(credential, self.journal),
            order.blank(),
            WayOn(self.given["journal"], order.server, self.login),
            is_gone=any(part.is_stream for part in order.parts),
            grace=self.given["grace"],
            verbose=self.given["verbose"],
            errand=order.errand(credential, self.journal),
        )


@contextmanager
def _offering_none() -> Generator[None]:
    """Let a journal that cannot be opened be left out.

    Raises:
        ApiException: As it was, with another hint.
    """
    try:
        yield
    except JournalFailed as error:
        if not error.kept:
            error.hint = joined(" ", [advice(error.hint), say("Or remember nothing: --no-journal.")])
        raise
