"""Logins under names, as users see them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bilibili_api.protocol import cookie_files

from .accounts import Shelf, checked_name
from .awaiting import await_login
from .credential import VideoUploaderCredential
from .vaults import Files, Keyring

if TYPE_CHECKING:
    import os

    from .options import Options
    from .web_credential import Credential


class Profiles:
    """Logins under names, in files that only their owner can read or in the system's keyring.

    Args:
        folder: Where the files are; by default in the user's data directory (`BVUP_HOME` overrides it).
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self._shelf = Shelf(Path(folder) if folder is not None else None)

    def names(self) -> tuple[str, ...]:
        """Return the names, sorted."""
        return self._shelf.names()

    def current(self) -> str | None:
        """Return the name that is used where none is given: the one chosen by `use`, else the only one."""
        return self._shelf.current()

    def use(self, name: str) -> None:
        """Choose the name that is used where none is given.

        Raises:
            ArgsException: There is no such profile.
        """
        self._shelf.use(name)

    def load(self, name: str | None = None, **given: Any) -> VideoUploaderCredential:
        """Return a login; None: the one in use. Further arguments as `VideoUploaderCredential.from_profile`.

        Raises:
            ArgsException: There is no such profile, or it cannot be read.
        """
        return VideoUploaderCredential.from_profile(name, folder=self._shelf.folder, **given)

    async def await_login(
        self,
        name: str,
        *,
        than: VideoUploaderCredential | Credential | None = None,
        options: Options | None = None,
    ) -> VideoUploaderCredential:
        """Wait until a good login is kept under a name, by this process or another one, and return it.

        What a credential's `log_in_again` may do: the place is looked at every three seconds, and Bilibili is
        asked about each login that is new there (section 2.7). Waits as long as it takes.

        Args:
            name: The profile; need not be there yet.
            than: The login that was refused; neither it nor a login of another account is taken.
            options: Server, patience, clock and dice; by default those of `than`.

        Raises:
            ArgsException: The name cannot be one.
        """
        checked_name(name)
        return await await_login(lambda: self._shelf.place(name), than, options)

    def save(
        self, name: str, credential: VideoUploaderCredential | Credential, *, keyring: bool | None = None
    ) -> None:
        """Keep a login under a name, in place of one that may be there.

        Args:
            name: Up to 64 letters, digits and `._@+-`.
            credential: The login.
            keyring: In the system's keyring; None: where the name's login is already, else in a file.

        Raises:
            ArgsException: The name cannot be one, there is no keyring, or the folder cannot be written.
        """
        self._shelf.save(name, credential.session(), keyring=keyring)

    async def keep(
        self, name: str, credential: VideoUploaderCredential | Credential, *, keyring: bool | None = None
    ) -> None:
        """Do the same as `save`, but wait while another process renews the login that is there.

        Without waiting, that process might put the renewed old login in the place of the new one.

        Raises:
            ArgsException: As `save`, or the lock cannot be had.
            Unreachable: Another process has been renewing the login for five minutes.
        """
        world = credential.options.world
        await self._shelf.keep(name, credential.session(), world, keyring=keyring)

    @staticmethod
    def check_keyring() -> None:
        """Find out whether the system's keyring keeps what it is given; it may ask its owner to unlock it.

        Raises:
            ArgsException: It does not, there is none, or the package for it is not installed.
        """
        Keyring().check()

    def remove(self, name: str) -> None:
        """Forget a login; it stays good until it expires, unlike after `logout`.

        Raises:
            ArgsException: There is no such profile, or it cannot be removed.
        """
        self._shelf.known(name)
        self._shelf.remove(name)

    def import_file(
        self, path: str | os.PathLike[str], name: str, *, keyring: bool | None = None
    ) -> VideoUploaderCredential:
        """Keep the login of a file, in any form of section 2.8, under a name, and return it.

        Raises:
            ArgsException: The file holds no login, or the name cannot be one.
        """
        self.save(name, VideoUploaderCredential.from_file(path), keyring=keyring)
        return self.load(name)

    def export(self, name: str, path: str | os.PathLike[str]) -> None:
        """Write a login as `cookies.json` in its canonical form, readable by its owner only.

        Raises:
            ArgsException: There is no such profile, or the file cannot be written.
        """
        target = Path(path)
        Files(target.parent).write(target.name, cookie_files.dump(self.load(name).session()))
