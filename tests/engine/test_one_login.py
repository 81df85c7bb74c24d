"""One login and all who use it: bare keys are checked, copies share, what is set counts, a person may help."""

from __future__ import annotations

import asyncio
import copy
import json
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
from tests.kit import FakeWorld, make_uploader, until

from bilibili_api import Credential
from bilibili_api.engine.accounts import place_of_file
from bilibili_api.exceptions import ApiException, ArgsException, Retry
from bilibili_api.simulator import Answer, Code, Status
from bilibili_api.video_uploader import VideoUploaderCredential

if TYPE_CHECKING:
    from pathlib import Path

    from bilibili_api.simulator import Account, Fault, Simulator
    from bilibili_api.video_uploader import Options


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks lie in a folder of the test's."""
    monkeypatch.setenv("BVUP_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture
def path(sim: Simulator, account: Account, tmp_path: Path) -> Path:
    """A `cookies.json` with a login of the TV."""
    made = tmp_path / "cookies.json"
    made.write_text(sim.cookies_json(account))
    return made


def text_of(path: Path) -> str:
    return path.read_text()


class TestABareAccessKey:
    """`VideoUploaderCredential(access_key)`, the published use."""

    async def test_it_is_asked_about_once_an_hour(
        self, sim: Simulator, account: Account, options: Options, fake: FakeWorld
    ):
        """With the key pair of the PC tool first, and that one from then on."""
        credential = VideoUploaderCredential(account.access_key, options=options)
        for _ in range(3):
            await credential.access()
        assert ([seen.step for seen in sim.exchanges], credential.platform) == (["info"], "pc")
        await fake.world.sleep(3601)
        await credential.access()
        assert len(sim.seen("info")) == 2

    async def test_the_key_pair_of_another_tool_is_found_out(
        self, sim: Simulator, account: Account, options: Options
    ):
        """Then that tool's interface is the first."""
        credential = VideoUploaderCredential(sim.log_in(account).access_token, options=options)
        assert (await credential.access()).platform == "BiliTV"
        assert credential.mid == account.mid

    async def test_a_dead_one_is_an_error_before_the_first_byte(
        self, sim: Simulator, account: Account, options: Options
    ):
        """It says what to do."""
        sim.expire_login(account, renewable=False)
        with pytest.raises(ApiException) as raised:
            await make_uploader(account, options).start()
        assert (raised.value.kind, raised.value.retry) == ("NOT_LOGGED_IN", Retry.LOGIN)
        assert "Log in again" in raised.value.hint
        assert sim.seen("preupload") == []

    @pytest.mark.parametrize(
        "fault",
        [Status(404), Status(500), Code(-663), Code(-412), Code(-400), Answer(body=b"nonsense")],
        ids=str,
    )
    async def test_what_is_not_known_of_it_stops_no_upload(
        self,
        sim: Simulator,
        account: Account,
        options: Options,
        caplog: pytest.LogCaptureFixture,
        fault: Fault,
    ):
        """A server that cannot be asked, or a key pair that nobody knows; the log says so."""
        sim.faults.add("info", fault, times=None)
        await make_uploader(account, options).start()
        assert len(sim.archives) == 1
        assert "used as it is" in caplog.text

    async def test_account_and_password_get_another_one(
        self, sim: Simulator, account: Account, options: Options
    ):
        """Found dead by the check."""
        credential = VideoUploaderCredential("f" * 32, account.name, "correct horse", options=options)
        await make_uploader(account, options, credential=credential).start()
        assert (len(sim.archives), len(sim.seen("login"))) == (1, 1)


class TestCopies:
    """They are one login from the beginning."""

    async def test_copies_made_before_first_use_renew_once(
        self, sim: Simulator, account: Account, options: Options
    ):
        """What one renews, the others have."""
        made = sim.log_in(account)
        one = VideoUploaderCredential(
            made.access_token, refresh_token=made.refresh_token, platform="BiliTV", options=options
        )
        two = copy.copy(one)
        three = copy.deepcopy(two)
        sim.expire_login(account)
        accesses = await asyncio.gather(*(each.access() for each in (one, two, three)))
        assert (len(sim.seen("info")), len(sim.seen("refresh"))) == (1, 1)
        assert {access.token for access in accesses} == {one.session().token}
        assert one.access_key == two.access_key == three.access_key

    async def test_copies_of_account_and_password_sign_in_once(
        self, sim: Simulator, account: Account, options: Options
    ):
        """One request, one key."""
        one = VideoUploaderCredential(account=account.name, password="correct horse", options=options)
        two = copy.copy(one)
        keys = await asyncio.gather(one.get_access_key(), two.get_access_key())
        assert len(sim.seen("login")) == len(set(keys)) == 1

    async def test_copies_of_web_cookies_are_checked_once(
        self, sim: Simulator, account: Account, options: Options
    ):
        """`Credential`, too."""
        jar = sim.cookies(account)
        one = Credential(jar["SESSDATA"], jar["bili_jct"], options=options)
        await asyncio.gather(one.access(), copy.copy(one).access())
        assert len(sim.seen("nav")) == 1

    async def test_what_is_set_on_a_copy_leaves_the_original_alone(
        self, sim: Simulator, account: Account, options: Options
    ):
        """It is another login then."""
        one = VideoUploaderCredential(account.access_key, options=options)
        two = copy.copy(one)
        two.access_key = "f" * 32
        assert (one.access_key, two.access_key) == (account.access_key, "f" * 32)


class TestWhatIsSet:
    """Attributes may be set at any time, also after first use."""

    @pytest.mark.parametrize("has", ["nothing else", "platform", "cookies", "place"])
    async def test_another_access_key_is_used(
        self, sim: Simulator, account: Account, options: Options, path: Path, has: str
    ):
        """Whatever else the login has; a file it came from is left alone."""
        key: str = json.loads(text_of(path))["token_info"]["access_token"]
        given: dict[str, dict[str, Any]] = {
            "platform": {"platform": "Android"},
            "cookies": {"cookies": sim.cookies(account)},
        }
        if has == "place":
            credential = VideoUploaderCredential.from_file(path, options=options)
        else:
            credential = VideoUploaderCredential(key, options=options, **given.get(has, {}))
        await credential.access()
        before = text_of(path)
        other = sim.log_in(account).access_token
        credential.access_key = other
        access = await credential.access()
        assert access.token is not None
        assert access.token.reveal() == other == credential.access_key != key
        assert text_of(path) == before

    async def test_other_cookies_are_used(self, sim: Simulator, account: Account, options: Options):
        """Attributes of `Credential`."""
        jar = sim.cookies(account)
        credential = Credential(jar["SESSDATA"], jar["bili_jct"], options=options)
        await credential.access()
        other = sim.log_in(account).cookies
        credential.sessdata, credential.bili_jct = other["SESSDATA"], other["bili_jct"]
        access = await credential.access()
        assert access.cookies is not None
        assert access.cookies.values["SESSDATA"] == other["SESSDATA"] == credential.sessdata
        assert len(sim.seen("nav")) == 2

    def test_what_can_be_no_access_key_is_refused_at_once(self):
        """With what to do; what was there stays."""
        credential = VideoUploaderCredential("f" * 32)
        for wrong in (b"0123", "two words"):
            with pytest.raises(ArgsException) as raised:
                credential.access_key = wrong  # pyright: ignore[reportAttributeAccessIssue] - on purpose
            assert raised.value.hint
        assert credential.access_key == "f" * 32

    @pytest.mark.parametrize("name", ["access_key", "account", "password", "refresh_token", "platform"])
    def test_bytes_instead_of_text_are_refused_with_the_way_out(self, name: str):
        """They have to be decoded."""
        given: dict[str, Any] = {"access_key": "f" * 32, name: b"x"}
        with pytest.raises(ArgsException, match=f"{name} is bytes") as raised:
            VideoUploaderCredential(**given)
        assert f"{name}.decode" in raised.value.hint


async def test_account_and_password_help_where_a_renewal_is_refused(
    sim: Simulator, account: Account, options: Options
):
    """A refresh token that is dead is not the end."""
    credential = VideoUploaderCredential(
        "f" * 32, account.name, "correct horse", refresh_token="dead", platform="BiliTV", options=options
    )
    access = await credential.access()
    assert access.token is not None
    assert (len(sim.seen("refresh")), len(sim.seen("login"))) == (1, 1)


class TestAPerson:
    """`log_in_again`."""

    async def test_a_login_of_another_account_is_refused(
        self, sim: Simulator, account: Account, options: Options, path: Path
    ):
        """To it belongs nothing of what was stored; the file is left alone."""
        other = sim.log_in(sim.add_account("bob", "correct horse")).access_token

        async def log_in_again() -> VideoUploaderCredential:
            return VideoUploaderCredential(other, options=options)

        credential = VideoUploaderCredential.from_file(path, log_in_again=log_in_again, options=options)
        stale, before = await credential.access(), text_of(path)
        sim.expire_login(account, renewable=False)
        with pytest.raises(ArgsException, match=f"one of account {account.mid} is needed"):
            await credential.renewed(stale)
        assert text_of(path) == before

    async def test_it_is_kept_under_the_lock_of_its_place(
        self, sim: Simulator, account: Account, options: Options, path: Path, fake: FakeWorld
    ):
        """The end of another process's renewal cannot take its place."""
        async with AsyncExitStack() as others:

            async def log_in_again() -> VideoUploaderCredential:
                await others.enter_async_context(place_of_file(path).locked(fake.world))
                return VideoUploaderCredential(sim.log_in(account).access_token, options=options)

            credential = VideoUploaderCredential.from_file(path, log_in_again=log_in_again, options=options)
            stale, before = await credential.access(), text_of(path)
            sim.expire_login(account, renewable=False)
            waiting = asyncio.create_task(credential.renewed(stale))
            await until(lambda: 0.1 in fake.naps)  # it waits for the lock
            assert text_of(path) == before
        await waiting
        assert json.loads(text_of(path))["token_info"]["access_token"] == credential.access_key

    async def test_it_is_not_asked_for_while_the_old_one_still_works(
        self, sim: Simulator, account: Account, options: Options, fake: FakeWorld
    ):
        """A login that ends in two days is no reason to wait."""

        async def log_in_again() -> None:
            raise AssertionError("nobody is needed")

        token = sim.log_in(account).access_token
        credential = VideoUploaderCredential(token, log_in_again=log_in_again, options=options)
        await fake.world.sleep(28 * 86400)
        assert (await credential.access()).token is not None

    async def test_where_signing_in_wants_one_a_person_may_log_in_instead(
        self, sim: Simulator, account: Account, options: Options
    ):
        """86066: the password is no way any more."""

        async def log_in_again() -> VideoUploaderCredential:
            return VideoUploaderCredential(sim.log_in(account).access_token, options=options)

        sim.faults.add("login", Code(86066), times=None)
        credential = VideoUploaderCredential(
            account=account.name, password="correct horse", log_in_again=log_in_again, options=options
        )
        assert (await credential.access()).token is not None
        assert credential.mid == account.mid

    async def test_a_wrong_password_is_told_at_once(self, sim: Simulator, account: Account, options: Options):
        """Whoever mistyped it need not wait for anybody."""

        async def log_in_again() -> None:
            raise AssertionError("nobody is needed")

        credential = VideoUploaderCredential(
            account=account.name, password="wrong", log_in_again=log_in_again, options=options
        )
        with pytest.raises(ApiException) as raised:
            await credential.access()
        assert raised.value.kind == "WRONG_PASSWORD"
