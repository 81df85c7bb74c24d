"""What lines did is remembered for a day and for one network: in the process, and in a journal for all processes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bilibili_api.engine.journal_lines import JournalLines
from bilibili_api.engine.line_choice import REMEMBERED, Seen
from bilibili_api.engine.line_memory import LineMemory, ProcessMemory, memory_of
from bilibili_api.engine.whereabouts import Whereabouts
from bilibili_api.journal import Journal
from bilibili_api.video_uploader import Options

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit import FakeWorld

HERE, THERE = Whereabouts("here"), Whereabouts("there")


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.db")


@pytest.fixture(params=["process", "journal"])
def memory(request: pytest.FixtureRequest, fake: FakeWorld, journal: Journal) -> LineMemory:
    return ProcessMemory(fake.world) if request.param == "process" else JournalLines(journal, fake.world)


def did(fake: FakeWorld, rate: float) -> Seen:
    return Seen(rate, 3.0, fake.now())


async def test_it_is_remembered_with_its_time_and_its_streams(memory: LineMemory, fake: FakeWorld):
    """All that is needed to judge by it."""
    seen = {"bda2": did(fake, 5e6), "tx": did(fake, 1e6)}
    await memory.note(HERE, seen)
    assert await memory.recall(HERE) == seen


async def test_the_last_counts(memory: LineMemory, fake: FakeWorld):
    """A line may have become better."""
    await memory.note(HERE, {"bda2": did(fake, 5e6)})
    fake.naps.append(60)
    await memory.note(HERE, {"bda2": did(fake, 7e6)})
    assert (await memory.recall(HERE))["bda2"].rate == 7e6


async def test_what_was_seen_earlier_does_not_replace_it(memory: LineMemory, fake: FakeWorld):
    """Another upload may look back at the line it left."""
    before = did(fake, 5e6)
    fake.naps.append(60)
    await memory.note(HERE, {"bda2": did(fake, 7e6)})
    await memory.note(HERE, {"bda2": before})
    assert (await memory.recall(HERE))["bda2"].rate == 7e6


async def test_another_network_is_another_matter(memory: LineMemory, fake: FakeWorld):
    """What is near there may be far here."""
    await memory.note(HERE, {"bda2": did(fake, 5e6)})
    assert await memory.recall(THERE) == {}


async def test_after_a_day_it_is_forgotten(memory: LineMemory, fake: FakeWorld):
    """Lines and ways change."""
    await memory.note(HERE, {"bda2": did(fake, 5e6)})
    fake.naps.append(REMEMBERED + 1)
    assert await memory.recall(HERE) == {}


async def test_another_public_address_is_another_network_once_it_is_known(
    memory: LineMemory, fake: FakeWorld
):
    """The gateway of a café may look like the one at home; before anything is known, it has to do."""
    await memory.note(HERE.seen_as("192.0.2.1"), {"bda2": did(fake, 5e6)})
    assert set(await memory.recall(HERE)) == {"bda2"}
    assert set(await memory.recall(HERE.seen_as("192.0.2.1"))) == {"bda2"}
    assert set(await memory.recall(HERE.seen_as("192.0.2.2"))) == set()


async def test_another_process_knows_it_by_the_journal(journal: Journal, fake: FakeWorld):
    """And keeps no more than a day of it."""
    await JournalLines(journal, fake.world).note(HERE, {"bda2": did(fake, 5e6)})
    assert set(await JournalLines(journal, fake.world).recall(HERE)) == {"bda2"}
    fake.naps.append(REMEMBERED + 1)
    await JournalLines(journal, fake.world).note(THERE, {"tx": did(fake, 5e6)})
    with journal.opened() as database:
        assert database.read("SELECT name FROM line") == [("tx",)]


async def test_what_a_wrong_clock_has_written_is_removed(journal: Journal, fake: FakeWorld):
    """It would count for years."""
    ahead = replace(did(fake, 5e6), when=fake.now() + 7 * 86400)
    await JournalLines(journal, fake.world).note(HERE, {"bda2": ahead})
    assert await JournalLines(journal, fake.world).recall(HERE) == {}
    await JournalLines(journal, fake.world).note(HERE, {"tx": did(fake, 1e6)})
    with journal.opened() as database:
        assert database.read("SELECT name FROM line") == [("tx",)]


async def test_without_a_usable_journal_the_process_remembers(tmp_path: Path, fake: FakeWorld):
    """An upload is not stopped by it."""
    (tmp_path / "journal.db").mkdir()
    memory = JournalLines(Journal(tmp_path / "journal.db"), fake.world)
    await memory.note(HERE, {"bda2": did(fake, 5e6)})
    assert set(await memory.recall(HERE)) == {"bda2"}


@pytest.mark.parametrize("nonsense", ["rate = 0", "streams = 0"])
async def test_nonsense_in_the_journal_is_not_heeded(journal: Journal, fake: FakeWorld, nonsense: str):
    """A rate of nothing would be divided by."""
    await JournalLines(journal, fake.world).note(HERE, {"bda2": did(fake, 5e6)})
    with journal.opened() as database:
        database.write([(f"UPDATE line SET {nonsense}", {})])
    assert await JournalLines(journal, fake.world).recall(HERE) == {}


async def test_a_copy_of_the_journal_tells_no_network(
    journal: Journal, fake: FakeWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Of another installation the same network has other digests, and none is that of an address."""
    here = HERE.seen_as("192.0.2.1")
    await JournalLines(journal, fake.world).note(here, {"bda2": did(fake, 5e6)})
    monkeypatch.setenv("BVUP_HOME", str(tmp_path / "another"))
    assert await JournalLines(journal, fake.world).recall(here) == {}
    with journal.opened() as database:
        [(place, public)] = database.read("SELECT place, public FROM line")
    assert not {place, public} & {here.place, here.public}


async def test_without_a_salt_the_process_remembers(
    journal: Journal, fake: FakeWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Rather nothing is kept than what tells where somebody was."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("BVUP_HOME", str(tmp_path / "file"))
    memory = JournalLines(journal, fake.world)
    await memory.note(HERE, {"bda2": did(fake, 5e6)})
    assert set(await memory.recall(HERE)) == {"bda2"}
    with journal.opened() as database:
        assert database.read("SELECT name FROM line") == []


async def test_a_salt_that_is_cut_off_is_made_anew(
    journal: Journal, fake: FakeWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """As after a power cut: a day of memory is lost, not the salt."""
    monkeypatch.setenv("BVUP_HOME", str(tmp_path))
    (tmp_path / "salt").write_bytes(b"cut")
    memory = JournalLines(journal, fake.world)
    await memory.note(HERE, {"bda2": did(fake, 5e6)})
    assert (len((tmp_path / "salt").read_bytes()), set(await memory.recall(HERE))) == (32, {"bda2"})


def test_uploads_of_one_process_share_what_they_have_seen(fake: FakeWorld):
    """Unless another memory is given."""
    options = Options(world=fake.world)
    own = ProcessMemory(fake.world)
    assert memory_of(options) is memory_of(options)
    assert memory_of(replace(options, line_memory=own)) is own
