"""What the simulated service knows: accounts, tokens, uploads, videos, covers, archives."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bilibili_api.simulator.accounts import DEMO_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bilibili_api.simulator.accounts import Account
    from bilibili_api.simulator.eras import InterfaceName
    from bilibili_api.simulator.logins import Login, Logins
    from bilibili_api.simulator.uploads import Upload

_FIRST_MID = 10001


@dataclass(frozen=True, slots=True)
class StoredVideo:
    """A file whose completion was accepted.

    Attributes:
        filename: the server's name, the one that goes into a submission.
        name: the client's name for the file.
        size: in bytes.
        md5: of the whole file, lower-case hex.
        mid: the account that stored it.
        path: where its bytes are; None when the simulator keeps only digests.
        created: Unix seconds, by the simulator's clock.
        cid: the `biz_id` of its preupload (section 4.2); None for a file of the PC line.
    """

    filename: str
    name: str
    size: int
    md5: str
    mid: int
    path: Path | None
    created: float
    cid: int | None = None


@dataclass(frozen=True, slots=True)
class StoredCover:
    """An accepted cover; `path` is None when the simulator keeps only digests."""

    name: str
    url: str
    size: int
    md5: str
    width: int
    height: int
    content_type: str
    mid: int
    path: Path | None


@dataclass(frozen=True, slots=True)
class Archive:
    """An accepted submission.

    Attributes:
        tid: the partition it ended up in; main partitions become 21 (section 6.2).
        meta: the JSON body as it was submitted.
        videos: its parts in order.
        cover: as submitted, "" for none.
        created: Unix seconds, by the simulator's clock.
        interface: how it was submitted.
    """

    aid: int
    bvid: str
    mid: int
    title: str
    tid: int
    meta: Mapping[str, Any]
    videos: tuple[StoredVideo, ...]
    cover: str
    created: float
    interface: InterfaceName = "client"


@dataclass(slots=True)
class State:
    """Everything that outlives a request."""

    logins: Logins
    accounts: list[Account] = field(default_factory=lambda: [DEMO_ACCOUNT])
    videos: list[StoredVideo] = field(default_factory=list[StoredVideo])
    covers: list[StoredCover] = field(default_factory=list[StoredCover])
    archives: list[Archive] = field(default_factory=list[Archive])
    uploads: dict[str, Upload] = field(default_factory=dict[str, "Upload"])

    def __post_init__(self) -> None:
        for account in self.accounts:
            self.logins.prepare(account)

    def add_account(self, draft: Account) -> Account:
        """Register somebody; a number, token or telephone that is 0 or empty is made up.

        Raises:
            ValueError: the name, number, token or telephone belongs to another account.
        """
        mid = draft.mid or max(_FIRST_MID - 1, *(other.mid for other in self.accounts)) + 1
        key, phone = draft.access_key or secrets.token_hex(16), draft.phone or f"138{mid % 10**8:08d}"
        account = replace(draft, mid=mid, access_key=key, phone=phone)
        if any(account.name == other.name or mid == other.mid for other in self.accounts):
            raise ValueError(f"there is an account called {account.name!r} or numbered {mid} already")
        if self.account_with_phone(phone) is not None:
            raise ValueError(f"there is an account with the telephone {phone} already")
        if self.logins.with_token(key) is not None:
            raise ValueError("this access_key belongs to another account")
        self.accounts.append(account)
        self.logins.prepare(account)
        return account

    def store_video(self, video: StoredVideo) -> None:
        """Remember a complete file, in place of an earlier one of the same name."""
        self.videos = [other for other in self.videos if other.filename != video.filename]
        self.videos.append(video)

    def overwrite(self, archive: Archive) -> None:
        """Put an archive in the place of the one with its number.

        Raises:
            ValueError: there is none.
        """
        places = [place for place, known in enumerate(self.archives) if known.aid == archive.aid]
        if not places:
            raise ValueError(f"there is no archive {archive.aid}")
        self.archives[places[0]] = archive

    def account_named(self, name: str) -> Account | None:
        """Return the account that logs in with this name, or None."""
        return next((account for account in self.accounts if account.name == name), None)

    def account_with_phone(self, phone: str) -> Account | None:
        """Return the account with this telephone number, or None."""
        return next((account for account in self.accounts if account.phone == phone), None)

    def account_of(self, access_key: str | None) -> Account | None:
        """Return the account that a valid token belongs to, or None."""
        login = self.logins.with_token(access_key)
        return None if login is None or not self.logins.in_time(login) else login.account

    def session_of(self, sessdata: str | None) -> Login | None:
        """Return the valid login that a `SESSDATA` stands for, or None."""
        login = self.logins.with_session(sessdata)
        return None if login is None or not self.logins.in_time(login) else login
