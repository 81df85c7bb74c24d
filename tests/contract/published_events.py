"""The table of section 9.3 of the protocol document as data: what each event carries."""

from __future__ import annotations

from typing import Any

from tests.kit import (
    good_meta,
)

from bilibili_api.video_uploader import (
    VideoUploaderPage,
)

PAGE = {"page": VideoUploaderPage}
CHUNK = {"page": VideoUploaderPage, "offset": int, "chunk_number": int, "total_chunk_count": int}
ERROR = {"err": Exception}
ARCHIVE = {"aid": int, "bvid": str}
META: dict[str, type] = {
    **{key: type(value) for key, value in good_meta().items()},
    "cover": str,
    "videos": list,
}

PAYLOADS: dict[str, dict[str, Any] | None] = {
    "PREUPLOAD": None,
    "PREUPLOAD_FAILED": None,
    "PRE_PAGE": PAGE,
    "PRE_CHUNK": CHUNK,
    "AFTER_CHUNK": CHUNK,
    "CHUNK_FAILED": {**CHUNK, "info": str},
    "PRE_PAGE_SUBMIT": PAGE,
    "PAGE_SUBMIT_FAILED": {**PAGE, **ERROR},
    "AFTER_PAGE_SUBMIT": PAGE,
    "AFTER_PAGE": PAGE,
    "PRE_COVER": None,
    "COVER_FAILED": ERROR,
    "AFTER_COVER": {"url": str},
    "PRE_SUBMIT": META,
    "SUBMIT_FAILED": ERROR,
    "AFTER_SUBMIT": ARCHIVE,
    "COMPLETE": ARCHIVE,
    "ABORTED": None,
    "FAILED": ERROR,
    "INTERFACE_CHANGED": {"from": str, "to": str, **ERROR},
    "RESUMED": {"pages": int, "bytes": int, "ticket_expires": float | None},
    "RETRY": {"what": str, "wait": float, "attempt": int, **ERROR},
    "WAITING": {"limit": str, "until": float, "err": Exception | None},
    "LINE_CHANGED": {**PAGE, "from": str, "to": str, "err": Exception | None, "reason": str},
    "WINDOW_CHANGED": {"from": int, "to": int, "reason": str},
}
"""The table of section 9.3: every event and the type of each member of its payload; last those that are new."""


def assert_as_published(heard: list[tuple[str, Any]]) -> None:
    """Compare every payload with the table."""
    for name, payload in heard:
        expected = PAYLOADS[name]
        if expected is None:
            assert payload is None, name
            continue
        assert set(payload) == set(expected), name
        for key, kind in expected.items():
            assert isinstance(payload[key], kind), (name, key)
