"""The tables of differences in Chinese, for docs/zh: what stands in their cells, but for names and values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: Final[Mapping[str, str]] = {
    "header": "请求头",
    "query": "查询参数",
    "field": "表单字段",
    "member": "JSON 成员",
    "cookie": "cookie",
}
"""What a named thing is: `header referer`."""
NAMES: Final[Mapping[str, str]] = {
    "where": "步骤",
    "what": "内容",
    "why": "原因",
    "library of 2021": "2021 年的库",
    "this library": "本库",
    "all": "全部",
    "scheme": "协议（scheme）",
    "path": "路径",
    "query": "查询参数",
    "request": "请求",
    "file name": "文件名",
    "type of text fields": "文字字段的类型",
    "a space in the form": "表单里的空格",
    "notation of the JSON": "JSON 的写法",
    "order of the steps": "步骤的顺序",
}
REASONS: Final[Mapping[str, str]] = {
    "The access_key stands in the query: it must not be readable on the way.": (
        "查询参数里有 access_key，途中不能让人看到。"
    ),
    "The answer is the same without them (section 2.1).": "不带它们，应答相同（2.1 节）。",
    "Without a browser's headers the login is found risky more often (section 2).": (
        "没有浏览器的请求头，登录更容易被判为有风险（第 2 节）。"
    ),
    "Likewise.": "同上。",
    "What the PC tool itself sends (section 3.5).": "与 PC 投稿工具自己发送的相同（3.5 节）。",
    "Answers are short; a compressed one could unpack to any size.": (
        "应答都很短；压缩的应答解压后可能任意大。"
    ),
    "Free text (section 2.2).": "可以任意填写（2.2 节）。",
    "The newest version of the PC tool that is known to have worked (section 3.2).": (
        "已知可用的 PC 投稿工具的最新版本（3.2 节）。"
    ),
    "The boundary is made from the md5 that is known anyway; any boundary is allowed.": (
        "分隔符取自反正已经算出的 md5；用什么分隔符都可以。"
    ),
    "Its HTTP library percent-encodes the name; browsers send UTF-8, and completion then has the same name.": (
        "它的 HTTP 库对文件名做百分号编码；浏览器发送 UTF-8，这样与完成时的名字相同。"
    ),
    "Its HTTP library adds it; text is what a field without a type is.": (
        "它的 HTTP 库加上的；没有类型的字段本来就是文字。"
    ),
    "The double dot was a slip (section 3.4).": "两个点是笔误（3.4 节）。",
    "Both are understood; %20 is what signatures are made over elsewhere (section 1.1).": (
        "两种都认；别处的签名是对 %20 计算的（1.1 节）。"
    ),
    "The same members and values in fewer bytes.": "成员和值相同，字节更少。",
    "A login that has ended is found before the first byte, not after the last.": (
        "登录失效在发送第一个字节之前就能发现，而不是在最后一个之后。"
    ),
    "The check of the row above.": "即上一行的检查。",
    "It is no cookie but a value of the browser's local storage (section 2.7), and empty here.": (
        "它不是 cookie，而是浏览器本地存储里的值（2.7 节），这里是空的。"
    ),
    "The cookie DedeUserID again under the name of the library's attribute.": (
        "即 cookie DedeUserID，又用它的属性名发送了一次。"
    ),
    "Likewise of SESSDATA.": "同上，是 SESSDATA。",
    "Concerns pages that are looked at, not uploads.": "与浏览的网页有关，与上传无关。",
    "Its HTTP library adds it; there is no body.": "它的 HTTP 库加上的；请求没有正文。",
    "The storage looks at X-Upos-Auth alone; the document names no agent for these calls (section 4).": (
        "存储只看 X-Upos-Auth；协议文档没有为这些请求规定 User-Agent（第 4 节）。"
    ),
    "A browser never sends an address without a path.": "浏览器从不发送没有路径的地址。",
    "The other family is said to want a metadata object as well (section 4.2).": (
        "另一类据说还要求一个元数据对象（4.2 节）。"
    ),
    "Follows from the profile.": "由 profile 决定。",
    "The build that goes with version 2.14.0, which both send (section 4.2).": (
        "与两边都发送的版本 2.14.0 对应的 build（4.2 节）。"
    ),
    "As the site (section 4.2).": "与网站相同（4.2 节）。",
    "The query of the line, whole, as a probe tells it (section 4.1).": (
        "线路的查询参数，完整地照探测的结果（4.1 节）。"
    ),
    "The same in other letters.": "只是大小写不同。",
    "A JPEG is sent as it is; made into a PNG, a photograph grows several times.": (
        "JPEG 原样发送；照片转成 PNG 会大好几倍。"
    ),
    "A copy of csrf; section 5 has it once.": "csrf 的副本；第 5 节里只有一个。",
    "As in the sample of section 6.1; JSON is UTF-8 with or without it.": (
        "与 6.1 节的示例相同；不管写不写，JSON 都是 UTF-8。"
    ),
    "Whole milliseconds (section 6.1).": "整毫秒（6.1 节）。",
    "What the site sends (section 6.2); said in full, nothing depends on the server's defaults.": (
        "与网站发送的相同（6.2 节）；全部写明，就不依赖服务器的默认值。"
    ),
    "The cookies are checked beside the token; the cover comes last because it may be made of the first page.": (
        "除了 token，也检查 cookies；封面在最后，因为它可能取自第一个分P。"
    ),
    "It shows the user's name; `nav` tells that and whether the cookies are valid.": (
        "它用来显示用户名；`nav` 除了用户名，还说明 cookies 是否有效。"
    ),
    "See above.": "见上。",
    "Section 2 asks for a browser's; this is the whole name of a newer one.": (
        "第 2 节要求浏览器的 User-Agent；这是较新的浏览器的完整写法。"
    ),
    "The long form, as the site (section 4.3).": "完整的形式，与网站相同（4.3 节）。",
    "What section 4.4 asks for.": "4.4 节的要求。",
    "As in the sample of section 6.1: a browser sends all cookies of the site. SESSDATA alone is accepted.": (
        "与 6.1 节的示例相同：浏览器发送网站的全部 cookies。只有 SESSDATA 也能通过。"
    ),
    "What a browser sends.": "与浏览器发送的相同。",
    "Section 6.1 leaves a gap in the middle of it.": "6.1 节在中间留了空缺。",
    "What is not wanted is left out; null says the same (section 6.2).": (
        "不需要的就不写；null 的含义相同（6.2 节）。"
    ),
    "What the user has not said is left to the server.": "用户没有指定的，由服务器决定。",
    "Likewise; the web form has them always, and so have we there.": (
        "同上；网页的表单总是带上它们，所以那里我们也带上。"
    ),
    "A leftover of its own (section 6.2).": "它自己遗留下来的（6.2 节）。",
    "Not wanted, hence left out.": "不需要，所以不写。",
    "The number that the web form has; 0 is the app's (sections 6.2 and 6.3).": (
        "网页表单用的编号；0 是 app 的（6.2 和 6.3 节）。"
    ),
    "Repeats the query, as the site (section 6.1).": "重复查询参数里的值，与网站相同（6.1 节）。",
    "The biz_id of preupload, as the site sends it (section 6.2).": (
        "preupload 的 biz_id，与网站发送的相同（6.2 节）。"
    ),
}


def in_chinese(text: str) -> str:
    """Return what stands in a cell; the names of steps and clients as they are.

    Raises:
        KeyError: It has no Chinese.
    """
    kind, _, name = text.partition(" ")
    known = NAMES.get(text) or REASONS.get(text)
    if known is None and name and kind in KINDS:
        known = f"{KINDS[kind]} {name}"
    if known is None and text.startswith("submit by "):
        known = f"submit（{text.removeprefix('submit by ')}）"
    if known is None and " " in text:
        raise KeyError(text)
    return known or text
