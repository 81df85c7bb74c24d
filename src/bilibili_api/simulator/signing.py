"""Signatures, recomputed (protocol document, sections 1.1 to 1.4).

`md5(sorted "name=value" pairs joined by "&", exactly as they came over the wire, + secret)`.
"""

from __future__ import annotations

import hashlib
from enum import Enum, auto
from typing import TYPE_CHECKING

from bilibili_api.simulator.form import split_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bilibili_api.simulator.exchange import Step

BAD_KEY = -2
BAD_SIGN = -3

# Section 1.2. The PC tool's keys log in with the form of section 1.3, the others with a plain one.
PC_SECRETS = {
    "aae92bc66f3edfab": "af125a0d5279fd576c1b4418a3e8276d",
    "661dbf0ee792f083": "397c810e126bfbbb584667583e11976a",
}
SECRETS = PC_SECRETS | {
    "4409e2ce8ffd12b8": "59b43e04ad6965f34319062b478f83dd",
    "783bbb7264451d82": "2653583c8873dea268ab9386918b1d65",
    "1d8b6e7d45233436": "560c52ccd288fed045859ed18bffd973",
    "5dce947fe22167f9": "5491a31c6bc11fb764a9b1f8d4acf092",
    "ae57252b0c09105d": "c75875c596a69eb55bd119e74b07cfe3",
    "bca7e84c2d947ac6": "60698ba2f68e01ce44738920a0ffe768",
    "dfca71928277209b": "b5475a8825547a4fc26c7d518eaaa02e",
    "27eb53fc9058f8c3": "c2ed53a74eeefe3cf99fbd01d8c9c375",
}
TV_KEY = "4409e2ce8ffd12b8"
ANDROID_KEY = "783bbb7264451d82"
ANDROID_GENERAL_KEY = "1d8b6e7d45233436"
BCUT_KEY = "5dce947fe22167f9"
QR_KEYS = (TV_KEY, "bca7e84c2d947ac6", "dfca71928277209b", "27eb53fc9058f8c3")
"""The keys with which the QR login of the TV works (section 1.2)."""


class SignPolicy(Enum):
    """What a step does with `sign`."""

    REQUIRED = auto()
    IF_PRESENT = auto()  # section 1.4: the live service took calls without one; a wrong one is still refused


SIGN_POLICY: Mapping[Step, SignPolicy] = {
    "key": SignPolicy.IF_PRESENT,
    "login": SignPolicy.REQUIRED,
    "preupload": SignPolicy.IF_PRESENT,
    "cover": SignPolicy.IF_PRESENT,
    "submit": SignPolicy.IF_PRESENT,
    "view": SignPolicy.IF_PRESENT,
}
"""Of the steps that may be signed; nobody looks at a signature on the others."""

RawPairs = list[tuple[str, str]]


def sign_of(pairs: RawPairs, secret: str) -> str:
    """Return the signature of undecoded pairs; a `sign` among them is left out."""
    signed = "&".join(f"{name}={value}" for name, value in sorted(pairs) if name != "sign")
    return hashlib.md5((signed + secret).encode(), usedforsecurity=False).hexdigest()


def check_query(step: Step, query: str) -> tuple[int, str] | None:
    """Return code and message of what is wrong with a query's signature, or None."""
    policy = SIGN_POLICY.get(step)
    pairs = split_pairs(query)
    if policy is None or (policy is SignPolicy.IF_PRESENT and "sign" not in dict(pairs)):
        return None
    appkey = dict(pairs).get("appkey")
    if appkey is None:  # cover and submit of the PC tool: signed, but not saying with which key
        return _check(pairs, tuple(SECRETS.values()))
    return _check_with_key(pairs, appkey)


def check_signed(text: str) -> tuple[int, str] | None:
    """Return code and message of what is wrong with a query or form that must be signed, or None."""
    pairs = split_pairs(text)
    return _check_with_key(pairs, dict(pairs).get("appkey", ""))


def check_login_order(body: str) -> tuple[int, str] | None:
    """Return code and message when a form of the PC tool is not in its order, or None.

    The fields are sorted, but `sign` stands before `ts` and `username`, although it is computed
    with them (section 1.3).
    """
    names = [name for name, _ in split_pairs(body)]
    last = ["sign", "ts", "username"]
    if names == [*sorted(name for name in names if name not in last), *last]:
        return None
    return BAD_SIGN, "the login form of the PC tool ends with sign, ts, username; the rest is sorted"


def _check_with_key(pairs: RawPairs, appkey: str) -> tuple[int, str] | None:
    secret = SECRETS.get(appkey)
    return (BAD_KEY, "unknown appkey") if secret is None else _check(pairs, (secret,))


def _check(pairs: RawPairs, secrets: Sequence[str]) -> tuple[int, str] | None:
    sign = dict(pairs).get("sign")
    if any(sign == sign_of(pairs, secret) for secret in secrets):
        return None
    return BAD_SIGN, "sign is missing" if sign is None else "sign does not fit the parameters"
