"""The other side: a simulator that keeps digests only, in a process of its own, until its input ends.

It checks each chunk and each completion against the bytes, so what was measured was a correct upload.
"""

from __future__ import annotations

import asyncio
import json
import sys

from bilibili_api.simulator import DEMO_ACCOUNT, Simulator


async def serve() -> None:
    async with Simulator() as sim:
        place = {"port": sim.port, "ca_file": str(sim.ca_file), "access_key": DEMO_ACCOUNT.access_key}
        print(json.dumps(place), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
