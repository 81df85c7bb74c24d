"""What differs between 2021 and today (protocol document, section 0.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Era = Literal["2021", "today"]


@dataclass(frozen=True, slots=True)
class EraRules:
    """The dead routes of an era.

    Attributes:
        pc_login_refusal: what a password login with a key of the PC tool is answered, or None.
        client_add_refusal: what `client/add` is answered, or None.
        token_seconds: lifetime of a token.
    """

    pc_login_refusal: tuple[int, str] | None
    client_add_refusal: tuple[int, str] | None
    token_seconds: int


ERAS: Mapping[Era, EraRules] = {
    "2021": EraRules(None, None, 30 * 86400),
    "today": EraRules(
        pc_login_refusal=(86066, "the account is frozen"),  # section 2.2: a dead route, not a frozen account
        client_add_refusal=(21590, "this submission tool has been retired"),
        token_seconds=180 * 86400,
    ),
}
