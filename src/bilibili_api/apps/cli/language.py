"""What `bvup` says, in the language of the person in front of it."""

from __future__ import annotations

import gettext
import os
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from bilibili_api.language import DOMAIN, LANGUAGES, LOCALE, language_of, preferred, translate
from bilibili_api.saying import say, several

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

F = TypeVar("F", bound="Callable[..., Any]")
VARIABLE: Final = "BVUP_LANG"
SPOKEN: Final = "bilibili_api.language"
"""Key in `click.Context.meta`: the language was chosen by a flag or the variable."""
_now = LANGUAGES[0]


def use(language: str) -> None:
    """Speak this language from now on; what click itself says, too."""
    global _now  # noqa: PLW0603 - a process speaks one language, from its first word to its last
    _now = language
    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain(DOMAIN, str(LOCALE))
    gettext.textdomain(DOMAIN)


def current() -> str:
    """Return the language that is spoken."""
    return _now


def t(template: str, /, **values: object) -> str:
    """Return a sentence in that language; see `bilibili_api.saying.say`."""
    return in_words(say(template, **values))


def tn(number: int, one: str, many: str, /, **values: object) -> str:
    """Return a sentence that depends on a number, which is `{n}`; see `bilibili_api.saying.several`."""
    return in_words(several(number, one, many, **values))


def in_words(text: str) -> str:
    """Return in that language what the library says."""
    return translate(text, _now)


def begin(ctx: click.Context, args: Sequence[str], *, for_programs: bool) -> None:
    """Choose the language before the first word: by `--lang`, the variable, else by the system.

    What is there for programs is English unless something else is asked for.

    Args:
        ctx: Of `bvup` itself.
        args: The command line, which has not been parsed yet.
        for_programs: Whether `--json` is among them.
    """
    named = language_of(_flag(args) or os.environ.get(VARIABLE, ""))
    ctx.meta[SPOKEN] = named is not None
    use(named or (LANGUAGES[0] if for_programs else preferred()))


def as_set(ctx: click.Context, language: object) -> None:
    """Speak what is set in a file, unless a flag or the variable names a language."""
    if language in LANGUAGES and not ctx.meta.get(SPOKEN):
        use(str(language))


def _flag(args: Sequence[str]) -> str | None:
    for flag, value in zip(args, [*args[1:], ""], strict=False):
        if flag == "--lang":
            return value
        if flag.startswith("--lang="):
            return flag.partition("=")[2]
    return None


def lang_option(command: F) -> F:
    """Add `--lang`."""

    def heed(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
        as_set(ctx, value)

    return click.option(
        "--lang",
        type=click.Choice(LANGUAGES),
        envvar=VARIABLE,
        show_envvar=True,
        is_eager=True,
        expose_value=False,
        callback=heed,
        help="Speak English or Chinese.  [default: as the system does]",
    )(command)
