"""A wanted change of an archive, apart from the state it meets (protocol document, section 7.3).

An edit repeats the whole archive, and nothing tells the server which state it was made from: of two edits
the later one wins, and what the earlier one brought is lost without a word. So a change is kept as what it
changes, and put on what the archive is in the moment in which it is sent.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ArchiveChanged
from bilibili_api.frozen import frozen
from bilibili_api.saying import listed, say

from .fields import PARTS_LIMIT
from .json_values import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .drafts import Draft, DraftPart
    from .json_values import JsonValue

_OVERRIDDEN: Final = frozenset({"tid"})
"""What the server is reported to set itself, whatever is sent (section 0.4, 2026-02)."""

_NAMES: Final[Mapping[str, str]] = {
    str(name): name
    for name in (
        say("copyright"),
        say("cover"),
        say("desc"),
        say("dtime"),
        say("dynamic"),
        say("mission_id"),
        say("no_reprint"),
        say("source"),
        say("tag"),
        say("tid"),
        say("title"),
        say("topic_id"),
    )
}
"""Members that other languages have words for."""


@frozen
class Edit:
    """What is to be changed. Parts are named by their stored files, which stay when places and titles change.

    Attributes:
        known: The parts of the archive from which the change was planned.
        members: Metadata and what it is to be; None takes it out.
        before: What those members were then; None: they were not there.
        titles: New titles of parts.
        removed: Parts that go.
        replaced: Parts that go, each with the one that takes its place.
        added: Parts that come, in their order.
        after: The part behind which they come; None: at the end.
        order: The order of all known parts; those that somebody else adds follow. Empty: as it is.
    """

    known: frozenset[str]
    members: Mapping[str, JsonValue] = field(default_factory=dict[str, "JsonValue"])
    before: Mapping[str, JsonValue] = field(default_factory=dict[str, "JsonValue"])
    titles: Mapping[str, str] = field(default_factory=dict[str, str])
    removed: frozenset[str] = frozenset()
    replaced: Mapping[str, DraftPart] = field(default_factory=dict[str, "DraftPart"])
    added: tuple[DraftPart, ...] = ()
    after: str | None = None
    order: tuple[str, ...] = ()

    def has_parts_of(self, draft: Draft) -> bool:
        """Whether the parts of an archive are as this change wants them."""
        now = {part.filename: part for part in draft.parts}
        coming = [part.filename for part in (*self.replaced.values(), *self.added)]
        return (
            now.keys() >= set(coming)
            and not now.keys() & (self.removed | self.replaced.keys())
            and all(now[name].title == title for name, title in self.titles.items() if name in now)
            and _in_order(draft.filenames, self.order)
        )

    def unlike(self, draft: Draft) -> frozenset[str]:
        """Return the members that an archive has otherwise than this change wants them."""
        return frozenset(
            name
            for name, value in self.members.items()
            if (draft.members.get(name) or None) != (value or None)
        )

    def is_done(self, draft: Draft) -> bool:
        """Whether an archive is as this change wants it, as far as the server lets it."""
        return self.has_parts_of(draft) and self.unlike(draft) <= _OVERRIDDEN

    def applied(self, draft: Draft) -> Draft:
        """Put the change on what an archive is now.

        Raises:
            ArchiveChanged: Somebody else has changed what this is about, or has taken parts away.
        """
        self._check_parts(draft)
        self._check_members(draft)
        kept = [
            self._as_wanted(self.replaced.get(part.filename, part))
            for part in draft.parts
            if part.filename not in self.removed
        ]
        return draft.with_members(self.members).with_parts(self._with_added(_ordered(kept, self.order)))

    def batches(self) -> Iterator[Edit]:
        """Yield it as edits of which none adds more parts than one call may (21058; section 6.4)."""
        first = max(0, PARTS_LIMIT - len(self.replaced))
        yield replace(self, added=self.added[:first])
        for start in range(first, len(self.added), PARTS_LIMIT):
            new = self.added[start : start + PARTS_LIMIT]
            behind = self.added[start - 1].filename if start else self.after
            yield Edit(self.known - self.removed - self.replaced.keys(), added=new, after=behind)

    def _as_wanted(self, part: DraftPart) -> DraftPart:
        return replace(part, title=self.titles.get(part.filename, part.title))

    def _with_added(self, parts: list[DraftPart]) -> list[DraftPart]:
        there = [part.filename for part in parts]
        new = [part for part in self.added if part.filename not in there]
        place = there.index(self.after) + 1 if self.after in there else len(parts)
        return [*parts[:place], *new, *parts[place:]]

    def _check_parts(self, draft: Draft) -> None:
        now = set(draft.filenames)
        replaced = {name for name, part in self.replaced.items() if part.filename in now}
        gone = self.known - now - self.removed - replaced
        if gone:
            raise ArchiveChanged(
                say(
                    "{bvid} has lost {number} of its parts since it was looked at: {names}.",
                    bvid=draft.archive.bvid,
                    number=len(gone),
                    names=listed(sorted(gone)),
                )
            )

    def _check_members(self, draft: Draft) -> None:
        for name, wanted in self.members.items():
            now, before = draft.members.get(name) or None, self.before.get(name) or None
            if now not in (before, wanted or None):
                raise ArchiveChanged(
                    say(
                        "{name!r} of {bvid} is {now} now; it was {before} when the change was planned.",
                        name=name,
                        bvid=draft.archive.bvid,
                        now=shown(now),
                        before=shown(before),
                    )
                )


def _in_order(names: tuple[str, ...], order: tuple[str, ...]) -> bool:
    return not order or [name for name in names if name in order] == [name for name in order if name in names]


def _ordered(parts: list[DraftPart], order: tuple[str, ...]) -> list[DraftPart]:
    places = {name: place for place, name in enumerate(order)}
    return sorted(parts, key=lambda part: places.get(part.filename, len(order))) if order else parts


@frozen
class Difference:
    """One thing that a change changes.

    Attributes:
        field: What: a member of the metadata, or a part (`P2`), its title (`P2 title`) or its place
            (`place of P2`). Parts have the numbers that they had before; one that comes has its new one.
        before: What it was; None: it was not there.
        after: What it becomes; None: it goes.
    """

    field: str
    before: JsonValue
    after: JsonValue

    @property
    def said(self) -> str:
        """All of it as one line; `bilibili_api.language` translates it."""
        if self.before is None:
            return say("+ {field}: {after!r}", field=self.field, after=self.after)
        if self.after is None:
            return say("- {field}: {before!r}", field=self.field, before=self.before)
        return say(
            "  {field}: {before!r} -> {after!r}", field=self.field, before=self.before, after=self.after
        )

    def __str__(self) -> str:
        return str(self.said)


def differences(old: Draft, new: Draft) -> tuple[Difference, ...]:
    """Compare an archive with what it is to become; empty when nothing changes."""
    names = [*old.members, *(name for name in new.members if name not in old.members)]
    members = (
        Difference(_NAMES.get(name, name), old.members.get(name), new.members.get(name))
        for name in names
        if old.members.get(name) != new.members.get(name)
    )
    return (*members, *_of_parts(old, new))


def _of_parts(old: Draft, new: Draft) -> Iterator[Difference]:
    was = {part.filename: (place, part) for place, part in enumerate(old.parts, 1)}
    becomes = {part.filename: (place, part) for place, part in enumerate(new.parts, 1)}
    for name, (place, part) in was.items():
        if name not in becomes:
            yield Difference(f"P{place}", part.title, None)
    staying = [name for name in was if name in becomes]
    moved = staying != [name for name in becomes if name in was]
    for name, (place, part) in becomes.items():
        if name not in was:
            yield Difference(f"P{place}", None, part.title)
            continue
        before, old_part = was[name]
        if moved and before != place:
            yield Difference(say("place of P{number}", number=before), before, place)
        if old_part.title != part.title:
            yield Difference(say("P{number} title", number=before), old_part.title, part.title)
