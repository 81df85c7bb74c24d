"""The events an upload dispatches (protocol document, section 9.2)."""

from __future__ import annotations

from bilibili_api.events import VideoUploaderEvents

PUBLISHED = [
    "PRE_PAGE",
    "PREUPLOAD",
    "PREUPLOAD_FAILED",
    "PRE_CHUNK",
    "AFTER_CHUNK",
    "CHUNK_FAILED",
    "PRE_PAGE_SUBMIT",
    "PAGE_SUBMIT_FAILED",
    "AFTER_PAGE_SUBMIT",
    "AFTER_PAGE",
    "PRE_COVER",
    "AFTER_COVER",
    "COVER_FAILED",
    "PRE_SUBMIT",
    "SUBMIT_FAILED",
    "AFTER_SUBMIT",
    "COMPLETED",
    "ABORTED",
    "FAILED",
]


def test_the_members_are_the_published_ones() -> None:
    """There are the 19 events of the 2021 library, and no others."""
    assert {member.name for member in VideoUploaderEvents} == set(PUBLISHED)
    assert len(VideoUploaderEvents) == 19


def test_values_equal_names_but_for_completed() -> None:
    """COMPLETED kept its value of 2021, `"COMPLETE"`; all other values equal the names."""
    values = {member.name: member.value for member in VideoUploaderEvents}
    assert values == {name: name for name in PUBLISHED} | {"COMPLETED": "COMPLETE"}
