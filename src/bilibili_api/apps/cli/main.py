"""The command `bvup` and its subcommands, each imported only when it is called."""

from __future__ import annotations

import gc
import io
import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Final

import click

import bilibili_api
from bilibili_api.saying import because, say

from . import told
from .flags import COMPLETING, VERBOSE, global_options
from .help import BEGUN, Context, Listing, speaking
from .language import as_set, begin, in_words, t
from .notes import warned
from .outlet import Outlet, aside
from .report import EPILOG, ExitCode, complain, tell_usage, usage_figures
from .text import safe
from .usage import restated

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS: Final = {
    "account": say("List, choose, copy and end the logins that are kept."),
    "append": say("Add parts to a video that is on Bilibili, or replace them."),
    "batch": say("Carry out a file with many submissions."),
    "bench": say("Measure this machine and the lines, and say what holds uploads up."),
    "check": say("Look at videos before they are uploaded, and name what is wrong."),
    "completion": say("Print what makes a shell complete bvup."),
    "config": say("Show the settings that hold, and where each comes from."),
    "cover": say("Choose a frame of a video as its cover."),
    "delete": say("Say where one of your videos can be deleted: not here."),
    "demo": say("Show everything at once: simulator, login, upload, proof."),
    "doctor": say("Look whether uploads can work from here, and say what helps."),
    "edit": say("Change what a video on Bilibili says, or its parts."),
    "forget": say("Take an upload out of the journal."),
    "import": say("Take over settings and logins of other uploaders."),
    "jobs": say("List the uploads that are unfinished."),
    "list": say("List your videos on Bilibili, and why any was refused."),
    "login": say("Log in at Bilibili and keep the login."),
    "partitions": say("List the partitions a video can be submitted to."),
    "rate": say("Limit how fast uploads send, also those that run."),
    "resume": say("Go on with uploads that stopped."),
    "season": say("Collect your videos in seasons."),
    "show": say("Show one of your videos with its parts."),
    "simulator": say("Run a strict simulator of Bilibili to try uploads against."),
    "submit": say("Submit an upload whose parts are all stored."),
    "subtitle": say("Upload subtitles for the parts of a video."),
    "topics": say("List topics and activities a video can be submitted to."),
    "upload": say("Put videos on Bilibili as the parts of one submission."),
    "watch": say("Wait until one of your videos is public, and say each change."),
    "whoami": say("Show who is logged in, and what the account may do."),
}
"""Each is the module of that name; the sentence is what `bvup --help` says without importing it."""
MODULES: Final = {"import": "importing"}
"""Modules of commands whose name is a word of Python."""
SERVING: Final = ("demo", "simulator")
"""Commands that speak TLS by Python's own OpenSSL; what sends brings its own."""
TELLING: Final = frozenset(
    {
        "account list",
        "check",
        "completion",
        "config",
        "doctor",
        "jobs",
        "list",
        "partitions",
        "season list",
        "show",
        "topics",
        "whoami",
    }
)
"""Commands that do nothing but tell something."""


class Bvup(Listing):
    """Loads commands late, and turns what they raise into a message and an exit code."""

    context_class = Context

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, imported now, with what is set for it.

        Raises:
            BadSettings: A file of settings cannot be used.
        """
        if cmd_name not in COMMANDS:
            return None
        if cmd_name not in SERVING:
            _leave_out_openssl()
        told.call(ctx, cmd_name)
        found = speaking(import_module(f".{MODULES.get(cmd_name, cmd_name)}", __package__).command)
        if not ctx.resilient_parsing and cmd_name != "config":
            from .settable import default_map, language_in  # noqa: PLC0415 - `bvup --version` goes without

            held = default_map(found, ctx, [cmd_name])
            as_set(ctx, language_in(held))  # before its help is shown, or its options are found wrong
            ctx.default_map = {cmd_name: held}
        return found

    def get_help(self, ctx: click.Context) -> str:
        """Return the help of `bvup` itself."""
        _speak_as_set(ctx)
        return super().get_help(ctx)

    def near(self, name: str, ctx: click.Context) -> str:
        """Return the sentence that offers what may have been meant: `bvup FILE`, or another command."""
        _speak_as_set(ctx)
        if os.path.lexists(name):
            return t("To upload this file: bvup upload {name}", name=safe(name))
        return super().near(name, ctx)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the names of commands without importing them, and options."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - for a shell that asks

        names = [name for name in COMMANDS if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=in_words(COMMANDS[name])) for name in names), *options]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section(t("Commands")):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        try:
            with warned():
                answer = super().invoke(ctx)
        except click.ClickException as error:
            raise _told(ctx, error) from None
        except click.exceptions.Exit as end:
            _end(end.exit_code)
            raise click.exceptions.Exit(end.exit_code or _reached()) from None
        except (click.Abort, KeyboardInterrupt):
            aside("", t("bvup: stopped; nothing was sent"))
            _end(ExitCode.STOPPED)
            ctx.exit(ExitCode.STOPPED)
        except Exception as error:  # the last place where an error can be told to a person
            if isinstance(error, OSError) and error.filename is None and not ctx.meta.get(BEGUN):
                raise  # the help of a command cannot be written
            ctx.exit(complain(error, verbose=bool(ctx.meta.get(VERBOSE))))
        _end(ExitCode.DONE)
        if code := _reached():
            ctx.exit(code)
        return answer

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the words apart; that programs are listening is seen first, so that they hear of errors."""
        before = args[: args.index("--")] if "--" in args else args
        ctx.meta[told.WISHED] = "--json" in before
        begin(ctx, before, for_programs="--json" in before)
        try:
            return super().parse_args(ctx, args)
        except click.ClickException as error:
            raise _told(ctx, error) from None


def _speak_as_set(ctx: click.Context) -> None:
    """Speak what is set for all commands, where there is none of whose settings that could be learned."""
    from .settings import BadSettings, load  # noqa: PLC0415 - `bvup --version` goes without

    with suppress(BadSettings):  # which is told by the commands
        setting = load().find((), "lang")
        as_set(ctx, setting and setting.value)


def _told(ctx: click.Context, error: click.ClickException) -> click.exceptions.Exit:
    """Tell of wrong usage, with where it stands if that is in a file; return the end that it leads to."""
    if isinstance(error, click.BadParameter):
        from .settable import pointed  # noqa: PLC0415 - `bvup --version` goes without

        error = pointed(error)
    error = restated(error)
    if ctx.meta.get(told.WISHED) or told.is_json():
        ctx.meta[told.JSON] = True
        told.result(error.exit_code, Outlet(), usage_figures(error))
    tell_usage(error)
    return click.exceptions.Exit(error.exit_code)


def _end(code: int) -> None:
    """See to it that programs are told a result by every command."""
    if not told.has_ended():
        told.result(code, Outlet())


def _leave_out_openssl() -> None:
    """Have asyncio do without Python's OpenSSL, as where there is none: megabytes that nothing uses here."""
    if not {"asyncio", "ssl"} & sys.modules.keys():
        sys.modules["ssl"] = None  # pyright: ignore[reportArgumentType] - so Python notes what cannot be imported
        import_module("asyncio")
        del sys.modules["ssl"]


def _reached() -> ExitCode:
    """Return how a command has ended that went well: one that only tells has failed if that was lost."""
    only_tells = told.command() in TELLING
    return ExitCode.UNEXPECTED if only_tells and told.is_lost() else ExitCode.DONE


def _tell_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
    if value and not ctx.resilient_parsing:
        try:
            number = bilibili_api.__version__
        except ModuleNotFoundError:  # run from a checkout that is not installed
            number = t("unknown")
        click.echo(t("bvup, version {number}", number=number))
        ctx.exit()


@click.command(
    cls=Bvup,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "BVUP"},
)
@global_options
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_tell_version,
    help="Show the version and exit.",
)  # fmt: skip
def bvup() -> None:
    """Put videos on Bilibili from the command line, and try it without Bilibili."""


def main() -> None:
    """Run `bvup` with the arguments of this process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # no name breaks a terminal of another script
            stream.reconfigure(errors="backslashreplace")
    if COMPLETING in os.environ:
        import_module(".completion", __package__)  # knows how a shell is answered
    gc.set_threshold(10_000)  # looking for garbage after 700 objects takes a tenth of the start
    try:
        bvup.main(prog_name="bvup")
    except OSError as error:  # of help and versions, which click writes: what commands raise is told by then
        aside(t("bvup: what follows cannot be written: {reason}", reason=because(error)))
        sys.exit(ExitCode.UNEXPECTED)


def program() -> None:
    """Be the program `bvup`: `main`, and the end of the process.

    An interpreter that ends takes apart all that it has, which takes longer than most commands, and waits for
    threads, which a dead disk may hold.
    """
    try:
        main()
    except SystemExit as end:
        try:
            for stream in filter(None, (sys.stdout, sys.stderr)):  # None: started without it
                stream.flush()
        except (OSError, ValueError):  # nobody reads, or a disk is full: Python has its way to tell
            raise end from None
        if not isinstance(end.code, int):
            raise
        os._exit(end.code)
