"""The ways to submit, and what each answers when it does not want to (protocol document, 6.1 and 8.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bilibili_api.simulator.columns import APP, CLIENT, WEB, WEB_V3
from bilibili_api.simulator.identity import by_cookies, by_token
from bilibili_api.simulator.reply import RefusalError, refusal
from bilibili_api.simulator.signing import BCUT_KEY, TV_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bilibili_api.simulator.columns import Column
    from bilibili_api.simulator.eras import EraRules, InterfaceName
    from bilibili_api.simulator.exchange import Received
    from bilibili_api.simulator.state import Account, State

_APP_QUERY = (
    "build",
    "c_locale",
    "channel",
    "disable_rcmd",
    "mobi_app",
    "platform",
    "s_locale",
    "statistics",
)
_BCUT_QUERY = (
    "aurora_version",
    "build",
    "c_locale",
    "channel",
    "mobi_app",
    "montage_version",
    "platform",
    "s_locale",
    "sdk_type",
)
_BCUT_PC_AGENT = "bcut-pc build:"

MESSAGES: Mapping[int, str] = {
    601: "a captcha has to be solved",
    20001: "the service is abnormal",
    21070: "submitting too fast, please wait 30 seconds",
    21111: "the system is being upgraded",
    21138: "this archive cannot be submitted through this interface",
    21150: "this entrance is being upgraded",
    21186: "submitting too fast, please try again later",
    21564: "submitting too often, please try again after 24 hours",
    21566: "submitting too often, please update the app and try again",
    21590: "this submission tool has been retired",
    137022: "submitting too often, please try again later",
}
_VOUCHER = {"v_voucher": "voucher_00000000-0000-4000-8000-000000000000"}


@dataclass(slots=True, eq=False)
class Interface:
    """One way to submit.

    Attributes:
        path: on member.bilibili.com.
        column: what it knows of the body.
        too_often: its code for one archive too many within a day.
        exists: whether it is there at all; otherwise HTTP 404.
        answer: a code that it answers to every submission, e.g. 21138; None while it works.
    """

    name: InterfaceName
    path: str
    column: Column
    too_often: int
    exists: bool = True
    answer: int | None = None


class Interfaces(Mapping[str, Interface]):
    """The interfaces by name; their `exists` and `answer` may be changed at any time."""

    def __init__(self, rules: EraRules) -> None:
        self._all: dict[str, Interface] = {interface.name: interface for interface in _all()}
        for interface in self._all.values():
            interface.exists = interface.name in rules.interfaces
            interface.answer = rules.answers.get(interface.name)

    def __getitem__(self, name: str) -> Interface:
        return self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


def refused(code: int) -> RefusalError:
    """Return a refusal to submit with the words that belong to the code."""
    data = _VOUCHER if code == 601 else None
    return RefusalError(refusal(code, MESSAGES.get(code, "refused on order"), data))


def authenticated(state: State, interface: Interface, received: Received) -> Account:
    """Return who submits, by the rules of the interface (section 6.1).

    Raises:
        RefusalError: not logged in, csrf missing or wrong, wrong key or signature, something missing.
    """
    match interface.name:
        case "app":
            account = by_token(state, received, appkey=TV_KEY)
            _expect(received, _APP_QUERY)
        case "bcut-android":
            account = by_token(state, received, appkey=BCUT_KEY)
            _expect(received, _BCUT_QUERY)
        case "bcut-pc":
            account = by_cookies(state, received, csrf=True, needs_cookie=False)
            _expect_bcut_pc(received)
        case _:
            account = by_cookies(state, received, csrf=True, needs_cookie=False)
    return account


def _expect(received: Received, names: tuple[str, ...]) -> None:
    missing = [name for name in names if not received.query_value(name)]
    if missing:
        raise RefusalError(refusal(-400, f"missing in the query: {', '.join(missing)}"))


def _expect_bcut_pc(received: Received) -> None:
    _expect(received, ("platform", "build"))
    if received.query_value("platform") != "BcutPc-windows":
        raise RefusalError(refusal(-400, "platform must be BcutPc-windows"))
    if not (received.header("User-Agent") or "").startswith(_BCUT_PC_AGENT):
        raise RefusalError(refusal(-400, f"the User-Agent must begin with {_BCUT_PC_AGENT!r}"))


def _all() -> Iterator[Interface]:
    yield Interface("client", "/x/vu/client/add", CLIENT, 21564)
    yield Interface("app", "/x/vu/app/add", APP, 21566)
    yield Interface("web", "/x/vu/web/add/v3", WEB_V3, 601)
    yield Interface("web-v1", "/x/vu/web/add", WEB, 21564)
    yield Interface("bcut-android", "/x/vu/mvp/add", APP, 137022)
    yield Interface("bcut-pc", "/x/vu/mvp/pc/add", WEB, 137022)
