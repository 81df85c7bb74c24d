"""Tickets as text: what is kept comes back, and a text is believed no more than a server."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bilibili_api.protocol import pc, tickets, upos
from bilibili_api.redaction import Secret

HOSTS = ("upos-cs-upcdnbda2.bilivideo.com", "c3350892cstx.anitama.net")
AUTH = "ak=1&timestamp=1700000000.123&sign=0"

urls = st.from_regex(
    r"https://upcdn-[a-z]{1,9}\.bilivideo\.com/[A-Za-z0-9%/]{0,20}\?e=[!-\"$-~]{0,30}", fullmatch=True
)
pc_tickets = st.builds(pc.Ticket, urls, urls, st.from_regex(r"n[0-9a-z]{1,40}", fullmatch=True))


@st.composite
def upos_tickets(draw: st.DrawFn) -> upos.Ticket:
    name = draw(st.from_regex(r"n[0-9a-z]{1,40}", fullmatch=True))
    ticket = upos.Ticket(
        auth=Secret(AUTH),
        hosts=draw(st.lists(st.sampled_from(HOSTS), min_size=1, unique=True).map(tuple)),
        path=f"/{draw(st.sampled_from(['ugc', 'ugcfx2lf']))}/{name}{draw(st.sampled_from(['', '.mp4']))}",
        filename=name,
        biz_id=draw(st.integers(0, 2**63 - 1)),
        part_size=draw(st.integers(1, 128 * 1024 * 1024)),
        threads=draw(st.integers(1, 64)),
        issued=1700000000.123,
        profile=draw(st.builds(upos.Profile, st.text(), st.text(), st.text())),
    )
    return draw(st.sampled_from([ticket, ticket.begun("2a3b~c")]))


@given(st.one_of(pc_tickets, upos_tickets()))
def test_a_ticket_comes_back_as_it_was(ticket: tickets.Ticket):
    """Of either line, before and after its upload was begun."""
    assert tickets.load(tickets.dump(ticket)) == ticket


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
UPOS: dict[str, Any] = json.loads(
    tickets.dump(
        upos.Ticket(Secret(AUTH), HOSTS, "/ugc/n1.mp4", "n1", 1, 1000, 3, 1700000000.123, upload_id="u1")
    )
)
PC: dict[str, Any] = json.loads(
    tickets.dump(pc.Ticket("https://a.bilivideo.com/?s=1", "https://a.bilivideo.com/?s=2", "n1"))
)


@given(st.text() | json_values.map(json.dumps))
@example("[" * 100_000)
@example('{"kind":' * 10_000)
@example('{"kind":"upos"}')
@example('{"kind":"pc","url":1}')
def test_no_text_is_an_error(text: str):
    """What makes no sense is no ticket: the page begins anew."""
    assert tickets.load(text) is None


@given(st.sampled_from([UPOS, PC]), st.data())
def test_a_ticket_with_any_other_member_is_a_ticket_or_none(whole: dict[str, Any], data: st.DataObject):
    """It never raises; what it gives back can be kept again."""
    member = data.draw(st.sampled_from(sorted(whole)))
    ticket = tickets.load(json.dumps(whole | {member: data.draw(json_values)}))
    assert ticket is None or tickets.load(tickets.dump(ticket)) == ticket


@pytest.mark.parametrize(
    ("whole", "change"),
    [
        (UPOS, {"hosts": ["evil.example.com"]}),
        (UPOS, {"hosts": []}),
        (UPOS, {"hosts": ["upos-cs-upcdnbda2.bilivideo.com@evil.example.com"]}),
        (UPOS, {"path": "/../../n1.mp4"}),
        (UPOS, {"path": "/ugc/n1.mp4?uploads\r\nX: y"}),
        (UPOS, {"auth": "a\r\nX-Evil: 1"}),
        (UPOS, {"part_size": 0}),
        (UPOS, {"part_size": 10**12}),
        (UPOS, {"upload_id": "u1&x=y\r\n"}),
        (PC, {"url": "https://evil.example.com/?s=1"}),
        (PC, {"complete_url": "http://127.0.0.1/"}),
        (PC, {"filename": "../n1"}),
    ],
    ids=str,
)
def test_a_kept_ticket_that_leads_astray_is_none(whole: dict[str, Any], change: dict[str, Any]):
    """Whoever changed it: what is uploaded goes to Bilibili's storage only."""
    assert tickets.load(json.dumps(whole)) is not None
    assert tickets.load(json.dumps(whole | change)) is None
