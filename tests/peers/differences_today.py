"""How the requests of today's clients differ from ours, field by field, and why each difference is meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.peers.comparison import NONE, Difference

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Row:
    """A difference that is meant, in the steps and of the fields in which it shows."""

    steps: tuple[str, ...]
    whats: tuple[str, ...]
    theirs: str
    ours: str
    why: str


_STORAGE = ("init", "part", "complete")
_UPOS = ("preupload", *_STORAGE)
_SUBMITS = ("submit by app", "submit by web", "submit by bcut-android")
_BROWSER = "Mozilla/* Chrome/* Safari/*"
_OLD_CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/63.0.3239.108"
_FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:60.1) Gecko/20100101 Firefox/60.1"
_BCUT = "Mozilla/5.0 os/android model/Mi 10 Pro mobi_app/android_bbs build/2800030 channel/master osVer/13"
_IDENTITY = "Answers are short; a compressed one could unpack to any size."
_NO_AGENT = "The storage looks at X-Upos-Auth alone; the document names no agent for these calls (section 4)."
_UTF8 = "As in the sample of section 6.1; JSON is UTF-8 with or without it."
_WEB_FORM = "What the site sends (section 6.2); said in full, nothing depends on the server's defaults."

BILIBILI_API = (
    Row(
        ("all",),
        ("order of the steps",),
        "pages, cover, submit",
        "nav, pages, cover, submit",
        "A login that has ended is found before the first byte, not after the last.",
    ),
    Row(
        ("nav",),
        ("request",),
        NONE,
        "GET api.bilibili.com/x/web-interface/nav",
        "The check of the row above.",
    ),
    Row(
        (*_UPOS, "cover", "submit by web"),
        ("header accept-encoding",),
        "gzip, deflate, br",
        "identity",
        _IDENTITY,
    ),
    Row(
        ("preupload", "cover", "submit by web"),
        ("cookie ac_time_value",),
        '""',
        NONE,
        "It is no cookie but a value of the browser's local storage (section 2.7), and empty here.",
    ),
    Row(
        ("cover", "submit by web"),
        ("cookie dedeuserid",),
        "100000",
        NONE,
        "The cookie DedeUserID again under the name of the library's attribute.",
    ),
    Row(("cover", "submit by web"), ("cookie sessdata",), "34 characters", NONE, "Likewise of SESSDATA."),
    Row(
        ("cover", "submit by web"),
        ("cookie opus-goback",),
        "1",
        NONE,
        "Concerns pages that are looked at, not uploads.",
    ),
    Row(
        ("preupload", "init"),
        ("header content-type",),
        "application/x-www-form-urlencoded",
        NONE,
        "Its HTTP library adds it; there is no body.",
    ),
    Row(("init",), ("header user-agent",), _BROWSER, NONE, _NO_AGENT),
    Row(("init",), ("header referer",), "https://www.bilibili.com", NONE, "Likewise."),
    Row(("part", "complete"), ("header user-agent",), "Python/* aiohttp/*", NONE, "Likewise."),
    Row(
        ("preupload", "cover", "submit by web"),
        ("header referer",),
        "https://www.bilibili.com",
        "https://www.bilibili.com/",
        "A browser never sends an address without a path.",
    ),
    Row(
        ("preupload", "init", "complete"),
        ("query profile",),
        "ugcfx/bup",
        "ugcupos/bup",
        "The other family is said to want a metadata object as well (section 4.2).",
    ),
    Row(_STORAGE, ("path",), "/ugcfx2lf/NAME.mp4", "/ugclf/NAME.mp4", "Follows from the profile."),
    Row(
        ("preupload",),
        ("query build",),
        "2100400",
        "2140000",
        "The build that goes with version 2.14.0, which both send (section 4.2).",
    ),
    Row(("preupload",), ("query webVersion",), NONE, "2.14.0", "As the site (section 4.2)."),
    Row(
        ("preupload",),
        ("query zone",),
        NONE,
        "cs",
        "The query of the line, whole, as a probe tells it (section 4.1).",
    ),
    Row(
        ("complete",),
        ("header content-type",),
        "application/json; charset=UTF-8",
        "application/json; charset=utf-8",
        "The same in other letters.",
    ),
    Row(
        ("cover",),
        ("field cover",),
        "data:image/png;base64",
        "data:image/jpeg;base64",
        "A JPEG is sent as it is; made into a PNG, a photograph grows several times.",
    ),
    Row(("cover",), ("field csrf_token",), "32 characters", NONE, "A copy of csrf; section 5 has it once."),
    Row(
        ("submit by web",),
        ("header content-type",),
        "application/json",
        "application/json; charset=utf-8",
        _UTF8,
    ),
    Row(
        ("submit by web",),
        ("query t",),
        "milliseconds with decimals",
        "milliseconds",
        "Whole milliseconds (section 6.1).",
    ),
    Row(("submit by web",), ("member cover43",), NONE, '""', _WEB_FORM),
    Row(("submit by web",), ("member up_selection_reply",), NONE, "false", _WEB_FORM),
)

BILIUP = (
    Row(
        ("all",),
        ("order of the steps",),
        "info, myinfo, cover, pages, submit",
        "info, nav, pages, cover, submit",
        "The cookies are checked beside the token; the cover comes last because it may be made of the first page.",
    ),
    Row(
        ("myinfo",),
        ("request",),
        "GET api.bilibili.com/x/space/myinfo",
        NONE,
        "It shows the user's name; `nav` tells that and whether the cookies are valid.",
    ),
    Row(("nav",), ("request",), NONE, "GET api.bilibili.com/x/web-interface/nav", "See above."),
    Row((*_UPOS, "info", "cover", *_SUBMITS), ("header accept-encoding",), "gzip,br", "identity", _IDENTITY),
    Row(
        ("info", "preupload", "cover"),
        ("header user-agent",),
        _OLD_CHROME,
        _BROWSER,
        "Section 2 asks for a browser's; this is the whole name of a newer one.",
    ),
    Row(_STORAGE, ("header user-agent",), _FIREFOX, NONE, _NO_AGENT),
    Row(("preupload",), ("query webVersion",), NONE, "2.14.0", "As the site (section 4.2)."),
    Row(("init",), ("query biz_id",), NONE, "as answered", "The long form, as the site (section 4.3)."),
    Row(("init",), ("query filesize", "query partsize"), NONE, "bytes", "Likewise."),
    Row(("init",), ("query profile",), NONE, "ugcupos/bup", "Likewise."),
    Row(
        ("part",),
        ("header content-type",),
        NONE,
        "application/octet-stream",
        "What section 4.4 asks for.",
    ),
    Row(
        ("complete", "submit by web"),
        ("header content-type",),
        "application/json",
        "application/json; charset=utf-8",
        _UTF8,
    ),
    Row(
        ("submit by web",),
        ("cookie bili_jct",),
        NONE,
        "32 characters",
        "As in the sample of section 6.1: a browser sends all cookies of the site. SESSDATA alone is accepted.",
    ),
    Row(("submit by web",), ("cookie DedeUserID",), NONE, "100000", "Likewise."),
    Row(("submit by web",), ("cookie DedeUserID__ckMd5",), NONE, "16 characters", "Likewise."),
    Row(("submit by web",), ("cookie sid",), NONE, "8 characters", "Likewise."),
    Row(("submit by web",), ("header referer",), NONE, "https://www.bilibili.com/", "What a browser sends."),
    Row(
        ("submit by bcut-android",),
        ("header user-agent",),
        f"{_BCUT} kernel_version/V14.0.4.0.TJACNXM BiliDroid/5.6.0 (bbcallen@gmail.com)",
        f"{_BCUT} network/2 BiliDroid/5.6.0",
        "Section 6.1 leaves a gap in the middle of it.",
    ),
    Row(
        _SUBMITS,
        tuple(f"member {name}" for name in ("aid", "desc_v2", "dtime", "is_only_self", "mission_id")),
        "null",
        NONE,
        "What is not wanted is left out; null says the same (section 6.2).",
    ),
    Row(
        _SUBMITS,
        ("member charging_pay", "member no_reprint"),
        "0",
        NONE,
        "What the user has not said is left to the server.",
    ),
    Row(
        ("submit by app", "submit by bcut-android"),
        ("member dolby", "member lossless_music"),
        "0",
        NONE,
        "Likewise; the web form has them always, and so have we there.",
    ),
    Row(_SUBMITS, ("member open_subtitle",), "false", NONE, "A leftover of its own (section 6.2)."),
    Row(_SUBMITS, ("member subtitle",), '{"lan": "", "open": 0}', NONE, "Not wanted, hence left out."),
    Row(_SUBMITS, ("member up_close_danmu", "member up_close_reply"), "false", NONE, "Likewise."),
    Row(
        ("submit by app", "submit by bcut-android"),
        ("member up_selection_reply",),
        "false",
        NONE,
        "Likewise.",
    ),
    Row(
        ("submit by web",),
        ("member desc_format_id",),
        "0",
        "9999",
        "The number that the web form has; 0 is the app's (sections 6.2 and 6.3).",
    ),
    Row(
        ("submit by web",),
        ("member csrf",),
        NONE,
        "34 characters",
        "Repeats the query, as the site (section 6.1).",
    ),
    Row(("submit by web",), ("member cover43",), NONE, '""', _WEB_FORM),
    Row(("submit by web",), ("member act_reserve_create", "member no_disturbance"), NONE, "0", _WEB_FORM),
    Row(("submit by web",), ("member recreate",), NONE, "-1", _WEB_FORM),
    Row(("submit by web",), ("member web_os",), NONE, "1", _WEB_FORM),
    Row(
        ("submit by web",),
        ("member videos[1].cid", "member videos[2].cid"),
        NONE,
        "as answered",
        "The biz_id of preupload, as the site sends it (section 6.2).",
    ),
)


def meant(rows: Sequence[Row], interface: str) -> set[Difference]:
    """Return the rows that concern an interface, one entry for each step and field."""
    return {
        Difference(step, what, row.theirs, row.ours)
        for row in rows
        for step in row.steps
        for what in row.whats
        if not step.startswith("submit by") or step == f"submit by {interface}"
    }


def table(client: str, rows: Sequence[Row], words: Callable[[str], str] = str) -> str:
    """Return the rows as a table of docs/differences-today.md, or with other words for what is English."""
    head = (words(cell) for cell in ("where", "what", client, "this library", "why"))
    lines = [f"| {' | '.join(head)} |", "|---|---|---|---|---|"]
    lines += [
        f"| {', '.join(map(words, row.steps))} | {', '.join(map(words, row.whats))} | `{row.theirs}` "
        f"| `{row.ours}` | {words(row.why)} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"
