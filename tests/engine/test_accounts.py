"""Where logins are kept: files, the system's keyring, and the lock between processes."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
import sys
from typing import TYPE_CHECKING

import keyring
import keyring.backend
import keyring.backends.fail
import keyring.backends.null
import keyring.errors
import pytest

from bilibili_api.account import Profiles, renew
from bilibili_api.engine.accounts import Shelf, place_of_file
from bilibili_api.engine.locks import locked
from bilibili_api.engine.vaults import Files, Keyring
from bilibili_api.exceptions import ArgsException, ExtraMissing, Unreachable
from bilibili_api.video_uploader import VideoUploaderCredential, World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options

KEY = "0123456789abcdef0123456789abcdef"
posix = pytest.mark.skipif(os.name == "nt", reason="rights are another matter there")


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks lie in a folder of the test's."""
    monkeypatch.setenv("BVUP_HOME", str(tmp_path_factory.mktemp("home")))


def credential(key: str = KEY) -> VideoUploaderCredential:
    return VideoUploaderCredential(key, refresh_token="r", platform="BiliTV")


class TestFiles:
    def test_what_is_written_is_read(self, tmp_path: Path):
        """Byte for byte; nothing is a file that nobody wrote."""
        files = Files(tmp_path / "deep" / "down")
        files.write("a", "text é")
        assert files.read("a") == "text é".encode()
        assert files.read("b") is None

    @posix
    def test_a_file_is_never_readable_by_others_not_even_while_it_is_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        """Also when it replaces one that was, and whatever the mask of the process."""
        (tmp_path / "a").write_text("old")
        (tmp_path / "a").chmod(0o644)
        seen: list[int] = []
        real = os.fsync

        def watch(descriptor: int) -> None:
            seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
            real(descriptor)

        monkeypatch.setattr(os, "fsync", watch)
        before = os.umask(0)
        try:
            Files(tmp_path).write("a", "new")
        finally:
            os.umask(before)
        assert [*seen, stat.S_IMODE((tmp_path / "a").stat().st_mode)] == [0o600, 0o600]

    def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        """The error says what to look at."""
        Files(tmp_path).write("a", "old")

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(ArgsException, match="No space left") as raised:
            Files(tmp_path).write("a", "new")
        assert "BVUP_HOME" in raised.value.hint
        assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("a", "old")]

    def test_a_folder_in_the_place_of_a_file_is_told(self, tmp_path: Path):
        """Whatever the system says about it."""
        (tmp_path / "a").mkdir()
        files = Files(tmp_path)
        attempts: list[Callable[[], object]] = [
            lambda: files.read("a"),
            lambda: files.write("a", "x"),
            lambda: files.remove("a"),
        ]
        for attempt in attempts:
            with pytest.raises(ArgsException, match="cannot be"):
                attempt()

    @posix
    def test_a_link_stays_a_link(self, tmp_path: Path):
        """What it points to is replaced."""
        (tmp_path / "real.json").write_text(KEY)
        (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
        place = place_of_file(tmp_path / "link.json")
        place.save(credential("f" * 32).session())
        assert (tmp_path / "link.json").is_symlink()
        assert "f" * 32 in (tmp_path / "real.json").read_text()


class Memory(keyring.backend.KeyringBackend):
    """A keyring that can be locked."""

    priority = 1  # pyright: ignore[reportAssignmentType] - as the library's own backends do

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def _check(self) -> None:
        if self.is_locked:
            raise keyring.errors.KeyringLocked

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.entries[service, username]


class TestKeyring:
    @pytest.fixture
    def memory(self) -> Iterator[Memory]:
        before, made = keyring.get_keyring(), Memory()
        keyring.set_keyring(made)
        yield made
        keyring.set_keyring(before)

    def test_a_profile_in_the_keyring_is_in_no_file(self, memory: Memory, tmp_path: Path):
        """Only its name is."""
        profiles = Profiles(tmp_path)
        profiles.save("me", credential(), keyring=True)
        assert profiles.names() == ("me",)
        assert profiles.load("me").access_key == KEY
        assert [each.name for each in tmp_path.iterdir()] == ["me.keyring"]
        assert (tmp_path / "me.keyring").read_text() == ""
        assert len(memory.entries["bvup", "me"]) < 400

    def test_it_stays_where_it_is(self, memory: Memory, tmp_path: Path):
        """Saving it again does not put it into a file."""
        profiles = Profiles(tmp_path)
        profiles.save("me", credential(), keyring=True)
        profiles.save("me", credential("f" * 32))
        assert profiles.load("me").access_key == "f" * 32
        assert not (tmp_path / "me.json").exists()
        assert memory.entries

    def test_it_moves_between_both(self, memory: Memory, tmp_path: Path):
        """Nothing is left behind where it was."""
        profiles = Profiles(tmp_path)
        profiles.save("me", credential(), keyring=False)
        profiles.save("me", credential(), keyring=True)
        assert not (tmp_path / "me.json").exists()
        profiles.save("me", credential(), keyring=False)
        assert memory.entries == {}
        assert [each.name for each in tmp_path.iterdir()] == ["me.json"]

    def test_it_is_forgotten(self, memory: Memory, tmp_path: Path):
        """Entry and name."""
        profiles = Profiles(tmp_path)
        profiles.save("me", credential(), keyring=True)
        profiles.remove("me")
        assert (profiles.names(), memory.entries) == ((), {})

    def test_an_entry_is_put_in_the_place_of_another(self, memory: Memory):
        """As a renewal does."""
        vault = Keyring()
        vault.write("a", "old")
        vault.write("a.new", "new")
        vault.move("a.new", "a")
        assert memory.entries == {("bvup", "a"): "new"}

    def test_a_keyring_that_keeps_things_passes_the_check(self, memory: Memory):
        """It is left as it was."""
        Profiles.check_keyring()
        assert memory.entries == {}

    @pytest.mark.parametrize(
        ("broken", "why"),
        [
            (keyring.backends.fail.Keyring, "no keyring that keeps anything"),
            (keyring.backends.null.Keyring, "no keyring that keeps anything"),
            (Memory, "KeyringLocked"),
        ],
    )
    def test_one_that_does_not_is_an_error_that_says_what_to_do(
        self, memory: Memory, broken: type[keyring.backend.KeyringBackend], why: str
    ):
        """There is none, it forgets all, or it stays locked."""
        found = broken()
        if isinstance(found, Memory):
            found.is_locked = True
        keyring.set_keyring(found)
        with pytest.raises(ArgsException, match=why) as caught:
            Profiles.check_keyring()
        assert "file instead" in caught.value.hint

    async def test_a_login_in_the_keyring_is_renewed_in_its_place(
        self, memory: Memory, tmp_path: Path, sim: Simulator, account: Account, options: Options
    ):
        """Nothing is left beside it, and nothing gets into a file."""
        login = sim.log_in(account)
        old = VideoUploaderCredential(
            login.access_token, refresh_token=login.refresh_token, platform="BiliTV"
        )
        Profiles(tmp_path).save("me", old, keyring=True)
        assert await renew("me", folder=tmp_path, options=options)
        assert Profiles(tmp_path).load("me").access_key in sim.tokens(account)
        assert list(memory.entries) == [("bvup", "me")]
        assert Profiles(tmp_path).names() == ("me",)

    def test_a_locked_keyring_is_an_error_that_says_so(self, memory: Memory, tmp_path: Path):
        """Not an exception of somebody's library."""
        memory.is_locked = True
        with pytest.raises(ArgsException, match="KeyringLocked") as raised:
            Profiles(tmp_path).save("me", credential(), keyring=True)
        assert "file" in raised.value.hint

    def test_without_the_extra_the_error_names_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        """And nothing is written."""
        monkeypatch.setitem(sys.modules, "keyring.errors", None)
        with pytest.raises(ExtraMissing, match="keyring"):
            Profiles(tmp_path).save("me", credential(), keyring=True)
        assert list(tmp_path.iterdir()) == []


class TestLock:
    async def test_one_at_a_time(self, tmp_path: Path):
        """The second enters when the first has left."""
        events: list[str] = []

        async def user(name: str) -> None:
            async with locked(tmp_path / "a.lock", World()):
                events.append(f"{name} in")
                await asyncio.sleep(0)
                events.append(f"{name} out")

        await asyncio.gather(user("a"), user("b"))
        assert [event.split()[1] for event in events] == ["in", "out", "in", "out"]

    async def test_other_processes_count(
        self, tmp_path: Path, fake: FakeWorld, run_script: Callable[..., Awaitable[str]]
    ):
        """A process that finds it taken is told, after five minutes, what may be the matter."""
        script = """
import asyncio, sys
from pathlib import Path
from tests.kit import FakeWorld
from bilibili_api.engine.locks import locked
from bilibili_api.exceptions import Unreachable

async def main():
    try:
        async with locked(Path(sys.argv[1]), FakeWorld().world):
            print("in")
    except Unreachable as error:
        print(error)

asyncio.run(main())
"""
        async with locked(tmp_path / "a.lock", fake.world):
            assert "five minutes" in await run_script(script, str(tmp_path / "a.lock"))
        assert await run_script(script, str(tmp_path / "a.lock")) == "in\n"

    async def test_a_caller_that_is_cancelled_gives_it_up(self, tmp_path: Path, fake: FakeWorld):
        """Also while it waits."""
        async with locked(tmp_path / "a.lock", fake.world):

            async def wait() -> None:
                async with locked(tmp_path / "a.lock", World()):
                    pass

            waiting = asyncio.create_task(wait())
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        async with locked(tmp_path / "a.lock", fake.world):
            pass

    async def test_who_waits_too_long_is_told_what_to_do(self, tmp_path: Path, fake: FakeWorld):
        """Nobody waits for ever."""
        async with locked(tmp_path / "a.lock", fake.world):
            with pytest.raises(Unreachable, match="five minutes"):
                async with locked(tmp_path / "a.lock", fake.world):
                    pass
        assert 300 <= sum(fake.naps) <= 301

    @posix
    @pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
    async def test_where_there_are_no_locks_it_goes_on_and_says_so_once(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, number: int
    ):
        """A home on a network file system: else no login could ever be renewed there."""
        monkeypatch.setattr("fcntl.flock", failing(number))
        for _ in range(2):
            async with locked(tmp_path / "a.lock", World()):
                pass
        assert caplog.text.count("has no locks") == 1

    @posix
    @pytest.mark.parametrize("number", [errno.EIO, errno.EBADF])
    async def test_other_trouble_with_a_lock_is_an_error_of_ours(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
    ):
        """With what to do: a disk that fails here would fail at keeping the new login, too."""
        monkeypatch.setattr("fcntl.flock", failing(number))
        with pytest.raises(ArgsException, match="cannot be taken") as raised:
            async with locked(tmp_path / "a.lock", World()):
                pass
        assert "BVUP_HOME" in raised.value.hint

    @posix
    async def test_busy_has_two_names(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fake: FakeWorld):
        """EACCES is how some network file systems say it."""
        monkeypatch.setattr("fcntl.flock", failing(errno.EACCES))
        with pytest.raises(Unreachable, match="five minutes"):
            async with locked(tmp_path / "a.lock", fake.world):
                pass

    async def test_keeping_a_login_waits_for_a_renewal_of_the_old_one(self, tmp_path: Path):
        """Whose end would put the old one, renewed, in its place."""
        profiles = Profiles(tmp_path)
        profiles.save("me", credential())
        async with Shelf(tmp_path).place("me").locked(World()):
            keeping = asyncio.create_task(profiles.keep("me", credential("f" * 32)))
            await asyncio.sleep(0.01)
            assert profiles.load("me").access_key == KEY
        await keeping
        assert profiles.load("me").access_key == "f" * 32


def failing(number: int) -> Callable[..., None]:
    """Return a lock that the system cannot give, for this reason."""

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail
