"""Looks into a video at places spread over it: does it decode, can anything be seen and heard.

The work is bounded: a dozen places, a few frames each, and the last second, however long the video is.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable

    from av import AudioFrame, VideoFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

PLACES: Final = 12
"""Places that are looked at."""
FRAMES: Final = 3
"""Frames of the picture that are decoded at a place."""
SOUND: Final = 0.5
"""Seconds of the sound that are decoded at a place."""
PACKETS: Final = 2000
"""Packets that are read at a place at most: badly interleaved files have picture and sound far apart."""
BYTES: Final = 32 * 1024 * 1024
"""Bytes of them."""
LAST: Final = 1.0
"""Seconds before the end from where on everything is read."""
DARK: Final = 32
"""Grey level (0 to 255) that nothing in a black picture exceeds, the noise of a covered lens included."""
QUIET: Final = 33
"""Amplitude (of 32768) that counts as silence: -60 dBFS, far below the noise of any microphone."""
RATE: Final = 8000
"""Samples a second that the sound is reduced to before it is measured."""
_MICROSECONDS: Final = 1_000_000


@dataclass(slots=True)
class Samples:
    """What was found.

    Attributes:
        places: Places that were looked at; only one where nobody knows how long the video is.
        frames: Frames of the picture that were decoded.
        brightest: The highest grey level in any of them, 0 to 255.
        blocks: Frames of the sound that were decoded.
        loudest: The highest amplitude in any of them, 0 to 32768.
        damaged: Where nothing, or nothing whole, could be decoded, in seconds.
        end: Where the last packet ends, in seconds; None: nobody knows.
        is_cut: Whether the last packet is incomplete.
    """

    places: int = 0
    frames: int = 0
    brightest: int = 0
    blocks: int = 0
    loudest: int = 0
    damaged: list[float] = field(default_factory=list[float])
    end: float | None = None
    is_cut: bool = False


class Sampler:
    """Takes samples of an open video."""

    def __init__(
        self,
        container: InputContainer,
        video: VideoStream,
        audio: AudioStream | None,
        stop: threading.Event,
    ) -> None:
        from av import AudioResampler  # noqa: PLC0415 - an extra, and large
        from av.error import FFmpegError  # noqa: PLC0415 - as above

        self.found = Samples()
        self._container = container
        self._video = video
        self._audio = audio
        self._streams = [video] if audio is None else [video, audio]
        self._stop = stop
        self._error: type[Exception] = FFmpegError
        self._mono = AudioResampler("s16", "mono", RATE)
        self._begin = (container.start_time or 0) / _MICROSECONDS

    def take(self, length: float) -> Samples:
        """Look at all places of a video of so many seconds; 0: nobody knows, so only at its beginning."""
        if length:
            self._read_end(length)
        reached = length if self.found.end is None else min(length, self.found.end)
        places = [(number + 0.5) / PLACES * reached for number in range(PLACES)] if length else [0.0]
        for place in places:
            if self._stop.is_set():
                break
            self.found.places += 1
            if not self._look_at(place, is_sought=bool(length)):
                self.found.damaged.append(place)
        return self.found

    def _look_at(self, place: float, *, is_sought: bool) -> bool:
        """Decode a little from here on; return whether the picture is whole."""
        with suppress(self._error):
            if is_sought:
                self._seek(place)
            return self._decode(self._container.demux(self._streams))
        return False

    def _seek(self, place: float) -> None:
        self._container.seek(round((place + self._begin) * _MICROSECONDS))

    def _decode(self, packets: Iterable[Packet[Any]]) -> bool:
        """Decode frames of both streams until there are enough; return whether the picture is whole."""
        pictures, heard, read, whole = 0, 0.0, 0, True
        for number, packet in enumerate(packets):
            read += packet.size or 0
            if packet.stream is self._video and pictures < FRAMES:
                for frame in _frames(packet):
                    pictures += 1
                    whole = whole and not frame.is_corrupt
                    self._see(frame)
            elif self._audio is not None and packet.stream is self._audio and heard < SOUND:
                heard += sum(self._hear(frame) for frame in self._heard_in(packet))
            enough = pictures >= FRAMES and (self._audio is None or heard >= SOUND)
            if enough or self._stop.is_set():
                return whole
            if number >= PACKETS or read >= BYTES:
                return whole and pictures > 0
        return whole  # the end: behind the last key frame there may be nothing that decodes by itself

    def _heard_in(self, packet: Packet[Any]) -> list[AudioFrame]:
        try:
            return _frames(packet)
        except self._error:  # a click: the picture decides whether a place is damaged
            return []

    def _see(self, frame: VideoFrame) -> None:
        small = frame.reformat(min(frame.width, 64), min(frame.height, 64), "gray")
        plane = small.planes[0]
        rows = bytes(plane)
        self.found.frames += 1
        for start in range(0, small.height * plane.line_size, plane.line_size):
            self.found.brightest = max(self.found.brightest, *rows[start : start + small.width])

    def _hear(self, frame: AudioFrame) -> float:
        """Measure a frame of the sound, and return how many seconds it takes."""
        self.found.blocks += 1
        for mono in self._mono.resample(frame):
            samples = memoryview(bytes(mono.planes[0])).cast("h")[: mono.samples]
            self.found.loudest = max(self.found.loudest, *map(abs, samples), 0)
        return frame.samples / frame.sample_rate if frame.sample_rate else 0.0

    def _read_end(self, length: float) -> None:
        """Find out where it ends: read the last second, else from ever earlier places on."""
        earlier = (number / PLACES * length for number in reversed(range(PLACES)))
        for start in (max(0.0, length - LAST), *earlier):
            with suppress(self._error):
                self._seek(start)
                at_end = self._read_on()
                if not at_end and start == max(0.0, length - LAST):
                    self.found.end = None  # more than is worth reading, hence nobody knows
                    return
            if self.found.end is not None:
                return

    def _read_on(self) -> bool:
        """Read from here on without decoding; return whether that came to the end."""
        read = 0
        for number, packet in enumerate(self._container.demux(self._streams)):
            self._note_end(packet)
            read += packet.size or 0
            if number >= PACKETS or read >= BYTES or self._stop.is_set():
                return False
        return True

    def _note_end(self, packet: Packet[Any]) -> None:
        self.found.is_cut = self.found.is_cut or packet.is_corrupt
        if packet.pts is not None:
            end = float((packet.pts + (packet.duration or 0)) * packet.time_base) - self._begin
            self.found.end = max(self.found.end or 0.0, end)


def _frames(packet: Packet[Any]) -> list[Any]:
    """Decode a packet; of which kind its frames are depends on its stream, as no annotation says."""
    return cast("list[Any]", packet.decode())
