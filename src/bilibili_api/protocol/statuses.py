"""What an HTTP status of failure means and what helps (protocol document, section 8.2, held as data)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import NetworkException, Retry
from bilibili_api.saying import say

from .codes import ANY, STORAGE, Step, rule_for

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREUPLOAD: Final = frozenset({Step.PREUPLOAD})
_SUBMIT: Final = frozenset({Step.SUBMIT})
_NEW_TARGET: Final = rule_for(Step.INIT, 403).hint
_OUTDATED: Final = rule_for(Step.PREUPLOAD, -400).hint
_RELOGIN: Final = rule_for(Step.PREUPLOAD, -101).hint

_TOO_OLD: Final = "AUTH_TS_GT_5DAY"
"""How the header `X-Upos-Auth` of an answer begins; what follows it is secret."""

_STATUSES: Final[tuple[tuple[frozenset[Step], range, Retry, str, str], ...]] = (
    (
        ANY,
        range(300, 400),
        Retry.NO,
        "REDIRECTED",
        say("Check the proxy and whether the network wants a sign-in page."),
    ),
    (_PREUPLOAD, range(403, 404), Retry.LOGIN, "NOT_LOGGED_IN", _RELOGIN),
    (_PREUPLOAD, range(406, 407), Retry.LATER, "RATE_LIMITED", rule_for(Step.PREUPLOAD, 406).hint),
    (STORAGE, range(403, 404), Retry.NEW_TICKET, "TICKET_REFUSED", _NEW_TARGET),
    (STORAGE - {Step.INIT}, range(404, 405), Retry.NEW_TICKET, "TICKET_REFUSED", _NEW_TARGET),
    # The path is fixed, so it is the interface that is not there (deduced; the table has no such row).
    (_SUBMIT, range(404, 405), Retry.OTHER_INTERFACE, "INTERFACE_RETIRED", rule_for(Step.SUBMIT, 21590).hint),
    (
        ANY,
        range(408, 409),
        Retry.SAME,
        "TOO_SLOW",
        say("Check the network, use fewer threads; then start again."),
    ),
    (ANY, range(412, 413), Retry.LATER, "ADDRESS_BLOCKED", rule_for(Step.PREUPLOAD, -412).hint),
    (ANY, range(429, 430), Retry.SAME, "RATE_LIMITED", rule_for(Step.PREUPLOAD, -799).hint),
    (ANY, range(500, 600), Retry.SAME, "SERVER_TROUBLE", say("Start again in a while.")),
)


def status_error(step: Step, status: int, message: str, headers: Mapping[str, str]) -> NetworkException:
    """Make the error for an HTTP status that says failure (section 8.2).

    Args:
        step: Where it was answered.
        status: The HTTP status.
        message: The server's message, or an empty string.
        headers: Header fields of the answer, names in lower case; `Retry-After` counts with 429 and 503,
            `X-Upos-Auth` tells why the storage refuses a ticket (section 4.6).
    """
    said = say("HTTP {status} at {step}", status=status, step=step.value)
    if message:
        said = say("{failure}: {message}", failure=said, message=message)
    if step in STORAGE and status == 403 and headers.get("x-upos-auth", "").startswith(_TOO_OLD):
        return NetworkException(
            status,
            say("{said}: the target is older than five days", said=said),
            hint=say("Start again: a new target is asked for, and all of the file is sent again."),
            retry=Retry.NEW_TICKET,
            kind="TICKET_EXPIRED",
        )
    for steps, statuses, retry, kind, hint in _STATUSES:
        if step in steps and status in statuses:
            if kind == "REDIRECTED":
                said = say("HTTP {status} at {step}: redirect refused", status=status, step=step.value)
            after = _retry_after(headers) if status in {429, 503} else None
            return NetworkException(status, said, hint=hint, retry=retry, kind=kind, retry_after=after)
    return NetworkException(status, said, hint=_OUTDATED, retry=Retry.NO, kind="HTTP_STATUS")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Read `Retry-After` in seconds; a date would need a clock, and more than a day helps nobody here."""
    text = headers.get("retry-after", "").strip()
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 86400:
        return None
    return float(text)
