"""Subtitles of a part on the wire, and the languages they are in (protocol document, section 7.7)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, cast

from bilibili_api.exceptions import ArgsException
from bilibili_api.frozen import frozen
from bilibili_api.saying import say

from .browser import FORM, logged_in
from .codes import Step
from .json_values import shown
from .wire import Envelope, Request, Response, open_envelope, serialise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .cookies import Cookies

URL: Final = "https://api.bilibili.com/x/v2/dm/subtitle/draft/save"

_LANGUAGES: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("zh", "chi", "zho", "chs", "sc", "gb", "zh-cn", "zh-hans", "zh-hans-cn", "简体"), "zh-CN"
    ),
    **dict.fromkeys(("cht", "tc", "big5", "zh-hk", "zh-hant", "zh-hant-hk", "繁体", "繁體"), "zh-HK"),
    **dict.fromkeys(("en", "eng", "en-us"), "en-US"),
}
"""What files and people call the languages that section 7.7 names."""
_CODE: Final = re.compile(r"(?P<language>[a-z]{2,3})(?:-(?P<region>[a-z]{2}))?")
_STYLE: Final = {
    "font_size": 0.4,
    "font_color": "#FFFFFF",
    "background_alpha": 0.5,
    "background_color": "#9C27B0",
    "Stroke": "none",
}
_BELOW: Final = 2
"""Where lines stand: `location` of section 7.7."""
_LONGEST: Final = 100 * 3600.0


@frozen
class Line:
    """One line of subtitles.

    Attributes:
        start: When it comes, seconds.
        end: When it goes, seconds.
        text: What it says.
    """

    start: float
    end: float
    text: str


@frozen
class Subtitle:
    """The subtitles of one part in one language.

    Attributes:
        language: As Bilibili names it: `zh-CN`, `zh-HK`, `en-US`, ...
        lines: In the order of their times.
    """

    language: str
    lines: tuple[Line, ...]

    def as_json(self) -> str:
        """Return the text that is sent (section 7.7)."""
        body = [
            {"from": line.start, "to": line.end, "location": _BELOW, "content": line.text}
            for line in self.lines
        ]
        return json.dumps({**_STYLE, "body": body}, ensure_ascii=False, separators=(",", ":"))


def language_named(name: str) -> str | None:
    """Return a language as Bilibili names it; None: the name is none.

    Section 7.7 names three; other codes (`ja`, `pt-BR`) go through as they are.
    """
    key = name.strip().casefold().replace("_", "-")
    if key in _LANGUAGES:
        return _LANGUAGES[key]
    found = _CODE.fullmatch(key)
    if found is None:
        return None
    return found["language"] + (f"-{found['region'].upper()}" if found["region"] else "")


def ordered(lines: Iterable[Line], language: str) -> Subtitle:
    """Make subtitles of lines, without those that are empty or take no time.

    Raises:
        ArgsException: There is no line, or one has impossible times.
    """
    kept = [line for line in lines if line.text.strip() and line.end > line.start]
    if not kept:
        raise ArgsException(
            say("There is no line of subtitles in it."), hint=say("Give a file that has some.")
        )
    for line in kept:
        if not 0 <= line.start < line.end <= _LONGEST:
            raise ArgsException(
                say(
                    "The line {text} is shown from {start} to {end} seconds.",
                    text=shown(line.text),
                    start=line.start,
                    end=line.end,
                ),
                hint=say("Mend the times in the file."),
            )
    return Subtitle(language, tuple(sorted(kept, key=lambda line: (line.start, line.end))))


def lines_in_json(text: str) -> tuple[Line, ...]:
    """Read subtitles in Bilibili's own form, as the site gives and takes them (section 7.7).

    Raises:
        ArgsException: It is something else.
    """
    try:
        said: object = json.loads(text)
        body = cast("Mapping[str, object]", said)["body"] if isinstance(said, dict) else said
        return tuple(_line(cast("Mapping[str, object]", each)) for each in cast("list[object]", body))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ArgsException(
            say("It is not subtitles in Bilibili's JSON."),
            hint=say('Give {{"body": [{{"from": 0, "to": 5, "content": "text"}}]}}.'),
        ) from None


def _line(said: Mapping[str, object]) -> Line:
    start, end, text = said["from"], said["to"], said["content"]
    if not isinstance(text, str) or isinstance(start, bool) or isinstance(end, bool):
        raise TypeError
    return Line(float(cast("float", start)), float(cast("float", end)), text)


def save_request(cookies: Cookies, bvid: str, cid: int, subtitle: Subtitle, *, is_draft: bool) -> Request:
    """Build the request that saves subtitles (section 7.7).

    Args:
        cookies: Of the account.
        bvid: The video.
        cid: Number of its part.
        subtitle: The subtitles.
        is_draft: They are kept and not submitted.
    """
    said = {
        "type": "1",
        "oid": str(cid),
        "lan": subtitle.language,
        "data": subtitle.as_json(),
        "submit": "false" if is_draft else "true",
        "sign": "false",
        "bvid": bvid,
        "csrf": cookies.csrf,
    }
    return Request(Step.SUBTITLE, "POST", URL, {**logged_in(cookies), **FORM}, serialise(said).encode())


def parse_saved(response: Response) -> None:
    """Read the answer to `save_request`.

    Raises:
        NetworkException: The HTTP status is an error.
        ResponseCodeException: Bilibili refused.
        ResponseException: The answer is not what the protocol says.
    """
    open_envelope(response, Step.SUBTITLE, Envelope.CODE)
