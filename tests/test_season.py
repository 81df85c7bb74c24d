"""Seasons: collected, kept in order, and nothing added twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bilibili_api.exceptions import ArgsException, LoginLacks, ResponseCodeException
from bilibili_api.season import Episode, Seasons
from bilibili_api.simulator import Latency, LostAnswer, Simulator
from bilibili_api.video_uploader import VideoUploaderCredential

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account
    from bilibili_api.video_uploader import Options


class Collector:
    """An account with three videos and a season."""

    def __init__(self, sim: Simulator, account: Account, options: Options, cover: bytes) -> None:
        self.sim, self.cover = sim, cover
        self.mine = Seasons(VideoUploaderCredential(cookies=sim.cookies(account), options=options))
        self.videos = [sim.publish(title=title, account=account).bvid for title in ("one", "two", "three")]
        self.id = 0

    async def begin(self, *videos: int) -> None:
        self.id = (await self.mine.create("My trip", cover=self.cover, desc="d")).id
        if videos:
            await self.mine.add(self.id, [self.videos[number] for number in videos])

    def titles(self) -> list[str]:
        return [episode.title for episode in self.sim.seasons.all[0].episodes]

    def posts(self, path: str) -> int:
        return sum(seen.path.endswith(path) for seen in self.sim.seen("season"))

    def when(self, path: str, act: Callable[[], object]) -> None:
        """Let somebody else act just before the first request for a path is answered."""
        left = [act]

        def look(received: Any) -> bool:
            if received.path.endswith(path) and left:
                left.pop()()
            return False

        self.sim.faults.add("season", Latency(0), times=None, when=look)


def names(episodes: Iterable[Episode]) -> list[str]:
    return [episode.title for episode in episodes]


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async with Simulator(era="today", clock=fake.now) as running:
        yield running


@pytest.fixture
async def collector(sim: Simulator, account: Account, options: Options, cover: bytes) -> Collector:
    made = Collector(sim, account, options, cover)
    await made.begin()
    return made


async def test_a_season_is_made_and_listed(collector: Collector):
    """With its cover, which any picture can become; people review it."""
    await collector.mine.create("Another", cover=collector.cover)
    assert [(one.title, one.state, one.episodes) for one in await collector.mine.list()] == [
        ("Another", -6, 0),
        ("My trip", -6, 0),
    ]
    assert (await collector.mine.show(collector.id)).desc == "d"


async def test_a_season_is_found_by_its_title(collector: Collector):
    """If it is the only one of that title; else those that may be meant are named."""
    assert (await collector.mine.find(" my TRIP")).id == collector.id
    with pytest.raises(ArgsException) as unknown:
        await collector.mine.find("My tripp")
    assert unknown.value.hint == f"Did you mean 'My trip' ({collector.id})?"
    other = await collector.mine.create("my trip", cover=collector.cover)
    with pytest.raises(ArgsException) as several:
        await collector.mine.find("My trip")
    assert str(several.value) == "2 seasons are called 'My trip'."
    assert all(f"{number} (videos: 0)" in several.value.hint for number in (collector.id, other.id))


async def test_videos_are_added_in_their_order(collector: Collector):
    """Behind those that are there; one that is there is not added again."""
    one, two, three = collector.videos
    assert names(await collector.mine.add(collector.id, [two])) == ["two"]
    assert names(await collector.mine.add(collector.id, [three, two, one, one])) == ["two", "three", "one"]
    assert names(await collector.mine.episodes(collector.id)) == ["two", "three", "one"]


async def test_videos_are_sorted(collector: Collector):
    """Those that are not named follow."""
    await collector.mine.add(collector.id, collector.videos)
    one, two, three = collector.videos
    assert names(await collector.mine.sort(collector.id, [three])) == ["three", "one", "two"]
    assert names(await collector.mine.sort(collector.id, [one, two, three])) == ["one", "two", "three"]
    await collector.mine.sort(collector.id, [one])
    assert collector.posts("section/edit") == 2


async def test_videos_are_removed(collector: Collector):
    """What is gone already does not matter."""
    await collector.mine.add(collector.id, collector.videos)
    for _ in range(2):
        assert names(await collector.mine.remove(collector.id, collector.videos[:2])) == ["three"]
    assert collector.posts("episode/del") == 2


@pytest.mark.parametrize("path", ["season/add", "episodes/add"])
async def test_what_was_done_when_an_answer_was_lost_is_not_done_twice(collector: Collector, path: str):
    """It is looked for first."""
    collector.sim.faults.add("season", LostAnswer(), when=lambda received: received.path.endswith(path))
    made = await collector.mine.create("Another", cover=collector.cover)
    await collector.mine.add(made.id, collector.videos)
    assert (len(collector.sim.seasons.all), names(await collector.mine.episodes(made.id))) == (
        2,
        ["one", "two", "three"],
    )


async def test_a_video_that_was_added_while_it_is_sorted_is_not_lost(collector: Collector):
    """An order must name all (-400); it is made anew of what is there then."""
    one, two, three = collector.videos
    await collector.mine.add(collector.id, [one, two, three])
    season = collector.sim.seasons.all[0]
    late = season.episodes.pop()
    collector.when("section/edit", lambda: season.episodes.append(late))
    assert names(await collector.mine.sort(collector.id, [two, one])) == ["two", "one", "three"]


async def test_what_is_not_there_is_refused(collector: Collector):
    """With what is."""
    with pytest.raises(ResponseCodeException) as caught:
        await collector.mine.show(1)
    assert caught.value.kind == "NO_SUCH_SEASON"
    with pytest.raises(ArgsException, match="no section 7"):
        await collector.mine.episodes(collector.id, 7)
    with pytest.raises(ArgsException, match="not in the section"):
        await collector.mine.sort(collector.id, collector.videos)
    with pytest.raises(ArgsException):
        await collector.mine.create(" ", cover=collector.cover)


async def test_a_login_without_cookies_is_refused(sim: Simulator, account: Account, options: Options):
    """Before anything is sent."""
    with pytest.raises(LoginLacks):
        await Seasons(VideoUploaderCredential(account.access_key, platform="BiliTV", options=options)).list()
    assert sim.seen("season") == []
