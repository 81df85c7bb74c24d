"""`bvup demo`: the simulator, a login, an upload before your eyes, and a proof."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bilibili_api.cover import Cover
from bilibili_api.saying import listed, say
from bilibili_api.simulator import DEMO_ACCOUNT, Simulator
from bilibili_api.video_uploader import Options, Server, VideoUploaderCredential

from . import told
from .flags import output_options, verbose_option
from .language import t, tn
from .order import Order, Part
from .outlet import Outlet
from .report import EPILOG, ExitCode, stopped_figures, tell_stopped
from .sending import send
from .text import safe
from .words import result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bilibili_api.simulator import Archive

MEDIA: Final = Path(__file__).parent / "media"
NOTHING: Final = say("nothing; the demonstration leaves nothing behind.")
BANDWIDTH: Final = 300_000
"""Bytes a second that the simulator takes: slow enough to watch."""
CHUNK: Final = 64 * 1024
THREADS: Final = 4


@click.command(epilog=EPILOG)
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Where the stored videos stay.  [default: a new folder for temporary files]")  # fmt: skip
@click.option("--bandwidth", type=click.IntRange(1), default=BANDWIDTH, show_default=True,
              help="Bytes a second that the simulator takes.")  # fmt: skip
@output_options
@verbose_option("Show details, and tracebacks of errors.")
@click.pass_context
def command(ctx: click.Context, keep: Path | None, bandwidth: int, *, verbose: bool) -> None:
    """Start the simulator, log in, upload a real video of two parts with a cover, and prove it.

    Needs no account and no network. Ends with status 0 only if the stored bytes equal the sent ones.
    """
    folder = keep or Path(tempfile.mkdtemp(prefix="bvup-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    code = ExitCode.UNEXPECTED
    try:
        code = asyncio.run(demonstrate(folder.resolve(), bandwidth, Outlet(), verbose=verbose))
    finally:
        if code is not ExitCode.DONE and keep is None:
            shutil.rmtree(folder)
    ctx.exit(code)


async def demonstrate(folder: Path, bandwidth: int, outlet: Outlet, *, verbose: bool) -> ExitCode:
    """Do it, and return how it ended.

    Raises:
        ApiException: What the library raises.
    """
    async with Simulator(era="2021", store=folder) as simulator:  # when a password still was a login
        simulator.limits.bandwidth = bandwidth
        outlet.say(t("A simulator of Bilibili runs at {url} as long as this takes.", url=simulator.url))
        order = demo_order(Server(simulator.url, simulator.ca_file))
        outlet.say(*order.heading(t("{account} (password)", account=DEMO_ACCOUNT.name)))
        credential = VideoUploaderCredential(
            account=DEMO_ACCOUNT.name, password=DEMO_ACCOUNT.password, options=Options(server=order.server)
        )
        outcome = await send(order.uploader(credential), order.blank(), outlet, verbose=verbose)
        if outcome.ids is None:
            code = tell_stopped(NOTHING)
            told.result(code, outlet, stopped_figures(NOTHING))
            return code
        outlet.tell(*result(outcome, simulator.url))
        stored = [video.path for video in simulator.archives[0].videos if video.path]
        outlet.say(t("The stored video, which any player opens:"), *(f"  {safe(path)}" for path in stored))
        equal, proof = prove([part.path for part in order.parts], simulator.archives[0])
        outlet.tell(proof)
    code = ExitCode.DONE if equal else ExitCode.UNEXPECTED
    told.result(code, outlet, **{**outcome.ids, "proved": equal, "stored": [str(path) for path in stored]})
    return code


def demo_order(server: Server) -> Order:
    """Return the submission of the demonstration."""
    parts = (
        Part.of_file(MEDIA / "P1.mp4", t("First part")),
        Part.of_file(MEDIA / "P2.mp4", t("Second part")),
    )
    meta = {
        "title": "bvup demo",
        "tag": "demo,bvup",
        "tid": 21,
        "copyright": 1,
        "desc": t("Made by bvup demo."),
    }
    return Order(parts, meta, None, Cover(MEDIA / "cover.jpg"), THREADS, CHUNK, server)


def prove(sent: Sequence[Path], archive: Archive) -> tuple[bool, str]:
    """Compare what was sent with what is stored, and return whether all is equal, and a line to show."""
    stored = [video.path for video in archive.videos if video.path]
    digests = [_sha256(path) for path in sent]
    equal = sum(digest == _sha256(path) for digest, path in zip(digests, stored, strict=False))
    if equal != len(sent) or len(stored) != len(sent):
        return False, tn(
            len(sent),
            "proof FAILED: only {equal} of {n} part are stored as they were sent",
            "proof FAILED: only {equal} of {n} parts are stored as they were sent",
            equal=equal,
        )
    return True, tn(
        len(sent),
        "proof: stored bytes equal the sent ones ({equal} of {n} part, sha256 {digests})",
        "proof: stored bytes equal the sent ones ({equal} of {n} parts, sha256 {digests})",
        equal=equal,
        digests=listed(digest[:16] for digest in digests),
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
