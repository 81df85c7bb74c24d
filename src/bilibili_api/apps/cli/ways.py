"""The ways to log in, as `bvup login` offers them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from bilibili_api.account import (
    Profiles,
    TvQrLogin,
    VideoUploaderCredential,
    WebQrLogin,
    password_login,
    sms_login,
    token_from_cookies,
)
from bilibili_api.exceptions import ArgsException
from bilibili_api.saying import Said, say

from .credentials import (
    LoginNeeded,
    check_profile,
    is_interactive,
    nobody,
    password_of,
    read_access_key,
    warn_of_readers,
)
from .language import t
from .person import ask_line, paste, person
from .scanning import scanned

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bilibili_api.video_uploader import Options

    from .outlet import Outlet
    from .scanning import Showing

    Way = Callable[[], Awaitable[VideoUploaderCredential]]

WAYS: Final = {
    "web_qr": "--web-qr",
    "sms": "--sms",
    "password": "--password",
    "access_key_file": "--access-key-file",
    "cookies": "--cookies",
    "from_cookies": "--from-cookies",
}
"""Options that choose a way; without one of them, it is the QR code of a TV."""


def way_of(given: dict[str, Any], options: Options, showing: Showing, outlet: Outlet) -> Way:
    """Return what logs in. Secrets are asked for here, since Ctrl-C cannot end a prompt inside a loop.

    Raises:
        LoginNeeded: There is nothing to log in with, or nobody to ask.
        ArgsException: A file holds no login.
    """
    if given["from_cookies"]:
        source = _with_cookies(given, options)
        return lambda: token_from_cookies(source, options=options)
    if given["cookies"] is not None:
        return _ready(pasted_or_read(given["cookies"], options))
    if given["access_key_file"] is not None:
        key = _access_key(given["access_key_file"])
        return _ready(VideoUploaderCredential(key, options=options))
    if given["sms"] is not None:
        number, country = given["sms"], given["country"]
        return lambda: sms_login(number, person=person(outlet), country=country, options=options)
    if given["password"]:
        account = given["account"] or account_asked_for()
        password = password_of(account)
        return lambda: password_login(account, password, person=person(outlet), options=options)
    login = WebQrLogin(options=options) if given["web_qr"] else TvQrLogin(options=options)
    return lambda: scanned(login, showing, outlet)


def _ready(credential: VideoUploaderCredential) -> Way:
    async def there() -> VideoUploaderCredential:
        return credential

    return there


def pasted_or_read(path: Path, options: Options | None = None) -> VideoUploaderCredential:
    """Return the login in a file, or the one that is pasted where the file is `-`.

    Raises:
        LoginNeeded: Nothing was pasted.
        ArgsException: There is no login in it.
    """
    if str(path) != "-":
        warn_of_readers(path)
        return VideoUploaderCredential.from_file(path, options=options)
    with TemporaryDirectory(prefix="bvup-") as folder:  # its owner's only, and gone at once
        file = Path(folder, "pasted")
        file.write_text(paste("cookies"), "utf-8")
        try:
            read = VideoUploaderCredential.from_file(file, options=options)
        except ArgsException as error:
            what = error.msg.parts.get("problem", error.msg) if isinstance(error.msg, Said) else error.msg
            raise ArgsException(say("What was pasted: {what}", what=what), hint=error.hint) from None
    return VideoUploaderCredential.of_session(read.session(), options=options)


def _access_key(path: Path) -> str:
    if str(path) == "-":
        return paste(t("access key"))
    warn_of_readers(path)
    return read_access_key(path)


def _with_cookies(given: dict[str, Any], options: Options) -> VideoUploaderCredential:
    """Return what has the cookies; those of a profile become a full login under the same name."""
    if given["cookies"] is not None:
        return pasted_or_read(given["cookies"], options)
    name = given["profile"] = given["profile"] or Profiles().current()
    if name is None:
        raise LoginNeeded(nobody(options.server))
    check_profile(name, options.server)
    return Profiles().load(name, options=options)


def account_asked_for() -> str:
    """Ask for the account.

    Raises:
        LoginNeeded: There is nobody to ask.
    """
    if not is_interactive():
        raise LoginNeeded(
            t("an account is needed, and there is no terminal to ask for it. Give --account NAME.")
        )
    # not click's prompt: a Ctrl-C that comes just before the reading begins would be overlooked there
    account = asyncio.run(ask_line(t("Account (mail address, phone number or name)")))
    if not account:
        raise LoginNeeded(t("an account is needed, and none was given."))
    return account
