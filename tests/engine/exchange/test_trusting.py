"""Authorities as libcurl reads them: which count, which cannot be read, and what is spoken with whom they vouch for."""

from __future__ import annotations

import base64
import hashlib
import os
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme
from cryptography import x509
from tests.engine.exchange.kit import Start, To, get, never
from tests.engine.peer import HOST, Connection, listening

from bilibili_api.engine import trust as trusting
from bilibili_api.engine.http import Http
from bilibili_api.engine.libcurl import Easy, Option
from bilibili_api.engine.options import Options, Server
from bilibili_api.engine.trust import Trust
from bilibili_api.exceptions import ArgsException

if TYPE_CHECKING:
    from collections.abc import Iterator


async def answering(connection: Connection) -> None:
    await connection.head()
    await connection.answer()


def name_hash(authority: trustme.CA) -> str:
    """The name of its certificate in a folder: as OpenSSL makes it, of the subject in small letters."""
    subject = x509.load_pem_x509_certificate(authority.cert_pem.bytes()).subject
    small = [x509.NameAttribute(one.oid, " ".join(str(one.value).lower().split())) for one in subject]
    inside = x509.Name(small).public_bytes()[2:]  # without the head of the whole, which is short here
    return hashlib.sha1(inside, usedforsecurity=False).digest()[3::-1].hex()


@pytest.fixture
def asked_anew() -> Iterator[None]:
    """What the system trusts is looked up once in a process."""
    trusting.of_system.cache_clear()
    yield
    trusting.of_system.cache_clear()


@pytest.mark.usefixtures("asked_anew")
async def test_a_folder_of_authorities_is_enough(
    start: Start, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As most systems have it: the one that is needed is found by its name."""
    trustme.CA().cert_pem.write_to_path(tmp_path / "00000000.0")
    authority.cert_pem.write_to_path(tmp_path / f"{name_hash(authority)}.0")
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setattr(trusting, "_ALL", 2)
    peer = await start(answering)
    server = Server(f"https://127.0.0.1:{peer.port}")
    assert Path(trusting.trust(server).file or "").name == "00000000.0"
    async with Http(Options(server=server)) as http:
        assert (await http.send(get())).status == 200


async def test_a_folder_without_an_authority_is_named(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else is trusted in its place."""
    monkeypatch.setattr(trusting, "of_system", lambda: Trust(folder=str(tmp_path)))
    peer = await start(never)
    async with Http(Options(server=Server(f"https://127.0.0.1:{peer.port}"))) as http:
        with pytest.raises(ArgsException, match=f"{tmp_path}' cannot be read: it holds no certificate"):
            await http.send(get())


async def test_a_broken_certificate_among_the_authorities_is_named(start: Start, tmp_path: Path) -> None:
    """The file is to blame, not the server."""
    broken = tmp_path / "ca.pem"
    body = base64.b64encode(b"0" * 90).decode()
    broken.write_text(f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    peer = await start(never)
    async with Http(Options(server=Server(f"https://127.0.0.1:{peer.port}", broken))) as http:
        with pytest.raises(ArgsException, match=r"ca.pem' cannot be read: it holds a broken certificate"):
            await http.send(get())


async def test_authorities_that_are_named_are_all_that_there_are(
    start: Start, to: To, monkeypatch: pytest.MonkeyPatch
) -> None:
    """libcurl was built with others, which count where a file or a folder is not said."""
    told: dict[int, object] = {}
    really = Easy.set

    def tell(easy: Easy, option: int, value: str) -> None:
        told[option] = value
        really(easy, option, value)

    monkeypatch.setattr(Easy, "set", tell)
    async with to(await start(answering)) as http:
        await http.send(get())
    assert (Path(str(told[Option.CAINFO])).name, told[Option.CAPATH]) == ("ca.pem", os.devnull)


async def test_a_server_that_prefers_what_is_not_spoken_here(authority: trustme.CA, to: To) -> None:
    """libcurl would offer it nevertheless, and fail; so it is not offered, and the two go on to something else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued = authority.issue_cert(HOST, key_type=trustme.KeyType.RSA)
    issued.configure_cert(context)  # pyright: ignore[reportUnknownMemberType] - pyOpenSSL is meant
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES256-GCM-SHA384")
    async with listening(answering, context) as peer, to(peer) as http:
        assert (await http.send(get())).status == 200
