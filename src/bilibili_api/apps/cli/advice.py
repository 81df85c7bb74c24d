"""What the library advises programmers, in terms of the command line. Pure functions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bilibili_api.saying import Said, say

from .language import t

if TYPE_CHECKING:
    from collections.abc import Callable

FLAGS: Final = {
    "chunk_size": "--chunk-size",
    "cover": "--cover",
    "cover_stream": "--cover",
    "cover_type": "--cover",
    "interface": "--submit",
    "line": "--line",
    "meta.copyright": "--copyright",
    "meta.human_type2": "--partition",
    "meta.topic_id": "--topic",
    "partition": "--partition",
    "subtitles": "--subtitles",
    "topic": "--topic",
    "mission": "--mission",
    "meta.mission_id": "--mission",
    "meta.desc": "--desc",
    "meta.dtime": "--dtime",
    "meta.dynamic": "--dynamic",
    "meta.no_reprint": "--no-reprint",
    "meta.source": "--source",
    "meta.tag": "--tag",
    "meta.tid": "--tid",
    "meta.title": "--title",
    "threads": "--limit",
}
"""Where a problem of the library's arguments is mended on the command line."""
PHRASES: Final = (
    ("keys and types of `meta`", "options, --extra-fields above all,"),
    (
        (
            "or use an access key that was obtained by scanning a QR code: "
            "VideoUploaderCredential(access_key=...)."
        ),
        "or log in by scanning a QR code. Run: bvup login",
    ),
    (
        (
            "Log in again, or pass new cookies or a new access key, made with the key pair it is used with; "
            "then start again."
        ),
        "Run: bvup login",
    ),
    (
        "call submit(again=True), which sends no file twice",
        "run: bvup submit JOB --again",
    ),
    (
        "Log in by scanning the TV QR code, which gives both; or name no line and no interface.",
        "Run: bvup login, whose TV QR code gives both. If --line or --submit is given, leave it out.",
    ),
    ("; what is stored is not sent twice", ""),
    ("Let the upload go on first: start it again.", "Run: bvup resume JOB"),
    ("List them: `bvup jobs`, or `Journal.jobs()`.", "Run: bvup jobs --all"),
    (
        ("set BVUP_HOME to another one; then start again: what is stored on the server stays there."),
        "name a file elsewhere by --journal; then run it again: what is stored on the server stays there.",
    ),
    (
        "Submit the stored files through another interface; nothing has to be uploaded again.",
        "If --submit is given, leave it out, so that other interfaces are tried; else run: bvup login",
    ),
    (
        "Open it and pass the stream instead.",
        "Copy it into a file first, or pipe it into: bvup upload - --name NAME",
    ),
    (
        "Give the number of a leaf partition, for example 21 (日常); bilibili_api.channel lists all.",
        (
            "Give the number or the name of a leaf partition, for example 21 or 日常. To see them all, run: "
            "bvup partitions"
        ),
    ),
    ("; bilibili_api.channel lists all", ""),
    ("or set 'copyright' to 1 if the work is yours", "or leave --copyright out if the work is yours"),
    ("Check the number; `Seasons.list` and `bvup season list` name your seasons.", "Run: bvup season list"),
    ("Give 'topic_id' as well, or take it out.", "Give --topic as well, or leave it out."),
    ("or leave the key out to publish at once", "or leave --dtime out to publish at once"),
    ("Leave the key out to publish at once", "Leave --dtime out to publish at once"),
    ("Leave the key out, or give a value.", "Leave it out, or give a value."),
    ("such as 1008 (游戏), or leave the key out.", "such as 1008 (游戏), or leave --partition out."),
    ("The page has no bytes.", "The part has no bytes."),
    ("Give a stream with a video in it.", "Look at the command before `|`: it has written nothing."),
    ("(ca_file, BVUP_CA)", "(--ca, BVUP_CA)"),
    ("pass it in extra={{...}}, which", "put it into --extra-fields, which"),
    ("pass it in extra={{'desc': ...}}", "put it into --extra-fields '{{\"desc\": ...}}'"),
    ("pass it in extra={{{key!r}: ...}} to send", "put {key!r} into --extra-fields to send"),
    ("pass extra={{'tid': {tid}}} instead", "give --extra-fields '{{\"tid\": {tid}}}' instead of --tid"),
)
"""What the library advises programmers to do, and what that means on the command line."""
_NO_LINE: Final = (
    "Log in by scanning the TV QR code, which gives both; or name no line and no interface.",
    say("Run: bvup login, whose TV QR code gives both."),
)
_ARGUMENT = re.compile(r"`(\w+)`(?: in `meta`)?")
_PART = re.compile(r"pages\[(\d+)\](\.title)?")


def where(field: str) -> str:
    """Return where on the command line a problem's field is: "--title", "part 2"."""
    part = _PART.match(field)
    if part:
        said = t("part {number}", number=int(part[1]) + 1)
        return t("{place} ({flag})", place=said, flag="--part-title") if part[2] else said
    return FLAGS.get(field, re.sub(r"^(meta\.)?extra\.?", "--extra-fields ", field).rstrip())


def advice(hint: str, *, sends: bool = True) -> str:
    """Return the library's advice in terms of the command line; what keeps its template does so still.

    Args:
        hint: The advice.
        sends: Whether it is for a command that has --line and --submit.
    """
    return _reworded(hint, lambda text: _flagged(_phrased(text if sends else text.replace(*_NO_LINE))))


def statement(what: str) -> str:
    """Return what the library says of a failure as the command line calls things."""
    return _reworded(what, _phrased)


def _reworded(text: str, change: Callable[[str], str]) -> str:
    if not isinstance(text, Said):
        return change(text)
    many = None if text.many is None else change(text.many)
    parts = {
        name: _reworded(part, change) if isinstance(part, Said) else part for name, part in text.parts.items()
    }
    return type(text).made(change(text.template), many, text.number, parts)


def _phrased(text: str) -> str:
    for theirs, ours in PHRASES:
        text = text.replace(theirs, ours)
    return text


def _flagged(text: str) -> str:
    return _ARGUMENT.sub(lambda m: FLAGS.get(f"meta.{m[1]}") or FLAGS.get(m[1]) or m[0], text)
