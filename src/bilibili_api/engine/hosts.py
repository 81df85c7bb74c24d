"""Which host takes the next part? Decides at once, never waits (protocol document, section 4.8)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from bilibili_api.exceptions import ApiException
from bilibili_api.saying import say

Faster = Callable[[str, Collection[str]], tuple[str, str] | None]
"""Returns the host of several that was seen to be so much faster that one is to be left, and why; or None."""


def _none_is_faster(host: str, others: Collection[str]) -> None:
    del host, others


class HostBook:
    """The hosts of one ticket, the preferred one first: they share the storage, so any may take any part.

    Args:
        hosts: The hosts, in the server's order.
        faster: What is known of their speed.
    """

    def __init__(self, hosts: Sequence[str], faster: Faster = _none_is_faster) -> None:
        self._primary = self._preferred = hosts[0]
        self._failures = dict.fromkeys(hosts, 0)
        self._causes: dict[str, Exception | str] = {}
        self._faster = faster
        self.leader = hosts[0]
        """The host that took something last, as far as one can speak of it while several are at work."""

    def pick(self) -> str:
        """The host that failed least; of equals the preferred one, unless another is so much faster.

        That one is preferred from then on; before, it is the one that the server named first.
        """
        able = self._able
        first = self._preferred if self._preferred in able else able[0]
        left_for = self._faster(first, [host for host in able if host != first])
        if left_for is None:
            return first
        better, self._causes[first] = left_for
        if first == self._preferred:
            self._preferred = better
        return better

    def pick_besides(self, host: str) -> str:
        """Another host for a part that is slow at one; the same where all others are slower or in trouble."""
        able = self._able
        first = next((other for other in able if other != host), host)
        left_for = self._faster(first, [other for other in able if other != first])
        return first if left_for is None else left_for[0]

    @property
    def _able(self) -> list[str]:
        """The hosts that failed least, in the server's order."""
        fewest = min(self._failures.values())
        return [host for host, failures in self._failures.items() if failures == fewest]

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
        """What a host was left for, if it failed; or None."""
        cause = self._causes.get(host)
        return cause if isinstance(cause, Exception) else None

    def reason_for(self, old: str) -> str:
        """Why another host took over from this one, in words."""
        cause = self._causes.get(old) or say("the host that is preferred works again")
        if isinstance(cause, ApiException):
            return cause.said
        return cause if isinstance(cause, str) else str(cause)

    def _note(self, host: str, error: Exception | None) -> None:
        if error is not None:
            self._causes[host] = error

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
