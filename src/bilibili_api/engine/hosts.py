"""Which host takes the next part? Decides at once, never waits (protocol document, section 4.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class HostBook:
    """The hosts of one ticket, the preferred one first: they share the storage, so any may take any part."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self._primary = hosts[0]
        self._failures = dict.fromkeys(hosts, 0)
        self._errors: dict[str, Exception] = {}
        self.leader = hosts[0]
        """The host that took something last, as far as one can speak of it while several are at work."""

    def pick(self) -> str:
        """The host that failed least; of equals, the one that the server named first."""
        return min(self._failures, key=lambda host: self._failures[host])

    def succeeded(self, host: str) -> None:
        """A host did its work: half of what it failed is forgiven."""
        if host in self._failures:
            self._failures[host] //= 2

    def failed(self, host: str, error: Exception | None = None) -> None:
        """A host broke off, was unreachable or in trouble: others first."""
        self._note(host, error)
        if host in self._failures:
            self._failures[host] += 1

    def error_of(self, host: str) -> Exception | None:
        """What a host failed with last, or None."""
        return self._errors.get(host)

    def _note(self, host: str, error: Exception | None) -> None:
        if error is not None:
            self._errors[host] = error

    def refused(self, host: str, error: Exception | None = None) -> bool:
        """A host does not know the upload. An alternative is not asked again: then others may still know it.

        Returns:
            Whether another host is left to be asked.
        """
        self._note(host, error)
        if host == self._primary:
            return False
        self._failures.pop(host, None)
        return True

    def __repr__(self) -> str:
        return f"<HostBook {self._failures}>"
