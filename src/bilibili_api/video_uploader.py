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
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, cast

from bilibili_api.engine.calls import Calls
from bilibili_api.engine.check import check_all
from bilibili_api.engine.choice import check_topic_login, has_cookies, interfaces_for
from bilibili_api.engine.connecting import connected
from bilibili_api.engine.credential import VideoUploaderCredential
from bilibili_api.engine.foreign import is_login_needed, login_of
from bilibili_api.engine.given_cover import GivenCover
from bilibili_api.engine.halves import fitting, forced, with_what_is_left
from bilibili_api.engine.into import Into, check_into, needs_of
from bilibili_api.engine.missions import get_missions
from bilibili_api.engine.network import Network
from bilibili_api.engine.options import Options, Patience, Server, World
from bilibili_api.engine.order import Order, OrderedPage, named_by
from bilibili_api.engine.page import VideoUploaderPage, page_of
from bilibili_api.engine.progress import PageProgress, Progress
from bilibili_api.engine.rate import Limiter, RateLimit
from bilibili_api.engine.remembering import journal_of, published_as, remembered, sent_before, together
from bilibili_api.engine.retry import one_error
from bilibili_api.engine.schedule import is_late
from bilibili_api.engine.shared_rate import SharedRate, UserRate
from bilibili_api.engine.standing import Result, Standing, Submission
from bilibili_api.events import VideoUploaderEvents
from bilibili_api.exceptions import InvalidUpload, Problem, VideoUploadException
from bilibili_api.protocol.json_values import items_of, plain
from bilibili_api.protocol.named import Activity, names_topic, put_in
from bilibili_api.utils.AsyncEvent import AsyncEvent

from .saying import say

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator, Coroutine, Iterator, Mapping
    from io import BufferedIOBase

    from bilibili_api.engine.chosen_cover import Choice, Cover
    from bilibili_api.engine.jobs import Job
    from bilibili_api.engine.journal import Journal
    from bilibili_api.engine.live import Live
    from bilibili_api.engine.preview import Preview
    from bilibili_api.engine.web_credential import Credential
    from bilibili_api.protocol.interfaces import Access
    from bilibili_api.protocol.named import Named
    from bilibili_api.protocol.video_ids import VideoId
    from bilibili_api.protocol.video_meta import VideoMeta

__all__ = [
    "Into",
    "Network",
    "Options",
    "PageProgress",
    "Patience",
    "Preview",
    "Progress",
    "RateLimit",
    "Server",
    "SharedRate",
    "UserRate",
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
    if name == "Preview":
        from bilibili_api.engine.preview import Preview  # noqa: PLC0415 - for few

        return Preview
    if name == "VideoMeta":
        from bilibili_api.protocol.video_meta import VideoMeta  # noqa: PLC0415 - pydantic is a large import

        return VideoMeta
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class VideoUploader(AsyncEvent):
    """One submission: uploads its pages and its cover, then submits them once.

    Args:
        pages: The parts, in their order.
        meta: Metadata as a dict with the published keys or those of today, or a `VideoMeta` (protocol
            document, section 6.2). Never modified.
        credential: Who uploads.
        threads: The most chunks in flight at once, 1 to 64; how many there are adapts itself
            (`Progress.window`).
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
        mission: Name or number of an activity (`get_missions`), instead of `mission_id`. It counts only with
            a topic: without one, that of the partition which belongs to it is taken; this needs cookies.
        line: `pc`, or the name of an UPOS line; by default the best UPOS line if the login has cookies
            (`Progress.line_reason` says why it is that one), else the PC line.
        interface: The only interface to submit through (`client`, `app`, `web`, `bcut-android`, ...); by
            default those the login can use, one after the other while they are closed.
        journal: Where it is remembered on disk how far the upload has come, so that a later process goes on
            with it and nothing is ever submitted twice: a `bilibili_api.journal.Journal`, the path of one, or
            True for the user's own. None: in memory only, nothing is written.
        rate: The most bytes per second that chunks may take: a number, or a text such as "10M", "800K",
            "10Mbit", "off", "08:00-23:00 10M, else off" (docs/bandwidth.md). None: the one that the journal
            has for the same upload, else no limit. `Options.shared_rate` limits several uploads together.
        options: Server, patience, clock and dice; by default `Server.from_environment()`.

    Raises:
        ArgsException: The rate cannot be understood.

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
        mission: str | int | None = None,
        line: str | None = None,
        interface: str | None = None,
        journal: Journal | str | os.PathLike[str] | bool | None = None,
        rate: str | float | None = None,
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
        self.mission = mission
        self.line = line
        self.interface = interface
        self.into: Into | None = None
        self._options = options or Options(server=Server.from_environment())
        self.journal = journal_of(journal)
        self._limiter = Limiter(self._options.world, rate, self._options.shared_rate)
        self._job: Job | None = None
        self._standing = Standing()
        self._given_cover = GivenCover()
        self._running: asyncio.Task[dict[str, Any]] | None = None
        self._aborted = False
        self._calls: Calls | None = None

    @classmethod
    def adding(
        cls,
        into: int | str | VideoId | Into,
        pages: list[VideoUploaderPage],
        credential: VideoUploaderCredential | Credential,
        threads: int = 5,
        chunk_size: int = 2048 * 1024,
        *,
        line: str | None = None,
        journal: Journal | str | os.PathLike[str] | bool | None = None,
        rate: str | float | None = None,
        options: Options | None = None,
    ) -> Self:
        """Return an uploader whose pages become parts of an archive that is there (section 7.3).

        More than 100 pages are added by several edits. What is stored is not sent again when an edit fails,
        and no page is added twice, however often `start` is called.

        Args:
            into: The archive: its number, bvid or URL; or an `Into`, which also names parts to replace.
            pages: As for the constructor; the rest as well.
            credential: Whose archive it is. Needs cookies.
            threads: The most chunks in flight at once.
            chunk_size: Bytes of a chunk.
            line: The line to use.
            journal: Where it is remembered.
            rate: The most bytes per second.
            options: Server, patience, clock and dice.

        Raises:
            ArgsException: `into` names no video; or the rate cannot be understood.
        """
        made = cls(
            pages, {}, credential, threads, chunk_size, line=line, journal=journal, rate=rate, options=options
        )
        made.into = Into.of(into)
        return made

    @classmethod
    def resume(
        cls,
        job: Job,
        credential: VideoUploaderCredential | Credential,
        *,
        journal: Journal | str | os.PathLike[str] | bool = True,
        rate: str | float | None = None,
        options: Options | None = None,
    ) -> Self:
        """Return an uploader that goes on with a job of a journal as it was ordered, in whatever process.

        Args:
            job: The job, from `Journal.jobs`.
            credential: A login of the account it is for.
            journal: The journal it is in.
            rate: Another limit than the one it had.
            options: As for the constructor.

        Raises:
            ArgsException: The rate cannot be understood.
            VideoUploadException: A page that is not stored yet came from a stream, which is gone; or the
                job's entry in the journal is damaged.
        """
        plan = job.plan
        if not plan:
            raise VideoUploadException(
                say("What job {job} is to submit cannot be read.", job=job.id),
                hint=say("Start the same files anew: what is stored of them is taken up; or forget the job."),
            )
        made = cls(
            [page_of(given, page) for given, page in zip(plan["pages"], job.pages, strict=True)],
            plan["meta"],
            credential,
            plan["threads"],
            plan["chunk_size"],
            extra=plan["extra"],
            topic=plan["topic"],
            line=plan["line"],
            interface=plan["interface"],
            journal=journal,
            rate=rate,
            options=options,
        )
        made.into = Into.of_plan(plan)
        made._job = job
        return made

    @property
    def rate(self) -> str:
        """The upload's own limit as it was given, "off" for none; it may also be set during `start()`.

        Raises:
            ArgsException: What is set cannot be understood.
        """
        return self._limiter.own

    @rate.setter
    def rate(self, limit: str | float | None) -> None:
        self._limiter.own = limit

    @property
    def progress(self) -> Progress:
        """How far the upload has come, as a snapshot; cheap enough to be asked for ten times a second."""
        calls = self._calls
        needed = calls is not None and calls.waits_for_login and is_login_needed(self.credential)
        wait = calls and calls.waits.current
        return Progress.of(self._standing, login_needed=needed, wait=wait, limit=self._limiter.in_force)

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
        if not has_cookies(self.credential):
            from bilibili_api.engine.live import tell_no_cookies  # noqa: PLC0415 - only for those who ask

            tell_no_cookies()
            return ()
        async with self._asking() as asked:
            return await asked.problems()

    @asynccontextmanager
    async def _asking(self) -> AsyncGenerator[Live]:
        from bilibili_api.engine.live import Live, Wanted  # noqa: PLC0415 - only for those who ask

        async with connected(self._options) as http:
            calls = Calls(http, self._options, login_of(self.credential, self._options))
            yield Live(
                calls,
                Wanted.of(
                    self._named().meta,
                    self.extra,
                    parts=len(self.pages),
                    topic=self.topic,
                    activity=self._activity(),
                ),
            )

    async def preview(self, *, live: bool = False, names: bool = False) -> Preview:
        """Return what would be sent, and everything that is wrong with it; nothing is uploaded.

        Args:
            live: As for `check`.
            names: Once nothing else is wrong with login and metadata, ask Bilibili for the numbers of topic
                and activity. Where it does not answer soon, the log says so. Without `live` and `names`
                nothing is sent at all.

        Raises:
            JournalFailed: There is a journal, and it cannot be read.
        """
        from bilibili_api.engine.preview import (  # noqa: PLC0415 - for few
            LookedUp,
            Preview,
            are_beside_meta,
            bodies_of,
            can_be_made,
            line_of,
            looked_up,
            part_preview,
            sought_for,
        )

        problems, named, found = await self.check(live=live), self._named(), LookedUp()
        can_ask = are_beside_meta(problems) and all(problem.field != "credential" for problem in problems)
        if names and can_ask and (self.topic is not None or self.mission is not None):
            async with self._asking() as asked:
                found = await looked_up(asked, cast("Mapping[str, object]", named.meta))
            problems += found.problems
        chosen = self._given_cover.chosen(self.cover)
        # What is wrong with anything is told first: the cover may be among it, or the page it is taken from.
        made = chosen is not None and (bool(problems) or await can_be_made(chosen, self.pages[0]))
        return Preview(
            problems,
            tuple([await part_preview(page) for page in self.pages]),
            line_of(self.line, self.credential),
            self.threads,
            self.chunk_size,
            {}
            if self.into is not None
            else bodies_of(
                named.meta if found.meta is None else found.meta,
                self.extra,
                self.pages,
                problems,
                tried=interfaces_for(self.credential, self.interface),
                has_cover=made or self.cover_stream is not None,
                sought=sought_for(self.topic, self._activity()) if found.meta is None else {},
            ),
            None
            if problems
            else await published_as(self.journal, await self._freeze(), self.credential, self._options),
        )

    @property
    def _was_submitted(self) -> bool:
        """Whether all that is left may be to find out what became of it, when its time has come or not."""
        is_open = self._standing.submission is Submission.OPEN
        return not is_open or (self._job is not None and self._job.state != Submission.OPEN.value)

    async def _late(self, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
        """Return the problems if the upload may go on nevertheless, begun when its schedule was still right.

        Raises:
            InvalidUpload: It may not.
        """
        may_go_on = self.journal is not None or self._standing.has_begun
        if not may_go_on or await self._check(is_begun=True):
            raise InvalidUpload(problems)
        if not is_late(self._named().meta, self.extra, self._options.world.now()):
            raise InvalidUpload(problems)
        return problems

    async def _check(self, *, is_begun: bool = False) -> tuple[Problem, ...]:
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
            cover=self._given_cover.origin(self.cover_stream),
            cover_type=self.cover_type,
            now=None if is_begun or self._was_submitted else self._options.world.now(),
            is_new=self.into is None,
        )
        found += (*self._check_into(), *named.problems, *check_topic_login(self.topic, self.credential))
        chosen = self._given_cover.chosen(self.cover)
        if chosen is None:
            return found
        if self.cover_stream is not None:
            found += (
                Problem("cover", say("is given twice, also as cover_stream."), say("Give one of them.")),
            )
        return (*found, *await chosen.check(None if found else self.pages[0].origin))

    def _check_into(self) -> Iterator[Problem]:
        if self.into is not None:
            names = ("meta", "extra", "partition", "topic", "mission", "cover", "cover_stream")
            given = {name: getattr(self, name) for name in names}
            has = has_cookies(self.credential)
            yield from check_into(self.into, len(self.pages), given, has_cookies=has)

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
                to `SubmissionUnknown`, after you have looked into the archive manager and not found it. It
                holds for the submission you were asked about: one that died later is looked for first.

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
            raise VideoUploadException(
                say("This upload is already running."), hint=say("Await the first start().")
            )
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
            problems = await self._check()
            late = await self._late(problems) if problems else ()
            order = replace(await self._freeze(), late=late)
            options = replace(together(self._options, self.journal), limit=self._limiter)
            async with connected(options) as http:
                self._calls = calls = Calls(http, options, login_of(self.credential, options), self._tell)
                standing.stage = "login"
                edits = needs_of(order.into, len(order.pages))
                needs = forced(order.line, order.interface, order.topic) | edits
                access = await fitting(calls, needs)
                standing.mid = standing.mid or access.mid
                known = await sent_before(self.journal, order, access, self._options)
                order = known or await order.asked(calls, access, live_checks=live_checks)
                order = await order.covered(self._tell)
                async with (
                    remembered(self.journal, self._job, order, access, standing, self._options, self._tell),
                    self._limiter.kept_in(None if self.journal is None else standing.ledger),
                ):
                    publish = partial(self._publish, order, calls, only_submit=only_submit, again=again)
                    needs = forced(order.line, order.interface) | edits
                    await with_what_is_left(calls, access, needs, publish)
            standing.stage = "done"
            self._given_cover.forget()
            self._tell(VideoUploaderEvents.COMPLETED, copy.copy(standing.result))
        return Result(standing)

    async def _publish(
        self, order: Order, calls: Calls, access: Access, *, only_submit: bool, again: bool
    ) -> None:
        standing = self._standing
        if order.late and not standing.has_begun:
            raise InvalidUpload(order.late)
        if again and standing.submission is Submission.UNSURE:  # else the question was not asked yet
            standing.submission, standing.attempts = Submission.OPEN, 0
        if only_submit:
            standing.check_stored()
        if standing.result is None:
            await asyncio.to_thread(import_module, "bilibili_api.engine.carrying")
            from bilibili_api.engine.carrying import carry_out  # noqa: PLC0415 - half the engine; a check needs none of it

            await carry_out(order, calls, access, standing, self._tell)

    def _named(self) -> Named:
        return put_in(
            self.meta, self.extra, partition=self.partition, topic=self.topic, activity=self._activity()
        )

    def _activity(self) -> Activity | None:
        if self.mission is None:
            return None
        has_topic = self.topic is not None or names_topic(self.meta, self.extra)
        return Activity(self.mission, not has_topic and has_cookies(self.credential))

    async def _freeze(self) -> Order:
        """Take what was passed in and checked, so that later changes do not reach a running upload."""
        self._standing.take(self.pages)
        job, chosen = self._job, self._given_cover.chosen(self.cover)
        meta = cast("dict[str, Any]", plain(items_of(self._named().meta).named))
        named = named_by(self.topic, self._activity(), meta)
        return Order(
            pages=tuple(
                OrderedPage(page.origin, page.title, page.description, page.extension, page.key)
                for page in self.pages
            ),
            meta=meta,
            extra=cast("dict[str, Any]", plain(cast("object", self.extra or {}))),
            topic=self.topic,
            activity=self._activity(),
            cover=self._given_cover.origin(self.cover_stream),
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
            into=self.into,
            named=job.plan.get("named") if job is not None and job.plan else named,
        )

    def _tell(self, event: VideoUploaderEvents, data: object) -> None:
        self.dispatch(event.value, data)
