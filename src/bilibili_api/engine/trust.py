"""Whose certificates are trusted."""

from __future__ import annotations

import functools
import os
import re
import ssl
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from bilibili_api.exceptions import ArgsException
from bilibili_api.frozen import frozen
from bilibili_api.saying import because, say

if TYPE_CHECKING:
    from .options import Server

_HASHED: Final = re.compile(r"[0-9a-f]{8}\.[0-9]+")
"""Names of certificates in a folder that OpenSSL looks through by name instead of reading it whole."""

_ALL: Final = 50
"""Certificates in a folder that has all authorities, not just one that somebody has added."""


@frozen
class Trust:
    """Where the authorities are.

    Attributes:
        file: PEM file with certificates.
        folder: Folder of such files under the names that OpenSSL looks for.
        is_native: Whether the system is asked; it keeps none in files.
    """

    file: str | None = None
    folder: str | None = None
    is_native: bool = False


def trust(server: Server | None) -> Trust:
    """Return whom connections to a server trust, or to Bilibili: then whom the system trusts.

    Raises:
        ArgsException: The server's certificate authority cannot be read.
    """
    ca_file = server.ca_file if server else None
    if ca_file is None:
        return of_system()
    try:
        ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise ArgsException(
            say(
                "The certificate authority {ca_file!r} cannot be read: {reason}.",
                ca_file=str(ca_file),
                reason=because(error),
            ),
            hint=say("Name a PEM file; the simulator prints the one it uses when it starts."),
        ) from None
    return Trust(file=os.fspath(ca_file))


@functools.cache
def of_system() -> Trust:
    """Find what Python itself trusts, `SSL_CERT_FILE` and `SSL_CERT_DIR` included.

    A folder goes before a file: reading all authorities for each connection takes longer than all else
    about it.
    """
    paths = ssl.get_default_verify_paths()
    named = os.environ.get(paths.openssl_cafile_env) or None
    if named is None and sys.platform in ("win32", "darwin"):
        return Trust(is_native=True)
    # Either is None where it is not there.
    file, folder = cast("str | None", paths.cafile), cast("str | None", paths.capath)
    if named is None and folder is not None and _is_hashed(Path(folder)):
        return Trust(folder=folder)
    return Trust(file=file, folder=folder)


def _is_hashed(folder: Path) -> bool:
    try:
        return sum(_HASHED.fullmatch(each.name) is not None for each in folder.iterdir()) >= _ALL
    except OSError:
        return False
