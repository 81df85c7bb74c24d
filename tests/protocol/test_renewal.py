"""Is a login still good, its renewal and its end: requests and answers (sections 2.7 and 2.9)."""

from __future__ import annotations

import re

import pytest
from tests.protocol.answers import answer, sent

from bilibili_api.exceptions import NetworkException, ResponseCodeException, ResponseException, Retry
from bilibili_api.protocol import renewal
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.cookies import Cookies
from bilibili_api.protocol.renewal import Nav, TokenState
from bilibili_api.protocol.set_cookies import set_cookies
from bilibili_api.protocol.tokens import Cookie, Session, session_of_token
from bilibili_api.protocol.wire import Response
from bilibili_api.redaction import Secret

NOW = 1700000000
TOKEN = Secret("0123456789abcdef0123456789abcdef")
COOKIES = Cookies({"SESSDATA": "s", "bili_jct": "csrf", "DedeUserID": "1"})


class TestInfo:
    def test_the_request_is_signed_as_the_document_computes_it(self):
        """The vector of section 1.1."""
        request = renewal.info_request(TOKEN, "Android", NOW)
        assert request.method == "GET"
        assert request.url == (
            "https://passport.bilibili.com/x/passport-login/oauth2/info"
            "?access_key=0123456789abcdef0123456789abcdef&actionKey=appkey&appkey=783bbb7264451d82&ts=1700000000"
            "&sign=482755fd28efd39d813de1cbd37b13dd"
        )

    @pytest.mark.parametrize(("said", "refresh"), [(True, True), (False, False), (None, False), (1, False)])
    def test_the_answer_says_how_long_and_whether_to_renew(self, said: object, refresh: bool):
        """Only `true` asks for a renewal."""
        state = renewal.parse_info(answer({"code": 0, "data": {"mid": 1, "expires_in": 5, "refresh": said}}))
        assert state == TokenState(1, 5, refresh)

    @pytest.mark.parametrize(
        ("code", "kind"), [(-101, "NOT_LOGGED_IN"), (-658, "TOKEN_EXPIRED"), (-663, "TOKEN_REFUSED")]
    )
    def test_a_dead_token_asks_for_a_login(self, code: int, kind: str):
        """With a stable name and what to do."""
        with pytest.raises(ResponseCodeException) as raised:
            renewal.parse_info(answer({"code": code, "message": "x"}))
        assert (raised.value.kind, raised.value.retry) == (kind, Retry.LOGIN)
        assert "Log in again" in raised.value.hint


class TestRefresh:
    def test_the_form_is_signed_with_the_tokens_own_key(self):
        """Section 2.7: else -663."""
        request = renewal.refresh_request(TOKEN, Secret("REFRESH"), "BiliTV", NOW)
        assert request.url == "https://passport.bilibili.com/x/passport-login/oauth2/refresh_token"
        assert (
            sent(request)
            .decode()
            .startswith(
                "access_key=0123456789abcdef0123456789abcdef&actionKey=appkey&appkey=4409e2ce8ffd12b8"
                "&refresh_token=REFRESH&ts=1700000000&sign="
            )
        )

    def test_the_answer_is_a_login_that_keeps_what_it_lacks(self):
        """The platform, cookies that were not set anew, and the file it came from."""
        old = Session(
            mid=7,
            token=TOKEN,
            cookies=(Cookie("SESSDATA", "old"), Cookie("buvid3", "b")),
            platform="BiliTV",
            document={"theirs": 1},
        )
        data = {
            "token_info": {"mid": 7, "access_token": "NEW", "refresh_token": "R2", "expires_in": 9},
            "cookie_info": {"cookies": [{"name": "SESSDATA", "value": "new"}]},
        }
        fresh = old.followed_by(renewal.parse_refresh(answer({"code": 0, "data": data}), "BiliTV", NOW))
        assert (fresh.token, fresh.refresh_token, fresh.platform) == (Secret("NEW"), Secret("R2"), "BiliTV")
        assert [(each.name, each.value) for each in fresh.cookies] == [("SESSDATA", "new"), ("buvid3", "b")]
        assert fresh.document == {"theirs": 1}

    def test_a_renewal_that_asks_for_a_verification_is_not_what_the_protocol_says(self):
        """There is nobody to verify anything."""
        data = {"status": 2, "token_info": None, "url": "https://x/?tmp_token=T"}
        with pytest.raises(ResponseException):
            renewal.parse_refresh(answer({"code": 0, "data": data}), "BiliTV", NOW)


class TestNav:
    def test_it_is_asked_with_cookies(self):
        """Nothing else."""
        request = renewal.nav_request(COOKIES)
        assert request.url == "https://api.bilibili.com/x/web-interface/nav"
        assert request.headers["Cookie"] == "SESSDATA=s; bili_jct=csrf; DedeUserID=1"

    def test_the_answer_says_whose_they_are(self):
        """Number, name and level."""
        data = {"isLogin": True, "mid": 7, "uname": "alice", "level_info": {"current_level": 5}}
        assert renewal.parse_nav(answer({"code": 0, "data": data})) == Nav(7, "alice", 5)

    @pytest.mark.parametrize("level", [None, {}, {"current_level": "--"}, {"current_level": True}, []])
    def test_a_level_that_is_not_there_is_not_known(self, level: object):
        """It is nice to have."""
        data = {"isLogin": True, "mid": 7, "level_info": level}
        assert renewal.parse_nav(answer({"code": 0, "data": data})) == Nav(7, "", None)

    @pytest.mark.parametrize("said", [False, None, 1])
    def test_nobody_is_logged_in(self, said: object):
        """Section 2.7: `isLogin` is not true."""
        assert renewal.parse_nav(answer({"code": 0, "data": {"isLogin": said}})) is None

    def test_a_token_tells_whose_it_is_as_well(self):
        """Where there are no cookies."""
        request = renewal.myinfo_request(TOKEN, "BiliTV", NOW)
        assert request.url.startswith(
            "https://api.bilibili.com/x/space/myinfo?access_key=0123456789abcdef0123456789abcdef"
            "&appkey=4409e2ce8ffd12b8&ts=1700000000&sign="
        )
        data = {"mid": 7, "name": "alice", "level": 5}
        assert renewal.parse_myinfo(answer({"code": 0, "data": data})) == Nav(7, "alice", 5)


class TestWebRenewal:
    def test_whether_to_renew_is_asked_with_the_csrf(self):
        """The answer has the server's milliseconds, too."""
        request = renewal.cookie_info_request(COOKIES)
        assert request.url == "https://passport.bilibili.com/x/passport-login/web/cookie/info?csrf=csrf"
        data = {"refresh": True, "timestamp": 1700000000123}
        assert renewal.parse_cookie_info(answer({"code": 0, "data": data})) == (True, 1700000000123)

    def test_the_path_is_sealed_anew_each_time(self):
        """1024 bits in lower-case hex; the padding is random."""
        one, two = (renewal.correspond_path(1700000000123) for _ in range(2))
        assert re.fullmatch(r"[0-9a-f]{256}", one)
        assert one != two
        url = renewal.correspond_request(COOKIES, one).url
        assert url == f"https://www.bilibili.com/correspond/1/{one}"

    @pytest.mark.parametrize(
        "page",
        [
            '<html><div id="1-name">abc123</div></html>',
            "<div class='x'></div><div id='1-name' hidden>\n  abc123 </div>",
        ],
    )
    def test_the_page_holds_the_csrf(self, page: str):
        """As the text of one element."""
        assert renewal.parse_correspond(Response(200, {}, page.encode())) == Secret("abc123")

    @pytest.mark.parametrize(
        "page", [b"", b"\xff\xfe", b'<div id="1-name"></div>', b'<div id="2-name">x</div>']
    )
    def test_a_page_without_it_is_an_unexpected_answer(self, page: bytes):
        """Whatever it is instead."""
        with pytest.raises(ResponseException):
            renewal.parse_correspond(Response(200, {}, page))

    def test_a_path_that_is_too_old_is_not_found(self):
        """Section 2.7: 404."""
        with pytest.raises(NetworkException) as raised:
            renewal.parse_correspond(Response(404, {}, b"<html>404</html>"))
        assert raised.value.status == 404

    def test_the_renewal_carries_both_tokens(self):
        """And the cookies themselves."""
        request = renewal.cookie_refresh_request(COOKIES, Secret("RC"), Secret("OLD"))
        assert request.url == "https://passport.bilibili.com/x/passport-login/web/cookie/refresh"
        assert sent(request) == b"csrf=csrf&refresh_csrf=RC&source=main_web&refresh_token=OLD"
        assert "SESSDATA=s" in request.headers["Cookie"]

    def test_the_answer_sets_new_cookies(self):
        """With the token of the next renewal."""
        response = answer(
            {"code": 0, "data": {"refresh_token": "NEXT"}}, headers={"set-cookie": "SESSDATA=n\nbili_jct=m"}
        )
        session = renewal.parse_cookie_refresh(response, NOW)
        assert ({each.name: each.value for each in session.cookies}, session.web_refresh) == (
            {"SESSDATA": "n", "bili_jct": "m"},
            Secret("NEXT"),
        )

    def test_a_renewal_without_the_next_token_is_an_unexpected_answer(self):
        """Else the cookies could never be renewed again, and nobody would know."""
        with pytest.raises(ResponseException, match="refresh_token"):
            renewal.parse_cookie_refresh(
                answer({"code": 0, "data": {}}, headers={"set-cookie": "SESSDATA=n\nbili_jct=m"}), NOW
            )

    def test_the_new_cookies_end_the_old_ones(self):
        """With the old token."""
        request = renewal.confirm_refresh_request(COOKIES, Secret("OLD"))
        assert request.url == "https://passport.bilibili.com/x/passport-login/web/confirm/refresh"
        assert sent(request) == b"csrf=csrf&refresh_token=OLD"


def test_a_login_is_ended_with_its_csrf():
    """Under the name the site gives it there."""
    request = renewal.logout_request(COOKIES)
    assert request.url == "https://passport.bilibili.com/login/exit/v2"
    assert (sent(request), request.headers["Cookie"]) == (b"biliCSRF=csrf", COOKIES.header)
    renewal.parse_done(answer({"code": 0}), Step.LOGOUT)


def test_a_browsers_names_are_fetched():
    """Section 2.9."""
    assert renewal.buvid_request().url == "https://api.bilibili.com/x/frontend/finger/spi"
    assert renewal.parse_buvid(answer({"code": 0, "data": {"b_3": "3", "b_4": "4"}})) == ("3", "4")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a=b", Cookie("a", "b")),
        ("a=b; Expires=Tue, 14 Nov 2023 23:13:20 GMT", Cookie("a", "b", 1700003600)),
        ("a=b; expires=Tue, 14-Nov-2023 23:13:20 GMT; Max-Age=5", Cookie("a", "b", NOW + 5)),
        ("a=b; Expires=never; HttpOnly; Secure", Cookie("a", "b", None, http_only=True, secure=True)),
        ('a="b"', Cookie("a", "b")),
        ("a=b; Max-Age=0", None),
        ("a=; Path=/", None),
        ("no cookie", None),
        ("", None),
        ("=b", None),
    ],
)
def test_cookies_that_are_set_are_read(line: str, expected: Cookie | None):
    """Names, values, ends and flags; what is deleted or damaged is left out."""
    found = set_cookies(Response(200, {"set-cookie": line}), NOW)
    assert found == ((expected,) if expected else ())


class TestSession:
    def test_a_token_makes_up_for_cookies_that_are_incomplete(self):
        """They are left out, and the token used."""
        session = Session(token=TOKEN, cookies=(Cookie("SESSDATA", "s"),))
        assert (session.web(), session.has_cookies) == (None, False)
        assert session.access().token == TOKEN

    def test_the_first_end_counts(self):
        """Of the token, or of SESSDATA; other cookies may end."""
        cookies = (Cookie("SESSDATA", "s", 500), Cookie("sid", "x", 1))
        assert Session(token=TOKEN, cookies=cookies, expires_in=100, issued=300).expires == 400
        assert Session(token=TOKEN, cookies=cookies, expires_in=900, issued=300).expires == 500
        assert Session(token=TOKEN).expires is None

    def test_a_bare_token_is_a_login(self):
        """With nothing else."""
        assert session_of_token("abc").access().token == Secret("abc")
