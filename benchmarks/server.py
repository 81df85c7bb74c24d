"""The other side, in a process of its own, until its input ends: a simulator, and before it one that counts.

The simulator keeps digests only, but checks each chunk and each completion against the bytes; that costs it
more than the client's work costs the client. So there are both: `checked_port` is the simulator, `port` the
one that only counts (`counting.py`).
"""

from __future__ import annotations

import asyncio
import json
import sys

from benchmarks.counting import Counting

from bilibili_api.simulator import DEMO_ACCOUNT, CertificateAuthority, Simulator

MOST_THREADS = 8
"""What preupload allows; more than it says today, so that more can be measured."""


async def serve(host: str) -> None:
    authority = CertificateAuthority()
    async with Simulator(era="today", authority=authority) as sim:
        sim.limits.threads = MOST_THREADS
        counting = Counting(
            authority.server_context(host), host, sim.http_port, lambda: [video.md5 for video in sim.videos]
        )
        counting.start()
        place = {
            "port": counting.port,
            "proxy_port": counting.proxy_port,
            "checked_port": sim.port,
            "ca_file": str(sim.ca_file),
            "access_key": DEMO_ACCOUNT.access_key,
            "login": sim.cookies_json(DEMO_ACCOUNT),
            "cookies": sim.cookies(),
        }
        print(json.dumps(place), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
