"""Looks at a video before it is uploaded: what it is, and whether it is whole."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from bilibili_api.amounts import size_text
from bilibili_api.exceptions import ApiException, ExtraMissing
from bilibili_api.frozen import frozen
from bilibili_api.saying import because, say

from .candidates import in_thread
from .check import check_origin
from .container import opened, videos_in
from .media_findings import AGAIN, Finding, of_end, of_picture, of_sound
from .media_samples import Sampler
from .origin import Origin

if TYPE_CHECKING:
    import os
    import threading
    from collections.abc import Iterator

    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.stream import VideoStream

    from .source import Source, Stream

MAX_DURATION: Final = 10 * 3600.0
"""Seconds of one part; longer ones are rejected after transcoding (section 4.7)."""
MAX_SIZE: Final = 16 * 1024**3
"""Bytes of one file, as the site tells ordinary accounts (section 4.7)."""


@frozen
class VideoTrack:
    """The picture.

    Attributes:
        codec: As FFmpeg calls it: `h264`, `hevc`, `av1`.
        width: Pixels.
        height: Pixels.
        frame_rate: Frames a second, or None: the file does not say.
    """

    codec: str
    width: int
    height: int
    frame_rate: float | None


@frozen
class AudioTrack:
    """The sound.

    Attributes:
        codec: As FFmpeg calls it: `aac`, `opus`.
        channels: How many.
        sample_rate: Samples a second.
    """

    codec: str
    channels: int
    sample_rate: int


@frozen
class Media:
    """What a file is, and what is wrong with it.

    Attributes:
        size: Bytes; 0 where it cannot be read.
        container: As FFmpeg calls it: `mov,mp4,m4a,3gp,3g2,mj2`, `matroska,webm`; or "": it is none.
        duration: Seconds, or None: the file does not say.
        video: The picture, or None.
        audio: The sound, or None.
        findings: Everything that is wrong; nothing when all is well.
    """

    size: int
    container: str = ""
    duration: float | None = None
    video: VideoTrack | None = None
    audio: AudioTrack | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def is_fine(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


async def inspect(
    video: Stream | str | os.PathLike[str],
    *,
    max_size: int = MAX_SIZE,
    max_duration: float = MAX_DURATION,
) -> Media:
    """Look at a video: container, codecs, length, whether it is whole, black or silent.

    The work is bounded: a dozen places are decoded, and the end is read, however long the video is. A file
    that is broken is no error but a finding.

    Args:
        video: A path, or a stream opened for reading in binary, which is neither closed nor left elsewhere.
        max_size: Bytes of a file that may be uploaded (protocol document, section 4.7).
        max_duration: Seconds that a part may last (section 4.7).

    Raises:
        ExtraMissing: PyAV, the extra `media`, is not installed.
    """
    await _load(say("Checking a video"))
    origin = Origin(video)
    problems = await asyncio.to_thread(lambda: list(check_origin(origin, "video")))
    if problems:
        return Media(0, findings=(Finding("unreadable", problems[0].what, problems[0].fix),))
    try:
        async with origin.opened() as source:
            return await in_thread(lambda stop: _Look(source, max_size, max_duration, stop).media())
    except ApiException as error:
        return Media(0, findings=(Finding("unreadable", error.said, error.hint),))


async def length(video: Stream | str | os.PathLike[str]) -> float | None:
    """Return how many seconds a video lasts, or None: it does not say, or cannot be read.

    Args:
        video: As for `inspect`.

    Raises:
        ExtraMissing: PyAV, the extra `media`, is not installed.
    """
    await _load(say("Finding out how long a video is"))
    try:
        async with Origin(video).opened() as source:
            return await asyncio.to_thread(_length_of, source) or None
    except ApiException:
        return None


def _length_of(source: Source) -> float:
    from av.error import FFmpegError  # noqa: PLC0415 - an extra, and large

    try:
        with opened(source) as container:
            return _length(container, videos_in(container))
    except (FFmpegError, ValueError):
        return 0.0


def _is_picture(container: InputContainer) -> bool:
    """Whether FFmpeg reads it as one of a series of image files."""
    return container.format.name == "image2" or container.format.name.endswith("_pipe")


async def _load(what: str) -> None:
    try:
        await asyncio.to_thread(import_module, "av")  # large
    except ImportError:
        raise ExtraMissing(what, "media") from None


class _Look:
    """One look at one file."""

    def __init__(self, source: Source, max_size: int, max_duration: float, stop: threading.Event) -> None:
        self._source = source
        self._size = source.size()
        self._max_size = max_size
        self._max_duration = max_duration
        self._stop = stop

    def media(self) -> Media:
        """Return what the file is. Blocks."""
        from av.error import FFmpegError  # noqa: PLC0415 - as above

        try:
            with opened(self._source) as container:
                return self._of(container)
        except (FFmpegError, ValueError) as error:
            found = self._no_media(because(error))
            return Media(self._size, findings=(found, *self._too_large()))

    def _no_media(self, reason: str) -> Finding:
        if b"ftyp" in _head(self._source):
            what = say(
                "It is an MP4 file whose index is missing or damaged: its recording or copy did not end."
            )
            return Finding("truncated", what, say("Copy it again, or repair it with its recorder."))
        what = say("It is no video that can be opened ({reason}).", reason=reason)
        return Finding("unreadable", what, AGAIN)

    def _of(self, container: InputContainer) -> Media:
        videos, audios = videos_in(container), container.streams.audio
        length = _length(container, videos)
        found = [*self._too_large(), *self._too_long(length)]
        video = _video_track(videos[0]) if videos else None
        audio = _audio_track(audios[0]) if audios else None
        if _is_picture(container):
            what = say("It is a single picture, no video.")
            found.append(Finding("no_video", what, say("Give a file with a video in it.")))
        elif video is None:
            what = say("There is no picture in it.")
            found.append(Finding("no_video", what, say("Give a file with a video in it.")))
        elif video.codec == "unknown":
            what = say("This FFmpeg does not know the picture's codec, so nothing of it was looked at.")
            found.append(
                Finding("undecodable", what, say("Export it as H.264, if Bilibili does not take it."))
            )
        else:
            videos[0].thread_type = "AUTO"
            heard = audios[0] if audio is not None and audio.codec != "unknown" else None
            samples = Sampler(container, videos[0], heard, self._stop).take(length)
            ends = list(of_end(samples, length))
            found += [
                *ends,
                *of_picture(samples, is_truncated=bool(ends)),
                *of_sound(samples, has_sound=audio is not None),
            ]
        return Media(self._size, container.format.name, length or None, video, audio, tuple(found))

    def _too_large(self) -> Iterator[Finding]:
        if self._size > self._max_size:
            size, most = size_text(self._size), size_text(self._max_size)
            what = say("It has {size}; {most} are allowed.", size=size, most=most)
            yield Finding("too_large", what, say("Divide it, or encode it anew with a lower bit rate."))

    def _too_long(self, length: float) -> Iterator[Finding]:
        if length > self._max_duration:
            hours, most = length / 3600, self._max_duration / 3600
            what = say(
                "It lasts {hours:.1f} hours; more than {most:g} hours are rejected after the upload.",
                hours=hours,
                most=most,
            )
            yield Finding("too_long", what, say("Divide it into several parts."))


def _head(source: Source) -> bytes:
    head = memoryview(bytearray(min(source.size(), 12)))
    source.read_into(0, head)
    return bytes(head)


def _length(container: InputContainer, videos: list[VideoStream]) -> float:
    """Return how many seconds it lasts; 0: the file does not say."""
    if container.duration:
        return max(0.0, container.duration / 1_000_000)
    stream = videos[0] if videos else None
    return float((stream.duration or 0) * (stream.time_base or 0)) if stream is not None else 0.0


def _codec(stream: VideoStream | AudioStream) -> str:
    context: Any = stream.codec_context  # None where no decoder was found, whatever the annotation says
    return "unknown" if context is None else context.codec.canonical_name


def _video_track(stream: VideoStream) -> VideoTrack:
    codec = _codec(stream)
    if codec == "unknown":
        return VideoTrack(codec, 0, 0, None)
    rate = stream.average_rate or stream.guessed_rate
    return VideoTrack(codec, stream.width, stream.height, float(rate) if rate else None)


def _audio_track(stream: AudioStream) -> AudioTrack:
    codec = _codec(stream)
    if codec == "unknown":
        return AudioTrack(codec, 0, 0)
    return AudioTrack(codec, stream.channels, stream.sample_rate or 0)
