"""Calls that carry a login: dated, tried again by their policy, once more with a renewed login."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest
from tests.kit import FakeWorld

from bilibili_api.engine.calls import Calls
from bilibili_api.engine.options import Options
from bilibili_api.exceptions import ApiException, Retry
from bilibili_api.protocol.codes import Step, refusal
from bilibili_api.protocol.interfaces import Access
from bilibili_api.protocol.wire import Request, Response
from bilibili_api.redaction import Secret

if TYPE_CHECKING:
    from bilibili_api.engine.http import Http

OLD, NEW = Access(token=Secret("old")), Access(token=Secret("new"))
EXPIRED = refusal(Step.COVER, -101, "", {})
BUSY = refusal(Step.COVER, -503, "", {})
REFUSED = refusal(Step.COVER, -400, "", {})


class Keyring:
    """A login that gives one access, and on request others."""

    def __init__(self, *fresh: Access | ApiException | None) -> None:
        self.fresh = list(fresh)
        self.stale: list[Access] = []

    async def access(self) -> Access:
        return OLD

    async def renewed(self, stale: Access) -> Access | None:
        self.stale.append(stale)
        found = self.fresh.pop(0)
        if isinstance(found, ApiException):
            raise found
        return found


class Attempts:
    """Ends as it was told, one time after the other; remembers what it was called with."""

    def __init__(self, *ends: ApiException | str) -> None:
        self.ends = list(ends)
        self.used: list[Access] = []

    async def __call__(self, access: Access) -> str:
        self.used.append(access)
        end = self.ends.pop(0)
        if isinstance(end, ApiException):
            raise end
        return end

    @property
    def tokens(self) -> list[str]:
        return [access.token.reveal() for access in self.used if access.token]


@pytest.fixture
def fake() -> FakeWorld:
    return FakeWorld()


def calls(fake: FakeWorld, login: Keyring) -> Calls:
    return Calls(cast("Http", None), Options(world=fake.world), login)


async def test_a_login_that_works_is_used_as_it_is(fake: FakeWorld):
    """Nobody renews it."""
    login, attempts = Keyring(), Attempts("done")
    assert await calls(fake, login).using(Step.COVER, attempts) == "done"
    assert (attempts.tokens, login.stale) == (["old"], [])


async def test_a_login_that_expired_is_renewed_once(fake: FakeWorld):
    """And the same call is made with the other one."""
    login, attempts = Keyring(NEW), Attempts(EXPIRED, "done")
    assert await calls(fake, login).using(Step.COVER, attempts) == "done"
    assert (attempts.tokens, login.stale) == (["old", "new"], [OLD])


async def test_a_login_that_is_refused_after_its_renewal_is_an_error(fake: FakeWorld):
    """It is renewed once, not for ever."""
    login, attempts = Keyring(NEW, NEW), Attempts(EXPIRED, EXPIRED, "done")
    with pytest.raises(ApiException) as caught:
        await calls(fake, login).using(Step.COVER, attempts)
    assert (caught.value.retry, len(login.stale)) == (Retry.LOGIN, 1)


async def test_a_login_that_cannot_be_renewed_is_an_error(fake: FakeWorld):
    """The refusal comes out, which says what to do."""
    with pytest.raises(ApiException) as caught:
        await calls(fake, Keyring(None)).using(Step.COVER, Attempts(EXPIRED))
    assert caught.value is EXPIRED


async def test_a_renewal_that_fails_is_the_error(fake: FakeWorld):
    """It says more than the refusal that wanted it."""
    with pytest.raises(ApiException) as caught:
        await calls(fake, Keyring(REFUSED)).using(Step.COVER, Attempts(EXPIRED))
    assert caught.value is REFUSED


async def test_other_refusals_renew_nothing(fake: FakeWorld):
    """A login would not help."""
    login = Keyring()
    with pytest.raises(ApiException):
        await calls(fake, login).using(Step.COVER, Attempts(REFUSED))
    assert login.stale == []


async def test_trouble_that_passes_is_got_over_before_and_after_a_renewal(fake: FakeWorld):
    """With the pauses of the step."""
    attempts = Attempts(BUSY, EXPIRED, BUSY, "done")
    assert await calls(fake, Keyring(NEW)).using(Step.COVER, attempts) == "done"
    assert (attempts.tokens, fake.naps) == (["old", "old", "new", "new"], [0.75, 0.75])


async def test_each_attempt_is_signed_with_its_own_time(fake: FakeWorld):
    """Bilibili refuses a time that is long ago."""
    attempts = Attempts(BUSY, BUSY, "done")
    begun = fake.now()
    await calls(fake, Keyring()).using(Step.COVER, attempts)
    assert [access.now for access in attempts.used] == [int(begun), int(begun + 0.75), int(begun + 2.25)]
    assert all(replace(access, now=0) == OLD for access in attempts.used)


async def test_asking_builds_each_request_anew(fake: FakeWorld):
    """And reads what came."""
    sent: list[Request] = []

    class Web:
        async def send(self, request: Request) -> Response:
            sent.append(request)
            return Response(200, {}, b"yes" if "new" in request.url else b"no")

    def build(access: Access) -> Request:
        return Request(Step.COVER, "GET", f"https://x/{access.token.reveal() if access.token else ''}")

    def parse(response: Response) -> bytes:
        if response.body == b"no":
            raise EXPIRED
        return response.body

    asking = Calls(cast("Http", Web()), Options(world=fake.world), Keyring(NEW))
    assert await asking.ask(Step.COVER, build, parse) == b"yes"
    assert [request.url for request in sent] == ["https://x/old", "https://x/new"]
