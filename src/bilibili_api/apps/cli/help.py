"""`--help` in the language of the person, broken where that language may be broken."""

from __future__ import annotations

import inspect
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

import click

from bilibili_api.saying import joined, listed

from .language import t
from .text import cells, fill, padded, safe, sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from click.shell_completion import CompletionItem

BEGUN: Final = "bilibili_api.begun"
"""Key in `click.Context.meta`: a command has begun; help and versions are written before."""
_VERBATIM: Final = "\b\n"
"""What a paragraph begins with whose lines click leaves as they are."""
_ROW: Final = re.compile(r"(?P<lead>\s*\S.*?\s{2,})(?P<text>\S.*)")
"""A line of a table: a term, and what it means."""
_EXTRAS: Final = re.compile(r"(?P<text>.*\S)(?P<extras>  \[[^\[\]]*\])", re.DOTALL)
"""What click, or an option itself, says of default and variable."""
PLACES: Final = re.compile(r"(?<![-\w])(?:(?:INTEGER|FLOAT) RANGE|[A-Z]{2,})(?!\w)")
"""Words in a usage or before a meaning that stand for what a person gives there: `[OPTIONS]`, `N|NAME`."""
_WIDEST: Final = 30
_GAP: Final = 2


class Formatter(click.HelpFormatter):
    """Writes the help of a command in the language that is spoken."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write how the command is used."""
        usage = t("Usage:")
        super().write_usage(prog, places(args), prefix or (f"{usage} " if usage.isascii() else usage))

    def write_heading(self, heading: str) -> None:
        """Write what stands above options and commands."""
        self.write(f"{'':>{self.current_indent}}{t('{heading}:', heading=heading)}\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs."""
        width = max(self.width - self.current_indent, 10)
        super().write_text("\n\n".join(_paragraph(one, width) for one in paragraphs(text)))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = _WIDEST, col_spacing: int = _GAP
    ) -> None:
        """Write terms and what they mean."""
        found = [(places(term), meaning(text)) for term, text in rows]
        column = min(max((cells(term) for term, _ in found), default=0), col_max) + col_spacing
        indent = " " * self.current_indent
        lead = indent + " " * column
        for term, text in found:
            fits = cells(term) + col_spacing <= column
            first = padded(indent + term, len(lead)) if fits else lead
            lines = fill(text, max(self.width, len(lead) + 10), first, lead)
            self.write("\n".join(lines if fits else [indent + term, *lines]) + "\n")


class Context(click.Context):
    """The context of a command whose help speaks the person's language."""

    formatter_class = Formatter

    def invoke(self, *args: Any, **kwargs: Any) -> Any:
        """Call a command."""
        self.meta[BEGUN] = not isinstance(self.command, click.Group)
        return super().invoke(*args, **kwargs)


class Listing(click.Group):
    """A command with others below it, of each of which its help shows the first paragraph, not cut off."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands."""
        del ctx
        with formatter.section(t("Commands")):
            formatter.write_dl([(name, _first(one)) for name, one in sorted(self.commands.items())])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the names of commands, with what each does, and options."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - for a shell that asks

        found = [(name, one) for name, one in sorted(self.commands.items()) if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=_first(one)) for name, one in found), *options]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that `args` begin with; an unknown one is answered with those that come near.

        Raises:
            click.UsageError: There is no such command.
        """
        name = args[0]
        if name not in self.list_commands(ctx) and not name.startswith("-") and not ctx.resilient_parsing:
            raise no_command(name, self.near(name, ctx), ctx)
        return super().resolve_command(ctx, args)

    def near(self, name: str, ctx: click.Context) -> str:
        """Return the sentence that offers the commands which come near to an unknown one; "" if none does."""
        names, name = self.list_commands(ctx), name.lower()
        close = [one for one in names if one.startswith(name)] or get_close_matches(name, names)
        return did_you_mean([f"{ctx.command_path} {one}" for one in close])


def no_command(name: str, advice: str, ctx: click.Context) -> click.UsageError:
    """Return the error that there is no such command."""
    return click.UsageError(sentences(t("there is no command {name!r}.", name=safe(name)), advice), ctx)


def did_you_mean(commands: Sequence[str]) -> str:
    """Return the sentence that offers commands; "" where there are none."""
    return t("Did you mean: {commands}?", commands=listed(commands)) if commands else ""


def _first(command: click.Command) -> str:
    return " ".join(paragraphs(command.help or "")[0].split())


def speaking(command: click.Command) -> click.Command:
    """Let the help of a command, and of those below it, speak the person's language; return it."""
    command.context_class = Context
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            speaking(inner)
    return command


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a help text."""
    return re.split(r"\n\s*\n", inspect.cleandoc(text))


def units(text: str) -> Iterator[str]:
    """Yield what of a help text is translated as one: a paragraph, or a line of a table."""
    for paragraph in paragraphs(text):
        if paragraph.startswith("\b"):
            yield from (text for _, text in _rows(paragraph))
        else:
            yield " ".join(paragraph.split())


def _paragraph(paragraph: str, width: int) -> str:
    if paragraph.startswith("\b"):
        return _VERBATIM + verbatim(paragraph, width)
    return _VERBATIM + "\n".join(fill(known(" ".join(paragraph.split())), width, "", ""))


def verbatim(paragraph: str, width: int) -> str:
    """Return the lines of a paragraph that stand as they are, tables above all."""
    lines: list[str] = []
    for lead, text in _rows(paragraph):
        lines += fill(known(text), width, lead, " " * cells(lead))
    return "\n".join(lines)


def _rows(paragraph: str) -> Iterator[tuple[str, str]]:
    """Yield what stands before the text of each line of a paragraph that stands as it is, and that text."""
    for line in paragraph.splitlines()[1:]:
        row = _ROW.fullmatch(line)
        yield (row["lead"], row["text"]) if row else (line[: len(line) - len(line.lstrip())], line.strip())


def places(text: str) -> str:
    """Return a usage, or an option with what stands behind it, with the words for that in the person's."""
    return PLACES.sub(lambda found: known(found[0]), text)


def meaning(text: str) -> str:
    """Return the help of an option; what click says behind it is no part of the sentence."""
    body, behind = text, ""
    while (said := known(plain := " ".join(body.split()))) == plain:
        if (found := _EXTRAS.fullmatch(body)) is None:
            return text
        body, behind = found["text"], _extra(found["extras"]) + behind
    return said + behind


def _extra(text: str) -> str:
    return t("  [{extra}]", extra=joined("; ", text.strip(" []").split("; ")))


def known(text: str) -> str:
    """Return a piece of help in the language that is spoken."""
    return t(text.replace("{", "{{").replace("}", "}}")) if text else text
