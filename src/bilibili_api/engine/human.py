"""Hands what only a person can do to a person: a page on this machine, words where there is no browser."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING, Final, Protocol

from bilibili_api.exceptions import VerificationRequired
from bilibili_api.protocol.verification import Puzzle, Solution
from bilibili_api.saying import say

from .local_page import HOST, LocalPage, template

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

SECONDS: Final = 600.0
"""How long a person is waited for."""


class Person(Protocol):
    """Somebody who can solve a captcha and read a message on a phone."""

    async def solve(self, puzzle: Puzzle) -> Solution:
        """Return what the captcha's widget gave.

        Raises:
            VerificationRequired: Nobody did it in time.
        """
        ...

    async def code(self, question: str) -> str:
        """Return the code that came to a phone.

        Raises:
            VerificationRequired: Nobody gave one in time.
        """
        ...


class Browser:
    """A person in front of a browser: each task is a page on this machine.

    Args:
        tell: Is given what to do line by line, among them the page's address.
        open_page: Opens an address in a browser and returns whether it could; None: the system's browser.
        ask: Asks for a line of text instead of the page, for codes that came to a phone.
        seconds: How long the person is waited for.
    """

    def __init__(
        self,
        tell: Callable[[str], object],
        *,
        open_page: Callable[[str], bool] | None = None,
        ask: Callable[[str], Awaitable[str]] | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._tell = tell
        self._open = open_page or open_in_browser
        self._ask = ask
        self._seconds = seconds

    async def solve(self, puzzle: Puzzle) -> Solution:
        """Show the captcha's own widget and wait until it was solved.

        Raises:
            VerificationRequired: Nobody did it in time.
        """
        async with LocalPage(_captcha_page(puzzle), ("challenge", "validate", "seccode")) as page:
            form = await self._filled_in(page, is_captcha=True)
        return Solution(form["challenge"], form["validate"], form["seccode"])

    async def code(self, question: str) -> str:
        """Ask for the code that came to a phone.

        Raises:
            VerificationRequired: Nobody gave one in time.
        """
        if self._ask is not None:
            return (await self._ask(question)).strip()
        async with LocalPage(_question_page(question), ("code",)) as page:
            return (await self._filled_in(page, is_captcha=False))["code"]

    async def _filled_in(self, page: LocalPage, *, is_captcha: bool) -> Mapping[str, str]:
        if await asyncio.to_thread(self._open, page.url):
            self._tell(
                say(
                    "Solve the captcha in the browser window that has opened ({url})."
                    if is_captcha
                    else "Type the code in the browser window that has opened ({url}).",
                    url=page.url,
                )
            )
        else:  # each line by itself, so that none is broken where it would be copied
            self._tell(
                say(
                    "Solve the captcha: open this address in a browser on this machine."
                    if is_captcha
                    else "Type the code: open this address in a browser on this machine."
                )
            )
            self._tell(f"  {page.url}")
            self._tell(
                say("If this machine has no screen, run this on your own, and open the address there.")
            )
            self._tell(say("  ssh -L {port}:{host}:{port} THIS-MACHINE", port=page.port, host=HOST))
        try:
            async with asyncio.timeout(self._seconds):
                return await page.answer()
        except TimeoutError:
            raise VerificationRequired(
                say(
                    "Nobody did it within {seconds:g} s: solve the captcha."
                    if is_captcha
                    else "Nobody did it within {seconds:g} s: type the code.",
                    seconds=self._seconds,
                ),
                hint=say("Start the login again, or log in by scanning a QR code, which needs no captcha."),
            ) from None


def open_in_browser(url: str) -> bool:
    """Open an address in the system's browser; return False where there is none, or no screen for it."""
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return False  # else a browser made of text would take the terminal
    import webbrowser  # noqa: PLC0415 - most logins need no page

    try:
        return webbrowser.open(url)
    except webbrowser.Error:
        return False


def _captcha_page(puzzle: Puzzle) -> str:
    """Put the captcha into the page; `<` would end the script it stands in."""
    data = json.dumps({"gt": puzzle.gt, "challenge": puzzle.challenge}).replace("<", "\\u003c")
    return template("captcha.html").replace("{{data}}", data)


def _question_page(question: str) -> str:
    from html import escape  # noqa: PLC0415 - its table of characters takes half a megabyte

    return template("question.html").replace("{{question}}", escape(question))
