"""What differs between 2021 and today (protocol document, section 0.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Era = Literal["2021", "today"]
InterfaceName = Literal["client", "app", "web", "web-v1", "bcut-android", "bcut-pc"]


@dataclass(frozen=True, slots=True)
class EraRules:
    """The dead routes of an era.

    Attributes:
        pc_login_refusal: what a password login with a key of the PC tool is answered, or None.
        interfaces: the ways to submit that exist.
        answers: codes that some of them answer to everything.
        single_part: interfaces that refuse archives of several parts.
        token_seconds: lifetime of a token.
    """

    pc_login_refusal: tuple[int, str] | None
    interfaces: Collection[InterfaceName]
    answers: Mapping[InterfaceName, int]
    single_part: Collection[InterfaceName]
    token_seconds: int


ERAS: Mapping[Era, EraRules] = {
    "2021": EraRules(
        pc_login_refusal=None,
        interfaces=("client", "web-v1"),
        answers={},
        single_part=("web-v1",),
        token_seconds=30 * 86400,
    ),
    "today": EraRules(
        pc_login_refusal=(86066, "the account is frozen"),  # section 2.2: a dead route, not a frozen account
        interfaces=get_args(InterfaceName),
        answers={"client": 21590},
        single_part=(),
        token_seconds=180 * 86400,
    ),
}
