"""`bvup doctor`: whether uploads can work from here, and what helps where they cannot."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import click

from bilibili_api.doctor import Finding, State, examine, write_report
from bilibili_api.exceptions import ApiException
from bilibili_api.saying import say

from . import settings, told
from .advice import advice
from .config import held
from .config import line as setting
from .credentials import Login, LoginNeeded, server_from
from .flags import Once, output_options, server_options, verbose_option, who_options
from .journal_options import journal_of, journal_option
from .language import in_words, t, tn
from .network_options import options_for
from .outlet import Outlet, aside
from .report import EPILOG, ExitCode, worst
from .text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilibili_api.video_uploader import Server, VideoUploaderCredential

HELP: Final = """Look at login, network, clock, lines, journal and disks, and say what helps.

Nothing is changed or uploaded, and nothing used up without --exit-address. It ends within 20 seconds.
The exit code is 0 when nothing is bad, 3 where a login is lacking, 5 for the network or the clock, 6 for
journal, disk or installation.
"""
MARKS: Final = {State.GOOD: say("ok  "), State.NOTE: say("note"), State.BAD: say("BAD ")}
LOGIN: Final = frozenset({"login", "upload form"})
MACHINE: Final = frozenset({"journal", "disk", "temporary disk", "versions"})


@click.command(help=HELP, epilog=EPILOG)
@click.option("--no-lines", is_flag=True, help="Do not measure the lines.")
@click.option(
    "--exit-address",
    is_flag=True,
    help="Show the address that Bilibili sees. It is told only to who asks for an upload: none is begun, but "
    "that counts against the account's limit.",
)
@click.option(
    "--report",
    cls=Once,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write it into a new file that may be shown to others: without names and secrets.",
)
@who_options
@journal_option
@server_options
@output_options
@verbose_option("Show tracebacks of errors.")
@click.pass_context
def command(
    ctx: click.Context, *, no_lines: bool, exit_address: bool, report: Path | None, **given: Any
) -> None:
    """Look, and print."""
    server = server_from(given["server"], given["ca"])
    credential, lack = _credential(given, server)
    options, journal, outlet = options_for(server), journal_of(given), Outlet()
    try:
        looking = examine(
            credential, journal=journal, options=options, lines=not no_lines, exit_address=exit_address
        )
        found = asyncio.run(looking)
    except KeyboardInterrupt:
        aside("", t("bvup: stopped"))
        ctx.exit(ExitCode.STOPPED)
    if lack is not None:
        found = tuple(lack if one.name == "login" else one for one in found)
    found = tuple(replace(one, remedy=advice(one.remedy)) for one in found)
    code = worst([ExitCode.DONE, *map(_code, found)])
    if not told.is_json():
        outlet.tell(*(line for one in found for line in lines_of(one)), verdict(found))
    if report is not None:
        sections = {"settings": "\n".join(_settings(ctx)) or say("nothing is set")}
        write_report(
            report, found, credential=credential, journal=journal, options=options, sections=sections
        )
        outlet.say(t("The report is in {path}; read it before you show it to anybody.", path=safe(report)))
    shown = None if report is None else str(report)
    told.result(code, outlet, findings=[figures(one) for one in found], report=shown)
    ctx.exit(code)


def _credential(
    given: dict[str, Any], server: Server | None
) -> tuple[VideoUploaderCredential | None, Finding | None]:
    """Return who uploads, or the finding that says why nobody does."""
    try:
        return Login.of(given).credential(server), None
    except LoginNeeded as error:
        seen, _, remedy = error.message.partition("\n")
        seen = f"{seen[:1].upper()}{seen[1:]}"
        return None, Finding(say("login"), State.BAD, seen, remedy)
    except ApiException as error:
        return None, Finding(say("login"), State.BAD, error.said, error.hint)


def _settings(ctx: click.Context) -> Iterator[str]:
    """Yield what is set, as `bvup config` shows it, a variable that many commands read only once."""
    root, variables = ctx.find_root(), set[str]()
    for one in held(cast("click.Group", root.command), root, settings.load()):
        if one.source != "default" and one.place not in variables:
            yield setting(one)
        if one.source == "environment":
            variables.add(one.place)


def _code(found: Finding) -> ExitCode:
    if found.state is not State.BAD:
        return ExitCode.DONE
    if found.name in LOGIN:
        return ExitCode.LOGIN
    return ExitCode.STOPPED if found.name in MACHINE else ExitCode.NETWORK


def lines_of(found: Finding) -> Iterator[str]:
    """Say one finding, and below it what helps."""
    said = t("{place}: {what}", place=in_words(found.name), what=safe(in_words(found.seen)))
    yield f"{in_words(MARKS[found.state])}  {said}"
    first, *more = map(safe, in_words(found.remedy).splitlines() or [""])
    if first:
        yield t("      to do: {remedy}", remedy=first)
        yield from (f"      {line}" for line in more)


def verdict(found: Sequence[Finding]) -> str:
    """Say it all in a sentence."""
    bad = sum(one.state is State.BAD for one in found)
    if not bad:
        return t("Nothing stands in the way of an upload.")
    return tn(bad, "{n} finding to be mended.", "{n} findings to be mended.")


def figures(found: Finding) -> dict[str, str]:
    """Return a finding for programs."""
    seen, remedy = in_words(found.seen), in_words(found.remedy)
    return {"name": found.name, "state": found.state.value, "seen": seen, "remedy": remedy}
