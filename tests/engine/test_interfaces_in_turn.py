"""Submitting: every way that is open to a login, and the next one when one is closed (design, decision 3)."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from tests.engine.today import DATA, PARTS, Today, simulator_of_today
from tests.kit import good_meta, listen, names

from bilibili_api.engine.choice import check_way
from bilibili_api.exceptions import ApiException, Retry, SubmissionUnknown
from bilibili_api.protocol.codes import RULES
from bilibili_api.protocol.codes import Step as ProtocolStep
from bilibili_api.protocol.interfaces import INTERFACES
from bilibili_api.simulator import Answer, Code, Cut, LostAnswer, Simulator, Status
from bilibili_api.video_uploader import Options, Server, VideoUploaderCredential

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Fault
    from bilibili_api.video_uploader import VideoUploader

TV = "token and cookies"


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


@pytest.fixture
def today(sim: Simulator, account: Account, options: Options) -> Today:
    return Today(sim, account, options)


def asked(sim: Simulator) -> list[str | None]:
    """The interfaces that were submitted through, in order."""
    return [seen.interface for seen in sim.seen("submit")]


OPEN: list[tuple[str, str | None, str | None, str]] = [
    # login, line, interface, and the interface that takes the submission
    *((TV, line, None, "app") for line in (None, "auto", "bda2", "jd-tx", "pc")),
    *((TV, "bda2", name, name) for name in ("app", "web", "web-v1", "bcut-android", "bcut-pc")),
    *((TV, "pc", name, name) for name in ("app", "web", "web-v1", "bcut-android", "bcut-pc")),
    *(("cookies", line, None, "web") for line in (None, "bda2", "atbd")),
    *(("cookies", "bda2", name, name) for name in ("web", "web-v1", "bcut-pc")),
    *(("token", line, None, "app") for line in (None, "pc")),
    *(("token", "pc", name, name) for name in ("app", "bcut-android")),
    *(("key", line, None, "app") for line in (None, "pc")),
    *(("key", None, name, name) for name in ("app", "bcut-android")),
]
"""Every combination of login, line and interface that the design allows and Bilibili takes today."""


class TestEveryWay:
    """One conversation each."""

    @pytest.mark.parametrize("has", [TV, "cookies", "token", "key"])
    def test_none_is_missing(self, has: str):
        """Both kinds of line with each interface, as far as the check before an upload lets them pass."""
        login = SimpleNamespace(
            access_key=None if has == "cookies" else "key", cookies={"a": "b"} if "cookies" in has else {}
        )
        for line, interface in product(("bda2", "pc"), INTERFACES.keys() - {"client"}):  # that one is retired
            allowed = not list(check_way(login, line, interface))
            kinds = ("bda2",) if line != "pc" else ("pc",) if "cookies" in has else ("pc", None)
            tried = any((has, kind, interface, interface) in OPEN for kind in kinds)
            assert tried == allowed, (line, interface)

    @pytest.mark.parametrize(("has", "line", "interface", "taken"), OPEN)
    async def test_from_the_login_to_the_archive(
        self,
        today: Today,
        sim: Simulator,
        cover: bytes,
        has: str,
        line: str | None,
        interface: str | None,
        taken: str,
    ):
        """Pages, cover and metadata arrive, each by the rules of its interface, which the simulator checks."""
        pages = [DATA, b"a second page"]
        uploader = today.make(*pages, has=has, line=line, interface=interface, cover=cover)
        await today.ends_right(uploader, *pages)
        [archive] = sim.archives
        assert (archive.interface, archive.title, bool(archive.cover)) == (taken, "A title", True)
        over_upos = "cookies" in has and line != "pc"
        assert (uploader.progress.interface, uploader.progress.line == "pc") == (taken, not over_upos)

    @pytest.mark.parametrize("has", ["key", "password"])
    async def test_in_2021_the_pc_tool_took_everything(
        self, fake: FakeWorld, cover: bytes, has: str, options: Options
    ):
        """The published way, over the PC line."""
        async with Simulator(clock=fake.now) as sim:
            account = sim.add_account("alice", "correct horse")
            of_then = Options(Server(sim.url, sim.ca_file), options.patience, fake.world)
            today = Today(sim, account, of_then)
            await today.ends_right(today.make(has=has, line=None, cover=cover))
            assert asked(sim) == ["client"]


class TestBodies:
    """Each interface gets what it knows, under the names it knows (protocol document, 6.2 and 6.3)."""

    @pytest.mark.parametrize(
        ("interface", "on_web"),
        [("app", False), ("bcut-android", False), ("web", True), ("web-v1", True), ("bcut-pc", True)],
    )
    async def test_names_of_2021_become_those_of_today(
        self, today: Today, sim: Simulator, interface: str, on_web: bool
    ):
        """And only the web is told the number of each part, and what every browser sends."""
        given = good_meta() | {"up_close_danmaku": True, "subtitles": {"lan": "", "open": 1}}
        await today.ends_right(today.make(interface=interface, meta=given))
        body = sim.archives[0].meta
        assert (body["up_close_danmu"], body["subtitle"]) == (True, {"lan": "", "open": 1})
        assert not {"up_close_danmaku", "subtitles"} & set(body)
        assert ("cid" in body["videos"][0], "web_os" in body, "csrf" in body) == (on_web,) * 3

    async def test_the_next_interface_gets_a_body_of_its_own(self, today: Today, sim: Simulator):
        """Not that of the one that was closed."""
        sim.interfaces["app"].answer = 21150
        uploader = today.make()
        heard = listen(uploader)
        await today.ends_right(uploader)
        first, second = (data for name, data in heard if name == "PRE_SUBMIT")
        assert ("web_os" in first, "web_os" in second) == (False, True)
        assert sim.archives[0].meta == second | {"csrf": sim.archives[0].meta["csrf"]}

    async def test_an_interface_that_does_not_carry_what_is_wished_is_not_tried(
        self, today: Today, sim: Simulator
    ):
        """Not even when all that do are closed: what was wished would be lost without a word."""
        for name in ("web", "bcut-pc", "web-v1"):
            sim.interfaces[name].answer = 21150
        error = await today.ends_with(today.make(meta=good_meta() | {"watermark": {"state": 1}}))
        assert error.kind == "INTERFACE_RETIRED"
        assert asked(sim) == ["web", "bcut-pc", "web-v1"]


class TestClosed:
    """An interface that is retired, refuses this archive or is throttled for hours: the next one is tried."""

    async def test_after_a_pc_line_upload_the_app_takes_it_with_no_byte_sent_again(
        self, today: Today, sim: Simulator, caplog: pytest.LogCaptureFixture
    ):
        """21590: the PC tool is retired, its line is not; a bare access_key of 2021 still publishes."""
        uploader = today.make(has="key", line=None, chunk_size=50_000)
        heard = listen(uploader)
        await today.ends_right(uploader)
        assert asked(sim) == ["client", "app"]
        assert today.count("preupload", "chunk", "complete", "part") == [1, 2, 1, 0]
        assert "interface 'client': Bilibili answered with code 21590" in caplog.text
        assert "'app' is tried next" in caplog.text
        assert names(heard)[-5:] == [
            "PRE_SUBMIT",
            "INTERFACE_CHANGED",
            "PRE_SUBMIT",
            "AFTER_SUBMIT",
            "COMPLETE",
        ]

    async def test_the_change_is_told_once_with_its_reason(self, today: Today, sim: Simulator):
        """From where, to where, and the refusal. SUBMIT_FAILED keeps meaning that submitting is given up."""
        sim.interfaces["app"].answer = 21138
        uploader = today.make()
        heard = listen(uploader)
        await today.ends_right(uploader)
        [told] = [data for name, data in heard if name == "INTERFACE_CHANGED"]
        assert (told["from"], told["to"], told["err"].code) == ("app", "web", 21138)
        assert "SUBMIT_FAILED" not in names(heard)

    async def test_all_are_tried_and_the_last_refusal_is_the_error(
        self, today: Today, sim: Simulator, caplog: pytest.LogCaptureFixture
    ):
        """The earlier ones are in the log."""
        codes = {"app": 21150, "web": 21111, "bcut-android": 21590, "bcut-pc": 21138, "web-v1": 21564}
        for name, code in codes.items():
            sim.interfaces[name].answer = code
        uploader = today.make()
        heard = listen(uploader)
        error = await today.ends_with(uploader)
        assert (getattr(error, "code", None), asked(sim)) == (21564, list(codes))
        assert all(f"code {code}" in caplog.text for code in (21150, 21111, 21590, 21138))
        assert (names(heard).count("INTERFACE_CHANGED"), names(heard).count("SUBMIT_FAILED")) == (4, 1)
        assert "1 of 1 pages are stored" in error.kept

    async def test_a_forced_interface_that_is_closed_is_an_error(self, today: Today, sim: Simulator):
        """No other one was wished for; starting again with another one sends no byte."""
        sim.interfaces["app"].answer = 21150
        uploader = today.make(interface="app")
        error = await today.ends_with(uploader)
        assert (error.retry, asked(sim)) == (Retry.OTHER_INTERFACE, ["app"])
        uploader.interface = "bcut-android"
        await today.ends_right(uploader)
        assert today.count("part", "complete") == [PARTS, 1]

    async def test_an_interface_that_is_gone_is_closed(self, today: Today, sim: Simulator):
        """HTTP 404."""
        sim.interfaces["app"].exists = False
        await today.ends_right(today.make())
        assert asked(sim) == ["app", "web"]

    async def test_the_daily_limit_of_one_interface_is_not_that_of_another(
        self, today: Today, sim: Simulator
    ):
        """137022 of Bcut."""
        sim.interfaces["app"].answer = 21150
        sim.interfaces["web"].answer = 21150
        sim.interfaces["bcut-android"].answer = 137022
        await today.ends_right(today.make())
        assert asked(sim) == ["app", "web", "bcut-android", "bcut-pc"]


REACTIONS: dict[str, set[int]] = {
    "the next interface": {21052, 21111, 21138, 21150, 21564, 21590, -2100, 137022},
    "the same again": {-503, -509, -799, 20001, 21005, 21070, 21186},
    "another login": {-2, -101, -111, -658, -663},
    "look first": {-500, -504, -8888},
    "stop": {
        *(-1, -3, -4, -102, -106, -108, -110, -112, -113, -114, -115, -352, -400, -403, -412, -650),
        *(-688, -689, 601, 21001, 21002, 21008, 21011, 21015, 21021, 21058, 21103, 21104, 21566),
    },
}
"""What each code of section 8.2 that can come at a submission leads to."""

BY_CODE = [(code, what) for what, codes in REACTIONS.items() for code in sorted(codes)]


class TestEveryCode:
    """The reaction to each code of section 8.2 at a submission with token and cookies."""

    def test_none_is_missing(self):
        """Every row of the table that holds at a submission is looked at here."""
        known = {code for rule in RULES if ProtocolStep.SUBMIT in rule.steps for code in rule.codes}
        assert known == {code for code, _ in BY_CODE}

    @pytest.mark.parametrize(("code", "reaction"), BY_CODE)
    async def test_the_reaction_is_that_of_the_table(
        self, today: Today, sim: Simulator, fake: FakeWorld, code: int, reaction: str
    ):
        """Nothing is uploaded again, whatever it is."""
        sim.faults.add("submit", Code(code), interface="app")
        uploader = today.make(b"video")
        if reaction in {"the next interface", "the same again", "look first"}:
            await today.ends_right(uploader, b"video")
            waited = bool(fake.naps)
            expected = (["app", "web"], False) if reaction == "the next interface" else (["app", "app"], True)
            assert (asked(sim), waited) == expected
            assert bool(sim.seen("archives")) == (reaction == "look first")
        else:
            error = await today.ends_with(uploader)
            assert (getattr(error, "code", None), error.retry is Retry.LOGIN) == (
                code,
                reaction == "another login",
            )
            assert (asked(sim), fake.naps) == (["app"], [])
        assert today.count("part", "complete") == [1, 1]

    @pytest.mark.parametrize("code", [77777, -77777, 21012, 10010])
    async def test_an_unknown_code_ends_it(self, today: Today, sim: Simulator, code: int):
        """Nobody knows what it means for another interface."""
        sim.faults.add("submit", Code(code), interface="app")
        uploader = today.make(b"video")
        with pytest.raises(ApiException) as caught:
            await uploader.start()
        assert (caught.value.kind, asked(sim)) == ("REFUSED", ["app"])

    async def test_pauses_are_kept_to_before_the_next_one_is_tried(
        self, today: Today, sim: Simulator, fake: FakeWorld
    ):
        """21070 is the pace of the account, not of the interface: no other one is tried for it."""
        sim.faults.add("submit", Code(21070), times=None)
        error = await today.ends_with(today.make(b"video"))
        assert (error.kind, asked(sim), fake.naps) == ("TOO_FAST", ["app"] * 6, [30.0] * 5)


LOST: list[Fault] = [
    LostAnswer(),
    Cut(),
    Status(500),
    Status(504),
    Answer(body=b"<html>"),
    Answer(body=b"{}"),
]


class TestLostAnswers:
    """Whether the archive exists is not known: another interface could make a second one."""

    @pytest.mark.parametrize("fault", LOST, ids=repr)
    async def test_they_never_lead_to_another_interface(self, today: Today, sim: Simulator, fault: Fault):
        """The list of archives is asked; a proven absence allows one more try through the same interface."""
        sim.faults.add("submit", fault)
        await today.ends_right(today.make(b"video"), b"video")
        assert asked(sim) == (["app"] if isinstance(fault, LostAnswer) else ["app", "app"])

    async def test_after_two_that_made_nothing_the_user_is_asked(self, today: Today, sim: Simulator):
        """One more try, not many: starting again does not submit either."""
        sim.faults.add("submit", Cut(), times=None)
        uploader = today.make(b"video")
        for _ in range(2):
            assert isinstance(await today.ends_with(uploader), SubmissionUnknown)
        assert asked(sim) == ["app", "app"]

    async def test_a_login_without_cookies_cannot_look(self, today: Today, sim: Simulator):
        """One request, and an error that asks the user to look."""
        sim.faults.add("submit", LostAnswer())
        error = await today.ends_with(today.make(b"video", has="token", line="pc"))
        assert (type(error), asked(sim), len(sim.archives)) == (SubmissionUnknown, ["app"], 1)

    async def test_not_even_after_a_change(self, today: Today, sim: Simulator):
        """The second interface is no less blind."""
        sim.interfaces["app"].answer = 21150
        sim.faults.add("submit", LostAnswer(), interface="web")
        await today.ends_right(today.make(b"video"), b"video")
        assert asked(sim) == ["app", "web"]


class TestRenewal:
    """A login that ends between upload and submission."""

    def renewable(self, today: Today, sim: Simulator, **given: Any) -> VideoUploader:
        login = sim.log_in(today.account)
        credential = VideoUploaderCredential(
            access_key=login.access_token,
            refresh_token=login.refresh_token,
            cookies=login.cookies,
            platform="BiliTV",
            options=today.options,
        )
        return today.make(credential=credential, **given)

    @pytest.mark.parametrize("interface", ["app", "web", "bcut-android", "bcut-pc"])
    async def test_it_is_renewed_and_no_byte_is_sent_again(
        self, today: Today, sim: Simulator, interface: str
    ):
        """Whether it is the token or the cookies that are asked for."""
        uploader = self.renewable(today, sim, interface=interface)

        async def expire(_: object) -> None:
            sim.expire_login(today.account)

        uploader.add_event_listener("PRE_SUBMIT", expire)
        await today.ends_right(uploader)
        assert today.count("part", "complete", "refresh") == [PARTS, 1, 1]
        assert asked(sim) == [interface] * 2

    async def test_at_preupload_it_is_renewed_as_well(self, today: Today, sim: Simulator):
        """HTTP 403 there says: not logged in."""
        uploader = self.renewable(today, sim)

        async def expire(_: object) -> None:
            sim.expire_login(today.account)

        uploader.add_event_listener("PREUPLOAD", expire)
        await today.ends_right(uploader)
        assert today.count("preupload", "refresh", "part") == [2, 1, PARTS]
