"""Which files the words of `bvup upload` mean."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from random import Random

import click
import pytest

from bilibili_api.apps.cli.files import STDIN, files_of
from bilibili_api.apps.cli.natural import natural


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of videos and other things, which is also the current one."""
    for name in ("P10.mp4", "P2.mp4", "P1.MKV", "notes.txt", ".hidden.mp4", "raw.bin"):
        (tmp_path / name).write_bytes(b"video")
    (tmp_path / "more").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*words: str | Path) -> list[str]:
    return [path.name for path in files_of([Path(word) for word in words]).paths]


def refusal(*words: str | Path) -> str:
    with pytest.raises(click.UsageError) as caught:
        names(*words)
    return caught.value.message


@pytest.mark.parametrize(
    "ordered",
    [
        ["P1.mp4", "P2.mp4", "P10.mp4"],
        ["a.mp4", "B.mp4", "c.mp4"],
        ["2026-1-9.mp4", "2026-1-10.mp4", "2026-11-1.mp4"],
        ["S1/P2.mp4", "S1/P10.mp4", "S2/P1.mp4", "S10/P1.mp4"],
        ["P1.mp4", "P1 b.mp4", "P1b.mp4"],
        ["第1话.mp4", "第2话.mp4", "第10话.mp4"],
        ["P\N{FULLWIDTH DIGIT TWO}.mp4", "P3.mp4"],
        ["1.mp4", "a.mp4"],
        ["007.mp4", "8.mp4"],
    ],
)
def test_numbers_in_names_count_by_their_value(ordered: list[str]) -> None:
    """Files stand as a person numbers them, whatever order they are found in."""
    paths = [Path(name) for name in ordered]
    Random(1).shuffle(paths)
    assert [str(path) for path in sorted(paths, key=natural)] == [str(Path(name)) for name in ordered]


def test_named_files_stay_in_the_order_of_the_arguments(folder: Path) -> None:
    """Who names files says their order; any ending will do."""
    assert names("raw.bin", "P10.mp4", "P1.MKV") == ["raw.bin", "P10.mp4", "P1.MKV"]


def test_a_folder_stands_for_its_videos_in_natural_order(folder: Path) -> None:
    """Hidden files, other files and folders inside are left out."""
    assert names(folder) == ["P1.MKV", "P2.mp4", "P10.mp4"]


def test_what_a_folder_leaves_out_is_said(folder: Path) -> None:
    """Nobody has to wonder where a file went."""
    assert files_of([Path()]).notes == (
        "Left out of the folder ., by the ending no video: notes.txt, raw.bin",
        "Left out of the folder ., being folders: more",
    )


def test_a_pattern_that_the_shell_left_alone_is_expanded(folder: Path) -> None:
    """A quoted pattern, or one on a shell that expands none, means what it matches."""
    assert names("P*.mp4") == ["P2.mp4", "P10.mp4"]


def test_a_pattern_without_an_ending_means_the_videos_among_what_it_matches(folder: Path) -> None:
    """`*` does not upload notes; a pattern that says the ending is taken at its word."""
    assert names("*") == ["P1.MKV", "P2.mp4", "P10.mp4"]
    assert names("*.bin") == ["raw.bin"]


def test_a_file_wins_over_the_pattern_its_name_would_be(folder: Path) -> None:
    """`a[1].mp4` is the file of that name where there is one, and `a1.mp4` where there is none."""
    (folder / "a1.mp4").write_bytes(b"1")
    assert names("a[1].mp4") == ["a1.mp4"]
    (folder / "a[1].mp4").write_bytes(b"2")
    assert names("a[1].mp4") == ["a[1].mp4"]


def test_a_pattern_without_a_match_offers_the_nearest_name(folder: Path) -> None:
    """What matches nothing is told, with a file that is called nearly so."""
    (folder / "trip 1.mp4").write_bytes(b"1")
    assert refusal("trip[1].mp4") == (
        "nothing matches trip[1].mp4, and no file has this name. Did you mean trip 1.mp4?"
    )


def test_a_folder_without_videos_is_refused_with_what_is_in_it(folder: Path) -> None:
    """An empty folder, and one with other things only, stand for nothing."""
    assert refusal("more") == "there is nothing in the folder more."
    (folder / "more" / "a.txt").write_bytes(b"text")
    assert refusal("more") == (
        "there is no video in the folder more.\nLeft out of the folder more, by the ending no video: a.txt"
    )


@pytest.mark.parametrize("second", ["P2.mp4", "./P2.mp4", "more/../P2.mp4", "hard.mp4", "soft.mp4"])
def test_one_file_under_two_names_is_refused(folder: Path, second: str) -> None:
    """The same bytes twice in one submission are a slip."""
    os.link("P2.mp4", "hard.mp4")
    Path("soft.mp4").symlink_to("P2.mp4")
    assert refusal("P2.mp4", second) == f"P1 P2.mp4 and P2 {Path(second)} are the same file. Name it once."


def test_a_missing_file_is_left_to_the_check_of_the_upload(folder: Path) -> None:
    """It is told together with all other problems."""
    assert names("missing.mp4", "P2.mp4") == ["missing.mp4", "P2.mp4"]


def test_a_dash_is_standard_input_and_may_stand_once(folder: Path) -> None:
    """Nothing can be read from it twice."""
    assert files_of([Path("P2.mp4"), Path("-")]).paths == (Path("P2.mp4"), STDIN)
    assert refusal("-", "-") == "P1 - and P2 - are the same file. Name it once."


@pytest.mark.skipif(sys.platform != "linux", reason="only there a name may be any bytes")
def test_a_name_that_is_no_utf8_is_found_in_a_folder(folder: Path) -> None:
    """Old archives have names in other encodings."""
    (folder / "more" / os.fsdecode(b"\xb5\xda1.mp4")).write_bytes(b"video")
    assert [os.fsencode(name) for name in names("more")] == [b"\xb5\xda1.mp4"]
