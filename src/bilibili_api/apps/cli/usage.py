"""What click finds wrong with a command line, in whole sentences of the person's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import click

from bilibili_api.saying import listed, one_of, say

from .foreign_flags import no_value, same_here
from .help import places
from .language import in_words, t
from .text import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBERS: Final = {
    "float": say("number"),
    "float range": say("number"),
    "integer": say("integer"),
    "integer range": say("integer"),
}
"""What click calls numbers, and what people do."""


def restated(error: click.ClickException) -> click.ClickException:
    """Return an error whose words click would glue together as one that says them; others as they are."""
    match error:
        case click.MissingParameter():
            said = _missing(error)
        case click.BadParameter():
            said = _invalid(error)
        case click.NoSuchOption(option_name=name, possibilities=possibilities):
            advice = same_here(name, _flags(error.ctx))
            if possibilities and not advice:
                advice = t("Did you mean {options}?", options=one_of(map(repr, sorted(possibilities))))
            said = sentences(t("No such option {name!r}.", name=name), advice)
        case click.BadOptionUsage(option_name="--no-reprint"):
            said = sentences(error.message, no_value())
        case _:
            return error
    return click.UsageError(said, error.ctx)


def _flags(ctx: click.Context | None) -> set[str]:
    return {flag for param in ctx.command.params for flag in param.opts} if ctx is not None else set()


def _missing(error: click.MissingParameter) -> str:
    what = t(
        "Missing option {name}." if isinstance(error.param, click.Option) else "Missing argument {name}.",
        name=_place(error),
    )
    return sentences(what, error.message)


def _invalid(error: click.BadParameter) -> str:
    place, variables, reason = _place(error), _variables(error), _reason(error)
    if not place:
        return t("Invalid value: {message}", message=reason)
    if not variables:
        return t("Invalid value for {param_hint}: {message}", param_hint=place, message=reason)
    return t(
        "Invalid value for {param_hint} (env var: {variables}): {message}",
        param_hint=place,
        variables=listed(map(repr, variables)),
        message=reason,
    )


def _place(error: click.BadParameter) -> str:
    """Return which option or argument it is."""
    param, ctx = error.param, cast("click.Context", error.ctx)
    if (hints := error.param_hint) is not None:
        return hints if isinstance(hints, str) else " / ".join(map(repr, hints))
    if isinstance(param, click.Option):
        return click.Parameter.get_error_hint(param, ctx)
    if param is None:
        return ""
    shown = places(param.get_error_hint(ctx))
    return shown if param.required else shown.replace("[", "").replace("]", "")


def _variables(error: click.BadParameter) -> Sequence[str]:
    """Return the variables that its help says may set the option."""
    option = error.param
    if error.param_hint is not None or not isinstance(option, click.Option) or not option.show_envvar:
        return ()
    return [option.envvar] if isinstance(option.envvar, str) else option.envvar or ()


def _reason(error: click.BadParameter) -> str:
    kind, said = error.param and error.param.type, error.message
    if isinstance(kind, click.Choice):
        choices = [repr(choice) for choice in cast("Sequence[str]", kind.choices)]
        return said.replace(", ".join(choices), in_words(listed(choices)))
    if kind is not None and kind.name in _NUMBERS:
        before, found, after = said.rpartition(kind.name)
        return f"{before}{in_words(_NUMBERS[kind.name])}{after}" if found else said
    return said
