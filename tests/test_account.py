"""`bilibili_api.account`: every way to log in, who one is, logging out, logins under names."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from typing import TYPE_CHECKING, Any

import pytest
from tests.kit import make_uploader, until

import bilibili_api
from bilibili_api import account as accounts
from bilibili_api.account import (
    Credential,
    Profiles,
    Puzzle,
    QrState,
    Solution,
    TvQrLogin,
    VideoUploaderCredential,
    WebQrLogin,
    logout,
    password_login,
    renew,
    sms_login,
    token_from_cookies,
    upload_form,
    whoami,
)
from bilibili_api.exceptions import ArgsException, ResponseCodeException, Retry, VerificationRequired
from bilibili_api.simulator import Code, Simulator

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account
    from bilibili_api.video_uploader import Options


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks lie in a folder of the test's."""
    monkeypatch.setenv("BVUP_HOME", str(tmp_path_factory.mktemp("home")))


class Phone:
    """A person with the account's phone: reads the codes that came, solves what is asked for."""

    def __init__(self, sim: Simulator, number: str, *, wrong: int = 0) -> None:
        self.questions: list[str] = []
        self.puzzles: list[Puzzle] = []
        self._sim = sim
        self._number = number
        self._wrong = wrong

    async def solve(self, puzzle: Puzzle) -> Solution:
        self.puzzles.append(puzzle)
        return Solution(puzzle.challenge, self._sim.captcha.validate)

    async def code(self, question: str) -> str:
        self.questions.append(question)
        if len(self.questions) <= self._wrong:
            return "0"
        return self._sim.sms.code_for(self._number)


def cookies_of(sim: Simulator, account: Account, options: Options, **given: Any) -> Credential:
    jar = sim.cookies(account)
    return Credential(jar["SESSDATA"], jar["bili_jct"], options=options, **given)


def logged_in(sim: Simulator, account: Account, options: Options, path: Path) -> VideoUploaderCredential:
    """A full login, in a file."""
    path.write_text(sim.cookies_json(account))
    return VideoUploaderCredential.from_file(path, options=options)


class TestQrLogin:
    """`async for state in TvQrLogin()`."""

    @pytest.mark.parametrize("kind", [TvQrLogin, WebQrLogin])
    async def test_the_states_come_in_their_order(
        self, sim: Simulator, account: Account, options: Options, kind: type[TvQrLogin]
    ):
        """Shown, scanned, done; each once, however often it was asked."""
        login = kind(options=options)
        states: list[QrState] = []
        async for state in login:
            states.append(state)
            code = sim.qr.pending[-1].code if sim.qr.pending else ""
            if state is QrState.SHOW:
                sim.qr.scan(code, account)
            elif state is QrState.SCANNED:
                sim.qr.confirm(code)
        assert states == [QrState.SHOW, QrState.SCANNED, QrState.DONE]

    async def test_the_tv_gives_everything_an_upload_can_need(
        self, sim: Simulator, account: Account, options: Options
    ):
        """An access key with what renews it, cookies, the platform, and nobody else's number."""
        login = await scanned(TvQrLogin(options=options), sim, account)
        session = login.session()
        assert (session.mid, session.platform, session.has_cookies) == (account.mid, "BiliTV", True)
        assert login.access_key in sim.tokens(account)
        assert session.refresh_token is not None
        assert session.expires is not None

    async def test_the_web_gives_cookies_and_what_renews_them(
        self, sim: Simulator, account: Account, options: Options
    ):
        """No access key; the names of a browser are fetched, too."""
        login = await scanned(WebQrLogin(options=options), sim, account)
        session = login.session()
        assert (session.mid, session.token, session.has_cookies) == (account.mid, None, True)
        assert session.web_refresh is not None
        assert login.cookies["SESSDATA"] == sim.cookies(account)["SESSDATA"]
        assert {"buvid3", "buvid4"} <= set(login.cookies)

    async def test_a_login_without_a_browsers_name_is_a_login(
        self, sim: Simulator, account: Account, options: Options
    ):
        """It is helpful, not required (section 2.9)."""
        sim.faults.add("buvid", Code(-400), times=None)
        login = await scanned(WebQrLogin(options=options), sim, account)
        assert "buvid3" not in login.cookies

    async def test_a_code_that_expires_is_renewed_on_the_spot(
        self, sim: Simulator, account: Account, options: Options
    ):
        """Another one is shown, with another URL; the login goes on with it."""
        login, urls = TvQrLogin(options=options), list[str]()
        async for state in login:
            if state is QrState.SHOW:
                urls.append(login.url)
                (pending,) = sim.qr.pending
                if len(urls) == 1:
                    sim.qr.expire(pending.code)
                else:
                    sim.qr.confirm(pending.code, account)
        assert len(set(urls)) == 2
        assert login.credential.mid == account.mid

    async def test_nobody_there_ends_the_login_after_the_last_code(
        self, sim: Simulator, options: Options, fake: FakeWorld
    ):
        """It says what to do, after three minutes for each code."""
        with pytest.raises(VerificationRequired, match="any of 2 QR codes") as raised:
            await TvQrLogin(options=options, codes=2).wait()
        assert "app" in raised.value.hint
        assert len(sim.seen("qr")) == 2
        assert 360 <= sum(fake.naps) <= 380

    async def test_a_question_that_fails_is_asked_again(
        self, sim: Simulator, account: Account, options: Options
    ):
        """A network that stumbles does not cost the login."""
        sim.faults.add("poll", Code(-503))
        await scanned(TvQrLogin(options=options), sim, account)

    async def test_the_code_can_be_drawn(self, sim: Simulator, options: Options, tmp_path: Path):
        """As text, small and large, and as a picture; all say the URL, which is Bilibili's."""
        login = TvQrLogin(options=options)
        async for _ in login:
            break
        small, large = login.terminal(small=True), login.terminal(small=False)
        assert len(small.splitlines()) < len(large.splitlines())
        login.png(tmp_path / "code.png")
        assert (tmp_path / "code.png").read_bytes().startswith(b"\x89PNG")
        assert login.url == sim.qr.pending[0].url

    def test_what_is_not_there_yet_is_said(self):
        """Neither a URL nor a login before somebody asked for one."""
        login = TvQrLogin()
        for name in ("url", "credential"):
            with pytest.raises(RuntimeError, match="iterate"):
                getattr(login, name)

    async def test_its_repr_shows_nothing(self, sim: Simulator, account: Account, options: Options):
        """Whoever has the code can take part in the login."""
        login = TvQrLogin(options=options)
        await scanned(login, sim, account)
        assert repr(login) == "<TvQrLogin done>"


async def scanned(login: TvQrLogin | WebQrLogin, sim: Simulator, account: Account) -> VideoUploaderCredential:
    async for state in login:
        if state is QrState.SHOW:
            sim.qr.confirm(sim.qr.pending[-1].code, account)
    return login.credential


class TestSmsLogin:
    """`await sms_login(phone, person=...)`."""

    async def test_the_code_that_came_logs_in(self, sim: Simulator, account: Account, options: Options):
        """With a token of the Android app and cookies."""
        phone = Phone(sim, account.phone)
        login = await sms_login(account.phone, person=phone, options=options)
        session = login.session()
        assert (session.mid, session.platform, session.has_cookies) == (account.mid, "Android", True)
        assert account.phone not in phone.questions[0]
        assert account.phone[:3] in phone.questions[0]

    async def test_a_number_may_be_written_as_people_do(
        self, sim: Simulator, account: Account, options: Options
    ):
        """Blanks, hyphens and the plus of the country code."""
        number = f"{account.phone[:3]} {account.phone[3:7]}-{account.phone[7:]}"
        await sms_login(number, country="+86", person=Phone(sim, account.phone), options=options)
        assert sim.sms.sent[0].phone == account.phone

    async def test_a_captcha_is_handed_to_the_person(self, sim: Simulator, options: Options):
        """And goes back with the same question."""
        careful = sim.add_account("careful", "x", wants_captcha=True)
        phone = Phone(sim, careful.phone)
        login = await sms_login(careful.phone, person=phone, options=options)
        assert login.mid == careful.mid
        assert len(phone.puzzles) == 1

    async def test_a_mistyped_code_is_asked_for_again(
        self, sim: Simulator, account: Account, options: Options
    ):
        """The question says that it was wrong; no other message is sent."""
        phone = Phone(sim, account.phone, wrong=2)
        await sms_login(account.phone, person=phone, options=options)
        assert "not it" in phone.questions[1]
        assert len(sim.sms.sent) == 1

    async def test_after_three_wrong_codes_it_ends(self, sim: Simulator, account: Account, options: Options):
        """The error says what to do."""
        with pytest.raises(ResponseCodeException) as raised:
            await sms_login(account.phone, person=Phone(sim, account.phone, wrong=9), options=options)
        assert (raised.value.code, raised.value.kind) == (1006, "WRONG_CODE")

    @pytest.mark.parametrize(("number", "country"), [("abc", "86"), ("", "86"), ("13800000000", "China")])
    async def test_what_is_no_number_is_refused_at_once(
        self, sim: Simulator, options: Options, number: str, country: str
    ):
        """Nothing is sent."""
        with pytest.raises(ArgsException, match="phone number"):
            await sms_login(number, country=country, person=Phone(sim, number), options=options)
        assert sim.exchanges == []


class TestPasswordLogin:
    """`await password_login(account, password, person=...)`."""

    async def test_it_logs_in_as_the_android_app(self, sim: Simulator, account: Account, options: Options):
        """It works today, unlike the PC tool's way."""
        phone = Phone(sim, account.phone)
        login = await password_login(account.name, account.password, person=phone, options=options)
        session = login.session()
        assert (session.mid, session.platform, session.has_cookies) == (account.mid, "Android", True)
        assert phone.puzzles == []

    async def test_a_captcha_is_handed_to_the_person(self, sim: Simulator, options: Options):
        """And the login repeated with its solution, under a fresh key."""
        careful = sim.add_account("careful", "secret", wants_captcha=True)
        phone = Phone(sim, careful.phone)
        login = await password_login(careful.name, "secret", person=phone, options=options)
        assert login.mid == careful.mid
        assert len(sim.seen("key")) == 2

    async def test_a_refusal_that_names_no_captcha_fetches_one(
        self, sim: Simulator, account: Account, options: Options
    ):
        """-105 alone: the captcha of section 2.6 is asked for."""
        sim.faults.add("login", Code(-105, "captcha"))
        phone = Phone(sim, account.phone)
        await password_login(account.name, account.password, person=phone, options=options)
        assert [seen.interface for seen in sim.seen("captcha")] == [None]
        assert len(phone.puzzles) == 1

    async def test_a_phone_is_verified_and_a_full_login_made_of_it(self, sim: Simulator, options: Options):
        """The verification gives cookies only; they confirm a code of the TV, which gives the access key."""
        risky = sim.add_account("risky", "secret", needs_verification=True)
        login = await password_login(risky.name, "secret", person=Phone(sim, risky.phone), options=options)
        session = login.session()
        assert (session.mid, session.platform, session.has_cookies) == (risky.mid, "BiliTV", True)

    async def test_a_wrong_password_is_sent_once(self, sim: Simulator, account: Account, options: Options):
        """Many tries lock the account."""
        with pytest.raises(ResponseCodeException) as raised:
            await password_login(account.name, "wrong", person=Phone(sim, ""), options=options)
        assert raised.value.code == -629
        assert len(sim.seen("login")) == 1

    async def test_a_key_that_was_too_old_is_fetched_again_once(
        self, sim: Simulator, account: Account, options: Options
    ):
        """Section 2.2: -662 restarts the flow."""
        sim.faults.add("login", Code(-662))
        await password_login(account.name, account.password, person=Phone(sim, ""), options=options)
        assert len(sim.seen("key")) == 2


class TestTokenFromCookies:
    """`await token_from_cookies(credential)` (section 2.4)."""

    async def test_cookies_become_a_full_login(self, sim: Simulator, account: Account, options: Options):
        """An access key of the TV, what renews it, and fresh cookies."""
        login = await token_from_cookies(cookies_of(sim, account, options))
        session = login.session()
        assert (session.mid, session.platform, session.has_cookies) == (account.mid, "BiliTV", True)
        assert session.refresh_token is not None

    async def test_dead_cookies_are_an_error_that_says_so(
        self, sim: Simulator, account: Account, options: Options
    ):
        """Only logging in helps."""
        credential = cookies_of(sim, account, options)
        sim.expire_login(account)
        with pytest.raises(ResponseCodeException) as raised:
            await token_from_cookies(credential)
        assert (raised.value.code, raised.value.kind) == (-101, "NOT_LOGGED_IN")

    async def test_without_cookies_there_is_nothing_to_make_it_of(
        self, sim: Simulator, account: Account, options: Options
    ):
        """An access key alone."""
        with pytest.raises(ArgsException, match="no cookies"):
            await token_from_cookies(VideoUploaderCredential(account.access_key, options=options))
        assert sim.exchanges == []


class TestWhoami:
    """`await whoami(credential)`."""

    async def test_a_full_login_tells_everything(
        self, sim: Simulator, account: Account, options: Options, tmp_path: Path
    ):
        """Name, level, days, and that it renews itself."""
        who = await whoami(logged_in(sim, account, options, tmp_path / "cookies.json"))
        assert (who.mid, who.name, who.level) == (account.mid, "alice", account.level)
        assert (who.platform, who.has_token, who.has_cookies, who.can_renew) == ("BiliTV", True, True, True)
        assert who.days_left is not None
        assert who.days_left >= 29
        assert (who.max_parts, who.max_file_size) == (100, 16 * 1024**3)

    async def test_what_the_account_may_submit_is_asked_for_by_cookies(
        self, sim: Simulator, account: Account, options: Options
    ):
        """Partitions, parts of each, and what else the form has to choose from."""
        form = await upload_form(cookies_of(sim, account, options))
        assert (form.zones[21], form.part_limits[21], form.part_limits[171]) == ("日常", 50, 100)
        assert (len(form.neutral_marks), len(form.industries)) == (6, 15)

    async def test_an_access_key_alone_cannot_ask_what_it_may_submit(
        self, sim: Simulator, account: Account, options: Options
    ):
        """It is told what would help, and nothing is sent."""
        with pytest.raises(ArgsException, match="cookies") as caught:
            await upload_form(VideoUploaderCredential(account.access_key, options=options))
        assert "QR code" in caught.value.hint
        assert sim.exchanges == []

    async def test_a_bare_access_key_tells_whose_it_is(
        self, sim: Simulator, account: Account, options: Options
    ):
        """Name and level come without cookies, too."""
        who = await whoami(VideoUploaderCredential(account.access_key, options=options))
        assert (who.mid, who.name, who.has_token, who.has_cookies) == (account.mid, "alice", True, False)
        assert who.can_renew is False

    async def test_the_key_pair_of_a_token_is_found_out(
        self, sim: Simulator, account: Account, options: Options
    ):
        """A token says nothing about it; asking does."""
        token = sim.log_in(account, "Android").access_token
        who = await whoami(VideoUploaderCredential(token, options=options))
        assert who.platform == "Android"

    async def test_cookies_tell_whose_they_are(self, sim: Simulator, account: Account, options: Options):
        """As `Credential`."""
        who = await whoami(cookies_of(sim, account, options))
        assert (who.mid, who.name, who.has_token, who.platform) == (account.mid, "alice", False, None)

    async def test_the_wrong_platform_does_no_harm(self, sim: Simulator, account: Account, options: Options):
        """Whose token it is is found out."""
        token = sim.log_in(account, "Android").access_token
        identity = await whoami(VideoUploaderCredential(token, platform="BiliTV", options=options))
        assert (identity.mid, identity.platform) == (account.mid, "Android")

    async def test_a_token_of_another_key_pair_is_told_so(
        self, sim: Simulator, account: Account, options: Options
    ):
        """Of one that nobody here knows; with what to do."""
        sim.faults.add("info", Code(-663), times=None)
        with pytest.raises(ResponseCodeException) as raised:
            await whoami(VideoUploaderCredential(account.access_key, options=options))
        assert (raised.value.code, raised.value.retry) == (-663, Retry.LOGIN)
        assert "key pair" in raised.value.hint

    @pytest.mark.parametrize("renewable", [True, False])
    async def test_a_dead_login_is_an_error_and_is_not_renewed(
        self, sim: Simulator, account: Account, options: Options, tmp_path: Path, renewable: bool
    ):
        """Asking changes nothing."""
        credential = logged_in(sim, account, options, tmp_path / "cookies.json")
        sim.expire_login(account, renewable=renewable)
        with pytest.raises(ResponseCodeException) as raised:
            await whoami(credential)
        assert raised.value.retry is Retry.LOGIN
        assert sim.seen("refresh") == []


class TestLogout:
    """`await logout(credential)` revokes."""

    async def test_nothing_of_the_login_works_afterwards(
        self, sim: Simulator, account: Account, options: Options, tmp_path: Path
    ):
        """Neither cookies nor token."""
        credential = logged_in(sim, account, options, tmp_path / "cookies.json")
        token = credential.access_key
        await logout(credential)
        assert token not in sim.tokens(account)
        with pytest.raises(ResponseCodeException):
            await whoami(credential)

    async def test_cookies_that_do_not_say_whose_they_are_are_completed(
        self, sim: Simulator, account: Account, options: Options
    ):
        """`Credential(sessdata, bili_jct)` is enough."""
        credential = cookies_of(sim, account, options)
        await logout(credential)
        with pytest.raises(ResponseCodeException):
            await whoami(credential)

    async def test_a_token_alone_cannot_be_ended(self, sim: Simulator, account: Account, options: Options):
        """The error says where it can."""
        with pytest.raises(ArgsException) as raised:
            await logout(VideoUploaderCredential(account.access_key, options=options))
        assert "bilibili.com" in raised.value.hint


class TestProfiles:
    """Logins under names."""

    @pytest.fixture
    def profiles(self, tmp_path: Path) -> Profiles:
        return Profiles(tmp_path / "accounts")

    def credential(self, key: str = "0" * 32) -> VideoUploaderCredential:
        return VideoUploaderCredential(
            key, refresh_token="r", cookies={"SESSDATA": "s", "bili_jct": "j"}, platform="BiliTV"
        )

    def test_what_is_saved_comes_back(self, profiles: Profiles):
        """Token, cookies and platform."""
        profiles.save("me", self.credential())
        again = profiles.load("me")
        assert (again.access_key, again.platform) == ("0" * 32, "BiliTV")
        assert again.cookies == {"SESSDATA": "s", "bili_jct": "j"}

    @pytest.mark.skipif(os.name == "nt", reason="rights are another matter there")
    def test_only_the_owner_can_read_it(self, profiles: Profiles, tmp_path: Path):
        """Whatever the mask of the process."""
        profiles.save("me", self.credential())
        assert stat.S_IMODE((tmp_path / "accounts" / "me.json").stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "accounts").stat().st_mode) & 0o077 == 0

    def test_names_are_listed_and_forgotten(self, profiles: Profiles):
        """In their order."""
        for name in ("b", "a.b@c", "频道"):
            profiles.save(name, self.credential())
        profiles.remove("b")
        assert profiles.names() == ("a.b@c", "频道")

    def test_the_only_one_is_in_use(self, profiles: Profiles):
        """Of several, the one that was chosen."""
        assert profiles.current() is None
        profiles.save("a", self.credential("a" * 32))
        assert profiles.current() == "a"
        profiles.save("b", self.credential("b" * 32))
        assert profiles.current() is None
        profiles.use("b")
        assert profiles.load().access_key == "b" * 32
        profiles.remove("b")
        assert profiles.current() == "a"

    @pytest.mark.parametrize("do", [Profiles.load, Profiles.use, Profiles.remove])
    def test_an_unknown_name_is_told_with_those_there_are(
        self, profiles: Profiles, do: Callable[[Profiles, str], object]
    ):
        """A typing mistake is seen at once."""
        profiles.save("me", self.credential())
        with pytest.raises(ArgsException, match="'mee'") as raised:
            do(profiles, "mee")
        assert "me." in raised.value.hint

    @pytest.mark.parametrize("name", ["", "..", "../x", "a/b", ".hidden", "dot.", "x" * 65, "a\nb", "a\\b"])
    def test_a_name_that_cannot_be_a_files_is_refused(self, profiles: Profiles, name: str, tmp_path: Path):
        """Nothing is written anywhere."""
        with pytest.raises(ArgsException, match="name of a profile"):
            profiles.save(name, self.credential())
        assert list(tmp_path.iterdir()) == []

    def test_a_file_of_another_program_is_imported_and_exported(
        self, profiles: Profiles, tmp_path: Path, sim: Simulator, account: Account
    ):
        """What it held that nobody here knows comes out again."""
        there = {**json.loads(sim.cookies_json(account)), "theirs": 1}
        (tmp_path / "cookies.json").write_text(json.dumps(there))
        profiles.import_file(tmp_path / "cookies.json", "me")
        profiles.export("me", tmp_path / "again.json")
        assert json.loads((tmp_path / "again.json").read_text()) == there
        if os.name != "nt":
            assert stat.S_IMODE((tmp_path / "again.json").stat().st_mode) == 0o600

    def test_a_damaged_file_is_told_by_its_name(self, tmp_path: Path):
        """With what is wrong with it."""
        (tmp_path / "cookies.json").write_text('{"cookie_info": {"cook')
        with pytest.raises(ArgsException, match=r"cookies\.json.*breaks off"):
            VideoUploaderCredential.from_file(tmp_path / "cookies.json")

    async def test_a_profile_is_renewed_on_demand(
        self, sim: Simulator, account: Account, options: Options, tmp_path: Path, profiles: Profiles
    ):
        """The file has the new login, and the old one is dead."""
        profiles.save("me", logged_in(sim, account, options, tmp_path / "cookies.json"))
        old = profiles.load("me").access_key
        assert await renew("me", folder=tmp_path / "accounts", options=options)
        fresh = profiles.load("me").access_key
        assert fresh != old
        assert fresh in sim.tokens(account)
        assert old not in sim.tokens(account)


async def test_a_profile_uploads(sim: Simulator, account: Account, options: Options, tmp_path: Path):
    """From nothing to a published video."""
    login = await scanned(TvQrLogin(options=options), sim, account)
    Profiles(tmp_path).save("me", login)
    credential = VideoUploaderCredential.from_profile("me", folder=tmp_path, options=options)
    result = await make_uploader(account, options, b"video", credential=credential).start()
    assert result == {"aid": sim.archives[0].aid, "bvid": sim.archives[0].bvid}
    assert sim.archives[0].mid == account.mid


async def test_credential_uploads(sim: Simulator, account: Account, options: Options):
    """Web cookies as users of bilibili-api know them."""
    uploader = make_uploader(account, options, b"video")
    uploader.credential = cookies_of(sim, account, options)
    await uploader.start()
    assert sim.archives[0].mid == account.mid


def test_credential_is_exported_where_users_expect_it():
    """`from bilibili_api import Credential`."""
    assert bilibili_api.Credential is accounts.Credential


async def test_two_logins_at_once_do_not_disturb_each_other(
    sim: Simulator, account: Account, options: Options
):
    """Each has its own code."""
    other = sim.add_account("other", "x")
    first, second = TvQrLogin(options=options), WebQrLogin(options=options)

    async def people() -> None:
        await until(lambda: len(sim.qr.pending) >= 2)
        for code in sim.qr.pending:
            sim.qr.confirm(code.code, account if code.kind == "tv" else other)

    one, two, _ = await asyncio.gather(first.wait(), second.wait(), people())
    assert (one.mid, two.mid) == (account.mid, other.mid)
