"""`bvup login`: every way to log in, and the login kept under a name."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bilibili_api.account import VideoUploaderCredential, whoami
from bilibili_api.exceptions import ApiException, Retry
from bilibili_api.saying import all_of

from . import told
from .credentials import login_command, pointing, server_from
from .flags import output_options, profile_option, server_options, verbose_option
from .identity import about, figures
from .keeping import check_room, keep
from .language import t
from .network_options import options_for
from .outlet import Outlet, aside
from .report import EPILOG, ExitCode
from .scanning import Showing
from .ways import WAYS, way_of

if TYPE_CHECKING:
    from bilibili_api.account import Identity
    from bilibili_api.video_uploader import Options

    from .ways import Way

HELP: Final = """Log in at Bilibili and keep the login, for your eyes only.

Without options a QR code is shown, to be scanned with the Bilibili app as a TV's would be. This gives an
access key and cookies, hence every way to upload, and renews itself. Captchas and codes sent to a phone are
yours to solve: a page opens in the browser, or you are told what to open.

Secrets are never options: they are asked for, or read from files, or from standard input (FILE is -).
"""
DRAWING: Final = ("small", "png", "url_only")


@click.command(help=HELP, epilog=EPILOG)
@profile_option("Keep it under this name.  [default: that of the same account's login, or default]")
@click.option("--keyring", is_flag=True, help="Keep it in the system's keyring instead of a file.")
@click.option("--small/--large", default=None, help="Form of the QR code.  [default: what fits]")
@click.option("--png", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write the QR code as a picture.")  # fmt: skip
@click.option(
    "--url-only", is_flag=True, help="Print only what the QR code says; the rest on standard error."
)
@click.option("--web-qr", is_flag=True, help="Scan as for a browser: gives cookies only.")
@click.option("--sms", metavar="TEL", help="Log in with a code that is sent to this number.")
@click.option("--country", metavar="CODE", default="86", show_default=True, help="Country code of --sms.")
@click.option("--password", is_flag=True, help="Log in with account and password; both are asked for.")
@click.option("--account", metavar="NAME", help="Account for --password.")
@click.option("--access-key-file", type=click.Path(path_type=Path, allow_dash=True), metavar="FILE",
              help="Keep the access key in this file; -: paste it.")  # fmt: skip
@click.option("--cookies", type=click.Path(path_type=Path, allow_dash=True), metavar="FILE",
              help="Keep this login: cookies.json, cookies.txt or a Cookie header; -: paste it.")  # fmt: skip
@click.option("--from-cookies", is_flag=True,
              help="Make a full login of cookies: those of --cookies, or of the profile.")  # fmt: skip
@server_options
@output_options
@verbose_option("Show tracebacks of errors.")
@click.argument("surplus", nargs=-1, metavar="")
@click.pass_context
def command(ctx: click.Context, **given: Any) -> None:
    """Log in, find out who it is, keep it."""
    check(given)
    check_room(keyring=given["keyring"])
    options = options_for(server_from(given["server"], given["ca"]))
    outlet = Outlet()
    way = way_of(given, options, Showing(given["small"], given["png"], given["url_only"]), outlet)
    with pointing(t("Run: {command}", command=login_command(given["profile"], options.server))):
        credential, identity = asyncio.run(log_in(way, options))
    name, lines = keep(credential, given["profile"], identity.mid, keyring=given["keyring"], use=True)
    if given["url_only"]:
        aside(*about(identity), *lines)
    else:
        outlet.tell(*about(identity), *lines)
    told.result(ExitCode.DONE, outlet, profile=name, **figures(identity))
    ctx.exit(ExitCode.DONE)


def check(given: dict[str, Any]) -> None:
    """Refuse what contradicts itself.

    Raises:
        click.UsageError: It does.
    """
    if given["surplus"]:  # never shown: it may be a secret that was meant for an option
        raise click.UsageError(
            t(
                "there is a word too many. Secrets are not given on the command line: --password asks "
                "for it, and --access-key-file - and --cookies - let you paste."
            )
        )
    ways = [flag for name, flag in WAYS.items() if given[name]]
    if len(ways) > 1 and ways != ["--cookies", "--from-cookies"]:
        raise click.UsageError(t("{options} are different ways to log in; choose one.", options=all_of(ways)))
    drawing = [name for name in DRAWING if given[name] not in (None, False)]
    if given["small"] is False:
        drawing.append("small")
    if drawing and ways not in ([], ["--web-qr"]):
        raise click.UsageError(t("{option} shows no QR code that could be drawn.", option=ways[0]))
    if len(drawing) > 1:
        raise click.UsageError(t("--small or --large, --png and --url-only exclude one another."))
    if given["account"] is not None and not given["password"]:
        raise click.UsageError(t("--account belongs to --password."))
    png: Path | None = given["png"]
    if png is not None and png.suffix.lower() != ".png":
        raise click.UsageError(t("--png: let the name end in .png."))
    if png is not None and not png.absolute().parent.is_dir():
        raise click.UsageError(t("--png: there is no folder {path!r}.", path=str(png.parent)))


async def log_in(way: Way, options: Options) -> tuple[VideoUploaderCredential, Identity]:
    """Log in, and ask whose login it is; what has expired is renewed if it can be.

    Raises:
        ApiException: What the library raises.
    """
    credential = await way()
    try:
        identity = await whoami(credential, options=options)
    except ApiException as error:
        if error.retry is not Retry.LOGIN or not await credential.renew_now():
            raise
        identity = await whoami(credential, options=options)
    session = replace(credential.session(), mid=identity.mid, platform=identity.platform)
    return VideoUploaderCredential.of_session(session, options=options), identity
