"""Logins that wait until the phone is verified (protocol document, sections 2.2 and 2.6)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bilibili_api.simulator.accounts import Account

_URL = "https://passport.bilibili.com/account/mobile/security/managephone/phone/verify"


@dataclass(slots=True)
class Risk:
    """A login that was found risky.

    Attributes:
        tmp_token: names it in the calls that verify the phone.
        request_id: names it once more, if there is one.
        code: what the verified phone is exchanged for cookies with.
    """

    account: Account
    tmp_token: str = field(repr=False)
    request_id: str | None = field(repr=False)
    code: str | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The page that the login answers."""
        ending = "" if self.request_id is None else f"&request_id={self.request_id}"
        return f"{_URL}?tmp_token={self.tmp_token}{ending}"


class Risks:
    """The logins that were found risky."""

    def __init__(self) -> None:
        self._found: dict[str, Risk] = {}

    def find_risky(self, account: Account, *, with_request: bool) -> str:
        """Find a login risky and return the page to go to."""
        request_id = secrets.token_hex(16) if with_request else None
        risk = Risk(account, secrets.token_hex(16), request_id)
        self._found[risk.tmp_token] = risk
        return risk.url

    def named(self, tmp_token: str | None) -> Risk | None:
        """Return what a `tmp_token` names, or None."""
        return self._found.get(tmp_token or "")

    def take(self, code: str | None) -> Account | None:
        """Return whose phone a code proves, once."""
        risk = next((risk for risk in self._found.values() if code and risk.code == code), None)
        return None if risk is None else self._found.pop(risk.tmp_token).account
