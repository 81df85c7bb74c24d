"""`bvup import`: takes over settings and logins of other uploaders."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, cast

import click
import yaml

from bilibili_api.account import VideoUploaderCredential
from bilibili_api.exceptions import ArgsException
from bilibili_api.saying import because

from . import told
from .credentials import warn_of_readers
from .flags import output_options, profile_option, verbose_option
from .foreign_settings import Report, convert
from .keeping import keep
from .language import t, tn
from .marked import read_marked
from .outlet import Outlet, aside
from .report import EPILOG, ExitCode
from .settings import LARGEST
from .text import safe
from .ways import pasted_or_read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .foreign_settings import Converted
    from .marked import Marked

HELP: Final = """Take over the settings or the login in FILE, which another uploader has written.

Settings of biliup and biliup-rs (config.yaml of `upload -c`, and of the recorder) become a file for
`bvup batch`; a template of bilitool becomes bvup.toml, the settings of this folder; a login (cookies.json,
cookies.txt, bilitool's config.json) is kept as `bvup account import` does. FILE stays as it is. What cannot
be carried over is named, with its line.
"""
LOGINS: Final = frozenset({".json", ".txt"})
"""Endings of files that hold logins."""


class NotImported(click.ClickException):
    """It is of no form that is known, or the result cannot be written."""

    exit_code = ExitCode.INVALID


@click.command(help=HELP, epilog=EPILOG)
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    metavar="OUT",
    help="Write settings here; - prints them.  [default: FILE's name with .bvup.yaml, or bvup.toml; here]",
)
@profile_option("Keep a login under this name.  [default: that of the same account's login, or default]")
@output_options
@verbose_option("Show tracebacks of errors.")
def command(file: Path, output: Path | None, profile: str | None, *, verbose: bool) -> None:
    """Find out what it is, and take it over."""
    del verbose  # what runs this command has seen it
    outlet = Outlet()
    if is_login(file):
        credential = stored_by_bilitool(file) or pasted_or_read(file)
        name, said = keep(credential, profile, credential.mid, keyring=False, use=False)
        outlet.say(*said, t("Whether it is good: bvup whoami --profile {name}", name=name))
        told.result(ExitCode.DONE, outlet, profile=name, mid=credential.mid or None)
        return
    marked, report = read_marked(file), Report()
    values = marked.values
    converted = convert(cast("dict[str, object]", values), report) if isinstance(values, dict) else None
    if converted is None:
        raise NotImported(
            t("{path} holds no settings of biliup, biliup-rs or bilitool, and no login.", path=safe(file))
        )
    target = output or Path(f"{file.stem}.bvup.yaml" if converted.batch is not None else "bvup.toml")
    base = Path().absolute() if str(target) == "-" else target.absolute().parent
    text = written(converted, "" if base == Path().absolute() else str(Path().absolute()))
    found = figures(converted, report, marked, target)
    if str(target) != "-":
        _write(target, text)
        outlet.tell(*lines(found, converted))
    else:
        aside(*lines(found, converted))
        found |= {"text": text}
        if not told.is_json():
            outlet.draw(text.rstrip())
    told.result(ExitCode.DONE, outlet, **found)


def is_login(file: Path) -> bool:
    """Whether a file is to be read as a login: by its ending, or since it is JSON."""
    try:
        with file.open("rb") as opened:
            head = opened.read(64).lstrip(b"\xef\xbb\xbf \r\n\t")
    except OSError as error:
        raise NotImported(
            t("{path} cannot be read: {reason}.", path=safe(file), reason=because(error))
        ) from None
    return file.suffix.lower() in LOGINS or head[:1] in {b"{", b"["}


def stored_by_bilitool(file: Path) -> VideoUploaderCredential | None:
    """Return the login in bilitool's own config.json, beside its settings; None: it is another file.

    Read here only: a login that is used from its file is renewed there, in a form bilitool does not read.

    Raises:
        NotImported: There is no login in it.
    """
    try:
        text = file.read_text("utf-8-sig") if file.stat().st_size <= LARGEST else ""
        document: object = json.loads(text)
    except (OSError, ValueError, RecursionError):
        return None
    stored = cast("dict[str, object]", document).get("cookies") if isinstance(document, dict) else None
    if not isinstance(stored, dict):
        return None
    warn_of_readers(file)
    members = {str(name): value for name, value in cast("dict[object, object]", stored).items() if value}
    token = {"access_token": members.pop("access_key", ""), "mid": members.get("DedeUserID")}
    cookies = [{"name": name, "value": value} for name, value in members.items()]
    with TemporaryDirectory(prefix="bvup-") as folder:  # its owner's only, and gone at once
        copy = Path(folder, "cookies.json")
        copy.write_text(json.dumps({"cookie_info": {"cookies": cookies}, "token_info": token}), "utf-8")
        try:
            read = VideoUploaderCredential.from_file(copy)
        except ArgsException:
            raise NotImported(t("{path} holds no login; bilitool has none.", path=safe(file))) from None
    return VideoUploaderCredential.of_session(read.session())


def written(converted: Converted, folder: str) -> str:
    """Return the file; where it does not lie in the current folder, its paths begin with this one."""
    head = f"# {t('Taken over from {origin} by bvup import.', origin=converted.origin)}\n"
    if converted.batch is None:
        return head + toml({"upload": _placed(converted.upload, folder)})
    entries = cast("list[dict[str, object]]", converted.batch["submissions"])
    batch = {**converted.batch, "submissions": [_placed(one, folder) for one in entries]}
    return head + cast(
        "str", cast("Any", yaml).safe_dump(batch, allow_unicode=True, sort_keys=False, width=100)
    )


def _placed(entry: Mapping[str, object], folder: str) -> dict[str, object]:
    paths = {key: str(Path(folder, str(entry[key]))) for key in ("files", "cover") if folder and key in entry}
    return {**entry, **paths}


def toml(tables: Mapping[str, Mapping[str, object]]) -> str:
    """Return tables of plain values as TOML, whose strings are those of JSON."""
    lines: list[str] = []
    for name, table in tables.items():
        lines.append(f"[{name}]")
        plain = {key: value for key, value in table.items() if not isinstance(value, dict)}
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in plain.items()]
        for key, value in table.items():
            if isinstance(value, dict):
                lines += ["", *toml({f"{name}.{key}": cast("dict[str, object]", value)}).splitlines()]
    return "\n".join(lines) + "\n"


def _write(target: Path, text: str) -> None:
    is_begun = False
    try:
        with target.open("x", encoding="utf-8") as file:
            is_begun = True
            file.write(text)
    except FileExistsError:
        raise click.UsageError(
            t("{path} is there already; name another file by -o.", path=safe(target))
        ) from None
    except OSError as error:
        if is_begun:  # half of it would be in the way of the next one
            target.unlink(missing_ok=True)
        raise NotImported(
            t("{path} cannot be written: {reason}.", path=safe(target), reason=because(error))
        ) from None


def figures(converted: Converted, report: Report, marked: Marked, target: Path) -> dict[str, object]:
    """Return what was done, for programs."""

    def listed(found: list[tuple[tuple[str | int, ...], str]]) -> list[dict[str, str]]:
        return [
            {"place": marked.place(*where), "key": ".".join(map(str, where)), "why": why}
            for where, why in found
        ]

    return {
        "origin": converted.origin,
        "written": str(target),
        "submissions": len(cast("list[object]", (converted.batch or {}).get("submissions", []))),
        "look_at": listed(report.look),
        "left": listed(report.left),
    }


def _noted(one: Mapping[str, str]) -> str:
    return t("  {place}: {key}: {reason}", place=one["place"], key=safe(one["key"]), reason=safe(one["why"]))


def lines(found: Mapping[str, Any], converted: Converted) -> Iterator[str]:
    """Say what was done, for people."""
    is_printed = found["written"] == "-"
    path = t("standard output") if is_printed else safe(found["written"])
    if converted.batch is None:
        yield t("Settings of {origin}, a template: written to {path}", origin=converted.origin, path=path)
    else:
        yield tn(
            found["submissions"],
            "Settings of {origin}, {n} submission: written to {path}",
            "Settings of {origin}, {n} submissions: written to {path}",
            origin=converted.origin,
            path=path,
        )
    for title, key in ((t("Carried over, but look at it:"), "look_at"), (t("Not carried over:"), "left")):
        if found[key]:
            yield title
            yield from map(_noted, found[key])
    if not found["left"]:
        yield t("Everything was carried over.")
    if is_printed:
        return  # where it will stand, nobody knows
    if converted.batch is not None:
        yield t("To see what it does: bvup batch {path} --dry-run", path=path)
    else:
        yield t("It holds for `bvup upload` in its folder. To see what holds: bvup config upload")
