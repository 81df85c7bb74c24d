"""`bvup whoami`: who is logged in, what the account may do, and how long the login lasts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import click

from bilibili_api.account import upload_form, whoami
from bilibili_api.exceptions import ApiException

from . import told
from .credentials import Login, pointing, server_from
from .flags import output_options, server_options, verbose_option, who_options
from .identity import about, allowed, figures, offered, reason
from .language import t
from .outlet import Outlet
from .report import EPILOG, ExitCode

if TYPE_CHECKING:
    from bilibili_api.account import Identity, UploadForm, VideoUploaderCredential

PATIENCE: Final = 10.0
"""Seconds for what the account may submit; the rest is worth showing without it."""


@click.command(epilog=EPILOG)
@who_options
@server_options
@output_options
@verbose_option("Show tracebacks of errors.")
def command(**given: Any) -> None:
    """Show who is logged in, what the account may do, and how long the login lasts."""
    server, login = server_from(given["server"], given["ca"]), Login.of(given)
    credential = login.credential(server)
    with pointing(login.way_back(server)):
        identity, form = asyncio.run(_asked(credential))
    outlet = Outlet()
    who = {"profile": login.profile, **figures(identity), "offered": offered(form)}
    told.result(ExitCode.DONE, outlet, **who)
    if not told.is_json():
        outlet.tell(*about(identity), *allowed(identity, form), t("source   {login}", login=login))


async def _asked(credential: VideoUploaderCredential) -> tuple[Identity, UploadForm | str]:
    """Return who it is and what the account may submit, or why that is not known."""
    identity = await whoami(credential)
    if not identity.has_cookies:
        return identity, t("only a login with cookies can ask")
    try:
        async with asyncio.timeout(PATIENCE):
            return identity, await upload_form(credential)
    except TimeoutError:
        return identity, t("Bilibili does not answer")
    except ApiException as error:
        return identity, reason(error)
