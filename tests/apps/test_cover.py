"""`bvup cover`: a sheet of frames, and one of them as a cover."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from tests.films import BLACK, film, scene

from bilibili_api import sync
from bilibili_api.cover import candidates, prepare

if TYPE_CHECKING:
    from pathlib import Path

    from tests.apps.conftest import Run


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def clip(here: Path) -> Path:
    """Black, then three scenes."""
    scenes = (picture for seed in (1, 2, 3) for picture in [scene(seed)] * 15)
    return film(here / "my holiday.mp4", [*[BLACK] * 10, *scenes])


def kind_and_size(path: Path) -> tuple[str | None, tuple[int, int]]:
    with Image.open(path) as image:
        return image.format, image.size


class TestSheet:
    def test_it_is_written_beside_the_user_and_named_like_the_video(
        self, run: Run, clip: Path, here: Path
    ) -> None:
        """A PNG with the candidates; nothing else is left behind."""
        assert run("cover", clip).exit_code == 0
        assert {path.name for path in here.iterdir()} == {clip.name, "my holiday.covers.png"}
        assert kind_and_size(here / "my holiday.covers.png")[0] == "PNG"

    def test_it_is_written_where_it_should_be(self, run: Run, clip: Path, here: Path) -> None:
        """-o says where."""
        assert run("cover", clip, "-o", here / "sheet.png").exit_code == 0
        assert (here / "sheet.png").exists()

    def test_it_has_as_many_frames_as_wanted(self, run: Run, clip: Path) -> None:
        """Each is a line with number, time and score, the best first."""
        lines = run("cover", clip, "-k", "2").stdout.splitlines()
        assert [line.split()[0] for line in lines[1:-1]] == ["1", "2"]
        assert f"{sync(candidates(clip, 1))[0].score:.2f}" in lines[1]

    def test_it_says_how_to_go_on(self, run: Run, clip: Path) -> None:
        """With a command that can be copied as it is."""
        last = run("cover", clip).stdout.splitlines()[-1]
        assert last == f"To make the first one a cover: bvup cover '{clip}' --pick 1"

    def test_it_shows_the_wanted_ratio(self, run: Run, clip: Path, here: Path) -> None:
        """Frames are cut on the sheet as they will be."""
        result = run("cover", clip, "-k", "1", "--ratio", "4:3")
        assert kind_and_size(here / "my holiday.covers.png")[1] == (512, 432)
        assert result.stdout.endswith(" --pick 1 --ratio 4:3\n")


class TestPick:
    def test_the_picked_frame_becomes_a_cover(self, run: Run, clip: Path, here: Path) -> None:
        """Number 2 of the sheet, ready for `bvup upload --cover`."""
        result = run("cover", clip, "--pick", "2")
        wanted = sync(prepare(sync(candidates(clip))[1].image))
        assert (here / "my holiday.cover.jpg").read_bytes() == wanted.content
        assert (result.exit_code, result.stdout.splitlines()[0][:35]) == (
            0,
            "Cover: my holiday.cover.jpg, 960 x ",
        )

    def test_notes_are_told(self, run: Run, clip: Path) -> None:
        """The user learns that the frame was enlarged."""
        assert "enlarged from 288 x 180" in run("cover", clip, "--pick", "1").stdout

    def test_the_ratio_is_obeyed(self, run: Run, clip: Path, here: Path) -> None:
        """As on the sheet."""
        run("cover", clip, "--pick", "1", "--ratio", "16:9", "-o", "c.jpg")
        assert kind_and_size(here / "c.jpg")[1] == (1072, 603)

    def test_a_number_beyond_the_frames_is_refused(self, run: Run, here: Path) -> None:
        """It says how many there are."""
        result = run("cover", film(here / "v.mp4", [scene(1)]), "--pick", "3")
        assert (result.exit_code, "the video has only 1 frame to choose from" in result.stderr) == (2, True)


class TestRefusals:
    @pytest.mark.parametrize(
        ("args", "said"),
        [
            (["-o", "sheet.jpg"], "A sheet is a PNG"),
            (["--pick", "1", "-o", "cover.png"], "A cover is a JPEG"),
            (["-o", "nowhere/sheet.png"], "nowhere/sheet.png cannot be written: No such file or directory"),
            (["--pick", "1", "-o", "nowhere/c.jpg"], "nowhere/c.jpg cannot be written"),
            (["--pick", "0"], "--pick"),
            (["-k", "99"], "-k"),
            (["--ratio", "1:1"], "--ratio"),
        ],
    )
    def test_what_cannot_be_done_is_said(
        self, run: Run, clip: Path, here: Path, args: list[str], said: str
    ) -> None:
        """Exit code 2, and nothing is written."""
        result = run("cover", clip, *args)
        assert (result.exit_code, said in result.stderr) == (2, True)
        assert [path.name for path in here.iterdir()] == [clip.name]

    def test_where_nothing_can_be_written_no_video_is_decoded(self, run: Run, here: Path) -> None:
        """That takes seconds, and would be for nothing."""
        (here / "words.mp4").write_text("words")
        result = run("cover", "words.mp4", "-o", "nowhere/sheet.png")
        assert (result.exit_code, "nowhere/sheet.png cannot be written" in result.stderr) == (2, True)

    def test_the_video_is_never_written_over(self, run: Run, clip: Path, here: Path) -> None:
        """Not even through another name."""
        (here / "link.png").symlink_to(clip)
        before = clip.read_bytes()
        result = run("cover", clip, "-o", "link.png")
        assert (result.exit_code, "the video itself" in result.stderr) == (2, True)
        assert clip.read_bytes() == before

    def test_what_is_no_video_is_said(self, run: Run, here: Path) -> None:
        """As the library says it."""
        (here / "words.mp4").write_text("words")
        result = run("cover", "words.mp4")
        assert (result.exit_code, "cannot be decoded" in result.stderr) == (2, True)

    def test_without_pyav_it_says_how_to_get_it(
        self, run: Run, clip: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Word for word."""
        monkeypatch.setitem(sys.modules, "av.error", None)
        result = run("cover", clip)
        assert (result.exit_code, "pip install 'bilibili-video-uploader[media]'" in result.stderr) == (
            2,
            True,
        )
