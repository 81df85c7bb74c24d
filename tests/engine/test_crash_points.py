"""Whatever write to the journal is the last one of a process, the next process brings the upload to its end.

The suite tries some of the writes; `pytest --hypothesis-profile deep` all of them.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from hypothesis import settings
from tests.engine.crashing import Death, Fate, MortalJournal
from tests.engine.streams import Flow
from tests.engine.today import PART, Today, md5
from tests.kit import content

from bilibili_api.exceptions import SubmissionUnknown
from bilibili_api.journal import Journal
from bilibili_api.simulator import Code, Cut, ExpiredToken, LostAnswer, Simulator
from bilibili_api.video_uploader import Server, VideoUploader, VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Fault, Step
    from bilibili_api.video_uploader import Options

T = TypeVar("T")

THREADS = 2
SHORT = content(2 * PART + 7)
SENDING = {"preupload", "init", "part", "chunk", "complete", "cover", "submit"}
ONE, TWO = [SHORT], [SHORT, content(PART, seed=1)]


@dataclass(frozen=True)
class Run:
    """An upload.

    Attributes:
        contents: of its pages.
        given: to the uploader.
        faults: what goes wrong meanwhile, once.
        era: of the simulator.
        is_stream: whether the pages are streams that cannot seek, known by a key.
        by_job: whether the next process is told the job and nothing else.
        asks: whether the user may have to be asked what became of the submission.
    """

    contents: list[bytes] = field(default_factory=lambda: ONE)
    given: dict[str, Any] = field(default_factory=dict[str, Any])
    faults: tuple[tuple[Step, Fault], ...] = ()
    era: Any = "today"
    is_stream: bool = False
    by_job: bool = False
    asks: bool = False


PC = {"line": "pc", "chunk_size": PART}

RUNS = {
    "one page": Run(),
    "two pages and a cover": Run(TWO, {"cover": True}),
    "gone on with as a job": Run(TWO, {"cover": True}, by_job=True),
    "PC line": Run(given=PC),
    "PC line, two pages": Run(TWO, PC),
    "a login that sees no archives": Run(given={**PC, "has": "key"}, asks=True),
    "stream": Run(is_stream=True),
    "stream over the PC line": Run(given=PC, is_stream=True),
    "interface closed": Run(faults=(("submit", Code(21590)),)),
    "interface retired": Run(faults=(("submit", Code(21150)),)),
    "refused, then tried again": Run(faults=(("submit", Code(21070)),)),
    "answer lost, archive made": Run(faults=(("submit", LostAnswer()),)),
    "answer lost at a gateway": Run(faults=(("submit", LostAnswer(502)),)),
    "answer lost, nothing made": Run(faults=(("submit", Cut()),), asks=True),
    "new login for the cover": Run(
        ONE,
        {"cover": True, "has": "password", **PC},
        (("cover", ExpiredToken()),),
        era="2021",
        asks=True,
    ),
    "new login for the submission": Run(
        ONE, {"has": "password", **PC}, (("submit", ExpiredToken()),), era="2021", asks=True
    ),
}


class Stage:
    """A server, and processes that upload the same to it one after the other, each knowing only the journal."""

    def __init__(self, sim: Simulator, today: Today, run: Run, folder: Path, cover: bytes) -> None:
        self.sim, self._today, self._run = sim, today, run
        folder.mkdir()
        self._path = folder / "journal.db"
        self._cover = cover if run.given.get("cover") else None
        self._files = [folder / f"{number}.mp4" for number in range(len(run.contents))]
        for path, data in zip(self._files, run.contents, strict=True):
            path.write_bytes(data)
        sim.exchanges.clear()
        sim.faults.clear()
        for step, fault in run.faults:
            sim.faults.add(step, fault)
        self._archives = len(sim.archives)
        self.asked = 0
        self.is_told = False

    def process(self, fate: Fate | None = None) -> VideoUploader:
        """Another process."""
        journal = MortalJournal(self._path, fate or Fate())
        pages = [self._page(path, data) for path, data in zip(self._files, self._run.contents, strict=True)]
        given: dict[str, Any] = {**self._run.given, "cover": self._cover}
        return self._today.make(pages=pages, journal=journal, threads=THREADS, **given)

    async def _next(self) -> VideoUploader:
        """A process that goes on with the job, where there is one already."""
        journal = Journal(self._path)
        for job in await journal.jobs():
            options = self._today.options
            return VideoUploader.resume(job, self._today.credential(), journal=journal, options=options)
        return self.process()

    def _page(self, path: Path, data: bytes) -> VideoUploaderPage:
        if not self._run.is_stream:
            return VideoUploaderPage(path, title=path.stem)
        blocks = [data[at : at + 9999] for at in range(0, len(data), 9999)]
        return VideoUploaderPage(Flow(blocks), title=path.stem, key=path.name)

    async def dies(self, fate: Fate) -> bool:
        """Run a process to its end; return whether it died."""
        try:
            await self.ends(fate)
        except Death:
            return True
        return False

    async def ends(self, fate: Fate | None = None) -> dict[str, Any] | None:
        """Run a process to its end; when it asks the user whether there is an archive, answer."""
        uploader = await self._next() if fate is None and self._run.by_job else self.process(fate)
        try:
            return await uploader.start()
        except SubmissionUnknown:
            self.asked += 1
            if self.archives:
                self.is_told = True
                return {"aid": self.archives[0].aid, "bvid": self.archives[0].bvid}
            return await uploader.submit(again=True)

    @property
    def archives(self) -> list[Any]:
        """The archives of this upload."""
        return self.sim.archives[self._archives :]

    async def check(self, result: dict[str, Any] | None, deaths: int) -> None:
        """Compare what the server has with what it should have."""
        run = self._run
        [archive] = self.archives
        assert result == {"aid": archive.aid, "bvid": archive.bvid}
        assert [video.md5 for video in archive.videos] == [md5(data) for data in run.contents]
        assert bool(archive.cover) == (self._cover is not None)
        assert self.sent_again() <= deaths * THREADS
        assert len(self.sim.seen("complete")) <= len(run.contents) + deaths
        assert len(self.sim.seen("cover")) <= 1 + deaths + len(run.faults)
        assert not self.asked or run.asks or deaths > 1
        [job] = await Journal(self._path).jobs()
        assert (job.state, job.running) == ("unsure" if self.is_told else "done", False)

    def sent_again(self) -> int:
        """How many chunks the server has taken that it had."""
        taken = Counter(
            (one.path, one.part if one.step == "part" else one.chunk)
            for step in ("part", "chunk")
            for one in self.sim.seen(step)
            if one.status == 200
        )
        first = sum(-(-len(data) // PART) for data in self._run.contents)
        return sum(taken.values()) - first


@pytest.fixture(params=RUNS)
async def stages(
    request: pytest.FixtureRequest, fake: FakeWorld, options: Options, tmp_path: Path, cover: bytes
) -> Any:
    """Makes stages, all of one run."""
    run = RUNS[request.param]
    async with Simulator(era=run.era, clock=fake.now) as sim:
        sim.limits.chunk_size = PART
        account = sim.add_account("alice", "correct horse")
        today = Today(sim, account, replace(options, server=Server(sim.url, sim.ca_file)))
        made: list[Stage] = []

        def make() -> Stage:
            made.append(Stage(sim, today, run, tmp_path / str(len(made)), cover))
            return made[-1]

        yield make


async def length_of(stage: Stage) -> int:
    """Run a process that does not die, and one after it; return how often the first writes."""
    fate = Fate()
    result = await stage.ends(fate)
    await stage.check(result, deaths=0)
    if not stage.is_told:
        seen = len(stage.sim.exchanges)
        assert await stage.ends() == result
        assert not SENDING & {one.step for one in stage.sim.exchanges[seen:]}
    return fate.writes


def points(length: int) -> list[tuple[int, bool]]:
    """Where a process may die."""
    return [(at, is_after) for at in range(length) for is_after in (False, True)]


def chosen(among: list[T], count: int, *, deep: int | None = None) -> list[T]:
    """Some of many, always the same; in the profile `deep` more of them, or all."""
    wanted = (deep or len(among)) if settings().max_examples > 100 else count
    return random.Random(len(among)).sample(among, min(wanted, len(among)))


async def test_processes_may_die_at_any_write(stages: Callable[[], Stage]):
    """One or two of them; the next one ends right: one archive, and nothing that was written sent again."""
    once = [(point,) for point in points(await length_of(stages()))]
    twice = [one + other for one in once for other in once]
    for fates in [*chosen(once, 3), *chosen(twice, 1, deep=60)]:
        stage = stages()
        deaths = sum([await stage.dies(Fate(*fate)) for fate in fates])
        assert deaths, fates
        await stage.check(await stage.ends(), deaths)
