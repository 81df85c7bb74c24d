"""`bvup subtitle`: subtitles for the parts of a video."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bilibili_api.subtitle import Subtitles, read

from . import told
from .archive_options import archive_options, video_argument
from .credentials import credential_of
from .flags import Once
from .language import t
from .outlet import Outlet
from .report import EPILOG, ExitCode
from .subtitle_found import ENDINGS, Found, check_twins, read_beside
from .text import safe

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command(epilog=EPILOG)
@video_argument
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option(
    "--part", cls=Once, type=click.IntRange(1), default=1, help="Part of the first FILE.  [default: 1]"
)
@click.option("--lan", metavar="CODE", help="Language of files that do not say it: zh-CN, zh-HK, en-US, ...")
@click.option("--draft", is_flag=True, help="Keep them as drafts on the site; do not submit them.")
@click.option("--dry-run", is_flag=True, help="Show what would be uploaded, and upload nothing.")
@archive_options
def command(
    *, video: str, files: Sequence[Path], part: int, lan: str | None, draft: bool, dry_run: bool, **given: Any
) -> None:
    """Upload subtitles for one of your videos.

    VIDEO is av123, 123, BV... or the address of its page. A FILE is subtitles (.srt, .ass, .vtt, or
    Bilibili's .json), all for the same part; or the video file of a part: then the subtitles that lie beside
    it are taken (film.zh-CN.srt for film.mp4), and the next FILE is the next part. The name says the
    language: film.chs.ass, film.en.vtt.
    """
    found = asyncio.run(read_all(files, part, lan))
    outlet = Outlet()
    outlet.tell(*map(str, found))
    if not dry_run:
        with credential_of(given) as credential:
            asyncio.run(_uploaded(Subtitles(credential), video, found, is_draft=draft))
        outlet.tell(t("Kept as drafts.") if draft else t("Uploaded."))
    told.result(ExitCode.DONE, outlet, uploaded=not dry_run, subtitles=[one.figures() for one in found])


async def read_all(files: Sequence[Path], part: int, language: str | None) -> list[Found]:
    """Read all files, so that what is wrong with the last is known before the first is sent.

    Raises:
        click.UsageError: There are no subtitles beside a video, or two for one part and language.
        ArgsException: A file cannot be read.
    """
    found: list[Found] = []
    for path in files:
        if path.suffix.lower() in ENDINGS:
            found.append(Found(part, path, await read(path, language)))
            continue
        near = await read_beside(path, part, language)
        if not near:
            raise click.UsageError(t("there are no subtitles beside {path}.", path=safe(path)))
        found += near
        part += 1
    check_twins(found)
    return found


async def _uploaded(mine: Subtitles, video: str, found: Sequence[Found], *, is_draft: bool) -> None:
    for one in found:
        await mine.upload(video, one.subtitle, part=one.part, is_draft=is_draft)
