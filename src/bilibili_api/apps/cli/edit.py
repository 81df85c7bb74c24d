"""`bvup edit`: changes what a video says, and its parts; shows first what will change."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bilibili_api.saying import listed, say

from . import told
from .archive_options import archive_options, archives_of, video_argument
from .archive_words import changes, figures
from .credentials import is_interactive
from .flags import Once
from .language import in_words, t
from .outlet import Outlet
from .params import read_members, read_moment, read_partition
from .person import ask_line
from .report import EPILOG, ExitCode
from .text import safe

if TYPE_CHECKING:
    from bilibili_api.archive import Archives, Change, Changed

MEMBERS: Final = ("title", "tid", "desc", "dynamic", "source", "dtime")
NOTHING: Final = say("Nothing would change.")
NONE: Final = "0"
"""Takes a topic or an activity away."""
once: Final = partial(click.option, cls=Once)
"""What is changed is said each time: a line in a file of settings would change every video."""


def read_titles(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> dict[int, str]:
    """Return titles of parts given as "2=Title"."""
    found: dict[int, str] = {}
    for value in values:
        number, sign, title = value.partition("=")
        if not sign or not re.fullmatch("[0-9]{1,6}", number.strip(), re.ASCII):
            raise click.BadParameter(
                t("{value!r} is no title of a part; give for example 2=Evening.", value=safe(value))
            )
        if found.setdefault(int(number), title) != title:
            raise click.BadParameter(t("part {number} is given two titles.", number=int(number)))
    return found


def read_numbers(_ctx: click.Context, _param: click.Parameter, value: str | None) -> list[int]:
    """Return numbers of parts given as "3,1,2"."""
    words = [word.strip() for word in (value or "").split(",")] if value else []
    if not all(re.fullmatch("[0-9]{1,6}", word, re.ASCII) for word in words):
        raise click.BadParameter(
            t("{value!r} is no list of parts; give for example 3,1,2.", value=safe(value or ""))
        )
    return [int(word) for word in words]


@click.command(epilog=EPILOG)
@video_argument
@once("--title", help="Another title, at most 80 characters.")
@once("--tag", "tags", multiple=True, metavar="A,B", help="Other tags; repeat or separate by commas.")
@once("--tid", callback=read_partition, metavar="N|NAME", help="Another partition: number or name.")
@once("--desc", help="Another description; mentions that are still in it stay mentions.")
@once("--dynamic", help="Another text of the post to followers.")
@once("--source", help="Where a repost comes from.")
@once("--copyright", "copyright_", type=click.IntRange(1, 3), help="1 own work, 2 repost, 3 nothing.")
@once("--no-reprint/--reprint", default=None, help="Whether reposting needs permission.")
@once(
    "--dtime",
    callback=read_moment,
    metavar="TIME",
    help="Publish at this time: +4h, 'tomorrow 18:00', '2026-12-01 18:00', RFC 3339 or Unix seconds.",
)
@once("--topic", metavar="NAME|N", help="Another topic, with its activity; 0 takes both away.")
@once(
    "--mission",
    metavar="NAME|N",
    help="Another activity (`bvup topics`), with the topic that belongs to it unless --topic names one; "
    "0 takes it away.",
)
@once("--cover", type=click.Path(path_type=Path), metavar="FILE", help="Another cover: any picture.")
@once("--extra-fields", callback=read_members, metavar="JSON", help="More members of the metadata to change.")
@once(
    "--part-title",
    "titles",
    multiple=True,
    callback=read_titles,
    metavar="N=TITLE",
    help="Another title of part N; repeat.",
)
@once("--order", callback=read_numbers, metavar="3,1,2", help="Another order of the parts.")
@once("--remove", callback=read_numbers, metavar="2,3", help="Take these parts away.")
@once("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@archive_options
@click.pass_context
def command(ctx: click.Context, *, video: str, **given: Any) -> None:
    """Change what one of your videos says, or its parts. What would change is shown first.

    VIDEO is av123, 123, BV... or the address of its page. What is not named stays as it is, also what others
    change meanwhile. The video goes into review again.
    """
    if given["topic"] == NONE and given["mission"] not in {None, NONE}:
        raise click.UsageError(
            t("--topic 0 and --mission contradict one another: it counts with a topic only.")
        )
    with archives_of(given) as archives:
        ctx.exit(asyncio.run(_edited(archives, video, given)))


async def _edited(archives: Archives, video: str, given: dict[str, Any]) -> ExitCode:
    outlet = Outlet()
    change = await archives.edit(
        video,
        wanted(given),
        topic=named_in(given["topic"]),
        mission=named_in(given["mission"]),
        cover=given["cover"],
        titles=given["titles"],
        order=given["order"],
        removed=given["remove"],
    )
    lines = list(changes(change.differences)) or [in_words(NOTHING)]
    outlet.tell(*lines)
    if given["dry_run"] or not change:
        return _told(ExitCode.DONE, outlet, change)
    if not given["yes"] and not await _is_agreed():
        outlet.tell(t("Nothing was changed."))
        return _told(ExitCode.STOPPED, outlet, change)
    changed = await change.apply()
    outlet.tell(t("Changed. Now: {meaning}.", meaning=changed.archive.meaning), *odd(changed))
    return _told(ExitCode.DONE, outlet, change, changed)


def _told(code: ExitCode, outlet: Outlet, change: Change, changed: Changed | None = None) -> ExitCode:
    """Tell programs what was changed, and return the exit code."""
    after = {} if changed is None else {"video": figures(changed.archive), "ignored": list(changed.ignored)}
    lines = [{"field": one.field, "before": one.before, "after": one.after} for one in change.differences]
    told.result(code, outlet, changes=lines, applied=changed is not None, **after)
    return code


def wanted(given: dict[str, Any]) -> dict[str, object]:
    """Return the members of the metadata that are to be changed."""
    found: dict[str, object] = {name: given[name] for name in MEMBERS if given[name] is not None}
    if given["tags"]:
        found["tag"] = ",".join(given["tags"])
    if given["copyright_"] is not None:
        found["copyright"] = given["copyright_"]
    if given["no_reprint"] is not None:
        found["no_reprint"] = int(given["no_reprint"])
    if given["topic"] == NONE:
        found |= {"topic_id": None, "mission_id": None}
    if given["mission"] == NONE:
        found["mission_id"] = None
    return {**found, **(given["extra_fields"] or {})}


def named_in(said: str | None) -> str | int | None:
    """Return the topic or activity that is meant, by its number or its name."""
    if said is None or said == NONE:
        return None
    return int(said) if re.fullmatch("[0-9]{1,18}", said, re.ASCII) else said


def odd(changed: Changed) -> list[str]:
    """Name what Bilibili shows otherwise than it was sent."""
    return (
        [t("Bilibili shows otherwise than it was sent: {fields}.", fields=listed(changed.ignored))]
        if changed.ignored
        else []
    )


async def _is_agreed() -> bool:
    """Ask.

    Raises:
        click.UsageError: There is nobody to ask.
    """
    if not is_interactive():
        raise click.UsageError(
            t("there is no terminal to ask whether to change this; add --yes, or --dry-run.")
        )
    return (await ask_line(t("Change this, and have it reviewed again? [y/N]"))).lower() in {"y", "yes"}
