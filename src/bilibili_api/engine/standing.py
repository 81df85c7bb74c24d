"""How far one submission has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from bilibili_api.exceptions import VideoUploadException
from bilibili_api.saying import joined, listed, say

from .ledger import Ledger, NoLedger
from .page_state import PageState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .page import VideoUploaderPage
    from .window_gate import Gate


class Submission(Enum):
    """What is known of the submission itself."""

    OPEN = "open"
    """It was not sent, or was refused."""
    SENT = "submitting"
    """It was, or is being sent, and no answer has come."""
    UNSURE = "unsure"
    """Nobody could find out whether it made an archive."""
    DONE = "done"
    """It made an archive."""


@dataclass(slots=True)
class Standing:
    """How far a submission has come; outlives a failed `start()`, and with a journal the process."""

    pages: list[PageState] = field(default_factory=list[PageState])
    cover_url: str = ""
    cover_md5: str = ""
    """Of the cover behind `cover_url`: the next `start()` may be given another one."""
    cover43_url: str = ""
    cover43_md5: str = ""
    result: dict[str, Any] | None = None
    """`{"aid": int, "bvid": str}` once all is done."""
    made: dict[str, Any] | None = None
    """The same of an archive that has the pages of the first call, and not yet those that follow by edits."""
    interface: str | None = None
    """The interface that is tried, in the end the one that took the submission."""
    submission: Submission = Submission.OPEN
    sent_at: float = 0.0
    """When it was last submitted, Unix seconds; 0: never."""
    attempts: int = 0
    """How often it was submitted since the last answer that is known."""
    mid: int = 0
    """The account that stored the pages; 0: nobody knows."""
    account: str = ""
    """By what a journal knows that account; empty without one."""
    gate: Gate | None = None
    """How many chunks are sent at once, since the upload of pages began."""
    stage: str = "ready"
    job: int | None = None
    """Its number in the journal, once it is known there."""
    ledger: Ledger = field(default_factory=NoLedger)
    unwritten: bool = False
    """Whether the ledger could not take down all of what is stored."""

    def take(self, pages: Sequence[VideoUploaderPage]) -> None:
        """Let it be about these pages; what is known of those that were there before stays known."""
        known = {id(state.page): state for state in self.pages}
        self.pages = [known.pop(id(page), None) or PageState(page) for page in pages]
        for page, state in zip(pages, self.pages, strict=True):
            state.title, state.description = page.title, page.description
            if state.ticket is None:  # else the server knows the page by the name it was begun with
                state.name = f"{page.title}.{page.extension.lstrip('.')}"

    def kept_by(self, ledger: Ledger) -> None:
        """Write down what happens from now on in another place."""
        self.ledger = ledger
        for page in self.pages:
            page.ledger = ledger

    @property
    def known(self) -> str:
        """What is known of the submission, in a word: its value, or that the last pages are being added."""
        is_made = self.made is not None and self.submission is not Submission.DONE
        return "adding" if is_made else self.submission.value

    @property
    def is_in_flight(self) -> bool:
        """Whether something is on its way, or just there, that would be lost by stopping now."""
        is_submitted = self.submission in {Submission.SENT, Submission.DONE}
        return is_submitted or any(page.flows for page in self.pages)

    @property
    def has_begun(self) -> bool:
        """Whether the server has anything of it, or may have."""
        stored = any(page.filename is not None or page.stored for page in self.pages)
        return stored or self.submission is not Submission.OPEN

    def check_stored(self) -> None:
        """Refuse to do nothing but submit as long as there are pages to be uploaded.

        Raises:
            VideoUploadException: Some are not stored.
        """
        missing = [repr(page.title) for page in self.pages if page.filename is None]
        if missing and self.result is None:
            raise VideoUploadException(
                say(
                    "There is nothing to submit yet: {missing} of {pages} pages are not stored ({names}).",
                    missing=len(missing),
                    pages=len(self.pages),
                    names=listed(missing[:3]),
                ),
                hint=say("Let the upload go on first: start it again."),
            )

    def kept(self) -> str:
        """What survives, in words; empty when nothing was stored yet."""
        if self.result is not None:
            return say("The video is published as {bvid}.", bvid=self.result["bvid"])
        if self.made is not None:
            return say(
                "The video is published as {bvid} with its first pages; the others are stored, and starting "
                "again adds them.",
                bvid=self.made["bvid"],
            )
        stored = list(self._stored())
        if not stored:
            return ""
        what = joined("; ", stored)
        if isinstance(self.ledger, NoLedger) or self.unwritten:
            return say("{stored}. Calling start() again on this uploader sends only the rest.", stored=what)
        return say("{stored}. Starting again sends only the rest.", stored=what)

    def _stored(self) -> Iterator[str]:
        """Yield clauses that say what the server has."""
        done = sum(page.filename is not None for page in self.pages)
        if done:
            yield say("{done} of {pages} pages are stored on the server", done=done, pages=len(self.pages))
        for page in self.pages:
            if page.filename is None and page.stored:
                yield say(
                    "{stored} of {chunks} chunks of page {title!r} are stored",
                    stored=len(page.stored),
                    chunks=page.chunks,
                    title=page.title,
                )


class Result(dict[str, Any]):
    """What `start()` returns: `{"aid": int, "bvid": str}`, and as attributes how it came about.

    Attributes:
        interface: Name of the interface that took the submission.
        lines: Names of the lines the pages went over, in their order.
    """

    def __init__(self, standing: Standing) -> None:
        super().__init__(standing.result or {})
        self.interface = standing.interface
        self.lines = tuple(page.line for page in standing.pages)
