"""The published interface as its documentation shows it; not a test: `test_published_example.py` runs it."""
# ruff: noqa: T201, PTH123, SIM115 - written as its users write it

import time
from typing import Any

from bilibili_api import channel, sync, video_uploader
from bilibili_api.video_uploader import (
    VideoUploader,
    VideoUploaderCredential,
    VideoUploaderEvents,
    VideoUploaderPage,
)

credential = VideoUploaderCredential(account="demo", password="demo password")

pages = [
    VideoUploaderPage(video_stream=open("P1.mp4", "rb"), title="第一集", description="开头"),
    VideoUploaderPage(open("P2.flv", "rb"), "第二集", extension="flv"),
]

main, sub = channel.get_channel_info_by_name("日常")
tid = sub["tid"] if sub else 0

meta = {
    "copyright": 1,
    "source": "",
    "desc": "视频简介。",
    "desc_format_id": 0,
    "dynamic": "动态信息。",
    "interactive": 0,
    "open_elec": 1,
    "no_reprint": 1,
    "subtitles": {"lan": "", "open": 0},
    "tag": "标签1,标签2,标签3",
    "tid": tid,
    "title": "视频标题",
    "up_close_danmaku": False,
    "up_close_reply": False,
    "dtime": int(time.time()) + 24 * 60 * 60,
}

uploader = VideoUploader(
    pages,
    meta,
    credential,
    threads=3,
    chunk_size=1024 * 1024,
    cover_stream=open("cover.png", "rb"),
    cover_type="image/png",
)


@uploader.on("__ALL__")
async def on_everything(event: dict[str, Any]) -> None:
    print(event["name"])


@uploader.on(VideoUploaderEvents.AFTER_CHUNK.value)
async def on_chunk(data: dict[str, Any]) -> None:
    print(data["page"].title, data["chunk_number"] + 1, "/", data["total_chunk_count"])


missions = sync(video_uploader.get_missions(tid=tid, credential=credential))
print("missions:", len(missions))

result = sync(uploader.start())
print(result)
