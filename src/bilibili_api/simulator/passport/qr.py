"""QR codes and the phones that scan them (protocol document, sections 2.3 and 2.5).

code = await sim.qr.shown()        # the client under test shows one
sim.qr.scan(code.code)             # the demo account's phone, unless another account is named
sim.qr.confirm(code.code)
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from bilibili_api.simulator.accounts import DEMO_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.simulator.accounts import Account

LIFETIME = 180  # seconds
_URLS = {
    "tv": "https://passport.bilibili.com/x/passport-tv-login/h5/qrcode/auth?auth_code=",
    "web": "https://passport.bilibili.com/h5-app/passport/login/scan?navhide=1&qrcode_key=",
}


@dataclass(slots=True, eq=False)
class QrCode:
    """A code that a client shows.

    Attributes:
        code: `auth_code` of the TV, `qrcode_key` of the web.
        appkey: the key that asked for a code of the TV.
        made: Unix seconds, by the simulator's clock.
        stage: how far it has come; "used" once the login was handed over.
        account: whose phone scanned it.
    """

    kind: Literal["tv", "web"]
    code: str = field(repr=False)
    appkey: str | None
    made: float
    stage: Literal["shown", "scanned", "confirmed", "used", "expired"] = "shown"
    account: Account | None = None

    @property
    def url(self) -> str:
        """What the picture says."""
        return _URLS[self.kind] + self.code


class QrCodes:
    """All codes; `scan`, `confirm` and `expire` play the person with the phone."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._codes: dict[str, QrCode] = {}
        self._arrived = asyncio.Event()

    @property
    def pending(self) -> list[QrCode]:
        """The codes that can still become a login, oldest first."""
        return [code for code in self._codes.values() if self.stage_of(code) in {"shown", "scanned"}]

    async def shown(self) -> QrCode:
        """Wait until a code is there that nobody has scanned, and return it."""
        while True:
            self._arrived.clear()
            for code in reversed(self.pending):
                if code.stage == "shown":
                    return code
            await self._arrived.wait()

    def scan(self, code: str, account: Account = DEMO_ACCOUNT) -> None:
        """Scan a code with an account's phone.

        Raises:
            ValueError: there is no such code to scan.
        """
        found = self._waiting(code)
        found.stage, found.account = "scanned", account

    def confirm(self, code: str, account: Account | None = None) -> None:
        """Confirm a code on the phone that scanned it, or with an account that is named.

        Raises:
            ValueError: there is no such code to confirm.
        """
        found = self._waiting(code)
        found.account = account or found.account or DEMO_ACCOUNT
        found.stage = "confirmed"

    def expire(self, code: str) -> None:
        """Let a code expire before its time.

        Raises:
            ValueError: there is no such code any more.
        """
        self._waiting(code).stage = "expired"

    def make(self, kind: Literal["tv", "web"], appkey: str | None = None) -> QrCode:
        """Make another code."""
        made = QrCode(kind, secrets.token_hex(16), appkey, self._clock())
        self._codes[made.code] = made
        self._arrived.set()
        return made

    def get(self, code: str) -> QrCode | None:
        """Return a code of either kind, whatever has become of it, or None."""
        return self._codes.get(code)

    def stage_of(self, code: QrCode) -> str:
        """Return how far a code has come; one that is too old has expired."""
        if self._clock() - code.made > LIFETIME:
            code.stage = "expired"
        return code.stage

    def _waiting(self, code: str) -> QrCode:
        found = self._codes.get(code)
        if found is None or self.stage_of(found) not in {"shown", "scanned"}:
            raise ValueError("there is no such code to scan or confirm; `pending` lists those there are")
        return found
