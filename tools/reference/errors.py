"""The page of all errors: what each means, what is done about it, and what is left to do."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Final

from bilibili_api import exceptions
from bilibili_api.apps.cli import language
from bilibili_api.exceptions import ApiException, Retry
from bilibili_api.protocol.codes import ANY, RULES, rule_for
from bilibili_api.protocol.statuses import _STATUSES
from bilibili_api.saying import listed

from .docstrings import told
from .markdown import MADE, cell, table
from .words import said, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilibili_api.protocol.codes import Rule, Step

DONE: Final = {
    Retry.NO: "ends: the same would fail again",
    Retry.SAME: "tries again with growing pauses, then ends",
    Retry.OTHER_LINE: "goes on over another line or host",
    Retry.NEW_TICKET: "asks for a new target and goes on",
    Retry.OTHER_INTERFACE: "submits the stored files through the next interface; ends when there is none",
    Retry.LOGIN: "renews the login once and goes on; else `bvup` waits for another one",
    Retry.LATER: "ends: waiting here would take too long",
    Retry.HUMAN: "ends and asks you",
}
"""What an upload does about an error, by what would help."""
KNOWN_BETTER: Final = {
    "UNREACHABLE": "waits until the network is back, and tries again",
    "PROXY_FAILED": "waits until it is back, and tries again",
    "PARTS_MISSING": "sends what is missing again; asks for a new target if that does not help",
    "SUBMISSION_UNKNOWN": "looks for the archive first; ends and asks you if nobody can tell",
    "JOURNAL_FAILED": "ends before anything is sent",
    "UPLOAD_BUSY": "ends; waits with `--wait-turn`",
}
"""What is done about kinds for which there is more than `retry` says."""
OTHERS: Final = (
    ("NOT_OK", "the answer says neither success nor a code", Retry.SAME, "Start again."),
    ("TICKET_EXPIRED", "the target of a file is older than five days", Retry.NEW_TICKET,
     "Nothing: what was sent to the old target is sent again."),
    ("HTTP_STATUS", "any other HTTP status of 400 or more", Retry.NO, "Look for a newer version."),
    ("HALF_LOGIN_DEAD", "the half of the login that a forced line or interface needs has ended", Retry.LOGIN,
     "Log in again, or leave the line or interface out."),
    ("PROXY_LOGIN", "the proxy wants a login, or another one", Retry.NO, "Put it into the proxy's URL."),
    ("PROXY_REFUSED", "a rule of the proxy forbids it", Retry.NO, "Name another proxy, or ask who runs it."),
    ("PART_GONE", "the part that subtitles belong to was removed from the archive", Retry.NO,
     "Upload them for another part; `bvup resume` leaves them out."),
    ("PART_NOT_READY", "a part has no number yet: it was published just now", Retry.LATER,
     "Try again in some minutes; the journal keeps them until then."),
)  # fmt: skip
"""Kinds that no row of a table and no class has: what each means, what would help, and what to do."""
CHINESE: Final = """
每个错误有一个稳定的 `kind`，脚本可以据此判断（Python 里的 `error.kind`，`--json` 输出里的 `error.kind`），
并说明保住了什么、接下来做什么。已经存储的内容，再次执行同样的命令时不会重发。*步骤*是错误码出现的地方：同一个代码在不同步骤可能有不同的含义。
来源是[协议文档](../protocol.md)第 8.2 节。“我们”指 `bvup` 和这个库。
""".strip()
INTRODUCTION: Final = """
Each error has a `kind`, a stable name that scripts may match on (`error.kind` in Python and in what `--json`
prints), and says what was kept and what to do. Whatever is stored is not sent again when the same command is
given once more. *At* is the step at which a code came: the same code may mean something else at another one.
The source is section 8.2 of the [protocol document](../protocol.md). *We* are `bvup` and this library.
""".strip()


def page() -> str:
    """Return the page."""
    introduction = INTRODUCTION if language.current() == "en" else CHINESE
    lines = [MADE, "", f"# {word('Errors')}", "", introduction, "", f"## {word('Codes of Bilibili')}", ""]
    lines += table(
        map(word, ("code", "at", "kind", "what it means", "what we do", "what you do")),
        (_row(code, rule) for rule in RULES for code in rule.codes),
    )
    lines += [
        "",
        word("Any other code is `REFUSED`: the message of the server is shown, nothing is repeated."),
        "",
    ]
    lines += [f"## {word('HTTP statuses')}", ""]
    lines += table(map(word, ("status", "at", "kind", "what we do", "what you do")), map(_status, _STATUSES))
    lines += ["", f"## {word('Other kinds')}", ""]
    lines += table(
        map(word, ("kind", "what it means", "what we do", "what you do")),
        ((f"`{kind}`", cell(word(what)), word(DONE[retry]), cell(word(hint)))
         for kind, what, retry, hint in OTHERS),
    )  # fmt: skip
    lines += ["", f"## {word('Errors of the library')}", ""]
    lines += table(map(word, ("class", "kind", "what it means", "what we do", "what you do")), _classes())
    return "\n".join(lines) + "\n"


def _row(code: int, rule: Rule) -> tuple[str, ...]:
    meaning, hint = cell(said(rule.meaning)), cell(said(rule.hint))
    return str(code), _at(rule.steps), f"`{rule.kind}`", meaning, _done(rule), hint


def _at(steps: frozenset[Step]) -> str:
    """Return where a row of a table holds."""
    rest = ANY - steps
    few, words = (rest, "any step but ") if len(rest) < len(steps) else (steps, "")
    named = said(listed(sorted(step.value for step in few)))
    return (word(words) if words else "") + named if rest else word("any step")


def _status(row: tuple[frozenset[Step], range, Retry, str, str]) -> tuple[str, ...]:
    steps, statuses, retry, kind, hint = row
    first, last = statuses[0], statuses[-1]
    shown = str(first) if first == last else word("{first} to {last}").format(first=first, last=last)
    rule = rule_for(min(steps, key=lambda step: step.value), first)
    done = _done(rule) if rule.kind == kind else word(DONE[retry])
    return shown, _at(steps), f"`{kind}`", done, cell(said(hint))


def _done(rule: Rule) -> str:
    """Return what an upload does, with the pauses that a rule prescribes."""
    done = word(DONE[rule.retry])
    if rule.attempts is None or rule.retry not in {Retry.SAME, Retry.LATER}:
        return done
    if not rule.attempts:
        return done if rule.retry is Retry.LATER else word("ends")
    if rule.attempts > 1:
        pause = "tries again after {wait:g} s, {attempts} times at most, then ends"
        plain = "tries again, {attempts} times at most, then ends"
    else:
        pause, plain = "tries once more after {wait:g} s", "tries once more"
    return word(pause if rule.wait else plain).format(wait=rule.wait, attempts=rule.attempts)


def _classes() -> Iterator[tuple[str, ...]]:
    """Yield a row for each class of error that has something to say of its own."""
    found = [
        one for one in vars(exceptions).values() if inspect.isclass(one) and issubclass(one, ApiException)
    ]
    for one in found:
        first = (inspect.getdoc(one) or "").partition("\n\n")[0]
        done = word(KNOWN_BETTER.get(one.kind, DONE[one.retry]))
        meaning = cell(told(first, one.__module__))
        yield f"`{one.__name__}`", f"`{one.kind}`", meaning, done, cell(said(one.default_hint))
