"""Which line is the best, and when is one left: tables of measurements and memories (section 4.1)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilibili_api.engine.line_choice import (
    REMEMBERED,
    SKEW,
    By,
    Measured,
    Seen,
    faster,
    is_slower,
    ranking,
)
from bilibili_api.protocol.lines import KNOWN

MB = 1e6
NOON = time.mktime((2026, 11, 23, 12, 0, 0, 0, 0, -1))


def measured(text: str) -> list[Measured]:
    """`bda2 0.04 3.1, tx 0.05`: name, seconds until the connection stood, and MB/s if anything was sent."""
    rows = [row.split() for row in text.split(", ")]
    return [Measured(KNOWN[n], float(s), float(r[0]) * MB if r else None) for n, s, *r in rows]


def known(text: str, age: float = 0.0) -> dict[str, Seen]:
    """`tx 9.5`: name and MB/s."""
    rows = (row.split() for row in text.split(", ") if row)
    return {name: Seen(float(rate) * MB, when=NOON - age) for name, rate in rows}


RANKINGS = [
    # what was measured, in the order of the answers; what is remembered; the order that follows
    ("bda2 0 , tx 0", "", "bda2 tx"),  # nothing but the order of the answers
    ("bda2 0.04, tx 0.03", "", "tx bda2"),  # nothing was sent: the nearest
    ("bda2 0.04 1.0, tx 0.06 3.0", "", "tx bda2"),  # what it takes counts more than how near it is
    ("bda2 0.04 3.0, tx 0.06 3.0", "", "bda2 tx"),
    ("bda2 0.04 3.0, tx 0.06 1.0", "bda2 2, tx 9", "tx bda2"),  # real parts count more than measurements
    ("bda2 0.04 3.0, tx 0.06 4.0", "bda2 9", "bda2 tx"),  # a little more is promised: no reason to go
    ("bda2 0.04 3.0, tx 0.06 17.0", "bda2 9", "bda2 tx"),
    ("bda2 0.04 3.0, tx 0.06 19.0", "bda2 9", "tx bda2"),  # twice as much is promised
    ("bda2 0.04, tx 0.03", "bda2 9", "bda2 tx"),
    ("tx 0 , bda2 0", "bda2 9", "bda2 tx"),
    ("bda2 0.04 3.0, tx 0.06 3.0", "bda2 0.1, tx 9", "tx bda2"),  # one that was left
    ("bldsa 0.04 3.0, bda2 0.04 3.0, tx 0.06 3.0", "bda2 0.1, tx 9", "tx bldsa bda2"),
    ("bda2 0.04 3.0, tx 0.06 2.0", "bda2 0.1", "tx bda2"),  # nothing is known of the other
    ("tx 0.04 1.0", "bda2 99", "tx"),  # one that does not answer is no candidate, whatever it did
]


@pytest.mark.parametrize(("answers", "memory", "order"), RANKINGS)
def test_lines_are_ranked_by_what_may_be_expected_of_them(answers: str, memory: str, order: str):
    """What parts did, else what was promised, of which half counts."""
    ranked = ranking(measured(answers), known(memory), NOON)
    assert [choice.line.name for choice in ranked] == order.split()


@pytest.mark.parametrize(
    ("age", "counts"),
    [(0, True), (REMEMBERED, True), (REMEMBERED + 1, False), (-SKEW, True), (-SKEW - 1, False)],
)
def test_what_was_seen_counts_for_a_day(age: float, counts: bool):
    """A clock that was put back does no harm; what a wrong clock dated far ahead does not count."""
    [first, _] = ranking(measured("bda2 0.04 3.0, tx 0.06 3.0"), known("tx 9", age), NOON)
    assert first.line.name == ("tx" if counts else "bda2")


@pytest.mark.parametrize(
    ("answers", "memory", "age", "reason"),
    [
        ("bda2 0.04 3.1, tx 0.05 1.2", "", 0, "answered in 40 ms at 3.1 MB/s; the next is tx with 1.2 MB/s"),
        (
            "bda2 0.04 3.1, tx 0.05 0.12",
            "",
            0,
            "answered in 40 ms at 3.1 MB/s; the next is tx with 120.0 kB/s",
        ),
        ("bda2 0.04, tx 0.05", "", 0, "answered in 40 ms; the next is tx"),
        ("bda2 0, tx 0", "", 0, "answered first"),
        ("bda2 0.04 3.1", "", 0, "the only one that answers, in 40 ms at 3.1 MB/s"),
        ("bda2 0", "", 0, "the only one that answers"),
        ("bda2 0.04 3.1", "bda2 11.2", 7200, "11.2 MB/s measured today 10:00 on this network"),
        ("bda2 0.04 3.1", "bda2 11.2", 50000, "11.2 MB/s measured yesterday 22:06 on this network"),
        (
            "bda2 0.04 7, tx 0.09 3",
            "tx 0.2",
            0,
            "answered in 40 ms at 7.0 MB/s; the next is tx, which did 200.0 kB/s on this network",
        ),
    ],
)
def test_the_reason_is_told_in_words(answers: str, memory: str, age: float, reason: str):
    """As somebody reads it who wonders why it is this line."""
    assert ranking(measured(answers), known(memory, age), NOON)[0].reason == reason


def test_what_this_upload_did_is_told_as_such():
    """It is no memory."""
    did = {"bda2": Seen(5 * MB, when=NOON, by=By.PARTS)}
    assert ranking(measured("bda2 0.04 3.1"), did, NOON)[0].reason == "5.0 MB/s measured in this upload"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(KNOWN)),
            st.floats(0, 10),
            st.none() | st.floats(1e-3, 1e12),
            st.none() | st.floats(1e-3, 1e12),
        ),
        max_size=8,
    )
)
def test_every_line_that_answered_is_ranked_once(rows: list[tuple[str, float, float | None, float | None]]):
    """Whatever the figures."""
    answers = [Measured(KNOWN[name], latency, rate) for name, latency, rate, _ in rows]
    memory = {name: Seen(did, when=NOON) for name, _, _, did in rows if did is not None}
    ranked = ranking(answers, memory, NOON)
    assert sorted(choice.line.name for choice in ranked) == sorted(name for name, *_ in rows)
    assert all(choice.reason for choice in ranked)


A, B = "a", "b"
PRESENT = [
    # MB/s of the present host, of another, by what that was seen, streams of both; whether it is left
    (1.0, 2.9, "memory", 1, 1, False),
    (1.0, 3.1, "memory", 1, 1, True),
    (1.0, 1.9, "parts", 1, 1, False),
    (1.0, 2.1, "parts", 1, 1, True),
    (1.0, 1.3, "probe", 1, 1, False),
    (1.0, 1.4, "probe", 1, 1, True),  # of a stream that has hardly begun
    (1.0, 8.0, "memory", 2, 8, False),  # with a quarter of the streams
    (1.0, 8.0, "memory", 4, 8, True),
    (1.0, 4.0, "memory", 8, 2, True),  # more streams are no excuse
]


@pytest.mark.parametrize(("promised", "left"), [(1.9, False), (2.1, True)])
def test_one_that_did_well_lately_is_left_for_a_promise_of_twice_as_much(promised: float, left: bool):
    """As long as it has got no part in this upload."""
    others = {B: Seen(promised, by=By.PROBE)}
    assert faster(Seen(1.0, by=By.MEMORY), others) == (B if left else None)


@pytest.mark.parametrize(("rate", "other", "by", "streams", "others", "left"), PRESENT)
def test_a_host_is_left_for_one_that_was_seen_to_do_much_more(
    rate: float, other: float, by: str, streams: float, others: float, left: bool
):
    """Three times as much, twice in this upload, a third more if it was only promised; by streams."""
    seen = {B: Seen(other * MB, others, by=By(by))}
    assert faster(Seen(rate * MB, streams, by=By.PARTS), seen) == (B if left else None)


def test_of_several_the_fastest_is_taken():
    """One step, not two."""
    assert faster(Seen(1.0), {"b": Seen(5.0), "c": Seen(9.0), "d": Seen(2.0)}) == "c"


def test_nobody_is_left_for_somebody_who_is_left_for_them():
    """The one that was left does little by what was seen last; hence there is no way back at once."""
    slow, fast = Seen(1.0, by=By.PARTS), Seen(2.5, by=By.PARTS)
    assert (faster(slow, {B: fast}), faster(fast, {A: slow})) == (B, None)


def test_why_one_is_left_is_told_with_both_figures():
    """Which were seen, and which were hoped for."""
    present = Seen(2e5, by=By.PARTS)
    known = is_slower("bda2", present, "tx", Seen(3.1e6))
    assert known == "bda2 does 200.0 kB/s now, tx was seen to do 3.1 MB/s"
    assert is_slower("bda2", present, "tx", Seen(3.1e6, by=By.PROBE)).endswith("tx promises 3.1 MB/s")
    assert is_slower("bda2", Seen(2e5), "tx", Seen(3.1e6)).startswith("bda2 did 200.0 kB/s, tx was")
    assert is_slower("bda2", Seen(2e5), "tx", Seen(3.1e6, by=By.PARTS)).endswith("tx did 3.1 MB/s")
