"""Subtitles: read from files as people have them, and uploaded for a part."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from bilibili_api.exceptions import ApiException, ArgsException, ExtraMissing, LoginLacks, Retry
from bilibili_api.protocol.subtitles import language_named
from bilibili_api.simulator import Altered, LostAnswer, Simulator
from bilibili_api.simulator.archives import cid_of
from bilibili_api.subtitle import Line, Subtitle, Subtitles, beside, read
from bilibili_api.video_uploader import VideoUploaderCredential

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account
    from bilibili_api.video_uploader import Options

SRT = "1\n00:00:03,000 --> 00:00:04,500\n<i>second</i>\n\n2\n00:00:01,000 --> 00:00:02,000\n{\\an8}first & \nline\n"
VTT = "WEBVTT\n\n00:01.000 --> 00:02.000 align:start\n<v Bob>first & \nline\n\n00:03.000 --> 00:04.500\nsecond\n"
ASS = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\\b1}first & \\Nline
Comment: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,not this
Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\\p1}m 0 0 l 1 1{\\p0}
Dialogue: 0,0:00:03.00,0:00:04.50,Default,,0,0,0,,second
"""
OWN = json.dumps(
    {"body": [{"from": 1, "to": 2, "content": "first & \nline"}, {"from": 3, "to": 4.5, "content": "second"}]}
)
LINES = (Line(1, 2, "first & \nline"), Line(3, 4.5, "second"))


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async with Simulator(era="today", clock=fake.now) as running:
        yield running


@pytest.mark.parametrize(
    ("name", "text"), [("a.en.srt", SRT), ("a.en.vtt", VTT), ("a.en.ass", ASS), ("a.en.json", OWN)]
)
async def test_every_form_gives_the_same_lines(tmp_path: Path, name: str, text: str):
    """In the order of their times, without styles, comments and drawings."""
    path = tmp_path / name
    path.write_text(text, "utf-8")
    assert await read(path) == Subtitle("en-US", LINES)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
async def test_every_usual_encoding_is_read(tmp_path: Path, encoding: str):
    """As players write them."""
    path = tmp_path / "film.chs.srt"
    path.write_bytes("1\n00:00:01,000 --> 00:00:02,000\n你好，世界\n".encode(encoding))
    assert await read(path) == Subtitle("zh-CN", (Line(1, 2, "你好，世界"),))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("zh", "zh-CN"),
        ("CHT", "zh-HK"),
        ("zh_Hant", "zh-HK"),
        ("eng", "en-US"),
        ("ja", "ja"),
        ("pt-br", "pt-BR"),
    ],
)
def test_languages_have_many_names(name: str, code: str):
    """Those of section 7.7; other codes as they are."""
    assert language_named(name) == code
    assert language_named("forced") is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("film.srt", SRT.encode()),
        ("film.en.srt", b""),
        ("film.en.vtt", b"nonsense"),
        ("film.en.json", b"[1]"),
        ("film.en.json", b'{"body": [{"from": 0, "to": true, "content": "x"}]}'),
        ("film.en.json", b'{"body": [{"from": 1, "to": 1, "content": "x"}]}'),
        ("film.en.json", b'{"body": [{"from": -1, "to": 1, "content": "x"}]}'),
        ("film.en.json", b'{"body": [{"from": 0, "to": Infinity, "content": "x"}]}'),
        ("film.en.txt", b"text"),
        ("film.en.srt", None),
        ("film.en.srt", b"\xff\xff\xff"),
    ],
)
async def test_what_is_no_subtitle_is_told(tmp_path: Path, name: str, content: bytes | None):
    """With the name of the file, and what to do."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ArgsException, match=r"film\.") as caught:
        await read(path)
    assert caught.value.hint


async def test_that_a_file_is_not_there_is_told_before_that_its_name_says_no_language(tmp_path: Path):
    """A typing error in the name is the likelier one."""
    with pytest.raises(ArgsException, match="cannot be read: No such file"):
        await read(tmp_path / "nosuch.srt")


async def test_without_the_library_only_bilibilis_own_form_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "pysubs2", None)
    for name, text in (("a.en.srt", SRT), ("a.en.json", OWN)):
        (tmp_path / name).write_text(text, "utf-8")
    assert (await read(tmp_path / "a.en.json")).lines == LINES
    with pytest.raises(ExtraMissing, match="srt"):
        await read(tmp_path / "a.en.srt")


async def test_subtitles_beside_a_video_are_found_by_their_names(tmp_path: Path):
    """Those of other videos, and other files, are not."""
    for name in ("trip.mp4", "trip.srt", "trip.zh-CN.ass", "trip.EN.vtt", "trip.en.zz.srt", "trip.json"):
        (tmp_path / name).touch()
    for name in ("trip2.en.srt", "trip.notes.srt", "trip.en.txt"):
        (tmp_path / name).touch()
    found = await beside(tmp_path / "trip.mp4")
    assert {language: path.name for language, path in found.items()} == {
        "": "trip.srt",
        "zh-CN": "trip.zh-CN.ass",
        "en-US": "trip.EN.vtt",
    }
    with pytest.raises(ArgsException):
        await beside(tmp_path / "gone" / "trip.mp4")


async def test_subtitles_are_saved_for_a_part(sim: Simulator, account: Account, options: Options):
    """Once more, when the answer is lost: they take the place of the same."""
    made = sim.publish("P1", "P2", account=account)
    mine = Subtitles(VideoUploaderCredential(cookies=sim.cookies(account), options=options))
    sim.faults.add("subtitle", LostAnswer())
    await mine.upload(made.bvid, Subtitle("zh-CN", LINES), part=2)
    await mine.upload(made.bvid, Subtitle("en-US", LINES), is_draft=True)
    first, second = (cid_of(video) for video in made.videos)
    saved = sim.subtitles.all
    assert {key: one.submitted for key, one in saved.items()} == {
        (second, "zh-CN"): True,
        (first, "en-US"): False,
    }
    assert [line["content"] for line in saved[second, "zh-CN"].body] == ["first & \nline", "second"]
    with pytest.raises(ArgsException, match="no part 3"):
        await mine.upload(made.bvid, Subtitle("zh-CN", LINES), part=3)


def no_number(_: object) -> int:
    """As of a part right after it was published."""
    return 0


async def test_a_part_without_a_number_yet_is_not_sent(
    sim: Simulator, account: Account, options: Options, monkeypatch: pytest.MonkeyPatch
):
    """Right after it was published; later it goes."""
    made = sim.publish(account=account)
    mine = Subtitles(VideoUploaderCredential(cookies=sim.cookies(account), options=options))
    with monkeypatch.context() as patch:
        patch.setattr("bilibili_api.simulator.archives.cid_of", no_number)
        with pytest.raises(ApiException, match="no number yet") as caught:
            await mine.upload(made.bvid, Subtitle("zh-CN", LINES))
    assert (caught.value.kind, caught.value.retry) == ("PART_NOT_READY", Retry.LATER)
    assert sim.seen("subtitle") == []


def without_names(answer: Any) -> Any:
    """An archive that does not tell the files of its parts."""
    videos = [{**video, "filename": ""} for video in answer["data"]["videos"]]
    return {**answer, "data": {**answer["data"], "videos": videos}}


async def test_a_file_that_the_archive_does_not_name_gets_none(
    sim: Simulator, account: Account, options: Options
):
    """Its number may be another part's by now."""
    made = sim.publish("P1", "P2", account=account)
    mine = Subtitles(VideoUploaderCredential(cookies=sim.cookies(account), options=options))
    named = made.videos[1].filename
    assert await mine.upload(made.bvid, Subtitle("zh-CN", LINES), filename=named) == 2
    sim.faults.add("view", Altered(without_names))
    with pytest.raises(ApiException, match="which of its parts is which") as caught:
        await mine.upload(made.bvid, Subtitle("en-US", LINES), part=1, filename=named)
    assert caught.value.kind == "PART_NOT_READY"
    assert len(sim.seen("subtitle")) == 1


async def test_a_login_without_cookies_is_refused(sim: Simulator, account: Account, options: Options):
    """Only the site takes subtitles."""
    made = sim.publish(account=account)
    mine = Subtitles(VideoUploaderCredential(account.access_key, platform="BiliTV", options=options))
    with pytest.raises(LoginLacks):
        await mine.upload(made.bvid, Subtitle("zh-CN", LINES))
