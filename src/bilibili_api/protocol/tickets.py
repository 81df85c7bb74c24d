"""Tickets as text, for a journal: what section 4.9 says must be kept to go on with an upload.

The text holds the ticket's secrets; it belongs into a file that only its owner reads.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import cast

from bilibili_api.exceptions import ApiException

from . import pc, upos
from .wire import Response

Ticket = pc.Ticket | upos.Ticket


def dump(ticket: Ticket) -> str:
    """Return a ticket as text."""
    if isinstance(ticket, pc.Ticket):
        return json.dumps({"kind": "pc", **asdict(ticket)})
    members = {field.name: getattr(ticket, field.name) for field in fields(ticket)}
    return json.dumps(
        {"kind": "upos", **members, "auth": ticket.auth.reveal(), "profile": asdict(ticket.profile)}
    )


def load(text: str) -> Ticket | None:
    """Return the ticket of a text, or None: it makes no sense, or is of a kind that is not known here.

    A text is believed as little as an answer of the server and read as one: it leads to no stranger.
    """
    try:
        members = cast("dict[str, object]", json.loads(text))
        kind = members.pop("kind")
        return _pc(members) if kind == "pc" else _upos(members) if kind == "upos" else None
    except (ApiException, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _pc(members: dict[str, object]) -> pc.Ticket:
    return pc.parse_preupload(
        _answer(url=members["url"], complete=members["complete_url"], filename=members["filename"])
    )


def _upos(members: dict[str, object]) -> upos.Ticket:
    hosts = [f"//{host}" for host in cast("list[object]", members["hosts"])]
    ticket = upos.parse_preupload(
        _answer(
            auth=members["auth"],
            endpoint=hosts[:1],
            endpoints=hosts,
            upos_uri=f"upos:/{members['path']}",
            biz_id=members["biz_id"],
            chunk_size=members["part_size"],
            threads=members["threads"],
        ),
        _profile(cast("dict[str, object]", members["profile"])),
    )
    number = members["upload_id"]
    return ticket if number == "" else ticket.begun(upos.parse_init(_answer(upload_id=number)))


def _profile(members: dict[str, object]) -> upos.Profile:
    if not all(isinstance(value, str) for value in members.values()):
        raise TypeError
    return upos.Profile(**cast("dict[str, str]", members))


def _answer(**members: object) -> Response:
    return Response(200, body=json.dumps({"OK": 1, **members}).encode())
