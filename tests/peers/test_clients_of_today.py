"""Today's clients, unmodified, talk to the simulator; what they send is compared with what we send."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from tests.peers.chinese import in_chinese
from tests.peers.comparison import observed
from tests.peers.differences_today import BILIBILI_API, BILIUP, meant, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.peers.running import Run
    from tests.peers.today import Runs

DOCS = Path(__file__).parent.parent.parent / "docs"
ROWS = {"bilibili-api-python": BILIBILI_API, "biliup": BILIUP}


@pytest.fixture(params=["theirs", "ours"])
def run(request: pytest.FixtureRequest, runs: Runs) -> Run:
    return getattr(runs, request.param)


def test_they_upload_and_submit(run: Run):
    """The client learns the ids of the one archive, and no request on the way was refused."""
    (archive,) = run.sim.archives
    assert run.said == {"aid": archive.aid, "bvid": archive.bvid}
    assert archive.interface == run.job["interface"]
    assert {exchange.status for exchange in run.sim.exchanges} == {200}


def test_the_stored_bytes_equal_the_sent_ones(run: Run):
    """Each page arrived over UPOS and is stored byte for byte, in the order of the pages."""
    (archive,) = run.sim.archives
    sent = [Path(page["path"]).read_bytes() for page in run.job["pages"]]
    assert [video.path.read_bytes() for video in archive.videos if video.path] == sent
    assert len(run.sim.seen("part")) == 3 + 1


def test_metadata_and_titles_arrive(run: Run):
    """The archive has what was given, and the titles of the pages."""
    (archive,) = run.sim.archives
    meta: dict[str, Any] = run.job["meta"]
    assert {name: archive.meta[name] for name in meta} == meta
    assert [video["title"] for video in archive.meta["videos"]] == [
        page["title"] for page in run.job["pages"]
    ]


def test_the_cover_arrives(run: Run):
    """The archive has the picture that was sent, in whatever format."""
    (archive,), (cover,) = run.sim.archives, run.sim.covers
    assert archive.cover == cover.url
    assert cover.path is not None
    with Image.open(cover.path) as stored, Image.open(run.job["cover"]) as sent:
        assert stored.size == sent.size


def test_every_difference_in_a_request_is_meant(runs: Runs):
    """Field by field, the two send the same but for the rows of the table, each of which still shows."""
    found = observed(runs.theirs.sim.exchanges, runs.ours.sim.exchanges)
    assert found == meant(ROWS[runs.client], runs.ours.job["interface"])


@pytest.mark.parametrize(("folder", "words"), [(DOCS, str), (DOCS / "zh", in_chinese)], ids=["en", "zh"])
def test_the_document_lists_exactly_these_differences(folder: Path, words: Callable[[str], str]):
    """differences-today.md has the tables as they are tested, and no others."""
    text = (folder / "differences-today.md").read_text("utf-8")
    tables = [table(client, rows, words) for client, rows in ROWS.items()]
    assert all(rows in text for rows in tables)
    assert text.count("\n|") == sum(rows.count("\n|") + 1 for rows in tables)
