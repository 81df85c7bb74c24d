"""What a malicious or broken server can make an upload do: nothing beyond the upload itself."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.engine.today import DATA, Today, simulator_of_today
from tests.kit import listen

from bilibili_api.exceptions import ApiException
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.wire import Envelope, Response, open_envelope
from bilibili_api.simulator import Answer
from bilibili_api.video_uploader import VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from pytest import LogCaptureFixture as LogCapture  # noqa: PT013
    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.simulator import Step as SimulatorStep
    from bilibili_api.video_uploader import Options

STEERING = "\x1b]0;owned\x07\x1b[2J\r\nERROR forged line\u202e\x9b"
LARGEST = 4 * 1024 * 1024


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


@pytest.fixture
def today(sim: Simulator, account: Account, options: Options) -> Today:
    return Today(sim, account, options)


def saying(body: dict[str, Any] | bytes, status: int = 200) -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(body=data, content_type="application/json", status=status)


def steers(text: str) -> bool:
    return any(not (char.isprintable() or char == "\n") for char in text)


@pytest.mark.parametrize("step", ["preupload", "init", "part", "complete", "cover", "submit"])
async def test_what_it_says_steers_no_terminal_and_forges_no_log_line(
    today: Today, sim: Simulator, cover: bytes, caplog: LogCapture, step: SimulatorStep
):
    """Neither through the error, nor an event, nor the log."""
    said = {"code": -400, "OK": 0, "message": STEERING, "info": STEERING, "error": STEERING}
    sim.faults.add(step, saying(said), times=None)
    uploader = today.make(cover=cover, threads=1, interface="web")
    heard = listen(uploader)
    with pytest.raises(ApiException) as caught:
        await uploader.start()
    told = [str(data["err"]) for _, data in heard if "err" in (data or {})]
    assert not [text for text in (str(caught.value), *told) if steers(text)]
    assert not steers(caplog.text)
    assert "\nERROR forged" not in caplog.text + str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["http://evil.example.com/c.jpg", "https://127.0.0.1/admin", "http://169.254.169.254/latest/meta-data/"],
)
async def test_the_address_of_a_cover_is_never_visited(today: Today, sim: Simulator, cover: bytes, url: str):
    """It goes back to Bilibili with the submission, and nowhere else."""
    sim.faults.add("cover", saying({"code": 0, "data": {"url": url}}))
    sim.faults.add("submit", saying({"code": 21021, "message": "no"}))
    await today.ends_with(today.make(cover=cover))
    hosts = {seen.host for seen in sim.exchanges}
    assert all(host.endswith((".bilibili.com", ".bilivideo.com")) for host in hosts)


@pytest.mark.parametrize("step", ["preupload", "init", "submit"])
async def test_a_huge_answer_is_an_error(today: Today, sim: Simulator, step: SimulatorStep):
    """It is not read beyond 4 MiB, and is not tried again for ever."""
    sim.faults.add(step, saying(b" " * (LARGEST + 1)), times=None)
    error = await today.ends_with(today.make(interface="web", has="cookies"))
    assert error.kind in {"UNEXPECTED_ANSWER", "SUBMISSION_UNKNOWN"}


@pytest.mark.parametrize("filling", [b"[],", b'"sid=\\\\\\"",', b'"a@://",'], ids=repr)
def test_the_densest_answer_is_read_quickly(filling: bytes):
    """Masking its secrets takes no longer than reading it; the error does not keep it."""
    begins, ends = b'{"code":-1,"data":[', b"0]}"
    body = begins + filling * (LARGEST // 4 // len(filling)) + ends
    begun = time.thread_time()
    json.loads(body)
    reading = time.thread_time() - begun
    begun = time.thread_time()
    with pytest.raises(ApiException) as caught:
        open_envelope(Response(200, body=body), Step.PREUPLOAD, Envelope.CODE)
    assert time.thread_time() - begun < 10 + 10 * reading  # minutes where it looks back too often
    assert len(repr(vars(caught.value))) < 1_000_000


STRANGE: dict[str, object] = {
    "text": "1.",
    "none": None,
    "false": False,
    "list": [1],
    "huge": 10**4000,
    "fraction": 1.5,
    "nan": float("nan"),
    "infinity": float("inf"),
    "steering": STEERING,
    "path": "../../etc/passwd",
}


@pytest.mark.parametrize("member", ["aid", "bvid"])
@pytest.mark.parametrize("value", STRANGE.values(), ids=STRANGE)
async def test_a_strange_number_of_an_archive_is_not_believed(
    today: Today, sim: Simulator, member: str, value: object
):
    """It would stand in URLs and on terminals. Whether there is an archive is then asked for."""
    sim.faults.add("submit", saying({"code": 0, "data": {"aid": 1, "bvid": "BV1xx411c7mD", member: value}}))
    heard = listen(uploader := today.make())
    await today.ends_right(uploader)
    assert STEERING not in str(heard)


async def test_a_file_name_reaches_the_wire_only_escaped(
    today: Today, sim: Simulator, tmp_path: Path, caplog: LogCapture
):
    """No header, no line of a form, no line of the log can be written by it."""
    path = tmp_path / "a\r\nX-Evil: 1\x1b[2J&uploads\u202e.mp4"
    path.write_bytes(DATA)
    await today.ends_right(today.make(pages=[VideoUploaderPage(path, title="P1")]))
    assert all("x-evil" not in name.lower() for seen in sim.exchanges for name, _ in seen.headers)
    assert not steers(caplog.text)
