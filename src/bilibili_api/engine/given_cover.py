"""The cover as the caller gave it to an upload: one object for all that is done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .origin import Origin

if TYPE_CHECKING:
    from io import BufferedIOBase

    from .chosen_cover import Choice, ChosenCover, Cover


class GivenCover:
    """Keeps what was made of a cover as long as the same is given, since a pipe can be read only once."""

    def __init__(self) -> None:
        self._origin: Origin | None = None
        self._chosen: ChosenCover | None = None

    def origin(self, stream: BufferedIOBase | None) -> Origin | None:
        """Return where the bytes of a stream come from; None for none."""
        if stream is None:
            return None
        if self._origin is None or self._origin.given is not stream:
            self._origin = Origin(stream)
        return self._origin

    def chosen(self, choice: Choice | Cover | None) -> ChosenCover | None:
        """Return what makes the cover of a choice; None for none."""
        if choice is None:
            return None
        if self._chosen is None or self._chosen.given is not choice:
            from .chosen_cover import ChosenCover  # noqa: PLC0415 - Pillow is a large import

            self._chosen = ChosenCover(choice)
        return self._chosen

    def forget(self) -> None:
        """Let go of both, once they are not needed any more."""
        self._origin = self._chosen = None
