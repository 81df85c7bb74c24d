"""One part of a submission, as the caller gives it, and as the journal gives it back."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, cast

from bilibili_api.exceptions import VideoUploadException
from bilibili_api.saying import say

from .origin import Origin

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from io import BufferedIOBase

    from .jobs import JobPage


class VideoUploaderPage:
    """One part (P1, P2, ...) of a submission. The stream stays the caller's: not closed, left where it was.

    Args:
        video_stream: A stream opened for reading in binary, or the path of a file. Regular files are read in
            parallel, other seekable streams one block at a time; a stream that cannot seek is copied once
            to a temporary file, which is removed after the upload.
        title: Title of the part, at most 80 characters.
        description: Description of the part.
        extension: Extension of the file name that is told to Bilibili.
        key: Your own name for the content of a stream; with it a journal knows the stream again. Files are
            known by what they hold and need none.
    """

    origin: Origin
    """The bytes as the engine reads them; follows `video_stream`."""

    def __init__(
        self,
        video_stream: BufferedIOBase | str | os.PathLike[str],
        title: str,
        description: str = "",
        extension: str = "mp4",
        *,
        key: str | None = None,
    ) -> None:
        self.video_stream = video_stream
        self.title = title
        self.description = description
        self.extension = extension
        self.key = key

    @property
    def video_stream(self) -> BufferedIOBase | str | os.PathLike[str]:
        """The stream or the path; may be replaced while no upload runs."""
        return cast("BufferedIOBase | str | os.PathLike[str]", self.origin.given)

    @video_stream.setter
    def video_stream(self, given: BufferedIOBase | str | os.PathLike[str]) -> None:
        self.origin = Origin(cast("Any", given))

    async def get_size(self) -> int:
        """Return the size in bytes. A file's comes from the file system.

        Raises:
            SourceChanged: The stream cannot be read.
            SpoolFailed: There is no room for the copy of a stream that cannot seek.
        """
        return await self.origin.size()

    async def get_md5(self) -> str:
        """Return the md5 of the bytes as 32 lower-case hex digits.

        Raises:
            SourceChanged: The stream cannot be read.
            SpoolFailed: There is no room for the copy of a stream that cannot seek.
        """
        return await self.origin.md5()

    def __repr__(self) -> str:
        return f"<VideoUploaderPage {self.title!r}>"


def page_of(given: Mapping[str, Any], page: JobPage) -> VideoUploaderPage:
    """Return a page of a job. What is stored is not read again, and may be gone.

    Args:
        given: What the job's plan says of it.
        page: What is stored of it.

    Raises:
        VideoUploadException: It came from a stream, and is not stored yet.
    """
    if given["path"] is None and not page.done:
        raise VideoUploadException(
            say(
                "The page {title!r} came from a stream, which only the program that opened it can give.",
                title=page.title,
            ),
            hint=say(
                "Start that program again with the same key ({key!r}): it goes on where it was.",
                key=given["key"],
            ),
        )
    stream = given["path"] or io.BytesIO()
    return VideoUploaderPage(
        stream, given["title"], given["description"], given["extension"], key=given["key"]
    )
