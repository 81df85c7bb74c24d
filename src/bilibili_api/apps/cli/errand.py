"""What is left to do for an upload once its archive is there: its subtitles.

The journal remembers them from the beginning until they are uploaded, so that whoever goes on with the upload
goes on with them.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from bilibili_api.exceptions import ApiException, JournalFailed
from bilibili_api.frozen import frozen
from bilibili_api.journal import JobSubtitle
from bilibili_api.saying import joined, listed, say, several
from bilibili_api.video_uploader import VideoUploaderEvents

from .advice import advice
from .language import t
from .notes import listening
from .report import ExitCode, exit_code
from .stop import stopping
from .text import safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bilibili_api.journal import Journal
    from bilibili_api.video_uploader import Options, Progress, VideoUploader, VideoUploaderCredential

    from .outlet import Outlet
    from .subtitle_found import Found
    from .way_on import WayOn

STARTING = (VideoUploaderEvents.RESUMED, VideoUploaderEvents.PREUPLOAD, VideoUploaderEvents.PRE_SUBMIT)
"""By the first of them the upload has its job."""
HOPELESS = frozenset({ExitCode.LOGIN, ExitCode.NETWORK})
"""What fails so with one fails with the others."""


@frozen
class Errands:
    """How it ended.

    Attributes:
        done: What was uploaded, with the numbers that their parts have by now.
        left: What was not.
        gone: What is not uploaded any more, since somebody has removed its part from the archive.
        error: Why; None: it was stopped, or nothing is left.
    """

    done: tuple[JobSubtitle, ...] = ()
    left: tuple[JobSubtitle, ...] = ()
    gone: tuple[JobSubtitle, ...] = ()
    error: ApiException | None = None

    @property
    def code(self) -> ExitCode:
        """The exit code; a file that is gone meanwhile needs a person, like a refusal."""
        if self.error is None:
            return ExitCode.STOPPED if self.left else ExitCode.DONE
        code = exit_code(self.error)
        return ExitCode.REFUSED if code is ExitCode.INVALID else code

    def lines(self) -> list[str]:
        """Return what was uploaded, and what is dropped, for a person."""
        named = listed(f"P{one.part} {one.language}" for one in self.done)
        dropped = listed(map(_named, self.gone))
        lines = [t("subtitles: {names}", names=named)] if named else []
        if dropped:
            lines.append(
                t("dropped, since their parts were removed from the archive: {names}", names=dropped)
            )
        return lines

    def figures(self) -> list[dict[str, object]]:
        """Return it for programs."""
        return [
            {"part": one.part, "language": one.language, "file": one.path, "uploaded": is_done}
            for some, is_done in ((self.done, True), (self.left, False), (self.gone, False))
            for one in some
        ]

    def complaint(self, bvid: str, job: int | None, way: WayOn) -> ApiException | None:
        """Return what is missing, why, and how to go on; None: nothing is."""
        if not self.left:
            return None
        error = self.error or ApiException(say("It was stopped before all subtitles were uploaded."))
        named = listed(map(_named, self.left))
        error.kept = several(
            len(self.left),
            "The video is published as {bvid}. Not uploaded: {n} file: {names}",
            "The video is published as {bvid}. Not uploaded: {n} files: {names}",
            bvid=bvid,
            names=named,
        )
        again = (
            [way.command("resume", job)]
            if job is not None
            else [way.subtitle(bvid, one) for one in self.left]
        )
        ways = (say("To upload them: {command}", command=each) for each in again)
        error.hint = joined("\n", filter(None, [advice(error.hint), *ways]))
        return error


def _named(one: JobSubtitle) -> str:
    place = f"P{one.part} {one.language}"
    return say("{place} ({path})", place=place, path=safe(one.path))


@frozen
class Errand:
    """What is to be done afterwards, and by whom.

    Attributes:
        wanted: Subtitles that the command line wants; what the journal knows of comes on top.
        journal: Where they are remembered, or None.
        credential: Who uploads.
        options: As for the upload.
    """

    wanted: tuple[JobSubtitle, ...]
    journal: Journal | None
    credential: VideoUploaderCredential
    options: Options

    @classmethod
    def of(
        cls,
        found: Iterable[Found],
        journal: Journal | None,
        credential: VideoUploaderCredential,
        options: Options,
    ) -> Self:
        """Return that of subtitles that were found."""
        path = os.path.abspath  # as the journal has the paths of files
        wanted = (JobSubtitle(one.part, one.subtitle.language, path(one.path)) for one in found)
        return cls(tuple(wanted), journal, credential, options)

    def remember(self, uploader: VideoUploader) -> None:
        """Have them written down as soon as the upload has its job."""
        if not self.wanted or self.journal is None:
            return
        known: set[int] = set()

        async def note(_: Any) -> None:
            job = uploader.progress.job
            if job is not None and job not in known and self.journal is not None:
                with suppress(JournalFailed):  # which the upload says itself; the next event tries again
                    await self.journal.subtitles(job, self.wanted, is_first=True)
                    known.add(job)

        for event in STARTING:
            uploader.add_event_listener(event, note)

    async def run(self, bvid: str, progress: Progress, outlet: Outlet, *, verbose: bool) -> Errands:
        """Upload what is left; the first signal ends it.

        Args:
            bvid: The archive.
            progress: How the upload ended: it names the stored files, by which their parts are found.
            outlet: Where what the library says is shown.
            verbose: Whether details are shown.
        """
        job = progress.job
        left, known = await self._left(job)
        if not left:
            return Errands()
        own = {i: page.filename for i, page in enumerate(progress.pages, 1) if page.filename is not None}
        stored = known | own
        ended = Errands(left=left)

        async def work() -> None:
            nonlocal ended
            for one in left:
                ended = await self._after(ended, one, stored.get(one.part, ""), bvid, job)
                if ended.error is not None and exit_code(ended.error) in HOPELESS:
                    break

        with listening(outlet.say, verbose=verbose), stopping(live=outlet.is_terminal) as stop:
            working, asked = asyncio.create_task(work()), asyncio.create_task(stop.wait())
            await asyncio.wait([working, asked], return_when=asyncio.FIRST_COMPLETED)
            for task in (asked, working):
                task.cancel()
            await asyncio.gather(asked, working, return_exceptions=True)
        if not working.cancelled():
            working.result()
        return ended

    async def _left(self, job: int | None) -> tuple[tuple[JobSubtitle, ...], dict[int, str]]:
        """Return what is left, and the stored files by the numbers that the parts were uploaded with."""
        if self.journal is None or job is None:
            return self.wanted, {}
        try:
            if self.wanted:  # where that could not be written before; what is known already stays
                await self.journal.subtitles(job, self.wanted, is_first=True)
            known = await self.journal.job(job)
        except ApiException:  # it was lost in the middle, which the upload has said and survived
            return self.wanted, {}
        stored = {i: page.filename for i, page in enumerate(known.pages, 1) if page.filename is not None}
        return known.subtitles, stored

    async def _after(
        self, ended: Errands, one: JobSubtitle, filename: str, bvid: str, job: int | None
    ) -> Errands:
        from bilibili_api.subtitle import Subtitles, read  # noqa: PLC0415 - few uploads have any

        mine, is_gone, now = Subtitles(self.credential, options=self.options), False, one.part
        try:
            given = await read(one.path, one.language)
            now = await mine.upload(bvid, given, filename=filename)
        except ApiException as error:
            if not (is_gone := error.kind == "PART_GONE"):
                return replace(ended, error=ended.error or error)
        left = tuple(other for other in ended.left if other != one)
        if self.journal is not None and job is not None:
            with suppress(JournalFailed):  # then they are uploaded once more, which changes nothing
                await self.journal.subtitles(job, left)
        if is_gone:
            return replace(ended, gone=(*ended.gone, one), left=left)
        return replace(ended, done=(*ended.done, replace(one, part=now)), left=left)
