"""What a credential may be made of, beyond what was published; and that it never shows a secret."""

from __future__ import annotations

import copy
import inspect
import json
import logging
import pickle
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.kit import make_uploader

from bilibili_api import Credential, account
from bilibili_api.exceptions import ApiException, ArgsException, InvalidUpload
from bilibili_api.simulator import Code
from bilibili_api.video_uploader import VideoUploaderCredential

if TYPE_CHECKING:
    from pathlib import Path

    from bilibili_api.engine.holder import Holder
    from bilibili_api.simulator import Account, Simulator, Step
    from bilibili_api.video_uploader import Options

KEY = "0123456789abcdef0123456789abcdef"
SECRETS = ("sessdata-secret", "jct-secret", "refresh-secret", "time-secret", KEY)
JAR = {"SESSDATA": "sessdata-secret", "bili_jct": "jct-secret"}


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks lie in a folder of the test's."""
    monkeypatch.setenv("BVUP_HOME", str(tmp_path_factory.mktemp("home")))


def full() -> VideoUploaderCredential:
    return VideoUploaderCredential(KEY, refresh_token="refresh-secret", cookies=JAR, platform="BiliTV")


def web() -> Credential:
    return Credential("sessdata-secret", "jct-secret", "b3", "b4", "42", "time-secret")


class TestVideoUploaderCredential:
    @pytest.mark.parametrize(
        "cookies",
        [JAR, "SESSDATA=sessdata-secret; bili_jct=jct-secret", "Cookie: SESSDATA=x;bili_jct=y; a=b"],
    )
    def test_cookies_are_given_as_a_mapping_or_as_a_header(self, cookies: Any):
        """With or without an access key."""
        for key in (None, KEY):
            assert set(VideoUploaderCredential(key, cookies=cookies).cookies) == {"SESSDATA", "bili_jct"}

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"cookies": {"SESSDATA": "x"}}, "lack bili_jct"),
            ({"cookies": "SESSDATA=x"}, "lack bili_jct"),
            ({"cookies": {"SESSDATA": "line\nbreak", "bili_jct": "x"}}, "SESSDATA has characters"),
            ({"cookies": {"SESSDATA": 5}}, "cookies is dict"),
            ({"cookies": 5}, "cookies is int"),
            ({"cookies": "nothing"}, "no form"),
            ({"cookies": {}}, "needs an access key"),
            ({"access_key": "line\nbreak"}, "access_key is empty or has"),
            ({"access_key": KEY, "refresh_token": 5}, "refresh_token is int"),
            ({"access_key": KEY, "refresh_token": "x y"}, "refresh_token is empty or has"),
            ({"access_key": KEY, "platform": "PlayStation"}, "platform is 'PlayStation'"),
            ({"account": "a", "password": "b", "platform": "pc"}, "belong to an access key"),
            ({"account": "a", "password": "b", "refresh_token": KEY}, "belong to an access key"),
        ],
        ids=str,
    )
    def test_what_cannot_work_is_refused_at_once(self, given: dict[str, Any], said: str):
        """With what is wrong and what to do, in far less than a second."""
        begun = time.process_time()
        with pytest.raises(ArgsException, match=said):
            VideoUploaderCredential(**given)
        assert time.process_time() - begun < 1

    def test_incomplete_cookies_beside_an_access_key_are_left_out(self):
        """The key is enough."""
        access = VideoUploaderCredential(KEY, cookies={"SESSDATA": "x"}).session().access()
        assert (access.cookies, access.token is not None) == (None, True)

    async def test_cookies_alone_are_no_access_key(self, sim: Simulator, account: Account, options: Options):
        """Whoever asks for one is told what to do."""
        credential = VideoUploaderCredential(cookies=sim.cookies(account), options=options)
        with pytest.raises(ArgsException):
            await credential.get_access_key()
        assert (await credential.access()).token is None

    async def test_a_bare_access_key_that_is_dead_waits_for_a_person(
        self, sim: Simulator, account: Account, options: Options
    ):
        """Who logs in again goes on with the same upload: nothing is sent twice."""

        async def log_in_again() -> VideoUploaderCredential:
            return VideoUploaderCredential(sim.log_in(account).access_token, options=options)

        credential = VideoUploaderCredential(account.access_key, log_in_again=log_in_again, options=options)
        sim.faults.add("submit", Code(-101))
        await make_uploader(account, options, b"video", credential=credential).start()
        assert (len(sim.archives), len(sim.seen("preupload"))) == (1, 1)
        assert credential.access_key != account.access_key

    def test_another_access_key_may_be_set(self):
        """As the published attribute allows; what belonged to the login stays."""
        credential = full()
        credential.access_key = "f" * 32
        session = credential.session()
        assert session.token is not None
        assert (session.token.reveal(), session.has_cookies) == ("f" * 32, True)

    def test_new_arguments_are_keyword_only_and_optional(self):
        """The published three stay the only positions."""
        parameters = inspect.signature(VideoUploaderCredential).parameters.values()
        assert [each.name for each in parameters if each.kind is not each.KEYWORD_ONLY] == [
            "access_key",
            "account",
            "password",
        ]
        assert all(each.default is None for each in parameters)


class TestFromFile:
    async def test_a_file_of_another_program_uploads(
        self, sim: Simulator, account: Account, options: Options, tmp_path: Path
    ):
        """The canonical form."""
        (tmp_path / "cookies.json").write_text(sim.cookies_json(account))
        credential = VideoUploaderCredential.from_file(tmp_path / "cookies.json", options=options)
        await make_uploader(account, options, b"video", credential=credential).start()
        assert sim.archives[0].mid == account.mid

    async def test_what_is_no_json_is_read_and_never_written(
        self, sim: Simulator, account: Account, options: Options, tmp_path: Path
    ):
        """A Cookie header, for instance."""
        jar, path = sim.cookies(account), tmp_path / "cookies.txt"
        path.write_text(f"SESSDATA={jar['SESSDATA']}; bili_jct={jar['bili_jct']}")
        credential = VideoUploaderCredential.from_file(path, options=options)
        before = text_of(path)
        await make_uploader(account, options, b"video", credential=credential).start()
        assert text_of(path) == before

    async def test_a_wrapped_file_stays_wrapped(
        self, sim: Simulator, account: Account, options: Options, tmp_path: Path
    ):
        """The program it belongs to goes on reading it after a renewal."""
        path = tmp_path / "cookie.json"
        inner = json.loads(sim.cookies_json(account))
        inner["access_token"] = inner["token_info"]["access_token"]
        path.write_text(json.dumps({"code": 0, "message": "0", "data": inner}))
        credential = VideoUploaderCredential.from_file(path, options=options)
        assert await credential.renew_now()
        written = json.loads(text_of(path))
        assert written["code"] == 0
        assert written["data"]["access_token"] == credential.access_key in sim.tokens(account)

    def test_a_file_that_is_not_there_is_told(self, tmp_path: Path):
        """By its name."""
        with pytest.raises(ArgsException, match=r"nowhere\.json"):
            VideoUploaderCredential.from_file(tmp_path / "nowhere.json")

    def test_a_folder_is_told(self, tmp_path: Path):
        """It is no file."""
        with pytest.raises(ArgsException, match="is a directory"):
            VideoUploaderCredential.from_file(tmp_path)

    def test_no_profile_is_told(self, tmp_path: Path):
        """With what to do."""
        with pytest.raises(ArgsException) as raised:
            VideoUploaderCredential.from_profile(folder=tmp_path)
        assert "Log in first" in raised.value.hint


class TestCredential:
    def test_its_names_are_those_users_know(self):
        """Arguments by position or by keyword, and attributes."""
        names = ["sessdata", "bili_jct", "buvid3", "buvid4", "dedeuserid", "ac_time_value"]
        assert list(inspect.signature(Credential).parameters)[:6] == names
        assert [getattr(web(), name) for name in names] == [
            "sessdata-secret",
            "jct-secret",
            "b3",
            "b4",
            "42",
            "time-secret",
        ]

    def test_the_cookies_have_the_names_they_are_sent_with(self):
        """What is not given is not sent."""
        assert Credential("s", "j", dedeuserid="42").cookies == {
            "SESSDATA": "s",
            "bili_jct": "j",
            "DedeUserID": "42",
        }

    @pytest.mark.parametrize(
        ("credential", "said"),
        [
            (Credential(), "empty"),
            (Credential("s"), "lack bili_jct"),
            (Credential(bili_jct="j"), "lack SESSDATA"),
        ],
        ids=["nothing", "no bili_jct", "no sessdata"],
    )
    async def test_too_little_is_told_when_it_is_used(
        self, credential: Credential, said: str, account: Account, options: Options, sim: Simulator
    ):
        """Before anything is sent."""
        uploader = make_uploader(account, options, b"video")
        uploader.credential = credential
        with pytest.raises(ArgsException, match=said):
            await uploader.start()
        assert sim.exchanges == []

    async def test_cookies_cannot_take_the_pc_line(self, account: Account, options: Options, sim: Simulator):
        """The check says so, with what to do."""
        uploader = make_uploader(account, options, b"video", line="pc")
        uploader.credential = web()
        with pytest.raises(InvalidUpload, match="access key"):
            await uploader.start()
        assert sim.exchanges == []


class TestSecrecy:
    @pytest.mark.parametrize("credential", [full(), web()], ids=lambda each: type(each).__name__)
    def test_a_repr_names_what_is_there_and_shows_nothing(self, credential: Holder):
        """Also that of what it consists of."""
        shown = f"{credential!r} {credential} {credential.session()!r} {credential.session().access()!r}"
        assert "essdata" in shown or "cookies" in shown
        for secret in SECRETS:
            assert secret not in shown

    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    @pytest.mark.parametrize("credential", [full(), web()], ids=lambda each: type(each).__name__)
    def test_a_pickle_holds_no_secret_and_comes_back_empty(self, credential: Holder, protocol: int):
        """What comes out says that it holds nothing."""
        pickled = pickle.dumps(credential, protocol)
        for secret in SECRETS:
            assert secret.encode() not in pickled
        assert "nothing" in repr(pickle.loads(pickled))

    @pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
    def test_a_copy_within_the_program_is_complete(self, duplicate: Any):
        """Nothing leaves the program."""
        one, two = duplicate(full()), duplicate(web())
        assert (one.access_key, one.cookies, one.platform) == (KEY, JAR, "BiliTV")
        assert one.session().refresh_token == full().session().refresh_token
        assert (two.sessdata, two.ac_time_value) == ("sessdata-secret", "time-secret")

    async def test_copies_renew_once(
        self, sim: Simulator, account: Account, options: Options, tmp_path: Path
    ):
        """They are one login: what one renews, the other has."""
        (tmp_path / "cookies.json").write_text(sim.cookies_json(account))
        one = VideoUploaderCredential.from_file(tmp_path / "cookies.json", options=options)
        two = copy.copy(one)
        stale = await one.access()
        sim.expire_login(account)
        fresh = [await one.renewed(stale), await two.renewed(stale)]
        assert len(sim.seen("refresh")) == 1
        assert fresh[0] == fresh[1] is not None

    async def test_nothing_secret_is_logged_or_sent_in_the_open(
        self,
        sim: Simulator,
        account: Account,
        options: Options,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
    ):
        """Over logins, renewals that fail and succeed, and a logout: no log line, no error, no plain URL."""
        caplog.set_level(logging.DEBUG)
        path, said = tmp_path / "cookies.json", list[str]()
        path.write_text(sim.cookies_json(account))
        secrets = set(read_secrets(path))
        credential = VideoUploaderCredential.from_file(path, options=options)
        await credential.access()
        refusals: list[tuple[Step, int]] = [("refresh", -101), ("refresh", -400), ("nav", -101)]
        for step, code in refusals:
            sim.faults.add(step, Code(code, f"access_key={credential.access_key}"))
            try:
                await credential.renew_now()
                await whoami(credential)
            except ApiException as error:
                said.append(f"{error!r} {error} {error.hint} {getattr(error, 'raw', None)}")
            secrets |= set(read_secrets(path))
        await logout(credential)
        everything = caplog.text + "".join(said)
        assert said
        for secret in secrets:
            assert secret not in everything
        assert all(seen.scheme == "https" for seen in sim.exchanges)


whoami, logout = account.whoami, account.logout


def text_of(path: Path) -> str:
    return path.read_text()


def read_secrets(path: Path) -> list[str]:
    document = json.loads(text_of(path))
    info = document["token_info"]
    jar = {each["name"]: each["value"] for each in document["cookie_info"]["cookies"]}
    return [info["access_token"], info["refresh_token"], jar["SESSDATA"], jar["bili_jct"]]
