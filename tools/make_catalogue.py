"""Bring the catalogues of translations up to date with the code: `python tools/make_catalogue.py [--check]`.

What has to be translated is found where it is said: in the calls of `say`, `several`, `t`, `tn` and `count`,
in the help of the commands, and in what the command line makes of the library's advice. Translations stand
in `src/bilibili_api/locale/zh/LC_MESSAGES/bilibili_api.po`; gettext reads the `.mo` beside it.
"""

from __future__ import annotations

import argparse
import ast
import io
import sys
from gettext import GNUTranslations
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

import click
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from bilibili_api.apps.cli.advice import advice
from bilibili_api.apps.cli.click_words import ALONE, COUNTED
from bilibili_api.apps.cli.help import PLACES, units
from bilibili_api.apps.cli.main import COMMANDS, bvup
from bilibili_api.apps.cli.report import MEANINGS
from bilibili_api.language import DOMAIN, LOCALE

if TYPE_CHECKING:
    from collections.abc import Iterator

Id: TypeAlias = str | tuple[str, str]

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "bilibili_api"
PO = LOCALE / "zh" / "LC_MESSAGES" / f"{DOMAIN}.po"
SAYING = {"say": 1, "t": 1, "several": 3, "tn": 3, "count": 2}
"""Functions that say something, and how many positions there are up to its last template."""


def said() -> Iterator[tuple[Id, str]]:
    """Yield every message of the code, and the module that has it."""
    for file in sorted(SOURCE.rglob("*.py")):
        where = file.relative_to(ROOT / "src").as_posix()
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in SAYING:
                yield from ((each, where) for each in _messages(call.func.id, call))


def _messages(function: str, call: ast.Call) -> Iterator[Id]:
    texts = [list(_texts(argument)) for argument in call.args[: SAYING[function]]]
    if len(texts) < SAYING[function]:  # another function of that name: `itertools.count`
        return
    if function == "count":
        yield from ((f"{{n}} {noun}", f"{{n}} {noun}s") for noun in texts[-1])
    elif function in {"say", "t"}:
        yield from (text for found in texts for text in found)
    else:
        yield from zip(texts[1], texts[2], strict=True)


def _texts(node: ast.expr) -> Iterator[str]:
    """Yield the texts that an argument can be."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from _texts(one)
            yield from _texts(other)
        case _:
            return


def helped(command: click.Command, ctx: click.Context) -> Iterator[tuple[Id, str]]:
    """Yield what the help of a command, and of those below it, consists of."""
    texts = [command.help or "", command.epilog or ""]
    texts += [one.help or "" for one in command.params if isinstance(one, click.Option)]
    terms = [record[0] for one in command.params if (record := one.get_help_record(ctx))]
    for term in (*command.collect_usage_pieces(ctx), *terms):
        yield from ((found[0], "bvup --help") for found in PLACES.finditer(term))
    for text in filter(None, texts):
        yield from ((_escaped(unit), "bvup --help") for unit in units(text))
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            if (inner := command.get_command(ctx, name)) is not None:
                yield from helped(inner, click.Context(inner, ctx, name, resilient_parsing=True))


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def template() -> Catalog:
    """Return a catalogue of all that there is to translate."""
    made = Catalog(domain=DOMAIN, project="bilibili-video-uploader", fuzzy=False)
    found: dict[Id, set[str]] = {}
    root = click.Context(bvup, resilient_parsing=True)
    messages = [*said(), *helped(bvup, root)]
    messages += [(text, "click") for text in ALONE] + [(texts, "click") for texts in COUNTED]
    messages += [(_escaped(text), "bvup --help") for text in (*COMMANDS.values(), *MEANINGS.values())]
    messages += [(advice(text), where) for text, where in messages if isinstance(text, str)]
    for message, where in messages:
        found.setdefault(message, set()).add(where)
    for message in sorted(found, key=lambda one: (min(found[one]), one if isinstance(one, str) else one[0])):
        made.add(message, locations=[(where, None) for where in sorted(found[message])])  # type: ignore[arg-type]
    return made


def updated() -> Catalog:
    """Return the Chinese catalogue as it has to be; what has no translation is empty."""
    wanted = template()
    known = read_po(io.BytesIO(PO.read_bytes()), locale="zh") if PO.exists() else Catalog(locale="zh")
    made = Catalog(locale="zh", domain=DOMAIN, project="bilibili-video-uploader", fuzzy=False)
    for message in wanted:
        if message.id:
            old = known.get(message.id)
            made.add(message.id, old.string if old else None, message.locations)
    return made


def missing(catalogue: Catalog) -> list[Id]:
    """Return what has no translation."""
    return [cast("Id", one.id) for one in catalogue if one.id and not any(one.string or ())]


def files(catalogue: Catalog) -> dict[Path, bytes]:
    """Return the files that a catalogue is kept in."""
    po, mo = io.BytesIO(_HEAD), io.BytesIO()
    po.seek(0, io.SEEK_END)
    write_po(po, catalogue, width=100, omit_header=True, include_lineno=False)
    po.seek(0)
    write_mo(mo, catalogue)
    return {PO: po.getvalue(), PO.with_suffix(".mo"): mo.getvalue()}


def _holds(path: Path, content: bytes) -> object:
    """Return what matters of a file: the head of the second one tells a time and a version."""
    if path == PO:
        return content
    return {id_: text for id_, text in _catalogue(content).items() if id_}


def _catalogue(content: bytes) -> dict[object, str]:
    return cast("dict[object, str]", vars(GNUTranslations(io.BytesIO(content)))["_catalog"])


_HEAD = (
    b'msgid ""\nmsgstr ""\n"Language: zh\\n"\n"MIME-Version: 1.0\\n"\n'
    b'"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
    b'"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
)


def main() -> int:
    """Write the catalogues, or say that they are not what the code says; list what has no translation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; 1 if something is to be done")
    given = parser.parse_args()
    catalogue = updated()
    stale = False
    for path, content in files(catalogue).items():
        if not path.exists() or _holds(path, path.read_bytes()) != _holds(path, content):
            stale = True
            if not given.check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
    for message in missing(catalogue):
        sys.stdout.write(f"no translation: {message!r}\n")
    if given.check and stale:
        sys.stdout.write("the catalogue is not what the code says: run python tools/make_catalogue.py\n")
    return 1 if missing(catalogue) or (given.check and stale) else 0


if __name__ == "__main__":
    sys.exit(main())
