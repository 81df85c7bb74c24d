"""Whose certificates are trusted: those that Python trusts, in the way that costs least."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import pytest

from bilibili_api.engine import trust as of
from bilibili_api.engine.options import Server
from bilibili_api.engine.trust import Trust, check_authority, trust
from bilibili_api.exceptions import ArgsException
from bilibili_api.simulator.authority import CertificateAuthority

KEY = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n"

if TYPE_CHECKING:
    from collections.abc import Generator


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """What the system trusts is looked up once in a process."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(of, "_FOLDER", Path("nowhere"))
    of.of_system.cache_clear()
    yield
    of.of_system.cache_clear()


def keeps(monkeypatch: pytest.MonkeyPatch, file: Path | None, folder: Path | None) -> None:
    """Let Python know of these."""
    paths = ssl.DefaultVerifyPaths(
        str(file) if file else None,  # pyright: ignore[reportArgumentType] - None where there is none
        str(folder) if folder else None,  # pyright: ignore[reportArgumentType] - as above
        "SSL_CERT_FILE",
        "",
        "SSL_CERT_DIR",
        "",
    )
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)


def test_a_folder_in_which_openssl_finds_its_way_is_preferred(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Reading a file with all authorities takes longer than all else about a connection."""
    for number in range(50):
        (tmp_path / f"0a1b2c{number:02}.0").write_text("")
    keeps(monkeypatch, tmp_path / "all.pem", tmp_path)
    assert trust(None) == Trust(file=str(tmp_path / "0a1b2c00.0"), folder=str(tmp_path))


def test_the_folder_of_the_system_is_found_without_the_openssl_of_python(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Python's costs megabytes, and one from elsewhere looks elsewhere; what the environment names still counts."""
    for number in range(50):
        (tmp_path / f"0a1b2c{number:02}.0").write_text("")
    monkeypatch.setattr(of, "_FOLDER", tmp_path)
    monkeypatch.setitem(sys.modules, "ssl", None)
    assert trust(None) == Trust(file=str(tmp_path / "0a1b2c00.0"), folder=str(tmp_path))
    monkeypatch.undo()
    of.of_system.cache_clear()
    keeps(monkeypatch, None, tmp_path / "named")
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "named"))
    assert trust(None) == Trust(folder=str(tmp_path / "named"))


@pytest.mark.parametrize("is_there", [True, False])
def test_a_folder_that_has_not_all_is_looked_at_beside_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_there: bool
) -> None:
    """The others are in the file."""
    folder = tmp_path / "certs"
    if is_there:
        folder.mkdir()
        (folder / "0a1b2c3d.0").write_text("")  # one that somebody has added
    keeps(monkeypatch, tmp_path / "all.pem", folder)
    assert trust(None) == Trust(file=str(tmp_path / "all.pem"), folder=str(folder))


def test_a_file_that_the_environment_names_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As it does for Python; also where the system would be asked."""
    (tmp_path / "0a1b2c3d.0").write_text("")
    keeps(monkeypatch, tmp_path / "mine.pem", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "mine.pem"))
    assert trust(None).file == str(tmp_path / "mine.pem")
    of.of_system.cache_clear()
    monkeypatch.setattr("sys.platform", "win32")
    assert trust(None) == Trust(file=str(tmp_path / "mine.pem"), folder=str(tmp_path))


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_systems_that_keep_authorities_elsewhere_are_asked(
    monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    """Windows and macOS have stores of their own; libcurl may not know how to ask, so that there is a file, too."""
    monkeypatch.setattr("sys.platform", platform)
    assert trust(None) == Trust(file=certifi.where(), is_native=True)
    check_authority(certifi.where())


@pytest.mark.parametrize("content", ["", "-----BEGIN CERTIFICATE-----\nMI\n-----END CERTIFICATE-----\n", KEY])
def test_an_authority_without_a_certificate_is_refused(tmp_path: Path, content: str) -> None:
    """Also one that is cut off, and a key in its place."""
    file = tmp_path / "ca.pem"
    file.write_text(content)
    with pytest.raises(ArgsException, match="it holds no certificate"):
        trust(Server("https://127.0.0.1:1", file))


def test_an_authority_may_stand_behind_other_things(tmp_path: Path) -> None:
    """As the files of some systems have it."""
    file = tmp_path / "ca.pem"
    file.write_bytes(b"# the authority\n" + KEY.encode() + CertificateAuthority().certificate)
    assert trust(Server("https://127.0.0.1:1", file)) == Trust(file=str(file))
