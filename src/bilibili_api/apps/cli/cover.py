"""`bvup cover`: frames of a video to choose a cover from, on one sheet, and the chosen one as a cover."""

from __future__ import annotations

import asyncio
import errno
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bilibili_api.amounts import size_text
from bilibili_api.cover import candidates, contact_sheet, prepare
from bilibili_api.saying import because, one_of

from . import told
from .flags import Named, output_options, verbose_option
from .language import in_words, t
from .outlet import Outlet
from .report import EPILOG, ExitCode
from .text import count, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bilibili_api.cover import Candidate, Ratio

DEFAULT: Final = "16:10"


class NotWritten(click.ClickException):
    """The image cannot be written where it should be."""

    exit_code = ExitCode.INVALID


@click.command(epilog=EPILOG)
@click.argument("video", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="IMAGE",
    help="Write here: .png for a sheet, .jpg for a cover.  [default: named like FILE, in this folder]",
)
@click.option("--pick", type=click.IntRange(1, 24), metavar="N", help="Make frame N of the sheet a cover.")
@click.option(
    "-k",
    "wanted",
    cls=Named,
    type=click.IntRange(1, 24),
    default=6,
    show_default=True,
    help="Frames on the sheet.",
)
@click.option(
    "--ratio",
    type=click.Choice(["16:10", "16:9", "4:3"]),
    default=DEFAULT,
    show_default=True,
    help="Width to height of the cover.",
)
@output_options
@verbose_option("Show tracebacks of errors.")
def command(
    video: Path, output: Path | None, pick: int | None, wanted: int, ratio: Ratio, *, verbose: bool
) -> None:
    """Choose a cover from a video.

    Without --pick, frames that would do well are drawn on one sheet, the best first, with their numbers and
    times. With --pick N, frame N of that sheet is made a cover, cut and scaled as Bilibili wants it. Nothing
    is sent; hand the cover to `bvup upload --cover`.
    """
    del verbose  # what runs this command has seen it
    target = target_of(video, output, pick)
    check_folder(target)
    found = asyncio.run(candidates(video, pick or wanted))
    try:
        lines = write_sheet(found, ratio, target) if pick is None else write_cover(found, pick, ratio, target)
    except OSError as error:
        raise NotWritten(
            t("{path} cannot be written: {reason}.", path=safe(target), reason=because(error))
        ) from None
    Outlet().tell(*lines)
    frames = [{"time": one.time, "score": one.score, "flaw": one.flaw} for one in found]
    told.result(ExitCode.DONE, Outlet(), file=str(target), pick=pick, frames=frames)
    if pick is None:
        again = f"bvup cover {quoted(video)} --pick 1{'' if ratio == DEFAULT else f' --ratio {ratio}'}"
        Outlet().say(t("To make the first one a cover: {command}", command=again))


def target_of(video: Path, output: Path | None, pick: int | None) -> Path:
    """Return where to write.

    Raises:
        click.UsageError: The ending is that of another kind of file, or the video itself would be lost.
    """
    endings = {".png"} if pick is None else {".jpg", ".jpeg"}
    if output is None:
        return Path(f"{video.stem}.covers.png" if pick is None else f"{video.stem}.cover.jpg")
    if output.suffix.lower() not in endings:
        names = one_of(sorted(endings))
        if pick is None:
            raise click.UsageError(t("-o: A sheet is a PNG; let the name end in {endings}.", endings=names))
        raise click.UsageError(t("-o: A cover is a JPEG; let the name end in {endings}.", endings=names))
    if output.exists() and video.exists() and output.samefile(video):
        raise click.UsageError(t("-o: this is the video itself."))
    return output


def check_folder(target: Path) -> None:
    """Find out before a video is decoded, which takes a while, whether something can be written beside it.

    Raises:
        NotWritten: It cannot.
    """
    folder = target.absolute().parent
    why = errno.ENOENT if not folder.is_dir() else 0 if os.access(folder, os.W_OK) else errno.EACCES
    if why:
        raise NotWritten(
            t(
                "{path} cannot be written: {reason}.",
                path=safe(target),
                reason=because(OSError(why, os.strerror(why))),
            )
        )


def write_sheet(found: Sequence[Candidate], ratio: Ratio, target: Path) -> list[str]:
    """Draw all candidates, and return what to say about them.

    Raises:
        OSError: It cannot be written.
    """
    contact_sheet(found, ratio=ratio).save(target, "PNG")
    rows = enumerate(found, 1)
    table = (
        f"  {number:2}  {clock(one.time)}  {one.score:.2f}  {in_words(one.flaw)}".rstrip()
        for number, one in rows
    )
    return [t("Sheet: {path}", path=safe(target)), *table]


def write_cover(found: Sequence[Candidate], pick: int, ratio: Ratio, target: Path) -> list[str]:
    """Write one candidate as a cover, and return what to say about it.

    Raises:
        click.UsageError: There is no candidate of that number.
        OSError: It cannot be written.
        ApiException: What the library raises.
    """
    if pick > len(found):
        raise click.UsageError(
            t("--pick: the video has only {frames} to choose from.", frames=count(len(found), "frame"))
        )
    chosen = found[pick - 1]
    made = asyncio.run(prepare(chosen.image, ratio=ratio))
    target.write_bytes(made.content)
    written = t(
        "Cover: {path}, {width} x {height} pixels, {size}, the frame at {time}.",
        path=safe(target),
        width=made.width,
        height=made.height,
        size=size_text(len(made.content)),
        time=clock(chosen.time),
    )
    return [written, *(f"  {in_words(note)}" for note in made.notes)]


def quoted(path: Path) -> str:
    """Return a path as a shell takes it."""
    return shlex.quote(safe(path))


def clock(seconds: float) -> str:
    """Return "1:02:03.4": hours, minutes, seconds and tenths."""
    minutes, tenths = divmod(round(seconds * 10), 600)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{tenths // 10:02d}.{tenths % 10}"
