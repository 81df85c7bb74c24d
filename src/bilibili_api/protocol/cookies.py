"""Web cookies of an account (protocol document, sections 0.2, 2.5, 2.8 and 2.9)."""

from __future__ import annotations

import re
from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ArgsException
from bilibili_api.frozen import frozen
from bilibili_api.saying import all_of, say

if TYPE_CHECKING:
    from collections.abc import Mapping

NEEDED: Final = ("SESSDATA", "bili_jct")
"""Without these nothing can be uploaded or submitted with cookies."""

_HOW: Final = say("Take both from a browser that is logged in to bilibili.com, or log in again here.")
_NAME: Final = re.compile(r"[!#-'*+.0-9A-Z^-z|~-]+")
_VALUE: Final = re.compile(r"[!#-:<-\[\]-~]*")
"""RFC 6265, and the comma besides: SESSDATA has some where it was decoded once too often (section 2.5)."""


@frozen
class Cookies:
    """The cookies of one account, by name; sent as they are given, in that order. Never shown.

    Raises:
        ArgsException: One that is needed is missing, or a name or value cannot stand in a header.
    """

    values: Mapping[str, str] = field(repr=False)

    def __post_init__(self) -> None:
        missing = [name for name in NEEDED if not self.values.get(name)]
        if missing:
            raise ArgsException(say("The cookies lack {names}.", names=all_of(missing)), hint=_HOW)
        for name, value in self.values.items():
            if not _fits(_NAME, name):
                raise ArgsException(
                    say("The name of a cookie has characters that no cookie can have."), hint=_HOW
                )
            if not _fits(_VALUE, value):
                raise ArgsException(
                    say("The cookie {name} has characters that no cookie can have.", name=name), hint=_HOW
                )
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))

    @property
    def header(self) -> str:
        """Value of the `Cookie` header."""
        return "; ".join(f"{name}={value}" for name, value in self.values.items())

    @property
    def csrf(self) -> str:
        """What POST calls repeat to prove that they come from the account's owner: `bili_jct`."""
        return self.values["bili_jct"]


def _fits(pattern: re.Pattern[str], text: object) -> bool:
    """Whether this is a text of that form; what comes from a file may be anything."""
    return isinstance(text, str) and pattern.fullmatch(text) is not None
