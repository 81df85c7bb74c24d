"""`VideoUploaderCredential`, sentence by sentence."""

from __future__ import annotations

import asyncio
import copy
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from tests.kit import key_of, make_uploader, password_of, until

from bilibili_api.exceptions import (
    ApiException,
    ArgsException,
    ResponseCodeException,
    Retry,
    VerificationRequired,
)
from bilibili_api.simulator import Captcha, Code, PhoneCheck, Stall
from bilibili_api.video_uploader import VideoUploaderCredential

if TYPE_CHECKING:
    from bilibili_api.simulator import Account, Fault, Simulator
    from bilibili_api.video_uploader import Options

KEY, NAME, PASSWORD = "0123456789abcdef0123456789abcdef", "somebody", "open sesame"


class TestConstruction:
    """At least `access_key`, or `account` and `password` together; else `ArgsException` at construction."""

    @pytest.mark.parametrize(
        "given",
        [
            {"access_key": KEY},
            {"account": NAME, "password": PASSWORD},
            {"access_key": KEY, "account": NAME, "password": PASSWORD},
        ],
        ids=str,
    )
    def test_enough_is_accepted(self, given: dict[str, Any]):
        """An access key, account and password, or all three."""
        credential = VideoUploaderCredential(**given)
        for name in ("access_key", "account", "password"):
            assert getattr(credential, name) == given.get(name)

    @pytest.mark.parametrize(
        "given",
        [
            {},
            {"account": NAME},
            {"password": PASSWORD},
            {"access_key": ""},
            {"access_key": "", "account": NAME, "password": ""},
        ],
        ids=str,
    )
    def test_too_little_is_an_args_exception(self, given: dict[str, Any]):
        """Neither of both is complete: the error says what to pass."""
        with pytest.raises(ArgsException) as raised:
            VideoUploaderCredential(**given)
        assert "access_key" in raised.value.hint

    def test_all_three_may_be_given_by_position(self):
        """The order is access_key, account, password."""
        credential = VideoUploaderCredential(KEY, NAME, PASSWORD)
        assert (credential.access_key, credential.account, credential.password) == (KEY, NAME, PASSWORD)


class TestLogin:
    """`async login()`: signs in with account and password, sets `self.access_key`."""

    async def test_it_sets_the_access_key_the_server_gave(
        self, sim: Simulator, account: Account, options: Options
    ):
        """The token of the answer is the access key."""
        credential = password_of(account, options)
        assert credential.access_key is None
        await credential.login()
        (login,) = sim.seen("login")
        assert credential.access_key == login.answer["data"]["token_info"]["access_token"]

    async def test_the_key_is_good_for_an_upload(self, sim: Simulator, account: Account, options: Options):
        """What it signs in with is what it uploads with."""
        await make_uploader(account, options, credential=password_of(account, options)).start()
        assert sim.archives[0].mid == account.mid

    async def test_without_account_and_password_there_is_nothing_to_sign_in_with(
        self, sim: Simulator, account: Account, options: Options
    ):
        """An access key alone cannot sign in."""
        with pytest.raises(ArgsException):
            await key_of(account, options).login()
        assert sim.exchanges == []

    @pytest.mark.parametrize(
        "fault", [Captcha(), PhoneCheck(), Code(-2100, "verify"), Code(86066, "frozen"), Code(-449)], ids=str
    )
    async def test_what_wants_a_person_is_an_error_that_says_what_to_do(
        self, sim: Simulator, account: Account, options: Options, fault: Fault
    ):
        """A captcha, a second factor or a frozen login route: asked once, and the way out is named."""
        sim.faults.add("login", fault, times=None)
        with pytest.raises(ApiException) as raised:
            await password_of(account, options).login()
        assert "QR code" in raised.value.hint
        assert "access_key" in raised.value.hint
        assert len(sim.seen("login")) == 1

    @pytest.mark.parametrize(
        ("fault", "error"),
        [(Captcha(), ResponseCodeException), (PhoneCheck(), VerificationRequired)],
        ids=["captcha", "second factor"],
    )
    async def test_an_error_says_that_a_person_is_needed(
        self, sim: Simulator, account: Account, options: Options, fault: Fault, error: type[ApiException]
    ):
        """A refusal keeps its code (-105); a verification asked for with code 0 has an error of its own."""
        sim.faults.add("login", fault)
        with pytest.raises(error) as raised:
            await password_of(account, options).login()
        assert raised.value.retry is Retry.HUMAN
        assert getattr(raised.value, "code", None) == (-105 if error is ResponseCodeException else None)


class TestGetAccessKey:
    """`async get_access_key() -> str`: returns it, signing in first when there is none."""

    async def test_a_given_key_is_returned_without_asking_anybody(
        self, sim: Simulator, account: Account, options: Options
    ):
        """No request is sent."""
        assert await key_of(account, options).get_access_key() == account.access_key
        assert sim.exchanges == []

    async def test_without_one_it_signs_in_first(self, sim: Simulator, account: Account, options: Options):
        """The key is there afterwards, and is not fetched again."""
        credential = password_of(account, options)
        key = await credential.get_access_key()
        assert (key, await credential.get_access_key()) == (credential.access_key, key)
        assert len(sim.seen("login")) == 1

    async def test_concurrent_callers_share_one_login(
        self, sim: Simulator, account: Account, options: Options
    ):
        """Twenty ask, one signs in, all get the same key."""
        credential = password_of(account, options)
        keys = await asyncio.gather(*(credential.get_access_key() for _ in range(20)))
        assert set(keys) == {credential.access_key}
        assert (len(sim.seen("key")), len(sim.seen("login"))) == (1, 1)

    async def test_uploaders_with_one_credential_share_one_login(
        self, sim: Simulator, account: Account, options: Options
    ):
        """Three uploads begin at once, one login is sent."""
        credential = password_of(account, options)
        uploads = [make_uploader(account, options, credential=credential) for _ in range(3)]
        await asyncio.gather(*(upload.start() for upload in uploads))
        assert (len(sim.archives), len(sim.seen("login"))) == (3, 1)

    async def test_a_failed_shared_login_fails_all_with_one_request(
        self, sim: Simulator, account: Account, options: Options
    ):
        """A wrong password is not tried once for each caller."""
        credential = VideoUploaderCredential(account=account.name, password="wrong", options=options)
        outcomes = await asyncio.gather(
            *(credential.get_access_key() for _ in range(20)), return_exceptions=True
        )
        assert [getattr(outcome, "code", outcome) for outcome in outcomes] == [-629] * 20
        assert len(sim.seen("login")) == 1

    async def test_after_a_failure_the_next_caller_signs_in_anew(
        self, sim: Simulator, account: Account, options: Options
    ):
        """An error is not remembered."""
        sim.faults.add("login", Code(-629))
        credential = password_of(account, options)
        with pytest.raises(ResponseCodeException):
            await credential.get_access_key()
        assert await credential.get_access_key()

    async def test_a_caller_that_is_cancelled_does_not_take_the_login_from_the_others(
        self, sim: Simulator, account: Account, options: Options
    ):
        """The one who asked first gives up; the second still gets the key of the same login."""
        credential = password_of(account, options)
        first = asyncio.create_task(credential.get_access_key())
        second = asyncio.create_task(credential.get_access_key())
        await asyncio.sleep(0)
        first.cancel()
        assert await second == credential.access_key
        assert first.cancelled()
        assert len(sim.seen("login")) == 1

    async def test_a_caller_that_comes_while_a_login_is_being_given_up_gets_a_new_one(
        self, sim: Simulator, account: Account, options: Options
    ):
        """It is not cancelled along with those who gave up."""
        stalled = sim.faults.add("login", Stall())
        credential = password_of(account, options)
        first = asyncio.create_task(credential.get_access_key())
        await stalled.fired.wait()
        first.cancel()
        await asyncio.sleep(0)
        assert await asyncio.create_task(credential.get_access_key()) == credential.access_key
        assert first.cancelled()

    async def test_when_nobody_waits_any_more_the_login_ends(
        self, sim: Simulator, account: Account, options: Options
    ):
        """The simulator sees the connection end."""
        stalled = sim.faults.add("login", Stall())
        caller = asyncio.create_task(password_of(account, options).get_access_key())
        await stalled.fired.wait()
        caller.cancel()
        await asyncio.wait([caller])
        await until(lambda: sim.seen("login"))
        assert sim.seen("login")[0].status is None


class TestSecrecy:
    """`repr()` and pickling never show a secret."""

    def credential(self) -> VideoUploaderCredential:
        return VideoUploaderCredential(KEY, NAME, PASSWORD)

    def test_the_repr_names_what_is_there_without_its_value(self):
        """Also as part of something else."""
        shown = f"{self.credential()} {self.credential()!r} {[self.credential()]}"
        assert "access_key" in shown
        for secret in (KEY, NAME, PASSWORD):
            assert secret not in shown

    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_a_pickle_holds_no_secret(self, protocol: int):
        """Whatever the protocol of the pickle."""
        pickled = pickle.dumps(self.credential(), protocol)
        for secret in (KEY, NAME, PASSWORD):
            assert secret.encode() not in pickled

    async def test_what_comes_out_of_a_pickle_says_that_it_holds_nothing(self):
        """Using it is an error that says what to do, not a request without a key."""
        empty = pickle.loads(pickle.dumps(self.credential()))
        with pytest.raises(ArgsException) as raised:
            await empty.get_access_key()
        assert "VideoUploaderCredential" in raised.value.hint

    async def test_what_comes_out_of_a_pickle_can_be_given_a_key(self):
        """Its attributes are there."""
        empty = pickle.loads(pickle.dumps(self.credential()))
        empty.access_key = KEY
        assert await empty.get_access_key() == KEY

    @pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
    async def test_a_copy_within_the_program_works_as_the_original_does(
        self, sim: Simulator, account: Account, options: Options, duplicate: object
    ):
        """Only what may leave the program loses its secrets."""
        assert callable(duplicate)
        copied = duplicate(password_of(account, options))
        assert isinstance(copied, VideoUploaderCredential)
        await copied.login()
        assert len(sim.seen("login")) == 1
