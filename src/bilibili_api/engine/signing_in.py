"""Logging in by a code sent to a phone, by password, and with cookies one has (sections 2.2, 2.4 and 2.6)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeVar

from bilibili_api.exceptions import ApiException, ResponseCodeException, ResponseException, Retry
from bilibili_api.protocol import app_login, login, passport, verification
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.tokens import Session, Verification
from bilibili_api.protocol.verification import Puzzle, Sent, Solution
from bilibili_api.saying import say

from .qr import poll_tv, tv_code

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bilibili_api.protocol.app_login import Phone
    from bilibili_api.protocol.cookies import Cookies

    from .asking import Asking
    from .human import Person

_CAPTCHA: Final = -105
_WRONG_CODES: Final = 3
"""How often a person may mistype a code."""
_TAKES: Final = 5
"""How often it is asked whether cookies have confirmed a code."""

Grant = Session | Verification
T = TypeVar("T")


async def by_sms(ask: Asking, phone: Phone, person: Person) -> Session:
    """Have a code sent and log in with it.

    Raises:
        VerificationRequired: The person did not do what was asked for.
        ApiException: Bilibili refused, or the network failed.
    """
    sent = await _send_sms(ask, phone, person)
    number = _masked(phone.number)
    question = say("The code that was sent to +{country} {number}", country=phone.country, number=number)

    async def attempt(code: str) -> Grant:
        return await ask.ask(
            Step.SMS,
            lambda now: app_login.sms_login_request(phone, sent, code, now),
            lambda answer: app_login.parse_sms_login(answer, ask.now),
        )

    return await _finished(ask, await _with_code(person, question, attempt), person)


async def _send_sms(ask: Asking, phone: Phone, person: Person) -> Sent:
    async def send(puzzle: Puzzle | None, solution: Solution | None) -> Sent | Puzzle:
        return await ask.ask(
            Step.SMS, lambda now: app_login.sms_request(phone, now, puzzle, solution), app_login.parse_sms
        )

    answer = await send(None, None)
    if isinstance(answer, Puzzle):
        answer = await send(answer, await person.solve(answer))
    if isinstance(answer, Puzzle):
        raise ResponseException(say("The answer to SMS login asks for a captcha that was just solved."))
    return answer


async def by_password(ask: Asking, account: str, password: str, person: Person) -> Session:
    """Log in as the Android app does; the person solves what is asked for.

    Raises:
        VerificationRequired: The person did not do what was asked for.
        ApiException: Bilibili refused, or the network failed.
    """
    grant = await _again_once(ask, account, password)
    if isinstance(grant, Puzzle):
        puzzle = grant
        grant = await _password(ask, account, password, puzzle, await person.solve(puzzle))
    if isinstance(grant, Puzzle):
        raise ResponseException(say("The answer to login asks for a captcha that was just solved."))
    return await _finished(ask, grant, person)


async def _again_once(ask: Asking, account: str, password: str) -> Grant | Puzzle:
    """The login key lives 20 seconds: where it was too old, all is done once more (section 2.2)."""
    try:
        return await _password(ask, account, password)
    except ResponseCodeException as error:
        if error.code == _CAPTCHA:
            return await ask.ask(
                Step.CAPTCHA, lambda _: verification.captcha_request(), verification.parse_captcha
            )
        if error.retry is not Retry.LOGIN:
            raise
    return await _password(ask, account, password)


async def _password(
    ask: Asking, account: str, password: str, puzzle: Puzzle | None = None, solution: Solution | None = None
) -> Grant | Puzzle:
    key = await ask.ask(Step.KEY, lambda _: login.key_request(), login.parse_key)
    encrypted = await asyncio.to_thread(login.encrypt_password, key, password)
    return await ask.ask(
        Step.LOGIN,
        lambda now: app_login.password_request(account, encrypted, now, puzzle, solution),
        lambda answer: app_login.parse_password(answer, ask.now),
    )


async def _finished(ask: Asking, grant: Grant, person: Person) -> Session:
    """Verify the account's phone where that is asked for; the cookies it gives are made a full login."""
    if isinstance(grant, Session):
        return grant
    puzzle = await ask.ask(
        Step.CAPTCHA, lambda _: verification.verify_captcha_request(), verification.parse_verify_captcha
    )
    solution = await person.solve(puzzle)
    sent = await ask.ask(
        Step.VERIFY,
        lambda _: verification.verify_sms_request(grant, puzzle, solution),
        verification.parse_verify_sms,
    )

    async def attempt(code: str) -> Session:
        proof = await ask.ask(
            Step.VERIFY, lambda _: verification.verify_request(grant, sent, code), verification.parse_verify
        )
        return await ask.ask(
            Step.VERIFY,
            lambda _: verification.exchange_request(proof),
            lambda answer: verification.parse_exchange(answer, ask.now),
        )

    session = await _with_code(person, say("The code that was sent to the account's phone"), attempt)
    cookies = session.web()
    return session if cookies is None else await with_cookies(ask, session, cookies)


async def _with_code(person: Person, question: str, attempt: Callable[[str], Awaitable[T]]) -> T:
    """Let the person type a code, again when it was mistyped."""
    for _ in range(_WRONG_CODES - 1):
        try:
            return await attempt(await person.code(question))
        except ApiException as error:
            if error.kind != "WRONG_CODE":
                raise
        question = say("That was not it. {question}", question=question)
    return await attempt(await person.code(question))


async def with_cookies(ask: Asking, session: Session, cookies: Cookies) -> Session:
    """Make a full login of cookies: they confirm a code of the TV (section 2.4).

    Raises:
        ApiException: Bilibili refused (-101: the cookies are dead), or the network failed.
    """
    code = await tv_code(ask)
    await ask.ask(Step.QR, lambda _: passport.confirm_request(code, cookies), passport.parse_confirm)
    for _ in range(_TAKES):
        found = await poll_tv(ask, code)
        if isinstance(found, Session):
            return session.followed_by(found)
        await ask.options.world.sleep(1.0)
    raise ResponseException(
        say("The answer to QR login is that nobody has confirmed the code, though the cookies did."),
        hint=say("Log in by scanning the QR code with the Bilibili app."),
    )


def _masked(number: str) -> str:
    return f"{number[:3]}****{number[-2:]}" if len(number) > 5 else "****"
