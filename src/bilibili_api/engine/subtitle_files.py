"""Files of subtitles: found beside a video by their names, read in whatever encoding they are."""

from __future__ import annotations

import codecs
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from bilibili_api.amounts import size_text
from bilibili_api.exceptions import ArgsException, ExtraMissing
from bilibili_api.protocol.subtitles import Line, Subtitle, language_named, lines_in_json, ordered
from bilibili_api.saying import because, listed, say

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

FORMATS: Final = {".ass": "ass", ".srt": "srt", ".ssa": "ssa", ".vtt": "vtt"}
"""What is converted, by pysubs2; `.json` is Bilibili's own form."""
ENDINGS: Final = frozenset({*FORMATS, ".json"})
MAX_BYTES: Final = 16 * 1024 * 1024
"""Of a file; those of whole films have some hundred thousand."""

_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def beside(video: Path) -> dict[str, Path]:
    """Return the subtitles that lie beside a video, by their languages.

    `trip.zh-CN.srt` and `trip.en.ass` belong to `trip.mp4`; a name without a language, `trip.srt`, does too
    and stands under "". Of several for one language the first by name counts.
    """
    found: dict[str, Path] = {}
    for path in sorted(video.parent.iterdir()):
        language = _language_beside(path, video)
        if language is not None and path.is_file():
            found.setdefault(language, path)
    return found


def _language_beside(path: Path, video: Path) -> str | None:
    if path.suffix.lower() not in ENDINGS:
        return None
    if path.stem == video.stem:
        return None if path.suffix.lower() == ".json" else ""  # many programs put a .json beside a video
    if not path.stem.startswith(f"{video.stem}."):
        return None
    return language_named(path.stem[len(video.stem) + 1 :])


def language_in(path: Path) -> str | None:
    """Return the language that a file's name says, or None."""
    return language_named(path.stem.rpartition(".")[2]) if "." in path.stem else None


def read(path: Path, language: str | None) -> Subtitle:
    """Read a file of subtitles. Blocks.

    Args:
        path: `.srt`, `.ass`, `.ssa`, `.vtt`, or `.json` in Bilibili's form.
        language: Which; None: as the name says.

    Raises:
        ArgsException: It cannot be read, or nobody says in which language it is.
        ExtraMissing: pysubs2 is not installed, and the file is not Bilibili's JSON.
    """
    with _naming(path):
        text = _text(path)
    named = language_in(path) if language is None else language_named(language)
    if named is None:
        raise ArgsException(
            say("Nobody says in which language {path!r} is.", path=str(path))
            if language is None
            else say("{language!r:.20} is no language.", language=language),
            hint=say(
                "Name the language, for instance zh-CN or en-US; or put it into the name: film.zh-CN.srt."
            ),
        )
    with _naming(path):
        lines = lines_in_json(text) if path.suffix.lower() == ".json" else tuple(_converted(text, path))
        return ordered(lines, named)


@contextmanager
def _naming(path: Path) -> Generator[None]:
    """Put the name of a file before what is wrong with it.

    Raises:
        ArgsException: Something is.
    """
    try:
        yield
    except ExtraMissing:
        raise
    except ArgsException as error:
        said = say("{path!r}: {problem}", path=str(path), problem=error.msg)
        raise ArgsException(said, hint=error.hint) from None


def _text(path: Path) -> str:
    if path.suffix.lower() not in ENDINGS:
        raise ArgsException(
            say("It is no file of subtitles."),
            hint=say("Known are: {endings}.", endings=listed(sorted(ENDINGS))),
        )
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ArgsException(
            say("It cannot be read: {reason}.", reason=because(error)), hint=say("Check its name and rights.")
        ) from None
    if len(content) > MAX_BYTES:
        raise ArgsException(
            say("It has more than {most}.", most=size_text(MAX_BYTES)), hint=say("Give a file of subtitles.")
        )
    return _decoded(content)


def _decoded(content: bytes) -> str:
    """UTF-8 and UTF-16 say what they are; what is neither is taken for Chinese (GB 18030)."""
    encodings = ["utf-16"] if content.startswith(_MARKS) else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ArgsException(say("It is neither UTF-8 nor UTF-16 nor GB 18030."), hint=say("Save it as UTF-8."))


def _converted(text: str, path: Path) -> Iterator[Line]:
    try:
        from pysubs2 import SSAFile  # noqa: PLC0415 - an extra
        from pysubs2.exceptions import Pysubs2Error  # noqa: PLC0415 - as it
    except ImportError:
        raise ExtraMissing(say("Reading {ending} files", ending=path.suffix.lower()), "subtitles") from None
    try:
        found = SSAFile.from_string(text, format_=FORMATS[path.suffix.lower()])
    except (Pysubs2Error, ValueError, LookupError) as error:
        raise ArgsException(
            say("It cannot be read: {reason}.", reason=because(error)),
            hint=say("Check the file in a player."),
        ) from None
    for event in found:
        if not event.is_comment and not event.is_drawing:
            yield Line(event.start / 1000, event.end / 1000, event.plaintext.strip())
