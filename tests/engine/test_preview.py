"""What an upload would send, shown beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.kit import content, good_meta, key_of, make_uploader, piped

from bilibili_api.engine.preview import COVER
from bilibili_api.video_uploader import VideoUploader, VideoUploaderCredential, VideoUploaderPage

if TYPE_CHECKING:
    from pathlib import Path

    from bilibili_api.simulator import Account, Simulator
    from bilibili_api.video_uploader import Options

COOKIES = {"SESSDATA": "s" * 16, "bili_jct": "j" * 16, "DedeUserID": "1"}


async def test_the_bodies_are_those_that_are_submitted(sim: Simulator, account: Account, options: Options):
    """But for what only the server can say, the preview is what arrives."""
    uploader = make_uploader(account, options, content(1000), cover=None)
    seen = await uploader.preview()
    assert (seen.problems, sim.exchanges) == ((), [])
    sent: list[dict[str, Any]] = []
    uploader.add_event_listener("PRE_SUBMIT", sent.append)
    await uploader.start()
    promised = dict(seen.bodies["client"])
    assert promised["videos"][0].pop("filename") == "<stored name of P1>"
    assert sent[0]["videos"][0].pop("filename")
    assert promised == sent[0]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"topic": "a"}, ("<number of the topic a>", None)),
        ({"topic": 10001, "mission": "b"}, (10001, "<number of the activity b>")),
        ({"mission": 20001}, ("<number of the topic of the activity>", 20001)),
    ],
)
async def test_numbers_that_are_looked_up_when_it_starts_are_none_yet(
    options: Options, tmp_path: Path, given: dict[str, Any], shown: tuple[object, object]
):
    """Nothing is asked for a preview, and nothing is made up."""
    (tmp_path / "a.mp4").write_bytes(b"video")
    login = VideoUploaderCredential(cookies=COOKIES, options=options)
    page = VideoUploaderPage(tmp_path / "a.mp4", "A")
    seen = await VideoUploader([page], good_meta(), login, options=options, **given).preview()
    body = seen.bodies["web"]
    assert (body["topic_id"], body.get("mission_id")) == shown
    assert body["topic_detail"]["from_topic_id"] == shown[0]


async def test_parts_are_shown_with_names_and_sizes(account: Account, options: Options, tmp_path: Path):
    """A stream that cannot seek is not read for that; its size is not known yet."""
    (tmp_path / "a.mp4").write_bytes(b"12345")
    with piped(b"frames") as stream:
        pages = [VideoUploaderPage(tmp_path / "a.mp4", "A"), VideoUploaderPage(stream, "B", extension="flv")]
        seen = await VideoUploader(pages, good_meta(), key_of(account, options), options=options).preview()
        assert [(part.title, part.name, part.size) for part in seen.parts] == [
            ("A", "A.mp4", 5),
            ("B", "B.flv", None),
        ]
        assert stream.read() == b"frames"


@pytest.mark.parametrize(
    ("given", "line", "interfaces"),
    [
        ({"access_key": "k"}, "pc", ["client", "app"]),
        ({"cookies": COOKIES}, None, ["web", "bcut-pc"]),
    ],
    ids=["access key", "cookies"],
)
async def test_line_and_interfaces_are_those_of_the_login(
    options: Options, tmp_path: Path, given: dict[str, Any], line: str | None, interfaces: list[str]
):
    """In the order in which they are tried; a line that is chosen by what it does has no name yet."""
    (tmp_path / "a.mp4").write_bytes(b"12345")
    credential = VideoUploaderCredential(**given, options=options)
    uploader = VideoUploader(
        [VideoUploaderPage(tmp_path / "a.mp4", "A")], good_meta(), credential, options=options
    )
    seen = await uploader.preview()
    assert (seen.line, list(seen.bodies)[:2]) == (line, interfaces)


async def test_what_is_wrong_stands_beside_what_would_be_sent(
    account: Account, options: Options, tmp_path: Path
):
    """A missing file leaves the metadata as it is; wrong metadata leaves open what would be submitted."""
    missing = [VideoUploaderPage(tmp_path / "none.mp4", "A")]
    login = key_of(account, options)
    seen = await VideoUploader(missing, good_meta(), login, options=options, cover="auto").preview()
    assert ([problem.field for problem in seen.problems], seen.bodies["app"]["cover"]) == (
        ["pages[0]"],
        COVER,
    )
    seen = await VideoUploader(missing, good_meta() | {"title": ""}, login, options=options).preview()
    assert (len(seen.problems), seen.bodies) == (2, {})
