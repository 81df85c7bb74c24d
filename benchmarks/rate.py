"""`python -m benchmarks.rate`: how exactly limits of the rate are kept, in real time, over real connections.

Uploads of zeros go to a simulator in this process, each in a process of its own or several in one; ten times
a second each notes how much the other side has taken. Wanted: 3 % over ten seconds, 5 % between uploads.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bilibili_api.simulator import DEMO_ACCOUNT, Simulator
from bilibili_api.video_uploader import (
    Options,
    Server,
    SharedRate,
    UserRate,
    VideoUploader,
    VideoUploaderCredential,
    VideoUploaderPage,
)

META = {"title": "rate", "copyright": 1, "tid": 21, "tag": "rate", "desc": ""}
SECONDS = 18.0
SETTLED = 1.5
"""Seconds after which the ten begin that are measured."""
MB = 1_000_000


@dataclass(frozen=True)
class Case:
    """What is measured.

    Attributes:
        name: Half a line.
        processes: How many there are.
        jobs: Uploads in each of them.
        shared: The limit of the user, or of the one process: bytes per second.
        own: The limit of each upload.
        threads: Connections of each upload; the first of several has only one.
        then: What the limit is changed to after a while; the ten seconds begin later then.
    """

    name: str
    processes: int = 1
    jobs: int = 1
    shared: int | None = None
    own: int | None = None
    threads: int = 4
    then: int | None = None

    @property
    def wanted(self) -> float:
        return self.then or self.shared or (self.own or 0) * self.processes * self.jobs

    @property
    def settled(self) -> float:
        return SETTLED if self.then is None else 2 * SETTLED

    @property
    def seconds(self) -> float:
        return self.settled + SECONDS - SETTLED


CASES = (
    Case("1 upload, its own limit", own=100_000),
    Case("1 upload, its own limit", own=10 * MB),
    Case("1 upload, 1 connection", own=5 * MB, threads=1),
    Case("1 upload, the limit of the user", shared=20 * MB),
    Case("2 processes, the limit of the user", processes=2, shared=10 * MB),
    Case("4 processes, the limit of the user", processes=4, shared=8 * MB),
    Case("4 uploads in 1 process, a shared limit", jobs=4, shared=10 * MB),
    Case("2 processes, limit changed while they run", processes=2, shared=10 * MB, then=4 * MB),
    Case("2 processes, limit changed while they run", processes=2, shared=2 * MB, then=10 * MB),
)


async def upload(job: dict[str, Any]) -> list[list[tuple[float, int]]]:
    """Upload for a while; return for each upload how much was taken when."""
    share = SharedRate(job["shared"]) if job["jobs"] > 1 else UserRate(job["home"])
    options = Options(server=Server(job["url"], job["ca"]), shared_rate=share)
    credential = VideoUploaderCredential(access_key=DEMO_ACCOUNT.access_key, options=options)
    uploaders = [
        VideoUploader(
            [VideoUploaderPage(job["file"], title="rate")],
            META,
            credential,
            threads=1 if job["jobs"] > 1 and not number else job["threads"],
            chunk_size=1024 * 1024,
            rate=job["own"],
            options=options,
        )
        for number in range(job["jobs"])
    ]
    await asyncio.sleep(job["begin"] - time.time())
    running = [asyncio.create_task(uploader.start()) for uploader in uploaders]
    seen: list[list[tuple[float, int]]] = [[] for _ in uploaders]
    while time.time() < job["end"]:
        for uploader, samples in zip(uploaders, seen, strict=True):
            samples.append((time.time(), uploader.progress.sent))
        await asyncio.sleep(0.1)
    for uploader in uploaders:
        await uploader.abort()
    await asyncio.gather(*running)
    return seen


async def child(case: Case, job: dict[str, Any], number: int) -> list[list[tuple[float, int]]]:
    """Let a process of its own upload."""
    threads = 1 if case.processes > 1 and not number else case.threads
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.rate",
        "child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate(json.dumps(job | {"threads": threads}).encode())
    return json.loads(said)


async def measure(case: Case, file: Path) -> list[float]:
    """Return the bytes per second of each upload over ten seconds."""
    with tempfile.TemporaryDirectory() as home:
        if case.jobs == 1:
            UserRate(home).limit = case.shared
        async with Simulator() as sim:
            begin = time.time() + 6  # processes need a while to begin
            place = {"url": sim.url, "ca": str(sim.ca_file), "home": home, "file": str(file)}
            limits = {"shared": case.shared, "own": case.own, "jobs": case.jobs}
            job = place | limits | {"begin": begin, "end": begin + case.seconds}
            children = [asyncio.create_task(child(case, job, number)) for number in range(case.processes)]
            if case.then is not None:
                await asyncio.sleep(begin + SETTLED - time.time())
                UserRate(home).limit = case.then
            seen = [samples for each in await asyncio.gather(*children) for samples in each]
    return measured(seen, begin + case.settled)


def measured(seen: list[list[tuple[float, int]]], settled: float) -> list[float]:
    """Return the bytes per second of each over ten seconds in which all send: some take long to begin."""
    begun = [next((when for when, taken in samples if taken), settled) for samples in seen]
    return [rate(samples, max(settled, max(begun) + 1)) for samples in seen]


def rate(samples: list[tuple[float, int]], begin: float) -> float:
    """Return the bytes per second in the ten seconds from `begin` on.

    Raises:
        RuntimeError: There are no ten seconds any more.
    """
    if samples[-1][0] < begin + 10:
        raise RuntimeError("The machine is too busy to measure anything.")
    first = next(sample for sample in samples if sample[0] >= begin)
    last = next(sample for sample in reversed(samples) if sample[0] <= begin + 10)
    return (last[1] - first[1]) / (last[0] - first[0])


async def main() -> None:
    """Measure all and print a table."""
    print("| what | limit, MB/s | seen, MB/s | off by | most unfair |")
    print("|---|---|---|---|---|")
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        file.truncate(1_000 * MB)
        for case in CASES:
            rates = await measure(case, Path(file.name))
            total, mean = sum(rates), sum(rates) / len(rates)
            unfair = max(abs(one / mean - 1) for one in rates)
            print(
                f"| {case.name} | {case.wanted / MB:g} | {total / MB:.3f} | {total / case.wanted - 1:+.1%} "
                f"| {f'{unfair:.1%}' if len(rates) > 1 else ''} |",
                flush=True,
            )


if __name__ == "__main__":
    if sys.argv[1:] == ["child"]:
        print(json.dumps(asyncio.run(upload(json.load(sys.stdin)))))
    else:
        with suppress(KeyboardInterrupt):
            asyncio.run(main())
