"""The activities one can take part in (protocol document, section 7.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bilibili_api.protocol import submit
from bilibili_api.protocol.codes import Step

from .connecting import connected
from .options import Options, Server
from .retry import persist

if TYPE_CHECKING:
    from .credential import VideoUploaderCredential
    from .web_credential import Credential


async def get_missions(
    tid: int = 0,
    credential: VideoUploaderCredential | Credential | None = None,
    *,
    options: Options | None = None,
) -> list[dict[str, Any]]:
    """Return the activities one can take part in (protocol document, section 7.5).

    Args:
        tid: Partition; 0 for all.
        credential: Not needed any more; accepted as published.
        options: Server, patience, clock and dice; by default `Server.from_environment()`.

    Raises:
        ApiException: Bilibili refused, or the network failed.
    """
    del credential
    options = options or Options(server=Server.from_environment())
    async with connected(options) as http:

        async def attempt() -> list[dict[str, Any]]:
            return submit.parse_missions(await http.send(submit.missions_request(tid)))

        return await persist(Step.MISSIONS, attempt, options)
