"""The events an upload dispatches (protocol document, sections 9.2 and 9.3)."""

from __future__ import annotations

from enum import Enum


class VideoUploaderEvents(Enum):
    """Events of `VideoUploader`, in the order in which they first occur.

    Values equal names, except that COMPLETED kept the value it had in 2021, `"COMPLETE"`. A listener
    registered for the member, for `"COMPLETED"` or for `"COMPLETE"` hears it.

    RESUMED, RETRY, WAITING, LINE_CHANGED, WINDOW_CHANGED and INTERFACE_CHANGED are new; all others were
    there in 2021 and mean what they meant. `"err"` is an exception.
    """

    RESUMED = "RESUMED"
    """An upload that was begun before is gone on with; dispatched before anything is sent. Payload: at least
    `{"pages": int, "bytes": int, "ticket_expires": float | None}`: complete pages and bytes that the server
    has, and when the oldest target with parts expires, in Unix seconds (None: not known, or none)."""

    PREUPLOAD = "PREUPLOAD"
    """Before the target of a page is asked for. Payload: None."""
    PREUPLOAD_FAILED = "PREUPLOAD_FAILED"
    """The target was refused. Payload: None."""
    PRE_PAGE = "PRE_PAGE"
    """Before the chunks of a page. Payload: `{"page": VideoUploaderPage}`."""
    PRE_CHUNK = "PRE_CHUNK"
    """Before each attempt at a chunk; not of a second one beside it. Payload: `{"page", "offset",
    "chunk_number", "total_chunk_count"}`."""
    AFTER_CHUNK = "AFTER_CHUNK"
    """A chunk is stored. Payload: as PRE_CHUNK."""
    CHUNK_FAILED = "CHUNK_FAILED"
    """An attempt at a chunk failed. Payload: as PRE_CHUNK and `"info"`, the reason as text."""
    PRE_PAGE_SUBMIT = "PRE_PAGE_SUBMIT"
    """All chunks are stored, before completing the page. Payload: `{"page"}`."""
    PAGE_SUBMIT_FAILED = "PAGE_SUBMIT_FAILED"
    """Completing the page failed. Payload: `{"page", "err"}`."""
    AFTER_PAGE_SUBMIT = "AFTER_PAGE_SUBMIT"
    """The page is complete. Payload: `{"page"}`."""
    AFTER_PAGE = "AFTER_PAGE"
    """The page is done. Payload: `{"page"}`."""
    RETRY = "RETRY"
    """Something is tried again after a pause; at any step. Payload: `{"what": str, "err", "wait": float,
    "attempt": int}`: the step or the chunk, the pause in seconds, how many attempts have failed like this."""
    WAITING = "WAITING"
    """A pause of 30 seconds or more begins, after RETRY if an attempt failed. Payload: `{"limit": str,
    "until": float, "err"}`: what for (`too_fast`, a limit of the account; `network`; `server`), and the time
    of the next try in Unix seconds; `"err"` is None where another upload of the account has met the limit."""
    LINE_CHANGED = "LINE_CHANGED"
    """Another line takes over: another host of the same target, or a new target on another line. Payload:
    `{"page", "from": str, "to": str, "err", "reason": str}`: names of lines (of hosts where a line has none),
    what went wrong on the first, and why the other takes over, in words. `"err"` is None if nothing went
    wrong lately: the other is faster, or the preferred one is taken again."""
    WINDOW_CHANGED = "WINDOW_CHANGED"
    """More or fewer chunks are sent at once from now on. Payload: `{"from": int, "to": int, "reason": str}`:
    how many may be in flight, before and now, and why."""
    PRE_COVER = "PRE_COVER"
    """Before the cover. Payload: None."""
    AFTER_COVER = "AFTER_COVER"
    """The cover is stored. Payload: `{"url": str}`."""
    COVER_FAILED = "COVER_FAILED"
    """The cover was refused. Payload: `{"err"}`."""
    PRE_SUBMIT = "PRE_SUBMIT"
    """Before submitting. Payload: a copy of the metadata as sent, with `cover` and `videos`."""
    SUBMIT_FAILED = "SUBMIT_FAILED"
    """Submitting failed. Payload: `{"err"}`."""
    INTERFACE_CHANGED = "INTERFACE_CHANGED"
    """An interface is closed to this submission (retired, refused, throttled); the stored files are submitted
    through the next one. Payload: `{"from": str, "to": str, "err"}`, `err` being the refusal."""
    AFTER_SUBMIT = "AFTER_SUBMIT"
    """The archive exists. Payload: `{"aid": int, "bvid": str}`."""
    COMPLETED = "COMPLETE"
    """All is done. Payload: `{"aid": int, "bvid": str}`."""
    ABORTED = "ABORTED"
    """`abort()` was called. Payload: None."""
    FAILED = "FAILED"
    """`start()` failed. Payload: `{"err"}`."""
