"""`bvup append`: adds files to a video as new parts, or puts them in the places of old ones."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bilibili_api.amounts import size_text
from bilibili_api.archive import Archives
from bilibili_api.exceptions import InvalidUpload
from bilibili_api.saying import listed
from bilibili_api.video_uploader import PageProgress, UserRate

from .archive_options import read_videos
from .attempt import Attempt
from .credentials import Login, pointing, server_from
from .errand import Errand
from .files import STDIN, files_of
from .flags import Once, output_options, server_options, subtitle_options, verbose_option, who_options
from .journal_options import journal_from, journal_option, turn_options
from .language import t
from .network_options import options_for
from .order import Part
from .outlet import Outlet
from .report import EPILOG
from .text import count, row, safe, stem
from .way_on import WayOn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bilibili_api.archive import ArchivePart
    from bilibili_api.journal import Journal
    from bilibili_api.video_uploader import VideoUploader

    from .sending import Outcome
    from .subtitle_found import Found


@click.command(epilog=EPILOG)
@click.argument("words", nargs=-1, required=True, metavar="VIDEO FILE...", type=click.Path())
@click.option(
    "--vid", cls=Once, metavar="VIDEO", help="VIDEO, as biliup wants it; then all arguments are files."
)
@click.option(
    "--part-title",
    "part_titles",
    cls=Once,
    multiple=True,
    help="Title of a part, in order; repeat.  [default: that of the part it replaces, else the file name]",
)
@click.option(
    "--after", cls=Once, type=click.IntRange(1), metavar="N", help="Behind part N.  [default: at the end]"
)
@click.option(
    "--replace",
    "replaced",
    cls=Once,
    multiple=True,
    type=click.IntRange(1),
    metavar="N",
    help="Put a file in the place of part N; repeat, once for each file.",
)
@subtitle_options
@click.option("--line", metavar="NAME", help="A line of UPOS.  [default: the best one]")
@click.option("--no-wait", is_flag=True, help="Fail when the login dies, instead of waiting for a new one.")
@who_options
@server_options
@journal_option
@click.option(
    "--no-journal", is_flag=True, help="Remember nothing: when it is stopped, all has to be sent again."
)
@turn_options
@output_options
@verbose_option("Show details, and tracebacks of errors.")
@click.pass_context
def command(ctx: click.Context, *, words: tuple[str, ...], vid: str | None, **given: Any) -> None:
    """Add FILES to one of your videos as new parts, or put them in the places of old parts.

    VIDEO is av123, 123, BV... or the address of its page. What others change meanwhile stays. When it stops
    before the end, the same command goes on where it was, and so does `bvup resume`; nothing is added twice.
    """
    video, *files = words if vid is None else (vid, *words)
    read_videos(ctx, ctx.command.params[0], video)
    parts = _parts([Path(file) for file in files], given)
    server, login, journal = server_from(given["server"], given["ca"]), Login.of(given), journal_from(given)
    found = _subtitles(parts, journal, given)
    credential = login.credential(server, patient=not given["no_wait"])
    archives = Archives(credential, options=options_for(server, shared_rate=UserRate()))
    outlet = Outlet()

    async def act() -> tuple[Attempt, Outcome]:
        old = await _replaced(archives, video, given["replaced"])
        coming = _with_titles_of(old, parts, len(given["part_titles"]))
        uploader = await _uploader(archives, video, coming, journal, given)
        outlet.say(*_heading(video, coming, old, found, given, str(login)))
        attempt = Attempt(
            uploader,
            tuple(PageProgress(part.title, part.size, 0, 0, done=False) for part in coming),
            WayOn(given["journal"], server, login),
            grace=given["grace"],
            verbose=given["verbose"],
            errand=Errand.of(found, journal, credential, options_for(server)),
        )
        return attempt, await attempt.run(outlet)

    with pointing(login.way_back(server)):
        attempt, outcome = asyncio.run(act())
    ctx.exit(attempt.finish(outcome, outlet))


def _parts(named: Sequence[Path], given: dict[str, Any]) -> tuple[Part, ...]:
    """Return what is to be added.

    Raises:
        click.UsageError: Options contradict one another, or the files.
    """
    if not named:
        raise click.UsageError(t("name the files that are to be added behind the video."))
    files, titles, replaced = files_of(named), given["part_titles"], given["replaced"]
    if STDIN in files.paths:
        raise click.UsageError(t("standard input cannot be added; write it into a file first."))
    if len(titles) > len(files.paths):
        raise click.UsageError(
            t("{titles} --part-title for {files} files.", titles=len(titles), files=len(files.paths))
        )
    if replaced and (given["after"] is not None or len(replaced) != len(files.paths)):
        raise click.UsageError(t("--replace wants one N for each file, and no --after."))
    titles = [*titles, *(stem(path) for path in files.paths[len(titles) :])]
    return tuple(Part.of_file(path, title) for path, title in zip(files.paths, titles, strict=True))


def _subtitles(parts: Sequence[Part], journal: Journal | None, given: dict[str, Any]) -> tuple[Found, ...]:
    """Return what lies beside the files, if it is wanted; the part of each is the number of its file.

    Raises:
        click.UsageError: There is no journal, or a file of subtitles cannot be read.
    """
    if not given["subtitles"]:
        return ()
    from .subtitle_found import read_for_parts  # noqa: PLC0415 - few additions want them

    if journal is None:
        raise click.UsageError(
            t("--subtitles and --no-journal contradict one another: what is left could not be told its part.")
        )
    return asyncio.run(read_for_parts([part.path for part in parts], given["subtitle_lan"]))


async def _replaced(archives: Archives, video: str, places: Sequence[int]) -> tuple[ArchivePart | None, ...]:
    """Return the parts that stand in these places; None where there is none, which is refused later.

    Raises:
        ApiException: The video cannot be read.
    """
    known = ((await archives.show(video)).parts or ()) if places else ()
    return tuple(known[place - 1] if place <= len(known) else None for place in places)


def _with_titles_of(
    old: Sequence[ArchivePart | None], parts: tuple[Part, ...], named: int
) -> tuple[Part, ...]:
    """Return the parts with the titles of those they replace, but for the first, whose titles are given."""
    if not old:
        return parts
    pairs = enumerate(zip(parts, old, strict=True))
    return tuple(
        Part.of_file(part.path, was.title) if was is not None and was.title and i >= named else part
        for i, (part, was) in pairs
    )


async def _uploader(
    archives: Archives, video: str, parts: Sequence[Part], journal: Journal | None, given: dict[str, Any]
) -> VideoUploader:
    """Return the uploader, with all that is wrong found before anything is sent.

    Raises:
        InvalidUpload: All that is wrong.
        ApiException: The video cannot be read.
    """
    pages, line, replaced = [part.page for part in parts], given["line"], given["replaced"]
    if replaced:
        places = dict(zip(replaced, pages, strict=True))
        uploader = await archives.replace(video, places, line=line, journal=journal)
    else:
        uploader = await archives.append(video, pages, after=given["after"], line=line, journal=journal)
    if problems := await uploader.check():
        raise InvalidUpload(problems)
    return uploader


def _heading(
    video: str,
    parts: Sequence[Part],
    old: Sequence[ArchivePart | None],
    found: Sequence[Found],
    given: dict[str, Any],
    account: str,
) -> Iterator[str]:
    total, number = size_text(sum(part.size for part in parts)), count(len(parts), "part")
    replaced: Sequence[int] = given["replaced"]
    if replaced:
        places = listed(f"P{place}" for place in replaced)
        yield t(
            "Replacing {old} of {video}: {parts}, {size}",
            old=places,
            video=safe(video),
            parts=number,
            size=total,
        )
    elif given["after"] is not None:
        yield t(
            "Adding {parts}, {size}, to {video}, behind {place}",
            parts=number,
            size=total,
            video=safe(video),
            place=f"P{given['after']}",
        )
    else:
        yield t("Adding {parts}, {size}, to {video}", parts=number, size=total, video=safe(video))
    yield row(t("account"), account)
    for i, part in enumerate(parts):
        title = t("{title} ({file})", title=safe(part.title), file=str(part))
        yield f"  P{replaced[i]}  {title}" if replaced else f"  {title}"
        if replaced and (was := old[i]) is not None:
            yield "    " + t("instead of {title} ({file})", title=safe(was.title), file=safe(was.filename))
        yield from (f"    {one.words}" for one in found if one.part == i + 1)
