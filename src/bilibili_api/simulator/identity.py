"""Who is asking: by web cookies, or by a token and a signature (protocol document, sections 1.1 and 8.2)."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from bilibili_api.simulator.reply import RefusalError, refusal
from bilibili_api.simulator.signing import BAD_KEY, check_signed

if TYPE_CHECKING:
    from bilibili_api.simulator.accounts import Account
    from bilibili_api.simulator.exchange import Received
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.logins import Login
    from bilibili_api.simulator.state import State

_NO_COOKIES = refusal(-101, "not logged in: the cookies are missing, unknown or expired")
_NO_TOKEN = refusal(-101, "not logged in: access_key is missing, unknown or expired")
_NO_CSRF = refusal(-111, "csrf is missing or does not fit the cookies")


def by_cookies(
    state: State,
    received: Received,
    form: Form | None = None,
    *,
    csrf: bool = False,
    needs_cookie: bool = True,
) -> Account:
    """Return the account that the cookies belong to.

    Args:
        state: knows the accounts.
        received: the request; only its `Cookie` header is looked at, and its query for csrf.
        form: where csrf stands instead of the query, if anywhere.
        csrf: it must be there and be the cookie `bili_jct`.
        needs_cookie: that cookie must be there, too; else it may be missing, but not be another.

    Raises:
        RefusalError: -101 without a valid session, -111 for a csrf that is missing or another.
    """
    return login_by_cookies(state, received, form, csrf=csrf, needs_cookie=needs_cookie).account


def login_by_cookies(
    state: State,
    received: Received,
    form: Form | None = None,
    *,
    csrf: bool = False,
    needs_cookie: bool = True,
) -> Login:
    """Return the login that the cookies are of; else like `by_cookies`."""
    cookies = cookies_of(received)
    login = state.session_of(cookies.get("SESSDATA"))
    if login is None:
        raise RefusalError(_NO_COOKIES)
    said = received.query_value("csrf") if form is None else form.value("csrf")
    cookie = cookies.get("bili_jct", None if needs_cookie else login.csrf)
    if csrf and not (same(said, login.csrf) and same(cookie, login.csrf)):
        raise RefusalError(_NO_CSRF)
    return login


def by_token(state: State, received: Received, *, appkey: str) -> Account:
    """Return the account of a query that is signed with one key.

    The token may have been made with another key: clients submit so and are let in; only what is
    asked of the token itself is bound to its key (section 1.2).

    Raises:
        RefusalError: -101 without a valid token, -2 for another key, -3 for a wrong signature.
    """
    account = state.account_of(received.query_value("access_key"))
    if account is None:
        raise RefusalError(_NO_TOKEN)
    if received.query_value("appkey") != appkey:
        raise RefusalError(refusal(BAD_KEY, f"appkey must be {appkey} here"))
    if not (received.query_value("ts") or "").isdecimal():
        raise RefusalError(refusal(-400, "ts must be Unix seconds"))
    wrong = check_signed(received.query_string)
    if wrong is not None:
        raise RefusalError(refusal(*wrong))
    return account


def cookies_of(received: Received) -> dict[str, str]:
    """Return the cookies of a request, as they are encoded in it."""
    pairs = (item.partition("=") for item in (received.header("Cookie") or "").split(";"))
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs if name.strip()}


def same(said: str | None, real: str) -> bool:
    """Compare a secret without telling by the time how much of it is right."""
    return said is not None and hmac.compare_digest(said.encode(), real.encode())
