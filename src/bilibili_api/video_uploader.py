"""Upload of videos through the interface of the PC submission tool (the published module).

    from bilibili_api import sync, video_uploader

    page = video_uploader.VideoUploaderPage(open("video.mp4", "rb"), title="P1")
    credential = video_uploader.VideoUploaderCredential(access_key="...")
    meta = {"title": "...", "copyright": 1, "tid": 130, "tag": "a,b", "desc": "..."}
    uploader = video_uploader.VideoUploader([page], meta, credential)
    print(sync(uploader.start()))  # {"aid": ..., "bvid": ...}

What goes beyond the published interface is optional and keyword-only.
"""

from __future__ import annotations

import asyncio
import copy
import io
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, cast

from bilibili_api.engine.calls import Calls
from bilibili_api.engine.check import check_all
from bilibili_api.engine.choice import check_topic_login, has_cookies
from bilibili_api.engine.connecting import connected
from bilibili_api.engine.credential import VideoUploaderCredential
from bilibili_api.engine.foreign import is_login_needed, login_of
from bilibili_api.engine.halves import fitting, forced, with_what_is_left
from bilibili_api.engine.options import Options, Patience, Server, World
from bilibili_api.engine.order import Order, OrderedPage
from bilibili_api.engine.origin import Origin
from bilibili_api.engine.pacer import account_of
from bilibili_api.engine.page_state import PageState
from bilibili_api.engine.progress import PageProgress, Progress
from bilibili_api.engine.publish import Publication
from bilibili_api.engine.retry import one_error, persist
from bilibili_api.engine.standing import Result, Standing, Submission
from bilibili_api.events import VideoUploaderEvents
from bilibili_api.exceptions import InvalidUpload, Problem, VideoUploadException
from bilibili_api.protocol import submit
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.json_values import items_of
from bilibili_api.protocol.named import put_in
from bilibili_api.utils.AsyncEvent import AsyncEvent

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator, Coroutine, Mapping
    from io import BufferedIOBase

    from bilibili_api.engine.chosen_cover import Choice, ChosenCover, Cover
    from bilibili_api.engine.jobs import Job, JobPage
    from bilibili_api.engine.journal import Journal
    from bilibili_api.engine.web_credential import Credential
    from bilibili_api.protocol.interfaces import Access
    from bilibili_api.protocol.named import Named
    from bilibili_api.protocol.video_meta import VideoMeta

__all__ = [
    "Options",
    "PageProgress",
    "Patience",
    "Progress",
    "Server",
    "VideoMeta",
    "VideoUploader",
    "VideoUploaderCredential",
    "VideoUploaderEvents",
    "VideoUploaderPage",
    "World",
    "get_missions",
]

_BEAT: Final = 0.05
"""Seconds between two looks whether something is still in flight."""


def __getattr__(name: str) -> object:
    """Load on first use what importing this module should not cost."""
    if name == "VideoMeta":
        from bilibili_api.protocol.video_meta import VideoMeta  # noqa: PLC0415 - pydantic is a large import

        return VideoMeta
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class VideoUploaderPage:
    """One part (P1, P2, ...) of a submission. The stream stays the caller's: not closed, left where it was.

    Args:
        video_stream: A stream opened for reading in binary, or the path of a file. Regular files are read in
            parallel, other seekable streams one block at a time; a stream that cannot seek is copied once
            to a temporary file, which is removed after the upload.
        title: Title of the part, at most 80 characters.
        description: Description of the part.
        extension: Extension of the file name that is told to Bilibili.
        key: Your own name for the content of a stream; with it a journal knows the stream again. Files are
            known by what they hold and need none.
    """

    origin: Origin
    """The bytes as the engine reads them; follows `video_stream`."""

    def __init__(
        self,
        video_stream: BufferedIOBase | str | os.PathLike[str],
        title: str,
        description: str = "",
        extension: str = "mp4",
        *,
        key: str | None = None,
    ) -> None:
        self.video_stream = video_stream
        self.title = title
        self.description = description
        self.extension = extension
        self.key = key

    @property
    def video_stream(self) -> BufferedIOBase | str | os.PathLike[str]:
        """The stream or the path; may be replaced while no upload runs."""
        return cast("BufferedIOBase | str | os.PathLike[str]", self.origin.given)

    @video_stream.setter
    def video_stream(self, given: BufferedIOBase | str | os.PathLike[str]) -> None:
        self.origin = Origin(cast("Any", given))

    async def get_size(self) -> int:
        """Return the size in bytes. A file's comes from the file system.

        Raises:
            SourceChanged: The stream cannot be read.
            SpoolFailed: There is no room for the copy of a stream that cannot seek.
        """
        return await self.origin.size()

    async def get_md5(self) -> str:
        """Return the md5 of the bytes as 32 lower-case hex digits.

        Raises:
            SourceChanged: The stream cannot be read.
            SpoolFailed: There is no room for the copy of a stream that cannot seek.
        """
        return await self.origin.md5()

    def __repr__(self) -> str:
        return f"<VideoUploaderPage {self.title!r}>"


class VideoUploader(AsyncEvent):
    """One submission: uploads its pages and its cover, then submits them once.

    Args:
        pages: The parts, in their order.
        meta: Metadata as a dict with the published keys or those of today, or a `VideoMeta` (protocol
            document, section 6.2). Never modified.
        credential: Who uploads.
        threads: The most chunks in flight at once, 1 to 64.
        chunk_size: Bytes of a chunk, 1 to 64 MiB.
        cover_stream: The cover, opened for reading in binary; sent as it is, and required.
        cover_type: Its MIME type: image/jpeg, image/png or image/webp.
        cover: Instead of it, any picture (path, bytes, stream, image of Pillow), prepared as by
            `bilibili_api.cover.prepare`; or "auto", a good frame of the first page; or a
            `bilibili_api.cover.Cover`, which says more. If it fails, the upload goes on without a cover.
        extra: Members added to the submission untouched, for what this library does not know.
        partition: Name or number of a partition, of the old tree or a new one (sections 7.8, 7.9), instead of
            `tid`; a new one goes into `human_type2`, the old one nearest to it into `tid` if that is lacking.
        topic: Name or number of a topic (section 7.5), instead of `topic_id`; its activity is added. A name
            is looked up when the upload starts, for which the login needs cookies.
        line: `pc`, or the name of an UPOS line; by default the nearest UPOS line if the login has cookies,
            else the PC line.
        interface: The only interface to submit through (`client`, `app`, `web`, `bcut-android`, ...); by
            default those the login can use, one after the other while they are closed.
        journal: Where it is remembered on disk how far the upload has come, so that a later process goes on
            with it and nothing is ever submitted twice: a `bilibili_api.journal.Journal`, the path of one, or
            True for the user's own. None: in memory only, nothing is written.
        options: Server, patience, clock and dice; by default `Server.from_environment()`.

    Events: see `VideoUploaderEvents`. Each `*_FAILED` but CHUNK_FAILED means that the step is given up.
    """

    _event_aliases: ClassVar[Mapping[str, str]] = {"COMPLETED": VideoUploaderEvents.COMPLETED.value}

    def __init__(
        self,
        pages: list[VideoUploaderPage],
        meta: dict[str, Any] | VideoMeta,
        credential: VideoUploaderCredential | Credential,
        threads: int = 5,
        chunk_size: int = 2048 * 1024,
        cover_stream: BufferedIOBase | None = None,
        cover_type: str = "image/jpeg",
        *,
        cover: Choice | Cover | None = None,
        extra: Mapping[str, Any] | None = None,
        partition: str | int | None = None,
        topic: str | int | None = None,
        line: str | None = None,
        interface: str | None = None,
        journal: Journal | str | os.PathLike[str] | bool | None = None,
        options: Options | None = None,
    ) -> None:
        super().__init__()
        self.pages = pages
        self.meta = meta
        self.credential = credential
        self.threads = threads
        self.chunk_size = chunk_size
        self.cover_stream = cover_stream
        self.cover_type = cover_type
        self.cover = cover
        self.extra = extra
        self.partition = partition
        self.topic = topic
        self.line = line
        self.interface = interface
        self._options = options or Options(server=Server.from_environment())
        self.journal = _journal_of(journal)
        self._job: Job | None = None
        self._standing = Standing()
        self._cover_origin: Origin | None = None
        self._chosen_cover: ChosenCover | None = None
        self._running: asyncio.Task[dict[str, Any]] | None = None
        self._aborted = False
        self._calls: Calls | None = None

    @classmethod
    def resume(
        cls,
        job: Job,
        credential: VideoUploaderCredential | Credential,
        *,
        journal: Journal | str | os.PathLike[str] | bool = True,
        options: Options | None = None,
    ) -> Self:
        """Return an uploader that goes on with a job of a journal as it was ordered, in whatever process.

        Args:
            job: The job, from `Journal.jobs`.
            credential: A login of the account it is for.
            journal: The journal it is in.
            options: As for the constructor.

        Raises:
            VideoUploadException: A page that is not stored yet came from a stream, which is gone; or the
                job's entry in the journal is damaged.
        """
        plan = job.plan
        if not plan:
            raise VideoUploadException(
                f"What job {job.id} is to submit cannot be read.",
                hint="Start the same files anew: what is stored of them is taken up; or forget the job.",
            )
        made = cls(
            [_page_of(given, page) for given, page in zip(plan["pages"], job.pages, strict=True)],
            plan["meta"],
            credential,
            plan["threads"],
            plan["chunk_size"],
            extra=plan["extra"],
            topic=plan["topic"],
            line=plan["line"],
            interface=plan["interface"],
            journal=journal,
            options=options,
        )
        made._job = job
        return made

    @property
    def progress(self) -> Progress:
        """How far the upload has come, as a snapshot; cheap enough to be asked for ten times a second."""
        calls = self._calls
        needed = calls is not None and calls.waits_for_login and is_login_needed(self.credential)
        return Progress.of(self._standing, login_needed=needed, wait=calls and calls.waits.current)

    async def check(self, *, live: bool = False) -> tuple[Problem, ...]:
        """Look for everything that would make the upload fail, before anything is uploaded.

        Args:
            live: Once nothing else is wrong, also ask Bilibili, for which the login needs cookies: whether a
                tag is banned, the partition is offered and takes so many parts, the topic exists (section
                7.5). What cannot be asked is told to the log and is no problem. Without it nothing is sent.

        Returns:
            All problems at once, each with its field and its fix; empty when there is none.
        """
        found = await self._check()
        if found or not live:
            return found
        from bilibili_api.engine.live import Live, Wanted, tell_no_cookies  # noqa: PLC0415 - only for those who ask

        if not has_cookies(self.credential):
            tell_no_cookies()
            return ()
        async with connected(self._options) as http:
            calls = Calls(http, self._options, login_of(self.credential))
            wanted = Wanted.of(self._named().meta, self.extra, parts=len(self.pages), topic=self.topic)
            return await Live(calls, wanted).problems()

    async def _check(self) -> tuple[Problem, ...]:
        named = self._named()
        found = await check_all(
            pages=self.pages,
            stored=[] if self._job is None else [page.done for page in self._job.pages],
            is_remembered=self.journal is not None,
            meta=named.meta,
            extra=self.extra,
            credential=self.credential,
            threads=self.threads,
            chunk_size=self.chunk_size,
            line=self.line,
            interface=self.interface,
            cover=self._cover(),
            cover_type=self.cover_type,
            now=self._options.world.now(),
        )
        found += (*named.problems, *check_topic_login(self.topic, self.credential))
        chosen = self._chosen()
        if chosen is None:
            return found
        if self.cover_stream is not None:
            found += (Problem("cover", "is given twice, also as cover_stream.", "Give one of them."),)
        return (*found, *await chosen.check(None if found else self.pages[0].origin))

    async def start(self, *, live_checks: bool = False) -> dict[str, Any] | None:
        """Upload all pages, then the cover, then submit.

        After a failure or an abort it may be called again: what the server has is not sent again. After a
        success it returns the same result and sends nothing.

        Args:
            live_checks: Ask Bilibili beforehand, as `check(live=True)` does.

        Returns:
            `{"aid": int, "bvid": str}`, or None when `abort` was called.

        Raises:
            InvalidUpload: Something passed in cannot work; nothing was uploaded.
            ApiException: What could not be helped; its `hint` says what to do, its `kept` what survives.
        """
        return await self._alone(self._run(live_checks=live_checks))

    async def submit(self, *, again: bool = False) -> dict[str, Any] | None:
        """Only submit what an earlier `start()` has stored, in this process or, with a journal, in another.

        Args:
            again: Submit although it is not known whether an earlier submission was published: the answer
                to `SubmissionUnknown`, after you have looked into the archive manager and not found it.

        Returns:
            As `start`.

        Raises:
            VideoUploadException: Pages are missing.
            ApiException: As `start`.
        """
        return await self._alone(self._run(only_submit=True, again=again))

    async def _alone(self, work: Coroutine[None, None, dict[str, Any]]) -> dict[str, Any] | None:
        if self._running is not None:
            work.close()
            raise VideoUploadException("This upload is already running.", hint="Await the first start().")
        self._aborted = False
        try:
            async with asyncio.TaskGroup() as group:
                self._running = running = group.create_task(work)
        except BaseExceptionGroup as group:
            error = one_error(group)
            self.dispatch(VideoUploaderEvents.FAILED.value, {"err": error})
            await self.drain()
            raise error from None
        finally:
            self._running = None
        await self.drain()
        if running.cancelled() and self._aborted:
            return None
        return running.result()

    async def abort(self, *, grace: float = 0.0) -> None:
        """Stop a running `start()`, which then returns None. What was stored, the next `start()` takes up.

        Returns when nothing runs any more. ABORTED is dispatched once.

        Args:
            grace: Seconds that chunks, or a submission, under way may take to end; nothing new is begun
                meanwhile. 0: all ends at once.
        """
        running = self._running
        if running is not None and grace > 0:
            await self._land(grace)
        if running is not None:
            running.cancel()
        if not self._aborted:
            self._aborted = True
            self.dispatch(VideoUploaderEvents.ABORTED.value)
        if running is not None:
            await asyncio.wait([running])

    async def _land(self, grace: float) -> None:
        """Wait until nothing is in flight, but not for ever."""
        world = self._options.world
        if self._calls is not None:
            self._calls.waits.is_stopping = True
        begun = world.elapsed()
        while self._standing.is_in_flight and self._running and world.elapsed() - begun < grace:
            await world.sleep(_BEAT)

    async def _run(
        self, *, live_checks: bool = False, only_submit: bool = False, again: bool = False
    ) -> dict[str, Any]:
        standing = self._standing
        if standing.result is None:
            standing.stage = "check"
            if problems := await self._check():
                raise InvalidUpload(problems)
            order = await self._freeze()
            async with connected(self._options) as http:
                self._calls = calls = Calls(http, self._paced(), login_of(self.credential), self._tell)
                standing.stage = "login"
                access = await fitting(calls, forced(order.line, order.interface, order.topic))
                standing.mid = standing.mid or access.mid
                order = await order.asked(calls, access, live_checks=live_checks)
                order = await order.covered(self._tell)
                async with self._remembered(order, access):
                    publish = partial(self._publish, order, calls, only_submit=only_submit, again=again)
                    await with_what_is_left(calls, access, forced(order.line, order.interface), publish)
            standing.stage = "done"
            self._cover_origin = self._chosen_cover = None
            self._tell(VideoUploaderEvents.COMPLETED, copy.copy(standing.result))
        return Result(standing)

    def _paced(self) -> Options:
        """The options, with the limits of the account kept by all processes that share the journal."""
        if self.journal is None or self._options.pacer is not None:
            return self._options
        from bilibili_api.engine.journal_pacer import JournalPacer  # noqa: PLC0415 - SQLite

        return replace(self._options, pacer=JournalPacer(self.journal, self._options.world))

    async def _publish(
        self, order: Order, calls: Calls, access: Access, *, only_submit: bool, again: bool
    ) -> None:
        standing = self._standing
        if again and standing.submission is not Submission.DONE:
            standing.submission, standing.attempts = Submission.OPEN, 0
        if only_submit:
            standing.check_stored()
        if standing.result is None:
            plan = await order.planned(calls, access, standing)
            await Publication(calls, self._tell, plan, standing).run()

    @asynccontextmanager
    async def _remembered(self, order: Order, access: Access) -> AsyncGenerator[None]:
        """Take up what the journal knows, if there is one, and write down what happens meanwhile."""
        if self.journal is None:
            yield
            return
        from bilibili_api.engine.continuing import continuing  # noqa: PLC0415 - SQLite, for those who want it

        world, job = self._options.world, self._job.id if self._job is not None else None
        account = account_of(access)
        async with continuing(self.journal, job, account, order, self._standing, world, self._tell):
            yield

    def _named(self) -> Named:
        return put_in(self.meta, self.extra, partition=self.partition, topic=self.topic)

    async def _freeze(self) -> Order:
        """Take what was passed in and checked, so that later changes do not reach a running upload."""
        known = {id(state.page): state for state in self._standing.pages}
        self._standing.pages = [known.pop(id(page), None) or PageState(page) for page in self.pages]
        for page, state in zip(self.pages, self._standing.pages, strict=True):
            state.title, state.description = page.title, page.description
            if state.ticket is None:  # else the server knows the page by the name it was begun with
                state.name = f"{page.title}.{page.extension.lstrip('.')}"
        job, chosen = self._job, self._chosen()
        return Order(
            pages=tuple(
                OrderedPage(page.origin, page.title, page.description, page.extension, page.key)
                for page in self.pages
            ),
            meta=copy.deepcopy(items_of(self._named().meta).named),
            extra=copy.deepcopy(dict(self.extra or {})),
            topic=self.topic,
            cover=self._cover(),
            cover_type=self.cover_type,
            chosen=chosen,
            cover_required=chosen is None or chosen.wish.required
            if job is None
            else job.plan["cover_required"],
            made=await self.journal.pictures(job.id) if job is not None and self.journal is not None else {},
            threads=self.threads,
            chunk_size=self.chunk_size,
            line=self.line,
            interface=self.interface,
        )

    def _chosen(self) -> ChosenCover | None:
        """One object for all that is done with a choice, since a stream that cannot seek is read once."""
        if self.cover is None:
            return None
        if self._chosen_cover is None or self._chosen_cover.given is not self.cover:
            from bilibili_api.engine.chosen_cover import ChosenCover  # noqa: PLC0415 - Pillow is a large import

            self._chosen_cover = ChosenCover(self.cover)
        return self._chosen_cover

    def _cover(self) -> Origin | None:
        """One origin for all reads of the stream, since what cannot seek is copied once."""
        if self.cover_stream is None:
            return None
        if self._cover_origin is None or self._cover_origin.given is not self.cover_stream:
            self._cover_origin = Origin(self.cover_stream)
        return self._cover_origin

    def _tell(self, event: VideoUploaderEvents, data: object) -> None:
        self.dispatch(event.value, data)


def _journal_of(given: Journal | str | os.PathLike[str] | bool | None) -> Journal | None:  # noqa: FBT001
    if given is None or given is False:
        return None
    from bilibili_api.engine.journal import Journal  # noqa: PLC0415 - SQLite, for those who want it

    if isinstance(given, Journal):
        return given
    return Journal(None if given is True else given)


def _page_of(given: Mapping[str, Any], page: JobPage) -> VideoUploaderPage:
    """Return a page of a job. What is stored is not read again, and may be gone."""
    if given["path"] is None and not page.done:
        raise VideoUploadException(
            f"The page {page.title!r} came from a stream, which only the program that opened it can give.",
            hint=f"Start that program again with the same key ({given['key']!r}): it goes on where it was.",
        )
    stream = given["path"] or io.BytesIO()
    return VideoUploaderPage(
        stream, given["title"], given["description"], given["extension"], key=given["key"]
    )


async def get_missions(
    tid: int = 0,
    credential: VideoUploaderCredential | Credential | None = None,
    *,
    options: Options | None = None,
) -> list[dict[str, Any]]:
    """Return the activities one can take part in (protocol document, section 7.5).

    Args:
        tid: Partition; 0 for all.
        credential: Not needed any more; accepted as published.
        options: Server, patience, clock and dice; by default `Server.from_environment()`.

    Raises:
        ApiException: Bilibili refused, or the network failed.
    """
    del credential
    options = options or Options(server=Server.from_environment())
    async with connected(options) as http:

        async def attempt() -> list[dict[str, Any]]:
            return submit.parse_missions(await http.send(submit.missions_request(tid)))

        return await persist(Step.MISSIONS, attempt, options)
