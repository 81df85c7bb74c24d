"""`bvup import` takes over what other uploaders have written, and names what it cannot."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import pytest
import yaml
from tests.kit import content

from bilibili_api.apps.cli.report import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from tests.apps.conftest import Run
    from tests.apps.stage import SimulatorThread

SUBMISSIONS = """\
user:
  account: {username: u, password: p}
line: BDA2
limit: 4
submit: App
streamers:
  "videos/*.mp4":
    title: "Trip {1}"
    tid: 21
    copyright: 1
    source: ''
    desc: 007
    tag: a,b
    dtime: ~
    no_reprint: 1
    up_close_reply: true
    dolby: 0
    desc_v2: [{type_id: 1, raw_text: x, biz_id: ''}]
    topic_id: 12
    videos: [{title: t, filename: f, desc: ''}]
  second.mp4:
    title: second
    tid: 171
    tid_v2: 1001
    copyright: 2
    source: https://example.org
    tag: c
"""
RECORDER = """\
lines = "AUTO"
threads = 3
submit_api = "web"
filtering_threshold = 20

[streamers.anna]
url = ["https://live.example/1"]
title = "{streamer} %Y-%m-%d {title}"
tid = 171
copyright = 2
tags = ["a", "b"]
hires = 1
cover_path = "c.jpg"
dtime = 14400
extra_fields = '{"is_only_self": 1}'
postprocessor = ["rm"]
"""
TEMPLATE = """\
source: elsewhere
title: a {title}
desc: text
tid: 138
tag: x,y
cover: c.jpg
dynamic: new
mystery: 1
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `bvup` is called."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestSubmissionsOfBiliup:
    @pytest.fixture
    def imported(self, run: Run, folder: Path) -> str:
        """What is told about the file."""
        (folder / "config.yaml").write_text(SUBMISSIONS)
        done = run("import", "config.yaml")
        assert done.exit_code == ExitCode.DONE, done.output
        return done.output

    @pytest.mark.usefixtures("imported")
    def test_they_become_a_batch(self, folder: Path) -> None:
        """What says nothing is left out; braces stay braces; what has no flag is sent as it is."""
        made = yaml.safe_load((folder / "config.bvup.yaml").read_text())
        assert made["defaults"] == {"line": "bda2", "limit": 4, "submit": "app"}
        first, second = made["submissions"]
        assert first == {
            "files": "videos/*.mp4",
            "title": "Trip {{1}}",
            "tid": 21,
            "copyright": 1,
            "desc": "007",
            "tag": ["a", "b"],
            "no-reprint": True,
            "extra-fields": {
                "up_close_reply": True,
                "desc_v2": [{"type": 1, "raw_text": "x", "biz_id": ""}],
                "topic_id": 12,
            },
        }
        assert (second["partition"], second["source"]) == (1001, "https://example.org")

    def test_what_was_not_carried_over_is_named_with_its_line(self, imported: str) -> None:
        """And what was, but nobody knows."""
        assert "Settings of biliup or biliup-rs, 2 submissions: written to config.bvup.yaml" in imported
        assert "config.yaml, line 1: user: logins: bvup login" in imported
        assert (
            "config.yaml, line 20: streamers.videos/*.mp4.videos: bvup upload makes new archives" in imported
        )
        assert "config.yaml, line 19: streamers.videos/*.mp4.topic_id: not known; sent as it is" in imported
        assert "bvup batch config.bvup.yaml --dry-run" in imported

    @pytest.mark.usefixtures("imported")
    def test_the_batch_can_be_carried_out(
        self, run: Run, folder: Path, bili: SimulatorThread, cookies_json: Path
    ) -> None:
        """What is written is what `bvup batch` reads."""
        (folder / "videos").mkdir()
        for name in ("videos/1.mp4", "second.mp4"):
            (folder / name).write_bytes(content(1000))
        done = run("batch", "config.bvup.yaml", "--dry-run", "-u", cookies_json, *bili.server)
        assert "title      Trip {1}" in done.output, done.output
        assert done.exit_code == ExitCode.DONE, done.output

    @pytest.mark.usefixtures("imported")
    def test_no_file_is_written_over(self, run: Run, folder: Path) -> None:
        """It may have been edited since."""
        (folder / "config.bvup.yaml").write_text("mine")
        assert "is there already" in run("import", "config.yaml").output
        assert (folder / "config.bvup.yaml").read_text() == "mine"

    @pytest.mark.usefixtures("imported")
    def test_paths_hold_from_another_folder(self, run: Run, folder: Path) -> None:
        """Paths of a batch are relative to its file, those of biliup to the folder it was called in."""
        (folder / "out").mkdir()
        run("import", "config.yaml", "-o", "out/b.yaml")
        made = yaml.safe_load((folder / "out" / "b.yaml").read_text())
        assert made["submissions"][1]["files"] == str(folder / "second.mp4")

    @pytest.mark.usefixtures("imported")
    def test_programs_get_the_report_as_json(self, run: Run) -> None:
        """Each thing with its place."""
        told = json.loads(run("import", "config.yaml", "-o", "b.yaml", "--json").stdout)
        assert (told["submissions"], told["written"]) == (2, "b.yaml")
        assert {one["key"] for one in told["left"]} == {"user", "streamers.videos/*.mp4.videos"}


def test_the_configuration_of_the_recorder_becomes_a_batch(run: Run, folder: Path) -> None:
    """As far as it is about submissions; dates and names become variables."""
    (folder / "config.toml").write_text(RECORDER)
    done = run("import", "config.toml", "-o", "b.yaml")
    made = yaml.safe_load((folder / "b.yaml").read_text())
    assert made["defaults"] == {"limit": 3, "submit": "web"}
    assert made["submissions"] == [
        {
            "files": "anna*",
            "tid": 171,
            "copyright": 2,
            "tag": ["a", "b"],
            "cover": "c.jpg",
            "extra-fields": {"lossless_music": 1, "is_only_self": 1},
            "title": "anna {date:%Y-%m-%d} {stem}",
        }
    ]
    for key in ("filtering_threshold", "dtime", "postprocessor", "url"):
        assert f"{key}: " in done.output
    assert "config.toml, line 6: streamers.anna: its recordings are looked for by name" in done.output


def test_a_template_of_bilitool_becomes_settings(run: Run, folder: Path) -> None:
    """Of this folder; bilitool uploads everything as a repost."""
    (folder / "t.yaml").write_text(TEMPLATE)
    done = run("import", "t.yaml")
    made = tomllib.loads((folder / "bvup.toml").read_text())
    assert made["upload"] == {
        "source": "elsewhere",
        "title": "a {{title}}",
        "desc": "text",
        "tid": 138,
        "tag": ["x", "y"],
        "cover": "c.jpg",
        "dynamic": "new",
        "copyright": 2,
    }
    assert "t.yaml, line 8: mystery: not known" in done.output
    assert run("config", "upload").exit_code == ExitCode.DONE


def test_it_can_be_printed(run: Run, folder: Path) -> None:
    """The report goes to standard error."""
    (folder / "t.yaml").write_text(TEMPLATE)
    done = run("import", "t.yaml", "-o", "-")
    assert tomllib.loads(done.stdout)["upload"]["tid"] == 138
    assert "mystery" in done.stderr
    assert not (folder / "bvup.toml").exists()


def test_what_is_printed_is_no_file_to_try(run: Run, folder: Path) -> None:
    """Submissions neither: `bvup batch -` would find none."""
    (folder / "c.yaml").write_text(SUBMISSIONS)
    said = run("import", "c.yaml", "-o", "-").stderr
    assert ("written to standard output" in said, "bvup batch" in said) == (True, False)


def test_a_login_is_kept(run: Run, cookies_json: Path) -> None:
    """As `bvup account import` does, under a name."""
    done = run("import", cookies_json, "--profile", "old")
    assert "Kept as profile old" in done.output
    assert "old" in run("account", "list").output


def test_the_login_that_bilitool_has_stored_is_kept(run: Run, folder: Path) -> None:
    """It stands in bilitool's config.json, with its settings; that file stays as it is."""
    cookies = {"SESSDATA": "abc%2C1%2Cdef", "bili_jct": "0" * 32, "DedeUserID": "123", "access_key": "a" * 32}
    store = folder / "config.json"
    store.write_text(json.dumps({"cookies": {**cookies, "sid": ""}, "upload": {"copyright": 2}}))
    before = store.read_bytes()
    assert "Kept as profile default" in run("import", store).output
    shown = json.loads(run("account", "show", "--json").stdout)
    assert (shown["mid"], shown["has_token"], shown["has_cookies"]) == (123, True, True)
    assert store.read_bytes() == before


@pytest.mark.parametrize("text", ["a: 1", "- a", "", "just words"])
def test_what_nobody_knows_is_refused(run: Run, folder: Path, text: str) -> None:
    """Nothing is written."""
    (folder / "x.yaml").write_text(text)
    done = run("import", "x.yaml")
    assert done.exit_code == ExitCode.INVALID
    assert "holds no settings of biliup, biliup-rs or bilitool, and no login" in done.output
