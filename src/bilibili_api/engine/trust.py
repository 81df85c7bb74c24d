"""Whose certificates are trusted."""

from __future__ import annotations

import binascii
import functools
import os
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from bilibili_api.exceptions import ArgsException
from bilibili_api.frozen import frozen
from bilibili_api.saying import because, say

if TYPE_CHECKING:
    from .options import Server

_HASHED: Final = re.compile(r"[0-9a-f]{8}\.[0-9]+")
"""Names of certificates in a folder that OpenSSL looks through by name instead of reading it whole."""

_FOLDER: Final = Path("/etc/ssl/certs")
"""Where most systems keep such a folder; a Python from elsewhere may look in a place of its own."""
_LARGEST: Final = 16 * 1024 * 1024
"""Bytes that are looked through for a certificate."""
_CERTIFICATE: Final = re.compile(
    rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END "
)
_EMPTY: Final = say("it holds no certificate")
_SEQUENCE: Final = b"\x30"
"""What a certificate begins with (DER)."""
_ALL: Final = 50
"""Certificates in a folder that has all authorities, not just one that somebody has added."""


@frozen
class Trust:
    """Where the authorities are.

    Attributes:
        file: PEM file with certificates.
        folder: Folder of such files under the names that OpenSSL looks for; `file` is one of them, since a
            folder alone is not enough. Without either it is what libcurl was built with.
        is_native: Whether the system is asked as well, since it keeps none in files.
    """

    file: str | None = None
    folder: str | None = None
    is_native: bool = False


def trust(server: Server | None) -> Trust:
    """Return whom connections to a server trust, or to Bilibili: then whom the system trusts.

    Raises:
        ArgsException: The server's certificate authority cannot be read.
    """
    if server is None or server.ca_file is None:
        return of_system()
    server.check()
    return Trust(file=os.fspath(server.ca_file))


def check_authority(ca_file: str | os.PathLike[str]) -> None:
    """Refuse a file without a certificate.

    Raises:
        ArgsException: It cannot be read, or holds none.
    """
    try:
        with Path(ca_file).open("rb") as file:
            reason = None if _holds_certificate(file.read(_LARGEST)) else _EMPTY
    except OSError as error:
        reason = because(error)
    if reason is not None:
        raise _unreadable(ca_file, reason)


def unreadable(trusted: Trust) -> ArgsException:
    """Return the error that libcurl cannot use a file with authorities, or that a folder has none."""
    if trusted.file is not None:
        return _unreadable(trusted.file, say("it holds a broken certificate"))
    return _unreadable(trusted.folder or "", _EMPTY)


def _unreadable(ca_file: str | os.PathLike[str], reason: str) -> ArgsException:
    return ArgsException(
        say(
            "The certificate authority {ca_file!r} cannot be read: {reason}.",
            ca_file=os.fspath(ca_file),
            reason=reason,
        ),
        hint=say("Name a PEM file; `bvup simulator` prints the one it uses when it starts."),
    )


def _holds_certificate(content: bytes) -> bool:
    for found in _CERTIFICATE.finditer(content):
        with suppress(binascii.Error):
            if binascii.a2b_base64(found[1]).startswith(_SEQUENCE):
                return True
    return False


@functools.cache
def of_system() -> Trust:
    """Find what the system trusts, or else what Python does, `SSL_CERT_FILE` and `SSL_CERT_DIR` included.

    A folder goes before a file: reading all authorities for each connection takes longer than all else
    about it. Windows and macOS keep theirs where not every libcurl can ask, so that Mozilla's are trusted
    there as well, as most Python programs do.
    """
    named = os.environ.get("SSL_CERT_FILE")
    if not named and sys.platform in ("win32", "darwin"):
        import certifi  # noqa: PLC0415 - only there

        return Trust(file=certifi.where(), is_native=True)
    if not named and not os.environ.get("SSL_CERT_DIR") and (one := _hashed(_FOLDER)):
        return Trust(file=one, folder=str(_FOLDER))
    import ssl  # noqa: PLC0415 - Python's own OpenSSL: megabytes that nothing else needs

    paths = ssl.get_default_verify_paths()
    # Either is None where it is not there.
    file, folder = cast("str | None", paths.cafile), cast("str | None", paths.capath)
    one = None if folder is None else _hashed(Path(folder), _ALL if file else 1)
    if not named and one is not None:
        return Trust(file=one, folder=folder)
    return Trust(file=file, folder=folder)


def _hashed(folder: Path, fewest: int = _ALL) -> str | None:
    """Return one of the certificates in a folder that has so many under the names that OpenSSL looks for."""
    try:
        found = [each for each in folder.iterdir() if _HASHED.fullmatch(each.name)]
    except OSError:
        return None
    return str(min(found)) if len(found) >= fewest else None
