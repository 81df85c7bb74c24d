"""The file of the journal: private, never half written, never overwritten when it cannot be used."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
from tests.engine.today import DATA, PART, PARTS, Today, simulator_of_today

from bilibili_api.engine.database import Database
from bilibili_api.engine.job_rows import MIGRATIONS
from bilibili_api.exceptions import JournalFailed, VideoUploadException
from bilibili_api.journal import Journal
from bilibili_api.simulator import Code, Stall, Status
from bilibili_api.video_uploader import VideoUploader, VideoUploaderPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Generator
    from pathlib import Path

    from pytest import LogCaptureFixture as LogCapture  # noqa: PT013
    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options

posix = pytest.mark.skipif(os.name == "nt", reason="rights and limits are another matter there")
TABLES = ("CREATE TABLE thing (name TEXT NOT NULL)", "ALTER TABLE thing ADD COLUMN size INTEGER")
PROCESS = """
import sys
from pathlib import Path
from bilibili_api.engine.database import Database
print("ready", flush=True)
sys.stdin.readline()
with Database(Path(sys.argv[1]), sys.argv[2:]) as database:
    database.write([("INSERT INTO thing (name) VALUES ('one')", {})])
    print(database.set_aside is not None)
"""


READ_ONLY = """
import os, tempfile
from pathlib import Path
from bilibili_api.engine.database import Database
from bilibili_api.exceptions import JournalFailed
with tempfile.TemporaryDirectory() as folder:
    os.chmod(folder, 0o555)
    if os.geteuid() == 0:
        os.seteuid(65534)
    try:
        Database(Path(folder, "journal.db"), ())
    except JournalFailed as error:
        print(error)
    os.seteuid(os.getuid())
"""


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "random": lambda whole: random.Random(1).randbytes(len(whole)),
    "truncated": lambda whole: whole[: len(whole) // 2 + 7],
    "hardly anything left": lambda whole: whole[:50],
    "a page of zeros": lambda whole: whole[:8192] + bytes(4096) + whole[12288:],
    "zeros": lambda whole: bytes(len(whole)),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "journal.db"


def add(database: Database, name: str) -> None:
    database.write([("INSERT INTO thing (name) VALUES (:name)", {"name": name})])


def things(database: Database) -> list[str]:
    return [str(name) for (name,) in database.read("SELECT name FROM thing ORDER BY name")]


def beside(path: Path) -> dict[str, bytes]:
    """What lies set aside, by what follows the mark in its name."""
    return {found.name.partition(".aside")[2]: found.read_bytes() for found in path.parent.glob("*.aside*")}


@posix
class TestRights:
    """What is written is its owner's alone."""

    @pytest.fixture(autouse=True)
    def permissive(self) -> Generator[None]:
        before = os.umask(0)
        yield
        os.umask(before)

    def test_whatever_the_umask(self, path: Path):
        """The file, what SQLite puts beside it while it is open, the lock, and every folder that was made."""
        with Database(path, TABLES) as database:
            add(database, "one")
            rights = {found.name: stat.S_IMODE(found.stat().st_mode) for found in path.parent.iterdir()}
        assert rights == dict.fromkeys(
            ["journal.db", "journal.db-wal", "journal.db-shm", "journal.db.lock"], 0o600
        )
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    def test_folders_above_it_are_private_too(self, tmp_path: Path):
        """Or others could put another one in its place."""
        with Database(tmp_path / "a" / "b" / "journal.db", TABLES):
            assert [stat.S_IMODE((tmp_path / at).stat().st_mode) for at in ("a", "a/b")] == [0o700, 0o700]

    def test_rights_that_others_were_given_are_taken_back(self, path: Path):
        """A copy from a backup, say: it holds tickets."""
        Database(path, TABLES).close()
        path.chmod(0o666)
        with Database(path, TABLES) as database:
            add(database, "one")
            assert {stat.S_IMODE(found.stat().st_mode) for found in path.parent.glob("*")} == {0o600}


class TestUnusable:
    """What cannot be used is set aside whole, and its name told."""

    @staticmethod
    def filled(path: Path) -> bytes:
        with Database(path, TABLES) as database:
            database.write(
                [("INSERT INTO thing (name) VALUES (:name)", {"name": f"{n:04}" * 50}) for n in range(500)]
            )
        return path.read_bytes()

    @pytest.mark.parametrize(
        "damage",
        DAMAGES.values(),
        ids=DAMAGES,
    )
    def test_a_damaged_file(self, path: Path, damage: Callable[[bytes], bytes], caplog: LogCapture):
        """It is kept byte for byte; a new one is begun."""
        damaged = damage(self.filled(path))
        path.write_bytes(damaged)
        with Database(path, TABLES) as database:
            assert (things(database), beside(path)[""]) == ([], damaged)
            assert str(database.set_aside) in caplog.text

    def test_a_file_of_a_version_to_come(self, path: Path, caplog: LogCapture):
        """Older programs do not write into it."""
        with Database(path, (*TABLES, "CREATE TABLE later (a)")) as database:
            add(database, "one")
        with Database(path, TABLES) as database:
            assert things(database) == []
            assert f"newer version (3; this one knows 2); it is kept as {database.set_aside}" in caplog.text
            assert database.set_aside is not None
            with closing(sqlite3.connect(database.set_aside)) as kept:
                assert kept.execute("SELECT name FROM thing").fetchall() == [("one",)]

    def test_an_empty_file_is_a_new_one(self, path: Path):
        """A process may have died just after making it."""
        path.parent.mkdir()
        path.touch()
        with Database(path, TABLES) as database:
            assert (database.set_aside, things(database)) == (None, [])

    def test_what_was_not_merged_yet_is_kept_when_the_main_file_is_gone(self, path: Path):
        """SQLite itself would remove it."""
        with Database(path, TABLES) as database:
            add(database, "one")
            left = path.with_name("journal.db-wal").read_bytes()
        path.unlink()
        path.with_name("journal.db-wal").write_bytes(left)
        with Database(path, TABLES) as database:
            assert (things(database), beside(path)) == ([], {"": b"", "-wal": left})

    def test_all_that_belongs_to_it_goes_with_it(self, path: Path):
        """Nothing is left for the new one to stumble over."""
        self.filled(path)
        path.write_bytes(b"x" * 5000)
        path.with_name("journal.db-wal").write_bytes(b"wal")
        with Database(path, TABLES) as database:
            add(database, "one")
            kept = beside(path)
            assert (kept[""], kept["-wal"]) == (b"x" * 5000, b"wal")

    def test_a_folder_in_its_place_is_an_error(self, path: Path):
        """Nothing is done to it."""
        path.mkdir(parents=True)
        with pytest.raises(JournalFailed, match="no regular file"):
            Database(path, TABLES)

    @posix
    def test_a_lock_that_is_a_link_is_not_followed(self, path: Path, tmp_path: Path):
        """It may have been planted."""
        path.parent.mkdir()
        path.with_name("journal.db.lock").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(JournalFailed):
            Database(path, TABLES)
        assert not (tmp_path / "elsewhere").exists()


class TestOtherFiles:
    """What never was a journal is left alone: somebody may have named it by mistake."""

    def test_a_file_of_any_kind(self, path: Path):
        """Nothing is moved, written or made."""
        path.parent.mkdir()
        path.write_text("root:x:0:0:root:/root:/bin/bash")
        with pytest.raises(JournalFailed, match="is no journal") as caught:
            Database(path, TABLES)
        assert (path.read_text()[:5], list(path.parent.iterdir())) == ("root:", [path])
        assert "Name another file" in caught.value.hint

    def test_another_programs_database(self, path: Path):
        """None of our tables gets into it."""
        path.parent.mkdir()
        with closing(sqlite3.connect(path)) as other:
            other.execute("CREATE TABLE theirs (x)")
            other.commit()
        before = path.read_bytes()
        with pytest.raises(JournalFailed, match="another program's"):
            Database(path, TABLES)
        assert (path.read_bytes(), list(path.parent.iterdir())) == (before, [path])


class TestProcesses:
    """Several find the file at once."""

    @staticmethod
    def open_at_once(path: Path) -> list[str]:
        """Whether each has set a file aside."""
        command = [sys.executable, "-c", PROCESS, str(path), *TABLES]
        running = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(3)
        ]
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in running:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        return sorted(process.communicate(timeout=30)[0].strip() for process in running)

    def test_a_new_one_is_made_once(self, path: Path):
        """No migration is done twice, no row is lost."""
        assert self.open_at_once(path) == ["False"] * 3
        with Database(path, TABLES) as database:
            assert things(database) == ["one"] * 3

    def test_a_damaged_one_is_set_aside_once(self, path: Path):
        """The others go on with the new one."""
        with Database(path, TABLES):
            pass
        path.write_bytes(b"x" * 5000)
        assert self.open_at_once(path) == ["False", "False", "True"]
        with Database(path, TABLES) as database:
            assert (things(database), beside(path)) == (["one"] * 3, {"": b"x" * 5000})


class TestPlaces:
    """Where the file is."""

    @posix
    @pytest.mark.parametrize(
        "name", ["a?mode=ro&b#c%20d.db", "视频 é.db", os.fsdecode(b"\xff.db")], ids=ascii
    )
    def test_any_name_will_do(self, tmp_path: Path, name: str):
        """What it holds is found again."""
        for _ in range(2):
            with Database(tmp_path / name, TABLES) as database:
                add(database, "one")
        with Database(tmp_path / name, TABLES) as database:
            assert (things(database), database.set_aside) == (["one", "one"], None)

    @posix
    def test_links_lead_to_one_file(self, path: Path, tmp_path: Path):
        """A home on another disk, or a linked file: it is made where the link points, with our rights."""
        path.parent.mkdir()
        (tmp_path / "home").symlink_to(path.parent)
        (tmp_path / "link.db").symlink_to(path)
        before = os.umask(0)
        try:
            with Database(tmp_path / "link.db", TABLES) as database:
                add(database, "one")
        finally:
            os.umask(before)
        with Database(tmp_path / "home" / "journal.db", TABLES) as database:
            assert (things(database), stat.S_IMODE(path.stat().st_mode)) == (["one"], 0o600)

    @posix
    def test_links_lead_to_one_claim(self, path: Path, tmp_path: Path):
        """Whatever name the journal is called by, the file is uploaded once at a time."""
        path.parent.mkdir()
        (tmp_path / "home").symlink_to(path.parent)
        with Journal(path).claims.take("1", ["file"]):
            assert Journal(tmp_path / "home" / "journal.db").claims.is_held("1", ["file"])

    def test_a_drive_that_is_missing_is_an_error_that_says_so(self, tmp_path: Path):
        """With the path, and what to do."""
        (tmp_path / "drive").write_text("what stands where it would be")
        with pytest.raises(JournalFailed, match="drive") as caught:
            Database(tmp_path / "drive" / "journal.db", TABLES)
        assert "BVUP_HOME" in caught.value.hint

    @posix
    async def test_a_folder_that_is_read_only_is_an_error_that_says_so(
        self, run_script: Callable[..., Awaitable[str]]
    ):
        """With the path; root ignores rights, hence a process that gives them up."""
        said = await run_script(READ_ONLY)
        assert ("journal.db" in said, "Permission denied" in said) == (True, True)

    def test_what_is_removed_while_it_is_open_is_not_written_any_more(self, path: Path):
        """Nobody would ever read it."""
        with Database(path, TABLES) as database:
            for gone in path.parent.glob("journal.db*"):
                gone.unlink()
            with pytest.raises(JournalFailed, match="removed or replaced"):
                add(database, "one")


def test_a_write_is_whole_or_not_at_all(path: Path):
    """What failed in the middle leaves nothing behind."""
    with Database(path, TABLES) as database:
        with pytest.raises(JournalFailed):
            database.write([("INSERT INTO thing (name) VALUES ('one')", {}), ("INSERT INTO nowhere", {})])
        assert things(database) == []


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


@pytest.fixture
def today(sim: Simulator, account: Account, options: Options) -> Today:
    return Today(sim, account, options)


@pytest.fixture
def journal(path: Path) -> Journal:
    return Journal(path)


@pytest.fixture
def page(tmp_path: Path) -> VideoUploaderPage:
    (tmp_path / "video.mp4").write_bytes(DATA)
    return VideoUploaderPage(tmp_path / "video.mp4", title="P1")


class Disk:
    """The disk of a journal: full means that no file of this process grows beyond what the journal has."""

    def __init__(self, path: Path) -> None:
        self._wal = path.with_name(f"{path.name}-wal")

    def fill(self) -> None:
        self._limit(self._wal.stat().st_size if self._wal.exists() else 0)

    def empty(self) -> None:
        self._limit(-1)

    @staticmethod
    def _limit(size: int) -> None:
        import resource  # noqa: PLC0415 - posix only

        resource.setrlimit(resource.RLIMIT_FSIZE, (size, -1))


@contextmanager
def disk_of(journal: Journal) -> Generator[Disk]:
    disk = Disk(journal.path)
    try:
        yield disk
    finally:
        disk.empty()


def after(uploader: VideoUploader, event: str, *actions: Callable[[], object]) -> None:
    """Do something after the first event of a kind, something else after the second, ..."""
    left = list(actions)

    async def act(_: object) -> None:
        if left:
            left.pop(0)()

    uploader.add_event_listener(event, act)


@posix
class TestFullDisk:
    """A full disk stops nothing that has begun, and nothing is submitted that is not written down."""

    async def test_before_the_upload(
        self, today: Today, sim: Simulator, journal: Journal, page: VideoUploaderPage
    ):
        """An unfinished submission may stand in the journal: nothing is sent without it."""
        with disk_of(journal) as disk:
            disk.fill()
            error = await today.ends_with(today.make(pages=[page], journal=journal))
        assert (type(error), today.count("preupload", "submit")) == (JournalFailed, [0, 0])

    async def test_in_the_middle(
        self, today: Today, sim: Simulator, journal: Journal, page: VideoUploaderPage, caplog: LogCapture
    ):
        """The upload goes on and says so once; what was not written is written as soon as there is room."""
        uploader = today.make(pages=[page], journal=journal, threads=1)
        hanging = sim.faults.add("part", Stall(), after=PARTS - 1)
        with disk_of(journal) as disk:
            after(uploader, "AFTER_CHUNK", disk.fill, lambda: None, disk.empty)
            running = asyncio.create_task(uploader.start())
            await asyncio.wait_for(hanging.fired.wait(), 10)
            await uploader.abort()
            await running
        [job] = await journal.jobs()
        assert (job.stored, caplog.text.count("The upload goes on")) == ((PARTS - 1) * PART, 1)
        await today.ends_right(today.make(pages=[page], journal=journal))
        assert len(today.parts(stored=True)) == PARTS

    async def test_at_the_submission(
        self, today: Today, sim: Simulator, journal: Journal, page: VideoUploaderPage
    ):
        """It is not sent; the next start submits, and sends no byte of the video."""
        uploader = today.make(pages=[page], journal=journal)
        with disk_of(journal) as disk:
            after(uploader, "AFTER_PAGE", disk.fill)
            error = await today.ends_with(uploader)
        assert (type(error), today.count("submit")) == (JournalFailed, [0])
        await today.ends_right(today.make(pages=[page], journal=journal))
        assert len(today.parts()) == PARTS


async def test_a_journal_that_is_removed_meanwhile_stops_the_submission(
    today: Today, journal: Journal, page: VideoUploaderPage
):
    """It would not be remembered. Started again, the upload ends right, and is in a new journal."""
    uploader = today.make(pages=[page], journal=journal)
    after(uploader, "AFTER_PAGE", journal.path.unlink)
    error = await today.ends_with(uploader)
    assert (type(error), today.count("submit")) == (JournalFailed, [0])
    await today.ends_right(uploader)
    assert [job.state for job in await journal.jobs()] == ["done"]


class TestOddRows:
    """A row that no version writes stands in nobody's way."""

    @pytest.mark.parametrize(
        "change",
        [
            "plan = '{\"pages\": ['",
            "plan = '[]'",
            "plan = x'ff00'",
            'plan = \'{"pages":[],"meta":3,"extra":1,"threads":1,"chunk_size":1,"topic":1,"line":1,"interface":1}\'',
            "state = 'published'",
            "plan = replace(hex(zeroblob(50000)), '0', '[')",
        ],
    )
    async def test_the_other_jobs_are_listed(
        self,
        today: Today,
        sim: Simulator,
        journal: Journal,
        page: VideoUploaderPage,
        tmp_path: Path,
        change: str,
    ):
        """The odd one says so, is not gone on with, and can be forgotten."""
        (tmp_path / "other.mp4").write_bytes(DATA[:-1])
        other = VideoUploaderPage(tmp_path / "other.mp4", title="P1")
        for each in (page, other):
            sim.faults.add("submit", Code(21021))
            await today.ends_with(today.make(pages=[each], journal=journal))
        with closing(sqlite3.connect(journal.path)) as tampering, tampering:
            tampering.execute("PRAGMA ignore_check_constraints = ON")
            tampering.execute(f"UPDATE job SET {change} WHERE id = 1")
        odd, good = await journal.jobs()
        assert (odd.id, odd.plan, "damaged" in odd.error) == (1, {}, True)
        assert (good.title, good.is_stored) == ("A title", True)
        with pytest.raises(VideoUploadException, match="cannot be read"):
            VideoUploader.resume(odd, today.credential(), journal=journal)
        await journal.forget(1)
        assert [job.id for job in await journal.jobs()] == [2]

    async def test_what_may_have_been_submitted_is_not_submitted_again(
        self, today: Today, sim: Simulator, journal: Journal, page: VideoUploaderPage
    ):
        """The error says what to do."""
        sim.faults.add("submit", Code(21021))
        await today.ends_with(today.make(pages=[page], journal=journal))
        with closing(sqlite3.connect(journal.path)) as tampering, tampering:
            tampering.execute("PRAGMA ignore_check_constraints = ON")
            tampering.execute("UPDATE job SET state = 'published'")
        error = await today.ends_with(today.make(pages=[page], journal=journal))
        assert (type(error), "forget" in error.hint, today.count("submit")) == (JournalFailed, True, [1])

    async def test_a_ticket_that_was_changed_is_not_used(
        self, today: Today, sim: Simulator, journal: Journal, page: VideoUploaderPage
    ):
        """The page begins anew, at Bilibili."""
        sim.faults.add("part", Status(413), after=2)
        await today.ends_with(today.make(pages=[page], journal=journal, threads=1))
        with closing(sqlite3.connect(journal.path)) as tampering, tampering:
            tampering.execute("UPDATE page SET ticket = replace(ticket, 'bilivideo.com', 'evil.example.com')")
        seen = len(sim.exchanges)
        await today.ends_right(today.make(pages=[page], journal=journal))
        assert not [one for one in sim.exchanges[seen:] if "evil" in one.host]


def test_the_tables_are_those_of_the_migrations(path: Path):
    """The number of migrations stands in the file."""
    Database(path, MIGRATIONS).close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
