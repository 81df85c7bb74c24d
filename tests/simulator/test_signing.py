"""The signatures of the protocol document, sections 1.1 and 1.3, as the simulator computes them."""

from __future__ import annotations

import pytest

from bilibili_api.simulator.form import split_pairs
from bilibili_api.simulator.signing import SECRETS, sign_of

TOKEN = "access_key=0123456789abcdef0123456789abcdef"
LOGIN = (
    "appkey=aae92bc66f3edfab&buvid=A1B2C3D4-0123456789AB&device_id=0123456789AB&device_name=test%20box"
    "&device_platform=Windows%2010&password=QUJD%2BZGVm%2F0%3D&platform=pc"
    "&ts=1700000000&username=user%40example.com"
)


@pytest.mark.parametrize(
    ("appkey", "text", "sign"),
    [
        (
            "4409e2ce8ffd12b8",
            "appkey=4409e2ce8ffd12b8&local_id=0&ts=1700000000",
            "ebb086c9f52ae7393619a89bdc320e45",
        ),
        (
            "783bbb7264451d82",
            f"{TOKEN}&actionKey=appkey&appkey=783bbb7264451d82&ts=1700000000",
            "482755fd28efd39d813de1cbd37b13dd",
        ),
        ("aae92bc66f3edfab", TOKEN, "3a17ecf7f7e2dd5013a654210bd67a96"),
        ("aae92bc66f3edfab", LOGIN, "3a564073a29f86d1f4a9538a55254fe0"),
    ],
)
def test_the_published_signatures_come_out(appkey: str, text: str, sign: str):
    """Each string of the document has the signature of the document."""
    assert sign_of(split_pairs(text), SECRETS[appkey]) == sign


def test_the_order_of_the_parameters_and_a_sign_among_them_do_not_matter():
    """The signature is over the sorted parameters without `sign`."""
    turned = split_pairs("ts=1700000000&sign=x&local_id=0&appkey=4409e2ce8ffd12b8")
    assert sign_of(turned, SECRETS["4409e2ce8ffd12b8"]) == "ebb086c9f52ae7393619a89bdc320e45"
