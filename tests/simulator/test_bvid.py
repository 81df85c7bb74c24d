"""From aid to bvid (protocol document, section 7.10)."""

from __future__ import annotations

import pytest

from bilibili_api.simulator.bvid import bvid_of


@pytest.mark.parametrize(
    ("aid", "bvid"), [(2, "BV1xx411c7mD"), (170001, "BV17x411w7KC"), (112861976201494, "BV181vnexEmB")]
)
def test_the_published_pairs_come_out(aid: int, bvid: str):
    """Each aid of the document has the bvid of the document."""
    assert bvid_of(aid) == bvid


@pytest.mark.parametrize("aid", [0, -1, 1 << 51])
def test_a_number_that_no_archive_can_have_is_an_error(aid: int):
    """Outside 1 to 2**51 - 1 there is no bvid."""
    with pytest.raises(ValueError, match="aid must be"):
        bvid_of(aid)
