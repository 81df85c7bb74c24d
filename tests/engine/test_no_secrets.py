"""No secret reaches a log, an event, an error, a repr or a traceback; every request goes over https."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import traceback
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from tests.kit import content, key_of, listen, make_uploader, password_of

from bilibili_api.exceptions import ApiException
from bilibili_api.simulator import (
    Answer,
    Captcha,
    Code,
    Cut,
    ExpiredToken,
    Fault,
    LostAnswer,
    NotOk,
    PhoneCheck,
    RateLimited,
    Status,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilibili_api.simulator import Account, Simulator, Step
    from bilibili_api.video_uploader import Options, VideoUploader

NAME, PASSWORD = "somebody@example.com", "pässword & = correct?horse"
KEY = "feedfacefeedfacefeedfacefeedface"


@pytest.fixture
def account(sim: Simulator) -> Account:
    return sim.add_account(NAME, PASSWORD, access_key=KEY)


class Overheard:
    """Everything that a program or its user could have seen of one upload."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog
        caplog.set_level(logging.DEBUG)
        for name in ("bilibili_api", "asyncio"):
            caplog.set_level(logging.DEBUG, logger=name)
        self._seen: list[str] = []

    def note(self, *things: object) -> None:
        for thing in things:
            self._seen += [repr(thing), str(thing)]

    def note_error(self, error: BaseException) -> None:
        self.note(error, error.args, vars(error), *getattr(error, "__notes__", []))
        self._seen += traceback.format_exception(error)

    @property
    def text(self) -> str:
        formatter = logging.Formatter("%(name)s %(message)s")
        records = [formatter.format(record) for record in self._caplog.records]
        return "\n".join([*self._seen, *records])


@pytest.fixture
def overheard(caplog: pytest.LogCaptureFixture) -> Overheard:
    return Overheard(caplog)


def secrets_of(sim: Simulator) -> set[str]:
    """What was typed in, what the server issued, and what was derived from either on the wire."""
    found = {NAME, PASSWORD, KEY}
    for exchange in sim.exchanges:
        found |= {value for name, value in exchange.query if name in {"access_key", "sign", "sig"}}
        found |= {item.value or "" for item in exchange.fields if item.name in {"password", "sign"}}
        found |= set(_issued(exchange.answer))
    return {form for secret in found for form in (secret, unquote(secret)) if len(form) > 5}


def _issued(value: Any) -> Iterator[str]:
    """Tokens, cookies, login keys and signed query values in an answer."""
    text = json.dumps(value)
    yield from re.findall(r'"(?:access_token|refresh_token|hash|value)": "([^"]{6,})"', text)
    urls: list[str] = re.findall(r'"(https://[^"]*\?[^"]*)"', text)
    for url in urls:
        yield from (signed for name, signed in parse_qsl(urlsplit(url).query) if name == "sig")
        yield from re.findall(r"sig=([^&]+)", url)


async def run(uploader: VideoUploader, overheard: Overheard) -> bool:
    """Run an upload with everything listening; return whether it succeeded."""
    heard = listen(uploader)
    try:
        await uploader.start()
    except ApiException as error:
        overheard.note_error(error)
    overheard.note(uploader, uploader.credential, uploader.progress, *uploader.pages)
    overheard.note(*[event for event in heard if event[0] != "PRE_SUBMIT"])
    for name, data in heard:
        if name.endswith("FAILED") and data and "err" in data:
            overheard.note_error(data["err"])
    return uploader.progress.stage == "done"


def leaks(overheard: Overheard, sim: Simulator) -> list[str]:
    text = overheard.text
    return [secret for secret in secrets_of(sim) if secret in text]


def make(account: Account, options: Options, cover: bytes, *, by_key: bool) -> VideoUploader:
    return make_uploader(
        account,
        options,
        content(300),
        chunk_size=100,
        cover=cover,
        line="pc",
        interface="client",
        credential=(key_of if by_key else password_of)(account, options),
    )


@pytest.mark.parametrize("by_key", [True, False], ids=["by key", "by password"])
async def test_a_successful_upload_gives_nothing_away(
    sim: Simulator, account: Account, options: Options, cover: bytes, overheard: Overheard, by_key: bool
):
    """Key, password, account name, tokens, cookies and signatures stay where they belong."""
    uploader = make(account, options, cover, by_key=by_key)
    assert await run(uploader, overheard)
    overheard.note(options)
    assert leaks(overheard, sim) == []
    assert len(secrets_of(sim)) > 5


async def test_a_secret_that_is_given_away_would_be_noticed(
    sim: Simulator, account: Account, options: Options, cover: bytes, overheard: Overheard
):
    """Each of them, wherever it shows."""
    assert await run(make(account, options, cover, by_key=False), overheard)
    for secret in secrets_of(sim):
        logging.getLogger("somebody.else").debug("made a request with %s", secret)
    assert set(leaks(overheard, sim)) == secrets_of(sim)
    assert {NAME, PASSWORD} <= secrets_of(sim)


ECHO = json.dumps(
    {
        "code": -400,
        "OK": 0,
        "message": f"bad access_key={KEY}&sign=0123456789abcdef0123456789abcdef, password={PASSWORD.split(maxsplit=1)[0]}",
        "data": {"access_token": KEY, "url": f"https://member.bilibili.com/x?access_key={KEY}"},
    }
).encode()
NESTED = json.dumps({"code": -400, "message": json.dumps({"access_key": KEY})}).encode()

FAILURES: list[tuple[Step, Fault]] = [
    ("key", Cut()),
    ("key", Answer(body=ECHO)),
    ("login", Code(-629)),
    ("login", Code(86066)),
    ("login", Captcha()),
    ("login", PhoneCheck()),
    ("login", Answer(body=ECHO)),
    ("login", Cut()),
    ("preupload", ExpiredToken()),
    ("preupload", RateLimited()),
    ("preupload", NotOk()),
    ("preupload", Status(302)),
    ("preupload", Answer(body=ECHO)),
    ("preupload", Answer(body=NESTED)),
    ("preupload", Answer(body=f"<html>access_key={KEY}".encode())),
    ("preupload", LostAnswer()),
    ("chunk", ExpiredToken()),
    ("chunk", Cut(after=50)),
    ("chunk", Answer(status=400, body=ECHO)),
    ("chunk", Status(500)),
    ("complete", Answer(status=400, body=ECHO)),
    ("complete", NotOk()),
    ("cover", ExpiredToken()),
    ("cover", Answer(body=ECHO)),
    ("cover", Answer(body=NESTED)),
    ("submit", Code(21590)),
    ("submit", LostAnswer()),
    ("submit", Answer(body=ECHO)),
    ("submit", Answer(status=500, body=ECHO)),
    ("submit", ExpiredToken()),
]


@pytest.mark.parametrize(
    ("step", "fault"), FAILURES, ids=lambda value: value if isinstance(value, str) else repr(value)[:40]
)
async def test_a_failure_gives_nothing_away(
    sim: Simulator,
    account: Account,
    options: Options,
    cover: bytes,
    overheard: Overheard,
    step: Step,
    fault: Fault,
):
    """Not even when the server quotes what it was sent."""
    sim.faults.add(step, fault, times=None)
    assert not await run(make(account, options, cover, by_key=False), overheard)
    assert leaks(overheard, sim) == []


async def test_a_login_with_a_wrong_password_gives_nothing_away(
    sim: Simulator, account: Account, options: Options, overheard: Overheard
):
    """The wrong password may be the right one of another account."""
    credential = password_of(account, options)
    credential.password = "another secret word"
    with pytest.raises(ApiException) as caught:
        await credential.get_access_key()
    overheard.note_error(caught.value)
    overheard.note(credential)
    assert "another secret word" not in overheard.text
    assert leaks(overheard, sim) == []


@pytest.mark.parametrize("era_step", ["key", "preupload", "chunk", "complete", "cover", "submit"])
async def test_every_request_goes_over_https(
    sim: Simulator, account: Account, options: Options, cover: bytes, overheard: Overheard, era_step: Step
):
    """Also the repetitions; whatever scheme the tool of 2021 used."""
    sim.faults.add(era_step, Status(503))
    assert await run(make(account, options, cover, by_key=False), overheard)
    assert {exchange.scheme for exchange in sim.exchanges} == {"https"}
    assert {exchange.step for exchange in sim.exchanges} >= {"key", "login", "preupload", "chunk", "submit"}


async def test_urls_handed_out_as_http_are_used_as_https(
    sim: Simulator, account: Account, options: Options, cover: bytes, overheard: Overheard
):
    """The signed target of a chunk is a secret as well."""
    first = make(account, options, cover, by_key=True)
    assert await run(first, overheard)
    issued = sim.seen("preupload")[0].answer
    plain = {name: str(value).replace("https:", "http:") for name, value in issued.items()} | {"OK": 1}
    sim.faults.add("preupload", Answer(body=json.dumps(plain).encode()))
    await run(make(account, options, cover, by_key=True), overheard)
    assert len(sim.seen("chunk")) > 3
    assert {exchange.scheme for exchange in sim.exchanges} == {"https"}


@pytest.mark.parametrize("by_key", [True, False], ids=["by key", "by password"])
async def test_what_asyncio_tells_in_debug_mode_gives_nothing_away(
    sim: Simulator, account: Account, options: Options, cover: bytes, overheard: Overheard, by_key: bool
):
    """It names every callback with its arguments, and every task with its result."""
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    loop.slow_callback_duration = 0
    try:
        assert await run(make(account, options, cover, by_key=by_key), overheard)
    finally:
        loop.set_debug(False)
    assert "Executing" in overheard.text
    assert leaks(overheard, sim) == []
