"""What is found out about a video before it is uploaded."""

from __future__ import annotations

import io
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import pytest
from PIL import Image
from tests.films import RATE, film, scene

import bilibili_api.apps.cli
from bilibili_api.exceptions import ExtraMissing
from bilibili_api.media import AudioTrack, Media, VideoTrack, inspect

if TYPE_CHECKING:
    from collections.abc import Iterable

WITH_SOUND = Path(bilibili_api.apps.cli.__file__).parent / "media" / "P1.mp4"
SIZE = (64, 36)
DARK = Image.new("RGB", SIZE, "black")
LONG = 40
"""Frames of the films here: four seconds."""


@cache
def pictures() -> tuple[Image.Image, ...]:
    """Four scenes."""
    drawn = [scene(number, SIZE) for number in range(4)]
    return tuple(drawn[number * len(drawn) // LONG] for number in range(LONG))


def talkie(path: Path, frames: Iterable[Image.Image], amplitude: int) -> Path:
    """Write a film with a hum."""
    library: Any = av
    with library.open(path, "w") as container:
        video = container.add_stream("mpeg4", rate=RATE, width=SIZE[0], height=SIZE[1], pix_fmt="yuv420p")
        audio = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        hum = b"".join(v.to_bytes(2, "little", signed=True) for v in (amplitude, -amplitude) * 400)
        for number, picture in enumerate(frames):
            frame = library.VideoFrame.from_image(picture)
            frame.pts = number
            container.mux(video.encode(frame))
            sound = library.AudioFrame(format="s16", layout="mono", samples=800)
            sound.planes[0].update(hum)
            sound.sample_rate, sound.pts = 8000, number * 800
            container.mux(audio.encode(sound))
        for stream in (video, audio):
            container.mux(stream.encode())
    return path


def front(path: Path) -> Path:
    """Write a film whose index stands before its pictures."""
    library: Any = av
    target = path.with_name("front.mp4")
    with (
        library.open(film(path, pictures())) as old,
        library.open(target, "w", options={"movflags": "faststart"}) as new,
    ):
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(old.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                new.mux(packet)
    return target


def bare(path: Path) -> Path:
    """Take the packets of a film out of their container, and their times with it."""
    library: Any = av
    with library.open(path) as container:
        packets = [bytes(packet) for packet in container.demux(container.streams.video[0])]
        head = container.streams.video[0].codec_context.extradata or b""
    target = path.with_suffix(".bare")
    target.write_bytes(head + b"".join(packets))
    return target


def kinds(media: Media) -> list[str]:
    """What was found, but for the sound, which most films here are without."""
    return [finding.kind for finding in media.findings if finding.kind != "silent"]


def cut(path: Path, share: float) -> Path:
    """Keep only the beginning of a file."""
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    return path


class TestWhatItIs:
    async def test_container_length_and_tracks_are_told(self) -> None:
        """A video that is well has no findings."""
        found = await inspect(WITH_SOUND)
        assert found.is_fine
        assert (found.container.split(",")[0], found.duration, found.size) == (
            "mov",
            pytest.approx(6, abs=0.2),
            WITH_SOUND.stat().st_size,
        )
        assert found.video == VideoTrack("h264", 640, 360, 25.0)
        assert found.audio == AudioTrack("aac", 1, 44100)

    async def test_a_stream_is_left_where_it_was(self) -> None:
        """The caller's own stream is looked at, and neither closed nor moved."""
        stream = io.BytesIO(WITH_SOUND.read_bytes())
        stream.seek(5)
        assert (await inspect(stream)).is_fine
        assert stream.tell() == 5

    async def test_without_pyav_it_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The library comes with an extra."""
        monkeypatch.setitem(sys.modules, "av", None)
        with pytest.raises(ExtraMissing, match="'media'"):
            await inspect(WITH_SOUND)


class TestWhole:
    @pytest.mark.parametrize("name", ["a.mkv", "a.flv", "a.ts", "a.avi", "a.mp4"])
    async def test_a_whole_video_is_fine(self, tmp_path: Path, name: str) -> None:
        """Nothing is found in a film that plays."""
        codec = "flv1" if name.endswith("flv") else "mpeg4"
        assert kinds(await inspect(film(tmp_path / name, pictures(), codec=codec))) == []

    @pytest.mark.parametrize("name", ["a.mkv", "a.flv", "a.avi", "a.mp4"])
    async def test_a_part_of_a_video_is_truncated(self, tmp_path: Path, name: str) -> None:
        """A copy that did not come to its end is found, in every container that tells its length."""
        codec = "flv1" if name.endswith("flv") else "mpeg4"
        path = cut(film(tmp_path / name, pictures(), codec=codec), 0.4)
        assert "truncated" in kinds(await inspect(path))

    async def test_an_mp4_with_its_index_in_front_is_truncated(self, tmp_path: Path) -> None:
        """It opens as if all were well; only its end is missing."""
        found = await inspect(cut(front(tmp_path / "a.mp4"), 0.4))
        assert kinds(found) == ["truncated"]
        assert "lasts 4 seconds" in found.findings[0].what

    async def test_an_index_alone_is_no_video(self, tmp_path: Path) -> None:
        """Of the picture itself nothing was copied."""
        path = front(tmp_path / "a.mp4")
        whole = path.read_bytes()
        path.write_bytes(whole[: whole.index(b"mdat") + 4])
        assert "damaged" in kinds(await inspect(path))

    async def test_a_hole_in_the_picture_is_damage(self, tmp_path: Path) -> None:
        """The places that do not decode are named."""
        path = film(tmp_path / "a.mp4", pictures())
        whole = bytearray(path.read_bytes())
        third = len(whole) // 3
        whole[third : third + len(whole) // 4] = bytes(len(whole) // 4)
        path.write_bytes(whole)
        found = await inspect(path)
        assert kinds(found) == ["damaged"]
        assert "of 12 places" in found.findings[0].what

    @pytest.mark.parametrize("content", [b"", b"no video at all " * 100])
    async def test_what_is_no_video_is_unreadable(self, tmp_path: Path, content: bytes) -> None:
        """That is a finding, no error: others are still looked at."""
        path = tmp_path / "a.mp4"
        path.write_bytes(content)
        assert kinds(await inspect(path)) == ["unreadable"]

    async def test_a_file_that_is_not_there_is_unreadable(self, tmp_path: Path) -> None:
        """The same."""
        assert kinds(await inspect(tmp_path / "none.mp4")) == ["unreadable"]

    @pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
    async def test_a_single_picture_is_no_video(self, tmp_path: Path, kind: str) -> None:
        """A cover may have been named by mistake."""
        scene(1).save(path := tmp_path / f"cover.{kind}")
        assert kinds(await inspect(path)) == ["no_video"]

    async def test_sound_alone_is_no_video(self, tmp_path: Path) -> None:
        """Bilibili takes pictures that move."""
        library: Any = av
        with library.open(tmp_path / "a.wav", "w") as container:
            stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
            frame = library.AudioFrame(format="s16", layout="mono", samples=800)
            frame.sample_rate = 8000
            container.mux(stream.encode(frame))
        assert kinds(await inspect(tmp_path / "a.wav")) == ["no_video"]


class TestWhatCanBeSeenAndHeard:
    async def test_a_black_video_is_found(self, tmp_path: Path) -> None:
        """Wherever it is looked at, there is nothing to see."""
        path = film(tmp_path / "a.mkv", [DARK] * LONG)
        assert kinds(await inspect(path)) == ["black"]

    async def test_one_bright_scene_is_no_black_video(self, tmp_path: Path) -> None:
        """A dark beginning is nothing to complain of."""
        frames = [*[DARK] * (LONG // 2), *pictures()[: LONG // 2]]
        assert kinds(await inspect(film(tmp_path / "a.mkv", frames))) == []

    async def test_a_dark_beginning_of_a_live_recording_says_nothing(self, tmp_path: Path) -> None:
        """Where nobody knows how long it is, only the beginning is looked at."""
        raw = tmp_path / "a.m4v"  # a bare stream, as a recorder leaves it
        film(raw, [DARK] * LONG)
        path = bare(raw)
        assert (await inspect(path)).duration is None
        assert kinds(await inspect(path)) == []

    @pytest.mark.parametrize(("amplitude", "found"), [(0, ["silent"]), (4000, [])])
    async def test_silence_is_found(self, tmp_path: Path, amplitude: int, found: list[str]) -> None:
        """A microphone that was off is told from one that was on."""
        media = await inspect(talkie(tmp_path / "a.mkv", pictures(), amplitude))
        assert [finding.kind for finding in media.findings] == found

    async def test_no_sound_track_is_silent(self, tmp_path: Path) -> None:
        """A video without any sound is told as such."""
        found = await inspect(film(tmp_path / "a.mkv", pictures()))
        assert [finding.kind for finding in found.findings] == ["silent"]
        assert found.audio is None


class TestLimits:
    async def test_more_bytes_than_allowed_are_found(self) -> None:
        """Whoever knows the account's limit passes it."""
        assert kinds(await inspect(WITH_SOUND, max_size=1000)) == ["too_large"]

    async def test_a_longer_video_than_allowed_is_found(self) -> None:
        """Ten hours are, by default."""
        assert kinds(await inspect(WITH_SOUND, max_duration=5)) == ["too_long"]
