"""Certificates."""

from __future__ import annotations

import asyncio
import ssl
import stat
from typing import TYPE_CHECKING

import pytest
from tests.simulator.raw import RawClient

from bilibili_api.simulator import CertificateAuthority, Simulator

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "host",
    [
        "passport.bilibili.com",
        "member.bilibili.com",
        "api.bilibili.com",
        "www.bilibili.com",
        "upcdn-szhw.bilivideo.com",
        "upos-sz-upcdnbda2.bilivideo.com",
        "upos-cs-upcdnbldsa.bilivideo.cn",
        "c3350892csdsa.anitama.net",
        "i0.hdslb.com",
        "archive.biliimg.com",
    ],
)
async def test_bilibili_s_host_names_are_certified(client: RawClient, host: str):
    """A client that trusts the authority accepts the simulator as any of them."""
    assert (await client.get(f"https://{host}/")).status in {403, 404}  # the storage wants a ticket


async def test_the_address_itself_is_certified(client: RawClient, sim: Simulator):
    """The pages can be opened over https."""
    assert (await client.get(f"{sim.url}/archives")).status == 200


async def test_a_client_that_does_not_trust_it_refuses(sim: Simulator):
    """Nothing of it is trusted by default."""
    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncio.open_connection(
            "127.0.0.1", sim.port, ssl=ssl.create_default_context(), server_hostname="member.bilibili.com"
        )


async def test_the_certificate_is_a_file_while_the_simulator_runs():
    """Programs that want a path get one; it does not outlive the simulator."""
    authority = CertificateAuthority()
    async with Simulator(authority=authority) as sim:
        path = sim.ca_file
        assert path.read_bytes() == authority.certificate
    assert not path.exists()


def test_throw_away_authorities_differ():
    """Whoever trusts one trusts no other."""
    assert CertificateAuthority().certificate != CertificateAuthority().certificate


def test_a_kept_authority_is_the_same_again(tmp_path: Path):
    """The folder is made if need be, and read the next time."""
    folder = tmp_path / "new" / "authority"
    made = CertificateAuthority.kept_in(folder)
    assert CertificateAuthority.kept_in(folder).certificate == made.certificate
    assert (folder / "ca.pem").read_bytes() == made.certificate


def test_the_kept_private_key_is_the_owner_s_alone(tmp_path: Path):
    """Whoever has it can play Bilibili to those who trust the authority."""
    CertificateAuthority.kept_in(tmp_path)
    assert stat.S_IMODE((tmp_path / "ca.key").stat().st_mode) == 0o600


async def test_a_loaded_authority_signs_what_its_certificate_vouches_for(tmp_path: Path):
    """A client that trusted the first run trusts the second."""
    CertificateAuthority.kept_in(tmp_path)
    async with Simulator(authority=CertificateAuthority.kept_in(tmp_path)) as sim, RawClient(sim) as client:
        assert (await client.preupload()).ok == 1
