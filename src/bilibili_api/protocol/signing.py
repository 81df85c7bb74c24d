"""How requests are signed (protocol document, sections 1.1, 1.2 and 1.4)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from bilibili_api.frozen import frozen

from .wire import serialise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bilibili_api.redaction import Secret


@frozen
class KeyPair:
    """A product's public key pair (section 1.2); both halves are known to everybody.

    Attributes:
        appkey: Sent with a request to say which product it comes from.
        appsec: Appended to what is signed.
    """

    appkey: str
    appsec: str


PC: Final = KeyPair("aae92bc66f3edfab", "af125a0d5279fd576c1b4418a3e8276d")
"""PC upload tool."""
TV: Final = KeyPair("4409e2ce8ffd12b8", "59b43e04ad6965f34319062b478f83dd")
"""TV: its QR login and its tokens; also signs what the app submits."""
ANDROID: Final = KeyPair("783bbb7264451d82", "2653583c8873dea268ab9386918b1d65")
"""Android app, for logins: password, SMS, and their renewal."""
BCUT: Final = KeyPair("5dce947fe22167f9", "5491a31c6bc11fb764a9b1f8d4acf092")
"""Bcut for Android."""


def sign(serialised: str, secret: str) -> str:
    """Return the md5, in lower-case hex, of `serialised` followed by `secret` (section 1.1).

    Args:
        serialised: Parameters exactly as they are sent: `k=v` joined by `&`, values percent-encoded.
        secret: The `appsec` of the key pair.
    """
    return hashlib.md5((serialised + secret).encode()).hexdigest()


def signed_query(parameters: Mapping[str, str], pair: KeyPair) -> str:
    """Return parameters and `appkey`, sorted and percent-encoded, followed by `sign` (section 1.1).

    Args:
        parameters: What is signed besides `appkey`; not yet encoded.
        pair: The product one speaks as.
    """
    signed = serialise(dict(sorted({**parameters, "appkey": pair.appkey}.items())))
    return f"{signed}&sign={sign(signed, pair.appsec)}"


def access_query(access_key: Secret) -> str:
    """Return the query of the PC tool's cover and submit calls: only `access_key` is signed (section 1.4)."""
    signed = serialise({"access_key": access_key.reveal()})
    return f"{signed}&sign={sign(signed, PC.appsec)}"
