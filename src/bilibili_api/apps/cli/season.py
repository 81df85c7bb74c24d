"""`bvup season`: the collections of one's videos."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bilibili_api.saying import say
from bilibili_api.season import Seasons

from . import told
from .archive_options import archive_options, videos_argument
from .credentials import credential_of
from .flags import Once, global_options
from .help import Listing
from .language import t
from .outlet import Outlet
from .params import read_number_or_name
from .report import EPILOG, ExitCode
from .text import count, safe

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from bilibili_api.season import Episode, Season

STATES: Final = {0: say("visible"), -6: say("in review")}

season_argument = click.argument("season", callback=read_number_or_name, metavar="SEASON")


def section_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of the commands that are about the videos of a season."""
    option = click.option("--section", cls=Once, type=int, metavar="N", help="Section.  [default: the first]")
    return option(archive_options(command))


@contextmanager
def seasons_of(given: Mapping[str, Any]) -> Generator[Seasons]:
    """Yield the seasons of who is named.

    Raises:
        LoginNeeded: Nobody is logged in.
        ApiException: What the library raises.
    """
    with credential_of(given) as credential:
        yield Seasons(credential)


def number_of(seasons: Seasons, said: int | str) -> int:
    """Return the number of the season that is meant.

    Raises:
        ArgsException: None is called so, or several are.
        ApiException: They cannot be listed.
    """
    return said if isinstance(said, int) else asyncio.run(seasons.find(said)).id


@click.group(cls=Listing, epilog=EPILOG)
@global_options
def command() -> None:
    """Collect your videos in seasons (合集): make one, add videos, put them in order, take them out.

    SEASON is a title or a number of `bvup season list`; VIDEO is av123, 123, BV... or the address of its
    page. Every command may be repeated: what is in a season is not added again.
    """


@command.command("list")
@archive_options
def list_seasons(**given: Any) -> None:
    """List your seasons."""
    with seasons_of(given) as seasons:
        found = asyncio.run(seasons.list())
    outlet = Outlet()
    told.result(ExitCode.DONE, outlet, seasons=[figures(season) for season in found])
    if not told.is_json():
        outlet.tell(*([line(season) for season in found] or [t("There is no season.")]))


@command.command()
@season_argument
@section_option
def show(*, season: int | str, section: int | None, **given: Any) -> None:
    """Show the videos of a season in their order."""
    with seasons_of(given) as seasons:
        tell(asyncio.run(seasons.episodes(number_of(seasons, season), section)))


@command.command()
@click.argument("title")
@click.option(
    "--cover", cls=Once, required=True, type=click.Path(path_type=Path), metavar="FILE", help="Any picture."
)
@click.option("--desc", cls=Once, default="", help="Description.")
@archive_options
def create(*, title: str, cover: Path, desc: str, **given: Any) -> None:
    """Make a season, which Bilibili reviews."""
    with seasons_of(given) as seasons:
        made = asyncio.run(seasons.create(title, cover=cover, desc=desc))
    outlet = Outlet()
    told.result(ExitCode.DONE, outlet, season=figures(made))
    if not told.is_json():
        outlet.tell(t("Made: {season}", season=line(made)))
        outlet.say(t("To add videos: bvup season add {number} VIDEO...", number=made.id))


@command.command()
@season_argument
@videos_argument
@section_option
def add(*, season: int | str, videos: Sequence[str], section: int | None, **given: Any) -> None:
    """Put videos behind those of a season, in the order of the arguments."""
    with seasons_of(given) as seasons:
        tell(asyncio.run(seasons.add(number_of(seasons, season), videos, section=section)))


@command.command()
@season_argument
@videos_argument
@section_option
def remove(*, season: int | str, videos: Sequence[str], section: int | None, **given: Any) -> None:
    """Take videos out of a season; on Bilibili they stay."""
    with seasons_of(given) as seasons:
        tell(asyncio.run(seasons.remove(number_of(seasons, season), videos, section=section)))


@command.command()
@season_argument
@videos_argument
@section_option
def sort(*, season: int | str, videos: Sequence[str], section: int | None, **given: Any) -> None:
    """Put the videos of a season in the order of the arguments; those that are not named follow."""
    with seasons_of(given) as seasons:
        tell(asyncio.run(seasons.sort(number_of(seasons, season), videos, section=section)))


def tell(episodes: Sequence[Episode]) -> None:
    """Print the videos of a section."""
    outlet = Outlet()
    placed = list(enumerate(episodes, 1))
    told.result(ExitCode.DONE, outlet, episodes=[{"place": place, **asdict(one)} for place, one in placed])
    if not told.is_json():
        lines = [f"{place:>3}  {one.bvid}  {safe(one.title)}" for place, one in placed]
        outlet.tell(*(lines or [t("There is no video in it.")]))


def line(season: Season) -> str:
    """Return a season in a line."""
    state = STATES.get(season.state) or say("state {state}", state=season.state)
    if season.reject_reason:
        state = say("{state}: {reason}", state=state, reason=safe(season.reject_reason))
    videos = count(season.episodes, "video")
    return t(
        "{id}  {title} ({videos}, {state})",
        id=season.id,
        title=safe(season.title),
        videos=videos,
        state=state,
    )


def figures(season: Season) -> dict[str, object]:
    """Return a season for programs."""
    return {**asdict(season), "episodes": season.episodes}
