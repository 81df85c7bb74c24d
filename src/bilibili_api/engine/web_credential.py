"""Web cookies as users of bilibili-api know them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bilibili_api.exceptions import ArgsException
from bilibili_api.protocol.tokens import Session, checked_token

from .holder import Holder, LogInAgain, jar_of_caller

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .options import Options


class Credential(Holder):
    """Web cookies as users of bilibili-api know them.

    Args:
        sessdata: The cookie `SESSDATA`.
        bili_jct: The cookie `bili_jct`.
        buvid3: The cookie `buvid3`.
        buvid4: The cookie `buvid4`.
        dedeuserid: The cookie `DedeUserID`.
        ac_time_value: Renews the cookies; stands in the browser's local storage.
        log_in_again: Called when the login is dead and only a person can help.
        options: Server, patience, clock and dice; by default `Server.from_environment()`.

    Attributes have the names of the arguments; they change when the cookies are renewed.
    """

    _NAMES: Final = {
        "sessdata": "SESSDATA",
        "bili_jct": "bili_jct",
        "buvid3": "buvid3",
        "buvid4": "buvid4",
        "dedeuserid": "DedeUserID",
    }

    def __init__(
        self,
        sessdata: str | None = None,
        bili_jct: str | None = None,
        buvid3: str | None = None,
        buvid4: str | None = None,
        dedeuserid: str | None = None,
        ac_time_value: str | None = None,
        *,
        log_in_again: LogInAgain | None = None,
        options: Options | None = None,
    ) -> None:
        super().__init__(options, log_in_again)
        self.sessdata = sessdata
        self.bili_jct = bili_jct
        self.buvid3 = buvid3
        self.buvid4 = buvid4
        self.dedeuserid = dedeuserid
        self.ac_time_value = ac_time_value

    @property
    def cookies(self) -> Mapping[str, str]:
        """The cookies by the names they are sent with."""
        values = {name: getattr(self, attribute) for attribute, name in self._NAMES.items()}
        return {name: str(value) for name, value in values.items() if value}

    @property
    def access_key(self) -> None:
        """Cookies are no access key; `account.token_from_cookies` makes one of them."""
        return

    def session(self) -> Session:
        """Return what the login consists of, as it stands.

        Raises:
            ArgsException: `sessdata` or `bili_jct` is missing, or one cannot be a cookie.
        """
        jar = jar_of_caller(self.cookies)
        if not jar:
            raise ArgsException(
                "The credential is empty.",
                hint="Pass sessdata and bili_jct; secrets do not survive pickling.",
            )
        refresh = checked_token(self.ac_time_value, "ac_time_value") if self.ac_time_value else None
        mid = self.dedeuserid or ""
        session = Session(mid=int(mid) if mid.isdecimal() else 0, cookies=jar, web_refresh=refresh)
        session.web()
        return session

    def _show(self, session: Session) -> None:
        values = {cookie.name: cookie.value for cookie in session.cookies}
        for attribute, name in self._NAMES.items():
            setattr(self, attribute, values.get(name) or getattr(self, attribute))
        if session.web_refresh is not None:
            self.ac_time_value = session.web_refresh.reveal()

    def __repr__(self) -> str:
        known = [name for name in (*self._NAMES, "ac_time_value") if getattr(self, name)]
        return f"<Credential with {', '.join(known) or 'nothing'}>"

    def __setstate__(self, state: Mapping[str, object]) -> None:
        del state
        Credential.__init__(self)

    def __copy__(self) -> Credential:
        values = (getattr(self, name) for name in (*self._NAMES, "ac_time_value"))
        made = Credential(*values, log_in_again=self._log_in_again, options=self._options)
        made.share(self)
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> Credential:
        return self.__copy__()
