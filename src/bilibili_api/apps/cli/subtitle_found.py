"""Files of subtitles as commands find them: named, or beside a video, each read before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from bilibili_api.exceptions import ApiException
from bilibili_api.frozen import frozen
from bilibili_api.subtitle import Subtitle, beside, read

from .language import t
from .text import count, safe, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

ENDINGS: Final = frozenset({".ass", ".json", ".srt", ".ssa", ".vtt"})


@frozen
class Found:
    """One file of subtitles, read.

    Attributes:
        part: Number of the part it is for.
        path: The file.
        subtitle: What is in it.
    """

    part: int
    path: Path
    subtitle: Subtitle

    @property
    def words(self) -> str:
        """What it is, without its part."""
        lines = count(len(self.subtitle.lines), "line")
        return f"{self.subtitle.language}  {lines}  {safe(self.path.name)}"

    def __str__(self) -> str:
        return f"P{self.part}  {self.words}"

    def figures(self) -> dict[str, object]:
        """Return it for programs."""
        return {
            "part": self.part,
            "language": self.subtitle.language,
            "lines": len(self.subtitle.lines),
            "file": str(self.path),
        }


async def read_beside(video: Path, part: int, language: str | None) -> list[Found]:
    """Read the subtitles that lie beside a video; there may be none.

    Args:
        video: The video file of the part.
        part: Its number.
        language: Of those whose names say none.

    Raises:
        ArgsException: One cannot be read, or nobody says in which language it is.
    """
    near = await beside(video)
    return [Found(part, path, await read(path, code or language)) for code, path in near.items()]


async def read_for_parts(videos: Sequence[Path | None], language: str | None) -> tuple[Found, ...]:
    """Read what lies beside the videos of an upload; None stands for a part that is no file.

    Raises:
        click.UsageError: A file cannot be read, belongs to no language, or two are for the same one.
    """
    found: list[Found] = []
    try:
        for part, video in enumerate(videos, 1):
            if video is not None:
                found += await read_beside(video, part, language)
                for path in _others(video):  # a typing error in the language must not leave it behind
                    await read(path, language)
    except ApiException as error:
        raise click.UsageError(f"--subtitles: {sentences(error.said, error.hint)}") from None
    check_twins(found)
    return tuple(found)


def _others(video: Path) -> Iterator[Path]:
    """Yield files that are called as subtitles of a video are, and not as those of another file there."""
    near = sorted(video.parent.iterdir()) if video.parent.is_dir() else []
    stems = [path.stem for path in near if path.suffix.lower() not in ENDINGS and path.stem != video.stem]
    for path in near:
        is_named = path.suffix.lower() in ENDINGS - {".json"} and path.stem.startswith(f"{video.stem}.")
        if is_named and not any(f"{path.stem}.".startswith(f"{stem}.") for stem in stems):
            yield path


def check_twins(found: Sequence[Found]) -> None:
    """Refuse two files for one part and language.

    Raises:
        click.UsageError: There are.
    """
    meant = [(one.part, one.subtitle.language) for one in found]
    if len(set(meant)) < len(meant):
        raise click.UsageError(t("two files are for the same part and language; give one of them."))
