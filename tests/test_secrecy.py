"""The witness that looks for secrets over everything the suite does: it sees each place and knows each secret."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner
from tests.kit import content, make_uploader
from tests.secrecy import witnessing

from bilibili_api.engine.http import Http
from bilibili_api.exceptions import ApiException, ResponseCodeException
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.tokens import Cookie
from bilibili_api.protocol.wire import Request
from bilibili_api.redaction import Secret
from bilibili_api.utils.AsyncEvent import AsyncEvent
from bilibili_api.video_uploader import Options, Server, VideoUploaderCredential

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.simulator import Account, Simulator

WORD = "open-sesame-42"


def raise_and_catch(error: Exception, cause: Exception | None = None) -> None:
    with pytest.raises(ApiException):
        raise error from cause


def run_command(text: str) -> None:
    CliRunner().invoke(click.Command("tell", callback=lambda: click.echo(text)), [])


LEAKS: list[tuple[str, Callable[[str], object]]] = [
    ("log", lambda word: logging.getLogger("bilibili_api").debug("made with %s", word)),
    ("log", lambda word: logging.getLogger("asyncio").warning("took long: %s", word)),
    ("event", lambda word: AsyncEvent().dispatch("TOLD", {"info": f"made with {word}"})),
    ("event", lambda word: AsyncEvent().dispatch(word)),
    ("error", lambda word: ApiException(f"no use for {word}")),
    ("error", lambda word: ApiException("no use", hint=f"Try {word}.")),
    ("error", lambda word: ApiException("no use").keeping(word)),
    ("error", lambda word: ResponseCodeException(1, "no use", {"text": word})),
    ("error", lambda word: AsyncEvent().dispatch("FAILED", {"err": ValueError(word)})),
    ("error", lambda word: raise_and_catch(ApiException("no use"), ValueError(word))),
    ("output", run_command),
]


@pytest.mark.parametrize(("place", "leak"), LEAKS, ids=[f"{place} {n}" for n, (place, _) in enumerate(LEAKS)])
def test_it_sees_a_secret_wherever_it_shows(sim: Simulator, place: str, leak: Callable[[str], object]):
    """Once a test has handed it out."""
    with witnessing() as witness:
        leak(WORD)
        assert witness.leaks() == []
        sim.add_account("bob", WORD)
        assert f"{place}: {WORD}" in witness.leaks()


async def test_it_sees_a_request_that_everybody_on_its_way_can_read():
    """Over plain http nothing secret goes out, and nobody tries."""
    options = Options(server=Server("https://127.0.0.1:1"))
    with witnessing() as witness:
        Secret(WORD)
        async with Http(options) as http:
            with pytest.raises(ValueError, match="over https only"):
                await http.send(Request(Step.KEY, "GET", "http://passport.bilibili.com/", {"X-Odd": WORD}))
        assert f"http: {WORD}" in witness.leaks()


async def test_it_knows_what_the_simulator_hands_out(sim: Simulator, account: Account):
    """Tokens, cookies in either encoding, passwords."""
    with witnessing() as witness:
        login = sim.log_in(account)
        cookies = login.cookies
        handed = [login.access_token, login.refresh_token, account.password, *cookies.values()]
        for word in handed:
            logging.getLogger("asyncio").warning("%s", word)
        found = {leak.partition(": ")[2] for leak in witness.leaks()}
    assert found >= {*handed} - {cookies["DedeUserID"]}
    assert cookies["DedeUserID"] not in found


async def test_it_knows_what_requests_carry(sim: Simulator, account: Account, options: Options):
    """The key of the storage, signatures, csrf."""
    jar = dict(sim.log_in(account).cookies)
    with witnessing() as witness:
        credential = VideoUploaderCredential(cookies=jar, options=options)
        await make_uploader(account, options, content(10), credential=credential, line="bda2").start()
        auth = sim.seen("part")[0].header("X-Upos-Auth")
        assert auth
        logging.getLogger("asyncio").warning("%s %s", auth, jar["bili_jct"])
        assert {f"log: {auth}", f"log: {jar['bili_jct']}"} <= set(witness.leaks())


def test_it_knows_what_the_product_holds_to_be_secret():
    """Whoever made it, a test included."""
    with witnessing() as witness:
        Secret("first of them")
        Cookie("SESSDATA", "second of them")
        ApiException("first of them, second of them")
        assert {"error: first of them", "error: second of them"} <= set(witness.leaks())


def test_what_is_masked_is_no_leak():
    """Nor what is too short to be told from other text, nor who somebody is."""
    with witnessing() as witness:
        Secret("a")
        ApiException(f"made with {Secret(WORD)}, access_key={WORD}, a")
        assert witness.leaks() == []
