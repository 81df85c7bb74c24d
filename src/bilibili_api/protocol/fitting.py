"""Which interfaces carry what metadata asks for (the columns of section 6.2, the limits of 6.4).

Unknown members are ignored in general (section 6.2): what an interface does not carry would be lost without a
word. So it is told before anything is sent, or a later interface of the order is taken that carries it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import Problem
from bilibili_api.saying import one_of, say

from .field_rules import ask
from .fields import FIELDS, TODAY, Column, Field, Role
from .interfaces import INTERFACES, Interface
from .meta_rules import check_desc

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from .json_values import JsonValue

WEB_DEFAULTS: Final[Mapping[str, JsonValue]] = {
    "recreate": -1,
    "act_reserve_create": 0,
    "no_disturbance": 0,
    "dolby": 0,
    "lossless_music": 0,
    "up_selection_reply": False,
    "web_os": 1,
}
"""What the web interfaces are sent where `meta` lacks it (section 6.3, last row)."""

_BY_ANY_NAME: Final = frozenset((*TODAY, *TODAY.values()))
"""Every interface carries these, under one of their two names."""


def carries(interface: Interface, field: Field) -> bool:
    """Whether an interface is known to carry a key."""
    if field.name in _BY_ANY_NAME:
        return True
    if interface.column not in field.columns:
        return False
    return interface.is_v3 or not field.v3_only or interface.column is not Column.WEB


def unfit(
    interface: Interface, meta: Mapping[str, JsonValue], passed: Collection[str] = ()
) -> Iterator[Problem]:
    """Find what metadata asks of an interface in vain.

    Args:
        interface: The interface.
        meta: The metadata without what is passed through; values of wrong types ask for nothing.
        passed: The keys that are passed through.
    """
    given = {*meta, *passed}
    for key, value in meta.items():
        field = FIELDS.get(key)
        if field is None or field.role is not Role.FREE or _asks_nothing(key, value):
            continue
        if not carries(interface, field):
            what = say("is not carried by the interface {interface!r}.", interface=interface.name)
            yield Problem(f"meta.{key}", what, _elsewhere(field))
        else:
            yield from _unfit_value(interface, key, value, given)


def _unfit_value(
    interface: Interface, key: str, value: JsonValue, given: Collection[str]
) -> Iterator[Problem]:
    """Find what an interface does not take under a key that it carries."""
    match key:
        case "desc":
            yield from check_desc("meta.desc", value, interface.desc_limit)
        case "copyright" if value == 3 and not interface.is_v3:
            what = say("is 3 (nothing to declare), which only the web interface v3 knows.")
            yield Problem("meta.copyright", what, ask(FIELDS["copyright"]))
        case "copyright" if value == 3 and "creation_statement" not in given:
            what = say("is missing, and copyright 3 (nothing to declare) needs one.")
            yield Problem("meta.creation_statement", what, ask(FIELDS["creation_statement"]))
        case "mission_id" if interface.column is not Column.CLIENT and "topic_id" not in given:
            what = say(
                "counts only together with a topic, through the interface {interface!r}.",
                interface=interface.name,
            )
            yield Problem("meta.mission_id", what, say("Give 'topic_id' as well, or take it out."))
        case _:
            return


def unfit_for_all(
    interfaces: Sequence[Interface], meta: Mapping[str, JsonValue], passed: Collection[str]
) -> tuple[Problem, ...]:
    """Find what keeps all of some interfaces from carrying metadata: nothing, if one of them fits.

    Returns:
        The problems of the interface that fits best.
    """
    found = [tuple(unfit(interface, meta, passed)) for interface in interfaces]
    return min(found, key=len, default=())


def _asks_nothing(key: str, value: JsonValue) -> bool:
    """Whether a value says what leaving its key out says as well; `build` speaks of the PC tool alone."""
    return not value or value == WEB_DEFAULTS.get(key) or key == "build"


def _elsewhere(field: Field) -> str:
    names = (repr(name) for name, interface in INTERFACES.items() if carries(interface, field))
    return say(
        "Take it out, submit through {interfaces}, or pass it in extra={{{key!r}: ...}} "
        "to send it all the same.",
        interfaces=one_of(names),
        key=field.name,
    )
