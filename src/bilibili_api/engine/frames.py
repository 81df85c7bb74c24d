"""Takes frames out of a video, spread over all of it, through PyAV (the extra `media`).

A file of hours costs no more than one of minutes: each frame is sought, and only little is decoded around it.
How much is counted in pixels, not in seconds, so that the same file always gives the same frames.
"""

from __future__ import annotations

import itertools
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PIL import Image

from bilibili_api.exceptions import ExtraMissing, InvalidCover
from bilibili_api.frozen import frozen
from bilibili_api.saying import because, say

from .container import opened, videos_in
from .cover import MAX_HEIGHT, MAX_WIDTH
from .looks import LOOKED_AT, Looks, looks_of

if TYPE_CHECKING:
    import threading
    from collections.abc import Generator, Iterator

    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

    from .source import Source

AHEAD: Final = 2_000_000_000
"""Pixels that may be decoded to get from key frames to where frames are wanted: 1000 frames of 1080p."""
MOMENT: Final = 4
"""Frames from one to the later one it is compared with."""
UNSPECIFIED: Final = 2
"""FFmpeg's number of a matrix of colours that the file does not name."""
HIGH_DEFINITION: Final = 720
"""Lines from which on an unnamed matrix is that of BT.709, by every player's convention."""

_OTHER_VIDEO: Final = say("Give a video that plays, or choose a picture yourself.")


@frozen
class Shot:
    """One frame, measured.

    Attributes:
        time: Seconds from the beginning.
        frame: The frame as PyAV has it, no larger than a cover.
        small: It in grey, for comparing.
        looks: What was measured.
        turn: Degrees that it is to be turned anticlockwise.
    """

    time: float
    frame: VideoFrame
    small: Image.Image
    looks: Looks
    turn: int

    def image(self) -> Image.Image:
        """Return it in colour, upright."""
        high = self.frame.height >= HIGH_DEFINITION or self.frame.width > HIGH_DEFINITION * 16 // 9
        matrix = "ITU709" if self.frame.colorspace == UNSPECIFIED and high else None
        return _turned(_picture(self.frame.reformat(format="rgb24", src_colorspace=matrix), "RGB"), self.turn)


def shots(source: Source, count: int, stop: threading.Event) -> tuple[list[Shot], float]:
    """Return about `count` frames in their order, and how long the video is, in seconds. Blocks.

    Args:
        source: The video.
        count: How many frames are wanted; there are fewer where the video has no more.
        stop: Set by who does not want the result any more.

    Raises:
        ExtraMissing: PyAV is not installed.
        InvalidCover: It is no video that can be decoded.
    """
    try:
        from av.error import FFmpegError  # noqa: PLC0415 - an extra, and large
    except ImportError:
        raise ExtraMissing(say("Choosing a frame of a video"), "media") from None
    try:
        with _opened(source) as (container, stream):
            video = _Video(container, stream, stop)
            found = list(video.spread(count)) if video.length else []
        if found:
            return found, video.length
        with _opened(source) as (container, stream):  # at its beginning again
            video = _Video(container, stream, stop)
            return list(video.in_order(2 * count)), video.length
    except (FFmpegError, ValueError) as error:
        raise InvalidCover(
            say("The video cannot be decoded: {reason}.", reason=because(error)), hint=_OTHER_VIDEO
        ) from None


@contextmanager
def _opened(source: Source) -> Generator[tuple[InputContainer, VideoStream]]:
    with opened(source) as container:
        streams = videos_in(container)
        if not streams:
            raise InvalidCover(say("There is no video in this file."), hint=_OTHER_VIDEO)
        streams[0].thread_type = "AUTO"
        yield container, streams[0]


class _Video:
    """An open video; goes to places in it."""

    def __init__(self, container: InputContainer, stream: VideoStream, stop: threading.Event) -> None:
        self._container = container
        self._stream = stream
        self._stop = stop
        self._budget = AHEAD
        self._begin = stream.start_time or 0
        self._tick = float(stream.time_base or 1)
        if stream.duration:
            self.length = stream.duration * self._tick
        else:
            self.length = (container.duration or 0) / 1_000_000

    def spread(self, count: int) -> Iterator[Shot]:
        """Take the frames in the middle of `count` equal stretches, or key frames close to them."""
        from av.error import FFmpegError  # noqa: PLC0415 - as above

        taken: set[int] = set()
        for number in range(count):
            if self._stop.is_set():
                return
            with suppress(FFmpegError):  # a damaged place, or one that cannot be sought
                shot = self._near((number + 0.5) / count * self.length, taken)
                if shot is not None:
                    yield shot

    def _near(self, wanted: float, taken: set[int]) -> Shot | None:
        self._container.seek(int(wanted / self._tick) + self._begin, stream=self._stream)
        frames = self._container.decode(self._stream)
        frame = next(frames, None)
        if frame is not None and frame.pts in taken:  # key frames are rare here: go on from it
            frame = self._ahead(frames, wanted)
        if frame is None or frame.pts is None or frame.pts in taken:
            return None
        taken.add(frame.pts)
        return self._shot(frame, next(itertools.islice(frames, MOMENT - 1, None), None))

    def _ahead(self, frames: Iterator[VideoFrame], wanted: float) -> VideoFrame | None:
        last = None
        for frame in frames:
            last = frame
            self._budget -= frame.width * frame.height
            if self._time(frame) >= wanted or self._budget < 0 or self._stop.is_set():
                break
        return last

    def in_order(self, count: int) -> Iterator[Shot]:
        """Take two frames a second from the beginning on: its length is not known, or nothing can be sought.

        Frames of raw streams have no times, either; they are counted.
        """
        from av.error import FFmpegError  # noqa: PLC0415 - as above

        rate = float(self._stream.average_rate or 25)
        every = max(1, round(rate / 2))
        with suppress(FFmpegError):  # a damaged place: what came before it counts
            for number, frame in enumerate(self._container.decode(self._stream)):
                self._budget -= frame.width * frame.height
                if self._stop.is_set() or self._budget < 0 or number >= count * every:
                    return
                if number % every == 0:
                    self.length = number / rate if frame.pts is None else self._time(frame)
                    yield replace(self._shot(frame, None), time=self.length)

    def _time(self, frame: VideoFrame) -> float:
        return max(0.0, ((frame.pts or 0) - self._begin) * self._tick)

    def _shot(self, frame: VideoFrame, later: VideoFrame | None) -> Shot:
        width, height = self._shown(frame)
        small = _grey(frame, width, height)
        looks = looks_of(small, _grey(later, width, height) if later else None)
        across, down = _within(width, height, _largest(frame))
        reduced = frame.reformat(across, down, "yuv420p")
        return Shot(self._time(frame), reduced, small, looks, frame.rotation)

    def _shown(self, frame: VideoFrame) -> tuple[int, int]:
        """Size with square pixels."""
        aspect = self._stream.sample_aspect_ratio
        return round(frame.width * float(aspect)) if aspect else frame.width, frame.height


def _largest(frame: VideoFrame) -> tuple[int, int]:
    """A cover's size, lying on its side where the frame does."""
    return (MAX_HEIGHT, MAX_WIDTH) if frame.rotation % 180 else (MAX_WIDTH, MAX_HEIGHT)


def _grey(frame: VideoFrame, width: int, height: int) -> Image.Image:
    return _picture(frame.reformat(*_within(width, height, LOOKED_AT), "gray"), "L")


def _picture(frame: VideoFrame, mode: str) -> Image.Image:
    plane = frame.planes[0]
    return Image.frombytes(mode, (frame.width, frame.height), bytes(plane), "raw", mode, plane.line_size)


def _within(width: int, height: int, room: tuple[int, int]) -> tuple[int, int]:
    """Scale down, to even sides, until one side fits into `room` and the other fills at least its own."""
    scale = min(1.0, max(room[0] / width, room[1] / height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def _turned(image: Image.Image, degrees: int) -> Image.Image:
    return image.rotate(degrees, expand=True) if degrees % 360 else image
