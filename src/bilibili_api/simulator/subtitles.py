"""Subtitles of one's own archives (protocol document, section 7.7)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from bilibili_api.simulator.archives import cid_of
from bilibili_api.simulator.identity import by_cookies
from bilibili_api.simulator.reply import RefusalError, refusal, success

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bilibili_api.simulator.exchange import Received
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.reply import Reply
    from bilibili_api.simulator.routes import Router
    from bilibili_api.simulator.state import State

_STYLE = ("font_size", "font_color", "background_alpha", "background_color", "Stroke")


@dataclass(frozen=True, slots=True)
class StoredSubtitle:
    """What was saved for one part in one language.

    Attributes:
        bvid: of the archive.
        cid: of the part.
        lan: the language.
        submitted: whether it is more than a draft.
        body: the lines as they were sent.
    """

    bvid: str
    cid: int
    lan: str
    submitted: bool
    body: tuple[Mapping[str, Any], ...]


class Subtitles:
    """Takes subtitles; later ones of the same part and language take the place of earlier ones."""

    def __init__(self, state: State) -> None:
        self.all: dict[tuple[int, str], StoredSubtitle] = {}
        self._state = state

    def add_routes(self, router: Router) -> None:
        """Say what is answered here."""
        router.add("POST", "//api.bilibili.com/x/v2/dm/subtitle/draft/save", "subtitle", self.save)

    async def save(self, received: Received, form: Form) -> Reply:
        """Check and keep subtitles."""
        account = by_cookies(self._state, received, form, csrf=True)
        bvid, lan = form.value("bvid") or "", form.value("lan") or ""
        archive = next((one for one in self._state.archives if one.bvid == bvid), None)
        if archive is None or archive.mid != account.mid:
            return refusal(-404, "there is no such archive")
        cids = {str(cid_of(video)): cid_of(video) for video in archive.videos}
        oid = form.value("oid") or ""
        fixed = form.value("type") == "1" and form.value("sign") == "false"
        if not fixed or oid not in cids or not re.fullmatch("[a-z]{2,3}(-[A-Z]{2})?", lan):
            return refusal(-400, "type=1, sign=false, oid of a part and lan are needed")
        if form.value("submit") not in {"true", "false"}:
            return refusal(-400, "submit is true or false")
        body = _lines(form.value("data") or "")
        is_submitted = form.value("submit") == "true"
        self.all[cids[oid], lan] = StoredSubtitle(bvid, cids[oid], lan, is_submitted, body)
        return success(None)


def _lines(text: str) -> tuple[Mapping[str, Any], ...]:
    wrong = RefusalError(refusal(-400, "data is not the JSON of section 7.7"))
    try:
        data = cast("dict[str, Any]", json.loads(text))
        lines = cast("list[dict[str, Any]]", data["body"])
        if not lines or not all(name in data for name in _STYLE):
            raise wrong
        for line in lines:
            if not 0 <= line["from"] < line["to"] or line["location"] != 2 or not line["content"].strip():
                raise wrong
    except (ValueError, LookupError, TypeError, AttributeError):
        raise wrong from None
    return tuple(lines)
