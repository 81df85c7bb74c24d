"""Texts that may be shown to strangers: masked, scanned for the secrets of this machine, then written."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import quote, unquote

from bilibili_api.exceptions import ApiException, ArgsException
from bilibili_api.redaction import MASK, SENSITIVE_KEYS, scrub_text
from bilibili_api.saying import because, say

from .accounts import Shelf
from .database import peek

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bilibili_api.protocol.tokens import Session

    from .network import Network

SHORTEST: Final = 4
"""Characters; what is shorter stands in any text by chance."""
FORMS: Final = re.compile(
    r"(?<![0-9A-Za-z])[0-9a-fA-F]{32}(?![0-9A-Za-z])"  # access keys, csrf tokens (protocol document, 2.1)
    r"|[0-9a-f]{6,}(?:%2C|,)\d{10}(?:%2C|,)"  # SESSDATA (2.5)
    r"|eyJ[\w-]{10,}\.[\w-]+"  # tickets signed as JSON
    r"|-----BEGIN "
)
"""What has the form of a secret, whoever it belongs to."""
VARIABLES: Final = ("BVUP_ACCESS_KEY", "BVUP_PASSWORD")
_HARMLESS: Final = frozenset({"DedeUserID", "CURRENT_FNVAL", "i-wanna-go-back", "b_ut"})
"""Cookies that say nothing, or only whose they are; as short numbers they stand in other texts by chance."""


def secrets_of_session(session: Session) -> Iterator[str]:
    """Yield all that proves who somebody is."""
    for secret in (session.token, session.refresh_token, session.web_refresh):
        if secret is not None:
            yield secret.reveal()
    for cookie in session.cookies:
        if cookie.name not in _HARMLESS:
            yield cookie.value


def kept_secrets() -> Iterator[str]:
    """Yield the secrets of all kept logins, those of interrupted renewals included."""
    shelf = Shelf()
    for name in shelf.names():
        with suppress(ApiException):  # one that cannot be read cannot be copied from, either
            place = shelf.place(name)
            for session in (place.load(), place.load_unproven()):
                if session is not None:
                    yield from secrets_of_session(session)


def secrets_of_network(network: Network) -> Iterator[str]:
    """Yield names and passwords at proxies."""
    for proxy in (network.proxy(is_upload=False), network.proxy(is_upload=True)):
        if proxy is not None:
            yield proxy.password.reveal()
            if proxy.user is not None:
                yield proxy.user.reveal()


def secrets_of_environment(environ: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Yield what variables hold."""
    return (environ.get(name, "").strip() for name in VARIABLES)


def secrets_of_journal(path: Path) -> Iterator[str]:
    """Yield what tickets prove: `auth`, and the signed queries of the PC line."""
    for (text,) in peek(path, "SELECT ticket FROM page WHERE ticket IS NOT NULL"):
        with suppress(ValueError):
            for name, value in _leaves("", json.loads(str(text))):
                if name in SENSITIVE_KEYS:
                    yield value
                elif "?" in value:
                    yield value.partition("?")[2]


def words_of_journal(path: Path) -> Iterator[str]:
    """Yield names of files, and titles: no secrets, but nobody's business."""
    for (text,) in peek(path, "SELECT plan FROM job"):
        with suppress(ValueError):
            for name, value in _leaves("", json.loads(str(text))):
                if name in {"path", "title"}:
                    yield value
                    yield os.path.basename(value)  # noqa: PTH119 - what is no path stays as it is


def _leaves(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name.lower(), value
    elif isinstance(value, dict):
        for key, member in cast("dict[str, object]", value).items():
            yield from _leaves(key, member)
    elif isinstance(value, list):
        for member in cast("list[object]", value):
            yield from _leaves(name, member)


def masked(text: str, private: Iterable[str]) -> str:
    """Return a text without values of sensitive names, without private words and the user's home."""
    for word in sorted({word for word in private if len(word) >= SHORTEST}, key=len, reverse=True):
        text = text.replace(word, MASK)
    home = str(Path.home())
    return scrub_text(text.replace(home, "~") if len(home) >= SHORTEST else text)


def check(sections: Mapping[str, str], secrets: Iterable[str]) -> None:
    """Refuse texts in which a secret stands, as it is or as URLs and JSON write it, or something of its form.

    Raises:
        ArgsException: There is one; it says where, not what.
    """
    known = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}
    for name, text in sections.items():
        if FORMS.search(text) or any(secret in text for secret in known):
            raise ArgsException(
                say(
                    "The report was not written: something in its section {name!r} may be a secret.",
                    name=name,
                ),
                hint=say("Nothing was written. Leave this part out, and describe the trouble in words."),
            )


def _forms(secret: str) -> set[str]:
    plain = unquote(secret)
    return {secret, plain, quote(secret), quote(plain, safe=""), json.dumps(secret)[1:-1]}


def write_private(path: Path, text: str) -> None:
    """Write a new file that only its owner reads.

    Raises:
        ArgsException: It is there already, or cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        except OSError:  # half of it would be in the way of the next one
            path.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ArgsException(
            say(
                "The report {path!r} cannot be written: {reason}.",
                path=str(path),
                reason=because(error),
            ),
            hint=say("Name a file that is not there yet, in a folder that you can write."),
        ) from None
