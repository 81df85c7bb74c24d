"""The simulator's own pages, and the files behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.simulator.conftest import files_below
from tests.simulator.raw import RawClient, md5, meta

from bilibili_api.simulator import DEMO_ACCOUNT, Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

FILM = bytes(range(256)) * 40


@pytest.fixture
async def keeping(tmp_path: Path) -> AsyncIterator[Simulator]:
    """A simulator that keeps files."""
    async with Simulator(store=tmp_path) as running:
        yield running


@pytest.fixture
async def browser(keeping: Simulator) -> AsyncIterator[RawClient]:
    async with RawClient(keeping) as raw:
        yield raw


async def test_a_stored_video_is_one_file_with_its_bytes(
    browser: RawClient, keeping: Simulator, tmp_path: Path
):
    """Chunks are joined in order, under the server's name and the client's extension."""
    ticket = await browser.ticket()
    for index in (2, 0, 1):
        await browser.chunk(ticket, FILM[index * 4096 : (index + 1) * 4096], index, 3)
    assert (await browser.complete(ticket, FILM, 3)).ok == 1
    path = keeping.videos[0].path
    assert path == tmp_path / "videos" / f"{ticket.filename}.mp4"
    assert path is not None
    assert path.read_bytes() == FILM


async def test_no_other_file_is_left_in_the_store(browser: RawClient, tmp_path: Path):
    """Chunks and half-joined files are gone after completion."""
    await browser.stored(FILM)
    assert len(files_below(tmp_path)) == 1


async def test_a_strange_extension_does_not_reach_the_file_name(browser: RawClient, keeping: Simulator):
    """The client's name is not trusted to be a name."""
    ticket = await browser.ticket()
    await browser.chunk(ticket, b"x")
    await browser.complete(ticket, b"x", name="clip.mp4")
    ticket = await browser.ticket()
    body = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    fields = {
        b"version": b"2.3.0.1066",
        b"filesize": b"1",
        b"chunk": b"0",
        b"chunks": b"1",
        b"md5": md5(b"x").encode(),
    }
    form = b"".join(body % pair for pair in fields.items())
    form += b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.m/../p4"\r\n\r\nx\r\n--b--\r\n'
    assert (await browser.send("POST", ticket.url, form, "multipart/form-data; boundary=b")).ok == 1
    assert (await browser.complete(ticket, b"x", name="x.m/../p4")).ok == 1
    assert [video.path.suffix for video in keeping.videos if video.path] == [".mp4", ".mp4"]


async def test_a_stored_video_is_served_back(browser: RawClient, keeping: Simulator):
    """A browser gets the bytes, called a video."""
    name = await browser.stored(FILM)
    got = await browser.get(f"{keeping.url}/videos/{name}")
    assert (got.status, got.content_type, got.body) == (200, "video/mp4", FILM)


async def test_a_part_of_a_video_is_served_back(browser: RawClient, keeping: Simulator):
    """Players ask for ranges."""
    name = await browser.stored(FILM)
    got = await browser.get(f"{keeping.http_url}/videos/{name}", Range="bytes=256-259")
    assert (got.status, got.body) == (206, b"\x00\x01\x02\x03")
    assert got.headers["Content-Range"] == f"bytes 256-259/{len(FILM)}"


async def test_a_cover_is_served_back_here_and_at_its_own_url(
    browser: RawClient, keeping: Simulator, picture: bytes
):
    """The URL that was answered leads to the image."""
    url = (await browser.cover(picture)).json["data"]["url"]
    here = await browser.get(f"{keeping.url}/covers/{url.rpartition('/')[2]}")
    there = await browser.get(url)
    assert (here.body, there.body) == (picture, picture)
    assert (here.content_type, there.content_type) == ("image/jpeg", "image/jpeg")


async def test_without_a_store_there_are_digests_only(client: RawClient, sim: Simulator, picture: bytes):
    """Nothing to play, but size and md5 are known; the page says how to keep files."""
    name = await client.stored(FILM)
    cover = (await client.cover(picture)).json["data"]["url"].rpartition("/")[2]
    assert (sim.videos[0].path, sim.videos[0].md5) == (None, md5(FILM))
    for page in (f"videos/{name}", f"covers/{cover}"):
        got = await client.get(f"{sim.url}/{page}")
        assert got.status == 404
        assert "start the simulator with a store" in got.json["message"]


async def test_the_overview_names_archives_and_videos(browser: RawClient, keeping: Simulator, picture: bytes):
    """One page shows bvid, title, parts, sizes and digests, with links; titles are escaped."""
    name = await browser.stored(FILM)
    cover = (await browser.cover(picture)).json["data"]["url"]
    bvid = (await browser.submit(meta(name, title="<b>title</b>", cover=cover))).json["data"]["bvid"]
    got = await browser.get(f"{keeping.url}/")
    page = got.body.decode()
    assert got.content_type == "text/html"
    assert "<b>title" not in page
    for text in (bvid, "&lt;b&gt;title", f'href="/videos/{name}"', str(len(FILM)), md5(FILM)):
        assert text in page
    assert f'href="/covers/{cover.rpartition("/")[2]}"' in page


@pytest.mark.parametrize(
    ("accepted", "query", "spoken"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "", "zh-CN"),
        ("en-GB, en;q=0.9, zh;q=0.8", "", "en"),
        ("fr, zh;q=0.5, en;q=0.3", "", "zh-CN"),
        ("fr, zh;q=0, *", "", "en"),
        (";q=x, zh;q=-1,", "", "en"),
        ("en", "?lang=zh", "zh-CN"),
        ("zh", "?lang=fr", "zh-CN"),
    ],
)
async def test_a_page_is_in_the_language_that_the_browser_likes_best(
    client: RawClient, sim: Simulator, accepted: str, query: str, spoken: str
):
    """Unless its address names another; English for those who like neither."""
    got = await client.get(f"{sim.http_url}/{query}", **{"Accept-Language": accepted})
    page = got.body.decode()
    assert f'<html lang="{spoken}">' in page
    assert ("稿件" in page) == (spoken == "zh-CN")


async def test_archives_and_videos_are_there_as_json(client: RawClient, sim: Simulator):
    """For programs, the same lists."""
    name = await client.stored(FILM)
    await client.submit(meta(name))
    videos = (await client.get(f"{sim.url}/videos")).json
    archives = (await client.get(f"{sim.url}/archives")).json
    assert [(v["filename"], v["size"], v["mid"]) for v in videos] == [(name, len(FILM), DEMO_ACCOUNT.mid)]
    assert [(a["bvid"], a["videos"]) for a in archives] == [(sim.archives[0].bvid, videos)]


@pytest.mark.parametrize(
    "path", ["/nothing", "/videos/unknown", "/covers/unknown", "/videos/../../etc/passwd"]
)
async def test_a_page_that_is_not_there_is_404(browser: RawClient, keeping: Simulator, path: str):
    """The answer is JSON and says what was looked for."""
    got = await browser.get(f"{keeping.url}{path}")
    assert (got.status, got.code) == (404, -404)


async def test_pages_are_only_read(client: RawClient, sim: Simulator):
    """Nothing can be posted to them."""
    assert (await client.send("POST", f"{sim.url}/videos", b"x")).status == 405


async def test_pages_are_at_localhost_by_name_and_by_address(client: RawClient, sim: Simulator):
    """Both listeners serve them under every local name."""
    for url in (sim.url, sim.http_url, f"https://localhost:{sim.port}", f"http://localhost:{sim.http_port}"):
        assert (await client.get(f"{url}/archives")).json == []
