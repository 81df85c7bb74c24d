"""Limits of an account are kept by all processes that share a journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bilibili_api.engine.journal_pacer import JournalPacer
from bilibili_api.engine.pacer import FORGIVEN, GAP
from bilibili_api.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

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


async def test_a_clock_that_was_wrong_holds_nobody_up_for_years(one: JournalPacer, fake: FakeWorld):
    """A day at most."""
    await one.refused("1", "preupload", 3e8)
    assert await one.turn("1", "preupload") <= 86400.0


async def test_without_a_journal_the_process_keeps_its_own_pace(tmp_path: Path, fake: FakeWorld):
    """A folder where the file should be: neither turn nor refusal fails."""
    alone = JournalPacer(Journal(tmp_path), fake.world)
    await alone.refused("1", "preupload", 600.0)
    assert await alone.turn("1", "preupload") == pytest.approx(600.0, abs=1.0)
