"""A login with an access key and cookies of which one half has died: the other half goes on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from tests.engine.today import DATA, Today, simulator_of_today
from tests.kit import listen, names, until

from bilibili_api.exceptions import ApiException, Retry
from bilibili_api.simulator import Code, ExpiredToken
from bilibili_api.video_uploader import VideoUploader, VideoUploaderCredential

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


@pytest.fixture
def today(sim: Simulator, account: Account, options: Options) -> Today:
    return Today(sim, account, options)


def login(
    sim: Simulator, account: Account, options: Options, *, token: str | None = None, **given: Any
) -> VideoUploaderCredential:
    """A login of the TV, or cookies beside another token."""
    made = sim.log_in(account)
    jar = {"SESSDATA": made.cookies["SESSDATA"], "bili_jct": made.cookies["bili_jct"]}
    return VideoUploaderCredential(
        token or made.access_token, cookies=jar, platform="BiliTV", options=options, **given
    )


def with_dead_token(
    sim: Simulator, account: Account, options: Options, **given: Any
) -> VideoUploaderCredential:
    return login(sim, account, options, token="f" * 32, **given)


def with_dead_cookies(
    sim: Simulator, account: Account, options: Options, **given: Any
) -> VideoUploaderCredential:
    token = sim.log_in(account).access_token
    jar = {"SESSDATA": "dead", "bili_jct": "dead"}
    return VideoUploaderCredential(token, cookies=jar, platform="BiliTV", options=options, **given)


class TestBeforeTheUpload:
    """Found by the check; one warning says which half is dead."""

    async def test_a_dead_access_key_leaves_the_cookies(
        self, today: Today, sim: Simulator, caplog: pytest.LogCaptureFixture
    ):
        """They take UPOS and the web's interface."""
        credential = with_dead_token(sim, today.account, today.options)
        await today.ends_right(today.make(credential=credential, line=None))
        assert (sim.archives[0].interface, sim.seen("chunk")) == ("web", [])
        assert caplog.text.count("the access key of the login: not accepted any more") == 1

    async def test_dead_cookies_leave_the_access_key(
        self, today: Today, sim: Simulator, caplog: pytest.LogCaptureFixture
    ):
        """It takes the PC line and the app's interface."""
        credential = with_dead_cookies(sim, today.account, today.options)
        await today.ends_right(today.make(credential=credential, line=None))
        assert (sim.archives[0].interface, sim.seen("part")) == ("app", [])
        assert caplog.text.count("the cookies of the login: not accepted any more") == 1

    async def test_what_can_be_renewed_is_renewed_first(self, today: Today, sim: Simulator):
        """Then both halves are there again."""
        made = sim.log_in(today.account)
        refresh = made.refresh_token
        credential = VideoUploaderCredential(
            made.access_token,
            refresh_token=refresh,
            cookies={"SESSDATA": "dead", "bili_jct": "dead"},
            platform="BiliTV",
            options=today.options,
        )
        access = await credential.access()
        assert len(sim.seen("refresh")) == 1
        assert access.token is not None
        assert access.cookies is not None
        assert access.cookies.values["SESSDATA"] != "dead"

    async def test_both_dead_is_an_error(self, today: Today, sim: Simulator):
        """There is nothing to go on with."""
        credential = VideoUploaderCredential(
            "f" * 32, cookies={"SESSDATA": "dead", "bili_jct": "dead"}, options=today.options
        )
        error = await today.ends_with(today.make(credential=credential, line=None))
        assert (error.kind, error.retry) == ("NOT_LOGGED_IN", Retry.LOGIN)
        assert sim.seen("preupload") == []

    async def test_after_an_hour_it_is_not_warned_of_again(
        self, today: Today, sim: Simulator, fake: FakeWorld, caplog: pytest.LogCaptureFixture
    ):
        """It is asked about again, nothing more."""
        credential = with_dead_token(sim, today.account, today.options)
        await credential.access()
        await fake.world.sleep(3601)
        assert (await credential.access()).token is None
        assert caplog.text.count("not accepted any more") == 1

    async def test_the_login_keeps_both_halves(self, today: Today, sim: Simulator):
        """What is left out is only not used: its file must not lose it."""
        credential = with_dead_token(sim, today.account, today.options)
        await credential.access()
        assert credential.access_key == "f" * 32

    @pytest.mark.parametrize(
        ("make", "given", "half"),
        [
            (with_dead_token, {"interface": "app"}, "access key"),
            (with_dead_token, {"line": "pc"}, "access key"),
            (with_dead_cookies, {"interface": "web"}, "cookies"),
            (with_dead_cookies, {"line": "bda2"}, "cookies"),
            (with_dead_cookies, {"topic": "a topic"}, "cookies"),
        ],
        ids=["app", "pc", "web", "bda2", "topic"],
    )
    async def test_what_is_forced_and_needs_the_dead_half_is_an_error(
        self, today: Today, sim: Simulator, make: Any, given: dict[str, Any], half: str
    ):
        """It says which half is dead, what needs it, and what to do; nothing is uploaded."""
        wanted: dict[str, Any] = {"line": None, "credential": make(sim, today.account, today.options)}
        error = await today.ends_with(today.make(**(wanted | given)))
        [(name, value)] = given.items()
        assert (error.kind, error.retry) == ("HALF_LOGIN_DEAD", Retry.LOGIN)
        assert f"The {half} of this login" in str(error)
        assert f"{name}={value!r} needs it" in str(error)
        assert f"leave {name} out" in error.hint
        assert sim.seen("preupload") == []

    async def test_what_adds_parts_cannot_be_left_out(self, today: Today, sim: Simulator):
        """The advice is the login that can."""
        credential = with_dead_cookies(sim, today.account, today.options)
        uploader = VideoUploader.adding(170001, today.make().pages, credential, options=today.options)
        error = await today.ends_with(uploader)
        assert (error.kind, error.hint) == ("HALF_LOGIN_DEAD", "Log in by the TV QR code.")

    async def test_what_is_forced_waits_for_a_person_who_may_log_in_again(self, today: Today, sim: Simulator):
        """Else the other half goes on without anybody."""
        asked: list[str] = []

        async def log_in_again() -> VideoUploaderCredential:
            asked.append("asked")
            return login(sim, today.account, today.options)

        for interface in (None, "app"):
            credential = with_dead_token(sim, today.account, today.options, log_in_again=log_in_again)
            await today.make(credential=credential, line="bda2", interface=interface).start()
        assert [archive.interface for archive in sim.archives] == ["web", "app"]
        assert asked == ["asked"]


class TestInTheMiddle:
    """A call is refused."""

    async def test_an_access_key_that_dies_before_the_submission_leaves_the_web(
        self, today: Today, sim: Simulator
    ):
        """The app's interface is left out, with nothing uploaded again."""
        credential = login(sim, today.account, today.options)
        uploader = today.make(credential=credential)

        async def revoke(_: Any) -> None:
            sim.expire_tokens()

        uploader.add_event_listener("AFTER_PAGE", revoke)
        heard = listen(uploader)
        await today.ends_right(uploader)
        assert [archive.interface for archive in sim.archives] == ["web"]
        assert len(sim.seen("preupload")) == 1
        assert "INTERFACE_CHANGED" in names(heard)
        assert "SUBMIT_FAILED" not in names(heard)

    async def test_cookies_that_die_between_two_pages_leave_the_pc_line(
        self, today: Today, sim: Simulator, caplog: pytest.LogCaptureFixture
    ):
        """The second page goes there; the first is not sent again."""
        credential = login(sim, today.account, today.options)
        sim.faults.add("preupload", ExpiredToken(), after=1)
        sim.faults.add("nav", Code(-101), after=1, times=None)
        second = b"a second page"
        uploader = today.make(DATA, second, credential=credential, line=None)
        await today.ends_right(uploader, DATA, second)
        assert [state.line == "pc" for state in uploader.progress.pages] == [False, True]
        assert "The upload goes on another way" in caplog.text

    async def test_a_line_that_is_forced_ends_with_what_is_kept(self, today: Today, sim: Simulator):
        """What was stored before the cookies died is said beside what to do."""
        credential = login(sim, today.account, today.options)
        sim.faults.add("preupload", ExpiredToken(), after=1)
        sim.faults.add("nav", Code(-101), after=1, times=None)
        error = await today.ends_with(today.make(DATA, b"a second page", credential=credential, threads=1))
        assert error.kind == "HALF_LOGIN_DEAD"
        assert error.kept.startswith("1 of 2 pages are stored on the server")

    async def test_an_interface_that_is_forced_waits_for_a_person(self, today: Today, sim: Simulator):
        """In the stage `login needed`; then it submits as it was told."""
        came = asyncio.Event()

        async def log_in_again() -> VideoUploaderCredential:
            await came.wait()
            return login(sim, today.account, today.options)

        credential = login(sim, today.account, today.options, log_in_again=log_in_again)
        uploader = today.make(credential=credential, interface="app")

        async def revoke(_: Any) -> None:
            sim.expire_tokens()

        uploader.add_event_listener("AFTER_PAGE", revoke)
        running = asyncio.create_task(uploader.start())
        await until(lambda: uploader.progress.stage == "login needed")
        came.set()
        await running
        assert (sim.archives[0].interface, len(sim.seen("preupload"))) == ("app", 1)

    async def test_a_refusal_that_is_not_about_either_half_leaves_both(self, today: Today, sim: Simulator):
        """Both are asked about before one is left out."""
        credential = login(sim, today.account, today.options)
        stale = await credential.access()
        assert await credential.renewed(stale) is None
        assert await credential.access() == stale

    async def test_a_check_that_fails_leaves_both(self, today: Today, sim: Simulator):
        """Trouble of the check says nothing about the login."""
        credential = login(sim, today.account, today.options)
        stale = await credential.access()
        sim.faults.add("info", Code(-412), times=None)
        assert await credential.renewed(stale) is None
        assert await credential.access() == stale


async def test_a_wrong_password_is_told_although_cookies_live(today: Today, sim: Simulator):
    """Signing in anew did not help; the cookies go on."""
    made = sim.log_in(today.account)
    credential = VideoUploaderCredential(
        "f" * 32,
        today.account.name,
        "wrong",
        cookies={name: made.cookies[name] for name in ("SESSDATA", "bili_jct")},
        options=today.options,
    )
    access = await credential.access()
    assert (access.token, len(sim.seen("login"))) == (None, 1)
    with pytest.raises(ApiException):
        await credential.login()
