"""`bvup upload --cover`: any picture, or a frame; the upload comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image
from tests.films import BLACK, film, scene

if TYPE_CHECKING:
    from pathlib import Path

    from tests.apps.conftest import Run
    from tests.apps.stage import SimulatorThread


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """A real one: a second of black, then a scene."""
    return film(tmp_path / "holiday.mp4", [*[BLACK] * 10, *[scene(1)] * 20])


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """What is no picture."""
    path = tmp_path / "words.jpg"
    path.write_text("words")
    return path


def test_any_picture_is_made_a_cover(upload: Run, bili: SimulatorThread, tmp_path: Path) -> None:
    """Too small, of another kind and ratio: it is cut and scaled, and the user is told."""
    Image.new("RGB", (500, 500), "teal").save(tmp_path / "small.bmp")
    result = upload("--cover", tmp_path / "small.bmp", "--cover-ratio", "16:9")
    assert (bili.sim.covers[0].width, bili.sim.covers[0].height) == (1072, 603)
    assert (result.exit_code, "enlarged from 500 x 281 to 1072 x 603" in result.stdout) == (0, True)


def test_auto_takes_a_frame_of_the_first_part(upload: Run, bili: SimulatorThread) -> None:
    """And says which."""
    result = upload("--cover", "auto")
    assert bili.sim.archives[0].cover == bili.sim.covers[0].url
    assert "cover      a frame of the first part" in result.stdout
    assert "It is the frame at " in result.stdout


def test_a_file_called_auto_is_a_file(
    upload: Run, bili: SimulatorThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written with its folder."""
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (1200, 900), "teal").save(tmp_path / "auto", "PNG")
    assert upload("--cover", "./auto", "--cover-ratio", "4:3").exit_code == 0
    assert bili.sim.covers[0].width == 1200


def test_a_cover_that_fails_loses_no_upload(upload: Run, bili: SimulatorThread, words: Path) -> None:
    """The video is published without it, and the user is told."""
    result = upload("--cover", words)
    assert (result.exit_code, bili.sim.archives[0].cover) == (0, "")
    assert "The upload goes on without it." in result.stdout


def test_a_dry_run_tells_of_a_cover_that_fails(upload: Run, bili: SimulatorThread, words: Path) -> None:
    """And shows that none would be submitted."""
    result = upload("--cover", words, "--dry-run")
    assert "The upload would go on without it." in result.output
    assert (bili.sim.covers, "address of the stored cover" in result.output) == ([], False)


def test_a_required_cover_that_fails_is_an_error(upload: Run, bili: SimulatorThread, words: Path) -> None:
    """Nothing is sent, and the option is named."""
    result = upload("--cover", words, "--cover-required")
    assert (result.exit_code, "--cover: cannot be used" in result.stderr) == (2, True)
    assert (bili.sim.archives, bili.sim.seen("preupload")) == ([], [])


@pytest.mark.parametrize("args", [["--cover43", "auto"], ["--cover-required"]])
def test_what_is_about_a_cover_needs_one(upload: Run, args: list[str]) -> None:
    """Instead of being passed over in silence."""
    result = upload(*args)
    assert (result.exit_code, "go with --cover" in result.stderr) == (2, True)
