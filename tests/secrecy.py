"""Sees what every test lets out, and knows which secrets were handed out meanwhile.

Stands at the edges of the product: where events are dispatched, errors made and caught, requests sent and `bvup`
run; and where the simulator and the product itself take or issue a secret. Nothing of the product is changed.
"""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import click.testing
import pytest

from bilibili_api import exceptions
from bilibili_api.engine.http import Http
from bilibili_api.exceptions import ApiException
from bilibili_api.protocol.tokens import Cookie
from bilibili_api.redaction import Secret
from bilibili_api.simulator.logins import Logins
from bilibili_api.simulator.state import State
from bilibili_api.simulator.storage import Storage
from bilibili_api.utils.AsyncEvent import AsyncEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping

    from bilibili_api.protocol.wire import Request
    from bilibili_api.simulator import Account
    from bilibili_api.simulator.logins import Login
    from bilibili_api.simulator.storage import StoredObject

LOOKS_SECRET = re.compile(
    r"correct horse|demo password|\b[0-9a-f]{32}\b|SESSDATA=[^*\s]|bili_jct=[^*\s]|access_key=[^*\s]",
    re.IGNORECASE,
)
"""Passwords of the simulator's accounts, tokens of the usual form, and cookies or keys with a value."""

SECRET_COOKIES = frozenset({"SESSDATA", "bili_jct", "DedeUserID__ckMd5", "sid"})
SECRET_PARAMETERS = frozenset({"access_key", "csrf", "refresh_token", "sig", "sign"})
SHORTEST = 8
"""Characters; a shorter text stands in others by chance. What the simulator hands out is longer."""
HEARD = ("aiohttp", "asyncio", "bilibili_api", "py.warnings")
"""Loggers."""
PRINTED_ON_PURPOSE = (("account", "export"), ("demo",), ("simulator",))
"""Commands whose very purpose is to print a login: of the user's own, or of the simulator's demo account."""


class Ears(logging.Handler):
    """Hears every line that is logged, as a log file would have it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        _witness.show("log", line)
        if record.name == "bilibili_api" and LOOKS_SECRET.search(line):
            _witness.suspicious.append(line)


class Witness:
    """What one test handed out and let be seen.

    Attributes:
        suspicious: Lines of the log that look as if they held a secret, whoever handed it out.
    """

    def __init__(self) -> None:
        self.suspicious: list[str] = []
        self._known: set[str] = set()
        self._passing: set[str] = set()
        self._seen: dict[str, dict[str, None]] = {}

    def hand_out(self, *secrets: str | None) -> None:
        """Note what must not be seen anywhere."""
        self._known.update(_forms(secrets))

    def hand_on(self, *secrets: str | None) -> None:
        """Note what the product itself holds to be secret; a person may be shown some of it, such as a QR code."""
        self._passing.update(_forms(secrets))

    def show(self, where: str, text: str) -> None:
        """Note what somebody could have read."""
        self._seen.setdefault(where, {})[text] = None

    def show_error(self, error: BaseException) -> None:
        """Note all that a traceback or a handler could print of an error and of what led to it."""
        told: set[int] = set()
        chain: list[BaseException | None] = [error]
        while chain:
            link = chain.pop()
            if link is None or id(link) in told:
                continue
            told.add(id(link))
            self.show("error", f"{link}\n{link!r}\n{vars(link)!r}")
            chain += [link.__cause__, None if link.__suppress_context__ else link.__context__]
            if isinstance(link, BaseExceptionGroup):
                chain += cast("BaseExceptionGroup[BaseException]", link).exceptions

    def leaks(self) -> list[str]:
        """Return what was seen of what must not be, each with the place."""
        found = [f"log: {line}" for line in self.suspicious]
        for where, texts in self._seen.items():
            text = "\n".join(texts)
            secrets = self._known if where == "output" else self._known | self._passing
            found += [f"{where}: {secret}" for secret in secrets if secret in text]
        return found


class _Nobody(Witness):
    """Looks away between the tests."""

    def hand_out(self, *secrets: str | None) -> None:
        del secrets

    hand_on = hand_out

    def show(self, where: str, text: str) -> None:
        del where, text


_witness: Witness = _Nobody()


@contextmanager
def witnessing() -> Generator[Witness]:
    """Let a new witness see what happens meanwhile, in place of the one before."""
    global _witness  # noqa: PLW0603 - the hooks stand in classes, for the whole session
    before, _witness = _witness, Witness()
    log = logging.getLogger("bilibili_api")
    level = log.level
    log.setLevel(logging.DEBUG)
    try:
        yield _witness
    finally:
        log.setLevel(level)
        _witness = before


def _forms(secrets: Iterable[str | None]) -> Generator[str]:
    """Give each secret as it is and in the other encodings in which it may be seen."""
    for secret in secrets:
        if secret and len(secret) >= SHORTEST:
            yield from (secret, unquote(secret), quote(secret, safe=""))


@contextmanager
def hooks() -> Generator[None]:
    """Stand at the edges of the product and of the simulator."""
    loggers, ears = [logging.getLogger(name) for name in HEARD], Ears()
    for logger in loggers:
        logger.addHandler(ears)
    with pytest.MonkeyPatch.context() as patch:
        _hook_secrets(patch)
        _hook_simulator(patch)
        _hook_errors(patch)
        _hook_the_rest(patch)
        yield
    for logger in loggers:
        logger.removeHandler(ears)


def _after(patch: pytest.MonkeyPatch, owner: type, name: str, note: Callable[[Any, Any], None]) -> None:
    """Call `note` with the object and the result after each call of a method."""
    original = vars(owner)[name]

    @wraps(original)
    def wrapper(self: Any, *given: Any, **named: Any) -> Any:
        result = original(self, *given, **named)
        note(self, result)
        return result

    patch.setattr(owner, name, wrapper)


def _before(
    patch: pytest.MonkeyPatch, owner: type, name: str, note: Callable[[tuple[Any, ...]], None]
) -> None:
    """Call `note` with the positional arguments before each call of a method."""
    original = vars(owner)[name]

    @wraps(original)
    def wrapper(self: Any, *given: Any, **named: Any) -> Any:
        note(given)
        return original(self, *given, **named)

    patch.setattr(owner, name, wrapper)


def _hook_secrets(patch: pytest.MonkeyPatch) -> None:
    def cookie(made: Cookie, _: None) -> None:
        if made.name in SECRET_COOKIES:
            _witness.hand_out(made.value)

    _after(patch, Secret, "__init__", lambda made, _: _witness.hand_on(made.reveal()))
    _after(patch, Cookie, "__init__", cookie)


def _hook_simulator(patch: pytest.MonkeyPatch) -> None:
    def account(_: State, made: Account) -> None:
        _witness.hand_out(made.password, made.access_key)

    def login(_: Logins, made: Login) -> None:
        cookies = (value for name, value in made.cookies.items() if name in SECRET_COOKIES)
        _witness.hand_out(made.account.password, made.access_token, made.refresh_token, *cookies)

    def ticket(_: Storage, made: StoredObject) -> None:
        _witness.hand_out(made.auth, dict(parse_qsl(made.auth))["sign"])

    _after(patch, State, "add_account", account)
    _after(patch, Logins, "_keep", login)
    _after(patch, Storage, "promise", ticket)


def _hook_errors(patch: pytest.MonkeyPatch) -> None:
    def made_as(kind: type[ApiException]) -> Callable[[ApiException, None], None]:
        def made(error: ApiException, _: None) -> None:
            if type(error).__init__ is kind.__init__:  # the outermost one: the error is complete
                _witness.show_error(error)

        return made

    def caught(given: tuple[Any, ...]) -> None:
        if isinstance(given[1], ApiException):
            _witness.show_error(given[1])

    for kind in vars(exceptions).values():
        if isinstance(kind, type) and issubclass(kind, ApiException) and "__init__" in vars(kind):
            _after(patch, kind, "__init__", made_as(kind))
    _after(patch, ApiException, "keeping", lambda error, _: _witness.show_error(error))
    _before(patch, type(pytest.raises(ApiException)), "__exit__", caught)


def _hook_the_rest(patch: pytest.MonkeyPatch) -> None:
    _before(patch, AsyncEvent, "dispatch", _show_event)
    invoke, send = click.testing.CliRunner.invoke, Http.send

    @wraps(invoke)
    def ran(self: click.testing.CliRunner, cli: Any, args: Any = (), **given: Any) -> click.testing.Result:
        result = invoke(self, cli, args, **given)
        if not any(tuple(args[: len(words)]) == words for words in PRINTED_ON_PURPOSE):
            _witness.show("output", result.output)
        return result

    @wraps(send)
    async def sent(self: Http, request: Request, **given: Any) -> Any:
        _note_request(request)
        try:
            return await send(self, request, **given)
        except Exception as error:
            _witness.show_error(error)
            raise

    patch.setattr(click.testing.CliRunner, "invoke", ran)
    patch.setattr(Http, "send", sent)


def _show_event(told: tuple[Any, ...]) -> None:
    name, data = (*told, None)[:2]
    _witness.show("event", f"{name!r} {data!r}")
    members: Iterable[object] = (
        cast("Mapping[str, object]", data).values() if isinstance(data, dict) else (data,)
    )
    for member in members:
        if isinstance(member, BaseException):
            _witness.show_error(member)


def _note_request(request: Request) -> None:
    """Note what a request carries, and the request itself when everybody on its way can read it."""
    for pair in urlsplit(request.url).query.split("&"):
        name, _, value = pair.partition("=")
        if name in SECRET_PARAMETERS:
            _witness.hand_out(value)
    headers: Mapping[str, str] = {name.lower(): value for name, value in request.headers.items()}
    _witness.hand_out(headers.get("x-upos-auth"))
    for pair in headers.get("cookie", "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name in SECRET_COOKIES:
            _witness.hand_out(value)
    if not request.url.startswith("https:"):
        _witness.show("http", f"{request.url} {dict(request.headers)}")
