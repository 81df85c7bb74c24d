"""Login by password (protocol document, sections 1.3, 2.1 and 2.2)."""

from __future__ import annotations

import base64
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.protocol.answers import answer, sent

from bilibili_api.exceptions import ArgsException, ResponseException, VerificationRequired
from bilibili_api.protocol.login import (
    Device,
    LoginKey,
    encrypt_password,
    key_request,
    login_request,
    parse_key,
    parse_login,
)
from bilibili_api.redaction import Secret

HASH = "0123456789abcdef"
DEVICE = Device("A1B2C3D4-0123456789AB", "0123456789AB", "test box")
TOKEN_INFO = {"mid": 1, "access_token": "ACCESS", "refresh_token": "REFRESH", "expires_in": 15552000}


@cache
def private_key(bits: int = 1024) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def pem_of(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def login_key(pem: str, salt: str = HASH) -> LoginKey:
    return LoginKey(Secret(salt), pem)


def test_the_whole_key_request_as_it_stands_on_the_wire():
    """The key is asked for over https, with a browser's header fields and without any parameter."""
    request = key_request()
    assert (request.method, request.url) == ("GET", "https://passport.bilibili.com/x/passport-login/web/key")
    assert request.headers["Referer"] == "https://www.bilibili.com/"
    assert request.headers["User-Agent"].startswith("Mozilla/5.0 (Windows NT 10.0;")
    assert sent(request) == b""


def test_the_key_answer_gives_hash_and_key():
    """Both members of `data` are taken over as they are."""
    key = parse_key(answer({"code": 0, "message": "0", "ttl": 1, "data": {"hash": HASH, "key": "PEM"}}))
    assert (key.hash.reveal(), key.pem) == (HASH, "PEM")


def test_the_login_key_does_not_show_itself():
    """Hash and key stay out of its repr."""
    assert HASH not in repr(login_key("PEM")) + str(login_key("PEM"))
    assert "PEM" not in repr(login_key("PEM"))


@pytest.mark.parametrize("password", ["secret", "密码 with spaces/+&=", "x" * 101])
def test_bilibili_can_decrypt_the_password(password: str):
    """The field is padded base64 of RSA of hash and password, up to 101 bytes."""
    field = encrypt_password(login_key(pem_of(private_key())), password)
    plain = private_key().decrypt(base64.b64decode(field, validate=True), PKCS1v15())
    assert plain == (HASH + password).encode()


@pytest.mark.parametrize("password", ["x" * 102, "密" * 34, "", "half\ud800pair"])
def test_a_password_that_cannot_be_sent_is_refused(password: str):
    """Over 101 bytes, empty or not text: an error about the argument, which does not carry it along."""
    with pytest.raises(ArgsException) as caught:
        encrypt_password(login_key(pem_of(private_key())), password)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "key",
    [
        login_key("no key at all"),
        login_key("half\ud800pair"),
        login_key(pem_of(ec.generate_private_key(ec.SECP256R1()))),
        login_key(pem_of(private_key()), "too long a hash" * 10),
        # An RSA key whose modulus is even.
        login_key(
            "-----BEGIN PUBLIC KEY-----\n"
            + base64.b64encode(
                bytes.fromhex("30819d300d06092a864886f70d010101050003818b0030818702818100")
                + b"\xff" * 127
                + b"\xfe\x02\x01\x03"
            ).decode()
            + "\n-----END PUBLIC KEY-----\n"
        ),
    ],
    ids=["garbage", "not text", "not RSA", "too small", "even modulus"],
)
def test_an_unusable_key_is_an_unexpected_answer(key: LoginKey):
    """Whatever the server sends as a key, the error is typed."""
    with pytest.raises(ResponseException):
        encrypt_password(key, "secret")


def test_the_whole_login_request_as_it_stands_on_the_wire():
    """The sign stands before two of the members it covers (section 1.3), as in the document's vector."""
    request = login_request("user@example.com", "QUJD+ZGVm/0=", DEVICE, 1700000000)
    assert (request.method, request.url) == (
        "POST",
        "https://passport.bilibili.com/x/passport-login/oauth2/login",
    )
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.headers["Referer"] == "https://www.bilibili.com/"
    assert sent(request) == (
        b"appkey=aae92bc66f3edfab&buvid=A1B2C3D4-0123456789AB&device_id=0123456789AB"
        b"&device_name=test%20box&device_platform=Windows%2010&password=QUJD%2BZGVm%2F0%3D&platform=pc"
        b"&sign=3a564073a29f86d1f4a9538a55254fe0&ts=1700000000&username=user%40example.com"
    )


@pytest.mark.parametrize("account", ["", "half\ud800pair"])
def test_an_account_that_cannot_be_sent_is_refused(account: str):
    """Empty or not text: an error about the argument."""
    with pytest.raises(ArgsException):
        login_request(account, "QUJD", DEVICE, 1700000000)


def test_a_device_is_made_of_chosen_characters():
    """12 characters make the device id, 8 more stand before it in the buvid; all are chosen from [A-Z0-9]."""
    offered: list[str] = []
    picks = iter("0123456789ABZYXWVUTS")

    def choose(alphabet: str) -> str:
        offered.append(alphabet)
        return next(picks)

    device = Device.make(choose)
    assert (device.buvid, device.device_id) == ("ZYXWVUTS-0123456789AB", "0123456789AB")
    assert set(offered) == {"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"}


def test_a_login_gives_the_token():
    """All four values of `token_info` are taken over."""
    token = parse_login(
        answer({"code": 0, "message": "0", "data": {"status": 0, "url": "", "token_info": TOKEN_INFO}})
    )
    assert (token.mid, token.access_key, token.refresh_token, token.expires_in) == (
        1,
        Secret("ACCESS"),
        Secret("REFRESH"),
        15552000,
    )


def test_a_token_does_not_show_itself():
    """Neither of its secrets appears in its repr."""
    shown = repr(parse_login(answer({"code": 0, "data": {"status": 0, "token_info": TOKEN_INFO}})))
    assert "ACCESS" not in shown
    assert "REFRESH" not in shown


def test_a_login_without_refresh_token_or_lifetime_is_a_login():
    """The token alone is enough; the account's number may stand beside `token_info`."""
    token = parse_login(answer({"code": 0, "data": {"mid": 2, "token_info": {"access_token": "ACCESS"}}}))
    assert (token.mid, token.refresh_token, token.expires_in) == (2, None, None)


@pytest.mark.parametrize(
    "data",
    [
        {"status": 2, "token_info": None, "url": "https://passport.bilibili.com/h5?tmp_token=TMP"},
        {"status": 0, "token_info": None, "url": ""},
        {"status": 2, "token_info": TOKEN_INFO, "url": "https://passport.bilibili.com/h5?tmp_token=TMP"},
    ],
)
def test_a_risky_login_says_what_a_person_can_do(data: dict[str, object]):
    """Code 0 with status 2 or without a token is a demand for verification; its link stays hidden."""
    with pytest.raises(VerificationRequired) as caught:
        parse_login(answer({"code": 0, "message": "0", "data": data}))
    assert "QR code" in caught.value.hint
    assert "TMP" not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        None,
        {"token_info": "ACCESS"},
        {"token_info": {"mid": 1}},
        {"token_info": {"access_token": "ACCESS"}},
        {"token_info": {**TOKEN_INFO, "mid": True}},
        {"token_info": {**TOKEN_INFO, "expires_in": "long"}},
        {"token_info": {**TOKEN_INFO, "refresh_token": 5}},
    ],
)
def test_a_login_answer_of_another_shape_is_unexpected(data: object):
    """Missing members and members of another type are a typed error."""
    with pytest.raises(ResponseException) as caught:
        parse_login(answer({"code": 0, "data": data}))
    assert "ACCESS" not in str(caught.value)
