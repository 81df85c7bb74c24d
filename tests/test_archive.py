"""What comes after submitting: lists, waiting, edits, and what others do to an archive meanwhile."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bilibili_api.archive import ArchiveChanged, Archives, Group, Milestone, Order, Status, VideoId
from bilibili_api.exceptions import ArgsException, InvalidUpload, LoginLacks, ResponseCodeException
from bilibili_api.protocol.drafts import DraftPart
from bilibili_api.protocol.edits import Edit
from bilibili_api.simulator import Altered, Code, Latency, LostAnswer, Simulator
from bilibili_api.video_uploader import VideoUploaderCredential, VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Step
    from bilibili_api.simulator import Archive as Published
    from bilibili_api.video_uploader import Options


class Owner:
    """Somebody with cookies, who publishes and looks after it."""

    def __init__(self, sim: Simulator, account: Account, options: Options) -> None:
        self.sim, self.account, self.options = sim, account, options
        self.credential = VideoUploaderCredential(cookies=sim.cookies(account), options=options)
        self.archives = Archives(self.credential)

    def publish(self, parts: int = 1, **meta: Any) -> VideoId:
        titles = [f"P{number}" for number in range(1, parts + 1)]
        return VideoId(self.sim.publish(*titles, account=self.account, **{"title": "A title", **meta}).aid)

    def now(self) -> Published:
        """The archive as the simulator has it."""
        return self.sim.archives[-1]

    def parts(self) -> list[str]:
        return [part["title"] for part in self.now().meta["videos"]]

    def when(self, step: Step, number: int, act: Callable[[], None]) -> None:
        """Let somebody else act just before the request of this number, from 1, is answered."""
        seen = 0

        def look(_: object) -> bool:
            nonlocal seen
            seen += 1
            if seen == number:
                act()
            return False

        self.sim.faults.add(step, Latency(0), times=None, when=look)

    def add_theirs(self) -> None:
        """Somebody else adds a part."""
        archive = self.now()
        [video] = self.sim.store(account=self.account)
        part = {"filename": video.filename, "title": "Theirs", "desc": ""}
        meta = {**archive.meta, "videos": [*archive.meta["videos"], part]}
        self.sim.overwrite(replace(archive, videos=(*archive.videos, video), meta=meta))

    def drop(self, number: int) -> None:
        """Somebody else removes a part."""
        archive = self.now()
        videos = [*archive.videos]
        parts = [*archive.meta["videos"]]
        del videos[number - 1], parts[number - 1]
        self.sim.overwrite(replace(archive, videos=tuple(videos), meta={**archive.meta, "videos": parts}))

    def retitle(self, title: str) -> None:
        archive = self.now()
        self.sim.overwrite(replace(archive, title=title, meta={**archive.meta, "title": title}))


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async with Simulator(era="today", clock=fake.now) as running:
        yield running


@pytest.fixture
def owner(sim: Simulator, account: Account, options: Options) -> Owner:
    return Owner(sim, account, options)


async def test_archives_are_listed_by_group_word_and_partition(owner: Owner, sim: Simulator):
    """The newest first; all pages of the list."""
    for title in ("one", "two", "three"):
        owner.publish(1, title=title)
    sim.reviews.accept(sim.archives[1])
    sim.reviews.reject(sim.archives[2], "no")
    mine = owner.archives
    assert [one.title for one in await mine.list()] == ["three", "two", "one"]
    assert [one.title for one in await mine.list(most=2)] == ["three", "two"]
    assert [one.title for one in await mine.list(Group.PASSED, Group.REJECTED)] == ["three", "two"]
    assert [one.title for one in await mine.list(keyword="tw", order=Order.VIEWS)] == ["two"]
    assert await mine.list(tid=17) == ()


async def test_an_archive_is_shown_with_the_reason_of_its_refusal(owner: Owner, sim: Simulator):
    """Under any of its names."""
    video = owner.publish(1)
    sim.reviews.reject(owner.now(), "too loud")
    seen = await owner.archives.show(f"https://www.bilibili.com/video/{video.bvid}?p=1")
    assert (seen.aid, seen.status, seen.reject_reason) == (video.aid, Status.REJECTED, "too loud")
    assert [part.reject_reason for part in seen.parts or ()] == ["too loud"]


async def test_a_token_alone_can_look(owner: Owner, sim: Simulator, account: Account, options: Options):
    """But neither list nor edit."""
    video = owner.publish(1)
    mine = Archives(VideoUploaderCredential(account.access_key, platform="BiliTV", options=options))
    assert (await mine.show(video)).title == "A title"
    for refused in (mine.list(), mine.edit(video, {"title": "x"})):
        with pytest.raises(LoginLacks):
            await refused


async def test_somebody_else_s_archive_is_named_as_such(owner: Owner, sim: Simulator, options: Options):
    """It has an empty bvid."""
    video = owner.publish(1)
    other = sim.add_account("other", "x")
    stranger = Archives(VideoUploaderCredential(cookies=sim.cookies(other), options=options))
    for refused in (stranger.show(video), stranger.edit(video, {"title": "x"})):
        with pytest.raises(ArgsException, match="belongs to another account"):
            await refused


async def test_an_archive_is_watched_until_it_is_public(owner: Owner, sim: Simulator, fake: FakeWorld):
    """Each change once; the pauses grow."""
    video = owner.publish(1)
    owner.when("view", 4, lambda: sim.reviews.set(owner.now(), -1) and None)
    owner.when("view", 6, lambda: sim.reviews.accept(owner.now()) and None)
    seen = [archive.state async for archive in owner.archives.watch(video)]
    assert seen == [-30, -1, 0]
    assert fake.naps[-5:] == [60, 90, 135, 202.5, 303.75]


async def test_watching_ends_when_the_archive_is_rejected(owner: Owner, sim: Simulator):
    """Nothing more will happen by itself."""
    video = owner.publish(1)
    sim.reviews.reject(owner.now(), "no")
    assert [one.status async for one in owner.archives.watch(video)] == [Status.REJECTED]


async def test_watching_ends_with_patience(owner: Owner, fake: FakeWorld):
    """And says so by not having reached it."""
    video = owner.publish(1)
    [seen] = [one async for one in owner.archives.watch(video, Milestone.PASSED, patience=200)]
    assert not seen.has_reached(Milestone.PASSED)
    assert fake.naps[-2:] == [60, 90]


async def test_a_scheduled_archive_is_looked_at_in_its_time(owner: Owner, sim: Simulator, fake: FakeWorld):
    """Not every ten minutes for days."""
    when = int(fake.now()) + 3 * 86400
    video = owner.publish(1, dtime=when)
    sim.reviews.accept(owner.now())
    assert [one.state async for one in owner.archives.watch(video)] == [-40, 0]
    assert fake.now() >= when


async def test_an_edit_is_shown_before_it_is_made_and_keeps_the_rest(owner: Owner, sim: Simulator):
    """Watermark, description, parts."""
    video = owner.publish(2, watermark={"state": 1}, no_reprint=1, is_only_self=1)
    sim.reviews.accept(owner.now())
    change = await owner.archives.edit(video, {"title": "Better", "tag": "simulated"})
    assert str(change) == "  title: 'A title' -> 'Better'"
    assert owner.now().title == "A title"
    changed = await change.apply()
    assert (changed.archive.title, changed.archive.state, changed.ignored) == ("Better", -6, ())
    kept = owner.now().meta
    assert (kept["watermark"], kept["no_reprint"], kept["tid"]) == ({"state": 1}, 1, 21)
    assert (kept["is_only_self"], owner.parts()) == (1, ["P1", "P2"])


async def test_an_edit_keeps_mentions_watermark_and_topic(owner: Owner):
    """An edit repeats all that there is: what it left out would be lost."""
    mention = {"raw_text": "friend", "type": 2, "biz_id": "42"}
    rich = [{"raw_text": "With ", "type": 1, "biz_id": ""}, mention]
    given = {"desc": "With @friend ", "desc_v2": rich, "watermark": {"state": 1}}
    video = owner.publish(1, **given, topic_id=10001, mission_id=20001)
    await (await owner.archives.edit(video, {"title": "Better"})).apply()
    kept = owner.now().meta
    assert {name: kept[name] for name in given} == given
    assert (kept["title"], kept["topic_id"], kept["mission_id"]) == ("Better", 10001, 20001)
    await (await owner.archives.edit(video, {"desc": "Again with @friend "})).apply()
    kept = owner.now().meta
    assert (kept["desc_v2"][1], kept["topic_id"]) == (mention, 10001)


async def test_what_cannot_be_edited_is_told_at_once(owner: Owner, sim: Simulator):
    """All problems, nothing sent."""
    video = owner.publish(1)
    with pytest.raises(InvalidUpload) as caught:
        await owner.archives.edit(video, {"title": "", "recreate": 1})
    assert len(caught.value.problems) == 2
    assert sim.seen("edit") == []


async def test_a_topic_is_named_and_a_cover_given(owner: Owner, sim: Simulator, cover: bytes):
    """The activity comes with the topic; the picture is stored first."""
    video = owner.publish(1)
    change = await owner.archives.edit(video, topic="#simulated daily LIFE#", cover=cover)
    await change.apply()
    now = owner.now()
    assert (now.meta["topic_id"], now.meta["mission_id"]) == (10001, 20001)
    assert now.cover == sim.covers[0].url
    with pytest.raises(InvalidUpload, match="no topic is called that"):
        await owner.archives.edit(video, topic="nonsense")
    with pytest.raises(InvalidUpload):
        await owner.archives.edit(video, {"title": ""}, cover=cover)
    assert len(sim.covers) == 1


async def test_a_change_that_changes_nothing_sends_nothing(owner: Owner, sim: Simulator):
    """No review is worth that."""
    video = owner.publish(1)
    change = await owner.archives.edit(video, {"title": "A title"})
    assert not change
    await change.apply()
    assert sim.seen("edit") == []


async def test_parts_are_renamed_reordered_and_removed(owner: Owner):
    """By their numbers as they are now."""
    video = owner.publish(3)
    mine = owner.archives
    await (await mine.rename(video, {2: "Second"})).apply()
    assert owner.parts() == ["P1", "Second", "P3"]
    await (await mine.reorder(video, [3])).apply()
    assert owner.parts() == ["P3", "P1", "Second"]
    await (await mine.remove(video, [2])).apply()
    assert owner.parts() == ["P3", "Second"]


async def test_parts_are_added_and_replaced_by_number(owner: Owner, options: Options):
    """Each `start` uploads, then edits."""
    video = owner.publish(2)
    mine = owner.archives

    def page(title: str) -> VideoUploaderPage:
        return VideoUploaderPage(io.BytesIO(title.encode()), title)

    await (await mine.append(video, [page("end")], line="bda2")).start()
    await (await mine.append(video, [page("middle")], after=1, line="bda2")).start()
    await (await mine.replace(video, {3: page("second")}, line="bda2")).start()
    assert owner.parts() == ["P1", "middle", "second", "end"]
    with pytest.raises(ArgsException, match="no part 5"):
        await mine.replace(video, {5: page("x")})


async def test_more_parts_than_one_call_takes_are_added_by_several(owner: Owner, sim: Simulator):
    """In their order (21058; section 6.4)."""
    video = owner.publish(1)
    files = [made.filename for made in sim.store(150, account=owner.account)]
    edit = Edit(frozenset(), added=tuple(DraftPart(name, name[-3:]) for name in files))
    await owner.archives.put(video, edit)
    assert [stored.filename for stored in owner.now().videos[1:]] == files
    assert len(sim.seen("edit")) == 2


async def test_parts_that_are_not_there_are_refused(owner: Owner):
    """Nor are all removed, nor one named twice."""
    video = owner.publish(2)
    mine = owner.archives
    for refused in (
        mine.rename(video, {3: "x"}),
        mine.rename(video, {1: "x" * 81}),
        mine.reorder(video, [1, 1]),
        mine.remove(video, [0]),
        mine.remove(video, [1, 2]),
    ):
        with pytest.raises(ArgsException):
            await refused


async def test_a_part_that_was_added_meanwhile_is_not_lost(owner: Owner):
    """Between the plan and its execution."""
    video = owner.publish(2)
    change = await owner.archives.reorder(video, [2, 1])
    owner.add_theirs()
    await change.apply()
    assert owner.parts() == ["P2", "P1", "Theirs"]


async def test_a_part_that_was_removed_meanwhile_stops_the_edit(owner: Owner, sim: Simulator):
    """It is neither brought back nor forgotten."""
    video = owner.publish(3)
    change = await owner.archives.rename(video, {1: "First"})
    owner.drop(2)
    with pytest.raises(ArchiveChanged):
        await change.apply()
    assert (owner.parts(), sim.seen("edit")) == (["P1", "P3"], [])


async def test_a_title_that_was_changed_meanwhile_is_not_overwritten(owner: Owner, sim: Simulator):
    """The diff that was agreed to is not true any more."""
    video = owner.publish(1)
    change = await owner.archives.edit(video, {"title": "Ours"})
    owner.retitle("Theirs")
    with pytest.raises(ArchiveChanged):
        await change.apply()
    assert owner.now().title == "Theirs"


async def test_an_edit_that_is_overwritten_at_once_is_made_again(owner: Owner, sim: Simulator):
    """The lost update: they had read the archive before us, and wrote after us."""
    video = owner.publish(2)
    change = await owner.archives.reorder(video, [2, 1])
    old = owner.now()
    owner.when("view", 2, lambda: sim.overwrite(old))
    await change.apply()
    assert (owner.parts(), len(sim.seen("edit"))) == (["P2", "P1"], 2)


async def test_an_edit_that_is_overwritten_again_and_again_is_given_up(owner: Owner, sim: Simulator):
    """Two programs must not fight for ever."""
    video = owner.publish(2)
    change = await owner.archives.reorder(video, [2, 1])
    old = owner.now()
    for number in range(2, 20):
        owner.when("view", number, lambda: sim.overwrite(old))
    with pytest.raises(ArchiveChanged, match="overwritten"):
        await change.apply()
    assert len(sim.seen("edit")) == 2


@pytest.mark.parametrize("fault", [LostAnswer(), Altered(lambda _: {"odd": 1})])
async def test_an_edit_whose_answer_was_lost_is_not_made_twice(owner: Owner, sim: Simulator, fault: Any):
    """It is read back."""
    video = owner.publish(1)
    sim.faults.add("edit", fault)
    change = await owner.archives.edit(video, {"title": "Ours"})
    await change.apply()
    assert (owner.now().title, len(sim.seen("edit"))) == ("Ours", 1)


async def test_an_edit_that_did_not_arrive_is_made_on_what_the_archive_is_then(owner: Owner, sim: Simulator):
    """No old list is sent a second time."""
    video = owner.publish(2)
    change = await owner.archives.reorder(video, [2, 1])
    sim.faults.add("edit", Code(-503))
    owner.when("view", 2, owner.add_theirs)
    await change.apply()
    assert owner.parts() == ["P2", "P1", "Theirs"]


async def test_a_refused_edit_is_told(owner: Owner, sim: Simulator):
    """With the code's meaning; nothing is tried again."""
    video = owner.publish(1)
    sim.faults.add("edit", Code(21566))
    change = await owner.archives.edit(video, {"title": "Ours"})
    with pytest.raises(ResponseCodeException) as caught:
        await change.apply()
    assert (caught.value.kind, len(sim.seen("edit"))) == ("CAPTCHA", 1)


async def test_a_partition_that_bilibili_sets_itself_is_told(owner: Owner, sim: Simulator):
    """As it is reported to since 2026."""
    video = owner.publish(1)
    change = await owner.archives.edit(video, {"tid": 17})
    owner.when("view", 2, lambda: sim.overwrite(replace(owner.now(), tid=122)))
    assert (await change.apply()).ignored == ("tid",)
