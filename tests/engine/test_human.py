"""What only a person can do: a page on this machine, and words where there is no browser."""

from __future__ import annotations

import asyncio
import re
import webbrowser
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pytest

from bilibili_api.account import Browser, Puzzle, Solution
from bilibili_api.engine import human
from bilibili_api.engine.local_page import LocalPage, template
from bilibili_api.exceptions import Retry, VerificationRequired
from bilibili_api.language import translate
from bilibili_api.redaction import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

PUZZLE = Puzzle("gt1", "challenge1", Secret("token1"))
SOLVED = {"challenge": "challenge2", "validate": "v", "seccode": "v|jordan"}


async def exchange(
    url: str,
    method: str = "GET",
    form: Mapping[str, str] | None = None,
    *,
    path: str | None = None,
    host: str | None = None,
) -> tuple[int, str]:
    """Ask as a browser does; return status and body."""
    parts = urlsplit(url)
    body = urlencode(form or {}).encode()
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(
            f"{method} {parts.path if path is None else path} HTTP/1.1\r\nHost: {host or parts.netloc}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        answer = (await reader.read()).decode()
    finally:  # also when the test ends before the visit
        writer.transport.abort()
    head, _, content = answer.partition("\r\n\r\n")
    return int(head.split()[1]) if head else 0, f"{head}\r\n\r\n{content}"


class Visitor:
    """A browser whose user fills in what is opened."""

    def __init__(self, form: Mapping[str, str], *, opens: bool = True) -> None:
        self.told: list[str] = []
        self.shown = ""
        self.url = ""
        self._form = form
        self._opens = opens
        self._loop = asyncio.get_running_loop()
        self._tasks: list[asyncio.Task[None]] = []

    def open(self, url: str) -> bool:
        self.url = url
        if self._opens:
            self._loop.call_soon_threadsafe(self.visit, url)
        return self._opens

    def tell(self, words: str) -> None:
        self.told.append(words)
        if not self._opens:
            self.visit(self.url)

    def visit(self, url: str) -> None:
        async def fill_in() -> None:
            _, self.shown = await exchange(url)
            await exchange(url, "POST", self._form)

        self._tasks.append(asyncio.create_task(fill_in()))


class TestBrowser:
    async def test_a_captcha_is_solved_on_the_page(self):
        """What the widget gave comes back, its challenge included, which may have changed."""
        visitor = Visitor(SOLVED)
        solution = await Browser(visitor.tell, open_page=visitor.open).solve(PUZZLE)
        assert solution == Solution("challenge2", "v", "v|jordan")
        assert '{"gt": "gt1", "challenge": "challenge1"}' in visitor.shown
        assert "static.geetest.com" in visitor.shown

    async def test_the_token_of_a_captcha_stays_here(self):
        """The page does not need it."""
        visitor = Visitor(SOLVED)
        await Browser(visitor.tell, open_page=visitor.open).solve(PUZZLE)
        assert "token1" not in visitor.shown

    async def test_without_a_browser_the_words_say_what_to_do(self):
        """The address, and how to reach it from another machine."""
        visitor = Visitor(SOLVED, opens=False)
        await Browser(visitor.tell, open_page=visitor.open).solve(PUZZLE)
        _, address, _, command = visitor.told
        assert address == f"  {visitor.url}"
        port = urlsplit(visitor.url).port
        assert command == f"  ssh -L {port}:127.0.0.1:{port} THIS-MACHINE"
        assert translate(command, "zh") == f"  ssh -L {port}:127.0.0.1:{port} 本机的地址"

    async def test_a_code_is_typed_on_the_page(self):
        """Blanks around it do no harm."""
        visitor = Visitor({"code": " 123456 "})
        person = Browser(visitor.tell, open_page=visitor.open)
        assert await person.code("The code for <you>") == "123456"
        assert "The code for &lt;you&gt;" in visitor.shown

    async def test_each_task_is_told_in_words_that_fit_it(self):
        """The question itself stands on the page."""
        visitor = Visitor({"code": "123456"})
        await Browser(visitor.tell, open_page=visitor.open).code("That was not it. The code of your phone")
        assert visitor.told == [f"Type the code in the browser window that has opened ({visitor.url})."]

    @pytest.mark.parametrize("name", ["captcha.html", "question.html", "done.html"])
    def test_each_page_speaks_english_and_chinese(self, name: str):
        """Each sentence marked with its language, for fonts and screen readers."""
        page = template(name)
        assert page.startswith('<!doctype html>\n<html lang="en">')
        assert 'lang="zh-CN"' in page

    def test_nothing_but_the_widget_is_loaded_from_elsewhere(self):
        """One script, from the widget's maker."""
        pages = "".join(template(name) for name in ("captcha.html", "question.html", "done.html"))
        assert re.findall(r"(?:https?:)?//[^\s\"'<>]+", pages) == [
            "https://static.geetest.com/static/tools/gt.js"
        ]

    async def test_a_code_may_be_asked_for_elsewhere(self):
        """In a terminal, for instance."""

        async def ask(question: str) -> str:
            return f"{question} 1\n"

        assert await Browser(print, ask=ask).code("Code?") == "Code? 1"

    async def test_nobody_there_is_an_error_that_says_what_to_do(self):
        """A person is waited for, not for ever."""
        with pytest.raises(VerificationRequired) as raised:
            await Browser(lambda _: None, open_page=lambda _: True, seconds=0.01).solve(PUZZLE)
        assert raised.value.retry is Retry.HUMAN
        assert "QR code" in raised.value.hint

    async def test_a_captcha_cannot_break_out_of_the_page(self):
        """Whatever the server calls it."""
        visitor = Visitor(SOLVED)
        puzzle = Puzzle("</script><script>alert(1)", "c", Secret("t"))
        await Browser(visitor.tell, open_page=visitor.open).solve(puzzle)
        assert "</script><script>alert(1)" not in visitor.shown

    def test_without_a_screen_no_browser_is_opened(self, monkeypatch: pytest.MonkeyPatch):
        """One made of text would take the terminal."""
        monkeypatch.setattr(human.sys, "platform", "linux")
        monkeypatch.delenv("DISPLAY", raising=False)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        monkeypatch.setattr(webbrowser, "open", lambda: pytest.fail("a browser was opened"))
        assert human.open_in_browser("http://127.0.0.1") is False

    @pytest.mark.parametrize("outcome", [True, False])
    def test_with_a_screen_the_systems_browser_is_opened(
        self, monkeypatch: pytest.MonkeyPatch, outcome: bool
    ):
        """Whether it could is passed on."""
        monkeypatch.setenv("DISPLAY", ":0")

        def opened(url: str) -> bool:
            return outcome and url == "http://127.0.0.1"

        monkeypatch.setattr(webbrowser, "open", opened)
        assert human.open_in_browser("http://127.0.0.1") is outcome


class TestLocalPage:
    async def test_it_is_on_this_machine_only(self):
        """The loopback address, a port of its own, a path that nobody can guess."""
        async with LocalPage("hello", ("a",)) as page, LocalPage("hello", ("a",)) as other:
            first, second = urlsplit(page.url), urlsplit(other.url)
            assert first.hostname == "127.0.0.1"
            assert first.port != second.port
            assert first.path != second.path
            assert len(first.path) > 24

    async def test_it_is_shown_and_filled_in(self):
        """The form is the answer; nothing may keep a copy of the page."""
        async with LocalPage("hello", ("a", "b")) as page:
            status, shown = await exchange(page.url)
            assert (status, shown.endswith("hello"), "no-store" in shown) == (200, True, True)
            policy = next(line for line in shown.splitlines() if line.startswith("Content-Security-Policy"))
            assert "default-src 'none'" in policy
            places = set(re.findall(r"[^\s;]*[:/.*][^\s;]*", policy.partition(": ")[2]))
            assert places == {"https://*.geetest.com", "https://*.geevisit.com", "data:"}
            assert (await exchange(page.url, "POST", {"a": "1", "b": "2"}))[0] == 200
            assert await page.answer() == {"a": "1", "b": "2"}

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"path": "/"}, 404),
            ({"path": "/guess"}, 404),
            ({"host": "evil.example"}, 421),
            ({"host": "127.0.0.1"}, 421),
            ({"method": "PUT"}, 405),
            ({"form": {"a": "1"}}, 400),
            ({"form": {"a": "1", "b": ""}}, 400),
            ({"form": {"a": "1", "b": " "}}, 400),
        ],
        ids=str,
    )
    async def test_strangers_get_nothing_and_answer_nothing(self, change: dict[str, object], status: int):
        """Another path, another name (as a page elsewhere could make the browser use), half a form."""
        asked: dict[str, object] = {"method": "POST", "form": {"a": "1", "b": "2"}, **change}
        async with LocalPage("hello", ("a", "b")) as page:
            got, shown = await exchange(page.url, **asked)  # pyright: ignore[reportArgumentType] - see change
            assert (got, "hello" in shown) == (status, False)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await page.answer()

    @pytest.mark.parametrize(
        "sent",
        [
            b"",
            b"\x00\x01\x02\r\n\r\n",
            b"GET / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
            b"A" * 40_000 + b"\r\n\r\n",
        ],
        ids=["nothing", "garbage", "too long", "no number", "long head"],
    )
    async def test_what_is_no_browser_does_no_harm(self, sent: bytes):
        """The connection ends; the page is still there."""
        async with LocalPage("hello", ("a",)) as page:
            parts = urlsplit(page.url)
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.write(sent)
            writer.write_eof()
            with suppress(ConnectionResetError):  # it may go away before all of it was sent
                assert b"hello" not in await reader.read()
            writer.close()
            assert (await exchange(page.url))[0] == 200

    async def test_it_is_gone_afterwards(self):
        """Nobody listens any more."""
        async with LocalPage("hello", ("a",)) as page:
            url = page.url
        with pytest.raises(OSError, match=r"refused|failed"):
            await exchange(url)

    @pytest.mark.parametrize("name", ["url", "port"])
    def test_outside_of_its_block_it_is_nowhere(self, name: str):
        """A mistake in the program."""
        with pytest.raises(RuntimeError, match="async with"):
            getattr(LocalPage("hello", ("a",)), name)
