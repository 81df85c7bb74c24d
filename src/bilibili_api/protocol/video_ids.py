"""The ways to name a video: `av123`, `123`, `BV...`, a URL; and from aid to bvid (protocol document)."""

from __future__ import annotations

import re
from typing import Final, Self
from urllib.parse import parse_qsl, urlsplit

from bilibili_api.exceptions import ArgsException
from bilibili_api.frozen import frozen
from bilibili_api.saying import say

from .json_values import shown

_ALPHABET: Final = "FcwAPNKTMug3GV5Lj7EJnHpWsx4tb8haYeviqBz6rkCy12mUSDQX9RdoZf"
_XOR: Final = 23442827791579
_LIMIT: Final = 1 << 51
_DIGITS: Final = 9
_SWAPS: Final = ((0, 6), (1, 4))
"""Places of the nine digits that change places: the 3rd with the 9th, the 4th with the 7th of all twelve."""

_AID: Final = re.compile(r"(?:av)?(?P<aid>[0-9]{1,16})", re.IGNORECASE | re.ASCII)
_BVID: Final = re.compile(rf"[Bb][Vv]1(?P<digits>[{_ALPHABET}]{{{_DIGITS}}})")
_HOST: Final = re.compile(r"(?:[a-z0-9-]+\.)*(?:bilibili\.com|b23\.tv)", re.IGNORECASE | re.ASCII)
_HINT: Final = say("Give av123, 123, BV... or the address of the video's page.")


@frozen
class VideoId:
    """Which video; its two ids say the same.

    Attributes:
        aid: Its number, 1 to 2^51 - 1.
    """

    aid: int

    @property
    def bvid(self) -> str:
        """Its id in URLs (section 7.10)."""
        value = (_LIMIT | self.aid) ^ _XOR
        digits: list[str] = []
        for _ in range(_DIGITS):
            value, digit = divmod(value, len(_ALPHABET))
            digits.insert(0, _ALPHABET[digit])
        return "BV1" + "".join(_swapped(digits))

    @classmethod
    def of(cls, given: object) -> Self:
        """Read what a person gives.

        Args:
            given: A number; `av` and a number; a bvid; the address of the video's page, or of its page in the
                archive manager; what follows in it plays no part.

        Raises:
            ArgsException: It names no video.
        """
        if isinstance(given, cls):
            return given
        if isinstance(given, int) and not isinstance(given, bool):
            return cls._checked(given, given)
        if not isinstance(given, str):
            raise ArgsException(
                say("A video is named by text, not by {type}.", type=type(given).__name__), hint=_HINT
            )
        text = given.strip()
        for candidate in (text, *_in_url(text)):
            if found := _AID.fullmatch(candidate):
                return cls._checked(int(found["aid"]), given)
            if found := _BVID.fullmatch(candidate):
                return cls._decoded(found["digits"], given)
        raise ArgsException(say("{text} names no video.", text=shown(given)), hint=_hint_for(text))

    @classmethod
    def _decoded(cls, text: str, given: str) -> Self:
        value = 0
        for digit in _swapped(list(text)):
            value = value * len(_ALPHABET) + _ALPHABET.index(digit)
        found = cls._checked((value & (_LIMIT - 1)) ^ _XOR, given)
        if found.bvid[3:] != text:
            raise ArgsException(
                say("{text} is no bvid: there is no such number.", text=shown(given)), hint=_HINT
            )
        return found

    @classmethod
    def _checked(cls, aid: int, given: int | str) -> Self:
        if not 0 < aid < _LIMIT:
            raise ArgsException(
                say("{text} names no video: the number is out of range.", text=shown(given)), hint=_HINT
            )
        return cls(aid)


def _swapped(digits: list[str]) -> list[str]:
    for one, other in _SWAPS:
        digits[one], digits[other] = digits[other], digits[one]
    return digits


def _in_url(text: str) -> list[str]:
    """Return what in an address of Bilibili may name a video: of the path, then of the query."""
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = parts.hostname or ""
    except ValueError:
        return []
    if not _HOST.fullmatch(host):
        return []
    pieces = [piece for piece in parts.path.split("/") if piece[:2].lower() in {"av", "bv"}]
    return pieces + [value for name, value in parse_qsl(parts.query) if name in {"bvid", "aid", "avid"}]


def _hint_for(text: str) -> str:
    if "b23.tv/" in text.lower():
        return say("This is a short link; open it in a browser and give the address it leads to.")
    return _HINT
