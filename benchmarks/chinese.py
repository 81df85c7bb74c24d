"""docs/zh/performance.md: what stands around the tables, and what each row says there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bilibili_api.saying import Said

if TYPE_CHECKING:
    from collections.abc import Mapping

HEAD: Final = """# 性能

由 `make bench` 写出；测量什么、怎样测量，见 `benchmarks/README.md`（英文）。
不同运行、不同机器的数字不能互相比较，只有同一张表里的可以。
N 是同时发送的分片数；没有达到目标的各项标为**否**，不是第一的地方也照写。

"""

TAIL: Final = """## 三种网络状况

![速度、并发数和线路随时间的变化](../weather.png)

图由 `python -m benchmarks.weather` 画出，取自上传自己报告的事件，以及每秒两次的进度。
网络状况由模拟器制造：分片 256 KiB，每个连接 1 MB/s，每次应答之前 60 毫秒。
从上到下依次是速度（MB/s）、并发数（同时发送的分片数）和线路，横轴是秒，红色的竖线是失败的分片。

- **Steady**（稳定）：全部连接合计 8 MB/s。希望看到：并发数正好用满它。
- **Capped, with loss**（限速并丢包）：4 MB/s，15 秒之后 2 MB/s，每 25 个分片有一个在中途断开连接。
- **Endpoint dying**（主机逐渐失效）：12 秒之后线路最多接收 50 KB/s，但不报错。
"""

ROWS: Final[Mapping[str, str]] = {
    "{day}, {machine}.": "{day}，{machine}。",
    "{processor}, {cores} cores, Linux {kernel}, Python {python}, {libraries} (ours), {curl}": (
        "{processor}，{cores} 核，Linux {kernel}，Python {python}，{libraries}（本库），{curl}"
    ),
    "{what}.": "{what}。",
    "{mib} MiB, {rounds} interleaved rounds; load of the machine {before:.1f} before, {after:.1f} after": (
        "{mib} MiB，交替运行 {rounds} 轮；机器的负载之前为 {before:.1f}，之后为 {after:.1f}"
    ),
    "what": "测量的内容",
    "value": "数值",
    "target": "目标",
    "met": "达到",
    "yes": "是",
    "**no**": "**否**",
    "at most {value}": "最多 {value}",
    "at least {value}": "至少 {value}",
    "{least} to {most}": "{least} 到 {most}",
    "Targets": "目标",
    "CPU: UPOS": "CPU：UPOS",
    "CPU: PC line": "CPU：PC 线路",
    "Others": "与别的工具相比",
    "Narrow link": "窄带宽",
    "Event loop": "事件循环",
    "Stopping": "停止",
    "Start-up": "启动",
    "Memory": "内存",
    "CPU of starting Python and importing all that an upload needs": (
        "启动 Python 并导入上传所需的一切，CPU 时间"
    ),
    "UPOS": "UPOS",
    "PC line": "PC 线路",
    "UPOS, N={connections}": "UPOS，N={connections}",
    "PC line, N={connections}": "PC 线路，N={connections}",
    "`curl -T`": "`curl -T`",
    "(`curl -F` + two md5)": "（`curl -F` + 两次 md5）",
    "PC line, CPU of two md5 of the file": "PC 线路，文件的两次 md5 的 CPU 时间",
    "{setup}: CPU of curl": "{setup}：curl 的 CPU 时间",
    "{setup}: CPU of the library, everything included": "{setup}：本库的 CPU 时间，全部计入",
    "**{setup}: CPU of the upload / {yardstick}** (rounds: {spread})": (
        "**{setup}：上传的 CPU 时间 / {yardstick}**（各轮：{spread}）"
    ),
    "{setup}: the same with starting Python and importing": "{setup}：同上，计入启动 Python 和导入",
    "{setup}: time of curl": "{setup}：curl 的用时",
    "{setup}: time of the library": "{setup}：本库的用时",
    "{setup}: peak memory of curl": "{setup}：curl 的内存峰值",
    "{setup}: peak memory of the library": "{setup}：本库的内存峰值",
    "time": "用时",
    "CPU": "CPU 时间",
    "peak memory": "内存峰值",
    "{what} of {client} (rounds: {spread})": "{what}，{client}（各轮：{spread}）",
    "**{what}, bvup / the best other ({client})**": "**{what}：bvup / 其他工具中最好的（{client}）**",
    "goodput of curl, share of the link (rounds: {spread})": "curl 的有效速度占带宽的比例（各轮：{spread}）",
    "goodput of the library, share of the link (rounds: {spread})": (
        "本库的有效速度占带宽的比例（各轮：{spread}）"
    ),
    "**goodput, library / curl**, 200 Mbit/s, N={connections}": (
        "**有效速度，本库 / curl**，200 Mbit/s，N={connections}"
    ),
    "**goodput, library / curl**: not measured, needs root and iproute2": (
        "**有效速度，本库 / curl**：没有测量，需要 root 和 iproute2"
    ),
    "**largest lag of the event loop, {line}** (uploads: {spread})": (
        "**事件循环的最大延迟，{line}**（各次上传：{spread}）"
    ),
    "{line}: the same less waiting for a core (uploads: {spread})": (
        "{line}：同上，减去等待 CPU 核心的时间（各次上传：{spread}）"
    ),
    "{line}: longest stretch of computing (uploads: {spread})": (
        "{line}：最长的一段连续计算（各次上传：{spread}）"
    ),
    "{line}: 99th percentile of the lag": "{line}：延迟的第 99 百分位数",
    "largest lag of an event loop that only waits, 10 s": "只等待的事件循环的最大延迟，10 s",
    "**Ctrl-C with `--grace 0` to silence on the wire**": (
        "**带 `--grace 0` 时，从 Ctrl-C 到网络上不再有数据**"
    ),
    "**second Ctrl-C to silence on the wire**": "**从第二次 Ctrl-C 到网络上不再有数据**",
    "first Ctrl-C to silence, parts under way landing first": (
        "从第一次 Ctrl-C 到不再有数据，正在发送的分片先传完"
    ),
    "{what} (uploads: {spread})": "{what}（各次上传：{spread}）",
    "time of starting Python (CPU {cpu:.2f} s)": "启动 Python 的用时（CPU {cpu:.2f} s）",
    "`import asyncio`, Python included (CPU {cpu:.2f} s)": (
        "`import asyncio`，计入启动 Python（CPU {cpu:.2f} s）"
    ),
    "**`import bilibili_api.video_uploader`**, Python included (CPU {cpu:.2f} s)": (
        "**`import bilibili_api.video_uploader`**，计入启动 Python（CPU {cpu:.2f} s）"
    ),
    "the same and the HTTP library (CPU {cpu:.2f} s)": "同上，再加 HTTP 库（CPU {cpu:.2f} s）",
    "**`bvup --help`** (CPU {cpu:.2f} s)": "**`bvup --help`**（CPU {cpu:.2f} s）",
    "**`bvup upload` refusing a file that is not there** (CPU {cpu:.2f} s)": (
        "**`bvup upload` 拒绝一个不存在的文件**（CPU {cpu:.2f} s）"
    ),
    "peak memory of `bvup --version`": "`bvup --version` 的内存峰值",
    "**peak memory of `bvup upload` over `bvup --version`**, {gib} GiB, N={connections} (runs: {spread})": (
        "**`bvup upload` 的内存峰值超出 `bvup --version` 的部分**，"
        "{gib} GiB，N={connections}（各次运行：{spread}）"
    ),
    "{gib} GiB: time, CPU {cpu:.0f} s": "{gib} GiB：用时，CPU {cpu:.0f} s",
}
"""By the templates of `bilibili_api.saying.say` in this folder."""


def in_chinese(text: str) -> str:
    """Return in Chinese what a measurement says; names, figures and what has no Chinese yet, as they are."""
    if isinstance(text, Said):
        return text.otherwise(in_chinese, lambda template, _many, _number: ROWS.get(template, template))
    return text
