"""The library of 2021, unmodified, talks to the simulator; what it sends is compared with what we send."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.peers.chinese import in_chinese
from tests.peers.differences import labelled, meant, observed, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.peers.running import Run

DOCS = Path(__file__).parent.parent.parent / "docs"


@pytest.fixture(params=["2021", "ours"])
def run(request: pytest.FixtureRequest) -> Run:
    return request.getfixturevalue(f"run_of_{request.param}")


def test_it_logs_in_uploads_and_submits(run: Run):
    """The library returns the ids of the one archive, and no request on the way was refused."""
    (archive,) = run.sim.archives
    assert run.said == {"aid": archive.aid, "bvid": archive.bvid}
    assert {exchange.status for exchange in run.sim.exchanges} == {200}
    assert len(run.sim.seen("login")) == 1


def test_the_stored_bytes_equal_the_sent_ones(run: Run):
    """Each page arrived in several chunks and is stored byte for byte, in the order of the pages."""
    (archive,) = run.sim.archives
    sent = [Path(page["path"]).read_bytes() for page in run.job["pages"]]
    assert [video.path.read_bytes() for video in archive.videos if video.path] == sent
    assert len(run.sim.seen("chunk")) == 6 + 3


def test_cover_and_metadata_arrive(run: Run):
    """The archive has the cover that was sent and the metadata as given."""
    (archive,), (cover,) = run.sim.archives, run.sim.covers
    assert cover.path is not None
    assert cover.path.read_bytes() == Path(run.job["cover"]).read_bytes()
    assert archive.cover == cover.url
    assert {name: archive.meta[name] for name in run.job["meta"]} == run.job["meta"]
    titles = [(video["title"], video["desc"]) for video in archive.meta["videos"]]
    assert titles == [(page["title"], page["description"]) for page in run.job["pages"]]


def test_both_make_the_same_requests_in_the_same_order(run_of_2021: Run, run_of_ours: Run):
    """Step by step the two uploads are one; only chunks of a page may overtake each other."""
    then, now = ([label for label, _ in labelled(run.sim.exchanges)] for run in (run_of_2021, run_of_ours))
    assert now == then


def test_every_difference_in_a_request_is_meant(run_of_2021: Run, run_of_ours: Run):
    """Field by field, the two send the same but for the rows of the table, each of which still shows."""
    assert observed(run_of_2021.sim.exchanges, run_of_ours.sim.exchanges) == meant()


@pytest.mark.parametrize(("folder", "words"), [(DOCS, str), (DOCS / "zh", in_chinese)], ids=["en", "zh"])
def test_the_document_lists_exactly_these_differences(folder: Path, words: Callable[[str], str]):
    """differences-2021.md has the table as it is tested."""
    text = (folder / "differences-2021.md").read_text("utf-8")
    assert table(words) in text
    assert text.count("\n|") == table(words).count("\n|") + 1
