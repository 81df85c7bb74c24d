"""Who can log in, and what is special about them."""

from __future__ import annotations

from dataclasses import dataclass, field

HIGHEST_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can log in.

    Attributes:
        mid: the account's number.
        name: what is typed as user name.
        access_key: a token that is valid from the start, made by no particular key, hence good with
            every key; each login issues another one that is bound to its key.
        frozen: every login is answered 86066 (section 2.2).
        phone: the number that text messages go to, without the country code 86.
        level: 0 to 6, as `nav` tells it.
        wants_captcha: password and text message logins of the app want a captcha (sections 2.2, 2.6).
        needs_verification: a password, or on the web a text message, logs nobody in before the phone
            was verified (section 2.6).
    """

    mid: int
    name: str
    password: str = field(repr=False)
    access_key: str = field(repr=False)
    frozen: bool = False
    phone: str = ""
    level: int = HIGHEST_LEVEL
    wants_captcha: bool = False
    needs_verification: bool = False


DEMO_ACCOUNT = Account(
    mid=100000,
    name="demo",
    password="demo password",  # noqa: S106  published on purpose
    access_key="00000000000000000000000000000d30",
    phone="13800100000",
)
"""The account every simulator starts with."""


DEMO_COOKIES = {
    "SESSDATA": "00000000%2C1999999999%2C00000%2A01",
    "bili_jct": "0000000000000000000000000000c5f0",
    "DedeUserID": str(DEMO_ACCOUNT.mid),
    "DedeUserID__ckMd5": "00000000000000d3",
    "sid": "demosid0",
}
"""The web cookies of the demo account; they belong to the same login as its access_key."""
