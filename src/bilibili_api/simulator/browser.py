"""What a person's browser is shown: pages in the language that it asks for.

The translations stand in the catalogue of everything else, which gettext reads: the simulator shares no code
with the client.
"""

from __future__ import annotations

import gettext
import re
from functools import cache
from pathlib import Path

from bilibili_api.simulator.reply import NOT_JSON, Reply

_LOCALE = Path(__file__).parents[1] / "locale"
_LANGUAGES = {"en": "en", "zh": "zh-CN"}
"""What the pages are written in, and what HTML calls it."""
_WANTED = re.compile(r"\s*([a-z]+)(?:-[a-z0-9-]+)?\s*(?:;\s*q=([01](?:\.[0-9]*)?)\s*)?", re.IGNORECASE)
_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>{head}
<style>body{{font-family:sans-serif;margin:2em}}td,th{{padding:.2em 1em .2em 0;text-align:left}}
td{{font-variant-numeric:tabular-nums}}form{{display:inline}}</style></head>
<body>
{body}
<p><a href="?lang=en" lang="en">English</a> - <a href="?lang=zh" lang="zh-CN">中文</a></p>
</body></html>"""


class Tongue:
    """Says something in the language of a page.

    Args:
        accepted: The header `Accept-Language`.
        chosen: What the query says as `lang`; it goes before the header, and goes along with links.
    """

    def __init__(self, accepted: str, chosen: str | None = None) -> None:
        self._chosen = chosen if chosen in _LANGUAGES else None
        self._language = self._chosen or _best(accepted)

    def __call__(self, template: str, /, **values: object) -> str:
        """Return a sentence with its values; whatever is not ours in them is escaped already."""
        return _catalogue(self._language).gettext(template).format(**values)

    def link(self, path: str) -> str:
        """Return a link to one of our pages."""
        return f"{path}?lang={self._chosen}" if self._chosen else path

    def page(self, title: str, body: str, head: str = "") -> Reply:
        """Answer with a page."""
        page = _PAGE.format(language=_LANGUAGES[self._language], title=title, head=head, body=body)
        return Reply(200, page.encode(), NOT_JSON)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("bilibili_api", _LOCALE, [language], fallback=language == "en")


def _best(accepted: str) -> str:
    """Return the language that a browser likes best of those we have; English if it likes none."""
    found = [match for one in accepted.split(",") if (match := _WANTED.fullmatch(one))]
    weighed = [(float(one[2] or 1), one[1].lower()) for one in found]
    liked = [(weight, language) for weight, language in weighed if weight and language in _LANGUAGES]
    return max(liked, key=lambda one: one[0])[1] if liked else "en"
