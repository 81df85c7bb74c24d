"""Changes of an archive as users see them: planned and told, then made, then read back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from bilibili_api.frozen import frozen
from bilibili_api.protocol.edits import Difference, Edit, differences
from bilibili_api.protocol.video_ids import VideoId

if TYPE_CHECKING:
    from bilibili_api.protocol.archives import Archive
    from bilibili_api.protocol.drafts import Draft

Put = Callable[[VideoId, Edit], Awaitable["Changed"]]
"""Carries out an edit."""


class Change:
    """A change of an archive that is planned and not made yet; printed, it says what it changes.

    Attributes:
        differences: What it changes, one by one; empty when nothing.
    """

    def __init__(self, put: Put, draft: Draft, edit: Edit) -> None:
        self._put = put
        self._edit = edit
        self._video = VideoId(draft.archive.aid)
        self.differences: tuple[Difference, ...] = differences(draft, edit.applied(draft))

    def __bool__(self) -> bool:
        """Whether it changes anything."""
        return bool(self.differences)

    def __str__(self) -> str:
        """One line for each difference."""
        return "\n".join(map(str, self.differences))

    async def apply(self) -> Changed:
        """Make it, on what the archive is now (protocol document, section 7.3); then comes another review.

        Raises:
            ArchiveChanged: Somebody else has changed the same thing, or taken parts away, and nothing was
                sent; or they overwrote the edit at once, twice.
            ApiException: It was refused, or the network failed; it may be called again.
        """
        return await self._put(self._video, self._edit)


@frozen
class Changed:
    """An archive after a change, as it was read back.

    Attributes:
        archive: The archive.
        ignored: Names of the metadata that Bilibili shows otherwise than they were sent: `tid`, for
            instance, it is reported to set itself.
    """

    archive: Archive
    ignored: tuple[str, ...] = ()
