"""What lies on the disk after a login and an upload: where, and who may read it, whatever the umask."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest
from tests.engine.today import DATA, Today, simulator_of_today

from bilibili_api.account import Profiles
from bilibili_api.engine.vaults import Files
from bilibili_api.simulator import CertificateAuthority
from bilibili_api.video_uploader import VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options

pytestmark = pytest.mark.skipif(os.name == "nt", reason="rights are another matter there")


@pytest.fixture(autouse=True)
def permissive() -> Generator[None]:
    """Others may do everything, unless somebody takes care."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data directory; it is not there yet."""
    monkeypatch.setenv("BVUP_HOME", str(tmp_path / "share" / "bvup"))
    return tmp_path / "share"


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


@pytest.fixture
def today(sim: Simulator, account: Account, options: Options) -> Today:
    return Today(sim, account, options)


def found(folder: Path) -> dict[str, int]:
    """All that is there, with its rights."""
    return {
        path.relative_to(folder.parent).as_posix(): stat.S_IMODE(path.lstat().st_mode)
        for path in (folder, *folder.rglob("*"))
    }


async def test_everything_that_is_kept_is_its_owners_alone(today: Today, home: Path, tmp_path: Path):
    """A login, the journal, its salt, and the locks; no claim is left, nothing else is written."""
    Profiles().save("me", today.credential())
    (tmp_path / "video.mp4").write_bytes(DATA)
    page = VideoUploaderPage(tmp_path / "video.mp4", title="P1")
    credential = Profiles().load("me", options=today.options)
    await today.ends_right(today.make(pages=[page], journal=True, credential=credential))
    kept = found(home)
    assert {name: rights for name, rights in kept.items() if not name.startswith("share/bvup/locks")} == {
        "share": 0o700,
        "share/bvup": 0o700,
        "share/bvup/accounts": 0o700,
        "share/bvup/accounts/me.json": 0o600,
        "share/bvup/journal.db": 0o600,
        "share/bvup/journal.db.claims": 0o700,
        "share/bvup/journal.db.lock": 0o600,
        "share/bvup/salt": 0o600,
    }
    assert {rights for name, rights in kept.items() if name.endswith(".lock")} == {0o600}


async def test_all_is_gone_with_the_folder(today: Today, home: Path, tmp_path: Path):
    """Nothing is kept anywhere else."""
    await test_everything_that_is_kept_is_its_owners_alone(today, home, tmp_path)
    assert {name.split("/")[1] for name in found(tmp_path) if "/" in name} == {"share", "video.mp4"}


def test_nobody_else_can_take_the_place_of_the_simulators_authority(home: Path):
    """Clients trust whoever has its key; its certificate may be read."""
    CertificateAuthority.kept_in(home / "bvup" / "simulator")
    assert found(home) == {
        "share": 0o700,
        "share/bvup": 0o700,
        "share/bvup/simulator": 0o700,
        "share/bvup/simulator/ca.key": 0o600,
        "share/bvup/simulator/ca.pem": 0o644,
    }


def test_a_link_in_the_place_of_a_login_is_replaced_and_not_followed(tmp_path: Path):
    """Whoever planted it gets nothing written where it points."""
    (tmp_path / "precious").write_text("content")
    (tmp_path / "me.json").symlink_to(tmp_path / "precious")
    Files(tmp_path).write("me.json", "login")
    assert ((tmp_path / "precious").read_text(), (tmp_path / "me.json").is_symlink()) == ("content", False)


@pytest.mark.parametrize("name", ["../me", "a/b", "/etc/passwd", ".", "..", "a\x00b", ".hidden", "a\nb", ""])
def test_no_name_of_a_profile_leads_out_of_its_folder(home: Path, name: str):
    """Not even one that is read."""
    with pytest.raises(Exception, match="profile"):
        Profiles().load(name or "..")
    assert not home.exists()
