"""Signatures (protocol document, sections 1.1, 1.2 and 1.4)."""

from __future__ import annotations

import pytest

from bilibili_api.protocol.signing import BCUT, PC, TV, KeyPair, access_query, sign, signed_query
from bilibili_api.redaction import Secret

TV_SECRET = "59b43e04ad6965f34319062b478f83dd"
ANDROID_SECRET = "2653583c8873dea268ab9386918b1d65"
TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("serialised", "secret", "signature"),
    [
        ("appkey=4409e2ce8ffd12b8&local_id=0&ts=1700000000", TV_SECRET, "ebb086c9f52ae7393619a89bdc320e45"),
        (
            f"access_key={TOKEN}&actionKey=appkey&appkey=783bbb7264451d82&ts=1700000000",
            ANDROID_SECRET,
            "482755fd28efd39d813de1cbd37b13dd",
        ),
        (f"access_key={TOKEN}", PC.appsec, "3a17ecf7f7e2dd5013a654210bd67a96"),
    ],
)
def test_signatures_equal_the_vectors_of_the_document(serialised: str, secret: str, signature: str):
    """The test vectors of section 1.1 come out."""
    assert sign(serialised, secret) == signature


def test_the_pc_key_pair_is_the_one_of_the_upload_tool():
    """Tokens are bound to a key pair, so it must be the one of section 1.2."""
    assert (PC.appkey, PC.appsec) == ("aae92bc66f3edfab", "af125a0d5279fd576c1b4418a3e8276d")


def test_cover_and_submit_sign_the_access_key_alone():
    """Their query is the token and its signature (section 1.4)."""
    assert access_query(Secret(TOKEN)) == f"access_key={TOKEN}&sign=3a17ecf7f7e2dd5013a654210bd67a96"


@pytest.mark.parametrize(
    ("pair", "appkey", "appsec"),
    [
        (TV, "4409e2ce8ffd12b8", "59b43e04ad6965f34319062b478f83dd"),
        (BCUT, "5dce947fe22167f9", "5491a31c6bc11fb764a9b1f8d4acf092"),
    ],
)
def test_the_key_pairs_of_the_app_interfaces_are_those_of_the_document(
    pair: KeyPair, appkey: str, appsec: str
):
    """TV signs what the app submits, Bcut what Bcut for Android submits (section 1.2)."""
    assert (pair.appkey, pair.appsec) == (appkey, appsec)


def test_a_signed_query_is_sorted_and_covers_the_appkey():
    """The document's test vector of the TV key (section 1.1)."""
    assert signed_query({"ts": "1700000000", "local_id": "0"}, TV) == (
        "appkey=4409e2ce8ffd12b8&local_id=0&ts=1700000000&sign=ebb086c9f52ae7393619a89bdc320e45"
    )


def test_a_signed_query_signs_the_bytes_it_sends():
    """Values are escaped first; names are sorted by their bytes."""
    query, _, signature = signed_query({"b": '"é" ', "B": "/", "a": ""}, BCUT).partition("&sign=")
    assert query == "B=%2F&a=&appkey=5dce947fe22167f9&b=%22%C3%A9%22%20"
    assert signature == sign(query, BCUT.appsec)


def test_what_is_signed_is_what_is_sent():
    """A token with characters that need escaping is signed in its escaped form."""
    query, _, signature = access_query(Secret("a/b c")).partition("&sign=")
    assert query == "access_key=a%2Fb%20c"
    assert signature == sign(query, PC.appsec)
