"""Any picture becomes a cover that Bilibili takes (protocol document, section 5)."""

from __future__ import annotations

import io
import random
import struct
import zlib
from typing import TYPE_CHECKING, Any, Final, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, features

from bilibili_api import cover, sync
from bilibili_api.cover import PreparedCover, prepare
from bilibili_api.engine.check import check_cover
from bilibili_api.exceptions import ArgsException, InvalidCover

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RATIOS: Final = {"16:10": 16 / 10, "16:9": 16 / 9, "4:3": 4 / 3}


SRGB: Final = cast("Any", ImageCms).ImageCmsProfile(cast("Any", ImageCms).createProfile("sRGB")).tobytes()
"""The usual profile; most of the module is not annotated."""


def saved(image: Image.Image, kind: str = "PNG", **settings: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **settings)
    return file.getvalue()


def shown(made: PreparedCover) -> Image.Image:
    return Image.open(io.BytesIO(made.content)).convert("RGB")


def middle(made: PreparedCover) -> tuple[int, ...]:
    return at(made, 0.5, 0.5)


def at(made: PreparedCover, x: float, y: float) -> tuple[int, ...]:
    pixel = shown(made).getpixel((int(made.width * x), int(made.height * y)))
    assert isinstance(pixel, tuple)
    return tuple(int(value) for value in pixel)


def close(one: tuple[int, ...], other: tuple[int, ...], by: int = 6) -> bool:
    return all(abs(a - b) <= by for a, b in zip(one, other, strict=True))


def halves(size: tuple[int, int] = (1000, 800)) -> Image.Image:
    """A picture that is red above and blue below."""
    picture = Image.new("RGB", size, (200, 0, 0))
    picture.paste((0, 0, 200), (0, size[1] // 2, *size))
    return picture


def noise(size: tuple[int, int]) -> Image.Image:
    """What no format can compress."""
    return Image.frombytes("RGB", size, random.Random(1).randbytes(size[0] * size[1] * 3))


class TestWhatIsGiven:
    """A path, bytes, a stream, or an image of Pillow."""

    @pytest.mark.parametrize(
        "kind", ["path", "text path", "bytes", "bytearray", "memoryview", "stream", "file", "image"]
    )
    async def test_each_kind_gives_the_same_cover(self, tmp_path: Path, kind: str) -> None:
        """Where the picture comes from makes no difference."""
        content = saved(halves(), "BMP")
        path = tmp_path / "picture.bmp"
        path.write_bytes(content)
        with path.open("rb") as file:
            kinds: dict[str, Any] = {
                "path": path,
                "text path": str(path),
                "bytes": content,
                "bytearray": bytearray(content),
                "memoryview": memoryview(content),
                "stream": io.BytesIO(content),
                "file": file,
                "image": halves(),
            }
            assert await prepare(kinds[kind]) == await prepare(content)

    async def test_a_stream_stays_open_and_where_it_was(self) -> None:
        """It is the caller's."""
        stream = io.BytesIO(saved(halves()))
        stream.seek(7)
        await prepare(stream)
        assert (stream.tell(), stream.closed) == (7, False)

    async def test_an_image_is_not_changed(self) -> None:
        """It is the caller's, too."""
        image = Image.new("LA", (50, 70), (9, 90))
        before = image.tobytes()
        await prepare(image)
        assert (image.mode, image.size, image.tobytes()) == ("LA", (50, 70), before)

    def test_it_can_be_called_without_a_loop(self) -> None:
        """`sync` works here as everywhere."""
        assert sync(prepare(halves())).width == 1000


class TestPixels:
    """Upright, opaque RGB, whatever it was before."""

    @pytest.mark.parametrize(
        ("orientation", "corner"),
        [
            (1, (0.1, 0.1)),
            (3, (0.9, 0.9)),
            (6, (0.9, 0.1)),
            (8, (0.1, 0.9)),
            (2, (0.9, 0.1)),
            (5, (0.1, 0.1)),
        ],
    )
    async def test_it_is_turned_as_the_camera_says(
        self, orientation: int, corner: tuple[float, float]
    ) -> None:
        """The red corner at the left of the first stored line ends up where EXIF wants it."""
        picture = Image.new("RGB", (1000, 1000), "white")
        picture.paste((200, 0, 0), (0, 0, 400, 400))
        exif = Image.Exif()
        exif[0x0112] = orientation
        made = await prepare(saved(picture, "JPEG", exif=exif))
        assert close(at(made, *corner), (200, 0, 0), 12)

    async def test_damaged_notes_of_the_camera_are_passed_over(self) -> None:
        """The picture can still be seen."""
        exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\xff\xff\xff\x7f\xff\xff\xff\x7f"
        made = await prepare(saved(Image.new("RGB", (1000, 625), "teal"), exif=exif))
        assert close(middle(made), (0, 128, 128))

    async def test_a_portrait_is_turned_before_it_is_cut(self) -> None:
        """A picture that lies on its side in the file is landscape only on the screen."""
        exif = Image.Exif()
        exif[0x0112] = 6
        made = await prepare(saved(Image.new("RGB", (1000, 1600), "teal"), "JPEG", exif=exif))
        assert (made.width, made.height) == (1600, 1000)

    async def test_nothing_but_pixels_is_sent(self) -> None:
        """Neither the place nor the camera nor comments survive."""
        exif = Image.Exif()
        exif[0x010E] = "where I live"
        content = saved(halves(), "JPEG", exif=exif, comment=b"where I live")
        assert b"where I live" in content
        assert b"where I live" not in (await prepare(content)).content

    @pytest.mark.parametrize("mode", ["RGBA", "LA"])
    async def test_what_is_transparent_becomes_white(self, mode: str) -> None:
        """And the notes say so."""
        made = await prepare(saved(Image.new("RGBA", (1000, 625), (255, 0, 0, 0)).convert(mode)))
        assert (middle(made), made.notes) == ((255, 255, 255), ("What is transparent becomes white.",))

    async def test_a_palette_with_a_transparent_colour_becomes_white_there(self) -> None:
        """As in most GIF and many PNG files."""
        picture = Image.new("P", (1000, 625), 0)
        picture.putpalette([255, 0, 0, 0, 255, 0])
        assert middle(await prepare(saved(picture, transparency=0))) == (255, 255, 255)

    async def test_half_transparent_pixels_are_mixed_with_white(self) -> None:
        """As they look on a white page."""
        assert close(middle(await prepare(Image.new("RGBA", (1000, 625), (0, 0, 0, 128)))), (127, 127, 127))

    @pytest.mark.parametrize(
        ("mode", "colour", "expected"),
        [
            ("1", 1, (255, 255, 255)),
            ("L", 100, (100, 100, 100)),
            ("CMYK", (0, 255, 255, 0), (255, 0, 0)),
            ("YCbCr", (76, 85, 255), (254, 0, 0)),
            ("HSV", (0, 255, 255), (255, 0, 0)),
            ("I;16", 40_000, (155, 155, 155)),
            ("I", 40_000, (155, 155, 155)),
            ("I", 200, (200, 200, 200)),
            ("F", 0.5, (127, 127, 127)),
        ],
    )
    async def test_every_mode_becomes_rgb(self, mode: str, colour: Any, expected: tuple[int, ...]) -> None:
        """Colours look as before; more than 8 bits are scaled, not cut off."""
        assert close(middle(await prepare(Image.new(mode, (1000, 625), colour))), expected)

    async def test_measured_values_of_any_range_are_stretched(self) -> None:
        """A float picture from -10 to 1000 has its darkest pixel black and its lightest white."""
        picture = Image.new("F", (1000, 1000), -10.0)
        picture.paste(1000.0, (500, 0, 1000, 1000))
        made = await prepare(picture)
        assert close((*at(made, 0.2, 0.5), *at(made, 0.8, 0.5)), (0, 0, 0, 255, 255, 255))

    @pytest.mark.parametrize(("kind", "settings"), [("JPEG", {}), ("TIFF", {})])
    async def test_files_for_printing_are_read(self, kind: str, settings: dict[str, Any]) -> None:
        """CMYK, as print shops deliver it."""
        picture = Image.new("CMYK", (1000, 625), (0, 255, 255, 0))
        assert close(middle(await prepare(saved(picture, kind, **settings))), (255, 0, 0), 8)

    async def test_16_bit_files_keep_their_brightness(self) -> None:
        """A grey PNG of 16 bits is not blown out."""
        assert close(middle(await prepare(saved(Image.new("I;16", (1000, 625), 0x8000)))), (128, 128, 128))

    async def test_colours_of_another_profile_are_converted(self) -> None:
        """Where a profile says that red light is blue, red pixels become blue ones."""
        icc = SRGB.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
        made = await prepare(saved(Image.new("RGB", (1000, 625), (200, 0, 0)), icc_profile=icc))
        assert close(middle(made), (0, 0, 200))

    async def test_a_damaged_profile_is_passed_over(self) -> None:
        """The picture can still be seen."""
        made = await prepare(saved(Image.new("RGB", (1000, 625), "teal"), icc_profile=b"no profile"))
        assert middle(made) == (0, 128, 128)

    @pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
    async def test_of_several_pictures_the_first_is_taken(self, kind: str) -> None:
        """And the notes say so."""
        first, second = Image.new("RGB", (1000, 625), "red"), Image.new("RGB", (1000, 625), "blue")
        made = await prepare(saved(first, kind, save_all=True, append_images=[second]))
        assert close(middle(made), (255, 0, 0))
        assert made.notes == ("It holds several pictures; the first one is taken.",)

    async def test_a_phones_jpeg_with_a_second_picture_is_a_picture(self) -> None:
        """MPO is what many phones write as .jpg; nothing about it is worth a note."""
        first, second = Image.new("RGB", (1000, 625), "red"), Image.new("RGB", (100, 60), "blue")
        content = saved(first, "MPO", save_all=True, append_images=[second])
        made = await prepare(content)
        assert (close(middle(made), (255, 0, 0)), made.notes) == (True, ())
        assert list(check_cover(content, "image/jpeg")) == []

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
    async def test_every_usual_kind_of_file_is_read(self, kind: str) -> None:
        """Red above, blue below; AVIF where Pillow was built with it."""
        if kind == "AVIF" and not features.check("avif"):
            pytest.skip("this Pillow has no AVIF")
        made = await prepare(saved(halves(), kind))
        assert close((*at(made, 0.5, 0.2), *at(made, 0.5, 0.8)), (200, 0, 0, 0, 0, 200), 10)


class TestSize:
    """The ratio that was asked for, 960 x 600 or more, cut from the middle."""

    @pytest.mark.parametrize(
        ("given", "ratio", "made"),
        [
            ((1146, 717), "16:10", (1144, 715)),
            ((960, 600), "16:10", (960, 600)),
            ((1920, 1080), "16:10", (1728, 1080)),
            ((1920, 1080), "16:9", (1920, 1080)),
            ((1920, 1080), "4:3", (1440, 1080)),
            ((4000, 3000), "16:10", (1920, 1200)),
            ((4000, 3000), "16:9", (1920, 1080)),
            ((4000, 3000), "4:3", (1600, 1200)),
            ((100, 100), "16:10", (960, 600)),
            ((100, 100), "16:9", (1072, 603)),
            ((100, 100), "4:3", (960, 720)),
        ],
    )
    async def test_it_becomes_as_large_as_sensible(
        self, given: tuple[int, int], ratio: cover.Ratio, made: tuple[int, int]
    ) -> None:
        """Not enlarged without need, not larger than covers are shown."""
        result = await prepare(Image.new("RGB", given, "teal"), ratio=ratio)
        assert (result.width, result.height) == made == shown(result).size

    @settings(max_examples=60, deadline=None)
    @given(
        st.integers(1, 3000),
        st.integers(1, 3000),
        st.sampled_from(["16:10", "16:9", "4:3"]),
        st.sampled_from(["RGB", "L", "RGBA", "P"]),
    )
    def test_any_size_gets_the_exact_ratio_and_is_large_enough(
        self, width: int, height: int, ratio: cover.Ratio, mode: str
    ) -> None:
        """What comes out passes the check for covers, whatever went in."""
        made = sync(prepare(Image.new(mode, (width, height)), ratio=ratio))
        assert abs(made.width - made.height * RATIOS[ratio]) < 1
        assert made.width >= 960
        assert made.height >= 600
        assert len(made.content) <= cover.MAX_BYTES
        assert list(check_cover(made.content, made.mime)) == []

    async def test_it_is_cut_from_the_middle(self) -> None:
        """What is left and right of it, or above and below, is lost in equal shares."""
        wide = Image.new("RGB", (4000, 1000), "red")
        wide.paste((0, 0, 255), (1200, 0, 2800, 1000))
        made = await prepare(wide)
        assert close((*at(made, 0.01, 0.5), *at(made, 0.99, 0.5)), (0, 0, 255) * 2)

    async def test_pixels_that_fit_are_not_resampled(self) -> None:
        """A sharp pattern of single pixels stays one."""
        pattern = Image.new("L", (1000, 625))
        pattern.putdata([255 * ((x + y) % 2) for y in range(625) for x in range(1000)])  # pyright: ignore[reportUnknownMemberType] - not annotated
        made = await prepare(saved(pattern))
        assert shown(made).convert("L").tobytes() == pattern.tobytes()

    async def test_enlarging_is_noted(self) -> None:
        """Who gives a small picture learns why the cover is soft."""
        (note,) = (await prepare(Image.new("RGB", (640, 400)))).notes
        assert "enlarged from 640 x 400 to 960 x 600" in note

    async def test_a_visible_cut_is_noted(self) -> None:
        """And a cut of a few pixels is not."""
        assert (await prepare(Image.new("RGB", (1920, 1080)))).notes == (
            "10 % of its width is cut off to get the ratio.",
        )
        assert (await prepare(Image.new("RGB", (1146, 717)))).notes == ()


class TestBytes:
    """As good as the limit allows."""

    async def test_a_png_stays_one_while_it_is_small_enough(self) -> None:
        """Drawings and text look best without the traces of JPEG."""
        assert (await prepare(saved(halves()))).mime == "image/png"

    async def test_a_png_beyond_the_limit_becomes_a_jpeg(self) -> None:
        """And the notes say so."""
        made = await prepare(saved(noise((960, 600))), max_bytes=1_000_000)
        assert (made.mime, made.notes[0]) == (
            "image/jpeg",
            "As PNG it would be over 1.0 MB; it is sent as JPEG.",
        )

    async def test_other_kinds_become_a_jpeg(self) -> None:
        """As all who take covers take it."""
        made = await prepare(saved(halves(), "WEBP"))
        assert (made.mime, made.content[:3]) == ("image/jpeg", b"\xff\xd8\xff")

    @pytest.mark.parametrize("limit", [2_000_000, 1_000_000, 500_000, 300_000, 200_000])
    async def test_it_stays_below_the_limit(self, limit: int) -> None:
        """First the quality gives way, then the size, never the minimum."""
        made = await prepare(noise((1920, 1200)), max_bytes=limit)
        assert len(made.content) <= limit
        assert (made.width >= 960, made.height >= 600) == (True, True)

    async def test_the_size_gives_way_only_after_the_quality(self) -> None:
        """A large picture a little over the limit keeps its size."""
        free = await prepare(noise((1920, 1200)), max_bytes=10_000_000)
        pressed = await prepare(noise((1920, 1200)), max_bytes=len(free.content) * 3 // 4)
        assert (free.width, pressed.width) == (1920, 1920)

    async def test_hard_compression_is_noted(self) -> None:
        """One sees it."""
        assert "compressed hard" in (await prepare(noise((960, 600)), max_bytes=200_000)).notes[0]

    async def test_an_impossible_limit_is_an_error(self) -> None:
        """Rather than a cover that is too large or too small."""
        with pytest.raises(InvalidCover, match=r"cannot be pressed into 1\.0 kB"):
            await prepare(noise((960, 600)), max_bytes=1000)

    async def test_the_same_picture_gives_the_same_bytes(self) -> None:
        """Nothing depends on time or chance."""
        assert await prepare(noise((1000, 700))) == await prepare(noise((1000, 700)))

    def test_its_repr_is_short(self) -> None:
        """It can be logged."""
        assert repr(PreparedCover(b"x" * 1000, "image/png", 960, 600)) == (
            "PreparedCover(mime='image/png', width=960, height=600, notes=())"
        )


def bomb(side: int) -> bytes:
    """A PNG of `side` x `side` pixels in some hundred bytes."""
    picture = bytearray(saved(Image.new("L", (8, 8))))
    picture[16:24] = struct.pack(">II", side, side)
    picture[29:33] = struct.pack(">I", zlib.crc32(picture[12:29]))
    return bytes(picture)


def closed() -> io.BytesIO:
    stream = io.BytesIO(b"x")
    stream.close()
    return stream


REFUSED: dict[str, tuple[Callable[[Path], Any], str]] = {
    "no picture": (lambda _: b"words", "cannot be read as one"),
    "nothing": (lambda _: b"", "cannot be read as one"),
    "an empty stream": (lambda _: io.BytesIO(), "is empty"),
    "a cut JPEG": (lambda _: saved(noise((200, 200)), "JPEG")[:9000], "damaged"),
    "a cut PNG": (lambda _: saved(noise((200, 200)))[:9000], "damaged"),
    "a bomb": (lambda _: bomb(60_000), "far too large"),
    "a smaller bomb": (lambda _: bomb(10_000), "far too large"),
    "a kind that is not read": (lambda _: saved(halves(), "PPM"), "cannot be read as one"),
    "PostScript": (lambda _: saved(halves(), "EPS"), "cannot be read as one"),
    "no file": (lambda path: path / "gone.png", "cannot be read: No such file"),
    "a folder": (lambda path: path, "is a directory"),
    "a stream of text": (lambda _: io.StringIO("x"), "stream of text"),
    "a closed stream": (lambda _: closed(), "closed"),
    "a number": (lambda _: 7, "is int"),
    "None": (lambda _: None, "is NoneType"),
    "an image without pixels": (lambda _: Image.new("RGB", (0, 5)), "no pixels"),
    "an image whose file is cut": (lambda _: Image.open(io.BytesIO(saved(noise((9, 9)))[:200])), "damaged"),
}


class TestRefusals:
    @pytest.mark.parametrize(("make", "said"), REFUSED.values(), ids=REFUSED)
    async def test_what_is_no_picture_is_one_kind_of_error(
        self, tmp_path: Path, make: Callable[[Path], Any], said: str
    ) -> None:
        """It says what is wrong and what to give instead."""
        with pytest.raises(InvalidCover, match=said) as caught:
            await prepare(make(tmp_path))
        assert caught.value.hint

    @settings(max_examples=150, deadline=None)
    @given(
        st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"]),
        st.integers(0, 400),
        st.binary(min_size=1, max_size=4),
    )
    def test_any_damage_gives_a_cover_or_that_error(self, kind: str, place: int, wrong: bytes) -> None:
        """No decoder's own error comes through."""
        content = bytearray(saved(halves((40, 30)), kind))
        content[place : place + len(wrong)] = wrong
        try:
            made = sync(prepare(bytes(content)))
        except InvalidCover:
            return
        assert list(check_cover(made.content, made.mime)) == []

    async def test_an_unknown_ratio_is_refused(self) -> None:
        """With those there are."""
        with pytest.raises(ArgsException, match="'1:1' is no ratio") as caught:
            await prepare(halves(), ratio="1:1")  # pyright: ignore[reportArgumentType] - the point of the test
        assert caught.value.hint == "Give one of 16:10, 16:9, 4:3."
