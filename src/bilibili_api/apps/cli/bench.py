"""`bvup bench`: how fast this machine and the lines to Bilibili are, and what holds uploads up."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bilibili_api.amounts import rate_text, size_text
from bilibili_api.bench import bottleneck, measure_lines, measure_machine
from bilibili_api.exceptions import ApiException, ArgsException
from bilibili_api.saying import say

from . import told
from .credentials import server_from
from .flags import Named, output_options, server_options, verbose_option
from .language import in_words, t
from .network_options import options_for
from .outlet import Outlet, aside
from .report import EPILOG, ExitCode, complain, error_figures, exit_code
from .text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilibili_api.bench import Bottleneck, LineRate, Machine, Rate
    from bilibili_api.video_uploader import Options

HELP: Final = """Measure this machine and the lines to Bilibili, and say what holds uploads up.

What is read is FILE, or a temporary file. Lines are measured with as little as Bilibili asks clients to
measure with, so that a fast one may do more than is shown. No login is needed. It ends within 15 seconds.
"""
STEPS: Final = {"read": say("reading"), "tls": say("encryption"), "link": say("the link")}


@click.command(help=HELP, epilog=EPILOG)
@click.argument("file", required=False, metavar="[FILE]", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--line", "names", cls=Named, multiple=True, metavar="NAME", help="Only this line; repeat for more."
)
@server_options
@output_options
@verbose_option("Show tracebacks of errors.")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    file: Path | None,
    names: tuple[str, ...],
    verbose: bool,
    **given: Any,
) -> None:
    """Measure, and print."""
    options = options_for(server_from(given["server"], given["ca"]))
    outlet = Outlet()
    try:
        machine = asyncio.run(measure_machine(file))
        outlet.tell(t("this machine, one core"), *about(machine), t("lines"))
        lines, failure = asyncio.run(_lines(names, options, outlet))
    except KeyboardInterrupt:
        aside("", t("bvup: stopped"))
        ctx.exit(ExitCode.STOPPED)
    found = bottleneck(machine, lines)
    outlet.tell(sentence(found))
    code = exit_code(failure) if failure is not None else ExitCode.DONE if found.line else ExitCode.NETWORK
    error = None if failure is None else error_figures(failure)
    told.result(code, outlet, error, **figures(machine, lines, found))
    if failure is not None:
        ctx.exit(complain(failure, verbose=verbose))
    ctx.exit(code)


async def _lines(
    names: Sequence[str], options: Options, outlet: Outlet
) -> tuple[list[LineRate], ApiException | None]:
    """Measure the lines and say each; without a network the machine is still worth showing.

    Raises:
        ArgsException: There is no such line.
    """
    found: list[LineRate] = []
    try:
        async for line in measure_lines(names, options=options):
            found.append(line)
            outlet.tell(row(line))
    except ArgsException:
        raise
    except ApiException as error:
        return found, error
    return found, None


def about(machine: Machine) -> Iterator[str]:
    """Say what the machine does."""
    name = t("a temporary file") if machine.file is None else safe(machine.file.name)
    if machine.read is None:
        yield t("  read            -        no room for a temporary file; name one")
    else:
        yield t(
            "  read   {speed}  {name}, {size}, {note}",
            speed=_speed(machine.read),
            name=name,
            size=size_text(machine.read.bytes),
            note=machine.read.note,
        )
    yield t("  md5    {speed}  only the PC line asks for it, twice", speed=_speed(machine.md5))
    yield f"  TLS    {_speed(machine.tls)}  {in_words(machine.tls.note)}"


def _speed(rate: Rate) -> str:
    return f"{rate_text(rate.rate):>12}"


def row(line: LineRate) -> str:
    """Say what a line does."""
    rate = "-" if line.rate is None else rate_text(line.rate)
    said = (
        []
        if line.connect is None
        else [
            t(
                "TCP {connect:.0f} ms, TLS {tls:.0f} ms",
                connect=line.connect * 1000,
                tls=(line.tls or 0) * 1000,
            )
        ]
    )
    said += [safe(line.host)] if line.host else []
    said += [safe(in_words(line.problem))] if line.problem else []
    return f"  {safe(line.name):<6} {rate:>12}  {'  '.join(said)}"


def sentence(found: Bottleneck) -> str:
    """Say where the bottleneck is."""
    rate, other = rate_text(found.rate), rate_text(found.other or 0)
    if not found.line:
        return t(
            "No line was measured. This machine could do {rate}; {step} would be its limit.",
            rate=rate,
            step=STEPS[found.step],
        )
    if found.step == "link":
        return t(
            "The bottleneck is the link: {rate} to {line}; this machine could do {other}.",
            rate=rate,
            line=found.line,
            other=other,
        )
    return t(
        "The bottleneck is this machine: {step} does {rate}; the link to {line} does at least {other}.",
        step=STEPS[found.step],
        rate=rate,
        line=found.line,
        other=other,
    )


def figures(machine: Machine, lines: Sequence[LineRate], found: Bottleneck) -> dict[str, Any]:
    """Return it all for programs."""

    def rated(rate: Rate | None) -> dict[str, Any] | None:
        return None if rate is None else {**asdict(rate), "rate": rate.rate}

    return {
        "machine": {
            "file": None if machine.file is None else str(machine.file),
            **{name: rated(getattr(machine, name)) for name in ("read", "md5", "tls")},
        },
        "lines": [asdict(line) for line in lines],
        "bottleneck": asdict(found),
    }
