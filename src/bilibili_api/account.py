"""Logins and accounts: get a login, keep it under a name, look after it, end it.

    from bilibili_api import account, sync

    async def main():
        login = account.TvQrLogin()
        async for state in login:
            if state is account.QrState.SHOW:
                print(login.terminal(), login.url)
        account.Profiles().save("me", login.credential)

    sync(main())

Later: `VideoUploaderCredential.from_profile("me")`. The QR code of the TV is recommended: it gives an access
key and cookies, which renew themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilibili_api.engine import signing_in
from bilibili_api.engine.accounts import place_of_file
from bilibili_api.engine.asking import asking
from bilibili_api.engine.awaiting import await_account, await_login
from bilibili_api.engine.credential import VideoUploaderCredential
from bilibili_api.engine.human import Browser, Person
from bilibili_api.engine.profiles import Profiles
from bilibili_api.engine.qr import QrState, TvQrLogin, WebQrLogin
from bilibili_api.engine.renewal import check
from bilibili_api.engine.topic_search import find_topics
from bilibili_api.engine.web_credential import Credential
from bilibili_api.exceptions import ArgsException
from bilibili_api.frozen import frozen
from bilibili_api.protocol import renewal
from bilibili_api.protocol.app_login import Phone
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.cookies import Cookies
from bilibili_api.protocol.topics import Topic
from bilibili_api.protocol.upload_form import UploadForm, form_request, parse_form
from bilibili_api.protocol.verification import Puzzle, Solution

from .saying import say

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from pathlib import Path

    from bilibili_api.engine.asking import Asking
    from bilibili_api.engine.holder import Holder
    from bilibili_api.engine.options import Options
    from bilibili_api.protocol.tokens import Session

__all__ = [
    "Browser",
    "Credential",
    "Identity",
    "Person",
    "Profiles",
    "Puzzle",
    "QrState",
    "Solution",
    "Topic",
    "TvQrLogin",
    "UploadForm",
    "VideoUploaderCredential",
    "WebQrLogin",
    "await_login_in_file",
    "await_login_of_account",
    "find_topics",
    "logout",
    "password_login",
    "renew",
    "sms_login",
    "token_from_cookies",
    "upload_form",
    "whoami",
]

MAX_PARTS = 100
"""Parts of one submission (section 6.4); more by editing it later."""
MAX_FILE_SIZE = 16 * 1024**3
"""Bytes of one file for ordinary accounts (section 4.7); creators of a high level have more."""


@frozen
class Identity:
    """Who somebody is and what the account may do.

    Attributes:
        mid: The account's number.
        name: Its name.
        level: Its level, 0 to 6, or None: not known.
        expires_in: Seconds until the login ends, or None: nobody says.
        platform: Whose token it is, or None.
        has_token: Whether there is an access key.
        has_cookies: Whether there are cookies.
        can_renew: Whether the login renews itself.
        max_parts: Parts of one submission, in general; `upload_form` tells the account's own.
        max_file_size: Bytes of one file, as the site tells ordinary accounts; the server is laxer.
    """

    mid: int
    name: str
    level: int | None
    expires_in: int | None
    platform: str | None
    has_token: bool
    has_cookies: bool
    can_renew: bool
    max_parts: int = MAX_PARTS
    max_file_size: int = MAX_FILE_SIZE

    @property
    def days_left(self) -> int | None:
        """Whole days until the login ends, or None."""
        return None if self.expires_in is None else max(0, self.expires_in // 86400)


async def whoami(
    credential: VideoUploaderCredential | Credential, *, options: Options | None = None
) -> Identity:
    """Ask whether a login is good, and whose it is (section 2.7). Nothing is renewed.

    Args:
        credential: The login.
        options: Server, patience, clock and dice; by default the credential's own.

    Raises:
        ArgsException: The credential cannot be used.
        ResponseCodeException: The login is dead (-101, -658), or the token is bound to another key (-663).
        NetworkException: The network failed.
    """
    await _signed_in(credential)
    async with asking(options or credential.options) as ask:
        found = await check(ask, credential.session())
        if found.error is not None:
            raise found.error
        whose = found.nav or await _whose_token(ask, found.session)
    session = found.session
    return Identity(
        mid=whose.mid if whose is not None else session.mid,
        name=whose.name if whose is not None else "",
        level=whose.level if whose is not None else None,
        expires_in=found.left,
        platform=session.platform,
        has_token=session.token is not None,
        has_cookies=session.has_cookies,
        can_renew=session.refresh_token is not None or session.web_refresh is not None,
    )


async def upload_form(
    credential: VideoUploaderCredential | Credential, *, options: Options | None = None
) -> UploadForm:
    """Ask what the account may submit: partitions, how many parts each takes, and more (section 7.5).

    Bilibili does not tell how large a file of this account may be.

    Args:
        credential: The login; it needs cookies.
        options: Server, patience, clock and dice; by default the credential's own.

    Raises:
        ArgsException: The login has no cookies.
        ResponseCodeException: Bilibili refused: -101 (the cookies are dead), ...
        ResponseException: The answer is not what the protocol says.
        NetworkException: The network failed.
    """
    cookies = credential.session().web()
    if cookies is None:
        raise ArgsException(
            say("Only a login with cookies can ask what the account may submit."),
            hint=say("Log in by a QR code, which gives cookies."),
        )
    async with asking(options or credential.options) as ask:
        return await ask.ask(Step.FORM, lambda _: form_request(cookies), parse_form)


async def _whose_token(ask: Asking, session: Session) -> renewal.Nav | None:
    token, platform = session.token, session.platform
    if token is None or platform is None:
        return None
    return await ask.ask(
        Step.INFO, lambda now: renewal.myinfo_request(token, platform, now), renewal.parse_myinfo
    )


async def _signed_in(credential: Holder) -> None:
    """Get the access key of a credential that is made of account and password."""
    if isinstance(credential, VideoUploaderCredential) and not credential.cookies:
        await credential.get_access_key()


async def sms_login(
    phone: str, *, person: Person, country: str = "86", options: Options | None = None
) -> VideoUploaderCredential:
    """Log in with a code that is sent to a phone (section 2.6): gives an access key and cookies.

    Args:
        phone: The number, without the country code.
        person: Solves a captcha where one is asked for, and reads the code.
        country: The country code.
        options: Server, patience, clock and dice; by default `Server.from_environment()`.

    Raises:
        ArgsException: The number is none.
        VerificationRequired: The person did not do what was asked for.
        ResponseCodeException: It was refused: 1002 (number), 1003 (sent just now), 1006 (wrong code), ...
        NetworkException: The network failed.
    """
    async with asking(options) as ask:
        session = await signing_in.by_sms(ask, Phone.of(phone, country, ask.options.world.choose), person)
    return VideoUploaderCredential.of_session(session, options=options)


async def password_login(
    account: str, password: str, *, person: Person, options: Options | None = None
) -> VideoUploaderCredential:
    """Log in with account and password as the Android app does (section 2.2): an access key and cookies.

    Args:
        account: Mail address, phone number or name.
        password: Its password; at most 101 bytes in UTF-8.
        person: Solves a captcha and reads the code from the account's phone, where they are asked for.
        options: Server, patience, clock and dice; by default `Server.from_environment()`.

    Raises:
        ArgsException: Account or password cannot be sent.
        VerificationRequired: The person did not do what was asked for.
        ResponseCodeException: It was refused: -629 (wrong password), -625 (too many tries), ...
        NetworkException: The network failed.
    """
    async with asking(options) as ask:
        session = await signing_in.by_password(ask, account, password, person)
    return VideoUploaderCredential.of_session(session, options=options)


async def token_from_cookies(
    credential: VideoUploaderCredential | Credential, *, options: Options | None = None
) -> VideoUploaderCredential:
    """Make a full login, with access key, of cookies (section 2.4).

    Args:
        credential: Has the cookies of somebody who is logged in.
        options: Server, patience, clock and dice; by default the credential's own.

    Raises:
        ArgsException: There are no cookies.
        ResponseCodeException: The cookies are dead (-101) or do not belong together (-111).
        NetworkException: The network failed.
    """
    session = credential.session()
    cookies = session.web()
    if cookies is None:
        raise ArgsException(
            say("The credential has no cookies."),
            hint=say("Pass the cookies SESSDATA and bili_jct, or log in by a QR code."),
        )
    options = options or credential.options
    async with asking(options) as ask:
        made = await signing_in.with_cookies(ask, session, cookies)
    return VideoUploaderCredential.of_session(made, options=options)


async def logout(credential: VideoUploaderCredential | Credential, *, options: Options | None = None) -> None:
    """End a login on the server (section 2.7): cookies, and the token that came with them.

    Args:
        credential: The login.
        options: Server, patience, clock and dice; by default the credential's own.

    Raises:
        ArgsException: There are no cookies: a token alone cannot be ended.
        ResponseCodeException: It was refused: -101 (is over already), 2202 (the cookies do not fit).
        NetworkException: The network failed.
    """
    cookies = credential.session().web()
    if cookies is None:
        raise ArgsException(
            say("An access key without cookies cannot be ended from here."),
            hint=say("End it on bilibili.com (account, security, devices), or let it expire."),
        )
    async with asking(options or credential.options) as ask:
        named = await _with_number(ask, cookies)
        await ask.ask(
            Step.LOGOUT,
            lambda _: renewal.logout_request(named),
            lambda answer: renewal.parse_done(answer, Step.LOGOUT),
        )


async def _with_number(ask: Asking, cookies: Cookies) -> Cookies:
    """Add the cookie that says whose they are: ending a login wants it."""
    if "DedeUserID" in cookies.values:
        return cookies
    nav = await ask.ask(Step.INFO, lambda _: renewal.nav_request(cookies), renewal.parse_nav)
    return cookies if nav is None else Cookies({**cookies.values, "DedeUserID": str(nav.mid)})


async def await_login_in_file(
    path: str | os.PathLike[str],
    *,
    than: VideoUploaderCredential | Credential | None = None,
    options: Options | None = None,
) -> VideoUploaderCredential:
    """Wait until a file holds a good login, whoever writes it, and return it; see `Profiles.await_login`.

    Args:
        path: The file, in any form of section 2.8; need not be there yet.
        than: The login that was refused; neither it nor a login of another account is taken.
        options: Server, patience, clock and dice; by default those of `than`.
    """
    return await await_login(lambda: place_of_file(path), than, options)


async def await_login_of_account(
    than: VideoUploaderCredential | Credential,
    *,
    also: Callable[[], VideoUploaderCredential | None] | None = None,
    options: Options | None = None,
) -> VideoUploaderCredential:
    """Wait until a good login of the same account is kept under any name, and return it.

    For logins that have no place which could be watched; see `Profiles.await_login`.

    Args:
        than: The login that was refused; neither it nor a login of another account is taken. Where nobody
            knows whose it was, only a login that is kept after this call counts.
        also: Called each time; what it returns counts as well, unless it is None.
        options: Server, patience, clock and dice; by default those of `than`.
    """
    return await await_account(than, also, options)


async def renew(profile: str, *, folder: Path | None = None, options: Options | None = None) -> bool:
    """Renew the login of a profile now, whatever its age.

    Returns:
        Whether there is a new one; False: only logging in again helps.

    Raises:
        ArgsException: There is no such profile, or it cannot be read or written.
        NetworkException: The network failed.
    """
    return await VideoUploaderCredential.from_profile(profile, folder=folder, options=options).renew_now()
