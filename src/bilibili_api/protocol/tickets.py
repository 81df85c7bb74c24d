"""Tickets as text, for a journal: what section 4.9 says must be kept to go on with an upload.

The text holds the ticket's secrets; it belongs into a file that only its owner reads.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import cast

from bilibili_api.redaction import Secret

from . import pc, upos

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
    """Return the ticket of a text, or None: it makes no sense, or is of a kind that is not known here."""
    try:
        members = cast("dict[str, object]", json.loads(text))
        kind = members.pop("kind")
        return _pc(members) if kind == "pc" else _upos(members) if kind == "upos" else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _pc(members: dict[str, object]) -> pc.Ticket:
    return pc.Ticket(str(members["url"]), str(members["complete_url"]), str(members["filename"]))


def _upos(members: dict[str, object]) -> upos.Ticket:
    given = dict(members)
    auth, hosts, profile = given.pop("auth"), given.pop("hosts"), given.pop("profile")
    return upos.Ticket(
        auth=Secret(cast("str", auth)),
        hosts=tuple(cast("list[str]", hosts)),
        profile=upos.Profile(**cast("dict[str, str]", profile)),
        **given,  # pyright: ignore[reportArgumentType] - each is as it was written
    )
