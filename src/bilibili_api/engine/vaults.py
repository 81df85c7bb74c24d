"""What keeps texts that nobody else may read: files and the keyring of the operating system."""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol

from bilibili_api.exceptions import ArgsException, ExtraMissing
from bilibili_api.home import make_private
from bilibili_api.saying import because, say

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SERVICE: Final = "bvup"
"""Under this name the system's keyring shows our entries."""
_CHECK: Final = ".check"
"""A key that no profile can have."""


class Vault(Protocol):
    """Keeps texts under keys."""

    def read(self, key: str) -> bytes | None:
        """Return what is kept, or None."""
        ...

    def write(self, key: str, text: str) -> None:
        """Keep a text whole, or fail and keep what was there."""
        ...

    def move(self, key: str, to: str) -> None:
        """Put what is kept under one key in the place of another."""
        ...

    def remove(self, key: str) -> None:
        """Forget what is kept, if anything is."""
        ...


class Files:
    """Keeps each text in a file that only its owner can read; a key is the file's name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, key: str) -> bytes | None:
        """Return what the file holds; None if there is none.

        Raises:
            ArgsException: It cannot be read.
        """
        try:
            return (self._folder / key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(
                say("The login in {path!r} cannot be read: {reason}.", **_about(self._folder / key, error))
            ) from None

    def write(self, key: str, text: str) -> None:
        """Write beside the file, then put it in its place at once.

        Raises:
            ArgsException: It cannot be written; what was there is still there.
        """
        path = self._folder / key
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            make_private(self._folder)
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError as error:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            raise _unwritten(path, error) from None

    def move(self, key: str, to: str) -> None:
        """Rename a file.

        Raises:
            ArgsException: It cannot be renamed.
        """
        try:
            (self._folder / key).replace(self._folder / to)
        except OSError as error:
            raise _unwritten(self._folder / to, error) from None

    def remove(self, key: str) -> None:
        """Remove a file.

        Raises:
            ArgsException: It cannot be removed.
        """
        try:
            (self._folder / key).unlink(missing_ok=True)
        except OSError as error:
            raise _unusable(
                say("The login in {path!r} cannot be removed: {reason}.", **_about(self._folder / key, error))
            ) from None


def _about(path: Path, error: OSError) -> dict[str, str]:
    return {"path": str(path), "reason": because(error)}


def _unwritten(path: Path, error: OSError) -> ArgsException:
    return _unusable(say("The login in {path!r} cannot be written: {reason}.", **_about(path, error)))


def _unusable(said: str) -> ArgsException:
    return ArgsException(
        said,
        hint=say(
            "Check the folder, its rights and the room on the disk, or set BVUP_HOME to another folder."
        ),
    )


class Keyring:
    """Keeps each text in the keyring of the operating system.

    Raises:
        ExtraMissing: The package that speaks to it is not installed.
    """

    def __init__(self) -> None:
        self._errors = _errors()
        self._keyring: Any = import_module("keyring")

    def read(self, key: str) -> bytes | None:
        """Return the entry; None if there is none."""
        text = self._try(lambda: self._keyring.get_password(SERVICE, key))
        return text.encode() if isinstance(text, str) else None

    def write(self, key: str, text: str) -> None:
        """Set the entry. Some keyrings hold no more than 2.5 KB, hence without blanks."""
        compact = re.sub(r"\n\s*", "", text)
        self._try(lambda: self._keyring.set_password(SERVICE, key, compact))

    def move(self, key: str, to: str) -> None:
        """Set the other entry, then remove this one."""
        self.write(to, (self.read(key) or b"").decode())
        self.remove(key)

    def remove(self, key: str) -> None:
        """Remove the entry."""
        if self.read(key) is not None:
            self._try(lambda: self._keyring.delete_password(SERVICE, key))

    def check(self) -> None:
        """Keep something, and look whether it is there: one kind of keyring forgets all, without a word.

        Raises:
            ArgsException: Nothing can be kept.
        """
        self.write(_CHECK, _CHECK)
        there = self.read(_CHECK)
        self.remove(_CHECK)
        if there != _CHECK.encode():
            raise _no_keyring()

    def _try(self, work: Callable[[], object]) -> object:
        try:
            return work()
        except self._errors.NoKeyringError:
            raise _no_keyring() from None
        except self._errors.KeyringError as error:
            raise ArgsException(
                say("The system's keyring refuses: {type}.", type=type(error).__name__),
                hint=say("Unlock it, or keep the login in a file instead."),
            ) from None


def _no_keyring() -> ArgsException:
    return ArgsException(
        say("This system has no keyring that keeps anything."),
        hint=say("Start one (GNOME Keyring, KWallet, ...), or keep the login in a file instead."),
    )


def _errors() -> Any:
    try:
        return import_module("keyring.errors")  # an extra
    except ImportError:
        raise ExtraMissing(say("The system's keyring"), "keyring") from None
