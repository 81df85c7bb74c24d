"""Settings of other uploaders, as options of `bvup upload`. Pure functions.

What cannot be carried over is named, never dropped in silence. Three forms are known: a file of submissions
of biliup and biliup-rs (`upload -c`), the configuration of biliup's recorder, and a template of bilitool.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

from bilibili_api.frozen import frozen
from bilibili_api.saying import say

from .language import in_words, t

if TYPE_CHECKING:
    from collections.abc import Mapping

Where = tuple["str | int", ...]

SUBMIT: Final = {"app": "app", "web": "web", "bcutandroid": "bcut-android", "b-cut-android": "bcut-android"}
"""Names of interfaces there, without regard to case, and here."""
TEXTS: Final = ("title", "desc", "source", "dynamic")
SENT: Final = (
    *("charging_pay", "desc_format_id", "desc_v2", "dolby", "interactive", "is_only_self", "lossless_music"),
    *("mission_id", "open_elec", "open_subtitle", "subtitle", "up_close_danmu", "up_close_reply"),
    "up_selection_reply",
)
"""Members of the metadata that have no flag: they are sent as they are."""
FLAGS: Final = {
    **{text: text for text in TEXTS},
    "no_reprint": "no-reprint",
    "tag": "tag",
    "copyright": "copyright",
    "cover": "cover",
    "dtime": "dtime",
    "tid": "tid",
    "tid_v2": "partition",
}
"""What has a flag of its own."""
IDLE: Final[tuple[object, ...]] = (None, 0, False, "", [], {}, {"open": 0, "lan": ""})
"""What says no more than that nothing is wanted."""
RECORDS: Final = frozenset(
    {
        "excluded_keywords",
        "format",
        "opt_args",
        "override",
        "postprocessor",
        "preprocessor",
        "segment_processor",
    }
    | {"downloaded_processor", "filename_prefix", "time_range", "use_live_cover", "uploader", "url"}
)
"""Keys of a recorder."""
_NO_RECORDER: Final = say("bvup neither records nor runs commands")


@dataclass(slots=True)
class Report:
    """What a person should know of a conversion.

    Attributes:
        left: What was not carried over: where it stands, and why.
        look: What was, but should be looked at: where it stands, and why.
    """

    left: list[tuple[Where, str]] = field(default_factory=list[tuple[Where, str]])
    look: list[tuple[Where, str]] = field(default_factory=list[tuple[Where, str]])


@frozen
class Converted:
    """Settings as bvup has them.

    Attributes:
        origin: Whose they were, for a person.
        batch: The contents of a file for `bvup batch`, or None: it is a template.
        upload: The options of a template.
    """

    origin: str
    batch: dict[str, object] | None = None
    upload: dict[str, object] = field(default_factory=dict[str, object])


def convert(values: Mapping[str, object], report: Report) -> Converted | None:
    """Return settings as bvup has them, or None: they are of no form that is known."""
    streamers = values.get("streamers")
    if isinstance(streamers, dict):
        ones = cast("dict[str, object]", streamers)
        if any(isinstance(one, dict) and "url" in one for one in ones.values()):
            return Converted(t("biliup's recorder"), _recorder(values, ones, report))
        return Converted(t("biliup or biliup-rs"), _submissions(values, ones, report))
    if {"title", "tid", "tag"} & values.keys():
        return Converted("bilitool", upload=_template(values, report))
    return None


def _submissions(
    values: Mapping[str, object], streamers: Mapping[str, object], report: Report
) -> dict[str, object]:
    for key in values.keys() - {"line", "limit", "submit", "streamers"}:
        said = t("logins: bvup login") if key == "user" else t("not known")
        report.left.append(((key,), said))
    defaults = _way(values, ("line", "limit", "submit"), report)
    entries = [
        {"files": pattern, **_studio(cast("dict[str, object]", one), ("streamers", pattern), report)}
        for pattern, one in streamers.items()
        if isinstance(one, dict)
    ]
    return {**({"defaults": defaults} if defaults else {}), "submissions": entries}


def _way(values: Mapping[str, object], keys: tuple[str, str, str], report: Report) -> dict[str, object]:
    """Return line, chunks in flight and interface, which have other names in the two forms."""
    line, limit, submit = keys
    found: dict[str, object] = {}
    named = str(values.get(line) or "").lower()
    if named and named != "auto":
        found["line"] = named
    if isinstance(values.get(limit), int):
        found["limit"] = values[limit]
    interface = str(values.get(submit) or "").lower()
    if interface in SUBMIT:
        found["submit"] = SUBMIT[interface]
    elif interface:
        report.left.append(((submit,), t("the interface {name!r} is not known here", name=interface)))
    return found


def _studio(one: Mapping[str, object], where: Where, report: Report) -> dict[str, object]:
    """Convert one submission; a key that nobody knows is sent as it is there, too."""
    found: dict[str, object] = {}
    extra: dict[str, object] = {}
    for key, value in one.items():
        place = (*where, key)
        if key in FLAGS:
            found |= _flag(key, value)
        elif key in {"aid", "videos"}:
            if value not in IDLE:
                report.left.append((place, t("bvup upload makes new archives; to change one: bvup edit")))
        elif key in RECORDS:
            report.left.append((place, in_words(_NO_RECORDER)))
        elif value not in IDLE:
            extra[key] = _desc_v2(value) if key == "desc_v2" else value
            if key not in SENT:
                report.look.append((place, t("not known; sent as it is, in extra-fields")))
    return found if not extra else {**found, "extra-fields": extra}


def _flag(key: str, value: object) -> dict[str, object]:
    """Convert what has a flag of its own; what says nothing is left out."""
    if value in IDLE:
        return {}
    if key in TEXTS:
        return {key: plain(value)}
    return _tags(value) if key == "tag" else {FLAGS[key]: True if key == "no_reprint" else value}


def plain(value: object) -> str:
    """Return a text in which no brace is a variable."""
    return str(value).replace("{", "{{").replace("}", "}}")


def _tags(value: object) -> dict[str, object]:
    listed = cast("list[object]", value) if isinstance(value, list) else str(value or "").split(",")
    tags = [plain(tag).strip() for tag in listed if str(tag).strip()]
    return {"tag": tags} if tags else {}


def _desc_v2(value: object) -> object:
    """Name the kind of each piece as the wire does (protocol document, section 6.2)."""
    pieces = cast("list[dict[str, object]]", value) if isinstance(value, list) else []
    return [{("type" if key == "type_id" else key): one for key, one in piece.items()} for piece in pieces]


def _template(values: Mapping[str, object], report: Report) -> dict[str, object]:
    """Convert a template of bilitool, which uploads everything as a repost."""
    for key in values.keys() - {*TEXTS, "tid", "tag", "cover"}:
        report.left.append(((key,), t("not known")))
    known = {key: values[key] for key in (*TEXTS, "tid", "tag", "cover") if key in values}
    found = {**_studio(known, (), report), "copyright": 2}
    if "source" not in found:
        report.look.append((("source",), t("a repost needs a source: add it, or set copyright to 1")))
    return found


def _recorder(
    values: Mapping[str, object], streamers: Mapping[str, object], report: Report
) -> dict[str, object]:
    known = {"lines", "threads", "submit_api", "streamers"}
    for key in values.keys() - known:
        said = t("Logins: bvup account import FILE") if key == "user" else in_words(_NO_RECORDER)
        report.left.append(((key,), said))
    defaults = _way(values, ("lines", "threads", "submit_api"), report)
    entries = [
        _streamer(name, cast("dict[str, object]", one), report)
        for name, one in streamers.items()
        if isinstance(one, dict)
    ]
    return {**({"defaults": defaults} if defaults else {}), "submissions": entries}


def _streamer(name: str, one: Mapping[str, object], report: Report) -> dict[str, object]:
    where = ("streamers", name)
    report.look.append((where, t("its recordings are looked for by name: see whether `files` finds them")))
    renamed: dict[str, object] = {}
    texts: dict[str, object] = {}
    for key, value in one.items():
        place = (*where, key)
        if key in _TEMPLATES and value:
            texts[_TEMPLATES[key]] = _placeholders(str(value), name, one, place, report)
        elif key in {"dtime", "credits", "user_cookie"} and value not in IDLE:
            report.left.append((place, in_words(_WHY[key])))
        elif key == "extra_fields":
            renamed |= _json(value, place, report)
        elif key not in {"dtime", "credits", "user_cookie", *_TEMPLATES}:
            renamed[_RENAMED.get(key, key)] = value
    return {"files": f"{name}*", **_studio(renamed, where, report), **texts}


_RENAMED: Final = {"cover_path": "cover", "hires": "lossless_music", "tags": "tag"}
_TEMPLATES: Final = {"title": "title", "description": "desc", "dynamic": "dynamic"}
_WHY: Final = {
    "credits": say("mentions of users: put desc_v2 into extra-fields"),
    "dtime": say("it counts from the submission; here: dtime: +4h"),
    "user_cookie": say("whose login: bvup account import FILE, then bvup batch --profile NAME"),
}


def _json(value: object, place: Where, report: Report) -> dict[str, object]:
    try:
        parsed: object = json.loads(str(value or "{}"))
    except ValueError:
        parsed = None
    if isinstance(parsed, dict):
        return cast("dict[str, object]", parsed)
    report.left.append((place, t("it is no JSON object")))
    return {}


def _placeholders(text: str, name: str, one: Mapping[str, object], place: Where, report: Report) -> str:
    """Turn {streamer}, {url}, {title} and what strftime knows into variables of bvup."""
    urls = one.get("url")
    first = next(iter(cast("list[object]", urls)), "") if isinstance(urls, list) else urls
    if "{title}" in text:
        report.look.append(
            (place, t("{{title}} is now the name of the file: bvup does not know the stream's"))
        )
    pieces = re.split(r"(\{streamer\}|\{url\}|\{title\}|(?:%[a-zA-Z%][-/:. _]?)+)", text)
    made = {"{streamer}": plain(name), "{url}": plain(first or ""), "{title}": "{stem}"}
    return "".join(made[piece] if piece in made else _dated(piece) for piece in pieces)


def _dated(piece: str) -> str:
    if not piece.startswith("%"):
        return plain(piece)
    dates = piece.rstrip("-/:. _")
    return "{date:" + dates + "}" + piece[len(dates) :]
