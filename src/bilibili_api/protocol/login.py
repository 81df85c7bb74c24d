"""Logging in with account and password as the PC tool does (protocol document, sections 1.3, 2.1 and 2.2)."""

from __future__ import annotations

import base64
from dataclasses import field
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus

from bilibili_api.exceptions import ArgsException, VerificationRequired
from bilibili_api.frozen import frozen
from bilibili_api.redaction import Secret
from bilibili_api.saying import say

from .browser import FORM, HEADERS
from .codes import Step
from .signing import PC, sign
from .wire import (
    Envelope,
    JsonObject,
    Request,
    Response,
    member_int,
    member_object,
    member_str,
    open_envelope,
    serialise,
    unexpected,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_PASSPORT: Final = "https://passport.bilibili.com/x/passport-login"

_LONGEST_PASSWORD: Final = 101
_RISKY: Final = 2


@frozen
class LoginKey:
    """What a password is encrypted with; good for 20 seconds and one login.

    Attributes:
        hash: Salt, put before the password.
        pem: RSA public key in PEM.
    """

    hash: Secret
    pem: str = field(repr=False)


def key_request() -> Request:
    """Build the request for a login key (section 2.1)."""
    return Request(Step.KEY, "GET", f"{_PASSPORT}/web/key", HEADERS)


def parse_key(response: Response) -> LoginKey:
    """Read the answer to `key_request` (section 2.1).

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    data = member_object(open_envelope(response, Step.KEY, Envelope.CODE), "data", Step.KEY)
    return LoginKey(Secret(member_str(data, "hash", Step.KEY)), member_str(data, "key", Step.KEY))


def encrypt_password(key: LoginKey, password: str) -> str:
    """Return base64 of RSA (PKCS#1 v1.5) of the key's hash and the password (section 2.1).

    Raises:
        ArgsException: The password is empty, longer than 101 bytes in UTF-8, or not expressible in it.
        ResponseException: The key is not a usable RSA key.
    """
    secret = _utf8(password)
    if not 0 < len(secret) <= _LONGEST_PASSWORD:
        raise ArgsException(
            say(
                "The password must have 1 to {most} bytes in UTF-8.",
                most=_LONGEST_PASSWORD,
            ),
            hint=say("Check the password, or pass an access key instead."),
        )
    encrypted = _encrypt(key.pem, _utf8(key.hash.reveal()) + secret)
    if encrypted is None:
        raise unexpected(Step.KEY, say("has no usable RSA key"))
    return base64.b64encode(encrypted).decode()


def _encrypt(pem: str, message: bytes) -> bytes | None:
    """Encrypt; None if the key is no RSA key, too small for the message or mathematically impossible."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - slow to import
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415 - slow to import
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415 - slow to import
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415 - slow

    try:
        public = load_pem_public_key(_utf8(pem))
        return public.encrypt(message, PKCS1v15()) if isinstance(public, RSAPublicKey) else None
    except (ValueError, UnsupportedAlgorithm):
        return None


def _utf8(text: str) -> bytes:
    """Encode; nothing for what cannot be encoded, since the codec's error would carry the text along."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return b""


@frozen
class Device:
    """The computer that logs in, as the form describes it (section 2.2).

    Attributes:
        buvid: 8 characters of `[A-Z0-9]`, a hyphen and the device id.
        device_id: 12 characters of `[A-Z0-9]`.
        name: Free text.
    """

    buvid: str
    device_id: str
    name: str = "bvup"

    @classmethod
    def make(cls, choose: Callable[[str], str]) -> Device:
        """Make a device of random characters.

        Args:
            choose: Returns one character of the text it is given.
        """
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        device_id = "".join(choose(alphabet) for _ in range(12))
        return cls("".join(choose(alphabet) for _ in range(8)) + "-" + device_id, device_id)


def login_request(account: str, encrypted: str, device: Device, ts: int) -> Request:
    """Build the login form, with `sign` before two of the members it covers (section 1.3).

    Args:
        account: Mail address, phone number or name.
        encrypted: The password as `encrypt_password` returns it.
        device: The computer that logs in.
        ts: Unix time in seconds.

    Raises:
        ArgsException: The account is empty or not expressible in UTF-8.
    """
    if not _utf8(account):
        raise ArgsException(say("The account is empty or not text."), hint=say("Check the account."))
    first = serialise(
        (
            ("appkey", PC.appkey),
            ("buvid", device.buvid),
            ("device_id", device.device_id),
            ("device_name", device.name),
            ("device_platform", "Windows 10"),
            ("password", encrypted),
            ("platform", "pc"),
        )
    )
    last = f"ts={ts}&username={quote_plus(account)}"
    body = f"{first}&sign={sign(f'{first}&{last}', PC.appsec)}&{last}"
    return Request(Step.LOGIN, "POST", f"{_PASSPORT}/oauth2/login", {**HEADERS, **FORM}, body.encode())


@frozen
class Token:
    """What a login returns (section 2.2).

    Attributes:
        mid: The account's number.
        access_key: The token that uploads and submits.
        refresh_token: Renews the token, if the answer had one.
        expires_in: Life of the token in seconds, if the answer said.
    """

    mid: int
    access_key: Secret
    refresh_token: Secret | None
    expires_in: int | None


def parse_login(response: Response) -> Token:
    """Read the answer to `login_request` (section 2.2).

    Raises:
        VerificationRequired: The login wants a person, which it says with code 0.
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    data = member_object(open_envelope(response, Step.LOGIN, Envelope.CODE), "data", Step.LOGIN)
    if data.get("status") == _RISKY or data.get("token_info") is None:
        raise VerificationRequired(
            say("The login was found risky: Bilibili wants a phone or mail to be verified.")
        )
    info = member_object(data, "token_info", Step.LOGIN)
    return Token(
        member_int(info if "mid" in info else data, "mid", Step.LOGIN),
        Secret(member_str(info, "access_token", Step.LOGIN)),
        Secret(member_str(info, "refresh_token", Step.LOGIN)) if info.get("refresh_token") else None,
        _seconds(info),
    )


def _seconds(info: JsonObject) -> int | None:
    return None if info.get("expires_in") is None else member_int(info, "expires_in", Step.LOGIN)
