"""Options about the way of connections: source address, IP version, proxies."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from .language import t
from .text import sentences

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.video_uploader import Options, Server

F = TypeVar("F", bound="Callable[..., Any]")

GIVEN: Final = "bilibili_api.network"
"""Key in `click.Context.meta`: what was said, by the names of the variables."""
FLAGS: Final = "bilibili_api.network_flags"
"""Key in `click.Context.meta`: the flags of the command line, with their values."""
VARIABLES: Final = {
    "bind": "BVUP_BIND",
    "ip": "BVUP_IP",
    "api_proxy": "BVUP_API_PROXY",
    "upload_proxy": "BVUP_UPLOAD_PROXY",
}
PROXIES: Final = frozenset({"api_proxy", "upload_proxy"})
DIRECT: Final = "direct"
"""No proxy."""
VERSIONS: Final = ("4", "6", "auto")


def _remember(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    name, given = VARIABLES[str(param.name)], ctx.meta.setdefault(GIVEN, {})
    source = ctx.get_parameter_source(str(param.name))
    if value is not None:
        given[name] = value
        if source is click.core.ParameterSource.COMMANDLINE:
            ctx.meta.setdefault(FLAGS, {})[param.opts[0]] = value
    if value is None or source is click.core.ParameterSource.ENVIRONMENT:
        return
    if "@" in value:
        raise click.BadParameter(
            t("a login at a proxy is a secret, and no option: set {variable} instead.", variable=name)
        )
    if str(param.name) in PROXIES and value.strip().lower() not in {"", DIRECT}:
        _check_proxy(param, value.strip())


def _check_proxy(param: click.Parameter, value: str) -> None:
    """Refuse a proxy that cannot be used by its flag or setting; of a variable `options_for` tells it.

    Raises:
        click.BadParameter: It cannot be used.
    """
    from bilibili_api.exceptions import ArgsException  # noqa: PLC0415 - only who has a proxy needs it
    from bilibili_api.video_uploader import Network  # noqa: PLC0415

    given: dict[str, Any] = {str(param.name): value}
    try:
        Network(**given)
    except ArgsException as error:
        flag = f"'{param.opts[0]}'"  # click would name the variable, too
        raise click.BadParameter(sentences(error.said, error.hint), param_hint=flag) from None


def _option(flag: str, meaning: str, **given: Any) -> Callable[[F], F]:
    return click.option(
        flag,
        envvar=VARIABLES[flag[2:].replace("-", "_")],
        show_envvar=True,
        expose_value=False,
        callback=_remember,
        help=meaning,
        **given,
    )


def network_options(command: F) -> F:
    """Add `--bind`, `--ip`, `--api-proxy` and `--upload-proxy`, which `options_for` reads."""
    api = _option(
        "--api-proxy",
        "Proxy of logins and calls: http://HOST:PORT, socks5://HOST:PORT, or direct.  [default: HTTPS_PROXY]",
        metavar="URL",
    )
    upload = _option("--upload-proxy", "Proxy of the files themselves, likewise.", metavar="URL")
    bind = _option("--bind", "Address or interface of this machine to connect from.", metavar="ADDR|IFACE")
    ip = _option("--ip", "IP version of all connections.  [default: auto]", type=click.Choice(VERSIONS))
    return bind(ip(api(upload(command))))


def network_flags() -> list[str]:
    """Return what the command line said of it, for a command that somebody is told to run."""
    ctx = click.get_current_context(silent=True)
    said: dict[str, str] = {} if ctx is None else ctx.meta.get(FLAGS, {})
    return [word for flag, value in said.items() for word in (flag, value)]


def options_for(server: Server | None, **given: Any) -> Options:
    """Return the options of a command: its server, and the network that was asked for.

    Args:
        server: Where to connect instead of to Bilibili.
        given: Other options.

    Raises:
        ArgsException: An address, interface or proxy cannot be used.
    """
    from bilibili_api.video_uploader import Network, Options  # noqa: PLC0415 - `bvup --help` goes without

    ctx = click.get_current_context(silent=True)
    said: dict[str, str] | None = {} if ctx is None else ctx.meta.get(GIVEN)
    if said is None:  # a command without these options, which stays on this machine
        return Options(server=server, **given)
    network = Network.from_environment({**os.environ, **said}, server=server)
    return Options(server=server, network=network, **given)
