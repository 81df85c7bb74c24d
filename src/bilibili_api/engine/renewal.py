"""Is a login still good, and how to get another one without a person (protocol document, section 2.7)."""

from __future__ import annotations

import logging
from dataclasses import field, replace
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeVar

from bilibili_api.exceptions import ApiException, NetworkException, ResponseCodeException, Retry
from bilibili_api.frozen import frozen
from bilibili_api.protocol import renewal
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.tokens import PAIRS, PC_TOOL
from bilibili_api.saying import say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bilibili_api.protocol.cookies import Cookies
    from bilibili_api.protocol.interfaces import Need
    from bilibili_api.protocol.tokens import Session

    from .asking import Asking

T = TypeVar("T")

MARGIN: Final = 3 * 24 * 3600
"""Seconds before its end from which on a login is renewed: uploads may take long."""
_OTHER_KEY: Final = -663

log = logging.getLogger("bilibili_api")


class Health(Enum):
    """What is to be done with a login."""

    GOOD = "good"
    AGEING = "ageing"
    """It works, and ought to be renewed."""
    DEAD = "dead"
    """A half of it is not accepted any more; see `Checkup.living`."""


@frozen
class Checkup:
    """What was found out about a login.

    Attributes:
        health: What is to be done with it.
        session: The login; its platform and its account are known if they could be found out.
        nav: Whose cookies they are, if there are any.
        left: Seconds until the first part of it ends, or None: nobody says.
        refusals: What each half was refused with.
    """

    health: Health
    session: Session
    nav: renewal.Nav | None = None
    left: int | None = None
    refusals: Mapping[Need, ApiException] = field(default_factory=dict["Need", ApiException])

    @property
    def error(self) -> ApiException | None:
        """What the first half that was refused was refused with."""
        return next(iter(self.refusals.values()), None)

    @property
    def dead(self) -> frozenset[Need]:
        """The halves that are certainly dead; a token of a key pair that nobody here knows need not be."""
        return frozenset(half for half, error in self.refusals.items() if not _is_of_other_key(error))

    @property
    def living(self) -> frozenset[Need]:
        """The halves that were found good."""
        return halves(self.session) - frozenset(self.refusals)


def halves(session: Session) -> frozenset[Need]:
    """Return what a login consists of.

    Raises:
        ArgsException: The cookies cannot be sent.
    """
    has: dict[Need, object] = {"token": session.token, "cookies": session.web()}
    return frozenset(half for half, what in has.items() if what is not None)


async def check(asking: Asking, session: Session) -> Checkup:
    """Ask about token and cookies, each for itself.

    Raises:
        ArgsException: The cookies cannot be sent.
        ApiException: The network failed, or Bilibili refused to answer.
    """
    refusals: dict[Need, ApiException] = {}
    state, nav, cookies = None, None, session.web()
    if session.token is not None:
        try:
            session, state = await _token_state(asking, session)
        except ApiException as error:
            refusals["token"] = _refusal(error)
    if cookies is not None:
        try:
            nav = await _nav(asking, cookies)
            session = replace(session, mid=session.mid or nav.mid)
        except ApiException as error:
            refusals["cookies"] = _refusal(error)
    left = _left(session, state, asking.now)
    if any(not _is_of_other_key(error) for error in refusals.values()):
        return Checkup(Health.DEAD, session, nav, left, refusals)
    if (state is not None and state.refresh) or (left is not None and left < MARGIN):
        return Checkup(Health.AGEING, session, nav, left, refusals)
    if session.token is None and cookies is not None and session.web_refresh is not None:
        wanted, _ = await asking.ask(
            Step.INFO, lambda _: renewal.cookie_info_request(cookies), renewal.parse_cookie_info
        )
        return Checkup(Health.AGEING if wanted else Health.GOOD, session, nav, left)
    return Checkup(Health.GOOD, session, nav, left, refusals)


def _refusal(error: ApiException) -> ApiException:
    """Return an error that is about the login; raise any other."""
    if error.retry is not Retry.LOGIN:
        raise error
    return error


def _is_of_other_key(error: ApiException) -> bool:
    return isinstance(error, ResponseCodeException) and error.code == _OTHER_KEY


async def _nav(asking: Asking, cookies: Cookies) -> renewal.Nav:
    nav = await asking.ask(Step.INFO, lambda _: renewal.nav_request(cookies), renewal.parse_nav)
    if nav is None:
        raise ResponseCodeException(
            -101,
            say("the cookies are not logged in (any more)"),
            hint=say("Log in again, or export fresh cookies from the browser."),
            retry=Retry.LOGIN,
            kind="NOT_LOGGED_IN",
        )
    return nav


def _left(session: Session, state: renewal.TokenState | None, now: int) -> int | None:
    ends = [session.expires - now] if session.expires is not None else []
    return min([*ends, state.expires_in] if state is not None else ends, default=None)


async def _token_state(asking: Asking, session: Session) -> tuple[Session, renewal.TokenState]:
    """Ask with the token's own key pair; where it is not known or not the right one, find out which it is.

    Raises:
        ApiException: The token is dead, or belongs to a key pair that nobody here knows.
    """

    async def ask(platform: str) -> tuple[Session, renewal.TokenState]:
        state = await _info(asking, session, platform)
        return replace(session, platform=platform, mid=session.mid or state.mid), state

    return await _with_its_pair(session, ask)


async def _with_its_pair(session: Session, act: Callable[[str], Awaitable[T]]) -> T:
    """Act with the likeliest key pair first; the published bare access key is the PC tool's."""
    likeliest = session.platform or (None if session.cookies else PC_TOOL)
    refusal: ApiException | None = None
    for platform in sorted(PAIRS, key=lambda name: name != likeliest):
        try:
            return await act(platform)
        except ResponseCodeException as error:
            if error.code != _OTHER_KEY:
                raise
            refusal = refusal or error
    raise refusal or RuntimeError("there are no key pairs")


async def _info(asking: Asking, session: Session, platform: str) -> renewal.TokenState:
    token = session.token
    assert token is not None  # noqa: S101 - the caller looked
    return await asking.ask(
        Step.INFO, lambda now: renewal.info_request(token, platform, now), renewal.parse_info
    )


async def renew(asking: Asking, session: Session) -> Session | None:
    """Return another login made of this one, or None: there is nothing that renews it.

    From the answer on the old token must be taken for dead; old cookies live until `finish`.

    Raises:
        ApiException: It was refused, or the network failed.
    """
    if session.token is not None and session.refresh_token is not None:
        return await _renew_token(asking, session)
    cookies = session.web()
    if cookies is not None and session.web_refresh is not None:
        return await _renew_cookies(asking, session, cookies)
    return None


async def _renew_token(asking: Asking, session: Session) -> Session:
    token, refresh = session.token, session.refresh_token
    assert token is not None  # noqa: S101 - the caller looked
    assert refresh is not None  # noqa: S101

    async def trade(platform: str) -> Session:
        return await asking.ask(
            Step.RENEW,
            lambda now: renewal.refresh_request(token, refresh, platform, now),
            lambda answer: renewal.parse_refresh(answer, platform, asking.now),
        )

    return session.followed_by(await _with_its_pair(session, trade))


async def _renew_cookies(asking: Asking, session: Session, cookies: Cookies) -> Session:
    old = session.web_refresh
    assert old is not None  # noqa: S101 - the caller looked
    _, milliseconds = await asking.ask(
        Step.INFO, lambda _: renewal.cookie_info_request(cookies), renewal.parse_cookie_info
    )
    path = renewal.correspond_path(milliseconds)
    csrf = await asking.ask(
        Step.RENEW, lambda _: renewal.correspond_request(cookies, path), renewal.parse_correspond
    )
    fresh = await asking.ask(
        Step.RENEW,
        lambda _: renewal.cookie_refresh_request(cookies, csrf, old),
        lambda answer: renewal.parse_cookie_refresh(answer, asking.now),
    )
    return session.followed_by(fresh)


async def prove(asking: Asking, fresh: Session) -> None:
    """Find out that a new login works.

    Raises:
        ApiException: It does not, or the network failed.
    """
    if fresh.token is not None and fresh.platform is not None:
        await _info(asking, fresh, fresh.platform)
    elif (cookies := fresh.web()) is not None:
        await _nav(asking, cookies)


async def finish(asking: Asking, stale: Session, fresh: Session) -> None:
    """Let the old cookies of a web login die. What goes wrong here does no harm, and is only told."""
    old, cookies = stale.web_refresh, fresh.web()
    if fresh.token is not None or old is None or cookies is None:
        return
    try:
        await asking.ask(
            Step.RENEW,
            lambda _: renewal.confirm_refresh_request(cookies, old),
            lambda answer: renewal.parse_done(answer, Step.RENEW),
        )
    except ApiException as error:
        log.warning(say("the old cookies could not be ended: {error}", error=error))


def needs_person(error: ApiException) -> bool:
    """Whether a renewal was refused for good, unlike one that merely could not be asked for."""
    return not isinstance(error, NetworkException) and error.retry not in {Retry.SAME, Retry.LATER}
