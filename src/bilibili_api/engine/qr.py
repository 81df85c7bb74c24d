"""Logging in by a QR code: shows it, asks how far it is, renews it on the spot (sections 2.3 to 2.5)."""

from __future__ import annotations

import io
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from bilibili_api.exceptions import ApiException, VerificationRequired
from bilibili_api.protocol import passport, renewal
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.passport import Code, Scan
from bilibili_api.protocol.tokens import Cookie, Session
from bilibili_api.saying import say

from .asking import Asking, asking
from .credential import VideoUploaderCredential

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator, AsyncIterator

    from .options import Options

_POLL: Final = 2.0
"""Seconds between two questions (section 2.3: 1 to 3)."""
CODES: Final = 10
"""Codes that are shown one after the other, three minutes each, before nobody is believed to be there."""


class QrState(Enum):
    """What has just happened."""

    SHOW = "show"
    """There is a code to be shown, the first or one in place of one that expired."""
    SCANNED = "scanned"
    """It was scanned and has to be confirmed on the phone."""
    WAITING = "waiting"
    """It was scanned, and is not any more: the person went back."""
    DONE = "done"
    """It was confirmed: `credential` is there."""


class QrLogin:
    """One login by a QR code. Iterate over it to learn what happens.

        login = TvQrLogin()
        async for state in login:
            if state is QrState.SHOW:
                print(login.terminal())
        login.credential

    Args:
        options: Server, patience, clock and dice; by default `Server.from_environment()`.
        codes: How many codes are shown one after the other before it gives up.
    """

    def __init__(self, *, options: Options | None = None, codes: int = CODES) -> None:
        self._options = options
        self._codes = codes
        self._code: Code | None = None
        self._credential: VideoUploaderCredential | None = None

    @property
    def url(self) -> str:
        """What the code says. May be opened in a browser that is logged in, or on the phone, instead.

        Raises:
            RuntimeError: Nothing is shown yet.
        """
        if self._code is None:
            raise RuntimeError("there is no code yet: iterate over the login first")
        return self._code.url

    @property
    def credential(self) -> VideoUploaderCredential:
        """The login.

        Raises:
            RuntimeError: It is not done yet.
        """
        if self._credential is None:
            raise RuntimeError("the login is not done yet: iterate over it to the end")
        return self._credential

    def terminal(self, *, small: bool = True) -> str:
        """Return the code as text for a terminal.

        Args:
            small: With half blocks, two rows in one; else with blanks on coloured ground, which any terminal
                can show.
        """
        text = io.StringIO()
        self._picture().terminal(text, border=2, compact=small)
        return text.getvalue()

    def png(self, path: str | os.PathLike[str], *, scale: int = 8) -> None:
        """Write the code as a picture.

        Args:
            path: Where to.
            scale: Pixels of one module.

        Raises:
            OSError: It cannot be written.
        """
        with open(path, "wb") as file:  # noqa: PTH123 - any path-like, also one of the caller's own
            self._picture().save(file, kind="png", scale=scale, border=4)

    async def __aiter__(self) -> AsyncIterator[QrState]:
        async with asking(self._options) as ask:
            for _ in range(self._codes):
                self._code = await self._new_code(ask)
                yield QrState.SHOW
                async for state in self._follow(ask, self._code):
                    yield state
                if self._credential is not None:
                    return
        raise VerificationRequired(
            say("Nobody scanned any of {codes} QR codes.", codes=self._codes),
            hint=say("Start the login again when somebody is there with the Bilibili app."),
        )

    async def wait(self) -> VideoUploaderCredential:
        """Wait until the code that is shown by other means was confirmed, and return the login.

        Raises:
            VerificationRequired: Nobody did it.
            ApiException: Bilibili refused, or the network failed.
        """
        async for _ in self:
            pass
        return self.credential

    async def _follow(self, ask: Asking, code: Code) -> AsyncGenerator[QrState]:
        """Tell the changes of one code, until it was confirmed or has expired."""
        last = Scan.WAITING
        begun = ask.now
        while ask.now - begun <= passport.QR_SECONDS + _POLL:
            found = await self._poll(ask, code)
            if isinstance(found, Session):
                session = await self._completed(ask, found)
                self._credential = VideoUploaderCredential.of_session(session, options=self._options)
                yield QrState.DONE
                return
            if found is Scan.EXPIRED:
                return
            if found is not last:
                yield QrState.SCANNED if found is Scan.SCANNED else QrState.WAITING
                last = found
            await ask.options.world.sleep(_POLL)

    async def _new_code(self, ask: Asking) -> Code:
        raise NotImplementedError

    async def _poll(self, ask: Asking, code: Code) -> Scan | Session:
        raise NotImplementedError

    async def _completed(self, ask: Asking, session: Session) -> Session:
        del ask
        return session

    def _picture(self) -> Any:
        import segno  # noqa: PLC0415 - only those who draw need it

        return segno.make(self.url, error="l", micro=False)

    def __repr__(self) -> str:
        stage = "done" if self._credential is not None else "shown" if self._code is not None else "not begun"
        return f"<{type(self).__name__} {stage}>"


class TvQrLogin(QrLogin):
    """Log in as a TV does: gives an access key and cookies, hence every way to upload (section 2.3)."""

    async def _new_code(self, ask: Asking) -> Code:
        return await tv_code(ask)

    async def _poll(self, ask: Asking, code: Code) -> Scan | Session:
        return await poll_tv(ask, code)


class WebQrLogin(QrLogin):
    """Log in as a browser does: gives cookies only (section 2.5)."""

    async def _new_code(self, ask: Asking) -> Code:
        return await ask.ask(Step.QR, lambda _: passport.web_code_request(), passport.parse_web_code)

    async def _poll(self, ask: Asking, code: Code) -> Scan | Session:
        return await ask.ask(
            Step.QR,
            lambda _: passport.web_poll_request(code),
            lambda answer: passport.parse_web_poll(answer, ask.now),
        )

    async def _completed(self, ask: Asking, session: Session) -> Session:
        """Add what stands for a browser (section 2.9); helpful, not required."""
        try:
            third, fourth = await ask.ask(Step.INFO, lambda _: renewal.buvid_request(), renewal.parse_buvid)
        except ApiException:
            return session
        return replace(session, cookies=(*session.cookies, Cookie("buvid3", third), Cookie("buvid4", fourth)))


async def tv_code(ask: Asking) -> Code:
    """Ask for a code of the TV (section 2.3)."""
    return await ask.ask(Step.QR, passport.tv_code_request, passport.parse_tv_code)


async def poll_tv(ask: Asking, code: Code) -> Scan | Session:
    """Ask how far a code of the TV is (section 2.3)."""
    return await ask.ask(
        Step.QR,
        lambda now: passport.tv_poll_request(code, now),
        lambda answer: passport.parse_tv_poll(answer, ask.now),
    )
