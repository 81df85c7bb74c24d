"""Where logins are kept: each in one place, found by its name or by the file it came from.

A file may be shared with other programs (section 2.8 of the protocol document) and is used by several
processes at once; hence the lock around every renewal.
"""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ArgsException
from bilibili_api.home import home
from bilibili_api.protocol import cookie_files
from bilibili_api.saying import listed, say

from .locks import locked
from .vaults import Files, Keyring

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bilibili_api.protocol.tokens import Session

    from .options import World
    from .vaults import Vault

_CURRENT: Final = "current"
_NAME: Final = re.compile(r"(?!\.)[\w.@+-]{1,64}(?<!\.)")


class Place:
    """Where one login is kept. The new one of a renewal lies beside the old one until it is proven."""

    def __init__(self, vault: Vault, key: str, lock: Path) -> None:
        self._vault = vault
        self._key = key
        self._lock = lock

    def __repr__(self) -> str:
        return f"<Place {self._key!r} in {type(self._vault).__name__}>"

    def load(self) -> Session | None:
        """Return the login, or None.

        Raises:
            ArgsException: What is kept there is damaged or cannot be read.
        """
        content = self._vault.read(self._key)
        return None if content is None else cookie_files.parse(content)

    def save(self, session: Session) -> None:
        """Keep a login.

        Raises:
            ArgsException: It cannot be written.
        """
        self._vault.write(self._key, cookie_files.rewrite(session))

    def load_unproven(self) -> Session | None:
        """Return the login that a renewal left behind when it was interrupted, or None."""
        content = self._vault.read(self._unproven)
        try:
            return None if content is None else cookie_files.parse(content)
        except ArgsException:
            return None

    def save_unproven(self, session: Session) -> None:
        """Keep the new login beside the old one.

        Raises:
            ArgsException: It cannot be written.
        """
        self._vault.write(self._unproven, cookie_files.rewrite(session))

    def accept(self) -> None:
        """Put the new login in the place of the old one."""
        self._vault.move(self._unproven, self._key)

    def reject(self) -> None:
        """Forget the new login."""
        self._vault.remove(self._unproven)

    def remove(self) -> None:
        """Forget both."""
        self._vault.remove(self._unproven)
        self._vault.remove(self._key)

    @asynccontextmanager
    async def locked(self, world: World) -> AsyncGenerator[None]:
        """Let no other process of this user renew the login meanwhile.

        Raises:
            Unreachable: Another process has been at it for five minutes.
        """
        async with locked(self._lock, world):
            yield

    @property
    def _unproven(self) -> str:
        return f"{self._key}.new"


def place_of_file(path: str | os.PathLike[str]) -> Place:
    """Return the place that a file of the user's is; links are followed, so that they stay links."""
    real = Path(os.path.realpath(path))
    return Place(Files(real.parent), real.name, _lock_of(str(real)))


def _lock_of(what: str) -> Path:
    """Locks lie in a folder of their own, not beside the user's files; what stands there is never removed."""
    return (
        home() / "locks" / f"{hashlib.sha256(what.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.lock"
    )


class Shelf:
    """All logins that are kept under names."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or home() / "accounts"
        self._files = Files(self._folder)

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self._folder

    def names(self) -> tuple[str, ...]:
        """Return the names, sorted."""
        if not self._folder.is_dir():
            return ()
        found = {path.stem for path in self._folder.iterdir() if path.suffix in {".json", ".keyring"}}
        return tuple(sorted(name for name in found if _NAME.fullmatch(name)))

    def place(self, name: str, *, keyring: bool | None = None) -> Place:
        """Return where a name's login is or will be kept.

        Args:
            name: The name.
            keyring: In the system's keyring, or in a file; None: where it is, else in a file.

        Raises:
            ArgsException: The name cannot be one, or there is no keyring.
        """
        checked_name(name)
        return self._place(name, keyring=self._in_keyring(name) if keyring is None else keyring)

    def _place(self, name: str, *, keyring: bool) -> Place:
        """One lock for a name, wherever its login is: it may move."""
        lock = _lock_of(f"{self._folder}/{name}")
        return Place(Keyring(), name, lock) if keyring else Place(self._files, f"{name}.json", lock)

    async def keep(self, name: str, session: Session, world: World, *, keyring: bool | None = None) -> None:
        """Keep a login under a name while no other process renews the one that may be there.

        Raises:
            ArgsException: As `place`, or it cannot be written or locked.
            Unreachable: Another process has been renewing it for five minutes.
        """
        async with self.place(name, keyring=keyring).locked(world):
            self.save(name, session, keyring=keyring)

    def save(self, name: str, session: Session, *, keyring: bool | None = None) -> None:
        """Keep a login under a name, in place of one that may be there; waits for no lock.

        Raises:
            ArgsException: As `place`, or it cannot be written.
        """
        keyring = self._in_keyring(name) if keyring is None else keyring
        self.place(name, keyring=keyring).save(session)
        if keyring:
            self._files.write(f"{name}.keyring", "")
            self._files.remove(f"{name}.json")
        elif self._in_keyring(name):
            self._place(name, keyring=True).remove()
            self._files.remove(f"{name}.keyring")

    def remove(self, name: str) -> None:
        """Forget a login.

        Raises:
            ArgsException: It cannot be removed.
        """
        self.place(name).remove()
        self._files.remove(f"{name}.keyring")

    def current(self) -> str | None:
        """Return the name that is used where none is given: the chosen one, else the only one."""
        chosen = (self._files.read(_CURRENT) or b"").decode("utf-8", "replace").strip()
        names = self.names()
        if chosen in names:
            return chosen
        return names[0] if len(names) == 1 else None

    def use(self, name: str) -> None:
        """Choose the name that is used where none is given.

        Raises:
            ArgsException: There is no such login.
        """
        self.known(name)
        self._files.write(_CURRENT, f"{name}\n")

    def known(self, name: str) -> None:
        """Refuse a name under which nothing is kept.

        Raises:
            ArgsException: There is no such login.
        """
        names = self.names()
        if name not in names:
            raise ArgsException(
                say("There is no profile {name!r:.70}.", name=name),
                hint=say(
                    "There are: {names}." if names else "There is none yet: log in first.",
                    names=listed(names),
                ),
            )

    def _in_keyring(self, name: str) -> bool:
        return (self._folder / f"{name}.keyring").exists()


def checked_name(name: str) -> None:
    """Refuse a name that cannot be a file's.

    Raises:
        ArgsException: It has other characters than letters, digits and `._@+-`, or too many.
    """
    if not _NAME.fullmatch(name):
        raise ArgsException(
            say("{name!r:.70} cannot be the name of a profile.", name=name),
            hint=say(
                "Use up to 64 letters, digits and the characters . _ @ + -; the first and last is no dot."
            ),
        )
