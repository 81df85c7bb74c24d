"""`bvup simulator`: serves until it is stopped."""

from __future__ import annotations

import asyncio
import errno
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import click

from bilibili_api.saying import because
from bilibili_api.simulator import CertificateAuthority, Simulator

from . import told
from .flags import Named, output_options, verbose_option
from .language import t
from .orders import HELP, FaultOrder, read_faults
from .outlet import Outlet
from .places import authority_file, authority_folder
from .report import ExitCode
from .stop import stopping
from .text import padded, safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilibili_api.simulator import Exchange

BEAT: Final = 0.1
"""Seconds between two looks at what has come in."""


class CannotServe(click.ClickException):
    """Another program listens there, or the system does not allow it."""

    exit_code = ExitCode.INVALID


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8443, show_default=True, help="Port for https; 0: any."
)
@click.option("--http-port", type=click.IntRange(0, 65535), default=8080, show_default=True,
              help="Port for http and its page; 0: any.")  # fmt: skip
@click.option("--era", type=click.Choice(["today", "2021"]), default="today", show_default=True,
              help="today: the PC tool is retired (21590); 2021: it is alive.")  # fmt: skip
@click.option("--store", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Keep videos and covers here.  [default: only their digests]")  # fmt: skip
@click.option("--account", "accounts", cls=Named, multiple=True, metavar="NAME:PASSWORD",
              help="One more account; not a real one, others see command lines.")  # fmt: skip
@click.option(
    "--fault",
    "faults",
    cls=Named,
    multiple=True,
    callback=read_faults,
    metavar="STEP:KIND[:ARG][xN]",
    help=HELP,
)
@click.option(
    "--bandwidth", type=click.IntRange(1), metavar="BYTES", help="Bytes a second over all connections."
)
@output_options
@verbose_option("Write a line for each request.")
@click.pass_context
def command(ctx: click.Context, **given: Any) -> None:
    """Run a strict simulator of Bilibili until Ctrl-C."""
    _make_room(given["store"])
    try:
        asyncio.run(serve(given, Outlet()))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise CannotServe(t("it cannot be served: {reason}.", reason=because(error))) from None
        raise CannotServe(
            t(
                "port {port} or {http_port} is in use. Let it choose: --port 0 --http-port 0",
                port=given["port"],
                http_port=given["http_port"],
            )
        ) from None
    ctx.exit(ExitCode.DONE)


def _make_room(store: Path | None) -> None:
    if store is None:
        return
    try:
        store.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotServe(
            t("{path} cannot be written: {reason}.", path=safe(store), reason=because(error))
        ) from None


async def serve(given: dict[str, Any], outlet: Outlet) -> None:
    """Serve until a signal comes.

    Raises:
        OSError: A port cannot be used, or the store cannot be written.
    """
    simulator = Simulator(
        era=given["era"],
        store=given["store"],
        port=given["port"],
        http_port=given["http_port"],
        authority=CertificateAuthority.kept_in(authority_folder()),
    )
    prepare(simulator, given)
    with stopping() as stop:
        async with simulator as running:
            url = running.url
            told.event("serving", outlet, **figures(running))
            if told.is_quiet():
                outlet.tell(url)
            outlet.say(*introduction(running, given["store"]))
            while not stop.is_set():
                tell(running, outlet, verbose=given["verbose"])
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), BEAT)
        tell(simulator, outlet, verbose=given["verbose"])  # what came since the last look
        outlet.say(t("Stopped."))
        told.result(ExitCode.DONE, outlet, server=url)


def prepare(simulator: Simulator, given: dict[str, Any]) -> None:
    """Add the accounts, faults and limits that were ordered.

    Raises:
        click.UsageError: One of them cannot be.
    """
    simulator.limits.bandwidth = given["bandwidth"]
    for account in given["accounts"]:
        name, colon, password = account.partition(":")
        if not (name and colon and password):
            raise click.UsageError(t("--account: {text!r} is not NAME:PASSWORD.", text=safe(account)))
        if name in {known.name for known in simulator.accounts}:
            raise click.UsageError(
                t("--account: there is an account called {name!r} already.", name=safe(name))
            )
        simulator.add_account(name, password)
    order: FaultOrder
    for order in given["faults"]:
        order.place(simulator)


def introduction(simulator: Simulator, store: Path | None) -> Iterator[str]:
    """Say how to reach it."""
    yield t("The simulator of Bilibili is running; Ctrl-C stops it.")
    yield t("  its page     {url}", url=f"{simulator.http_url}/")
    yield t("  server       {url}", url=simulator.url)
    yield t("  CA file      {path}", path=authority_file())
    for account in simulator.accounts:
        yield t(
            "  account      {name}, password: {password}",
            name=safe(account.name),
            password=safe(account.password),
        )
        yield f"  access_key   {account.access_key}"
        yield t(
            "  phone        {number}; its messages and QR codes to scan: {url}",
            number=account.phone,
            url=f"{simulator.http_url}/qr",
        )
    if store:
        yield t("  videos       {path}", path=safe(store))
    else:
        yield t("  videos       only their digests are kept; --store DIR keeps them")
    yield t("Try it from another terminal:")
    yield f"  export BVUP_ACCESS_KEY={simulator.accounts[0].access_key}"
    yield f"  bvup upload VIDEO.mp4 --tag test --tid 21 --server {simulator.url}"


def figures(simulator: Simulator) -> dict[str, object]:
    """Return how to reach it, for programs."""
    names = ("name", "password", "access_key", "phone")
    return {
        "server": simulator.url,
        "page": f"{simulator.http_url}/",
        "ca_file": str(authority_file()),
        "accounts": [{name: getattr(account, name) for name in names} for account in simulator.accounts],
    }


def tell(simulator: Simulator, outlet: Outlet, *, verbose: bool) -> None:
    """Write a line for each request since the last look, and forget them, since this may run for months."""
    fresh = simulator.exchanges.copy()
    simulator.exchanges.clear()
    if verbose:
        outlet.say(*(line_of(exchange) for exchange in fresh))


def line_of(exchange: Exchange) -> str:
    """Return one request without anything secret: its query and body stay out."""
    answer: object = exchange.answer
    members = cast("dict[str, object]", answer) if isinstance(answer, dict) else {}
    said = ", ".join(f"{key} {members[key]}" for key in ("code", "OK", "message", "info") if key in members)
    status = exchange.status or t("cut")
    fault = f"  [{exchange.fault}]" if exchange.fault else ""
    what, where = padded(exchange.step or t("other"), 9), safe(exchange.host + exchange.path)
    return f"{what} {exchange.method:<4} {where}  {status}  {safe(said)}{fault}"
