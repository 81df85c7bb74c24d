"""Limits of an account are kept by all processes that share a journal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bilibili_api import engine
from bilibili_api.engine.journal_pacer import JournalPacer
from bilibili_api.engine.pacer import FORGIVEN, GAP
from bilibili_api.journal import Journal

if TYPE_CHECKING:
    from tests.kit import FakeWorld


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.db")


@pytest.fixture
def one(journal: Journal, fake: FakeWorld) -> JournalPacer:
    return JournalPacer(journal, fake.world)


@pytest.fixture
def other(journal: Journal, fake: FakeWorld) -> JournalPacer:
    """As another process sees it: nothing but the file in common."""
    return JournalPacer(Journal(journal.path), fake.world)


async def test_nobody_waits_before_there_was_a_refusal(one: JournalPacer):
    """Any number of turns."""
    assert [await one.turn("1", "preupload") for _ in range(3)] == [0.0, 0.0, 0.0]


async def test_what_one_is_refused_the_other_waits_for(one: JournalPacer, other: JournalPacer):
    """As long as the first was told."""
    await one.refused("1", "preupload", 600.0)
    assert await other.turn("1", "preupload") == pytest.approx(600.0, abs=1.0)


async def test_other_accounts_and_steps_do_not_wait(one: JournalPacer, other: JournalPacer):
    """The limit is one account's at one step."""
    await one.refused("1", "preupload", 600.0)
    assert [await other.turn("2", "preupload"), await other.turn("1", "submit")] == [0.0, 0.0]


async def test_after_the_pause_turns_come_one_by_one(one: JournalPacer, other: JournalPacer, fake: FakeWorld):
    """Two processes do not ask at once again."""
    await one.refused("1", "preupload", 600.0)
    fake.naps.append(600.0)
    assert await one.turn("1", "preupload") == 0.0
    assert await other.turn("1", "preupload") == pytest.approx(GAP, abs=1.0)


async def test_an_old_refusal_is_forgiven(one: JournalPacer, other: JournalPacer, fake: FakeWorld):
    """After an hour without another one."""
    await one.refused("1", "preupload", 600.0)
    fake.naps.append(600.0 + FORGIVEN + 1)
    assert [await one.turn("1", "preupload"), await other.turn("1", "preupload")] == [0.0, 0.0]


@pytest.mark.parametrize("ahead", [3e8, 36000.0], ids=["years", "hours"])
async def test_a_clock_that_was_wrong_holds_nobody_up(one: JournalPacer, ahead: float):
    """It wrote down a pause that is longer than any that Bilibili imposes: nobody waits for its end."""
    await one.refused("1", "preupload", ahead)
    assert await one.turn("1", "preupload") == 0.0


def test_the_sqlite_of_an_old_system_is_enough():
    """Debian 11 has 3.34: it does not know `RETURNING`, nor conflicts without a target."""
    for path in Path(engine.__path__[0]).glob("*.py"):
        assert not re.search(r"\bRETURNING\b|ON CONFLICT DO", path.read_text()), path.name


async def test_without_a_journal_the_process_keeps_its_own_pace(tmp_path: Path, fake: FakeWorld):
    """A folder where the file should be: neither turn nor refusal fails."""
    alone = JournalPacer(Journal(tmp_path), fake.world)
    await alone.refused("1", "preupload", 600.0)
    assert await alone.turn("1", "preupload") == pytest.approx(600.0, abs=1.0)
