"""Which line and which interfaces a login speaks, and what is wrong with those that are forced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from tests.engine.today import Today, simulator_of_today
from tests.kit import good_meta

from bilibili_api.engine.calls import Calls
from bilibili_api.engine.carrying import choose_line
from bilibili_api.engine.choice import check_way, choose_interfaces, interfaces_for
from bilibili_api.engine.pc_line import PcLine
from bilibili_api.engine.upos_line import UposLine
from bilibili_api.exceptions import InvalidUpload
from bilibili_api.protocol.cookies import Cookies
from bilibili_api.protocol.interfaces import INTERFACES, Access
from bilibili_api.protocol.lines import KNOWN
from bilibili_api.redaction import Secret
from bilibili_api.video_uploader import Options, VideoUploaderCredential

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.kit import FakeWorld

    from bilibili_api.engine.http import Http
    from bilibili_api.simulator import Account, Simulator

COOKIES = {"SESSDATA": "s%2C1", "bili_jct": "0" * 32}
TOKEN = "0123456789abcdef0123456789abcdef"

LOGINS = {
    "both": VideoUploaderCredential(access_key=TOKEN, cookies=COOKIES),
    "cookies": VideoUploaderCredential(cookies=COOKIES),
    "key": VideoUploaderCredential(access_key=TOKEN),
    "token of the TV": VideoUploaderCredential(access_key=TOKEN, platform="BiliTV"),
    "password": VideoUploaderCredential(account="alice", password="secret"),
}

WITH_TOKEN = {"both", "key", "token of the TV", "password"}
WITH_COOKIES = {"both", "cookies"}


def access_of(login: str) -> Access:
    credential = LOGINS[login]
    return Access(
        token=Secret(TOKEN) if login in WITH_TOKEN else None,
        cookies=Cookies(COOKIES) if login in WITH_COOKIES else None,
        platform=credential.platform,
    )


class TestWhatALoginCanUse:
    """`check_way` tells before the first byte."""

    @pytest.mark.parametrize("login", LOGINS)
    @pytest.mark.parametrize("line", [None, "auto", "pc", *KNOWN])
    def test_a_line_needs_what_it_needs(self, login: str, line: str | None):
        """The PC line an access_key, all others cookies; what is chosen here always fits."""
        fits = line in {None, "auto"} or login in (WITH_TOKEN if line == "pc" else WITH_COOKIES)
        assert [problem.field for problem in check_way(LOGINS[login], line, None)] == ["line"] * (not fits)

    @pytest.mark.parametrize("login", LOGINS)
    @pytest.mark.parametrize("interface", [None, "auto", *INTERFACES])
    def test_an_interface_needs_what_it_needs(self, login: str, interface: str | None):
        """The web's ones and Bcut for PC cookies, all others an access_key."""
        known = INTERFACES.get(interface or "")
        needs = WITH_TOKEN if known is not None and "token" in known.needs else WITH_COOKIES
        fits = known is None or login in needs
        found = [problem.field for problem in check_way(LOGINS[login], None, interface)]
        assert found == ["interface"] * (not fits)

    @pytest.mark.parametrize(
        ("line", "needs"),
        [("bda2", "needs cookies to reach upos-cs-upcdnbda2.bilivideo.com."), ("estx", "needs cookies.")],
    )
    def test_a_line_names_its_host_where_it_is_known(self, line: str, needs: str):
        """Of some, only the server knows where they are."""
        [problem] = check_way(LOGINS["key"], line, None)
        assert problem.what == f"is {line!r}, which {needs}"

    @pytest.mark.parametrize("line", ["nowhere", "", "upos", 7, b"pc", ["pc"]])
    def test_an_unknown_line_is_a_problem_that_names_the_known_ones(self, line: object):
        """Whatever it is."""
        [problem] = check_way(LOGINS["both"], line, None)
        assert problem.field == "line"
        assert problem.fix

    def test_a_mistyped_line_is_answered_with_all_there_are(self):
        """The PC line among them."""
        [problem] = check_way(LOGINS["both"], "bda3", None)
        assert all(name in problem.fix for name in (*KNOWN, "pc"))

    @pytest.mark.parametrize("interface", ["nowhere", "", 7, ["web"]])
    def test_an_unknown_interface_is_a_problem(self, interface: object):
        """With the known ones."""
        [problem] = check_way(LOGINS["both"], None, interface)
        assert (problem.field, "web" in problem.fix) == ("interface", True)


class TestChosen:
    """What is taken when nothing is forced (design, decision 3)."""

    @pytest.mark.parametrize("line", [None, "auto"])
    @pytest.mark.parametrize("login", LOGINS)
    def test_cookies_speak_upos_and_an_access_key_alone_the_pc_line(self, login: str, line: str | None):
        """With both: UPOS."""
        kind = UposLine if login in WITH_COOKIES else PcLine
        assert isinstance(choose_line(_no_calls(), access_of(login), line, 1000), kind)

    @pytest.mark.parametrize(("line", "kind"), [("pc", PcLine), ("bda2", UposLine), ("jd-tx", UposLine)])
    def test_a_line_may_be_forced(self, line: str, kind: type):
        """By its name."""
        assert isinstance(choose_line(_no_calls(), access_of("both"), line, 1000), kind)

    @pytest.mark.parametrize(
        ("login", "order"),
        [
            ("both", ["app", "web", "bcut-android", "bcut-pc", "web-v1"]),
            ("cookies", ["web", "bcut-pc", "web-v1"]),
            ("key", ["client", "app", "bcut-android"]),
            ("token of the TV", ["app", "bcut-android"]),
            ("password", ["client", "app", "bcut-android"]),
        ],
    )
    @pytest.mark.parametrize("interface", [None, "auto"])
    def test_interfaces_are_tried_in_their_order(self, login: str, order: list[str], interface: str | None):
        """What is checked beforehand is what is tried."""
        assert [found.name for found in choose_interfaces(access_of(login), interface)] == order
        assert list(interfaces_for(LOGINS[login], interface)) == order

    def test_a_forced_interface_is_the_only_one(self):
        """By any of its names."""
        assert [found.name for found in choose_interfaces(access_of("both"), "B_CUT_PC")] == ["bcut-pc"]
        assert interfaces_for(LOGINS["both"], "B_CUT_PC") == ("bcut-pc",)

    @pytest.mark.parametrize("interface", ["nowhere", 7])
    def test_metadata_is_not_blamed_for_an_interface_that_does_not_exist(self, interface: object):
        """What any interface carries is no problem then."""
        assert interfaces_for(LOGINS["both"], interface) == tuple(INTERFACES)

    def test_metadata_is_not_blamed_for_a_credential_that_is_none(self):
        """It is the credential that is reported."""
        assert interfaces_for(None, None) == tuple(INTERFACES)


def _no_calls() -> Calls:
    return Calls(cast("Http", None), Options(), LOGINS["both"])


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


@pytest.fixture
def today(sim: Simulator, account: Account, options: Options) -> Today:
    return Today(sim, account, options)


class TestBeforeTheFirstByte:
    """All of it is found by `check`, and by `start` before anything is sent."""

    @pytest.mark.parametrize(
        ("has", "given", "field"),
        [
            ("key", {"line": "bda2"}, "line"),
            ("cookies", {"line": "pc"}, "line"),
            ("cookies", {"line": "bda3"}, "line"),
            ("cookies", {"line": "bda2", "interface": "app"}, "interface"),
            ("key", {"line": None, "interface": "web"}, "interface"),
            ("cookies", {"line": "bda2", "interface": "nowhere"}, "interface"),
        ],
    )
    async def test_a_way_that_is_not_open_is_a_problem(
        self, today: Today, sim: Simulator, has: str, given: dict[str, Any], field: str
    ):
        """Nothing was sent, not even to check the login."""
        uploader = today.make(has=has, **given)
        with pytest.raises(InvalidUpload) as caught:
            await uploader.start()
        assert [problem.field for problem in caught.value.problems] == [field]
        assert sim.exchanges == []

    async def test_metadata_that_the_only_interface_does_not_carry_is_a_problem(
        self, today: Today, sim: Simulator
    ):
        """It would be lost without a word."""
        uploader = today.make(interface="app", meta=good_meta() | {"watermark": {"state": 1}})
        with pytest.raises(InvalidUpload) as caught:
            await uploader.start()
        assert [problem.field for problem in caught.value.problems] == ["meta.watermark"]
        assert sim.exchanges == []

    async def test_a_later_interface_that_carries_it_is_taken(self, today: Today, sim: Simulator):
        """Here the web's, although the app's comes first."""
        await today.ends_right(today.make(meta=good_meta() | {"watermark": {"state": 1}}))
        assert [seen.interface for seen in sim.seen("submit")] == ["web"]

    async def test_a_description_too_long_for_the_pc_tool_goes_through_the_app(
        self, today: Today, sim: Simulator
    ):
        """The PC tool took 250 characters, all others take 2000."""
        await today.ends_right(today.make(has="key", line=None, meta=good_meta() | {"desc": "x" * 2000}))
        assert [seen.interface for seen in sim.seen("submit")] == ["app"]
