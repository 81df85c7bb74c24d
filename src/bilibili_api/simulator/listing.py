"""How soon a new archive stands in the list of archives (protocol document, sections 6.1 and 7.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.simulator.state import Archive


@dataclass(slots=True)
class Listing:
    """Keeps new archives out of the list; at first none is. May be changed at any time.

    The document does not say how soon an archive is listed; who looks for one whose answer was lost must
    reckon with its being late. A single archive can be viewed at once, whatever stands here.

    Attributes:
        clock: wall clock in Unix seconds.
        delay: seconds after its submission at which an archive appears in the list.
        requests: how many requests for the list, of whatever status, page or keyword, an archive is left
            out of first.
    """

    clock: Callable[[], float]
    delay: float = 0.0
    requests: int = 0
    _left_out: dict[int, int] = field(default_factory=dict[int, int])

    def shows(self, archive: Archive) -> bool:
        """Whether a request of its owner that comes now gets to see an archive; counts the request."""
        left_out = self._left_out.get(archive.aid, 0)
        self._left_out[archive.aid] = left_out + 1
        return left_out >= self.requests and self.clock() - archive.created >= self.delay
