"""Who is asking: by web cookies, or by a token and a signature (protocol document, sections 1.1 and 8.2)."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from bilibili_api.simulator.form import split_pairs
from bilibili_api.simulator.reply import RefusalError, refusal
from bilibili_api.simulator.signing import BAD_KEY, BAD_SIGN, SECRETS, sign_of

if TYPE_CHECKING:
    from bilibili_api.simulator.exchange import Received
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.state import Account, State


def by_cookies(state: State, received: Received, form: Form | None = None, *, csrf: bool = False) -> Account:
    """Return the account that the cookies belong to.

    Args:
        state: knows the accounts.
        received: the request; only its `Cookie` header is looked at, and its query for csrf.
        form: where csrf stands instead of the query, if anywhere.
        csrf: it must be there and be the cookie `bili_jct`.

    Raises:
        RefusalError: -101 without a valid session, -111 for a csrf that is missing or another.
    """
    cookies = cookies_of(received)
    session = state.session_of(cookies.get("SESSDATA"))
    if session is None:
        raise RefusalError(refusal(-101, "not logged in: the cookies are missing, unknown or expired"))
    if csrf:
        said = received.query_value("csrf") if form is None else form.value("csrf")
        if not _same(said, session.csrf) or not _same(cookies.get("bili_jct"), session.csrf):
            raise RefusalError(refusal(-111, "csrf is missing or does not fit the cookies"))
    return session.account


def by_token(state: State, received: Received, *, appkey: str) -> Account:
    """Return the account of a query that is signed with one key.

    The token may have been made with another key: clients sign so, and are let in (section 1.2).

    Raises:
        RefusalError: -101 without a valid token, -2 for another key, -3 for a wrong signature.
    """
    account = state.account_of(received.query_value("access_key"))
    if account is None:
        raise RefusalError(refusal(-101, "not logged in: access_key is missing, unknown or expired"))
    if received.query_value("appkey") != appkey:
        raise RefusalError(refusal(BAD_KEY, f"appkey must be {appkey} here"))
    if not (received.query_value("ts") or "").isdecimal():
        raise RefusalError(refusal(-400, "ts must be Unix seconds"))
    pairs = split_pairs(received.query_string)
    if not _same(received.query_value("sign"), sign_of(pairs, SECRETS[appkey])):
        raise RefusalError(refusal(BAD_SIGN, "sign is missing or does not fit the parameters"))
    return account


def cookies_of(received: Received) -> dict[str, str]:
    """Return the cookies of a request as they were sent, without decoding them."""
    cookies: dict[str, str] = {}
    for item in (received.header("Cookie") or "").split(";"):
        name, _, value = item.strip().partition("=")
        cookies.setdefault(name, value)
    return cookies


def _same(said: str | None, real: str) -> bool:
    return said is not None and hmac.compare_digest(said.encode(), real.encode())
