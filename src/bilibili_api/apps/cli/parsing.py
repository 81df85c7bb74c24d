"""Why a text is no JSON, TOML or YAML: where it is wrong, and what is, in our words where that is common."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from bilibili_api.saying import because, quoted, say

if TYPE_CHECKING:
    import tomllib
    from collections.abc import Mapping

    import yaml

_TOML: Final = re.compile(
    r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL
)
_INSTEAD: Final = re.compile(r", but (?:found|got) .*", re.DOTALL)
"""What YAML's parser has found instead."""


def json_reason(error: ValueError | RecursionError) -> str:
    """Return why a text is no JSON."""
    if isinstance(error, json.JSONDecodeError):
        return _at(error.lineno, error.colno, error.msg)
    return because(error)


def toml_reason(error: tomllib.TOMLDecodeError | RecursionError) -> str:
    """Return why a text is no TOML; the parser says in a sentence where."""
    found = _TOML.fullmatch(str(error))
    if found is None:
        return because(error)
    if found["line"] is None:
        return say("at its end: {reason}", reason=_what(found["what"]))
    return _at(int(found["line"]), int(found["column"]), found["what"])


def yaml_reason(error: yaml.YAMLError) -> str:
    """Return why a text is no YAML."""
    mark, what = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    if mark is None or not what:
        return because(error)
    return _at(mark.line + 1, mark.column + 1, what)


def _at(line: int, column: int, what: str) -> str:
    return say("line {line}, column {column}: {reason}", line=line, column=column, reason=_what(what))


def _what(said: str) -> str:
    return _COMMON.get(_INSTEAD.sub("", said)) or quoted(said)


_COMMON: Final[Mapping[str, str]] = {
    str(reason): reason
    for reason in (
        say("Expecting value"),
        say("Expecting property name enclosed in double quotes"),
        say("Expecting ':' delimiter"),
        say("Expecting ',' delimiter"),
        say("Extra data"),
        say("Unterminated string starting at"),
        say("Invalid control character at"),
        say("Invalid \\escape"),
        say("Cannot overwrite a value"),
        say("Expected '=' after a key in a key/value pair"),
        say("Expected newline or end of document after a statement"),
        say("Expected ']' at the end of a table declaration"),
        say("Illegal trailing comma before end of array"),
        say("Illegal trailing comma before end of object"),
        say("Invalid initial character for a key part"),
        say("Invalid statement"),
        say("Invalid value"),
        say("Unclosed array"),
        say("Unclosed inline table"),
        say("Unescaped '\\' in a string"),
        say("Unterminated string"),
        say("could not find expected ':'"),
        say("expected '<document start>'"),
        say("expected <block end>"),
        say("expected the node content"),
        say("expected ',' or ']'"),
        say("expected ',' or '}}'"),
        say("found character '\\t' that cannot start any token"),
        say("found character '%' that cannot start any token"),
        say("found character '@' that cannot start any token"),
        say("found character '`' that cannot start any token"),
        say("found unexpected end of stream"),
        say("mapping values are not allowed here"),
    )
}
