"""The key under which passwords travel (protocol document, section 2.1)."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from functools import cache
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bilibili_api.simulator.passport.desk import HOST, refuse
from bilibili_api.simulator.reply import RefusalError, refusal, success
from bilibili_api.simulator.signing import check_query

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.simulator.exchange import Received
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.reply import Reply
    from bilibili_api.simulator.routes import Router

HASH_SECONDS = 20
_HASH_LENGTH = 16
_KEY_BITS = 1024


class LoginKey:
    """Hands out the public key and fresh hashes, and opens what was sealed with them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._hashes: dict[str, float] = {}

    def add_routes(self, router: Router) -> None:
        """Say what is answered here."""
        router.add("GET", f"{HOST}/x/passport-login/web/key", "key", self.show)

    async def show(self, received: Received, _form: Form) -> Reply:
        """Answer the RSA key and a fresh hash, valid for 20 s."""
        refuse(check_query("key", received.query_string))
        fresh = secrets.token_hex(_HASH_LENGTH // 2)
        self._hashes[fresh] = self._clock()
        pem = _key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return success({"hash": fresh, "key": pem.decode()})

    def opened(self, field: str) -> str:
        """Return the password; padded and unpadded base64 are both accepted.

        Raises:
            RefusalError: 86000, it cannot be decrypted; -662, the hash has expired.
        """
        try:
            sealed = base64.b64decode(field + "=" * (-len(field) % 4), validate=True)
            text = _key().decrypt(sealed, padding.PKCS1v15()).decode()
        except (binascii.Error, ValueError) as error:
            raise RefusalError(refusal(86000, "the password cannot be decrypted")) from error
        salt, password = text[:_HASH_LENGTH], text[_HASH_LENGTH:]
        if not re.fullmatch(r"[0-9a-f]{16}", salt):
            raise RefusalError(refusal(86000, "the hash does not stand before the password"))
        if self._clock() - self._hashes.get(salt, float("-inf")) > HASH_SECONDS:
            raise RefusalError(refusal(-662, "the hash has expired"))
        return password


@cache
def _key() -> rsa.RSAPrivateKey:
    """Return the key, the same until the process ends: it takes long to make."""
    return rsa.generate_private_key(65537, _KEY_BITS)
