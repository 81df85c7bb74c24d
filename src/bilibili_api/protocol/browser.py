"""What a browser sends with every request (protocol document, sections 2 and 8.2).

Requests without it are found risky (-352) more often.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .cookies import Cookies

HEADERS: Final = {
    "User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0.0.0 Safari/537.36",
    "Referer": "https://www.bilibili.com/",
}
"""Of a browser that is not logged in."""

FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
"""Of a request whose body is a form."""


def logged_in(cookies: Cookies) -> dict[str, str]:
    """Return the header fields of a browser with these cookies."""
    return {**HEADERS, "Cookie": cookies.header}
