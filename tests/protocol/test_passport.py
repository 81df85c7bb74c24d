"""Logging in by QR code, SMS and password, verifying a phone: requests and answers (sections 2.2 to 2.6)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.protocol.answers import answer, sent

from bilibili_api.exceptions import (
    ArgsException,
    ResponseCodeException,
    ResponseException,
    VerificationRequired,
)
from bilibili_api.protocol import app_login, passport, verification
from bilibili_api.protocol.app_login import Phone
from bilibili_api.protocol.cookies import Cookies
from bilibili_api.protocol.passport import Code, Scan
from bilibili_api.protocol.tokens import Session, Verification
from bilibili_api.protocol.verification import Puzzle, Sent, Solution
from bilibili_api.redaction import Secret

NOW = 1700000000
CODE = Code("https://passport.bilibili.com/qr?auth_code=AUTH", Secret("AUTH"))
COOKIES = Cookies({"SESSDATA": "s%2C1", "bili_jct": "csrf"})
PUZZLE = Puzzle("gt", "challenge", Secret("token"))
SOLUTION = Solution("challenge2", "valid")
PHONE = Phone("13800000000", "86", "XW0120123456789ABCDEF0123456789ABCDEF")
TOKEN_INFO = {"mid": 10001, "access_token": "ACCESS", "refresh_token": "REFRESH", "expires_in": 15552000}
COOKIE_INFO = {
    "cookies": [
        {"name": "SESSDATA", "value": "x", "http_only": 1, "expires": 1715552000, "secure": 0},
        {"name": "bili_jct", "value": "y", "http_only": 0, "expires": 1715552000, "secure": 0},
    ],
    "domains": [".bilibili.com", ".biligame.com"],
}
GRANT: dict[str, Any] = {
    "is_new": False,
    "token_info": TOKEN_INFO,
    "cookie_info": COOKIE_INFO,
    "sso": ["https://x"],
}


def fields(request: Any) -> dict[str, str]:
    """The form of a request; its fields are in the order of their names."""
    pairs = parse_qsl(sent(request).decode(), keep_blank_values=True)
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.headers["Referer"] == "https://www.bilibili.com/"
    return dict(pairs)


class TestTvQr:
    def test_the_request_for_a_code_is_signed_as_the_document_computes_it(self):
        """The vector of section 1.1, as it stands on the wire."""
        request = passport.tv_code_request(NOW)
        assert (request.method, request.url) == (
            "POST",
            "https://passport.bilibili.com/x/passport-tv-login/qrcode/auth_code",
        )
        assert sent(request) == (
            b"appkey=4409e2ce8ffd12b8&local_id=0&ts=1700000000&sign=ebb086c9f52ae7393619a89bdc320e45"
        )

    def test_a_code_has_a_url_and_a_key(self):
        """What is shown, and what asks about it; neither shows itself."""
        url = "https://passport.bilibili.com/x/passport-tv-login/h5/qrcode/auth?auth_code=AUTH"
        code = passport.parse_tv_code(answer({"code": 0, "data": {"url": url, "auth_code": "AUTH"}}))
        assert (code.url, code.key.reveal()) == (url, "AUTH")
        assert "AUTH" not in repr(code)

    def test_the_question_about_a_code_is_signed(self):
        """Its fields in the order of their names, as signing wants them."""
        request = passport.tv_poll_request(CODE, NOW)
        assert request.url == "https://passport.bilibili.com/x/passport-tv-login/qrcode/poll"
        body = sent(request).decode()
        assert body.startswith("appkey=4409e2ce8ffd12b8&auth_code=AUTH&local_id=0&ts=1700000000&sign=")

    @pytest.mark.parametrize(
        ("code", "state"), [(86039, Scan.WAITING), (86090, Scan.SCANNED), (86038, Scan.EXPIRED)]
    )
    def test_the_state_is_the_code_of_the_answer(self, code: int, state: Scan):
        """None of them is an error."""
        assert passport.parse_tv_poll(answer({"code": code, "message": "x", "data": None}), NOW) is state

    @pytest.mark.parametrize(
        ("code", "kind"), [(-3, "BAD_SIGN"), (-400, "BAD_REQUEST"), (-404, "NO_SUCH_CODE")]
    )
    def test_other_codes_are_errors(self, code: int, kind: str):
        """Mistakes of ours, which asking again does not mend."""
        with pytest.raises(ResponseCodeException) as raised:
            passport.parse_tv_poll(answer({"code": code, "message": "x"}), NOW)
        assert raised.value.kind == kind

    def test_a_confirmed_code_gives_the_login(self):
        """Tokens, cookies with their ends, the platform, the moment."""
        session = passport.parse_tv_poll(answer({"code": 0, "data": {**GRANT, **TOKEN_INFO}}), NOW)
        assert isinstance(session, Session)
        assert (session.mid, session.platform, session.issued, session.expires_in) == (
            10001,
            "BiliTV",
            NOW,
            15552000,
        )
        assert (session.token, session.refresh_token) == (Secret("ACCESS"), Secret("REFRESH"))
        assert [(each.name, each.value, each.expires, each.http_only) for each in session.cookies] == [
            ("SESSDATA", "x", 1715552000, True),
            ("bili_jct", "y", 1715552000, False),
        ]
        assert session.expires == 1715552000

    def test_a_login_without_token_info_has_its_tokens_beside_it(self):
        """The members stand twice in the answer; either place will do."""
        session = passport.parse_tv_poll(answer({"code": 0, "data": TOKEN_INFO}), NOW)
        assert isinstance(session, Session)
        assert session.token == Secret("ACCESS")

    def test_cookies_confirm_a_code(self):
        """Section 2.4: with the csrf that is the cookie bili_jct."""
        request = passport.confirm_request(CODE, COOKIES)
        assert request.url == "https://passport.bilibili.com/x/passport-tv-login/h5/qrcode/confirm"
        assert sent(request) == b"auth_code=AUTH&csrf=csrf&scanning_type=3"
        assert request.headers["Cookie"] == "SESSDATA=s%2C1; bili_jct=csrf"

    def test_a_confirmation_answers_nothing_else(self):
        """Success, or the error that says why not."""
        passport.parse_confirm(answer({"code": 0, "data": None}))
        with pytest.raises(ResponseCodeException) as raised:
            passport.parse_confirm(answer({"code": -101, "message": "x"}))
        assert raised.value.kind == "NOT_LOGGED_IN"


class TestWebQr:
    def test_a_code_is_asked_for(self):
        """Without any parameter."""
        request = passport.web_code_request()
        assert (request.method, request.url) == (
            "GET",
            "https://passport.bilibili.com/x/passport-login/web/qrcode/generate",
        )
        code = passport.parse_web_code(
            answer({"code": 0, "data": {"url": "https://account.bilibili.com/h5?x=1", "qrcode_key": "KEY"}})
        )
        assert code.key.reveal() == "KEY"

    def test_the_question_names_the_code(self):
        """In the query."""
        url = passport.web_poll_request(CODE).url
        assert url == "https://passport.bilibili.com/x/passport-login/web/qrcode/poll?qrcode_key=AUTH"

    @pytest.mark.parametrize(
        ("code", "state"), [(86101, Scan.WAITING), (86090, Scan.SCANNED), (86038, Scan.EXPIRED)]
    )
    def test_the_state_stands_in_data(self, code: int, state: Scan):
        """The code at the top is 0 in all cases."""
        assert passport.parse_web_poll(answer({"code": 0, "data": {"code": code}}), NOW) is state

    @pytest.mark.parametrize("code", [86099, -1, "0", None])
    def test_an_unknown_state_is_an_unexpected_answer(self, code: object):
        """It is not taken for a login."""
        with pytest.raises(ResponseException):
            passport.parse_web_poll(answer({"code": 0, "data": {"code": code}}), NOW)

    def test_cookies_come_as_they_are_encoded(self):
        """From Set-Cookie, with their ends; what another URL holds besides is added."""
        url = "https://x.biligame.com/c?DedeUserID=10001&SESSDATA=a%2Cb%2A&bili_jct=csrf&Expires=1715552000&gourl=x"
        lines = (
            "SESSDATA=a%2Cb%2A; Path=/; Domain=bilibili.com; Expires=Mon, 13 May 2024 00:00:00 GMT; HttpOnly; Secure",
            "sid=abc; Max-Age=100",
            "gone=; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        )
        data = {"code": 0, "url": url, "refresh_token": "WEB"}
        response = answer({"code": 0, "data": data}, headers={"set-cookie": "\n".join(lines)})
        session = passport.parse_web_poll(response, NOW)
        assert isinstance(session, Session)
        assert [(each.name, each.value, each.expires) for each in session.cookies] == [
            ("SESSDATA", "a%2Cb%2A", 1715558400),
            ("bili_jct", "csrf", 1715552000),
            ("DedeUserID", "10001", 1715552000),
            ("sid", "abc", NOW + 100),
        ]
        assert (session.mid, session.web_refresh, session.token) == (10001, Secret("WEB"), None)

    @pytest.mark.parametrize(
        "url", ["", "https://x/?SESSDATA=a", "https://[x/?SESSDATA=a&bili_jct=b", None, 5]
    )
    def test_a_login_without_cookies_is_an_unexpected_answer(self, url: object):
        """Nothing could be done with it."""
        with pytest.raises(ResponseException, match="cookies"):
            passport.parse_web_poll(answer({"code": 0, "data": {"code": 0, "url": url}}), NOW)


class TestPassword:
    def test_the_form_is_that_of_the_android_app(self):
        """All fields of section 2.2, in order, signed by the key of the app."""
        request = app_login.password_request("user@example.com", "QUJD+/=", NOW)
        assert request.url == "https://passport.bilibili.com/x/passport-login/oauth2/login"
        body = sent(request).decode()
        assert body.startswith(
            "actionKey=appkey&appkey=783bbb7264451d82&build=6270200&captcha=&challenge=&channel=bili&device=phone"
            "&mobi_app=android&password=QUJD%2B%2F%3D&permission=ALL&platform=android&seccode=&subid=1"
            "&ts=1700000000&username=user%40example.com&validate=&sign="
        )

    def test_a_solved_captcha_goes_with_it(self):
        """In the fields that are empty otherwise."""
        form = fields(app_login.password_request("u", "p", NOW, PUZZLE, SOLUTION))
        assert (form["captcha"], form["challenge"], form["validate"], form["seccode"]) == (
            "token",
            "challenge2",
            "valid",
            "valid|jordan",
        )

    def test_a_login_is_bound_to_the_key_of_the_app(self):
        """The platform says so."""
        session = app_login.parse_password(answer({"code": 0, "data": GRANT}), NOW)
        assert isinstance(session, Session)
        assert session.platform == "Android"

    def test_a_risky_login_says_how_it_is_verified(self):
        """With code 0: the URL has what stands for it (section 2.2)."""
        url = "https://passport.bilibili.com/h5?tmp_token=TMP&request_id=REQ&source=risk"
        data = {"status": 2, "token_info": None, "cookie_info": None, "url": url}
        found = app_login.parse_password(answer({"code": 0, "data": data}), NOW)
        assert found == Verification(Secret("TMP"), "REQ")

    @pytest.mark.parametrize("url", ["", None, "https://[x?tmp_token=a", "https://x/?other=1"])
    def test_a_risky_login_that_does_not_say_how_wants_a_person(self, url: object):
        """Nothing can be done here."""
        data = {"status": 2, "token_info": None, "url": url}
        with pytest.raises(VerificationRequired):
            app_login.parse_password(answer({"code": 0, "data": data}), NOW)

    def test_a_captcha_that_is_named_is_returned(self):
        """-105 with its page."""
        url = "https://x/verify?recaptcha_token=T&gee_gt=G&gee_challenge=C"
        found = app_login.parse_password(answer({"code": -105, "data": {"url": url}}), NOW)
        assert found == Puzzle("G", "C", Secret("T"))

    @pytest.mark.parametrize("data", [None, {}, {"url": "https://x"}, {"url": "https://[x"}, []])
    def test_a_captcha_that_is_not_named_is_the_error(self, data: object):
        """-105 without its page."""
        with pytest.raises(ResponseCodeException) as raised:
            app_login.parse_password(answer({"code": -105, "message": "x", "data": data}), NOW)
        assert raised.value.kind == "CAPTCHA"

    @pytest.mark.parametrize("token", ["line\nbreak", "blank x", "é"])
    def test_a_token_that_cannot_be_one_is_an_unexpected_answer(self, token: str):
        """It would be sent in headers and files."""
        data = {"token_info": {**TOKEN_INFO, "access_token": token}}
        with pytest.raises(ResponseException):
            app_login.parse_password(answer({"code": 0, "data": data}), NOW)


class TestSms:
    def test_the_form_is_that_of_the_android_app(self):
        """All fields of section 2.6, in order, signed by the key of the app."""
        request = app_login.sms_request(PHONE, NOW)
        assert request.url == "https://passport.bilibili.com/x/passport-login/sms/send"
        assert (
            sent(request)
            .decode()
            .startswith(
                "actionKey=appkey&appkey=783bbb7264451d82&build=6510400&buvid=XW0120123456789ABCDEF0123456789ABCDEF"
                "&channel=bili&cid=86&device=phone&mobi_app=android&platform=android&tel=13800000000"
                "&ts=1700000000&sign="
            )
        )

    def test_a_solved_captcha_goes_with_it(self):
        """Under the names of section 2.6."""
        form = fields(app_login.sms_request(PHONE, NOW, PUZZLE, SOLUTION))
        assert {name: form[name] for name in form if name.startswith(("gee_", "recaptcha"))} == {
            "gee_challenge": "challenge2",
            "gee_seccode": "valid|jordan",
            "gee_validate": "valid",
            "recaptcha_token": "token",
        }

    def test_a_code_is_on_its_way_or_a_captcha_comes_first(self):
        """`captcha_key`, or `recaptcha_url` with the captcha in its query."""
        url = "https://x/verify?recaptcha_token=T&gee_gt=G&gee_challenge=C"
        assert app_login.parse_sms(answer({"code": 0, "data": {"captcha_key": "KEY"}})) == Sent(Secret("KEY"))
        assert app_login.parse_sms(
            answer({"code": 0, "data": {"captcha_key": "", "recaptcha_url": url}})
        ) == Puzzle("G", "C", Secret("T"))

    @pytest.mark.parametrize("data", [{}, {"captcha_key": ""}, {"recaptcha_url": "https://x"}])
    def test_neither_is_an_unexpected_answer(self, data: object):
        """Nothing says how to go on."""
        with pytest.raises(ResponseException):
            app_login.parse_sms(answer({"code": 0, "data": data}))

    def test_the_login_repeats_the_fields_with_the_code(self):
        """And the key of the message."""
        request = app_login.sms_login_request(PHONE, Sent(Secret("KEY")), "123456", NOW)
        assert request.url == "https://passport.bilibili.com/x/passport-login/login/sms"
        form = fields(request)
        assert (form["captcha_key"], form["code"], form["tel"]) == ("KEY", "123456", "13800000000")

    @pytest.mark.parametrize(("number", "country"), [("138 0000-0000", "+86"), ("(138)00000000", "86")])
    def test_numbers_are_cleaned(self, number: str, country: str):
        """As people write them."""
        phone = Phone.of(number, country, lambda characters: characters[-1])
        assert (phone.number, phone.country) == ("13800000000", "86")
        assert phone.buvid == "XW" + "F" * 35
        assert "138" not in repr(phone)

    @pytest.mark.parametrize(
        ("number", "country"),
        [("", "86"), ("123", "86"), ("1" * 16, "86"), ("13800000000", "x"), ("1３8000", "86")],
    )
    def test_what_is_no_number_is_refused(self, number: str, country: str):
        """Before anything is sent."""
        with pytest.raises(ArgsException):
            Phone.of(number, country, lambda characters: characters[0])


class TestVerification:
    def test_a_captcha_is_fetched(self):
        """The one of the web, and the one before a phone is verified."""
        request = verification.captcha_request()
        assert request.url == "https://passport.bilibili.com/x/passport-login/captcha?source=main_web"
        data = {"token": "T", "geetest": {"gt": "G", "challenge": "C"}}
        assert verification.parse_captcha(answer({"code": 0, "data": data})) == Puzzle("G", "C", Secret("T"))
        request = verification.verify_captcha_request()
        assert (request.method, request.url) == (
            "POST",
            "https://passport.bilibili.com/x/safecenter/captcha/pre",
        )
        data = {"recaptcha_token": "T", "gee_gt": "G", "gee_challenge": "C"}
        assert verification.parse_verify_captcha(answer({"code": 0, "data": data})) == Puzzle(
            "G", "C", Secret("T")
        )

    @pytest.mark.parametrize(("request_id", "kind"), [("REQ", "loginTelCheck"), ("", "secLogin")])
    def test_a_code_is_sent_to_the_accounts_phone(self, request_id: str, kind: str):
        """Its kind depends on there being a request_id."""
        request = verification.verify_sms_request(Verification(Secret("TMP"), request_id), PUZZLE, SOLUTION)
        assert request.url == "https://passport.bilibili.com/x/safecenter/common/sms/send"
        assert fields(request) == {
            "tmp_code": "TMP",
            "sms_type": kind,
            "recaptcha_token": "token",
            "gee_challenge": "challenge2",
            "gee_gt": "gt",
            "gee_validate": "valid",
            "gee_seccode": "valid|jordan",
        }

    def test_the_code_verifies_a_login_that_has_a_request_id(self):
        """At its own address."""
        request = verification.verify_request(Verification(Secret("TMP"), "REQ"), Sent(Secret("KEY")), "1")
        assert request.url == "https://passport.bilibili.com/x/safecenter/login/tel/verify"
        assert fields(request) == {
            "type": "loginTelCheck",
            "code": "1",
            "tmp_code": "TMP",
            "request_id": "REQ",
            "captcha_key": "KEY",
            "source": "risk",
        }

    def test_the_code_verifies_a_login_without_one(self):
        """At another address."""
        request = verification.verify_request(Verification(Secret("TMP"), ""), Sent(Secret("KEY")), "1")
        assert request.url == "https://passport.bilibili.com/x/safecenter/sec/verify"
        assert fields(request)["verify_type"] == "sms"
        assert "request_id" not in fields(request)

    def test_a_verified_phone_is_exchanged_for_cookies(self):
        """What the verification answers goes back."""
        code = verification.parse_verify(answer({"code": 0, "data": {"code": "PROOF"}}))
        request = verification.exchange_request(code)
        assert request.url == "https://passport.bilibili.com/x/passport-login/web/exchange_cookie"
        assert fields(request) == {"code": "PROOF", "source": "risk"}
        response = answer(
            {"code": 0, "data": {"refresh_token": "WEB"}},
            headers={"set-cookie": "SESSDATA=a\nbili_jct=b\nDedeUserID=7"},
        )
        session = verification.parse_exchange(response, NOW)
        assert (session.mid, session.web_refresh) == (7, Secret("WEB"))

    def test_a_solution_keeps_the_seccode_of_the_widget(self):
        """Made of `validate` only where there is none."""
        assert Solution("c", "v", "other").sealed == "other"
        assert Solution("c", "v").sealed == "v|jordan"


def test_no_request_shows_what_it_carries():
    """Neither by its repr nor by the place that errors name."""
    requests = [
        passport.tv_poll_request(CODE, NOW),
        passport.confirm_request(CODE, COOKIES),
        passport.web_poll_request(CODE),
        app_login.password_request("account", "ENCRYPTED", NOW, PUZZLE, SOLUTION),
        app_login.sms_login_request(PHONE, Sent(Secret("KEY")), "123456", NOW),
        verification.verify_request(Verification(Secret("TMP"), "REQ"), Sent(Secret("KEY")), "1"),
    ]
    for request in requests:
        shown = f"{request!r} {request.place}"
        for secret in ("AUTH", "s%2C1", "csrf", "ENCRYPTED", "123456", "KEY", "TMP", "13800000000"):
            assert secret not in shown
        assert urlsplit(request.url).scheme == "https"
