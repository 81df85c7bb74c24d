"""The Chinese of the docstrings: a catalogue of their passages, for the documentation only."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

if TYPE_CHECKING:
    from collections.abc import Iterator

PO: Final = Path(__file__).parent / "locale" / "zh" / "library.po"
TO_BE_THE_SAME: Final = (re.compile(r"`[^`]+`"), re.compile(r"\d+(?:[.,:]\d+)*"))
"""Code and figures: what a passage has of them its translation has as well."""
_HEAD: Final = b'msgid ""\nmsgstr ""\n"Language: zh\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


class Chinese:
    """What was asked for, in the order of the pages, and what there is of it."""

    def __init__(self, path: Path = PO) -> None:
        self.path = path
        there = read_po(io.BytesIO(path.read_bytes()), locale="zh") if path.exists() else Catalog()
        self.known = {str(each.id): str(each.string) for each in there if each.id and each.string}
        self.asked: dict[str, str] = {}

    def of(self, text: str, where: str) -> str:
        """Return the translation of a passage, or itself while it has none; remember who asked first."""
        self.asked.setdefault(text, where)
        return self.known.get(text, text)

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the translations, when everything was asked for."""
        for text, where in self.asked.items():
            if text not in self.known:
                yield f"no Chinese for {text!r} ({where}): write it there"
                continue
            for pattern in TO_BE_THE_SAME:
                wanted, found = set(pattern.findall(text)), set(pattern.findall(self.known[text]))
                if wanted != found:
                    differ = f"lacks {sorted(wanted - found)} and has {sorted(found - wanted)}"
                    yield f"the Chinese of {text!r} ({where}) {differ}: mend it there"
        for text in self.known.keys() - self.asked.keys():
            yield f"{text!r} is not said any more: run python tools/make_reference.py"

    def write(self) -> None:
        """Keep what was asked for, with what is known of it; the rest is forgotten."""
        self.known = {text: said for text, said in self.known.items() if text in self.asked}
        made = Catalog(locale="zh", fuzzy=False)
        for text, where in self.asked.items():
            made.add(text, self.known.get(text), locations=[(where, None)])  # type: ignore[arg-type]
        out = io.BytesIO()
        write_po(out, made, width=100, omit_header=True, include_lineno=False)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(_HEAD + out.getvalue())


LIBRARY: Final = Chinese()
