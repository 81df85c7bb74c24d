"""Frames of a video that would do well as its cover, chosen through PyAV."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import threading
import wave
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat
from tests.films import BLACK, RATE, SIZE, WHITE, blurred, dissolve, film, scene

from bilibili_api.cover import Candidate, auto, candidates, contact_sheet
from bilibili_api.engine.check import check_cover
from bilibili_api.engine.looks import Looks, looks_of, usual_motion
from bilibili_api.exceptions import ArgsException, ExtraMissing, InvalidCover

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bilibili_api.cover import Ratio

SCENES = [scene(seed) for seed in range(1, 7)]
library: Any = av
"""PyAV; most of it is not annotated."""


def distance(one: Image.Image, other: Image.Image) -> float:
    """Return how much two pictures differ on average, in levels of 0 to 255."""
    difference = ImageChops.difference(one.convert("L"), ImageOps.fit(other.convert("L"), one.size))
    return ImageStat.Stat(difference).mean[0]


def scenes_of(chosen: Iterable[Candidate]) -> list[int]:
    """Return which of `SCENES` each candidate shows."""
    return [min(range(len(SCENES)), key=lambda i: distance(one.image, SCENES[i])) for one in chosen]


def content_of(path: Path) -> bytes:
    return path.read_bytes()


def seconds(picture: Image.Image, length: float) -> list[Image.Image]:
    return [picture] * round(length * RATE)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Black, then six scenes of two seconds, with a flash, a blur and a fade between them, then black."""
    frames = seconds(BLACK, 2)
    for number, picture in enumerate(SCENES):
        following = SCENES[(number + 1) % len(SCENES)]
        frames += [*seconds(picture, 2), *dissolve(picture, following, 6)]
    frames += [*seconds(WHITE, 1), *seconds(blurred(SCENES[0]), 1), *seconds(BLACK, 2)]
    return film(tmp_path_factory.mktemp("story") / "story.mp4", frames)


class TestChoice:
    async def test_a_video_that_starts_black_gets_no_black_cover(self, tmp_path: Path) -> None:
        """The frame that players show before they play is seldom a good one."""
        path = film(
            tmp_path / "v.mp4", [*seconds(BLACK, 3), *dissolve(BLACK, SCENES[0], 5), *seconds(SCENES[0], 1)]
        )
        best = (await candidates(path, 1))[0]
        assert distance(best.image, SCENES[0]) < 5
        assert (best.time >= 3, best.flaw) == (True, "")

    async def test_neither_black_nor_white_nor_blurred_nor_mixed_frames_are_chosen(self, story: Path) -> None:
        """Each candidate is one of the scenes as it is."""
        for one in await candidates(story):
            assert min(distance(one.image, picture) for picture in SCENES) < 6

    async def test_candidates_differ(self, story: Path) -> None:
        """Six scenes give six candidates, one of each."""
        assert sorted(scenes_of(await candidates(story))) == [0, 1, 2, 3, 4, 5]

    async def test_the_best_comes_first(self, story: Path) -> None:
        """And is the one with the highest score."""
        scores = [one.score for one in await candidates(story)]
        assert scores[0] == max(scores)

    async def test_scores_lie_between_0_and_1(self, story: Path) -> None:
        """Whatever is measured."""
        assert all(0 <= one.score <= 1 for one in await candidates(story, 24))

    async def test_the_same_file_gives_the_same_candidates(self, story: Path) -> None:
        """Number 3 of a sheet is still number 3 when it is picked."""
        assert await candidates(story) == await candidates(story)

    async def test_fewer_candidates_are_the_first_of_more(self, story: Path) -> None:
        """Their numbers do not depend on how many are wanted."""
        assert await candidates(story, 3) == (await candidates(story, 8))[:3]

    async def test_times_are_those_of_the_frames(self, tmp_path: Path) -> None:
        """In seconds from the beginning."""
        path = film(
            tmp_path / "v.mp4", [*seconds(BLACK, 4), *seconds(SCENES[0], 1), *seconds(BLACK, 4)], gop=1
        )
        assert 4 <= (await candidates(path, 1))[0].time < 5

    async def test_a_video_of_nothing_but_black_still_has_candidates(self, tmp_path: Path) -> None:
        """They say what is wrong with them."""
        found = await candidates(film(tmp_path / "v.mp4", seconds(BLACK, 2)), 2)
        assert [(one.flaw, one.score < 0.01) for one in found] == [("black", True)] * 2

    async def test_a_video_of_one_frame_has_one_candidate(self, tmp_path: Path) -> None:
        """There are no more than there are frames."""
        assert len(await candidates(film(tmp_path / "v.mp4", [SCENES[0]]))) == 1

    async def test_frames_far_from_key_frames_are_found(self, tmp_path: Path) -> None:
        """A short video often has a single key frame; its scenes are found nevertheless."""
        frames = [picture for one in SCENES[:3] for picture in seconds(one, 2)]
        path = film(tmp_path / "v.mp4", [*seconds(BLACK, 1), *frames], gop=1000)
        assert set(scenes_of(await candidates(path, 3))) == {0, 1, 2}

    async def test_a_video_that_is_never_calm_is_not_blamed_for_it(self, tmp_path: Path) -> None:
        """What moves is judged by how much else moves in the video."""
        wide = scene(3, (SIZE[0] * 2, SIZE[1]))
        frames = [wide.crop((x, 0, x + SIZE[0], SIZE[1])) for x in range(0, SIZE[0], 5)]
        assert all(one.flaw == "" for one in await candidates(film(tmp_path / "v.mp4", frames, gop=2)))


class TestFiles:
    @pytest.mark.parametrize(
        ("name", "codec"),
        [
            ("v.mp4", "libx264"),
            ("v.mkv", "libx264"),
            ("v.flv", "flv"),
            ("v.ts", "mpeg2video"),
            ("v.avi", "mjpeg"),
            ("v.webm", "libvpx"),
        ],
    )
    async def test_usual_containers_are_read(self, tmp_path: Path, name: str, codec: str) -> None:
        """All that people upload."""
        more: dict[str, Any] = {"pix_fmt": "yuvj420p"} if codec == "mjpeg" else {}
        path = film(
            tmp_path / name, [*seconds(BLACK, 2), *seconds(SCENES[0], 2)], codec=codec, rate=25, **more
        )
        assert distance((await candidates(path, 1))[0].image, SCENES[0]) < 8

    @pytest.mark.parametrize("name", ["v.h264", "v.m4v"])
    async def test_a_video_of_unknown_length_is_read_from_its_beginning(
        self, tmp_path: Path, name: str
    ) -> None:
        """Raw streams and broken recordings do not say how long they are."""
        codec = "libx264" if name.endswith("h264") else "mpeg4"
        path = film(tmp_path / name, [*seconds(BLACK, 1), *seconds(SCENES[0], 2)], codec=codec)
        assert distance((await candidates(path, 1))[0].image, SCENES[0]) < 8

    async def test_a_stream_stays_open_and_where_it_was(self, story: Path) -> None:
        """It is the caller's."""
        with story.open("rb") as stream:
            stream.seek(7)
            assert await candidates(stream) == await candidates(story)
            assert (stream.tell(), stream.closed) == (7, False)

    async def test_bytes_in_memory_are_read(self, story: Path) -> None:
        """Any seekable stream will do."""
        assert await candidates(io.BytesIO(content_of(story))) == await candidates(story)

    async def test_a_name_that_looks_like_an_address_is_a_file(self, tmp_path: Path) -> None:
        """FFmpeg's own schemes are not followed."""
        path = film(tmp_path / "v.mp4", seconds(SCENES[0], 1)).rename(tmp_path / "concat:a|b.mp4")
        assert await candidates(path, 1)

    @pytest.mark.parametrize(
        "playlist",
        [
            "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{}/v.ts\n#EXT-X-ENDLIST\n",
            "ffconcat version 1.0\nfile v.ts\n",
        ],
        ids=["m3u8", "ffconcat"],
    )
    async def test_a_playlist_leads_nowhere(self, tmp_path: Path, playlist: str) -> None:
        """A file that only names other files opens none of them."""
        film(tmp_path / "v.ts", seconds(SCENES[0], 1), codec="mpeg2video", rate=25)
        (tmp_path / "list").write_text(playlist.format(tmp_path))
        with pytest.raises(InvalidCover):
            await candidates(tmp_path / "list")

    async def test_hours_are_read_in_small_pieces(self, tmp_path: Path) -> None:
        """Of three hours, most of the bytes are never read."""
        content = content_of(hours(tmp_path / "v.mkv"))
        stream = CountingStream(content)
        assert len(await candidates(stream)) == 6
        assert stream.count < 0.3 * len(content)

    async def test_a_phones_video_is_turned_upright(self, tmp_path: Path) -> None:
        """What the file says about its rotation counts."""
        path = film(tmp_path / "v.mp4", seconds(SCENES[0], 1))
        turn_left(path)
        image = (await candidates(path, 1))[0].image
        assert distance(image, SCENES[0].rotate(90, expand=True)) < 6

    async def test_pixels_that_are_not_square_are_stretched(self, tmp_path: Path) -> None:
        """A DVD of 16:9 has pixels that are wider than high."""
        path = film(tmp_path / "v.mkv", seconds(SCENES[0], 1), sample_aspect_ratio=Fraction(2, 1))
        assert (await candidates(path, 1))[0].image.size == (640, 180)

    async def test_large_frames_are_scaled_down(self, tmp_path: Path) -> None:
        """To what a cover needs; a sheet of them fits into memory."""
        path = film(tmp_path / "v.mp4", [scene(1, (3840, 2160))])
        assert (await candidates(path, 1))[0].image.size == (2134, 1200)

    async def test_colours_of_high_definition_are_right(self, tmp_path: Path) -> None:
        """Where the file does not name its matrix, it is that of BT.709."""
        frame = library.VideoFrame.from_image(Image.new("RGB", (1280, 720), (200, 30, 30)))
        path = tmp_path / "v.mp4"
        with library.open(path, "w") as container:
            stream = container.add_stream("mpeg4", rate=10, width=1280, height=720, pix_fmt="yuv420p")
            right = frame.reformat(format="yuv420p", dst_colorspace="ITU709")
            container.mux([*stream.encode(right), *stream.encode()])
        red, green, blue = ImageStat.Stat((await candidates(path, 1))[0].image).mean
        assert max(abs(red - 200), abs(green - 30), abs(blue - 30)) < 6


class CountingStream(io.BytesIO):
    """Counts the bytes that are read from it."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data

    def readinto(self, buffer: Any, /) -> int:
        got = super().readinto(buffer)
        self.count += got
        return got


def hours(path: Path) -> Path:
    """Write a video of three hours: one frame, repeated every three seconds."""
    with library.open(path, "w") as container:
        stream = container.add_stream("mjpeg", rate=1, width=640, height=360, pix_fmt="yuvj420p")
        stream.time_base = Fraction(1, 1)
        stream.bit_rate = 8_000_000
        frame = library.VideoFrame.from_image(scene(1, (640, 360)))
        frame.pts = 0
        (packet,) = [*stream.encode(frame), *stream.encode()]
        content = bytes(packet)
        for number in range(3600):
            again = library.Packet(content)
            again.stream, again.time_base, again.is_keyframe = stream, Fraction(1, 1), True
            again.pts = again.dts = 3 * number
            container.mux(again)
    return path


def turn_left(path: Path) -> None:
    """Write into an MP4 that it is shown turned by a quarter anticlockwise."""
    content = bytearray(path.read_bytes())
    start = content.index(b"tkhd") + 4 + 40
    one, minus_one = (1 << 16).to_bytes(4, "big"), (-(1 << 16)).to_bytes(4, "big", signed=True)
    nothing, unit = bytes(4), (1 << 30).to_bytes(4, "big")
    content[start : start + 36] = b"".join(
        (nothing, minus_one, nothing, one, nothing, nothing, nothing, nothing, unit)
    )
    path.write_bytes(content)


REFUSED = {
    "words": (b"no video, but words", "cannot be decoded"),
    "an empty file": (b"", "is empty"),
    "zeros": (bytes(100_000), "cannot be decoded"),
}


class TestRefusals:
    @pytest.mark.parametrize(("content", "said"), REFUSED.values(), ids=REFUSED)
    async def test_what_is_no_video_is_one_kind_of_error(
        self, tmp_path: Path, content: bytes, said: str
    ) -> None:
        """It says what is wrong and what to give instead."""
        path = tmp_path / "v.mp4"
        path.write_bytes(content)
        with pytest.raises(InvalidCover, match=said) as caught:
            await candidates(path)
        assert caught.value.hint

    async def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        """As everywhere."""
        with pytest.raises(InvalidCover, match=r"gone\.mp4.*No such file"):
            await candidates(tmp_path / "gone.mp4")

    async def test_a_video_cut_short_is_read_as_far_as_it_goes(self, tmp_path: Path) -> None:
        """A recording that broke off has frames all the same."""
        path = film(tmp_path / "v.mkv", [*seconds(SCENES[0], 2), *seconds(SCENES[1], 2)])
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        assert scenes_of(await candidates(path, 1)) == [0]

    async def test_sound_alone_has_no_frames(self, tmp_path: Path) -> None:
        """The error says so."""
        path = tmp_path / "song.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(bytes(16_000))
        with pytest.raises(InvalidCover, match="no video in this file"):
            await candidates(path)

    @pytest.mark.parametrize("k", [0, -1, 25])
    async def test_an_impossible_number_is_refused(self, story: Path, k: int) -> None:
        """One to 24 are offered."""
        with pytest.raises(ArgsException, match="candidates cannot be had"):
            await candidates(story, k)

    async def test_without_pyav_the_error_says_how_to_get_it(
        self, story: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Word for word, to be copied into a terminal."""
        monkeypatch.setitem(sys.modules, "av.error", None)
        with pytest.raises(ExtraMissing) as caught:
            await candidates(story)
        assert caught.value.hint == "Run: pip install 'bilibili-video-uploader[media]'"

    def test_pyav_is_loaded_only_when_a_video_is_looked_at(self) -> None:
        """Pictures are prepared without it."""
        code = "import sys; from bilibili_api import cover; print('av' in sys.modules)"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
        )
        assert done.stdout == "False\n"


class TestCancelling:
    async def test_the_thread_lets_go_before_the_task_ends(self, story: Path) -> None:
        """The stream is not read any more once the caller may close it."""
        stream = SlowStream(content_of(story))
        task = asyncio.create_task(candidates(stream))
        await asyncio.to_thread(stream.reading.wait, 30)
        task.cancel()
        stream.go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        stream.close()
        assert not stream.failed


class SlowStream(io.BytesIO):
    """Says when it is read, waits until it may go on, and notes whether it was read after that it was closed."""

    failed = False

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.reading, self.go_on = threading.Event(), threading.Event()

    def read(self, size: int | None = -1, /) -> bytes:
        if size:
            self.reading.set()
            self.go_on.wait(30)
        self.failed = self.failed or self.closed
        return super().read(size)


class TestAuto:
    async def test_the_best_frame_becomes_the_cover(self, story: Path) -> None:
        """It passes the check for covers, and says where it comes from."""
        made, best = await auto(story), (await candidates(story, 1))[0]
        assert list(check_cover(made.content, made.mime)) == []
        assert made.notes[0] == f"It is the frame at {best.time:.1f} seconds."

    @pytest.mark.parametrize(
        ("ratio", "size"), [("16:10", (960, 600)), ("16:9", (1072, 603)), ("4:3", (960, 720))]
    )
    async def test_it_has_the_wanted_ratio(self, story: Path, ratio: Ratio, size: tuple[int, int]) -> None:
        """As with any other picture."""
        made = await auto(story, ratio=ratio)
        assert (made.width, made.height) == size

    async def test_a_cover_that_is_not_good_says_so(self, tmp_path: Path) -> None:
        """Who has a video of black frames learns it before everybody sees it."""
        made = await auto(film(tmp_path / "v.mp4", seconds(BLACK, 1)))
        assert "No frame is really good; this one is black." in made.notes


class TestSheet:
    async def test_it_shows_every_candidate_in_order(self, story: Path) -> None:
        """Three in a row, each cut as the cover would be."""
        found = await candidates(story, 5)
        sheet = contact_sheet(found)
        assert sheet.size == (3 * 496 + 16, 2 * (300 + 40 + 16) + 16)
        first = sheet.crop((16, 16, 16 + 480, 16 + 300))
        assert distance(first, found[0].image.crop((16, 0, 304, 180))) < 3

    async def test_captions_tell_candidates_apart(self) -> None:
        """Number, time and flaw stand below each picture."""
        one, other = (Candidate(time, SCENES[0], 0.5) for time in (1.0, 3723.4))
        sheet = contact_sheet([one, other])
        captions = [sheet.crop((left, 320, left + 480, 350)) for left in (16, 512)]
        assert distance(*captions) > 1

    @pytest.mark.parametrize(("ratio", "height"), [("16:10", 300), ("16:9", 270), ("4:3", 360)])
    def test_it_has_the_ratio_of_the_cover(self, ratio: Ratio, height: int) -> None:
        """One sees what is cut off."""
        assert contact_sheet([Candidate(0, SCENES[0], 0.5)], ratio=ratio).size == (512, height + 72)

    def test_no_candidates_give_no_sheet(self) -> None:
        """But an error that says so."""
        with pytest.raises(ArgsException, match="no candidates"):
            contact_sheet([])


def grey(picture: Image.Image) -> Image.Image:
    return picture.convert("L")


class TestLooks:
    """One flaw is enough to spoil a cover."""

    @pytest.mark.parametrize(
        ("picture", "later", "flaw"),
        [
            (SCENES[0], SCENES[0], ""),
            (BLACK, BLACK, "black"),
            (WHITE, WHITE, "white"),
            (Image.new("RGB", SIZE, "grey"), None, "empty"),
            (blurred(SCENES[0], 20), None, "blurred"),
            (SCENES[0], SCENES[1], "moving"),
        ],
        ids=["good", "black", "white", "empty", "blurred", "moving"],
    )
    def test_each_flaw_has_a_name_and_costs_points(
        self, picture: Image.Image, later: Image.Image | None, flaw: str
    ) -> None:
        """The good one is better than all others."""
        good = looks_of(grey(SCENES[0]), None).score(0)
        looks = looks_of(grey(picture), grey(later) if later else None)
        assert looks.flaw(0) == flaw
        assert looks.score(0) == good if not flaw else looks.score(0) < good / 2

    def test_blur_costs_more_the_stronger_it_is(self) -> None:
        """Sharpness is measured, not guessed."""
        scores = [looks_of(grey(blurred(SCENES[0], radius)), None).score(0) for radius in (0, 1, 2, 4)]
        assert scores == sorted(scores, reverse=True)

    def test_what_is_usual_is_the_middle(self) -> None:
        """Frames without a later one do not count."""
        assert usual_motion([Looks(1, 1, 1, 0, motion) for motion in (None, 1.0, 2.0, 9.0)]) == 2.0
        assert usual_motion([]) == 0.0

    def test_the_smallest_picture_can_be_measured(self) -> None:
        """A video of 2 x 2 pixels is no error."""
        assert looks_of(Image.new("L", (2, 2), 100), None).score(0) == 0
