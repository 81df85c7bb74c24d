"""Where access comes from for whatever is passed in as a credential, somebody else's included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bilibili_api.protocol.interfaces import Access
from bilibili_api.redaction import Secret

from .holder import Holder

if TYPE_CHECKING:
    from .calls import Login
    from .options import Options


class _Published:
    """Somebody else's credential that has what the published one had."""

    def __init__(self, credential: Any) -> None:
        self._credential = credential

    async def access(self) -> Access:
        return Access(token=Secret(await self._credential.get_access_key()))

    async def renewed(self, stale: Access) -> Access | None:
        renew = getattr(self._credential, "renew", None)
        fresh = await renew(stale.token.reveal()) if renew is not None and stale.token else None
        return Access(token=Secret(fresh)) if fresh else None


def login_of(credential: object, options: Options | None = None) -> Login:
    """Return where access comes from for whatever was passed in as a credential.

    Args:
        credential: What was passed in.
        options: The upload's, whose way a login takes that has no options of its own.
    """
    if not isinstance(credential, Holder):
        return _Published(credential)
    if options is not None:
        credential.lend(options)
    return credential


def is_login_needed(credential: object) -> bool:
    """Return whether a person is waited for to log in."""
    return isinstance(credential, Holder) and credential.login_needed
