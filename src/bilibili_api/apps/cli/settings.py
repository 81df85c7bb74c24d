"""Settings: what `bvup` does where the command line and the environment say nothing.

Two TOML files: the user's own, and `bvup.toml` in the folder where `bvup` is called, which counts more. Keys
are the long flags without their dashes, at the top for all commands or in a table named like one command.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import click

from bilibili_api.frozen import frozen
from bilibili_api.saying import because, listed, one_of, say

from .language import in_words, t
from .near import elsewhere, nearest
from .parsing import toml_reason
from .places import settings_file
from .report import ExitCode
from .text import safe, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HERE: Final = "bvup.toml"
"""The file of a folder."""
SCHEMA: Final = Path(__file__).with_name("settings.schema.json")
"""Written by tools/make_schema.py from the parser."""
OWN_ONLY: Final = frozenset(
    {"access-key-file", "account", "api-proxy", "ca", "no-proxy", "proxy", "server", "upload-proxy"}
    | {"user-cookie"}
)
"""What a folder may not say: it may have been unpacked, and would lead logins or videos to somebody else."""
PATH: Final = "path"
"""How the schema marks what is a path."""
WORDS: Final = frozenset({"auto", "-"})
"""What is no path where a path may stand."""
KINDS: Final = {
    "array": say("array"),
    "boolean": say("boolean"),
    "integer": say("integer"),
    "number": say("number"),
    "object": say("object"),
    "string": say("string"),
}
"""What JSON schemas call values, for people."""
LARGEST: Final = 1024 * 1024
"""Bytes of a file of settings."""


class BadSettings(click.ClickException):
    """A file of settings cannot be used."""

    exit_code = ExitCode.INVALID


@frozen
class Setting:
    """One value, and where it stands.

    Attributes:
        value: As TOML has it.
        file: The file.
        line: The line in it, from 1 on; None: not found.
    """

    value: object
    file: Path
    line: int | None

    @property
    def place(self) -> str:
        """Where it stands, for a person."""
        return _place(self.file, self.line)


@frozen
class SettingsFile:
    """One file, checked."""

    path: Path
    text: str
    values: Mapping[str, object]

    def find(self, command: Sequence[str], key: str) -> Setting | None:
        """Return what is said about an option of a command: in its table, else at the top."""
        for table in (tuple(command), ()):
            inside = _table(self.values, table)
            if key in inside and not _is_table(inside[key], _table_schema(table), key):
                return Setting(inside[key], self.path, line_of(self.text, table, key))
        return None


@frozen
class Settings:
    """All files there are, the one that counts most first."""

    files: tuple[SettingsFile, ...]

    def find(self, command: Sequence[str], key: str) -> Setting | None:
        """Return what holds for an option of a command, or None: nothing is said about it."""
        found = (file.find(command, key) for file in self.files)
        return next((setting for setting in found if setting is not None), None)


def load() -> Settings:
    """Read the file of this folder and the user's own.

    Raises:
        BadSettings: One cannot be read, or says what cannot be.
    """
    own, here = settings_file(), Path(HERE).absolute()
    is_same = own.exists() and here.exists() and own.samefile(here)
    paths = [(own, True)] if is_same else [(here, False), (own, True)]
    files = (_read(path, is_own=is_own) for path, is_own in paths if path.is_file())
    return Settings(tuple(files))


def _read(path: Path, *, is_own: bool) -> SettingsFile:
    if not is_own:
        _check_owner(path)
    try:
        if path.stat().st_size > LARGEST:
            raise BadSettings(t("{path} is too large for a file of settings.", path=safe(path)))
        text = path.read_text("utf-8-sig")
        values: dict[str, object] = tomllib.loads(text)
    except OSError as error:
        raise BadSettings(
            t("the settings in {path} cannot be read: {reason}.", path=safe(path), reason=because(error))
        ) from None
    except UnicodeDecodeError:
        raise BadSettings(
            t("{path} cannot be read: it is no text in UTF-8. Save it as such.", path=safe(path))
        ) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadSettings(
            t("{path} is no TOML: {reason}.", path=safe(path), reason=toml_reason(error))
        ) from None
    complaints = list(_complaints(values, schema(), (), None if is_own else path.parent))
    if complaints:
        told = (
            t("{place}: {what}", place=_place(path, line_of(text, table, key)), what=what)
            for table, key, what in complaints
        )
        raise BadSettings("\n".join(told))
    return SettingsFile(path, text, values)


def _check_owner(path: Path) -> None:
    """Refuse a file that somebody else has put into a folder which all may write, as /tmp.

    Raises:
        BadSettings: It is another user's.
    """
    if os.name == "posix" and path.stat().st_uid not in {os.geteuid(), 0}:
        raise BadSettings(t("{path} belongs to somebody else. Call bvup in another folder.", path=safe(path)))


@cache
def schema() -> dict[str, Any]:
    """Return what may be set, as a JSON schema."""
    return cast("dict[str, Any]", json.loads(SCHEMA.read_text("utf-8")))


def _table_schema(table: Sequence[str]) -> dict[str, Any]:
    found = schema()
    for name in table:
        found = found.get("properties", {}).get(name, {})
    return found


def _table(values: Mapping[str, object], table: Sequence[str]) -> Mapping[str, object]:
    for name in table:
        inside = values.get(name)
        values = cast("dict[str, object]", inside) if isinstance(inside, dict) else {}
    return values


def _is_table(value: object, known: Mapping[str, Any], key: str) -> bool:
    return isinstance(value, dict) and "properties" in known.get("properties", {}).get(key, {})


def _complaints(
    values: Mapping[str, object], known: Mapping[str, Any], table: tuple[str, ...], folder: Path | None
) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Yield what cannot be: its table, its key, and a sentence. `folder` is that of a folder's own file."""
    names: dict[str, Any] = known["properties"]
    for key, value in values.items():
        if key not in names:
            unknown = (
                say("{key!r} is no setting of [{table}].", key=safe(key), table=".".join(table))
                if table
                else say("{key!r} is no setting of the top.", key=safe(key))
            )
            yield table, key, sentences(unknown, nearest(key, names, elsewhere(schema(), table)))
        elif "properties" in names[key] and isinstance(value, dict):
            yield from _complaints(cast("dict[str, object]", value), names[key], (*table, key), folder)
        elif key in OWN_ONLY and folder is not None:
            yield (
                table,
                key,
                t(
                    "{key!r} is for your own settings only ({path}), or a flag.",
                    key=key,
                    path=safe(settings_file()),
                ),
            )
        elif what := mismatch(key, value, names[key]):
            yield table, key, in_words(what)
        elif folder is not None and names[key].get("format") == PATH and _leads_out(value, folder):
            yield (
                table,
                key,
                t("{key!r} leads out of this folder; only your own settings may, or a flag.", key=key),
            )


def _leads_out(value: object, folder: Path) -> bool:
    """Whether a path is not in a folder; a picture from elsewhere would be published with the next upload."""
    if not isinstance(value, str) or value in WORDS:
        return False
    try:
        path = (folder / Path(value).expanduser()).resolve()
    except (OSError, RuntimeError):  # a loop of links, nobody's home folder
        return True
    return not path.is_relative_to(folder.resolve())


def mismatch(key: str, value: object, wanted: Mapping[str, Any]) -> str:
    """Return the sentence that says why a value is not what a part of the schema wants; "" if it is."""
    kinds: list[str] = [wanted["type"]] if isinstance(wanted["type"], str) else wanted["type"]
    plain = _plain(value)
    kind = _kind(plain)
    if kind not in kinds and not (kind == "integer" and "number" in kinds):
        called = one_of(KINDS[one] for one in kinds)
        return say("{key!r} has to be {kinds}, not {kind}.", key=key, kinds=called, kind=KINDS[kind])
    if "enum" in wanted and plain not in wanted["enum"]:
        choices = listed(map(str, wanted["enum"]))
        return say("{key!r} has to be one of {choices}.", key=key, choices=choices)
    if isinstance(plain, int | float) and not isinstance(plain, bool):
        return _out_of_bounds(key, plain, wanted.get("minimum"), wanted.get("maximum"))
    if isinstance(plain, list):
        found = (mismatch(key, one, wanted["items"]) for one in cast("list[object]", plain))
        return next((what for what in found if what), "")
    return ""


def _out_of_bounds(key: str, value: float, low: float | None, high: float | None) -> str:
    if low is not None and value < low:
        return say("{key!r} has to be {least} or more.", key=key, least=low)
    if high is not None and value > high:
        return say("{key!r} has to be {most} or less.", key=key, most=high)
    return ""


def _kind(value: object) -> str:
    kinds: dict[type, str] = {bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
    return kinds.get(type(value), "string")


def _plain(value: object) -> object:
    """Return a value with TOML's times as text."""
    return value.isoformat() if isinstance(value, date | time) else value


def _place(path: Path, line: int | None) -> str:
    return safe(path) if line is None else say("{path}, line {line}", path=safe(path), line=line)


def line_of(text: str, table: Sequence[str], key: str) -> int | None:
    """Return the line of a TOML file on which a key stands, from 1 on; None: it cannot be found.

    The standard library's parser does not say. Keys within arrays and values are not looked for.
    """
    wanted, current = [*table, key], list[str]()
    fallback = None
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.fullmatch(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(?:#.*)?", line):
            current = _names(header[1])
            fallback = number if current == wanted[: len(current)] and table else fallback
            if current == wanted:
                return number
        elif (said := re.match(r"\s*((?:[\w.-]|\"[^\"]*\"|'[^']*')+)\s*=", line)) and (
            [*current, *_names(said[1])][: len(wanted)] == wanted
        ):
            return number
    return fallback


def _names(dotted: str) -> list[str]:
    return [part.strip("\"' ") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^.]+", dotted)]
