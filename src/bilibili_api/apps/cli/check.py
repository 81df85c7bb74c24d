"""`bvup check`: looks at videos before they are uploaded."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

import click

from bilibili_api.account import MAX_FILE_SIZE, MAX_PARTS, upload_form, whoami
from bilibili_api.exceptions import ApiException
from bilibili_api.frozen import frozen
from bilibili_api.media import Kind, inspect
from bilibili_api.saying import listed, say

from . import told
from .credentials import Login, LoginNeeded, server_from
from .files import files_of
from .flags import Named, output_options, server_options, verbose_option, who_options
from .identity import reason
from .language import t, tn
from .media_words import about, media_figures, refused
from .outlet import Outlet
from .params import read_partition
from .report import EPILOG, ExitCode
from .text import safe, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilibili_api.media import Media
    from bilibili_api.video_uploader import Server

HELP: Final = """Look at videos before they are uploaded, and name everything that is wrong.

A folder stands for the videos in it. Container, codecs and length are shown. A file is refused (exit code 2)
that cannot be opened, is cut off or damaged, is black or silent wherever it is looked at, or exceeds the
limits: those of the account where there is a login, else those of everybody. So are more files than the
partition takes, and more than 100 for a login without cookies. Nothing is uploaded. A dozen places are
decoded, however long a video is.
"""
PATIENCE: Final = 10.0
"""Seconds for what the account may do; the look at the files is worth having without it."""
TOO_MANY: Final = "too_many"
KINDS: Final = (*get_args(Kind), TOO_MANY)
MEANT: Final = frozenset({"black", "silent"})
"""What somebody may have meant to be so."""


@frozen
class Limits:
    """What may be uploaded.

    Attributes:
        whose: Whose limits these are, for people.
        max_parts: Files of one submission.
        max_file_size: Bytes of one file.
        more_by_edits: Whether files beyond that can be added by edits.
    """

    whose: str
    max_parts: int = MAX_PARTS
    max_file_size: int = MAX_FILE_SIZE
    more_by_edits: bool = True


@click.command(help=HELP, epilog=EPILOG)
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--tid", callback=read_partition, metavar="N|NAME", help="Partition, whose limits count too.")
@click.option(
    "--allow",
    "allowed",
    cls=Named,
    multiple=True,
    type=click.Choice(KINDS),
    metavar="KIND",
    help=say("Do not refuse this; repeat for more. One of {kinds}.", kinds=listed(KINDS)),
)
@click.option("--offline", is_flag=True, help="Do not ask Bilibili what the account may do.")
@who_options
@server_options
@output_options
@verbose_option("Show tracebacks of errors.")
@click.pass_context
def command(ctx: click.Context, **given: Any) -> None:
    """Take the command line apart and do what it says."""
    meant = files_of(given["files"])
    files = meant.paths
    server = server_from(given["server"], given["ca"])
    limits, found = asyncio.run(_look(files, Login.of(given), server, given))
    allowed: frozenset[str] = frozenset(given["allowed"])
    parts = too_many(len(files), limits, allowed)
    is_refused = bool(parts) or any(refused(media, allowed) for media in found)
    outlet = Outlet()
    code = ExitCode.INVALID if is_refused else ExitCode.DONE
    told.result(code, outlet, ok=not is_refused, problems=parts, **figures(files, found, limits, allowed))
    if not told.is_json():
        outlet.say(*meant.notes)
        for path, media in zip(files, found, strict=True):
            outlet.tell(*lines(path, media, allowed))
        outlet.tell(*parts, *many(len(files), limits), t("Limits: {whose}.", whose=limits.whose))
    ctx.exit(code)


async def _look(
    files: Sequence[Path], login: Login, server: Server | None, given: dict[str, Any]
) -> tuple[Limits, list[Media]]:
    """Ask for the limits, then look at the files one after the other."""
    limits = Limits(t("those of everybody"))
    if not given["offline"]:
        limits = await limits_of(login, server, given["tid"])
    return limits, [await inspect(path, max_size=limits.max_file_size) for path in files]


async def limits_of(login: Login, server: Server | None, tid: int | None) -> Limits:
    """Return the account's limits where a login tells them, else those of everybody, saying why."""
    try:
        credential = login.preview(server) if login.is_said and login.account is None else None
        if credential is None:
            return Limits(t("those of everybody; nobody is logged in"))
        async with asyncio.timeout(PATIENCE):
            identity = await whoami(credential)
            form = await upload_form(credential) if identity.has_cookies and tid is not None else None
    except (ApiException, LoginNeeded, TimeoutError) as error:
        why = t("Bilibili does not answer") if isinstance(error, TimeoutError) else reason(error)
        return Limits(t("those of everybody; the account's are not known: {reason}", reason=why))
    limit = None if form is None else form.part_limits.get(tid or 0)
    whose = t("those of {name}", name=safe(identity.name))
    by_edits = identity.has_cookies and limit is None
    return Limits(whose, limit or identity.max_parts, identity.max_file_size, by_edits)


def too_many(number: int, limits: Limits, allowed: frozenset[str]) -> list[str]:
    """Say that there are more files than can become one archive, if so."""
    if number <= limits.max_parts or limits.more_by_edits or TOO_MANY in allowed:
        return []
    return [
        t(
            "{kind}: {number} files; the limit is {most} for this login or partition. With cookies "
            "(bvup login) more than 100 can be uploaded, where the partition has no limit of its own. To let "
            "it pass: --allow {kind}",
            kind=TOO_MANY,
            number=number,
            most=limits.max_parts,
        )
    ]


def many(number: int, limits: Limits) -> Iterator[str]:
    """Say what becomes of the files that one submission does not take, if they can be added."""
    if number > limits.max_parts and limits.more_by_edits:
        yield t(
            "{number} files: the archive is made with the first {most}, the others are added by edits, which "
            "needs a login with cookies.",
            number=number,
            most=limits.max_parts,
        )


def lines(path: Path, media: Media, allowed: frozenset[str]) -> Iterator[str]:
    """Say what a file is, and what is wrong with it."""
    number = len(refused(media, allowed))
    if number:
        yield tn(number, "{path}: {n} problem", "{path}: {n} problems", path=safe(path))
    else:
        yield t("{path}: fine", path=safe(path))
    if media.container:
        yield f"  {about(media)}"
    for finding in media.findings:
        is_allowed = finding.kind in allowed
        word = t("{kind} (allowed)", kind=finding.kind) if is_allowed else finding.kind
        way = t("If it is meant: --allow {kind}", kind=finding.kind) if finding.kind in MEANT else ""
        said = sentences(finding.what, finding.fix, "" if is_allowed else way)
        yield f"  - {t('{place}: {what}', place=word, what=safe(said))}"


def figures(
    files: Sequence[Path], found: Sequence[Media], limits: Limits, allowed: frozenset[str]
) -> dict[str, object]:
    """Return the same for programs."""
    rows = [media_figures(path, media, allowed) for path, media in zip(files, found, strict=True)]
    return {"files": rows, "limits": asdict(limits)}
