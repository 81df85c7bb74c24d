"""Web cookies as users of bilibili-api know them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self, overload

from bilibili_api.exceptions import ArgsException
from bilibili_api.protocol.tokens import Session
from bilibili_api.saying import say

from .given import jar_of, secret_of
from .holder import Holder, LogInAgain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .options import Options

_REFRESH: Final = "ac_time_value"


class _Value:
    """An attribute of a credential: says what is true now, and may be set at any time."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, credential: None, owner: type) -> Self: ...

    @overload
    def __get__(self, credential: Credential, owner: type) -> str | None: ...

    def __get__(self, credential: Credential | None, owner: type) -> Self | str | None:
        return self if credential is None else credential.values()[self._name]

    def __set__(self, credential: Credential, value: str | None) -> None:
        credential.put(self._name, value)


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

    Attributes have the names of the arguments; they change when the cookies are renewed. Others may be set at
    any time and are used from then on.
    """

    sessdata, bili_jct, buvid3, buvid4 = _Value(), _Value(), _Value(), _Value()
    dedeuserid, ac_time_value = _Value(), _Value()

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
        self._as_given: dict[str, str | None] = {
            "sessdata": sessdata,
            "bili_jct": bili_jct,
            "buvid3": buvid3,
            "buvid4": buvid4,
            "dedeuserid": dedeuserid,
            _REFRESH: ac_time_value,
        }

    @property
    def cookies(self) -> Mapping[str, str]:
        """The cookies by the names they are sent with."""
        values = self.values()
        return {name: str(values[attribute]) for attribute, name in self._NAMES.items() if values[attribute]}

    @property
    def access_key(self) -> None:
        """Cookies are no access key; `account.token_from_cookies` makes one of them."""
        return

    def values(self) -> dict[str, str | None]:
        """Return the attributes by their names, as they are after whatever renewal there was."""
        if self._keeper is None:
            return self._as_given
        session, values = self._keeper.session, dict(self._as_given)
        sent = {cookie.name: cookie.value for cookie in session.cookies}
        values.update({attribute: sent[name] for attribute, name in self._NAMES.items() if sent.get(name)})
        if session.web_refresh is not None:
            values[_REFRESH] = session.web_refresh.reveal()
        return values

    def put(self, name: str, value: str | None) -> None:
        """Set an attribute: from now on this is another login."""
        self._as_given = {**self.values(), name: value}
        self._keeper = None

    def _given(self) -> Session:
        jar = jar_of(self.cookies)
        if not jar:
            raise ArgsException(
                say("The credential is empty."),
                hint=say("Pass sessdata and bili_jct; secrets do not survive pickling."),
            )
        mid = self._as_given["dedeuserid"] or ""
        session = Session(
            mid=int(mid) if mid.isdecimal() else 0,
            cookies=jar,
            web_refresh=secret_of(self._as_given[_REFRESH], _REFRESH),
        )
        session.web()
        return session

    def __repr__(self) -> str:
        known = [name for name, value in self.values().items() if value]
        return f"<Credential with {', '.join(known) or 'nothing'}>"

    def __setstate__(self, state: Mapping[str, object]) -> None:
        del state
        Credential.__init__(self)

    def __copy__(self) -> Credential:
        made = Credential(**self.values(), log_in_again=self._log_in_again, options=self._options)
        made.share(self)
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> Credential:
        return self.__copy__()
