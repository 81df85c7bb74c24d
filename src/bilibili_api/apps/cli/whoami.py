"""`bvup whoami`: who is logged in, what the account may do, and how long the login lasts."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import click

from bilibili_api.account import whoami

from .credentials import Login, pointing, server_from
from .flags import server_options, verbose_option, who_options
from .identity import about, figures
from .outlet import Outlet
from .report import EPILOG


@click.command(epilog=EPILOG)
@click.option("--json", "as_json", is_flag=True, help="Print it for programs.")
@who_options
@server_options
@verbose_option("Show tracebacks of errors.")
def command(**given: Any) -> None:
    """Show who is logged in, what the account may do, and how long the login lasts."""
    server, login = server_from(given["server"], given["ca"]), Login.of(given)
    credential = login.credential(server)
    with pointing(login.way_back(server)):
        identity = asyncio.run(whoami(credential))
    outlet = Outlet()
    if given["as_json"]:
        outlet.draw(json.dumps({"profile": login.profile, **figures(identity)}, ensure_ascii=False))
    else:
        outlet.say(*about(identity), f"source   {login}")
