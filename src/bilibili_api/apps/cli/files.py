"""Which files a command line means: names, folders, patterns that the shell has not expanded, `-`."""

from __future__ import annotations

import glob
import os
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bilibili_api.frozen import frozen
from bilibili_api.saying import because, listed

from .language import t
from .natural import natural
from .text import safe, sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

STDIN: Final = Path("-")
"""Standard input in the place of a file; a file of that name is `./-`."""
_MPEG: Final = ("dat", "m2ts", "mpe", "mpeg", "mpeg4", "mpg", "mts", "ts", "vob")
_OTHERS: Final = ("3g2", "3gp", "asf", "avi", "f4v", "flv", "m4v", "mkv", "mov", "mp4", "ogv", "qt", "rm")
ENDINGS: Final = frozenset({*_MPEG, *_OTHERS, "rmvb", "swf", "webm", "wmv"})
"""By these a folder's videos are known; a file that is named itself may have any."""
NAMED: Final = 5
"""Files that are left out are named, up to so many."""


@frozen
class Files:
    """What is to be uploaded.

    Attributes:
        paths: The files in their order; `STDIN` stands for standard input.
        notes: What was left out, and why.
    """

    paths: tuple[Path, ...]
    notes: tuple[str, ...] = ()


def files_of(words: Sequence[Path]) -> Files:
    """Return the files that the words of a command line mean, in their order.

    A folder stands for its videos and a pattern for what it matches, both in natural order. A name that is
    there is that file, whatever characters it has. One that is not there is left to the check of the upload,
    which tells all problems at once.

    Raises:
        click.UsageError: A folder or pattern stands for nothing, or a file is meant twice.
    """
    paths: list[Path] = []
    notes: list[str] = []
    for word in words:
        found = _meant_by(word)
        paths += found.paths
        notes += found.notes
    _refuse_twice(paths)
    return Files(tuple(paths), tuple(notes))


def _meant_by(word: Path) -> Files:
    if word == STDIN:
        return Files((STDIN,))
    if is_folder(word):
        return _videos(_inside(word), t("the folder {folder}", folder=safe(word)))
    if os.path.lexists(word) or not glob.has_magic(os.fspath(word)):
        return Files((word,))
    matched = [Path(path) for path in glob.glob(os.fspath(word), recursive=True)]  # noqa: PTH207 - of a pattern that may be absolute
    if not matched:
        raise click.UsageError(
            sentences(
                t("nothing matches {pattern}, and no file has this name.", pattern=safe(word)), _near(word)
            )
        )
    if word.suffix and not glob.has_magic(word.suffix):
        return Files(tuple(sorted((path for path in matched if path.is_file()), key=natural)))
    return _videos(matched, safe(word))


def is_folder(path: Path) -> bool:
    """Whether it is a folder; a name that no file can have is none."""
    return os.path.isdir(path)  # noqa: PTH112 - the method raises for a name that is too long


def is_file(path: Path) -> bool:
    """Whether it is a file; a name that no file can have is none."""
    return os.path.isfile(path)  # noqa: PTH113 - as above


def _inside(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError as error:
        raise click.UsageError(
            t("the folder {folder} cannot be read: {reason}.", folder=safe(folder), reason=because(error))
        ) from None


def _videos(paths: Iterable[Path], where: str) -> Files:
    """Return the videos among them, and what was left out.

    Raises:
        click.UsageError: None is a video.
    """
    inside = sorted(paths, key=natural)
    videos = [path for path in inside if path.is_file() and path.suffix[1:].lower() in ENDINGS]
    folders = [path for path in inside if path.is_dir()]
    others = [path for path in inside if path not in {*videos, *folders}]
    notes: list[str] = []
    if others:
        names = _names(others)
        notes.append(t("Left out of {where}, by the ending no video: {names}", where=where, names=names))
    if folders:
        notes.append(t("Left out of {where}, being folders: {names}", where=where, names=_names(folders)))
    if not videos:
        what = (
            t("there is no video in {where}.", where=where)
            if inside
            else t("there is nothing in {where}.", where=where)
        )
        raise click.UsageError("\n".join([what, *notes]))
    return Files(tuple(videos), tuple(notes))


def _names(paths: Sequence[Path]) -> str:
    shown = listed(safe(path.name) for path in paths[:NAMED])
    if len(paths) <= NAMED:
        return shown
    return t("{names} and {number} more", names=shown, number=len(paths) - NAMED)


def _near(word: Path) -> str:
    """Return the sentence that offers a name like one that is not there."""
    try:
        names = [path.name for path in word.parent.iterdir()]
    except OSError:
        return ""
    close = get_close_matches(word.name, names, n=1)
    return t("Did you mean {name}?", name=safe(word.with_name(close[0]))) if close else ""


def _refuse_twice(paths: Sequence[Path]) -> None:
    seen: dict[object, tuple[int, Path]] = {}
    for number, path in enumerate(paths, 1):
        first, before = seen.setdefault(_identity(path), (number, path))
        if first != number:
            raise click.UsageError(
                t(
                    "P{first} {path} and P{second} {other} are the same file. Name it once.",
                    first=first,
                    path=safe(before),
                    second=number,
                    other=safe(path),
                )
            )


def _identity(path: Path) -> object:
    if path == STDIN:
        return STDIN
    try:
        found = path.stat()
    except (OSError, ValueError):
        return path
    return (found.st_dev, found.st_ino) if found.st_ino else path.resolve()


def refuse_unfit(paths: Sequence[Path], name: str | None) -> None:
    """See to it that standard input can be uploaded, where it is to be.

    Raises:
        click.UsageError: It cannot.
    """
    if STDIN not in paths:
        if name is not None:
            raise click.UsageError(t("--name is for what comes on standard input; name that as -."))
        return
    if sys.stdin is None or sys.stdin.closed:
        raise click.UsageError(t("standard input is closed; there is nothing to upload as -."))
    if sys.stdin.isatty():
        raise click.UsageError(
            t("standard input is this terminal. Pipe a video into it: ... | bvup upload - --name video.mp4")
        )
    if name is None:
        raise click.UsageError(
            t("standard input has no name. Add --name video.mp4, with the ending that fits.")
        )
