"""Text messages, kept instead of sent (protocol document, section 2.6)."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bilibili_api.simulator.identity import same
from bilibili_api.simulator.reply import RefusalError, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

GAP_SECONDS = 60
CODE_SECONDS = 5 * 60
_DAY = 86400
_PHONE = re.compile(r"1[0-9]{10}")


@dataclass(slots=True)
class TextMessage:
    """One message.

    Attributes:
        phone: where it went.
        code: what it says.
        captcha_key: what the sender has to repeat beside the code.
        purpose: what the code opens, so that it opens nothing else.
        sent: Unix seconds, by the simulator's clock.
        used: the code was accepted once and is worth nothing now.
    """

    phone: str
    code: str = field(repr=False)
    captcha_key: str = field(repr=False)
    purpose: str = field(repr=False)
    sent: float
    used: bool = False


class TextMessages:
    """Keeps to the limits of sending, and knows which code is right.

    Attributes:
        per_day: messages to one number within 24 hours; one more is 86203. None for any number,
            since the document does not tell how many there are.
        banned: numbers that get 1025.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.per_day: int | None = None
        self.banned: set[str] = set()
        self._clock = clock
        self._sent: list[TextMessage] = []

    @property
    def sent(self) -> list[TextMessage]:
        """All messages, oldest first."""
        return list(self._sent)

    def code_for(self, phone: str) -> str:
        """Return the latest code that a number got.

        Raises:
            ValueError: it got none.
        """
        latest = self._latest(phone)
        if latest is None:
            raise ValueError(f"no text message was sent to {phone}")
        return latest.code

    def send(self, phone: str, purpose: str) -> str:
        """Send a code and return the `captcha_key` that belongs to it.

        Raises:
            RefusalError: 1002 bad number, 1025 banned, 1003 again within 60 s, 86203 too many today.
        """
        self._check(phone)
        message = TextMessage(
            phone, f"{secrets.randbelow(10**6):06d}", secrets.token_hex(16), purpose, self._clock()
        )
        self._sent.append(message)
        return message.captcha_key

    def use(self, phone: str, purpose: str, captcha_key: str | None, code: str | None) -> None:
        """Accept a code, once.

        Raises:
            RefusalError: 1006 wrong code, 1007 the message is older than 5 minutes or its code spent,
                or there was no such message.
        """
        found = next((m for m in self._sent if same(captcha_key, m.captcha_key)), None)
        if found is None or found.used or (found.phone, found.purpose) != (phone, purpose):
            raise RefusalError(refusal(1007, "no code of this message is valid; have another one sent"))
        if self._clock() - found.sent > CODE_SECONDS:
            raise RefusalError(refusal(1007, "the code has expired; have another one sent"))
        if not same(code, found.code):
            raise RefusalError(refusal(1006, "wrong code"))
        found.used = True

    def _check(self, phone: str) -> None:
        if not _PHONE.fullmatch(phone):
            raise RefusalError(refusal(1002, "this is no telephone number"))
        if phone in self.banned:
            raise RefusalError(refusal(1025, "this number is banned"))
        latest, now = self._latest(phone), self._clock()
        if latest is not None and now - latest.sent < GAP_SECONDS:
            raise RefusalError(refusal(1003, "a message was sent already; wait 60 seconds"))
        today = [m for m in self._sent if m.phone == phone and now - m.sent < _DAY]
        if self.per_day is not None and len(today) >= self.per_day:
            raise RefusalError(refusal(86203, "no more messages to this number today"))

    def _latest(self, phone: str) -> TextMessage | None:
        return next((message for message in reversed(self._sent) if message.phone == phone), None)
