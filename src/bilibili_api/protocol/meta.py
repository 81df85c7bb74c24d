"""Metadata of a submission: all that is wrong with it at once, and the body that is sent (section 6).

A key is accepted if one of the interfaces that are to be tried carries it together with all others. What is
passed as `extra` or in `meta["extra"]` is sent untouched and overrides `meta`; it must be JSON and leave the
keys alone which this library writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import Problem
from bilibili_api.frozen import frozen
from bilibili_api.saying import say

from .body import EXTRA, compose, parts_of
from .field_rules import ask, check_value
from .fields import FIELDS, FREE, PARTS_LIMIT, TODAY, Field, Kind, Role
from .fitting import unfit, unfit_for_all
from .interfaces import Interface, interface_named
from .json_values import JsonValue, NotJson, items_of, nearest, plain
from .meta_rules import (
    check_desc,
    check_human_type,
    check_mentions,
    check_origin,
    check_schedule,
    check_tags,
    check_tid,
    is_blank,
)
from .passed import RESERVED_KEY, Passed, odd_key, path_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_ROLES: Final = {
    Role.RESERVED: RESERVED_KEY,
    Role.SESSION: (
        say("belongs to the login."),
        say("Take it out; the uploader sends it where it is needed."),
    ),
    Role.EDIT: (
        say("belongs to the edit of an archive that exists."),
        say("Take it out; a new archive gets its number."),
    ),
    Role.HARMFUL: (say("makes the server refuse the whole submission (21001)."), say("Take it out.")),
}


def check_meta(
    meta: object,
    *,
    now: float | None,
    extra: Mapping[str, object] | None = None,
    interfaces: Sequence[str] = ("client",),
) -> tuple[Problem, ...]:
    """Find everything that is wrong with metadata, before anything is sent (sections 6.2, 6.4, 7.8, 8.2).

    Required are `title`, `tid`, `tag` and `copyright`: none of them can be guessed. Lengths are code points.

    Args:
        meta: What the caller passed in, a `VideoMeta` or a mapping; anything whatever.
        now: The present, Unix seconds; None: whether `dtime` lies in its window is not asked.
        extra: Further keys, which are passed through.
        interfaces: Names of the interfaces that will be tried. Limits are those of the most generous one;
            what no one of them carries is a problem.

    Returns:
        All problems, those of `meta` first; empty when the metadata can be sent.

    Raises:
        ArgsException: There is no interface of such a name.
    """
    tried = [interface_named(name) for name in interfaces]
    try:
        items = items_of(meta)
    except NotJson as why:
        return (
            Problem(
                "meta", why.said, say("Give a dict with 'title', 'tid', 'tag' and 'copyright' at least.")
            ),
        )
    inside, beside = Passed("meta.extra", items.named.get(EXTRA)), Passed("extra", extra)
    passed = inside.names | beside.names
    own = {key: value for key, value in items.named.items() if key != EXTRA and key not in passed}
    judge = _Judge(now, max((interface.desc_limit for interface in tried), default=FIELDS["desc"].limit or 0))
    lacking = (f for f in FREE if f.required and f.name not in passed and f.name not in own)
    found = (
        *(odd_key("meta", name) for name in items.odd_keys),
        *(problem for key, value in own.items() for problem in judge.item(key, value)),
        *_check_origin(own, passed),
        *(Problem(f"meta.{field.name}", say("is missing."), ask(field)) for field in lacking),
    )
    told = {problem.field.removeprefix("meta.").partition(".")[0].partition("[")[0] for problem in found}
    sound = {key: _read(value) for key, value in own.items() if key not in told}
    return (
        *found,
        *_check_names(sound),
        *check_mentions(sound.get("desc"), sound.get("desc_v2")),
        *unfit_for_all(tried, sound, passed),
        *inside.problems,
        *beside.problems,
    )


def final_meta(
    meta: object,
    *,
    extra: Mapping[str, object] | None = None,
    cover: str,
    videos: Sequence[Mapping[str, object]],
    interface: Interface | str = "client",
    cover43: str = "",
) -> dict[str, object]:
    """Build the body of a submission (sections 6.1 to 6.3, 9.3) from metadata in which no problem was found.

    Names of 2021 become those of today, except for the PC tool's interface; what a web client always sends is
    filled in for the web interfaces.

    Args:
        meta: The metadata; not modified, and nothing of it is shared with the result.
        extra: Further keys; they override `meta`, never `cover` and `videos`.
        cover: Address of the uploaded cover, `""` without one.
        videos: The parts in their order, each with `title`, `desc` and `filename`, and `cid` if it has one.
        interface: Which one it is for.
        cover43: Address of a second cover of 4:3, which only web v3 takes; `""` without one.

    Raises:
        ValueError: The metadata was not checked: it has values that JSON does not have.
        ArgsException: There is no interface of such a name.
    """
    own, passed = parts_of(meta, extra)
    chosen = interface if isinstance(interface, Interface) else interface_named(interface)
    body = compose(chosen, own, cover43=cover43, videos=videos)
    return {**body, **passed, "cover": cover, "videos": body["videos"]}


def suiting(
    meta: object, interfaces: Sequence[str], *, extra: Mapping[str, object] | None = None
) -> tuple[str, ...]:
    """Return those interfaces, in their order, that carry all that checked metadata asks for.

    Raises:
        ValueError: The metadata was not checked: it has values that JSON does not have.
        ArgsException: There is no interface of such a name.
    """
    own, passed = parts_of(meta, extra)
    return tuple(name for name in interfaces if not any(unfit(interface_named(name), own, passed)))


def check_page_titles(
    titles: Sequence[object], descriptions: Sequence[object] = (), *, most: int | None = PARTS_LIMIT
) -> tuple[Problem, ...]:
    """Find what is wrong with the texts and the number of the parts (sections 6.2, 6.4; 21104, 21011, 21058).

    Args:
        titles: The title of each part; anything whatever.
        descriptions: The description of each part.
        most: How many there may be; None: any number.
    """
    found = [*_check_texts("title", titles), *_check_texts("desc", descriptions)]
    if not titles:
        found.append(Problem("pages", say("is empty."), say("Give at least one page.")))
    if most is not None and len(titles) > most:
        fix = say("Log in with cookies, by the TV QR code: the others are then added by edits.")
        found.append(
            Problem(
                "pages",
                say(
                    "has {pages} pages; the limit of one submission is {most}.",
                    pages=len(titles),
                    most=most,
                ),
                fix,
            )
        )
    return tuple(found)


def _check_texts(name: str, values: Sequence[object]) -> Iterator[Problem]:
    field = FIELDS[f"videos[].{name}"]
    public = {"desc": "description"}.get(name, name)
    for number, value in enumerate(values):
        path = f"pages[{number}].{public}"
        try:
            yield from check_value(field, path, plain(value))
        except NotJson as why:
            yield Problem(path, why.said, ask(field))


@frozen
class _Judge:
    """Checks single keys.

    Attributes:
        now: The present, Unix seconds, or None.
        desc_limit: The most code points of `desc`.
    """

    now: float | None
    desc_limit: int

    def item(self, key: str, value: object) -> Iterator[Problem]:
        field = FIELDS.get(key)
        if field is None or "[" in key:
            yield _unknown(key)
        elif field.role is not Role.FREE:
            yield Problem(f"meta.{key}", *_ROLES[field.role])
        else:
            yield from self._free(field, f"meta.{key}", value)

    def _free(self, field: Field, path: str, raw: object) -> Iterator[Problem]:
        try:
            value = plain(raw)
        except NotJson as why:
            yield Problem(path, why.said, ask(field))
            return
        if field.required and isinstance(value, str) and is_blank(value) and field.kind is Kind.TEXT:
            yield Problem(path, say("is empty."), ask(field))
            return
        found = list(self._special(field.name, path, value))
        yield from found or check_value(field, path, value)

    def _special(self, name: str, path: str, value: JsonValue) -> Iterator[Problem]:
        """Apply the rule a field has of its own; what it says is more to the point than the table."""
        match name:
            case "tag":
                yield from check_tags(path, value)
            case "desc":
                yield from check_desc(path, value, self.desc_limit)
            case "tid":
                yield from check_tid(path, value)
            case "human_type2":
                yield from check_human_type(path, value)
            case "dtime":
                yield from check_schedule(path, value, self.now)
            case _:
                return


def _check_origin(own: Mapping[str, object], passed: frozenset[str]) -> Iterator[Problem]:
    if not passed & {"copyright", "source"}:
        yield from check_origin(_read(own.get("copyright")), _read(own.get("source", "")))


def _check_names(sound: Mapping[str, JsonValue]) -> Iterator[Problem]:
    for old, new in TODAY.items():
        if old in sound and new in sound and sound[old] != sound[new]:
            what = say("is the old name of {new!r}, which is given as well and says otherwise.", new=new)
            yield Problem(f"meta.{old}", what, say("Take one of them out."))


def _read(value: object) -> JsonValue:
    """Return a value for a rule about several keys, None where its own check has already complained."""
    try:
        return plain(value)
    except NotJson:
        return None


def _unknown(key: str) -> Problem:
    near = nearest(key, (field.name for field in FREE))
    fix = say("To send it all the same, pass it in extra={{...}}, which goes through untouched.")
    if near:
        fix = say("Did you mean {name!r}? {advice}", name=near, advice=fix)
    return Problem(path_of("meta", key), say("is not a known key."), fix)
