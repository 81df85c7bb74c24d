"""Somebody at this terminal who solves captchas, reads text messages and pastes secrets."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Final

import click

from bilibili_api.account import Browser

from .credentials import LoginNeeded, is_interactive
from .language import in_words, t

if TYPE_CHECKING:
    from .outlet import Outlet

LONGEST_LINE: Final = 4095
"""Bytes of a line that a terminal takes; it cuts off the rest without a word."""


def person(outlet: Outlet) -> Browser:
    """Return who does what only a person can do: at this terminal, else on a page in a browser."""

    def tell(line: str) -> None:
        outlet.tell(in_words(line))

    return Browser(tell, ask=ask_line if is_interactive() else None)


async def ask_line(question: str) -> str:
    """Ask for one line; unlike a thread that reads, it can be stopped by Ctrl-C."""
    click.echo(in_words(question) + t(": "), err=True, nl=False)
    loop = asyncio.get_running_loop()
    arrived: asyncio.Future[str] = loop.create_future()

    def read() -> None:
        line = os.read(sys.stdin.fileno(), LONGEST_LINE + 1)
        if not arrived.done():
            arrived.set_result(line.decode("utf-8", "replace").strip())

    try:
        loop.add_reader(sys.stdin.fileno(), read)
    except NotImplementedError:  # Windows
        return (await asyncio.to_thread(sys.stdin.readline)).strip()
    try:
        return await arrived
    finally:
        loop.remove_reader(sys.stdin.fileno())


def paste(what: str) -> str:
    """Return what is pasted without echo, or all of standard input where that is no terminal.

    Raises:
        LoginNeeded: There is nothing, or a terminal has cut it off.
    """
    if not is_interactive():
        text = sys.stdin.read().strip()
        if not text:
            raise LoginNeeded(t("there is no {what} on standard input.", what=what))
        return text
    question = t("Paste the {what} (it is not shown)", what=what)
    text: str = click.prompt(question, hide_input=True, prompt_suffix=t(": "), err=True)
    if len(text.encode()) >= LONGEST_LINE:
        raise LoginNeeded(
            t("the {what} is too long for a terminal, which has cut it off: put it into a file.", what=what)
        )
    return text.strip()
