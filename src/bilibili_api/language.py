"""What the library says, in the language of the person who reads it.

Everything is written in English; catalogues in `locale` (gettext) have the other languages. Errors, problems
and log records keep their templates (`saying`), so that a program can show them in any language:

    >>> from bilibili_api.language import translate
    >>> translate(error.said, "zh")  # doctest: +SKIP
"""

from __future__ import annotations

import gettext
import locale
import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .saying import Joined, Listed, Said

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES: Final = ("en", "zh")
"""Languages that everything can be said in: English, and Chinese in simplified characters."""
DOMAIN: Final = "bilibili_api"
LOCALE: Final = Path(__file__).with_name("locale")
"""Where gettext finds the catalogues of that domain."""
_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
_SEPARATORS: Final = {" ": "", ", ": "，", "; ": "；"}
"""What Chinese has between sentences, and between parts of one."""
_BETWEEN_NAMES: Final = "、"
"""What it has between names."""
_CLOSING: Final = ("）", "】", "」", "』", "》", "”", "。", "，", "；", "：", "！", "？")
_GAP: Final = re.compile(r"\{([^{}]+)\} ")
"""A value in a template, and the space that parts it from Chinese behind it."""


def translate(text: str, language: str) -> str:
    """Say something in a language.

    Args:
        text: What the library, or an error of it, says.
        language: One of `LANGUAGES`.

    Returns:
        The text in that language; a text that no catalogue knows, as it is.

    Raises:
        KeyError: It is another language.
    """
    catalogue = _catalogue(language)
    if catalogue is None:
        return str(text)
    return _said(text, catalogue)


def preferred(environ: Mapping[str, str] | None = None) -> str:
    """Return the language of this user, by the usual variables of the system, else by the system itself.

    Args:
        environ: Variables; None: those of this process.
    """
    found = os.environ if environ is None else environ
    named = next((value for name in _VARIABLES if (value := found.get(name))), None)
    if named is None and environ is None:
        named = locale.getlocale()[0]
    return language_of(named or "") or "en"


def language_of(name: str) -> str | None:
    """Return which of `LANGUAGES` a name (`zh_CN.UTF-8`, `Chinese (Simplified)_China`) means, or None."""
    word = name.replace("-", "_").partition("_")[0].partition(".")[0].lower()
    if word.startswith("chinese"):
        return "zh"
    return word if word in LANGUAGES else None


@cache
def _catalogue(language: str) -> gettext.GNUTranslations | None:
    if language not in LANGUAGES:
        raise KeyError(language)
    if language == "en":
        return None
    return gettext.translation(DOMAIN, LOCALE, [language])


def _said(text: str, catalogue: gettext.GNUTranslations) -> str:
    def other(template: str, many: str | None, number: int) -> str:
        found = catalogue.gettext(template) if many is None else catalogue.ngettext(template, many, number)
        return _GAP.sub(closed, found)

    def closed(gap: re.Match[str]) -> str:
        """Leave no space behind a value that ends with a mark of full width."""
        return gap[0].rstrip() if inside(parts.get(gap[1], "")).endswith(_CLOSING) else gap[0]

    def inside(part: str) -> str:  # a name, a path or a number is no sentence, whatever it looks like
        return _said(part, catalogue) if isinstance(part, Said) else part

    parts: Mapping[str, str] = text.parts if isinstance(text, Said) else {}
    if isinstance(text, Listed):
        return _BETWEEN_NAMES.join(map(inside, text.parts.values()))
    if isinstance(text, Said):
        return text.otherwise(inside, _separated if isinstance(text, Joined) else other)
    return catalogue.gettext(text) if text else ""  # gettext answers "" with the head of the catalogue


def _separated(template: str, _many: str | None, _number: int) -> str:
    """Return the template of a `Joined` with the separator of the other language."""
    return re.sub(r"(?<=\})[^{}]+(?=\{)", lambda match: _SEPARATORS.get(match[0], match[0]), template)
