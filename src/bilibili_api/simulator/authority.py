"""The simulator's certificate authority: clients that trust it see Bilibili's own host names."""

from __future__ import annotations

import os
import ssl
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import trustme

from bilibili_api.home import make_private

if TYPE_CHECKING:
    from typing import Self

# Section 0.1, and what a local client may call the simulator itself.
HOST_NAMES = (
    "passport.bilibili.com",
    "member.bilibili.com",
    "api.bilibili.com",
    "www.bilibili.com",
    "*.bilibili.com",
    "upcdn-szhw.bilivideo.com",
    "*.bilivideo.com",
    "*.bilivideo.cn",
    "*.anitama.cn",
    "*.anitama.net",
    "i0.hdslb.com",
    "*.hdslb.com",
    "archive.biliimg.com",
    "*.biliimg.com",
    "localhost",
    "127.0.0.1",
    "::1",
)


class CertificateAuthority:
    """Issues the simulator's certificate.

    `CertificateAuthority()` lives in memory only; `CertificateAuthority.kept_in(folder)` is the same
    one on every run.
    """

    def __init__(self) -> None:
        self._ca = trustme.CA(organization_name="Bilibili simulator, for tests only")
        self._contexts: dict[tuple[str, ...], ssl.SSLContext] = {}

    @classmethod
    def kept_in(cls, folder: str | os.PathLike[str]) -> Self:
        """Load the authority kept in a folder, or make one and keep it there.

        The certificate is `ca.pem`; the private key is `ca.key`, readable by its owner only, as is a folder
        that has to be made.
        """
        certificate, key = Path(folder, "ca.pem"), Path(folder, "ca.key")
        authority = cls()
        if certificate.exists() and key.exists():
            authority._ca = trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
        else:
            make_private(certificate.parent)
            _write(key, authority._ca.private_key_pem.bytes(), 0o600)
            _write(certificate, authority._ca.cert_pem.bytes(), 0o644)
        return authority

    @property
    def certificate(self) -> bytes:
        """The authority's own certificate, PEM: what clients have to trust."""
        return self._ca.cert_pem.bytes()

    def server_context(self, *more_names: str) -> ssl.SSLContext:
        """Return the TLS context with a certificate for Bilibili's host names and `more_names`."""
        names = tuple(dict.fromkeys((*HOST_NAMES, *more_names)))
        if names not in self._contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            with self._ca.issue_cert(*names).private_key_and_cert_chain_pem.tempfile() as path:
                context.load_cert_chain(path)
            self._contexts[names] = context
        return self._contexts[names]


@cache
def throw_away() -> CertificateAuthority:
    """Return the authority of all simulators that are given none; it ends with the process.

    One for all: making it and its certificate takes longer than the rest of a simulator's start.
    """
    return CertificateAuthority()


def _write(path: Path, data: bytes, rights: int) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, rights), "wb") as file:
        file.write(data)
