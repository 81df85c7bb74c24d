"""Claims: nobody has a file twice at once; whoever has it is named; nothing is left behind."""

from __future__ import annotations

import errno
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bilibili_api.engine.claims import Claims
from bilibili_api.exceptions import JournalFailed, UploadBusy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

posix = pytest.mark.skipif(os.name == "nt", reason="rights, links and signals are another matter there")
PROCESS = """
import sys
from pathlib import Path
from bilibili_api.engine.claims import Claims
held = Claims(Path(sys.argv[1])).take("1", ["file"])
print("taken", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal.db.claims"


@pytest.fixture
def claims(folder: Path) -> Claims:
    return Claims(folder)


@pytest.fixture
def other(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, which has the file."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROCESS, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "taken\n"
        yield process
        process.kill()


def left_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()] if folder.exists() else []


def test_the_second_of_one_process_is_told_who_has_it(claims: Claims):
    """By number, machine and time."""
    with claims.take("1", ["file"]), pytest.raises(UploadBusy) as caught:
        claims.take("1", ["other", "file"])
    who = rf"by process {os.getpid()} on {re.escape(socket.gethostname())} since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d"
    assert re.search(who, str(caught.value))


def test_another_process_is_named(claims: Claims, other: subprocess.Popen[str]):
    """Its number, for whoever wants to look at it or stop it."""
    with pytest.raises(UploadBusy, match=f"by process {other.pid} on "):
        claims.take("1", ["file"])


@posix
def test_what_a_killed_process_had_is_free_at_once(
    claims: Claims, other: subprocess.Popen[str], folder: Path
):
    """Nobody has to clean up, and afterwards nothing is left."""
    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    assert len(left_in(folder)) == 1
    assert not claims.is_held("1", ["file"])
    claims.take("1", ["file"]).release()
    assert left_in(folder) == []


def test_other_files_and_other_accounts_are_free(claims: Claims):
    """The same film may go to two accounts at once."""
    with claims.take("1", ["file"]), claims.take("2", ["file"]), claims.take("1", ["other"]):
        assert claims.is_held("1", ["file"])
        assert not claims.is_held("3", ["file"])


def test_who_does_not_get_all_keeps_none(claims: Claims, folder: Path):
    """Two that want the same files in another order cannot block each other."""
    with claims.take("1", ["b"]):
        with pytest.raises(UploadBusy):
            claims.take("1", ["a", "b", "c"])
        assert len(left_in(folder)) == 1
    assert left_in(folder) == []


def test_asking_writes_nothing(claims: Claims, folder: Path):
    """A list of jobs disturbs no upload that begins at that moment."""
    assert not claims.is_held("1", ["file"])
    assert not folder.exists()


@posix
def test_only_the_owner_can_see_them(claims: Claims, folder: Path):
    """Whatever the mask of the process."""
    before = os.umask(0)
    try:
        with claims.take("1", ["file"]):
            rights = [stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())]
    finally:
        os.umask(before)
    assert rights == [0o700, 0o600]


@pytest.fixture
def the_claim(claims: Claims, folder: Path) -> Path:
    """Where the claim will be."""
    with claims.take("1", ["file"]):
        [name] = left_in(folder)
    return folder / name


def planted_link(claim: Path) -> None:
    (claim.parent.parent / "precious").write_text("content")
    claim.symlink_to(claim.parent.parent / "precious")


@posix
@pytest.mark.parametrize("plant", [planted_link, os.mkfifo], ids=["link", "pipe"])
def test_what_somebody_planted_in_its_place_is_refused(
    claims: Claims, the_claim: Path, plant: Callable[[Path], None]
):
    """Nothing is written through it, and nothing waits for it."""
    plant(the_claim)
    with pytest.raises(JournalFailed):
        claims.take("1", ["file"])
    precious = the_claim.parent.parent / "precious"
    assert not precious.exists() or precious.read_text() == "content"


@posix
def test_what_a_stranger_wrote_into_it_steers_no_terminal(claims: Claims, the_claim: Path):
    """Who has it is said in one printable line."""
    import fcntl  # noqa: PLC0415 - posix only

    with the_claim.open("wb") as file:
        file.write(b"by \x1b[2J\nnobody")
        file.flush()
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(UploadBusy) as caught:
            claims.take("1", ["file"])
    assert "by [2J nobody." in str(caught.value)


@posix
def test_a_file_system_without_locks_is_said(claims: Claims, monkeypatch: pytest.MonkeyPatch):
    """As an error of the journal, not as one of the system."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(JournalFailed, match="No locks available"):
        claims.take("1", ["file"])


def full(*_: object) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_takes_no_claim_away(claims: Claims, folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Only the name of the holder is not known then; and it is let go of as ever."""
    monkeypatch.setattr(os, "write", full)
    with claims.take("1", ["file"]), pytest.raises(UploadBusy, match="by somebody"):
        claims.take("1", ["file"])
    assert left_in(folder) == []


def test_who_has_it_need_not_be_readable(claims: Claims, monkeypatch: pytest.MonkeyPatch):
    """What somebody has locked cannot be read everywhere."""
    with claims.take("1", ["file"]):
        monkeypatch.setattr(os, "read", full)
        with pytest.raises(UploadBusy, match="by somebody"):
            claims.take("1", ["file"])
