"""Whatever happens to processes, files, journal and server between two starts, nothing is lost or published twice."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.crashing import Death, Fate, MortalJournal
from tests.engine.today import PART, Today, md5
from tests.kit import FakeWorld, content, good_meta

from bilibili_api.exceptions import ApiException, SubmissionUnknown
from bilibili_api.journal import Journal
from bilibili_api.simulator import (
    DEMO_ACCOUNT,
    Answer,
    Code,
    Cut,
    ExpiredToken,
    Forgotten,
    LostAnswer,
    RateLimited,
    Simulator,
    Status,
)
from bilibili_api.video_uploader import Options, Patience, Server, VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bilibili_api.simulator import Archive, Fault, Step
    from bilibili_api.video_uploader import VideoUploader

pytestmark = pytest.mark.asyncio(loop_scope="module")

THREADS = 2
SIZES = (2 * PART + 5, 7, PART)
"""Of the three files there are."""


@dataclass(frozen=True)
class Start:
    """A process uploads; it dies at a write, or finds the disk full for some of its writes."""

    fate: tuple[int, bool] | None = None
    full: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class TwoStarts:
    """Two processes at once."""


@dataclass(frozen=True)
class Trouble:
    """The server is at fault once."""

    step: Step
    fault: Fault


@dataclass(frozen=True)
class ToFile:
    """A file is touched, moved or replaced by another film."""

    number: int
    what: str


@dataclass(frozen=True)
class ToJournal:
    """The journal is removed or damaged."""

    what: str
    at: float = 0.5


@dataclass(frozen=True)
class Wanted:
    """Other pages, or another title, are wanted."""

    pages: tuple[int, ...] | None = None
    title: str | None = None


Wish = tuple[str, tuple[tuple[int, int], ...], int]
"""A title, the pages with the versions of their files, and how often the journal had been lost before."""

Event = Start | TwoStarts | Trouble | ToFile | ToJournal | Wanted

FAULTS: list[tuple[Step, Fault]] = [
    *(("part", fault) for fault in (Cut(100), Status(503), Status(404), LostAnswer(), Forgotten())),
    *(("preupload", fault) for fault in (Cut(), RateLimited(), LostAnswer(), ExpiredToken())),
    *(("complete", fault) for fault in (Cut(), LostAnswer(), Status(404), Answer(body=b"<html>"))),
    *(("submit", fault) for fault in (Cut(), LostAnswer(), LostAnswer(504), Code(21001), Code(21590))),
    ("archives", Status(404)),
    ("init", LostAnswer()),
]

STARTS = st.builds(
    Start,
    fate=st.none() | st.tuples(st.integers(0, 14), st.booleans()),
    full=st.just((0, 0)) | st.tuples(st.integers(0, 12), st.integers(1, 9)),
)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    STARTS,
    STARTS,
    st.just(TwoStarts()),
    st.sampled_from([Trouble(*fault) for fault in FAULTS]),
    st.builds(ToFile, st.integers(0, 2), st.sampled_from(("touch", "move", "replace"))),
    st.builds(ToJournal, st.sampled_from(("remove", "cut", "garble", "future", "flip")), st.floats(0, 0.99)),
    st.builds(Wanted, pages=st.permutations(range(3)).map(lambda all_: tuple(all_[:2]))),
    st.builds(Wanted, pages=st.sampled_from(((0,), (1,), (0, 1, 2)))),
    st.builds(Wanted, title=st.sampled_from(("A title", "Another"))),
)


@dataclass
class Story:
    """What has happened, and what must hold.

    Attributes:
        wishes: what was ever wanted, the versions of the files included: each may make an archive.
        losses: how often the journal was lost: each loss may make another one.
    """

    sim: Simulator
    today: Today
    folder: Path
    line: str
    pages: tuple[int, ...] = (0, 1)
    title: str = "A title"
    names: list[str] = field(default_factory=lambda: ["0.mp4", "1.mp4", "2.mp4"])
    versions: list[int] = field(default_factory=lambda: [0, 0, 0])
    films: list[bytes] = field(default_factory=lambda: [content(size, size) for size in SIZES])
    wishes: set[Wish] = field(default_factory=set["Wish"])
    allowed: Counter[tuple[Any, ...]] = field(default_factory=Counter[tuple[Any, ...]])
    losses: int = 0
    deaths: int = 0
    unwritten: int = 0
    troubles: int = 0
    errors: list[ApiException] = field(default_factory=list[ApiException])

    def __post_init__(self) -> None:
        self.sim.faults.clear()
        self.sim.exchanges.clear()
        self._before = len(self.sim.archives)
        self.path = self.folder / "journal.db"
        for name, film in zip(self.names, self.films, strict=True):
            (self.folder / name).write_bytes(film)

    @property
    def archives(self) -> list[Archive]:
        return self.sim.archives[self._before :]

    def process(self, fate: Fate) -> VideoUploader:
        pages = [VideoUploaderPage(self.folder / self.names[one], title=f"P{one}") for one in self.pages]
        self._wish()
        return self.today.make(
            pages=pages,
            journal=MortalJournal(self.path, fate),
            threads=THREADS,
            line=self.line,
            chunk_size=PART,
            meta=good_meta() | {"title": self.title},
        )

    def _wish(self) -> None:
        wish = (self.title, tuple((one, self.versions[one]) for one in self.pages), self.losses)
        if wish not in self.wishes:
            self.wishes.add(wish)
            self.allowed[self._shape] += 1

    @property
    def _shape(self) -> tuple[Any, ...]:
        """What an archive of the present wish looks like."""
        return self.title, tuple(md5(self.films[one]) for one in self.pages)

    async def happens(self, event: Event) -> None:
        match event:
            case Start(fate=fate, full=full):
                self.unwritten += full[1]
                await self.starts(Fate(*fate, full=full) if fate else Fate(full=full))
            case TwoStarts():
                await asyncio.gather(self.starts(Fate()), self.starts(Fate()))
            case Trouble(step=step, fault=fault):
                self.troubles += 1
                self.sim.faults.add(step, fault)
            case ToFile(number=number, what=what):
                self._to_file(number, what)
            case ToJournal(what=what, at=at):
                self._to_journal(what, at)
            case Wanted(pages=pages, title=title):
                self.pages, self.title = pages or self.pages, title or self.title
        await Journal(self.path).jobs()
        assert all(str(error) and error.hint for error in self.errors)

    def _to_file(self, number: int, what: str) -> None:
        path = self.folder / self.names[number]
        if what == "move":
            self.names[number] = f"moved-{path.name}"
            path.rename(self.folder / self.names[number])
            return
        self.versions[number] += 1
        if what == "replace":
            self.films[number] = content(SIZES[number], seed=100 + self.versions[number])
            path.write_bytes(self.films[number])
        when = 1_700_000_000 + self.versions[number]
        os.utime(path, (when, when))

    def _to_journal(self, what: str, at: float) -> None:
        if not self.path.exists():
            return
        self.losses += 1
        data = bytearray(self.path.read_bytes())
        place = int(len(data) * at)
        if what == "remove":
            self.path.unlink()
        elif what == "cut":
            self.path.write_bytes(data[:place])
        elif what == "garble":
            self.path.write_bytes(os.urandom(200))
        elif what == "future":
            data[60:64] = (99).to_bytes(4, "big")
            self.path.write_bytes(data)
        else:
            data[place : place + 40] = bytes(byte ^ 0x15 for byte in data[place : place + 40])
            self.path.write_bytes(data)

    async def starts(self, fate: Fate) -> dict[str, Any] | None:
        """Run a process; only errors of the library come out, each with a remedy."""
        uploader = self.process(fate)
        try:
            return await uploader.start()
        except Death:
            self.deaths += 1
        except ApiException as error:
            self.errors.append(error)
        return None

    async def ends(self) -> None:
        """In the end, all is well: what is wanted is published, or has been, and the user knows where."""
        self.sim.faults.clear()
        uploader = self.process(Fate())
        try:
            result = await uploader.start()
        except SubmissionUnknown:
            wanted = [one for one in self.archives if self._is_wanted(one)]
            result = (
                {"aid": wanted[-1].aid, "bvid": wanted[-1].bvid}
                if wanted
                else await uploader.submit(again=True)
            )
        assert result is not None
        [archive] = [one for one in self.archives if one.aid == result["aid"]]
        assert self._is_wanted(archive)
        made = Counter((one.title, tuple(video.md5 for video in one.videos)) for one in self.archives)
        assert made <= self.allowed
        assert self.sent() <= self.most()

    def _is_wanted(self, archive: Archive) -> bool:
        return [video.md5 for video in archive.videos] == [md5(self.films[one]) for one in self.pages]

    def sent(self) -> int:
        """How many chunks the server has taken."""
        return len([one for step in ("part", "chunk") for one in self.sim.seen(step) if one.status == 200])

    def most(self) -> float:
        """How many it may have taken: all of each wish, at each death those in flight, and what was not written."""
        if self.troubles:
            return float("inf")
        chunks = sum(-(-SIZES[one] // PART) for _, pages, _ in self.wishes for one, _ in pages)
        return chunks + THREADS * self.deaths + self.unwritten


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(era="today") as running:
        running.limits.chunk_size = PART
        yield running


@settings(
    max_examples=settings().max_examples // 3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(events=st.lists(EVENTS, max_size=7), line=st.sampled_from(("bda2", "pc")))
async def test_whatever_happens_all_ends_well(
    sim: Simulator, tmp_path_factory: pytest.TempPathFactory, events: list[Event], line: str
):
    """No second archive, nothing stored sent again, the content of the files, errors that say what to do."""
    patience = Patience(connect=10, stall=5, answer=10, complete=10)
    options = Options(Server(sim.url, sim.ca_file), patience, FakeWorld().world)
    story = Story(sim, Today(sim, DEMO_ACCOUNT, options), tmp_path_factory.mktemp("story"), line)
    for event in events:
        await story.happens(event)
    await story.ends()
