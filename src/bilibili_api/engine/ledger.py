"""Where it is written down how far an upload has come, before anybody is told (design, decision 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .page_state import PageState


class Ledger(Protocol):
    """Takes down what happens. Only `submitting` may fail: nothing is submitted that is not taken down."""

    async def begun(self, page: PageState) -> None:
        """A page has a new target, or what was stored at its target counts no more."""
        ...

    async def stored(self, page: PageState, number: int, mark: str) -> None:
        """The server has a chunk that it did not have."""
        ...

    async def completed(self, page: PageState) -> None:
        """A page has its stored name."""
        ...

    async def noted(self) -> None:
        """Something else of the submission has changed: its cover, its interface, its end."""
        ...

    async def ended(self, error: str) -> None:
        """The upload stops; with an error, or empty: it was stopped, or is done."""
        ...

    async def limited(self, changed: str | None) -> str | None:
        """The limit of the rate was changed, or is asked for; see `rate.Kept`."""
        ...

    async def submitting(self) -> None:
        """The submission is about to be sent.

        Raises:
            JournalFailed: That cannot be written down.
        """
        ...


class NoLedger:
    """Nothing outlives the process; the state in memory is all there is."""

    async def begun(self, page: PageState) -> None:
        """There is nothing to write."""

    async def stored(self, page: PageState, number: int, mark: str) -> None:
        """There is nothing to write."""

    async def completed(self, page: PageState) -> None:
        """There is nothing to write."""

    async def noted(self) -> None:
        """There is nothing to write."""

    async def ended(self, error: str) -> None:
        """There is nothing to write."""

    async def limited(self, changed: str | None) -> str | None:
        """There is nothing to write, and nothing is known."""

    async def submitting(self) -> None:
        """There is nothing to write."""
