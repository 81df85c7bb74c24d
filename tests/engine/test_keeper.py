"""Looking after a login: checked before use, renewed once for all workers and all processes (section 2.7)."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from tests.kit import make_uploader

from bilibili_api.engine.accounts import place_of_file
from bilibili_api.engine.web_credential import Credential
from bilibili_api.exceptions import ApiException, ArgsException, Retry
from bilibili_api.simulator import Code, LostAnswer, Simulator, Status
from bilibili_api.video_uploader import Options, Server, VideoUploaderCredential

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.engine.holder import Holder
    from bilibili_api.protocol.interfaces import Access
    from bilibili_api.simulator import Account, Fault

DAY = 24 * 3600


@pytest.fixture
def path(sim: Simulator, account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `cookies.json` with a login of the TV; locks lie in a folder of the test's."""
    monkeypatch.setenv("BVUP_HOME", str(tmp_path / "home"))
    made = tmp_path / "cookies.json"
    made.write_text(sim.cookies_json(account))
    return made


@pytest.fixture
def credential(path: Path, options: Options) -> VideoUploaderCredential:
    return VideoUploaderCredential.from_file(path, options=options)


def text_of(path: Path) -> str:
    return path.read_text()


def token_in(path: Path) -> str:
    return json.loads(path.read_text())["token_info"]["access_token"]


async def web_login(sim: Simulator, account: Account, options: Options, **given: Any) -> Credential:
    """Cookies of a login on the web, with what renews them."""
    from bilibili_api.account import QrState, WebQrLogin  # noqa: PLC0415 - a user's way

    login = WebQrLogin(options=options)
    async for state in login:
        if state is QrState.SHOW:
            sim.qr.confirm(sim.qr.pending[-1].code, account)
    jar, session = login.credential.cookies, login.credential.session()
    refresh = session.web_refresh.reveal() if session.web_refresh else None
    return Credential(
        jar["SESSDATA"], jar["bili_jct"], None, None, jar["DedeUserID"], refresh, options=options, **given
    )


class TestBeforeUse:
    """`access()`."""

    async def test_a_good_login_is_asked_about_once_and_used(
        self, sim: Simulator, credential: VideoUploaderCredential, path: Path
    ):
        """Token and cookies are checked; nothing is renewed, nothing is asked again."""
        accesses = [await credential.access() for _ in range(3)]
        assert {access.token.reveal() if access.token else "" for access in accesses} == {token_in(path)}
        assert accesses[0].cookies is not None
        assert accesses[0].platform == "BiliTV"
        assert (len(sim.seen("info")), len(sim.seen("nav")), len(sim.seen("refresh"))) == (1, 1, 0)

    async def test_after_an_hour_it_is_asked_about_again(
        self, sim: Simulator, credential: VideoUploaderCredential, fake: FakeWorld
    ):
        """Uploads take long, and logins are ended elsewhere."""
        await credential.access()
        await fake.world.sleep(3601)
        await credential.access()
        assert len(sim.seen("info")) == 2

    async def test_many_workers_ask_once(self, sim: Simulator, credential: VideoUploaderCredential):
        """All wait for one answer."""
        await asyncio.gather(*(credential.access() for _ in range(20)))
        assert len(sim.seen("info")) == 1

    async def test_a_login_that_ends_soon_is_renewed_first(
        self,
        sim: Simulator,
        account: Account,
        credential: VideoUploaderCredential,
        path: Path,
        fake: FakeWorld,
    ):
        """The file has the new one; the platform, which the answer lacks, is kept."""
        old = token_in(path)
        await fake.world.sleep(28 * DAY)
        access = await credential.access()
        assert access.token is not None
        assert access.token.reveal() == token_in(path) == credential.access_key != old
        assert sim.tokens(account)[-1] == token_in(path)
        assert json.loads(text_of(path))["platform"] == "BiliTV"

    async def test_a_login_that_ends_soon_and_cannot_be_renewed_yet_is_used(
        self, sim: Simulator, credential: VideoUploaderCredential, path: Path, fake: FakeWorld
    ):
        """It is still good; the trouble is only told."""
        await fake.world.sleep(28 * DAY)
        sim.faults.add("refresh", Status(500), times=None)
        access = await credential.access()
        assert access.token is not None
        assert access.token.reveal() == token_in(path)

    async def test_a_dead_login_is_renewed(
        self, sim: Simulator, account: Account, credential: VideoUploaderCredential, path: Path
    ):
        """Its refresh token outlives it."""
        sim.expire_login(account)
        access = await credential.access()
        assert access.token is not None
        assert access.token.reveal() in sim.tokens(account)
        assert token_in(path) == access.token.reveal()

    async def test_a_login_that_only_a_person_can_mend_is_an_error(
        self, sim: Simulator, account: Account, credential: VideoUploaderCredential, path: Path
    ):
        """It says what to do; the file is untouched."""
        before = text_of(path)
        sim.expire_login(account, renewable=False)
        with pytest.raises(ApiException) as raised:
            await credential.access()
        assert (raised.value.kind, raised.value.retry) == ("NOT_LOGGED_IN", Retry.LOGIN)
        assert "Log in again" in raised.value.hint
        assert text_of(path) == before
        assert [each.name for each in path.parent.iterdir() if each.is_file()] == ["cookies.json"]

    async def test_a_person_may_log_in_again_meanwhile(
        self, sim: Simulator, account: Account, path: Path, options: Options
    ):
        """The upload waits for it, and goes on with the new login, which is kept."""

        async def log_in_again() -> Holder:
            other = path.with_name("other.json")
            other.write_text(sim.cookies_json(account))
            return VideoUploaderCredential.from_file(other, options=options)

        credential = VideoUploaderCredential.from_file(path, log_in_again=log_in_again, options=options)
        sim.expire_login(account, renewable=False)
        await make_uploader(account, options, b"video", credential=credential).start()
        assert sim.archives[0].mid == account.mid
        assert token_in(path) == credential.access_key

    async def test_a_person_who_does_not_log_in_leaves_the_error(
        self, sim: Simulator, account: Account, path: Path, options: Options
    ):
        """None: nobody did."""

        async def log_in_again() -> None:
            return None

        credential = VideoUploaderCredential.from_file(path, log_in_again=log_in_again, options=options)
        sim.expire_login(account, renewable=False)
        with pytest.raises(ApiException, match="-101"):
            await credential.access()

    async def test_what_another_process_has_put_into_the_file_counts(
        self, sim: Simulator, account: Account, credential: VideoUploaderCredential, path: Path
    ):
        """The file was renewed or replaced after it was read."""
        path.with_name("other").write_text(sim.cookies_json(account))
        path.with_name("other").replace(path)
        access = await credential.access()
        assert access.token is not None
        assert access.token.reveal() == token_in(path)


class TestInTheMiddle:
    """`renewed(stale)`: what requests carry was refused."""

    async def test_all_workers_share_one_renewal(
        self, sim: Simulator, account: Account, credential: VideoUploaderCredential
    ):
        """All get the same other access."""
        stale = await credential.access()
        sim.expire_login(account)
        fresh = await asyncio.gather(*(credential.renewed(stale) for _ in range(20)))
        assert len(sim.seen("refresh")) == 1
        assert {each.token for each in fresh if each} != {stale.token}
        assert len({each.token for each in fresh if each}) == 1

    async def test_a_worker_that_comes_late_gets_what_the_others_got(
        self, sim: Simulator, account: Account, credential: VideoUploaderCredential
    ):
        """Its access is older than the last renewal: none is needed."""
        stale = await credential.access()
        sim.expire_login(account)
        await credential.renewed(stale)
        assert await credential.renewed(stale) is not None
        assert len(sim.seen("refresh")) == 1

    async def test_two_processes_renew_once(
        self, sim: Simulator, account: Account, path: Path, options: Options
    ):
        """Each has read the same file; the second finds what the first has written."""
        holders = [VideoUploaderCredential.from_file(path, options=options) for _ in range(4)]
        stale = [await each.access() for each in holders]
        sim.expire_login(account)
        fresh = await asyncio.gather(*(each.renewed(old) for each, old in zip(holders, stale, strict=True)))
        assert len(sim.seen("refresh")) == 1
        assert {each.token.reveal() for each in fresh if each and each.token} == {token_in(path)}

    async def test_nothing_to_renew_it_with_is_said(self, sim: Simulator, account: Account, options: Options):
        """No refresh token: None, and the error that was there stays."""
        token = sim.log_in(account).access_token
        credential = VideoUploaderCredential(token, platform="BiliTV", options=options)
        assert await credential.renewed(await credential.access()) is None
        assert sim.seen("refresh") == []

    async def test_a_refused_renewal_leaves_everything_as_it_was(
        self, sim: Simulator, account: Account, credential: VideoUploaderCredential, path: Path
    ):
        """No file beside the login, no other login."""
        stale, before = await credential.access(), text_of(path)
        sim.expire_login(account, renewable=False)
        assert await credential.renewed(stale) is None
        assert text_of(path) == before
        assert [each.name for each in path.parent.iterdir() if each.is_file()] == ["cookies.json"]

    async def test_the_key_pair_of_a_token_is_found_out(
        self, sim: Simulator, account: Account, options: Options
    ):
        """A refresh token whose platform nobody knows: -663 says which it is not."""
        login = sim.log_in(account, "Android")
        credential = VideoUploaderCredential(
            login.access_token, refresh_token=login.refresh_token, options=options
        )
        assert await credential.renewed(await credential.access()) is not None
        assert credential.platform == "Android"

    async def test_cookies_that_expire_at_the_submission_are_renewed(self, fake: FakeWorld, path: Path):
        """Submitted with the new ones, and not one byte is sent again."""
        async with Simulator(era="today", clock=fake.now) as today:
            alice = today.add_account("alice", "x")
            path.with_name("today.json").write_text(today.cookies_json(alice))
            options = Options(server=Server(today.url, today.ca_file), world=fake.world)
            credential = VideoUploaderCredential.from_file(path.with_name("today.json"), options=options)
            today.faults.add("submit", Code(-101, "not logged in"))
            await make_uploader(alice, options, b"video", credential=credential, interface="web").start()
            assert len(today.seen("refresh")) == 1
            assert len(today.videos) == len(today.seen("preupload")) == 1
            assert len(today.archives) == 1


class TestCrashes:
    """The old login is kept until the new one is proven, and the new one is never lost."""

    async def test_a_renewal_that_was_interrupted_is_taken_up(
        self, sim: Simulator, account: Account, credential: VideoUploaderCredential, path: Path
    ):
        """The new login lies beside the old one, which is dead; the next start finds it."""
        fresh = sim.log_in(account)
        place = place_of_file(path)
        stored = VideoUploaderCredential.from_file(path)
        path.with_name("cookies.json.new").write_text(
            text_of(path).replace(stored.access_key or "", fresh.access_token or "")
        )
        access = await credential.access()
        assert access.token is not None
        assert access.token.reveal() == token_in(path) == fresh.access_token
        assert place.load_unproven() is None
        assert sim.seen("refresh") == []

    async def test_a_new_login_that_does_not_work_is_dropped(
        self, credential: VideoUploaderCredential, path: Path
    ):
        """The old one stays."""
        old = token_in(path)
        path.with_name("cookies.json.new").write_text(text_of(path).replace(old, "f" * 32))
        access = await credential.access()
        assert access.token is not None
        assert access.token.reveal() == token_in(path) == old
        assert not path.with_name("cookies.json.new").exists()

    async def test_half_a_file_beside_it_does_no_harm(self, credential: VideoUploaderCredential, path: Path):
        """It was never finished."""
        path.with_name("cookies.json.new").write_text(text_of(path)[:100])
        await credential.access()

    @pytest.mark.parametrize("fault", [Status(500), Code(-352), Code(-412)], ids=str)
    async def test_a_proof_that_cannot_be_had_loses_nothing(
        self, sim: Simulator, account: Account, credential: VideoUploaderCredential, path: Path, fault: Fault
    ):
        """The new login lies beside the old one, and is used the next time."""
        stale = await credential.access()
        sim.expire_login(account)
        sim.faults.add("info", fault, times=None)
        with pytest.raises(ApiException):
            await credential.renewed(stale)
        sim.faults.clear()
        again = VideoUploaderCredential.from_file(path, options=credential.options)
        access = await again.access()
        assert access.token is not None
        assert access.token.reveal() in sim.tokens(account)
        assert len(sim.seen("refresh")) == 1

    async def test_a_place_that_cannot_be_written_is_found_out_before_the_old_login_dies(
        self,
        sim: Simulator,
        account: Account,
        credential: VideoUploaderCredential,
        monkeypatch: pytest.MonkeyPatch,
    ):
        """Nothing is renewed that could not be kept."""
        stale = await credential.access()

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(ArgsException, match="No space left"):
            await credential.renewed(stale)
        assert sim.seen("refresh") == []

    async def test_a_lost_answer_to_the_renewal_is_told(
        self, sim: Simulator, account: Account, credential: VideoUploaderCredential
    ):
        """The server has renewed it, nobody knows the new one: only a person helps, and nothing hangs."""
        stale = await credential.access()
        sim.faults.add("refresh", LostAnswer())
        assert await credential.renewed(stale) is None

    async def test_stopping_in_the_middle_does_not_lose_the_new_login(
        self, sim: Simulator, account: Account, credential: VideoUploaderCredential, path: Path
    ):
        """The answer to a renewal that was asked for is waited for and kept: the old login is dead by then."""
        stale = await credential.access()
        sim.expire_login(account)
        stopped = asyncio.create_task(credential.renewed(stale))
        while not sim.seen("refresh"):  # noqa: ASYNC110 - nothing announces it, and the next moment is too late
            await asyncio.sleep(0)
        stopped.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopped
        again = VideoUploaderCredential.from_file(path, options=credential.options)
        access = await again.access()
        assert access.token is not None
        assert access.token.reveal() in sim.tokens(account)
        assert len(sim.seen("refresh")) == 1

    async def test_a_lock_that_cannot_be_made_is_named(
        self,
        sim: Simulator,
        account: Account,
        credential: VideoUploaderCredential,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ):
        """Nothing is renewed without it: another process may be at it."""
        (tmp_path / "file").touch()
        monkeypatch.setenv("BVUP_HOME", str(tmp_path / "file"))
        unlockable = VideoUploaderCredential.from_file(tmp_path / "cookies.json", options=credential.options)
        sim.expire_login(account)
        with pytest.raises(ArgsException, match="lock") as raised:
            await unlockable.access()
        assert "BVUP_HOME" in (raised.value.hint or "")
        assert sim.seen("refresh") == []


class TestWebCookies:
    """Cookies that came without a token."""

    async def test_they_are_renewed_when_the_server_says_so(
        self, sim: Simulator, account: Account, options: Options, fake: FakeWorld
    ):
        """New cookies, a new ac_time_value, and the old ones are ended."""
        credential = await web_login(sim, account, options)
        old = (credential.sessdata, credential.ac_time_value)
        await fake.world.sleep(28 * DAY)
        access = await credential.access()
        assert access.cookies is not None
        assert access.cookies.values["SESSDATA"] == credential.sessdata == sim.cookies(account)["SESSDATA"]
        assert credential.sessdata != old[0]
        assert credential.ac_time_value not in (None, old[1])
        assert [seen.interface for seen in sim.seen("confirm")] == ["web"]

    async def test_young_ones_are_left_alone(self, sim: Simulator, account: Account, options: Options):
        """Asked about, not renewed."""
        credential = await web_login(sim, account, options)
        await credential.access()
        assert sim.seen("refresh") == []

    async def test_dead_ones_cannot_be_renewed(self, sim: Simulator, account: Account, options: Options):
        """Only logging in helps (section 2.7)."""
        credential = await web_login(sim, account, options)
        sim.expire_login(account)
        with pytest.raises(ApiException) as raised:
            await credential.access()
        assert (raised.value.kind, raised.value.retry) == ("NOT_LOGGED_IN", Retry.LOGIN)

    async def test_the_wrong_ac_time_value_is_told(
        self, sim: Simulator, account: Account, options: Options, fake: FakeWorld
    ):
        """86095: the renewal is refused, and what is still good is used."""
        credential = await web_login(sim, account, options)
        credential.ac_time_value = "0" * 32
        await fake.world.sleep(28 * DAY)
        assert (await credential.access()).cookies is not None
        assert len(sim.seen("refresh")) == 1

    async def test_old_cookies_that_cannot_be_ended_do_no_harm(
        self, sim: Simulator, account: Account, options: Options, fake: FakeWorld
    ):
        """The new ones are good already."""
        credential = await web_login(sim, account, options)
        sim.faults.add("confirm", Code(86095), times=None)
        await fake.world.sleep(28 * DAY)
        assert (await credential.access()).cookies is not None


REFUSALS: list[tuple[str, int, Callable[[VideoUploaderCredential], Awaitable[object]]]] = [
    ("info", -412, lambda credential: credential.access()),
    ("nav", -352, lambda credential: credential.access()),
]


@pytest.mark.parametrize(("step", "code", "use"), REFUSALS, ids=lambda value: str(value)[:20])
async def test_what_is_not_about_the_login_is_not_taken_for_its_end(
    sim: Simulator,
    credential: VideoUploaderCredential,
    step: Any,
    code: int,
    use: Callable[[VideoUploaderCredential], Awaitable[Access]],
    caplog: pytest.LogCaptureFixture,
):
    """A blocked address is no reason to renew, nor to stop an upload that may work; it is told."""
    sim.faults.add(step, Code(code), times=None)
    access = await use(credential)
    assert access.token is not None
    assert access.cookies is not None
    assert sim.seen("refresh") == []
    assert f"used as it is: Bilibili answered with code {code}" in caplog.text
