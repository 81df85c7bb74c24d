"""Values of the command line that click does not know: callbacks of its options, partitions in words."""

from __future__ import annotations

import difflib
import json
import re
import time
from typing import TYPE_CHECKING, Final, cast

import click

from bilibili_api.channel import get_channel_info_by_name, get_channel_info_by_tid, get_channel_list
from bilibili_api.saying import listed, say

from .language import t
from .parsing import json_reason
from .text import safe, sentences
from .when import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROFILE: Final = re.compile(r"(?!\.)[\w.@+-]{1,64}(?<!\.)")
_SCALE: Final = {"": 1, "k": 1024, "m": 1024**2}


def read_size(_ctx: click.Context, _param: click.Parameter, value: str) -> int:
    """Return a number of bytes given as "2097152", "2M" or "512K"."""
    match = re.fullmatch(r"(\d{1,12})\s*([km]?)(?:i?b)?", value.strip(), re.IGNORECASE | re.ASCII)
    if match is None:
        raise click.BadParameter(t("{value!r} is no size; give for example 2M or 512K.", value=safe(value)))
    return int(match[1]) * _SCALE[match[2].lower()]


def read_partition(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int | None:
    """Return the number of a partition given by number or name; the library judges whether it can be used."""
    text = (value or "").strip()
    if value is None or (text.isascii() and text.isdecimal()):
        return None if value is None else int(text)
    main, leaf = get_channel_info_by_name(text)
    found = leaf or main
    if found is None:
        unknown = t("there is no partition called {name!r}.", name=safe(text))
        raise click.BadParameter(sentences(unknown, _nearest(text)))
    return found["tid"]


def partition(tid: object) -> str:
    """Return a partition in words, "Main / Leaf (21)"."""
    main, leaf = get_channel_info_by_tid(tid) if isinstance(tid, int) else (None, None)
    names = " / ".join(zone["name"] for zone in (main, leaf) if zone)
    return t("{name} ({number})", name=names, number=tid) if names else str(tid)


def read_number_or_name(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int | str | None:
    """Return the number of a topic or activity, or its name, which only Bilibili can look up."""
    if value is not None and re.fullmatch("[0-9]{1,18}", value.strip(), re.ASCII):
        return int(value)
    return value


def read_moment(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int | None:
    """Return a point in time, Unix seconds, given as a person writes it."""
    try:
        return None if value is None else moment(value, time.time())
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _nearest(name: str) -> str:
    leaves = {leaf["name"]: leaf["tid"] for main in get_channel_list() for leaf in main["sub"]}
    close = difflib.get_close_matches(name, leaves, n=3, cutoff=0.3)
    if close:
        offers = listed(say("{name} ({number})", name=found, number=leaves[found]) for found in close)
        return t("Did you mean {partitions}?", partitions=offers)
    mains = listed(main["name"] for main in get_channel_list())
    return t(
        "Give its number (21 for 日常), or a main partition, which is answered with leaves of it: "
        "{partitions}.",
        partitions=mains,
    )


def read_members(
    _ctx: click.Context, _param: click.Parameter, value: str | None
) -> Mapping[str, object] | None:
    """Return a JSON object, parsed."""
    if value is None:
        return None
    try:
        parsed: object = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(t("this is not JSON: {reason}.", reason=json_reason(error))) from None
    if not isinstance(parsed, dict):
        raise click.BadParameter(t('give a JSON object, for example {{"recreate": -1}}.'))
    return cast("dict[str, object]", parsed)


def read_profile(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Return the name of a profile; one that cannot be is found before anybody scans a code."""
    if value is None or _PROFILE.fullmatch(value):
        return value
    raise click.BadParameter(
        t(
            "{value!r} cannot be a name. Use up to 64 letters, digits and the characters . _ @ + -; "
            "the first and last is no dot.",
            value=safe(value)[:70],
        )
    )
