"""Texts with variables: "{stem}", "{date:%Y-%m-%d}", "{n:02}".

A small formatter of its own kind: names that are known, dates and numbers with a format, nothing else. No
attribute or index can be reached, so a text from a file can do no more than name what is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from difflib import get_close_matches
from string import Formatter
from typing import TYPE_CHECKING, Final, TypeAlias

from bilibili_api.frozen import frozen
from bilibili_api.saying import listed

from .language import t
from .text import duration, safe, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

Value: TypeAlias = "str | int | datetime"
Variables: TypeAlias = Mapping[str, Callable[[], Value]]
"""What each variable stands for, found out only when it is used."""

NAMES: Final = ("count", "date", "duration", "folder", "n", "name", "stem", "title")
"""All variables; `title` is no variable of a title."""
_NUMBER: Final = re.compile(r"0?\d{1,2}")
_DAY: Final = "%Y-%m-%d"
_BRACE: Final = re.compile(r"\{\{|\}\}|\{(?P<name>\w*)(?::[^{}]*)?\}|[{}]")
_LONGEST: Final = 120
"""Characters of a text that is shown as it would have to be written."""


class TemplateError(Exception):
    """A text with variables cannot be filled."""


class BraceError(TemplateError):
    """What stands in braces, or a brace alone, is no variable: perhaps braces are meant."""


@frozen
class Subject:
    """What a text is about.

    Attributes:
        files: Files whose names are meant; the first one counts, and the length of all.
        n: Number of the part, or of the submission among several.
        count: How many of them there are.
        length: Returns the seconds that the files last, or None: nobody knows.
        title: Title of the submission, or None while it is being made.
    """

    files: Sequence[Path]
    n: int
    count: int
    length: Callable[[], float | None]
    title: str | None = None

    def variables(self) -> Variables:
        """Return what each variable stands for."""
        path = self.files[0]
        found: dict[str, Callable[[], Value]] = {
            "count": lambda: self.count,
            "date": lambda: _changed(path),
            "duration": self._duration,
            "folder": lambda: safe(path.absolute().parent.name),
            "n": lambda: self.n,
            "name": lambda: safe(path.name),
            "stem": lambda: safe(path.stem),
        }
        if self.title is None:
            return found
        title = self.title
        return {**found, "title": lambda: title}

    def _duration(self) -> str:
        seconds = self.length()
        if seconds is None:
            raise TemplateError(
                t("{{duration}}: how long {name} is cannot be found out.", name=safe(self.files[0].name))
            )
        return duration(seconds)


def _changed(path: Path) -> datetime:
    """Return when a file was changed last; of what is no file, now.

    Not the time of the call: the same command on another day would make another title, and so publish twice.
    """
    try:
        return datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    except OSError:
        return datetime.now().astimezone()


def has_variables(text: str) -> bool:
    """Whether a text is more than plain text."""
    return "{" in text or "}" in text


def fill(text: str, variables: Variables) -> str:
    """Return a text with its variables filled in; "{{" and "}}" are braces.

    Raises:
        TemplateError: A variable is not known, or its format is not.
    """
    if not has_variables(text):
        return text
    try:
        return "".join(_pieces(text, variables))
    except BraceError as error:
        raise TemplateError(sentences(str(error), _meant(text, variables))) from None


def doubled(text: str, variables: Variables) -> str:
    """Return how a text has to be written so that its braces stay, but for those of known variables."""

    def written(found: re.Match[str]) -> str:
        is_right = found[0] in {"{{", "}}"} or found["name"] in variables
        return found[0] if is_right else found[0].replace("{", "{{").replace("}", "}}")

    return _BRACE.sub(written, text)


def _meant(text: str, variables: Variables) -> str:
    if len(text) > _LONGEST:
        return t("If braces are meant, write {{{{ and }}}} for them.")
    return t("If braces are meant, write: {text}", text=safe(doubled(text, variables)))


def _pieces(text: str, variables: Variables) -> Iterator[str]:
    try:
        parsed = list(Formatter().parse(text))
    except ValueError:
        raise BraceError(t("a brace stands alone in {text!r}.", text=safe(text))) from None
    for literal, name, form, conversion in parsed:
        yield literal
        if name is not None:
            yield _value(name, form or "", conversion, variables)


def _value(name: str, form: str, conversion: str | None, variables: Variables) -> str:
    if name not in variables or conversion is not None:
        shown = name if conversion is None else f"{name}!{conversion}"
        raise BraceError(
            sentences(t("there is no variable {{{name}}}.", name=safe(shown)), _nearest(name, variables))
        )
    value = variables[name]()
    if isinstance(value, datetime):
        return _dated(value, form)
    if isinstance(value, int) and (not form or _NUMBER.fullmatch(form)):
        return format(value, form)
    if form:
        shown = safe(form)
        raise TemplateError(
            t("{{{name}}} takes no format {form!r}; give for example 03.", name=name, form=shown)
            if isinstance(value, int)
            else t("{{{name}}} takes no format {form!r}.", name=name, form=shown)
        )
    return str(value)


def _dated(value: datetime, form: str) -> str:
    if "{" in form or "}" in form:
        raise TemplateError(t("{{date}} takes no variables in its format; give for example %Y-%m-%d."))
    try:
        return value.strftime(form or _DAY)
    except ValueError:
        raise TemplateError(
            t("{{date}} takes no format {form!r}; give for example %Y-%m-%d.", form=safe(form))
        ) from None


def _nearest(name: str, variables: Variables) -> str:
    close = get_close_matches(name.strip().lower(), variables, n=1)
    if close:
        return t("Did you mean {{{name}}}?", name=close[0])
    known = listed(f"{{{one}}}" for one in sorted(variables))
    return t("There are {names}.", names=known)
