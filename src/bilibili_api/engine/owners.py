"""Whose a job is, also where it cannot be found out: a login is one account's whether it can be asked or not.

A bare access key says nothing of its account. While the call that does fails, a journal knows its jobs by a
digest of the key, and remembers whose key it is once that was found out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bilibili_api.frozen import frozen

if TYPE_CHECKING:
    from .database import Database


@frozen
class Owner:
    """Whose an upload is.

    Attributes:
        account: Number of the account as text; the digest of the login as long as nobody knows it.
        login: Digest of the login.
    """

    account: str
    login: str

    @property
    def names(self) -> tuple[str, ...]:
        """Under what its files are claimed: another process may not have known the number."""
        return (self.account,) if self.account == self.login else (self.account, self.login)


def found(database: Database, owner: Owner) -> Owner:
    """Return an owner by the number of its account, where the journal knows it.

    Raises:
        JournalFailed: It cannot be read.
    """
    rows = database.read("SELECT account FROM login WHERE digest = :login", {"login": owner.login})
    is_known = owner.account != owner.login
    return replace(owner, account=str(rows[0][0])) if rows and not is_known else owner


def adopt(database: Database, owner: Owner) -> None:
    """Note whose a login is, and give the account what was begun before that was known.

    Raises:
        JournalFailed: It cannot be written.
    """
    account, login = owner.account, owner.login
    known = database.read("SELECT account FROM login WHERE digest = :login", {"login": login})
    if account == login or known == [(account,)]:
        return
    values = {"account": account, "login": login}
    database.write(
        [
            ("INSERT OR REPLACE INTO login (digest, account) VALUES (:login, :account)", values),
            ("UPDATE job SET account = :account WHERE account = :login", values),
        ]
    )
