"""What becomes of archives after submission (protocol document, section 7.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bilibili_api.simulator.state import Archive

STATES: Mapping[int, str] = {
    1: "passed with remark",
    0: "public",
    -1: "waiting for review",
    -2: "rejected, can be edited",
    -3: "locked by authority",
    -4: "locked",
    -5: "locked by admin",
    -6: "edit waiting for review",
    -7: "review postponed",
    -8: "supplement waiting",
    -9: "waiting for transcoding",
    -10: "review delayed",
    -11: "source must be repaired",
    -12: "storage transfer failed",
    -13: "waiting, comments allowed",
    -14: "temporary bin",
    -15: "being distributed",
    -16: "transcoding failed",
    -20: "created, not submitted",
    -30: "submitted, in review",
    -40: "scheduled",
    -50: "visible to self only",
    -100: "deleted by user",
}
SUBMITTED, EDITED, PUBLIC, REJECTED, SCHEDULED, PRIVATE, DELETED = -30, -6, 0, -2, -40, -50, -100
_PASSED = frozenset({1, PUBLIC, PRIVATE})
_NOT_PASSED = frozenset({REJECTED, -3, -4, -5, -11, -12, -14, -16})
# What the creator's page shows as a coloured panel: 3 clash with another archive, 4 codec problem.
_PANELS: Mapping[int, int] = {-4: 3, -16: 4}


@dataclass(frozen=True, slots=True)
class Review:
    """Where an archive stands.

    Attributes:
        state: one of `STATES`.
        reason: why it was rejected, "" if it was not.
    """

    state: int
    reason: str = ""

    @property
    def group(self) -> str:
        """Which `status` of the archive list it is under."""
        if self.state in _PASSED:
            return "pubed"
        return "not_pubed" if self.state in _NOT_PASSED else "is_pubing"

    @property
    def panel(self) -> int:
        """The `state_panel`: 0 passed, 1 in review, 2 rejected, 3 clash, 4 codec problem."""
        return _PANELS.get(self.state, {"pubed": 0, "is_pubing": 1, "not_pubed": 2}[self.group])


class Reviews:
    """Decides over archives; nothing happens to one until somebody says so.

    sim.reviews.accept(sim.archives[0])
    sim.reviews.set(sim.archives[0], -16)
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._decided: dict[int, Review] = {}

    def of(self, archive: Archive) -> Review:
        """Return where an archive stands now: a scheduled one is public from its time on."""
        review = self._decided.get(archive.aid, Review(SUBMITTED))
        if review.state == SCHEDULED and (archive.meta.get("dtime") or 0) <= self._clock():
            return Review(PUBLIC)
        return review

    def accept(self, archive: Archive) -> Review:
        """Let an archive pass: it is public, or scheduled, or visible to its owner only, as it asked for."""
        meta = archive.meta
        if meta.get("is_only_self"):
            return self.set(archive, PRIVATE)
        return self.set(archive, SCHEDULED if (meta.get("dtime") or 0) > self._clock() else PUBLIC)

    def reject(self, archive: Archive, reason: str = "refused by the simulator") -> Review:
        """Send an archive back to its owner."""
        return self.set(archive, REJECTED, reason)

    def set(self, archive: Archive, state: int, reason: str = "") -> Review:
        """Put an archive into any state.

        Raises:
            ValueError: there is no such state.
        """
        if state not in STATES:
            raise ValueError(f"no archive has the state {state}; there are {sorted(STATES, reverse=True)}")
        review = self._decided[archive.aid] = Review(state, reason)
        return review
