"""Reads YAML and TOML, and knows on which line each thing stands."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, Final, cast

import yaml

from bilibili_api.saying import because

from .language import t
from .parsing import toml_reason, yaml_reason
from .settings import LARGEST, BadSettings, line_of
from .text import safe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Path_ = tuple["str | int", ...]
"""Where something stands: names of members and numbers in lists, from the outside in."""
DEEPEST: Final = 20
"""Levels of a file."""


class Loader(yaml.SafeLoader):
    """Safe, and without surprises of YAML 1.1: `12:30`, `007`, dates, `yes` and `no` are text."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - as the base class has it


_NUMBER: Final = "-+0123456789"
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", [*_NUMBER]),
    ("float", r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+", [*_NUMBER]),
    ("null", r"~|null|Null|NULL|", [*"~nN", ""]),
    ("merge", r"<<", ["<"]),
):
    cast("Any", Loader).add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first
    )


class Marked:
    """A file that was read.

    Attributes:
        path: The file.
        values: What it holds.
    """

    def __init__(self, path: Path, values: object, lines: dict[Path_, int], text: str) -> None:
        self.path = path
        self.values = values
        self._lines = lines
        self._text = text

    def place(self, *where: str | int) -> str:
        """Return "file, line 7": where something stands, or what holds it."""
        line = self._line(where)
        return safe(self.path) if line is None else t("{path}, line {line}", path=safe(self.path), line=line)

    def _line(self, where: Sequence[str | int]) -> int | None:
        if not self._lines:
            return toml_line(self._text, where)
        known = (tuple(where[:end]) for end in range(len(where), 0, -1))
        return next((self._lines[one] for one in known if one in self._lines), None)


def read_marked(path: Path) -> Marked:
    """Read a file; one that ends in .toml is TOML, every other one YAML.

    Raises:
        BadSettings: It cannot be read.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise BadSettings(t("{path} is too large.", path=safe(path)))
        text = path.read_text("utf-8-sig")
        if path.suffix.lower() == ".toml":
            return Marked(path, tomllib.loads(text), {}, text)
        return _yaml(path, text)
    except OSError as error:
        raise BadSettings(
            t("{path} cannot be read: {reason}.", path=safe(path), reason=because(error))
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(
            t("{path} is no TOML: {reason}.", path=safe(path), reason=toml_reason(error))
        ) from None
    except yaml.YAMLError as error:
        raise BadSettings(
            t("{path} is no YAML: {reason}.", path=safe(path), reason=yaml_reason(error))
        ) from None
    except UnicodeDecodeError:
        raise BadSettings(
            t("{path} cannot be read: it is no text in UTF-8. Save it as such.", path=safe(path))
        ) from None
    except (RecursionError, ValueError) as error:
        raise BadSettings(
            t("{path} cannot be read: {reason}.", path=safe(path), reason=because(error))
        ) from None


def _yaml(path: Path, text: str) -> Marked:
    loader = Loader(text)
    try:
        node = loader.get_single_node()
        lines: dict[Path_, int] = {}
        if node is not None:
            _mark(path, node, (), lines)
        values: object = None if node is None else cast("Any", loader).construct_document(node)
        return Marked(path, values, lines or {("",): 1}, text)
    finally:
        cast("Any", loader).dispose()


def _mark(path: Path, node: yaml.Node, where: Path_, lines: dict[Path_, int]) -> None:
    """Note the lines of all members, and refuse those that stand twice, of which YAML would take the last."""
    if len(where) > DEEPEST:
        raise BadSettings(t("{path} is nested too deeply.", path=safe(path)))
    if isinstance(node, yaml.MappingNode):
        for key, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
            inner = (*where, str(key.value))
            if lines.get(inner) and key.value != "<<":
                place = t("{path}, line {line}", path=safe(path), line=key.start_mark.line + 1)
                raise BadSettings(
                    t("{place}: {key!r} stands here twice.", place=place, key=safe(str(key.value)))
                )
            lines[inner] = key.start_mark.line + 1
            _mark(path, value, inner, lines)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(cast("list[yaml.Node]", node.value)):
            lines[*where, number] = value.start_mark.line + 1
            _mark(path, value, (*where, number), lines)


def toml_line(text: str, where: Sequence[str | int]) -> int | None:
    """Return the line of something in TOML, also inside an array of tables; None: it cannot be found."""
    if len(where) < 2 or not isinstance(where[1], int):
        names = [str(name) for name in where]
        return line_of(text, names[:-1], names[-1]) if names else None
    header = re.compile(rf"^\s*\[\[\s*{re.escape(str(where[0]))}\s*\]\]", re.MULTILINE)
    starts = [match.start() for match in header.finditer(text)]
    if where[1] >= len(starts):
        return None
    begin, rest = starts[where[1]], [*starts, len(text)]
    before = text.count("\n", 0, begin) + (1 if text[begin : begin + 1] == "\n" else 0)
    table = text[begin : rest[where[1] + 1]].lstrip("\n").split("\n", 1)
    inside = line_of(table[1], [], str(where[2])) if len(where) > 2 and len(table) > 1 else None
    return before + 1 + (inside or 0)
