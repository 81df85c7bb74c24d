"""A snapshot of how far an upload has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from bilibili_api.frozen import frozen

if TYPE_CHECKING:
    from .page_state import PageState
    from .rate import RateLimit
    from .standing import Standing
    from .waits import Wait

LOGIN_NEEDED: Final = "login needed"
"""The stage of an upload that stands still until a person has logged in."""


@frozen
class PageProgress:
    """How far one page has come.

    Attributes:
        title: Title of the part.
        size: Bytes of the page; 0 while unknown.
        stored: Bytes the server has confirmed.
        sent: `stored` and the bytes of chunks under way that the other side has taken. May go back when a
            chunk is sent again; never over `size`.
        done: Whether the page is complete.
        line: Name of the line it goes or went over (`pc`, or a line of UPOS); None before there is a target.
        line_reason: Why that line was taken, in words; None where nothing was to be chosen, or another
            process has chosen.
        filename: The server's name of the stored file, by which an archive names the part; None before the
            page is complete.
    """

    title: str
    size: int
    stored: int
    sent: int
    done: bool
    line: str | None = None
    line_reason: str | None = None
    filename: str | None = None

    @classmethod
    def of(cls, state: PageState) -> Self:
        """Take the snapshot of one page."""
        stored = state.stored_bytes
        sent = min(state.size, stored + sum(flow.taken for flow in state.flows))
        done = state.filename is not None
        return cls(state.title, state.size, stored, sent, done, state.line, state.line_reason, state.filename)


@frozen
class Progress:
    """How far an upload has come.

    Attributes:
        stage: `ready`, `check`, `login`, `upload`, `cover`, `submit` or `done`; `login needed` while the
            login is dead and the credential's `log_in_again` is waited for.
        pages: The pages in their order.
        interface: Name of the interface that is submitted through, and at the end of the one that took the
            submission; None before the first is tried.
        waiting_until: Unix seconds at which a long wait ends (of several the first), or None. Other parts of
            the upload may go on meanwhile.
        waiting_for: What is waited for, as in the event WAITING: `too_fast`, `network`, `server`; or None.
        job: Number of its job in the journal; None before it is found or begun there, and without a journal.
        submission: `open` (not sent, or refused), `submitting` (sent, and no answer has come), `unsure`
            (nobody could find out whether it made an archive), `adding` (it made one with the first pages,
            and the others are not all added yet) or `done`.
        limit: The limit of the rate that is in force, or None.
        window: How many chunks may be in flight at once now; 0 before the first page.
        window_reason: Why it is as many.
        unwritten: Whether the journal could not take down all of what is stored: another process sends that
            again.
    """

    stage: str
    pages: tuple[PageProgress, ...]
    interface: str | None = None
    waiting_until: float | None = None
    waiting_for: str | None = None
    job: int | None = None
    submission: str = "open"
    limit: RateLimit | None = None
    window: int = 0
    window_reason: str = ""
    unwritten: bool = False

    @classmethod
    def of(
        cls,
        standing: Standing,
        *,
        login_needed: bool = False,
        wait: Wait | None = None,
        limit: RateLimit | None = None,
    ) -> Self:
        """Take the snapshot of a submission."""
        pages = tuple(PageProgress.of(page) for page in standing.pages)
        window = standing.gate and standing.gate.window
        stage = LOGIN_NEEDED if login_needed else standing.stage
        return cls(
            stage,
            pages,
            standing.interface,
            wait and wait.until,
            wait.limit if wait else None,
            standing.job,
            standing.known,
            limit,
            window.size if window else 0,
            window.reason if window else "",
            standing.unwritten,
        )

    @property
    def line(self) -> str | None:
        """Name of the line that the latest page goes or went over; None before there is a target."""
        return next((page.line for page in reversed(self.pages) if page.line is not None), None)

    @property
    def line_reason(self) -> str | None:
        """Why that line was taken, in words; None where nothing was to be chosen."""
        return next((page.line_reason for page in reversed(self.pages) if page.line is not None), None)

    @property
    def size(self) -> int:
        """Bytes of all pages."""
        return sum(page.size for page in self.pages)

    @property
    def stored(self) -> int:
        """Bytes the server has confirmed."""
        return sum(page.stored for page in self.pages)

    @property
    def sent(self) -> int:
        """Bytes the other side has taken."""
        return sum(page.sent for page in self.pages)
