"""The page of all errors: what each means, what is done about it, and what is left to do."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Final

from bilibili_api import exceptions
from bilibili_api.exceptions import ApiException, Retry
from bilibili_api.protocol.codes import ANY, RULES

from .markdown import MADE, cell, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilibili_api.protocol.codes import Rule

DONE: Final = {
    Retry.NO: "ends: the same would fail again",
    Retry.SAME: "tries again with growing pauses, then ends",
    Retry.OTHER_LINE: "goes on over another line or host",
    Retry.NEW_TICKET: "asks for a new target and goes on",
    Retry.OTHER_INTERFACE: "submits the stored files through the next interface; ends when there is none",
    Retry.LOGIN: "renews the login once and goes on; else `bvup` waits for another one",
    Retry.LATER: "waits, and says until when",
    Retry.HUMAN: "ends and asks you",
}
"""What an upload does about an error, by what would help."""
INTRODUCTION: Final = """
Each error has a `kind`, a stable name that scripts may match on (`error.kind` in Python and in what `--json`
prints), and says what was kept and what to do. Whatever is stored is not sent again when the same command is
given once more. *At* is the step at which a code came: the same code may mean something else at another one.
The source is section 8.2 of the [protocol document](../protocol.md).
""".strip()


def page() -> str:
    """Return the page."""
    lines = [MADE, "", "# Errors", "", INTRODUCTION, "", "## Codes of Bilibili", ""]
    lines += table(
        ("code", "at", "kind", "what it means", "what we do", "what you do"),
        (_row(code, rule) for rule in RULES for code in rule.codes),
    )
    lines += [
        "",
        "Any other code is `REFUSED`: the message of the server is shown, nothing is repeated.",
        "",
    ]
    lines += ["## Errors of the library", ""]
    lines += table(("class", "kind", "what it means", "what we do", "what you do"), _classes())
    return "\n".join(lines) + "\n"


def _row(code: int, rule: Rule) -> tuple[str, ...]:
    steps = "any step" if rule.steps >= ANY else ", ".join(sorted(step.value for step in rule.steps))
    if len(rule.steps) * 2 > len(ANY) and rule.steps < ANY:
        steps = "any step but " + ", ".join(sorted(step.value for step in ANY - rule.steps))
    return str(code), steps, f"`{rule.kind}`", cell(rule.meaning), _done(rule), cell(rule.hint)


def _done(rule: Rule) -> str:
    """Return what an upload does, with the pauses that a rule prescribes."""
    done = DONE[rule.retry]
    if rule.attempts is None or rule.retry not in {Retry.SAME, Retry.LATER}:
        return done
    if not rule.attempts:
        return "ends at once: waiting here would take too long" if rule.retry is Retry.LATER else "ends"
    pause = f" after {rule.wait:g} s" if rule.wait else ""
    return (
        f"tries again{pause}, {rule.attempts} times at most, then ends"
        if rule.attempts > 1
        else f"tries once more{pause}"
    )


def _classes() -> Iterator[tuple[str, ...]]:
    """Yield a row for each class of error that has something to say of its own."""
    found = [
        one for one in vars(exceptions).values() if inspect.isclass(one) and issubclass(one, ApiException)
    ]
    for one in found:
        first = (inspect.getdoc(one) or "").partition("\n\n")[0]
        yield f"`{one.__name__}`", f"`{one.kind}`", cell(first), DONE[one.retry], cell(one.default_hint)
