"""Carries out one upload for a command, and puts its end into words that fit the command line."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bilibili_api.amounts import size_text
from bilibili_api.exceptions import (
    ApiException,
    InvalidUpload,
    ResponseCodeException,
    SubmissionUnknown,
    UploadBusy,
)
from bilibili_api.frozen import frozen
from bilibili_api.saying import joined, say
from bilibili_api.video_uploader import VideoUploader

from . import told
from .outlet import aside
from .report import NOTHING, ExitCode, error_figures, stopped_figures, tell_error, tell_stopped
from .sending import Outcome, filled, send
from .words import kept, result

if TYPE_CHECKING:
    from bilibili_api.video_uploader import PageProgress, Progress

    from .errand import Errand
    from .outlet import Outlet
    from .sending import Act
    from .way_on import WayOn

GONE: Final = say("nothing; standard input cannot be read again: the same command begins anew.")
EARLIER: Final = say("nothing of this run; what earlier runs of this upload have stored is not lost.")
"""What is known before the journal was asked for the upload, which needs a login."""


@frozen
class Attempt:
    """One upload.

    Attributes:
        uploader: Has done nothing yet.
        blank: The progress of its pages before anything is known.
        way: How a person goes on with it.
        job: Its number, where it is known already.
        is_gone: Whether what is not stored cannot be read again, since it came from standard input.
        act: What is done with the uploader.
        grace: Seconds that chunks under way may take to land when it is stopped.
        verbose: Whether details are shown.
        errand: What is left to do when it is published, or None: nothing.
    """

    uploader: VideoUploader
    blank: tuple[PageProgress, ...]
    way: WayOn
    job: int | None = None
    is_gone: bool = False
    act: Act = VideoUploader.start
    grace: float = 0.0
    verbose: bool = False
    errand: Errand | None = None

    async def run(self, outlet: Outlet) -> Outcome:
        """Carry it out.

        Raises:
            ApiException: What the library raises; it says what is on the server, and how to go on.
        """
        if self.errand is not None:
            self.errand.remember(self.uploader)
        try:
            outcome = await send(
                self.uploader, self.blank, outlet, act=self.act, grace=self.grace, verbose=self.verbose
            )
        except ApiException as error:
            await self._drop(progress := filled(self.uploader.progress, self.blank))
            raise self._in_words(error, progress) from None
        if outcome.ids is None and await self._drop(outcome.progress):
            return replace(outcome, progress=replace(outcome.progress, job=None))
        outcome = replace(outcome, progress=self._known(outcome.progress))
        if self.errand is None or outcome.ids is None:
            return outcome
        bvid = str(outcome.ids["bvid"])
        ended = await self.errand.run(bvid, outcome.progress, outlet, verbose=self.verbose)
        return replace(outcome, errands=ended)

    async def _drop(self, progress: Progress) -> bool:
        """Forget the job if nothing of it is stored and nobody can go on with it; return whether it was."""
        journal, job = self.uploader.journal, progress.job
        if not self.is_gone or journal is None or job is None or progress.submission != "open":
            return False
        if any(page.stored or page.done for page in progress.pages):
            return False
        with suppress(ApiException):  # it stays in the list, which says so
            await journal.forget(job)
            return True
        return False

    def finish(self, outcome: Outcome, outlet: Outlet) -> ExitCode:
        """Tell the result and return the exit code.

        Raises:
            SubmissionUnknown: It was stopped in the very moment that decides.
        """
        if outcome.ids is None and outcome.progress.submission == "submitting":
            lost = SubmissionUnknown(say("Stopped while the submission was on its way."))
            raise self._in_words(lost, outcome.progress)
        if outcome.ids is None:
            said = self._kept(outcome.progress, outcome.lost)
            said = said or ("" if self._was_looked_up(outcome.progress) else EARLIER)
            code = tell_stopped(said)
            told.result(code, outlet, stopped_figures(said), **self._figures(outcome))
            return code
        lines = result(outcome, self.way.server.url if self.way.server else None)
        outlet.tell(*([str(outcome.ids["bvid"])] if told.is_quiet() else lines))
        ended = outcome.errands
        wrong = ended.complaint(str(outcome.ids["bvid"]), outcome.progress.job, self.way)
        figures = {"exit_code": int(ended.code)}
        said = None if wrong is None else error_figures(wrong) | figures
        told.result(ended.code, outlet, said, **self._figures(outcome), subtitles=ended.figures())
        if outlet.gone:  # the bvid must not be lost only because nobody read the progress
            aside(*lines)
        if wrong is not None:
            tell_error(wrong)
        return ended.code

    def _figures(self, outcome: Outcome) -> dict[str, object]:
        ids, progress = outcome.ids or {}, outcome.progress
        return {
            "job": progress.job,
            "aid": ids.get("aid"),
            "bvid": ids.get("bvid"),
            "was_published": outcome.was_published,
            "size": progress.size,
            "sent": max(progress.sent - outcome.before, 0),
            "seconds": round(outcome.elapsed, 3),
            "server": self.way.server.url if self.way.server else None,
        }

    def _was_looked_up(self, progress: Progress) -> bool:
        """Whether it is known what earlier runs have stored."""
        return self.uploader.journal is None or self._known(progress).job is not None

    def _known(self, progress: Progress) -> Progress:
        return replace(progress, job=progress.job or self.job)

    def _kept(self, progress: Progress, lost: int = 0) -> str:
        """Return what survives, what does not, and the command that goes on."""
        progress = self._known(progress)
        if self.is_gone and not all(page.done for page in progress.pages):
            return GONE
        lines = [said] if (said := kept(progress)) else []
        if lost:
            unfinished = say(
                "What was under way ({size}) belongs to chunks that are not whole: it is sent again.",
                size=size_text(lost),
            )
            lines = [*(lines or [NOTHING]), unfinished]
        if said and progress.job is not None:
            command = self.way.command("resume", progress.job)
            lines.append(say("To go on: {command}", command=command))
        return joined("\n", lines)

    def _in_words(self, error: ApiException, progress: Progress) -> ApiException:
        job = self._known(progress).job
        error.kept = self._kept(progress)
        match error:
            case SubmissionUnknown():
                error.kept = kept(self._known(progress))
                error.hint = self._question(job)
            case UploadBusy():
                error.hint = joined(" ", [error.hint, say("Or add --wait-turn, which waits for it.")])
            case InvalidUpload() if self.job is not None:
                moved = say("Files that were moved: bvup upload with their new names goes on with them.")
                error.kept = joined("\n", [error.kept, moved])
            case ResponseCodeException() if self._may_change(progress):
                refused = say("To change what was refused: bvup upload with the same files sends none twice.")
                error.kept = joined("\n", [error.kept, refused])
            case _:
                pass
        return error

    def _may_change(self, progress: Progress) -> bool:
        """Whether it was an archive that was refused, so that what it says may still be changed."""
        is_refused = progress.stage == "submit" and progress.submission == "open"
        return is_refused and self.uploader.into is None and self._known(progress).job is not None

    def _question(self, job: int | None) -> str:
        """Return what to find out, and what to do then."""
        if job is None:
            return say(
                "Look into the archive manager on member.bilibili.com. If the video is there, all is done; "
                "if not, upload it again."
            )
        look = say(
            "Look into the archive manager on member.bilibili.com. If the video is there, all is done."
        )
        again = say("If not: {command}", command=self.way.command("submit", job, "--again"))
        once_more = say(
            "To have the account's archives looked through once more: {command}",
            command=self.way.command("resume", job),
        )
        return joined("\n", [look, again, once_more])
