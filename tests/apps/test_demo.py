"""`bvup demo`, end to end, and what it leaves behind."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from bilibili_api.apps.cli.demo import MEDIA, prove
from bilibili_api.simulator import Archive, Cut, Simulator, StoredVideo

if TYPE_CHECKING:
    from tests.apps.conftest import Run

FAST = ("--bandwidth", 100_000_000)


def test_the_demo_ends_with_a_proof(run: Run, tmp_path: Path) -> None:
    """It names a bvid, and its last line proves that both parts are stored as they were sent."""
    result = run("demo", "--keep", tmp_path / "kept", *FAST)
    assert (result.exit_code, result.stderr) == (0, "")
    assert re.search(r"^bvid: BV1\w{9}$", result.stdout, re.MULTILINE)
    last = result.stdout.splitlines()[-1]
    assert last.startswith("proof: stored bytes equal the sent ones (2 of 2 parts, sha256 ")


def test_the_files_it_names_are_the_clips(run: Run, tmp_path: Path) -> None:
    """The paths it prints lead to the two clips, byte for byte, in order."""
    result = run("demo", "--keep", tmp_path / "kept", *FAST)
    paths = [Path(line.strip()) for line in result.stdout.splitlines() if line.strip().endswith(".mp4")]
    assert [path.read_bytes() for path in paths] == [(MEDIA / f"P{i}.mp4").read_bytes() for i in (1, 2)]
    assert all(path.is_relative_to(tmp_path / "kept") for path in paths)


def test_it_leaves_nothing_but_the_folder_it_names(
    run: Run, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --keep there is one new folder among the temporary files, and it is named."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    result = run("demo", *FAST)
    [left] = tmp_path.iterdir()
    assert left.name.startswith("bvup-demo-")
    assert str(left) in result.stdout
    assert not home.exists()


def test_a_demo_that_fails_leaves_nothing(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When it fails, not even the folder stays, and the exit code is not 0."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    enter = Simulator.__aenter__

    async def broken(self: Simulator) -> Simulator:
        running = await enter(self)
        running.faults.add("submit", Cut(), times=None)
        return running

    monkeypatch.setattr(Simulator, "__aenter__", broken)
    assert run("demo", *FAST).exit_code == 7
    assert list(tmp_path.iterdir()) == []


def archive_of(*paths: Path) -> Archive:
    videos = tuple(StoredVideo(path.name, path.name, 0, "", 1, path, 0.0) for path in paths)
    return Archive(1, "BV1xx411c7mD", 1, "t", 21, {}, videos, "", 0.0)


@pytest.mark.parametrize("stored", [(b"one", b"TWO"), (b"one",), (b"two", b"one"), ()])
def test_the_proof_fails_unless_every_part_is_stored_as_sent(
    tmp_path: Path, stored: tuple[bytes, ...]
) -> None:
    """Changed, missing and exchanged parts are not proved."""
    sent = [tmp_path / "1", tmp_path / "2"]
    sent[0].write_bytes(b"one")
    sent[1].write_bytes(b"two")
    there = [tmp_path / f"s{i}" for i in range(len(stored))]
    for path, data in zip(there, stored, strict=True):
        path.write_bytes(data)
    equal, line = prove(sent, archive_of(*there))
    assert not equal
    assert line.startswith("proof FAILED: ")


@pytest.mark.parametrize("name", ["P1.mp4", "P2.mp4"])
def test_the_clips_are_mp4_files_with_the_index_in_front(name: str) -> None:
    """A browser can play them while they load: the index stands before the pictures."""
    data = (MEDIA / name).read_bytes()
    assert data[4:8] == b"ftyp"
    assert -1 < data.find(b"moov") < data.find(b"mdat")


def test_the_cover_is_what_bilibili_recommends() -> None:
    """The cover has 1146 x 717 pixels."""
    with Image.open(MEDIA / "cover.jpg") as image:
        assert (image.format, image.size) == ("JPEG", (1146, 717))
