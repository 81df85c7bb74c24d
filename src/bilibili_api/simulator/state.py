"""What the simulated service knows: accounts, tokens, uploads, videos, covers, archives."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bilibili_api.simulator.uploads import Upload

_FIRST_MID = 10001


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can log in.

    Attributes:
        mid: the account's number.
        name: what is typed as user name.
        access_key: a token that is valid from the start; each login issues another one.
        frozen: every login is answered 86066 (section 2.2).
    """

    mid: int
    name: str
    password: str = field(repr=False)
    access_key: str = field(repr=False)
    frozen: bool = False


DEMO_ACCOUNT = Account(
    mid=100000,
    name="demo",
    password="demo password",  # noqa: S106  published on purpose
    access_key="00000000000000000000000000000d30",
)
"""The account every simulator starts with."""


DEMO_COOKIES = {
    "SESSDATA": "00000000%2C1999999999%2C00000%2A01",
    "bili_jct": "0000000000000000000000000000c5f0",
    "DedeUserID": str(DEMO_ACCOUNT.mid),
    "DedeUserID__ckMd5": "00000000000000d3",
    "sid": "demosid0",
}
"""The web cookies of the demo account, valid from the start."""


@dataclass(frozen=True, slots=True)
class Session:
    """A login by web cookies: what `SESSDATA` stands for."""

    account: Account
    csrf: str = field(repr=False)


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


@dataclass(slots=True)
class State:
    """Everything that outlives a request."""

    accounts: list[Account] = field(default_factory=lambda: [DEMO_ACCOUNT])
    videos: list[StoredVideo] = field(default_factory=list[StoredVideo])
    covers: list[StoredCover] = field(default_factory=list[StoredCover])
    archives: list[Archive] = field(default_factory=list[Archive])
    uploads: dict[str, Upload] = field(default_factory=dict[str, "Upload"])
    tokens: dict[str, int] = field(
        default_factory=lambda: {DEMO_ACCOUNT.access_key: DEMO_ACCOUNT.mid}, repr=False
    )

    sessions: dict[str, Session] = field(
        default_factory=lambda: {DEMO_COOKIES["SESSDATA"]: Session(DEMO_ACCOUNT, DEMO_COOKIES["bili_jct"])},
        repr=False,
    )

    def add_account(
        self, name: str, password: str, mid: int | None, access_key: str | None, *, frozen: bool
    ) -> Account:
        """Register somebody; what is not given is made up.

        Raises:
            ValueError: the name, number or token belongs to another account.
        """
        if mid is None:
            mid = max(_FIRST_MID - 1, *(account.mid for account in self.accounts)) + 1
        account = Account(mid, name, password, access_key or secrets.token_hex(16), frozen)
        if any(name == other.name or mid == other.mid for other in self.accounts):
            raise ValueError(f"there is an account called {name!r} or numbered {mid} already")
        if account.access_key in self.tokens:
            raise ValueError("this access_key belongs to another account")
        self.accounts.append(account)
        self.tokens[account.access_key] = mid
        return account

    def store_video(self, video: StoredVideo) -> None:
        """Remember a complete file, in place of an earlier one of the same name."""
        self.videos = [other for other in self.videos if other.filename != video.filename]
        self.videos.append(video)

    def account_named(self, name: str) -> Account | None:
        """Return the account that logs in with this name, or None."""
        return next((account for account in self.accounts if account.name == name), None)

    def account_of(self, access_key: str | None) -> Account | None:
        """Return the account that a token belongs to, or None."""
        mid = self.tokens.get(access_key or "")
        return next((account for account in self.accounts if account.mid == mid), None)

    def session_of(self, sessdata: str | None) -> Session | None:
        """Return what a `SESSDATA` stands for, or None."""
        return self.sessions.get(sessdata or "")

    def issue_cookies(self, account: Account) -> dict[str, str]:
        """Make other valid cookies for an account."""
        cookies = {
            "SESSDATA": f"{secrets.token_hex(4)}%2C1999999999%2C{secrets.token_hex(3)[:5]}%2A01",
            "bili_jct": secrets.token_hex(16),
            "DedeUserID": str(account.mid),
            "DedeUserID__ckMd5": secrets.token_hex(8),
            "sid": secrets.token_hex(4),
        }
        self.sessions[cookies["SESSDATA"]] = Session(account, cookies["bili_jct"])
        return cookies

    def issue_token(self, account: Account) -> str:
        """Make another valid token for an account."""
        token = secrets.token_hex(16)
        self.tokens[token] = account.mid
        return token
