"""Other clients and bvup upload the same two files to the same server, in turns.

The others are installed unmodified into environments of their own (`tools/make_peer.py`); what cannot be
installed is left out. Bilibili's names lead to the server: for Python by `tests/peers/names`; for biliup, a
program in Rust, by the proxy of the server, which costs nothing more once a connection stands.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.asking import seen
from benchmarks.bench import LINE, Bench, spread, tell
from benchmarks.children import HERE, Cost, run
from benchmarks.place import MIB
from benchmarks.report import Figure
from PIL import Image

from bilibili_api.saying import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bilibili_api.saying import Said

THREADS = 3
"""What all take who let it be chosen, and what preupload says in life."""
_PEERS = HERE.parent / "tests" / "peers"
_MAKE_PEER = HERE.parent / "tools" / "make_peer.py"
_META = {"title": "benchmark", "copyright": 1, "tid": 21, "tag": "benchmark", "desc": "", "source": ""}
_ONE_MORE = 200 / 1024
"""Size of the second file, in units of the first."""


@dataclass(frozen=True, slots=True)
class _Race:
    """What all upload."""

    bench: Bench
    files: Sequence[Path]

    @property
    def led(self) -> dict[str, str]:
        """An environment in which Bilibili's names lead to the server."""
        place = self.bench.place
        port = str(place.port)
        return {
            "SSL_CERT_FILE": place.ca_file,
            "REQUESTS_CA_BUNDLE": place.ca_file,
            "PYTHONPATH": str(_PEERS / "names"),
            "PEER_HTTPS_PORT": port,
            "PEER_HTTP_PORT": port,
            "HOME": str(place.folder),
        }

    def ours(self, number: int) -> Cost:
        home = {"BVUP_HOME": str(self.bench.place.folder / f"home{number}")}  # a journal that knows nothing
        return run(self.bench.bvup(*self.files, threads=THREADS), more=home)

    def biliup(self, python: Path) -> Cost:
        place = self.bench.place
        proxy = f"http://127.0.0.1:{place.proxy_port}"
        command = (python.parent / "biliup", "--user-cookie", place.login_file, "upload", "--submit", "web")
        what = (
            "--line",
            LINE,
            "--limit",
            str(THREADS),
            "--title",
            "benchmark",
            "--tag",
            "benchmark",
            "--tid",
            "21",
        )
        way = {
            "https_proxy": proxy,
            "http_proxy": proxy,
            "HOME": str(place.folder),
            "SSL_CERT_FILE": place.ca_file,
        }
        return run([*command, *what, *self.files], more=way, folder=place.folder)

    def bilibili_api(self, python: Path) -> Cost:
        cover = self.bench.place.folder / "cover.jpg"
        Image.new("RGB", (1200, 750), "teal").save(cover)
        made_up = {"buvid3": "0A1B2C3D-1111-2222-3333-44445555666612345infoc", "buvid4": "0A1B2C3D"}
        job = {
            "cookies": {**self.bench.place.cookies, **made_up},
            "cover": str(cover),
            "line": LINE,
            "meta": {**_META, "desc_format_id": 0, "recreate": -1, "interactive": 0, "no_reprint": 1},
            "pages": [{"path": str(file), "title": file.stem} for file in self.files],
        }
        return run([python, "-P", _PEERS / "upload_by_bilibili_api_17.py"], job, more=self.led)

    def bilitool(self, python: Path) -> Cost:
        """Upload both files by themselves, since it makes a submission of each."""
        command = python.parent / "bilitool"
        # It keeps the login and then asks who it is for, where it looks for more than the simulator knows of.
        login = [command, "login", "--file", self._answered_login()]
        subprocess.run(login, env={**os.environ, **self.led}, capture_output=True, check=False)
        what = (
            "--title",
            "benchmark",
            "--tag",
            "benchmark",
            "--tid",
            "21",
            "--copyright",
            "1",
            "--cdn",
            LINE,
        )
        costs = [run([command, "upload", "--cdn", LINE, *what, file], more=self.led) for file in self.files]
        return Cost(
            sum(one.cpu for one in costs), sum(one.wall for one in costs), max(one.rss for one in costs)
        )

    def _answered_login(self) -> Path:
        """Write the login as the site answered it (section 2.8): bilitool wants no other form."""
        login = json.loads(self.bench.place.login_file.read_text("utf-8"))
        file = self.bench.place.folder / "answered.json"
        file.write_text(json.dumps({"code": 0, "data": login | login["token_info"]}), "utf-8")
        file.chmod(0o600)
        return file


def rivals(bench: Bench) -> Iterator[Figure]:
    """Let each upload once a round."""
    second = bench.place.folder / "second.mp4"
    with second.open("wb") as file:
        for _ in range(int(bench.files.size / MIB * _ONE_MORE)):
            file.write(os.urandom(MIB))
    race = _Race(bench, (bench.files.whole, second))
    installed = {name: _python_of(name) for name in ("biliup", "bilibili-api-python", "bilitool")}
    runs: dict[str, Callable[[int], Cost]] = {"bvup": race.ours}
    for name, ways in _ways(race).items():
        python = installed[name]
        if python is None:
            tell(f"{name} cannot be installed here: left out")
        else:
            runs[f"{name} {_version(python, name)}"] = partial(_unnumbered, ways, python)
    costs: dict[str, list[Cost]] = {name: [] for name in runs}
    for number in range(bench.rounds):
        for name, upload in runs.items():
            tell(f"round {number + 1} of {bench.rounds}: {name}")
            seen(bench.place)
            costs[name].append(upload(number))
            came = seen(bench.place)["bytes"]
            if came != sum(file.stat().st_size for file in race.files):
                raise RuntimeError(f"{name} has sent {came} bytes")
    yield from _figures(costs)


def _unnumbered(upload: Callable[[Path], Cost], python: Path, _number: int) -> Cost:
    return upload(python)


def _ways(race: _Race) -> dict[str, Callable[[Path], Cost]]:
    return {"biliup": race.biliup, "bilibili-api-python": race.bilibili_api, "bilitool": race.bilitool}


def _figures(costs: Mapping[str, Sequence[Cost]]) -> Iterator[Figure]:
    times = {name: [one.wall for one in several] for name, several in costs.items()}
    yield from _compared(say("time"), "s", times)
    spent = {name: [one.cpu for one in several] for name, several in costs.items()}
    yield from _compared(say("CPU"), "s", spent)
    peaks = {name: [one.rss for one in several] for name, several in costs.items()}
    yield from _compared(say("peak memory"), "MiB", peaks)


def _compared(what: Said, unit: str, values: Mapping[str, Sequence[float]]) -> Iterator[Figure]:
    medians = {name: median(several) for name, several in values.items()}
    for name, several in values.items():
        one = say("{what} of {client} (rounds: {spread})", what=what, client=name, spread=spread(several))
        yield Figure(one, medians[name], unit)
    ours = medians.pop("bvup")
    if medians:
        best = min(medians, key=lambda name: medians[name])
        compared = say("**{what}, bvup / the best other ({client})**", what=what, client=best)
        yield Figure(compared, ours / medians[best], "", 1.0)


def _python_of(name: str) -> Path | None:
    done = subprocess.run([sys.executable, _MAKE_PEER, name], check=False, capture_output=True, text=True)
    return None if done.returncode else Path(done.stdout.strip())


def _version(python: Path, name: str) -> str:
    script = f"from importlib.metadata import version; print(version('{name}'))"
    said = subprocess.run([python, "-c", script], check=True, capture_output=True, text=True).stdout
    return re.sub(r"\s", "", said)
