"""Partitions (分区): look up the `tid` that the metadata of a video needs.

Source: protocol document, section 7.8.
"""

from __future__ import annotations

from typing import Literal, TypedDict

from .protocol.zones import Zone, human_types, leaves_of, zone_by_name, zone_by_tid, zones

__all__ = [
    "ChannelLeaf",
    "ChannelMain",
    "get_channel_info_by_name",
    "get_channel_info_by_tid",
    "get_channel_list",
    "get_new_channels",
]


class ChannelLeaf(TypedDict):
    """A partition that belongs to a main one; its `tid` is what `meta["tid"]` takes.

    `state` is `open`, `licensed` (only accounts with a licence can submit there) or `retired`.
    """

    tid: int
    name: str
    state: Literal["open", "licensed", "retired"]


class ChannelMain(ChannelLeaf):
    """A main partition; it cannot be submitted to, its leaves in `sub` can."""

    sub: list[ChannelLeaf]


def get_channel_info_by_tid(tid: int) -> tuple[ChannelMain | None, ChannelLeaf | None]:
    """Find a partition by its number.

    Args:
        tid: Number of a main partition or of a leaf, retired ones included.

    Returns:
        `(main, None)` for a main partition, `(main, leaf)` for a leaf, `(None, None)` for an unknown number.
        The dicts are yours: changing them changes nothing here.
    """
    return _pair(_find(tid))


def get_channel_info_by_name(name: str) -> tuple[ChannelMain | None, ChannelLeaf | None]:
    """Find a partition by its name.

    Args:
        name: Name of a main partition or of a leaf, today's or that of 2021. Where several bear the name, the
            main partition is meant, else the first open leaf; `"番剧/资讯"` names exactly one.

    Returns:
        `(main, None)` for a main partition, `(main, leaf)` for a leaf, `(None, None)` for an unknown name.
        The dicts are yours: changing them changes nothing here.
    """
    return _pair(_find(name))


def get_channel_list() -> list[ChannelMain]:
    """Return the whole tree of today: the main partitions, each with its leaves in `sub`."""
    return [_main(zone) for zone in zones() if zone.is_main and zone.state.value != "retired"]


def get_new_channels() -> dict[int, str]:
    """Return the new partitions (section 7.9), names by numbers, for `VideoUploader(partition=...)`."""
    return human_types()


def _find(wanted: object) -> Zone | None:
    """Find by number or name; values of any other type, which untyped callers pass, are just not known."""
    if isinstance(wanted, str):
        return zone_by_name(wanted)
    return zone_by_tid(wanted) if isinstance(wanted, int) and not isinstance(wanted, bool) else None


def _pair(zone: Zone | None) -> tuple[ChannelMain | None, ChannelLeaf | None]:
    if zone is None:
        return None, None
    if zone.parent is None:
        return _main(zone), None
    main = zone_by_tid(zone.parent)
    return (_main(main) if main else None), _leaf(zone)


def _main(zone: Zone) -> ChannelMain:
    return {**_leaf(zone), "sub": [_leaf(leaf) for leaf in leaves_of(zone)]}


def _leaf(zone: Zone) -> ChannelLeaf:
    return {"tid": zone.tid, "name": zone.name, "state": zone.state.value}
