"""What the reference says by itself, in Chinese; the rest is in the catalogue of the library."""

from __future__ import annotations

from typing import Final

from bilibili_api.apps.cli import language
from bilibili_api.apps.cli.help import known

CHINESE: Final = {
    "Commands": "命令",
    "For all commands": "所有命令",
    "Exit codes": "退出码",
    "Arguments": "参数",
    "Attributes": "属性",
    "Returns": "返回",
    "Raises": "异常",
    "Yields": "产出",
    "Events": "事件",
    "A kind of `{base}`.": "`{base}` 的一种。",
    ": ": "：",
    "command": "命令",
    "what it does": "作用",
    "option": "选项",
    "what it means": "含义",
    "key": "设置名",
    "code": "代码",
    "meaning": "含义",
    "Errors": "错误",
    "Errors of the library": "库的异常类",
    "class": "类",
    "Codes of Bilibili": "哔哩哔哩的错误码",
    "HTTP statuses": "HTTP 状态",
    "Other kinds": "其他种类",
    "the part that subtitles belong to was removed from the archive": "字幕所属的分P 已从稿件中移除",
    "Upload them for another part; `bvup resume` leaves them out.":
        "为别的分P 上传；`bvup resume` 不再上传它们。",
    "a part has no number yet: it was published just now": "分P 还没有编号：稿件刚刚提交",
    "Try again in some minutes; the journal keeps them until then.":
        "请几分钟后再试；在此之前字幕仍记在上传记录里。",
    "at": "步骤",
    "kind": "kind",
    "status": "状态",
    "what we do": "我们做什么",
    "what you do": "你做什么",
    "any step": "任何步骤",
    "any step but ": "除此之外的步骤：",
    "{first} to {last}": "{first} 至 {last}",
    "ends": "结束",
    "ends: the same would fail again": "结束：再试也一样",
    "tries again with growing pauses, then ends": "逐渐延长间隔重试，然后结束",
    "goes on over another line or host": "换线路或主机继续",
    "asks for a new target and goes on": "取得新的上传目标后继续",
    "submits the stored files through the next interface; ends when there is none":
        "用下一个投稿接口提交已存储的文件；没有时结束",
    "renews the login once and goes on; else `bvup` waits for another one":
        "续期一次登录后继续；不行时 `bvup` 等待新的登录",
    "ends: waiting here would take too long": "结束：在这里等待太久",
    "ends and asks you": "结束，请你决定",
    "waits until the network is back, and tries again": "等网络恢复后重试",
    "waits until it is back, and tries again": "等代理恢复后重试",
    "sends what is missing again; asks for a new target if that does not help":
        "补传缺少的部分；没有用时取得新的上传目标",
    "looks for the archive first; ends and asks you if nobody can tell":
        "先查找稿件；无法确认时结束，请你决定",
    "ends before anything is sent": "在发送任何内容之前结束",
    "ends; waits with `--wait-turn`": "结束；用 `--wait-turn` 则等待",
    "tries again after {wait:g} s, {attempts} times at most, then ends":
        "{wait:g} 秒后重试，最多 {attempts} 次，然后结束",
    "tries again, {attempts} times at most, then ends": "重试，最多 {attempts} 次，然后结束",
    "tries once more after {wait:g} s": "{wait:g} 秒后再试一次",
    "tries once more": "再试一次",
    "the answer says neither success nor a code": "回答既不是成功，也没有错误码",
    "the target of a file is older than five days": "文件的上传目标已超过五天",
    "any other HTTP status of 400 or more": "其他 400 及以上的 HTTP 状态",
    "the half of the login that a forced line or interface needs has ended":
        "指定的线路或接口所需的那一半登录已失效",
    "the proxy wants a login, or another one": "代理要求登录，或不接受现有登录",
    "a rule of the proxy forbids it": "代理的规则不允许",
    "Start again.": "重新开始。",
    "Nothing: what was sent to the old target is sent again.":
        "什么都不用做：已发送到旧目标的内容会重新发送。",
    "Look for a newer version.": "看有没有新版本。",
    "Log in again, or leave the line or interface out.": "重新登录，或不指定线路和接口。",
    "Put it into the proxy's URL.": "写进代理的 URL。",
    "Name another proxy, or ask who runs it.": "换一个代理，或询问代理的管理者。",
    "Any other code is `REFUSED`: the message of the server is shown, nothing is repeated.":
        "其他代码都是 `REFUSED`：显示服务器的消息，不重试。",
    "`-v`, `-q`, `--json` and `--lang` stand before the command or after it, `--version` before it, `-h` "
    "anywhere.":
        "`-v`、`-q`、`--json` 和 `--lang` 可以写在命令之前或之后，`--version` 写在命令之前，`-h` 随处可用。",
}  # fmt: skip


def word(text: str) -> str:
    """Return in the language that is spoken what the reference says by itself."""
    return CHINESE[text] if language.current() == "zh" else text


def said(text: str) -> str:
    """Return in that language what the library says."""
    found = language.in_words(text)
    return known(str(text)) if found == text else found
