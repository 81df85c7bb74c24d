"""Sentences for people: English, but with their template and values, so that they can be said otherwise.

A `Said` is a string like any other, in English. What it is made of stays with it: a template, which
catalogues know, and the text of each value. `bilibili_api.language` says it in another language.
"""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING, Final, Protocol, Self, cast, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_FORMATTER: Final = Formatter()


@runtime_checkable
class _Telling(Protocol):
    """Something that knows what it says: an error, a problem, a limit of the rate."""

    @property
    def said(self) -> str: ...


class Said(str):
    """A sentence, or a part of one.

    Attributes:
        template: The English template that catalogues know, with fields as `str.format` has them.
        many: The template for more than one, or None where there is no number.
        number: That number.
        parts: The text of each field, by the field as it stands in the template.
    """

    __slots__ = ("many", "number", "parts", "template")

    template: str
    many: str | None
    number: int
    parts: Mapping[str, str]

    @classmethod
    def made(cls, template: str, many: str | None, number: int, parts: Mapping[str, str]) -> Self:
        """Put one together from texts."""
        made = cls(_filled(template if many is None or number == 1 else many, parts))
        made.template, made.many, made.number, made.parts = template, many, number, parts
        return made

    def mapped(self, change: Callable[[str], str]) -> Said:
        """Return it with each value, and the whole, as a function changes them.

        What the function changes only because several pieces stand together, such as a secret behind its
        name, would stay in the values: then nothing is left of them, and it is said in English only.
        """
        parts = {
            field: text.mapped(change) if isinstance(text, Said) else change(text)
            for field, text in self.parts.items()
        }
        template = self.template if self.many is None or self.number == 1 else self.many
        whole = change(_filled(template, parts))
        if whole != _filled(template, parts, change):
            return Said.made(whole.replace("{", "{{").replace("}", "}}"), None, 1, {})
        return self._anew(whole, parts)

    def otherwise(self, change: Callable[[str], str], template: Callable[[str, str | None, int], str]) -> str:
        """Say it by other templates.

        Args:
            change: What becomes of the text of a value.
            template: The other template for one, for the template, the one for many and the number.
        """
        found = template(self.template, self.many, self.number)
        return _filled(found, {field: change(text) for field, text in self.parts.items()})

    def _anew(self, text: str, parts: Mapping[str, str]) -> Self:
        made = type(self)(text)
        made.template, made.many, made.number, made.parts = self.template, self.many, self.number, parts
        return made

    def __reduce__(self) -> tuple[object, ...]:
        kept = str(self), self.template, self.many, self.number, dict(self.parts)
        return _restored, (type(self), *kept)


class Joined(Said):
    """Several texts one after the other; no catalogue knows it."""

    __slots__ = ()


class Listed(Joined):
    """Several names one after the other."""

    __slots__ = ()


def _restored(
    kind: type[Said], text: str, template: str, many: str | None, number: int, parts: dict[str, str]
) -> Said:
    made = kind(text)
    made.template, made.many, made.number, made.parts = template, many, number, parts
    return made


def say(template: str, /, **values: object) -> Said:
    """Return a sentence.

    Args:
        template: English, with `{name}`, `{name!r}` or `{name:,}` for the values; `{{` and `}}` are braces.
        values: What stands there; errors and sentences keep their own templates.
    """
    return Said.made(template, None, 1, _parts(template, values))


def several(number: int, one: str, many: str, /, **values: object) -> Said:
    """Return a sentence that depends on a number, which is `{n}` in the templates.

    Args:
        number: How many there are.
        one: What is said of one.
        many: What is said of none or several.
        values: As for `say`.
    """
    found = {"n": number, **values}
    return Said.made(one, many, number, {**_parts(one, found), **_parts(many, found)})


def joined(separator: str, texts: Iterable[str]) -> Said:
    """Return texts with a separator between them, as `str.join` does."""
    return Joined.made(*_together(separator, texts))


def _together(separator: str, texts: Iterable[str]) -> tuple[str, None, int, dict[str, str]]:
    parts = {f"_{number}": text for number, text in enumerate(texts)}
    escaped = separator.replace("{", "{{").replace("}", "}}")
    return escaped.join(f"{{{field}}}" for field in parts), None, 1, parts


def listed(texts: Iterable[str]) -> Said:
    """Return what texts name, one after the other, with what a language has between them: `a, b`."""
    return Listed.made(*_together(", ", texts))


def all_of(texts: Iterable[str]) -> str:
    """Return texts, of which there is one at least, as people name all of them: `a, b and c`."""
    *most, last = texts
    return say("{most} and {last}", most=listed(most), last=last) if most else last


def one_of(texts: Iterable[str]) -> str:
    """Return texts, of which there is one at least, as people leave a choice: `a, b or c`."""
    *most, last = texts
    return say("{most} or {last}", most=listed(most), last=last) if most else last


def because(error: Exception, otherwise: str = "") -> str:
    """Return why the system or another library refused something; what is common keeps its template.

    Args:
        error: What was raised.
        otherwise: What is said where it gave no reason; else the name of its type.
    """
    if error.args and isinstance(error.args[0], Said):
        return error.args[0]
    said = getattr(error, "strerror", None) or ("" if isinstance(error, OSError) else str(error))
    if otherwise and not said:  # what is left then, `[Errno 5]` and the like, says nothing
        return otherwise
    reason = (said or str(error) or type(error).__name__).rstrip(".")
    return _COMMON.get(reason) or quoted(reason)


def quoted(words: str) -> str:
    """Return what others say in their own words; a language that is not theirs marks it so."""
    return say("{others_words}", others_words=words)


def _parts(template: str, values: Mapping[str, object]) -> dict[str, str]:
    return {
        _field(name, spec, conversion): _text(values[name], spec, conversion)
        for name, spec, conversion in _fields(template)
    }


def _fields(template: str) -> Iterable[tuple[str, str, str | None]]:
    for _, name, spec, conversion in _FORMATTER.parse(template):
        if name is not None:
            yield name, spec or "", conversion


def _field(name: str, spec: str, conversion: str | None) -> str:
    return f"{name}{f'!{conversion}' if conversion else ''}{f':{spec}' if spec else ''}"


def _text(value: object, spec: str, conversion: str | None) -> str:
    if not spec and not conversion:
        if isinstance(value, str):
            return value
        if isinstance(value, _Telling):
            return value.said
    return format(_FORMATTER.convert_field(value, cast("str", conversion)), spec)


def _filled(template: str, parts: Mapping[str, str], change: Callable[[str], str] = str) -> str:
    """Put parts into a template, whose own text a function may change."""
    text = ""
    for literal, name, spec, conversion in _FORMATTER.parse(template):
        text += change(literal)
        if name is not None:
            text += parts[_field(name, spec or "", conversion)]
    return text


def fields(template: str) -> set[str]:
    """Return the fields of a template, for those who check translations."""
    return {_field(*field) for field in _fields(template)}


_COMMON: Final[Mapping[str, str]] = {
    str(reason): reason
    for reason in (
        say("Address already in use"),
        say("Bad file descriptor"),
        say("Broken pipe"),
        say("Cannot allocate memory"),
        say("Cannot assign requested address"),
        say("Connection aborted"),
        say("Connection refused"),
        say("Connection reset by peer"),
        say("Connection timed out"),
        say("Device or resource busy"),
        say("Disk quota exceeded"),
        say("File exists"),
        say("File name too long"),
        say("File too large"),
        say("Host is down"),
        say("Input/output error"),
        say("Invalid argument"),
        say("Is a directory"),
        say("Name or service not known"),
        say("Network is down"),
        say("Network is unreachable"),
        say("No address associated with hostname"),
        say("No route to host"),
        say("No space left on device"),
        say("No such device"),
        say("No such file or directory"),
        say("Not a directory"),
        say("Operation not permitted"),
        say("Permission denied"),
        say("Read-only file system"),
        say("Stale file handle"),
        say("Temporary failure in name resolution"),
        say("Text file busy"),
        say("Too many levels of symbolic links"),
        say("Too many open files"),
        say("End of file"),
        say("I/O operation on closed file"),
        say("Invalid data found when processing input"),
        say("attempt to write a readonly database"),
        say("broken data stream when reading image file"),
        say("database disk image is malformed"),
        say("database is locked"),
        say("database or disk is full"),
        say("disk I/O error"),
        say("embedded null byte"),
        say("file is not a database"),
        say("nodename nor servname provided, or not known"),
        say("unable to open database file"),
    )
}
"""What systems, FFmpeg, Pillow and SQLite say, by their words: few numbers mean the same everywhere."""
