"""The pages of the library, a module each, from signatures and docstrings.

A generator of our own: mkdocstrings would bring MkDocs into the build, and a dozen packages with it.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
from enum import Enum
from importlib import import_module
from importlib.util import resolve_name
from typing import TYPE_CHECKING, Any, Final

from bilibili_api.frozen import constructed

from .docstrings import described, told
from .markdown import MADE
from .words import word

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

MODULES: Final = (
    "video_uploader",
    "account",
    "archive",
    "season",
    "subtitle",
    "channel",
    "cover",
    "media",
    "journal",
    "bench",
    "doctor",
    "exceptions",
    "simulator",
)
ELSEWHERE: Final = {
    "video_uploader": ("bilibili_api.utils.AsyncEvent:AsyncEvent", "bilibili_api.utils.sync:sync")
}
"""What users of a module meet although it stands elsewhere."""
PLAIN: Final = (Enum, str, bytes, int, float, tuple, type(None))
"""Types of defaults that are the same on every machine."""


def pages() -> dict[str, str]:
    """Return the pages by their names, in the language that is spoken."""
    return {f"{name.replace('_', '-')}.md": _page(import_module(f"bilibili_api.{name}")) for name in MODULES}


def _page(module: ModuleType) -> str:
    short = module.__name__.rpartition(".")[2]
    lines = [MADE, "", f"# `{module.__name__}`", "", *_documented(module, module.__name__), ""]
    for name in getattr(module, "__all__", None) or _own(module):
        lines += _entry(name, getattr(module, name), module)
    for place in ELSEWHERE.get(short, ()):
        where, _, name = place.partition(":")
        lines += _entry(name, getattr(import_module(where), name), module)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def _own(module: ModuleType) -> list[str]:
    classes = ((name, one) for name, one in vars(module).items() if inspect.isclass(one) and name[0] != "_")
    return [name for name, one in classes if one.__module__ == module.__name__]


def _entry(name: str, one: Any, module: ModuleType) -> Iterator[str]:
    """Yield what a page says of one public name."""
    yield from (f"## {name}", "")
    if inspect.isclass(one):
        yield from _class(name, one)
    elif inspect.isroutine(one):
        yield from (*_signature(name, one), "", *_documented(one, one.__module__), "")
    else:
        yield from _value(module, name)


def _documented(one: object, where: str) -> Iterator[str]:
    return described(inspect.getdoc(one) or "", where)


def _class(name: str, one: type) -> Iterator[str]:
    bases = [base.__name__ for base in one.__bases__ if base.__module__.startswith("bilibili_api")]
    if issubclass(one, Enum):
        yield from (*_documented(one, one.__module__), "")
        said = _attributes(one)
        for member in one:
            yield f"- `{member.name}`{word(': ')}{told(said.get(member.name, ''), one.__module__)}"
        yield ""
    elif issubclass(one, BaseException):
        kind = word("A kind of `{base}`.").format(base=bases[0]) if bases else ""
        yield from (kind, "", *_documented(one, one.__module__), "")
    else:
        yield from (*_signature(name, one), "", *_documented(one, one.__module__), "")
        yield from _fields(one)
    for key, member in vars(one).items():
        if key.startswith("_") or issubclass(one, BaseException):
            continue
        yield from _member(one, name, key, member)


def _fields(one: type) -> Iterator[str]:
    """Yield the attributes that are described below themselves."""
    said = {name: text for name, text in _attributes(one).items() if text and name[0] != "_"}
    if said:
        yield from (f"**{word('Attributes')}**", "")
        yield from (f"- `{name}`{word(': ')}{told(text, one.__module__)}" for name, text in said.items())
        yield ""


def _member(owner: type, known_as: str, name: str, member: Any) -> Iterator[str]:
    inner = member.__func__ if isinstance(member, classmethod | staticmethod) else member
    if isinstance(member, property) or inspect.isfunction(inner):
        signature = [] if isinstance(member, property) else [*_signature(name, inner), ""]
        said = _documented(inner, owner.__module__)
        yield from (f"### {known_as}.{name}", "", *signature, *said, "")


def _signature(name: str, one: Any) -> list[str]:
    """Return how something is called, a line each argument where they are many."""
    try:
        signature = inspect.signature(constructed(one) if inspect.isclass(one) else one)
    except (TypeError, ValueError):
        return []
    given = [_argument(each) for each in signature.parameters.values() if each.name not in {"self", "cls"}]
    kinds = [each.kind for each in signature.parameters.values() if each.name not in {"self", "cls"}]
    if inspect.Parameter.KEYWORD_ONLY in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds:
        given.insert(kinds.index(inspect.Parameter.KEYWORD_ONLY), "*")
    returned = inspect.Signature.empty if inspect.isclass(one) else signature.return_annotation
    back = "" if returned is inspect.Signature.empty else f" -> {_type(returned)}"
    asynchronous = "async " if inspect.iscoroutinefunction(one) else ""
    flat = f"{asynchronous}{name}({', '.join(given)}){back}"
    if len(flat) <= 96:
        return ["```text", flat, "```"]
    return ["```text", f"{asynchronous}{name}(", *(f"    {each}," for each in given), f"){back}", "```"]


def _argument(given: inspect.Parameter) -> str:
    stars = {given.VAR_POSITIONAL: "*", given.VAR_KEYWORD: "**"}.get(given.kind, "")
    kind = "" if given.annotation is given.empty else f": {_type(given.annotation)}"
    if given.default is given.empty:
        return f"{stars}{given.name}{kind}"
    shown = str(given.default) if isinstance(given.default, Enum) else repr(given.default)
    shown = shown if isinstance(given.default, PLAIN) else "..."
    return f"{given.name}{kind}{' = ' if kind else '='}{shown}"


def _type(annotation: object) -> str:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", text)


def _attributes(one: type) -> dict[str, str]:
    """Return what stands below the attributes of a class."""
    (body,) = ast.parse(inspect.cleandoc("\n" + inspect.getsource(one))).body
    return {name: said for name, _, said in _assigned(body.body if isinstance(body, ast.ClassDef) else [])}


def _value(module: ModuleType, name: str) -> Iterator[str]:
    """Yield what a name of a module stands for, and what is said of it where it was made."""
    for where in (module, *(import_module(one) for one in _imported(module))):
        for found, code, said in _assigned(ast.parse(inspect.getsource(where)).body):
            if found == name:
                yield from ("```text", code, "```", "", *described(said, where.__name__), "")
                return


def _imported(module: ModuleType) -> list[str]:
    tree = ast.parse(inspect.getsource(module))
    named = (one for one in ast.walk(tree) if isinstance(one, ast.ImportFrom))
    found = (resolve_name("." * one.level + (one.module or ""), module.__package__) for one in named)
    return [name for name in found if name.startswith("bilibili_api.")]


def _assigned(body: list[ast.stmt]) -> Iterator[tuple[str, str, str]]:
    """Yield the names that are assigned to, with the assignment and the text below it."""
    for first, second in itertools.pairwise([*body, ast.Pass()]):
        targets = first.targets if isinstance(first, ast.Assign) else [getattr(first, "target", None)]
        said = second.value if isinstance(second, ast.Expr) else None
        text = inspect.cleandoc(str(said.value)) if isinstance(said, ast.Constant) else ""
        for target in targets:
            if isinstance(target, ast.Name):
                yield target.id, ast.unparse(first), text
