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

    def pick(self) -> str:
        """The host that failed least; of equals, the one that the server named first."""
        return min(self._failures, key=lambda host: self._failures[host])

    def succeeded(self, host: str) -> None:
        """A host did its work: half of what it failed is forgiven."""
        if host in self._failures:
            self._failures[host] //= 2

    def failed(self, host: str) -> None:
        """A host broke off, was unreachable or in trouble: others first."""
        if host in self._failures:
            self._failures[host] += 1

    def refused(self, host: str) -> bool:
        """A host does not know the upload. An alternative is not asked again: then others may still know it.

        Returns:
            Whether another host is left to be asked.
        """
        if host == self._primary:
            return False
        self._failures.pop(host, None)
        return True

    def __repr__(self) -> str:
        return f"<HostBook {self._failures}>"
