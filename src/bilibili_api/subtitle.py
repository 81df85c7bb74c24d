"""Subtitles: read from files, found beside a video, uploaded for a part of it.

    from bilibili_api import subtitle, sync
    from bilibili_api.video_uploader import VideoUploaderCredential

    async def main():
        mine = subtitle.Subtitles(VideoUploaderCredential.from_profile("me"))
        await mine.upload("BV1...", await subtitle.read("trip.zh-CN.srt"))

    sync(main())

Reading .srt, .ass, .ssa and .vtt needs pysubs2: `pip install 'bilibili-video-uploader[subtitles]'`.
Bilibili's own JSON is read without it. Source: protocol document, section 7.7.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from bilibili_api.engine import subtitle_files
from bilibili_api.engine.calls import Calls
from bilibili_api.engine.connecting import connected
from bilibili_api.engine.foreign import login_of
from bilibili_api.engine.own_archives import shown
from bilibili_api.exceptions import ApiException, ArgsException, LoginLacks, Retry
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.subtitles import Line, Subtitle, parse_saved, save_request
from bilibili_api.protocol.video_ids import VideoId

from .saying import because, say

if TYPE_CHECKING:
    import os

    from bilibili_api.engine.credential import VideoUploaderCredential
    from bilibili_api.engine.options import Options
    from bilibili_api.engine.web_credential import Credential
    from bilibili_api.protocol.archives import Archive
    from bilibili_api.protocol.interfaces import Access
    from bilibili_api.protocol.wire import Request

__all__ = ["Line", "Subtitle", "Subtitles", "beside", "read"]


async def read(path: str | os.PathLike[str], language: str | None = None) -> Subtitle:
    """Read a file of subtitles, in UTF-8, UTF-16 or GB 18030; styles and positions are left out.

    Args:
        path: `.srt`, `.ass`, `.ssa`, `.vtt`, or `.json` in Bilibili's form.
        language: `zh-CN`, `zh-HK`, `en-US` or another code; None: as the name of the file says
            (`trip.zh-CN.srt`, `trip.chs.ass`, `trip.en.vtt`).

    Raises:
        ArgsException: It cannot be read, has no line, or nobody says in which language it is.
        ExtraMissing: pysubs2 is not installed, and the file is not Bilibili's JSON.
    """
    return await asyncio.to_thread(subtitle_files.read, Path(path), language)


async def beside(video: str | os.PathLike[str]) -> dict[str, Path]:
    """Return the files of subtitles that lie beside a video, by their languages.

    `trip.zh-CN.srt` belongs to `trip.mp4`, and so does `trip.srt`, which stands under "".

    Raises:
        ArgsException: The folder cannot be read.
    """
    try:
        return await asyncio.to_thread(subtitle_files.beside, Path(video))
    except OSError as error:
        raise ArgsException(
            say("The folder of {video!r} cannot be read: {reason}.", video=str(video), reason=because(error)),
            hint=say("Check the path."),
        ) from None


class Subtitles:
    """Uploads subtitles. Needs cookies.

    Args:
        credential: The login of the video's owner.
        options: Server, patience, clock and dice; by default the credential's own.
    """

    def __init__(
        self, credential: VideoUploaderCredential | Credential, *, options: Options | None = None
    ) -> None:
        self._credential = credential
        self._options = options or credential.options

    async def upload(
        self,
        video: int | str | VideoId,
        subtitle: Subtitle,
        *,
        part: int = 1,
        filename: str | None = None,
        is_draft: bool = False,
    ) -> int:
        """Save the subtitles of a part; those that were saved before in the same language give way.

        Args:
            video: Its number, `av123`, its bvid, or the address of its page.
            subtitle: The subtitles, from `read`.
            part: Number of the part, from 1.
            filename: The stored file of the part, by which it is found wherever it stands by now; the number
                does not count then.
            is_draft: Keep them on the site, and do not submit them.

        Returns:
            The number of the part as it is now.

        Raises:
            ArgsException: No video is named so, it is another account's, or it has no such part (of
                the kind `PART_GONE` where its file was named).
            ApiException: Bilibili refused, or the network failed; of the kind `PART_NOT_READY` where the
                video was published so recently that its part has no number yet, or is not told.
        """
        which = VideoId.of(video)
        async with connected(self._options) as http:
            calls = Calls(http, self._options, login_of(self._credential, self._options))
            number, cid = _placed(await shown(calls, which), part, filename)

            def build(access: Access) -> Request:
                if access.cookies is None:
                    raise LoginLacks(say("Uploading subtitles"), "cookies")
                return save_request(access.cookies, which.bvid, cid, subtitle, is_draft=is_draft)

            await calls.ask(Step.SUBTITLE, build, parse_saved)
        return number


def _placed(archive: Archive, part: int, filename: str | None) -> tuple[int, int]:
    """Return where a part stands, from 1, and the number by which Bilibili knows it."""
    parts, bvid = archive.parts or (), archive.bvid
    names = [one.filename for one in parts]
    if filename and filename in names:
        part = names.index(filename) + 1
    elif filename is not None and "" in names:
        raise ApiException(
            say("{bvid} does not tell yet which of its parts is which.", bvid=bvid),
            hint=say("Try again in some minutes."),
            retry=Retry.LATER,
            kind="PART_NOT_READY",
        )
    elif filename is not None and names:
        raise ArgsException(
            say("What was uploaded as part {part} is not in {bvid} any more.", part=part, bvid=bvid),
            hint=say("Look at its parts as they are now, and upload the subtitles for one of them."),
            kind="PART_GONE",
        )
    if parts and not 1 <= part <= len(parts):
        raise ArgsException(
            say("{bvid} has no part {part}.", bvid=bvid, part=part),
            hint=say("Name parts from 1 to {parts}.", parts=len(parts)),
        )
    if not parts or not parts[part - 1].cid:
        raise ApiException(
            say("Part {part} of {bvid} has no number yet: it was published just now.", part=part, bvid=bvid),
            hint=say("Try again in some minutes."),
            retry=Retry.LATER,
            kind="PART_NOT_READY",
        )
    return part, parts[part - 1].cid
