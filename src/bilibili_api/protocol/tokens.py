"""What a login gives: tokens, cookies, whose they are, how long they last (sections 2.2, 2.3, 2.7, 2.8)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import parse_qs, urlsplit

from bilibili_api.exceptions import ArgsException, VerificationRequired
from bilibili_api.frozen import frozen
from bilibili_api.redaction import Secret
from bilibili_api.saying import say

from .cookies import NEEDED, Cookies
from .interfaces import Access
from .signing import ANDROID, PC, TV, KeyPair, signed_query
from .wire import Envelope, JsonObject, member_int, member_object, member_str, open_envelope, unexpected

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .codes import Step
    from .wire import Response

BILI_TV: Final = "BiliTV"
BILI_ANDROID: Final = "Android"
PC_TOOL: Final = "pc"
PAIRS: Final[Mapping[str, KeyPair]] = {BILI_TV: TV, BILI_ANDROID: ANDROID, PC_TOOL: PC}
"""The key pair that a token is bound to, by the platform that `cookies.json` names (sections 1.2 and 2.8)."""

_TOKEN: Final = re.compile(r"[!-~]{1,4096}")
_RISKY: Final = 2


@frozen
class Cookie:
    """One cookie as a login gives it.

    Attributes:
        name: Its name.
        value: Its value, encoded as it is sent.
        expires: Unix seconds at which it ends, or None: it is not known.
        http_only: Whether scripts of pages may not read it.
        secure: Whether it is sent over https only.
    """

    name: str
    value: str = field(repr=False)
    expires: int | None = None
    http_only: bool = False
    secure: bool = False


@frozen
class Session:
    """One login of one account. Never shows what it holds.

    Attributes:
        mid: The account's number; 0 when it is not known.
        token: The app token (`access_key`), if there is one.
        refresh_token: Renews the app token.
        cookies: The web cookies, in their order.
        web_refresh: Renews web cookies that came without a token (`ac_time_value`, section 2.5).
        platform: Whose token it is: `BiliTV`, `Android`, `pc`; None when it is not known.
        expires_in: Seconds the token lived when it was issued.
        issued: Unix seconds of that moment, or None.
        document: The file or answer it came from, for the members nobody here knows.
    """

    mid: int = 0
    token: Secret | None = None
    refresh_token: Secret | None = None
    cookies: tuple[Cookie, ...] = ()
    web_refresh: Secret | None = None
    platform: str | None = None
    expires_in: int | None = None
    issued: int | None = None
    document: Mapping[str, object] = field(default_factory=dict[str, object], repr=False)

    @property
    def has_cookies(self) -> bool:
        """Whether the cookies that uploads need are there."""
        return set(NEEDED) <= {cookie.name for cookie in self.cookies if cookie.value}

    @property
    def expires(self) -> int | None:
        """Unix seconds at which the first thing that is needed ends, or None: it is not known."""
        ends = [cookie.expires for cookie in self.cookies if cookie.name == "SESSDATA" and cookie.expires]
        if self.token is not None and self.issued is not None and self.expires_in:
            ends.append(self.issued + self.expires_in)
        return min(ends, default=None)

    def web(self) -> Cookies | None:
        """Return the cookies as they are sent; None when there is none, or a token makes up for them.

        Raises:
            ArgsException: One that is needed is missing, or cannot be sent.
        """
        if not self.cookies or (self.token is not None and not self.has_cookies):
            return None
        return Cookies({cookie.name: cookie.value for cookie in self.cookies})

    def access(self) -> Access:
        """Return what requests may use of this login.

        Raises:
            ArgsException: As `web`.
        """
        return Access(token=self.token, cookies=self.web(), platform=self.platform, mid=self.mid)

    def followed_by(self, fresh: Session) -> Session:
        """Return the login that a renewal made of this one (section 2.7: what the answer lacks, stays)."""
        return replace(
            fresh,
            mid=fresh.mid or self.mid,
            cookies=_merged(self.cookies, fresh.cookies),
            platform=fresh.platform or self.platform,
            document=self.document or fresh.document,
        )


def session_of_token(access_key: str, *, platform: str | None = None) -> Session:
    """Return the login that a bare token is.

    Raises:
        ArgsException: No token looks like this.
    """
    return Session(token=checked_token(access_key, "access_key"), platform=platform)


def checked_token(value: str, name: str) -> Secret:
    """Return a token as a secret.

    Raises:
        ArgsException: It has characters that no token has, or is empty.
    """
    if not _TOKEN.fullmatch(value):
        raise ArgsException(
            say("The {name} is empty or has characters that no token has.", name=name),
            hint=say("Copy it again, without quotes and line breaks, or log in again."),
        )
    return Secret(value)


@frozen
class Verification:
    """A login that is only finished when a phone was verified (sections 2.2 and 2.6).

    Attributes:
        tmp_token: Stands for the login that was begun.
        request_id: Its number, or `""`: then it is verified another way.
    """

    tmp_token: Secret
    request_id: str


def parse_grant(response: Response, step: Step, platform: str, now: int) -> Session | Verification:
    """Read the answer to a login or to a renewal of a token (sections 2.2, 2.3, 2.6 and 2.7).

    Args:
        response: The answer.
        step: Where it was answered.
        platform: Whose key pair signed the request: the token is bound to it.
        now: The present, Unix seconds.

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
        VerificationRequired: It wants a person and does not say for what.
    """
    data = member_object(open_envelope(response, step, Envelope.CODE), "data", step)
    has_token = isinstance(data.get("token_info"), Mapping) or isinstance(data.get("access_token"), str)
    if data.get("status") == _RISKY or not has_token:
        return _verification(data)
    return _session(data, step, platform, now)


def _session(data: JsonObject, step: Step, platform: str, now: int) -> Session:
    info = member_object(data, "token_info", step) if data.get("token_info") is not None else data
    refresh = info.get("refresh_token")
    jar = data.get("cookie_info")
    return Session(
        mid=member_int(info if "mid" in info else data, "mid", step),
        token=_secret(member_str(info, "access_token", step), step),
        refresh_token=_secret(refresh, step) if isinstance(refresh, str) and refresh else None,
        cookies=jar_of(cast("JsonObject", jar).get("cookies")) if isinstance(jar, Mapping) else (),
        platform=platform,
        expires_in=None if info.get("expires_in") is None else member_int(info, "expires_in", step),
        issued=now,
        document={name: data[name] for name in ("cookie_info", "sso", "token_info") if data.get(name)},
    )


def _secret(value: str, step: Step) -> Secret:
    if not _TOKEN.fullmatch(value):
        raise unexpected(step, say("has a token with characters that no token has"))
    return Secret(value)


def _verification(data: JsonObject) -> Verification:
    url = data.get("url")
    try:
        query = parse_qs(urlsplit(url if isinstance(url, str) else "").query)
    except ValueError:
        query = {}
    token = query.get("tmp_token", [""])[0]
    if not token:
        raise VerificationRequired(
            say("The login was found risky, and the answer does not say how to go on.")
        )
    return Verification(Secret(token), query.get("request_id", [""])[0])


def jar_of(listed: object) -> tuple[Cookie, ...]:
    """Return the cookies of a list as login answers carry it; what is no cookie is left out (section 2.8)."""
    members = cast("list[object]", listed) if isinstance(listed, list) else []
    return unique(_cookie(cast("JsonObject", each)) for each in members if isinstance(each, Mapping))


def unique(cookies: Iterable[Cookie | None]) -> tuple[Cookie, ...]:
    """Return cookies once each, the last of a name at the place of the first."""
    return tuple({cookie.name: cookie for cookie in cookies if cookie is not None}.values())


def _merged(old: tuple[Cookie, ...], fresh: tuple[Cookie, ...]) -> tuple[Cookie, ...]:
    return unique((*old, *fresh))


def _cookie(member: JsonObject) -> Cookie | None:
    name, value, expires = member.get("name"), member.get("value"), member.get("expires")
    if not (isinstance(name, str) and name and isinstance(value, str)):
        return None
    ends = expires if isinstance(expires, int) and 1 < expires < 2**63 else None
    return Cookie(name, value, ends, bool(member.get("http_only")), bool(member.get("secure")))


def signed_form(parameters: Mapping[str, str], platform: str) -> bytes:
    """Return a form signed with the key pair of a platform (section 1.1)."""
    return signed_query(parameters, PAIRS[platform]).encode()
