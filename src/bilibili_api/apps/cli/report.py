"""What went wrong, as text and as an exit code."""

from __future__ import annotations

import io
import logging
import sys
from enum import IntEnum
from typing import TYPE_CHECKING, Final

import click

from bilibili_api.exceptions import (
    ApiException,
    ArchiveChanged,
    ArgsException,
    InvalidUpload,
    JournalFailed,
    LoginLacks,
    NetworkException,
    ResponseCodeException,
    Retry,
    SourceChanged,
    SpoolFailed,
    SubmissionUnknown,
    UploadBusy,
    VerificationRequired,
    VideoUploadException,
)
from bilibili_api.saying import say

from . import told
from .advice import advice, statement, where
from .language import in_words, t, tn
from .outlet import Outlet, aside, width_of_errors
from .text import cells, fill, safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bilibili_api.exceptions import Problem


class ExitCode(IntEnum):
    """How `bvup` ends."""

    DONE = 0
    UNEXPECTED = 1
    INVALID = 2
    LOGIN = 3
    REFUSED = 4
    NETWORK = 5
    STOPPED = 6
    UNKNOWN = 7


MEANINGS: Final = {
    ExitCode.DONE: say("done"),
    ExitCode.UNEXPECTED: say("unexpected error"),
    ExitCode.INVALID: say("wrong usage, or files or metadata that cannot work; nothing was sent"),
    ExitCode.LOGIN: say("a login is needed, or was refused"),
    ExitCode.REFUSED: say("refused by Bilibili"),
    ExitCode.NETWORK: say("network failure"),
    ExitCode.STOPPED: say("stopped, or files or journal are not free now; run it again to go on"),
    ExitCode.UNKNOWN: say("unknown whether submitted: look before you repeat"),
}
EPILOG: Final = "\b\nExit codes:\n" + "\n".join(f"  {code:d}  {text}" for code, text in MEANINGS.items())

BADNESS: Final = tuple(map(ExitCode, (0, 6, 5, 3, 4, 2, 1, 7)))
"""The exit codes in the order in which one of several uploads stands for all: first what time may heal."""

CHANGING: Final = frozenset({"edit"})
"""Commands that upload nothing, and check what they change as uploads are checked."""
SENDING: Final = frozenset({"", "append", "batch", "bench", "upload"})
"""Commands that have --line or --submit; "" stands for one that is not known."""
LOGIN_KINDS: Final = frozenset(
    {"LOGIN_FAILED", "LOGIN_LOCKED", "LOGIN_REFUSED", "LOGIN_RETIRED", "NO_SUCH_ACCOUNT", "VERIFY_PHONE"}
    | {"WRONG_PASSWORD"}
)
"""Kinds of refusals after which another way to log in is needed."""
NOTHING: Final = say("nothing; nothing was stored yet.")
CAPTCHA_AT_LOGIN: Final = -105


def exit_code(error: BaseException) -> ExitCode:
    """Return the exit code of an error."""
    match error:
        case SubmissionUnknown() | UploadBusy() | JournalFailed() | ApiException(kind="PART_NOT_READY"):
            return ExitCode.UNKNOWN if isinstance(error, SubmissionUnknown) else ExitCode.STOPPED
        case VerificationRequired() | LoginLacks() | ApiException(retry=Retry.LOGIN):
            return ExitCode.LOGIN
        case (
            ArgsException()
            | SourceChanged()
            | SpoolFailed()
            | VideoUploadException(kind=VideoUploadException.kind)
        ):
            return ExitCode.INVALID
        case NetworkException(status=status):
            return ExitCode.REFUSED if 400 <= status < 500 else ExitCode.NETWORK
        case ResponseCodeException() | ArchiveChanged() | ApiException(kind="CAPTCHA"):
            at_login = error.kind in LOGIN_KINDS or getattr(error, "code", None) == CAPTCHA_AT_LOGIN
            return ExitCode.LOGIN if at_login else ExitCode.REFUSED
        case _:
            return ExitCode.UNEXPECTED


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the code that stands for several uploads."""
    return max(codes, key=BADNESS.index)


def block(error: BaseException, width: int = 80) -> list[str]:
    """Return the lines that say what failed, what was kept and what to do."""
    if isinstance(error, InvalidUpload):
        return [*_problems(error, width), *_aftermath(error, width)]
    known = error if isinstance(error, ApiException) else ApiException(f"{type(error).__name__}: {error}")
    what = in_words(statement(known.said)) or type(error).__name__
    first = f"bvup: {what}" if known is error else t("bvup: unexpected error: {what}", what=what)
    return [*_wrap(first, "", width), *_aftermath(known, width)]


def _problems(error: InvalidUpload, width: int) -> list[str]:
    number = len(error.problems)
    lines = [
        tn(number, "bvup: {n} problem; nothing was changed", "bvup: {n} problems; nothing was changed")
        if told.command() in CHANGING
        else tn(number, "bvup: {n} problem; nothing was uploaded", "bvup: {n} problems; nothing was uploaded")
    ]
    for problem in error.problems:
        place, fix = where(problem.field), advice(problem.fix)
        lines += _wrap(t("{field}: {what} {fix}", field=place, what=problem.what, fix=fix), "  - ", width)
    return lines


def _aftermath(error: ApiException, width: int) -> list[str]:
    hint = "" if isinstance(error, InvalidUpload) else _advised(error.hint)
    return [*_kept(error.kept, width), *(_wrap(hint, t("  to do: "), width) if hint else [])]


def _advised(hint: str) -> str:
    return in_words(advice(hint, sends=told.command() in SENDING))


def _kept(kept: str, width: int) -> list[str]:
    return _wrap(in_words(kept), t("  kept:  "), width) if kept else []


def _wrap(text: str, lead: str, width: int) -> list[str]:
    hang = " " * (cells(lead) or 2)
    lines = [safe(line) for line in text.splitlines()] or [""]
    return [part for i, line in enumerate(lines) for part in fill(line, width, hang if i else lead, hang)]


def complain(error: BaseException, *, verbose: bool) -> ExitCode:
    """Write an error to standard error, with the traceback when asked for, and return the exit code."""
    if verbose:
        _show_traceback(error)
    aside(*block(error, width_of_errors()))
    told.result(exit_code(error), Outlet(), error_figures(error))
    return exit_code(error)


def error_figures(error: BaseException) -> dict[str, object]:
    """Return an error for programs."""
    known = error if isinstance(error, ApiException) else ApiException(f"{type(error).__name__}: {error}")
    problems = error.problems if isinstance(error, InvalidUpload) else ()
    message, hint = in_words(statement(known.said)), _advised(known.hint)
    if problems:
        message, hint = _in_short(len(problems), hint)
    return {
        "kind": known.kind if known is error else "UNEXPECTED",
        "message": message,
        "hint": hint,
        "kept": in_words(known.kept),
        "retry": known.retry.value,
        "exit_code": int(exit_code(error)),
        "problems": [problem_figures(problem) for problem in problems],
    }


def _in_short(number: int, hint: str) -> tuple[str, str]:
    """Return what is told for programs beside problems, which are told one by one: message and hint."""
    if told.command() not in CHANGING:
        several = tn(
            number, "{n} problem found; nothing was uploaded.", "{n} problems found; nothing was uploaded."
        )
        return several, hint
    several = tn(
        number, "{n} problem found; nothing was changed.", "{n} problems found; nothing was changed."
    )
    return several, t("Mend the fields named above and run it again; nothing was changed.")


def problem_figures(problem: Problem) -> dict[str, object]:
    """Return a problem for programs: its field in the library, where it is mended here, what and how."""
    return {
        "field": problem.field,
        "where": where(problem.field),
        "what": in_words(problem.what),
        "fix": in_words(advice(problem.fix)),
    }


def usage_figures(error: click.ClickException) -> dict[str, object]:
    """Return wrong usage, or a login that is missing, for programs."""
    needs_login = error.exit_code == ExitCode.LOGIN
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    return {
        "kind": "LOGIN_NEEDED" if needs_login else "USAGE",
        "message": error.format_message(),
        "hint": t("Run: {command} --help", command=ctx.command_path) if ctx is not None else "",
        "kept": "",
        "retry": (Retry.LOGIN if needs_login else Retry.NO).value,
        "exit_code": error.exit_code,
        "problems": [],
    }


def tell_error(error: BaseException) -> None:
    """Write to standard error what went wrong beside what was done."""
    aside(*block(error, width_of_errors()))


def tell_usage(error: click.ClickException) -> None:
    """Write to standard error what click says of an error."""
    said = io.StringIO()
    error.show(said)
    aside(*said.getvalue().splitlines())


def tell_problems(problems: Iterable[Problem]) -> None:
    """Write to standard error what is wrong."""
    aside(*block(InvalidUpload(tuple(problems)), width_of_errors()))


def tell_stopped(kept: str) -> ExitCode:
    """Write to standard error that the user stopped it and what is left of it; return the exit code."""
    aside(t("bvup: stopped"), *_kept(kept or NOTHING, width_of_errors()))
    return ExitCode.STOPPED


def stopped_figures(kept: str) -> dict[str, object]:
    """Return for programs that the user stopped it."""
    return {
        "kind": "STOPPED",
        "message": t("It was stopped."),
        "hint": t("Run the same command again: it goes on."),
        "kept": in_words(kept),
        "retry": Retry.SAME.value,
        "exit_code": int(ExitCode.STOPPED),
        "problems": [],
    }


def _show_traceback(error: BaseException) -> None:
    handler = logging.StreamHandler(sys.stderr)
    log = logging.getLogger("bilibili_api")  # its filter masks secrets in tracebacks, too
    log.addHandler(handler)
    log.error(t("Where it happened:"), exc_info=error)
    log.removeHandler(handler)
