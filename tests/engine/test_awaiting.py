"""Waiting until somebody has logged in again (`Profiles.await_login`, `account.await_login_in_file`)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from tests.kit import FakeWorld, make_uploader, until

from bilibili_api.account import (
    Profiles,
    VideoUploaderCredential,
    await_login_in_file,
    await_login_of_account,
)
from bilibili_api.exceptions import ArgsException

if TYPE_CHECKING:
    from pathlib import Path

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options


@pytest.fixture
def profiles(sim: Simulator, account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Profiles:
    """A login under the name `me`; locks lie in a folder of the test's."""
    monkeypatch.setenv("BVUP_HOME", str(tmp_path / "home"))
    made = Profiles(tmp_path / "accounts")
    made.save("me", fresh(sim, account, tmp_path))
    return made


def fresh(sim: Simulator, account: Account, folder: Path) -> VideoUploaderCredential:
    """Somebody's new login."""
    path = folder / "fresh.json"
    path.write_text(sim.cookies_json(account))
    return VideoUploaderCredential.from_file(path)


async def has_napped(fake: FakeWorld, times: int = 1) -> None:
    """Wait until the place was looked at so often in vain."""
    before = len(fake.naps)
    await until(lambda: len(fake.naps) >= before + times)


async def test_a_good_login_that_is_there_is_returned_at_once(
    profiles: Profiles, options: Options, fake: FakeWorld
):
    """Nothing is waited for."""
    assert (await profiles.await_login("me", options=options)).access_key == profiles.load("me").access_key
    assert fake.naps == []


async def test_the_refused_login_is_not_taken_again(
    profiles: Profiles, sim: Simulator, account: Account, options: Options, fake: FakeWorld, tmp_path: Path
):
    """Another one is waited for; the place is looked at every three seconds, and nothing is asked."""
    refused = profiles.load("me", options=options)
    waiting = asyncio.create_task(profiles.await_login("me", than=refused))
    await has_napped(fake, 2)
    assert (set(fake.naps), sim.exchanges) == ({3.0}, [])
    profiles.save("me", fresh(sim, account, tmp_path))
    assert (await waiting).access_key == profiles.load("me").access_key != refused.access_key


async def test_a_login_that_does_not_work_is_asked_about_once(
    profiles: Profiles, sim: Simulator, account: Account, options: Options, fake: FakeWorld, tmp_path: Path
):
    """Then another one is waited for."""
    sim.expire_login(account)
    waiting = asyncio.create_task(profiles.await_login("me", options=options))
    await has_napped(fake, 3)
    assert len(sim.seen("info")) == 1
    profiles.save("me", fresh(sim, account, tmp_path))
    assert (await waiting).mid == account.mid


async def test_a_login_of_another_account_is_not_taken(
    profiles: Profiles,
    sim: Simulator,
    options: Options,
    fake: FakeWorld,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
):
    """What was uploaded belongs to the first one; the log says whose login is needed."""
    refused = profiles.load("me", options=options)
    other = sim.add_account("bob", "correct horse")
    profiles.save("me", fresh(sim, other, tmp_path))
    waiting = asyncio.create_task(profiles.await_login("me", than=refused))
    await has_napped(fake, 2)
    waiting.cancel()
    assert f"is of account {other.mid}; one of account {refused.mid} is needed" in caplog.text


async def test_a_profile_need_not_be_there_yet(
    profiles: Profiles, sim: Simulator, account: Account, options: Options, fake: FakeWorld, tmp_path: Path
):
    """It is waited for."""
    waiting = asyncio.create_task(profiles.await_login("later", options=options))
    await has_napped(fake)
    profiles.save("later", fresh(sim, account, tmp_path))
    assert (await waiting).mid == account.mid


async def test_a_name_that_cannot_be_one_is_not_waited_for(profiles: Profiles, options: Options):
    """It would be for ever."""
    with pytest.raises(ArgsException):
        await profiles.await_login("../x", options=options)


async def test_a_file_that_is_being_written_is_waited_for(
    sim: Simulator, account: Account, options: Options, fake: FakeWorld, tmp_path: Path
):
    """Half a file is no login yet."""
    path, whole = tmp_path / "cookies.json", sim.cookies_json(account)
    path.write_text(whole[: len(whole) // 2])
    waiting = asyncio.create_task(await_login_in_file(path, options=options))
    await has_napped(fake)
    path.write_text(whole)
    assert (await waiting).mid == account.mid


class TestOfAnAccount:
    """`account.await_login_of_account`, for logins that have no place which could be watched."""

    @pytest.fixture
    def kept(self, sim: Simulator, account: Account, tmp_path: Path, profiles: Profiles) -> Profiles:
        """Profiles where they are by default: `me` of the account, `bob` of somebody else."""
        del profiles
        made = Profiles()
        made.save("bob", fresh(sim, sim.add_account("bob", "correct horse"), tmp_path))
        return made

    async def test_a_login_of_the_account_under_any_name_is_taken(
        self, kept: Profiles, sim: Simulator, account: Account, options: Options, fake: FakeWorld,
        tmp_path: Path,
    ):  # fmt: skip
        """That of another account, which is good, is not."""
        refused = VideoUploaderCredential(account.access_key, options=options)
        await refused.access()
        waiting = asyncio.create_task(await_login_of_account(refused))
        await has_napped(fake, 2)
        kept.save("whatever", fresh(sim, account, tmp_path))
        assert (await waiting).access_key == kept.load("whatever").access_key

    async def test_where_nobody_knows_whose_it_was_only_what_is_new_counts(
        self, kept: Profiles, sim: Simulator, account: Account, options: Options, fake: FakeWorld,
        tmp_path: Path,
    ):  # fmt: skip
        """What was there before may be anybody's."""
        refused = VideoUploaderCredential("f" * 32, options=options)
        waiting = asyncio.create_task(await_login_of_account(refused))
        await has_napped(fake, 2)
        assert sim.exchanges == []
        kept.save("new", fresh(sim, account, tmp_path))
        assert (await waiting).mid == account.mid

    async def test_another_place_may_be_looked_at_as_well(
        self, kept: Profiles, sim: Simulator, account: Account, options: Options, fake: FakeWorld
    ):
        """Wherever the caller's login came from."""
        there: list[VideoUploaderCredential] = []
        refused = VideoUploaderCredential("f" * 32, options=options)
        waiting = asyncio.create_task(
            await_login_of_account(refused, also=lambda: there[0] if there else None)
        )
        await has_napped(fake)
        there.append(VideoUploaderCredential(sim.log_in(account).access_token))
        assert (await waiting).access_key == there[0].access_key
        assert set(kept.names()) == {"bob"}


class TestAnUpload:
    """With `await_login` as the credential's `log_in_again`."""

    async def test_it_stands_in_the_stage_login_needed_and_then_goes_on(
        self, profiles: Profiles, sim: Simulator, account: Account, options: Options, fake: FakeWorld,
        tmp_path: Path,
    ):  # fmt: skip
        """From the submission, whose login is dead, with nothing sent again."""

        async def log_in_again() -> VideoUploaderCredential:
            return await profiles.await_login("me", than=credential)

        async def expire(_: Any) -> None:
            sim.expire_login(account, renewable=False)

        credential = profiles.load("me", log_in_again=log_in_again, options=options)
        uploader = make_uploader(account, options, b"video", credential=credential, line="pc")
        uploader.add_event_listener("PRE_SUBMIT", expire)
        running = asyncio.create_task(uploader.start())
        await until(lambda: uploader.progress.stage == "login needed")
        profiles.save("me", fresh(sim, account, tmp_path))
        assert await running == {"aid": sim.archives[0].aid, "bvid": sim.archives[0].bvid}
        assert (uploader.progress.stage, len(sim.seen("chunk"))) == ("done", 1)

    async def test_it_can_be_aborted_while_it_waits_and_started_again(
        self, profiles: Profiles, sim: Simulator, account: Account, options: Options, tmp_path: Path
    ):
        """The wait ends at once; the next start sends nothing twice."""

        async def log_in_again() -> VideoUploaderCredential:
            return await profiles.await_login("me", than=credential)

        credential = profiles.load("me", log_in_again=log_in_again, options=options)
        sim.expire_login(account, renewable=False)
        uploader = make_uploader(account, options, b"video", credential=credential)
        running = asyncio.create_task(uploader.start())
        await until(lambda: uploader.progress.stage == "login needed")
        await uploader.abort()
        assert await running is None
        profiles.save("me", fresh(sim, account, tmp_path))
        assert await uploader.start() is not None
