"""`bvup list`, `show`, `watch`, `edit` and `append`: what comes after submitting, on the command line."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from tests.apps.stage import SimulatorThread
from tests.apps.test_json import told
from tests.kit import picture_of

from bilibili_api.amounts import moment_text
from bilibili_api.apps.cli.archive_words import about, figures, news, row
from bilibili_api.archive import Archive, ArchivePart
from bilibili_api.simulator import Code

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.apps.conftest import Run

REJECTED = Archive(
    170001, "BV17x411w7KC", "My\x1b[2J trip", -2, reject_reason="too loud", tag="a,b", ctime=1_700_000_000,
    parts=(ArchivePart("n1", 1, "P1", duration=61, reject_reason="too loud"), ArchivePart("n2", 2, "P2", fail_code=9)),
)  # fmt: skip


@pytest.fixture
def bili() -> Iterator[SimulatorThread]:
    with SimulatorThread(era="today") as running:
        yield running


@pytest.fixture
def me(there: Run, cookies_json: Path) -> Run:
    """`bvup COMMAND -u cookies.json ...`."""

    def call(command: str, *args: object, stdin: str | bytes | None = None, **env: str | None):
        return there(command, "-u", cookies_json, *args, stdin=stdin, **env)

    return call


class TestWords:
    """Archives as lines."""

    def test_a_row_says_where_it_stands_and_why_it_was_refused(self) -> None:
        """One line, and one for the reason; nothing in it steers the terminal."""
        lines = list(row(REJECTED, 60))
        assert lines[0].startswith("BV17x411w7KC  rejected    2023-11-1")
        assert lines[1] == "              why: too loud"
        assert "\x1b" not in "".join(lines)

    def test_all_that_is_known_is_shown(self) -> None:
        """Each part with its own reason."""
        text = "\n".join(about(REJECTED))
        assert "state     rejected, can be edited (-2)" in text
        assert "P1        P1 (1:01 min)\n          refused: too loud" in text
        assert "P2        P2\n          transcoding failed: code (9)" in text

    def test_news_is_one_line(self) -> None:
        """With the reason."""
        assert news(REJECTED) == "BV17x411w7KC  rejected, can be edited: too loud"

    def test_programs_get_names_that_stay(self) -> None:
        """Times that are not there are null."""
        known = figures(REJECTED)
        assert (known["status"], known["meaning_zh"], known["ptime"]) == ("rejected", "被打回", None)
        assert json.loads(json.dumps(known))["parts"][0]["number"] == 1


def test_videos_are_listed(me: Run, bili: SimulatorThread) -> None:
    """Narrowed by status; for programs as JSON."""
    for title in ("one", "two"):
        bili.sim.publish(title=title)
    bili.sim.reviews.reject(bili.sim.archives[0], "no")
    assert me("list").stdout.splitlines()[0].endswith("two")
    assert "why: no" in me("list", "--status", "rejected").stdout
    [listed] = told(me("list", "--keyword", "two", "--json"))[-1]["videos"]
    assert (listed["title"], listed["status"], listed["parts"][0]["title"]) == ("two", "in_review", "P1")
    assert me("list", "--status", "passed").stdout == "There is no such video.\n"


@pytest.mark.parametrize("name", ["{bvid}", "av{aid}", "{aid}", "https://www.bilibili.com/video/{bvid}/?p=1"])
def test_a_video_is_shown_by_any_name(me: Run, bili: SimulatorThread, name: str) -> None:
    """As people have it at hand."""
    made = bili.sim.publish("P1", "P2", title="A trip")
    shown = me("show", name.format(aid=made.aid, bvid=made.bvid))
    assert (shown.exit_code, "title     A trip\n" in shown.stdout) == (0, True)
    assert "partition 生活 / 日常 (21)\n" in shown.stdout
    assert told(me("show", made.bvid, "--json"))[-1]["video"]["aid"] == made.aid


def test_a_video_that_is_not_there_is_told(me: Run) -> None:
    """As Bilibili says it."""
    shown = me("show", "av1")
    assert (shown.exit_code, shown.stdout) == (4, "")
    assert "bvup: " in shown.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["show", "nonsense"],
        ["watch", "nonsense"],
        ["edit", "nonsense", "--title", "x"],
        ["append", "nonsense", "P1.mp4"],
        ["subtitle", "nonsense", "P1.srt"],
        ["season", "add", "1", "av1", "nonsense"],
    ],
)
def test_what_names_no_video_is_told_before_a_login_is_missed(run: Run, words: list[str]) -> None:
    """No login would help."""
    told_so = run(*words)
    assert told_so.exit_code == 2
    assert "'nonsense' names no video. Give av123, 123, BV... or the address" in told_so.stderr


@pytest.mark.parametrize(
    ("state", "until", "code"), [(0, "public", 0), (-40, "passed", 0), (-2, "public", 4), (-30, "public", 6)]
)
def test_the_end_of_watching_is_the_exit_code(
    me: Run, bili: SimulatorThread, state: int, until: str, code: int
) -> None:
    """There, refused, or not in time."""
    made = bili.sim.publish(dtime=int(time.time()) + 10_000)
    bili.sim.reviews.set(made, state)
    watched = me("watch", made.bvid, "--until", until, "--timeout", 1)
    assert (watched.exit_code, watched.stdout.startswith(f"{made.bvid}  ")) == (code, True)
    end = told(me("watch", made.bvid, "--until", until, "--timeout", 1, "--json"))[-1]
    assert (end["exit_code"], end["reached"], end["video"]["state"]) == (code, code == 0, state)


def test_the_end_of_patience_is_said(me: Run, bili: SimulatorThread) -> None:
    """To a person; what it is waited for, and that it can be waited for again."""
    made = bili.sim.publish()
    bili.sim.reviews.set(made, -30)
    watched = me("watch", made.bvid, "--timeout", 0)
    assert f"bvup: {made.bvid} is not public yet" in watched.stderr
    assert f"bvup watch {made.bvid}" in watched.stderr


def test_deleting_is_handed_to_the_site(run: Run) -> None:
    """It fails, so that no script takes it for done, and says where a person can do it."""
    left = run("delete", "av170001")
    assert (left.exit_code, left.stdout) == (4, "")
    assert "https://member.bilibili.com/" in left.stderr
    assert told(run("delete", "av170001", "--json"))[-1]["error"]["kind"] == "CAPTCHA"


def test_an_edit_is_shown_and_made(me: Run, bili: SimulatorThread) -> None:
    """All of it in one edit."""
    made = bili.sim.publish("P1", "P2", "P3", title="old", watermark={"state": 1})
    given = [
        "--title",
        "new",
        "--tag",
        "a",
        "--tag",
        "b",
        "--part-title",
        "2=Second",
        "--order",
        "3,1",
        "--remove",
        "1",
    ]
    edited = me("edit", made.bvid, *given, "--yes")
    assert edited.exit_code == 0
    assert edited.stdout.splitlines()[:2] == ["  title: 'old' -> 'new'", "  tag: 'simulated' -> 'a,b'"]
    assert edited.stdout.splitlines()[-1] == "Changed. Now: edited, waiting for review."
    [now] = bili.sim.archives
    assert [part["title"] for part in now.meta["videos"]] == ["P3", "Second"]
    assert (now.title, now.meta["watermark"], len(bili.sim.seen("edit"))) == ("new", {"state": 1}, 1)


def test_a_topic_is_given_and_taken_away(me: Run, bili: SimulatorThread) -> None:
    """By its name or number; 0 for none."""
    made = bili.sim.publish()
    for topic, number in (("Simulated daily life", 10001), ("10002", 10002), ("0", None)):
        assert me("edit", made.bvid, "--topic", topic, "--yes").exit_code == 0
        assert bili.sim.archives[0].meta.get("topic_id") == number


def test_an_activity_is_given_with_its_topic_and_taken_away(me: Run, bili: SimulatorThread) -> None:
    """By its name or number; it counts with a topic only."""
    made = bili.sim.publish()
    for activity, both in (
        ("Simulated activity for daily life", (20001, 10001)),
        ("20003", (20003, 10003)),
        ("0", (None, 10003)),
    ):
        assert me("edit", made.bvid, "--mission", activity, "--yes").exit_code == 0
        meta = bili.sim.archives[0].meta
        assert (meta.get("mission_id"), meta.get("topic_id")) == both
    unknown = me("edit", made.bvid, "--mission", "Simulated activity", "--yes")
    assert (unknown.exit_code, "--mission: is 'Simulated activity', and no activity" in unknown.stderr) == (
        2,
        True,
    )
    assert me("edit", made.bvid, "--topic", "0", "--mission", "20001").exit_code == 2


def test_a_wrong_edit_changes_nothing_and_says_so(me: Run, bili: SimulatorThread) -> None:
    """An edit uploads nothing in any case."""
    made = bili.sim.publish()
    refused = me("edit", made.bvid, "--title", "x" * 81, "--yes")
    assert refused.stderr.startswith("bvup: 1 problem; nothing was changed\n")
    error = told(me("edit", made.bvid, "--title", "x" * 81, "--yes", "--json"))[-1]["error"]
    assert error["message"] == "1 problem found; nothing was changed."
    assert "uploaded" not in json.dumps(error)


def test_a_time_is_given_and_shown_as_a_person_writes_it(me: Run, bili: SimulatorThread) -> None:
    """As for an upload; what cannot be understood is told with the forms there are."""
    made = bili.sim.publish()
    edited = me("edit", made.bvid, "--dtime", "2999-12-01 18:00", "--dry-run")
    assert (edited.exit_code, "15 days" in edited.stderr) == (2, True)
    then = int(time.time()) + 5 * 3600
    planned = moment_text(then)
    assert f"+ dtime: '{planned}'" in me("edit", made.bvid, "--dtime", str(then), "--yes").stdout
    assert f"planned   {planned}\n" in me("show", made.bvid).stdout
    assert bili.sim.archives[0].meta["dtime"] == then
    assert "tomorrow 18:00" in me("edit", made.bvid, "--dtime", "soon").stderr


def test_a_dry_run_changes_nothing(me: Run, bili: SimulatorThread) -> None:
    """Programs read what would change."""
    made = bili.sim.publish(title="old")
    end = told(me("edit", made.bvid, "--title", "new", "--dry-run", "--json"))[-1]
    assert end["changes"] == [{"field": "title", "before": "old", "after": "new"}]
    assert end["applied"] is False
    assert me("edit", made.bvid, "--title", "old").stdout == "Nothing would change.\n"
    assert bili.sim.seen("edit") == []


def test_nobody_is_asked_where_there_is_no_terminal(me: Run, bili: SimulatorThread) -> None:
    """And nothing is changed without a yes."""
    made = bili.sim.publish(title="old")
    asked = me("edit", made.bvid, "--title", "new")
    assert (asked.exit_code, "add --yes" in asked.stderr, bili.sim.seen("edit")) == (2, True, [])


@pytest.mark.parametrize(
    "args",
    [
        ["--title", "x" * 81],
        ["--part-title", "Second"],
        ["--part-title", "9=x"],
        ["--order", "one"],
        ["--remove", "1"],
        ["--extra-fields", '{"recreate": 1}'],
    ],
)
def test_what_cannot_be_edited_is_refused(me: Run, bili: SimulatorThread, args: list[str]) -> None:
    """With exit code 2, and nothing changed."""
    made = bili.sim.publish()
    refused = me("edit", made.bvid, *args, "--yes")
    assert (refused.exit_code, bili.sim.seen("edit")) == (2, [])


def test_files_are_added_and_replaced(me: Run, bili: SimulatorThread, video: Path) -> None:
    """Their names are the titles unless others are given."""
    made = bili.sim.publish("P1", "P2")
    added = told(me("append", made.bvid, video, "--after", 1, "--line", "bda2", "--json"))[-1]
    assert (added["exit_code"], added["bvid"]) == (0, made.bvid)
    replaced = me("append", made.bvid, video, "--replace", 3, "--part-title", "New", "--line", "bda2")
    assert (replaced.exit_code, replaced.stdout.splitlines()[0]) == (
        0,
        f"Replacing P3 of {made.bvid}: 1 part, 300.0 kB",
    )
    assert "  P3  New (holiday.mp4, 300.0 kB)\n" in replaced.stdout
    assert [part["title"] for part in bili.sim.archives[0].meta["videos"]] == ["P1", "holiday", "New"]


def test_what_takes_the_place_of_a_part_keeps_its_title(me: Run, bili: SimulatorThread, video: Path) -> None:
    """What is not named stays; it is said what goes, and where others come."""
    made = bili.sim.publish("P1", "The second")
    replaced = me("append", made.bvid, video, "--replace", 2, "--line", "bda2")
    assert "  P2  The second (holiday.mp4, 300.0 kB)\n    instead of The second (" in replaced.stdout
    assert [part["title"] for part in bili.sim.archives[0].meta["videos"]] == ["P1", "The second"]
    added = me("append", made.bvid, video, "--after", 1, "--line", "bda2")
    assert f"to {made.bvid}, behind P1\n" in added.stdout


def test_what_is_added_gets_the_subtitles_beside_it(
    me: Run, there: Run, bili: SimulatorThread, video: Path
) -> None:
    """They find their part by its file, wherever it stands; what is left is gone on with."""
    made = bili.sim.publish("P1", "P2")
    for language in ("en", "zh-CN"):
        video.with_suffix(f".{language}.json").write_text('{"body": [{"from": 0, "to": 1, "content": "x"}]}')
    bili.fault("subtitle", Code(79000))
    added = me("append", made.bvid, video, "--after", 1, "--subtitles", "--line", "bda2")
    assert (added.exit_code, "subtitles: P2 zh-CN\n" in added.stdout) == (4, True)
    assert me("resume", "1").exit_code == 0
    [archive] = bili.sim.archives
    assert set(bili.sim.subtitles.all) == {(archive.videos[1].cid, "en-US"), (archive.videos[1].cid, "zh-CN")}
    refused = me("append", made.bvid, video, "--subtitles", "--no-journal")
    assert (refused.exit_code, "--no-journal contradict" in refused.stderr) == (2, True)


def test_the_video_may_be_named_as_for_biliup(me: Run, bili: SimulatorThread, video: Path) -> None:
    """By --vid; then every argument is a file."""
    made = bili.sim.publish("P1")
    assert me("append", "--vid", made.bvid, video, "--line", "bda2").exit_code == 0
    assert [part["title"] for part in bili.sim.archives[0].meta["videos"]] == ["P1", "holiday"]
    for words in ([made.bvid], ["--vid", "nonsense", video], [video, made.bvid]):
        assert me("append", *words).exit_code == 2


def test_an_addition_that_stopped_is_resumed(me: Run, there: Run, bili: SimulatorThread, video: Path) -> None:
    """By its number in the journal, which names the video."""
    made = bili.sim.publish()
    bili.fault("edit", Code(21566))
    stopped = me("append", made.bvid, video, "--line", "bda2")
    assert (stopped.exit_code, "To go on: bvup resume 1" in stopped.stderr) == (4, True)
    assert "bvup upload" not in stopped.stderr
    assert f"-> {made.bvid}" in there("jobs").stdout
    assert me("resume", "1").exit_code == 0
    assert [part["title"] for part in bili.sim.archives[0].meta["videos"]] == ["P1", "holiday"]
    assert len(bili.sim.seen("preupload")) == 1


@pytest.mark.parametrize(
    "args",
    [["--after", "9"], ["--replace", "1", "--replace", "2"], ["--part-title", "a", "--part-title", "b"]],
)
def test_what_cannot_be_added_is_refused(
    me: Run, bili: SimulatorThread, video: Path, args: list[str]
) -> None:
    """Before anything is uploaded."""
    made = bili.sim.publish()
    assert (me("append", made.bvid, video, *args).exit_code, bili.sim.seen("preupload")) == (2, [])
    assert me("append", made.bvid, video.with_name("gone.mp4")).exit_code == 2


def test_a_season_is_made_filled_and_sorted(
    there: Run, bili: SimulatorThread, tmp_path: Path, cookies_json: Path
) -> None:
    """Each command may be repeated."""
    login = ["-u", cookies_json]
    one, two = (bili.sim.publish(title=title).bvid for title in ("one", "two"))
    picture = tmp_path / "trip.png"
    picture.write_bytes(picture_of("PNG"))
    assert there("season", "list", *login).stdout == "There is no season.\n"
    end = told(there("season", "create", "My trip", "--cover", picture, "--json", *login))[-1]
    made = end["season"]["id"]
    for _ in range(2):
        added = there("season", "add", made, one, f"https://www.bilibili.com/video/{two}", *login)
        assert added.stdout == f"  1  {one}  one\n  2  {two}  two\n"
    there("season", "sort", made, two, *login)
    assert there("season", "list", *login).stdout == f"{made}  My trip (2 videos, in review)\n"
    [left] = told(there("season", "remove", made, one, "--json", *login))[-1]["episodes"]
    assert (left["place"], left["bvid"]) == (1, two)
    assert there("season", "show", "My trip", *login).stdout == f"  1  {two}  two\n"
    unknown = there("season", "add", "My tripp", two, *login)
    assert (unknown.exit_code, f"Did you mean 'My trip' ({made})?" in unknown.stderr) == (2, True)
    assert there("season", "show", 1, *login).exit_code == 4


def test_subtitles_beside_the_parts_are_uploaded(me: Run, bili: SimulatorThread, tmp_path: Path) -> None:
    """Each for its part and language; all are read first."""
    made = bili.sim.publish("P1", "P2")
    line = '{"body": [{"from": 0, "to": 1, "content": "x"}]}'
    for name in ("one.zh-CN.json", "one.en.json", "two.chs.json"):
        (tmp_path / name).write_text(line)
    videos = [tmp_path / "one.mp4", tmp_path / "two.mp4"]
    shown = me("subtitle", made.bvid, *videos, "--dry-run")
    assert shown.stdout.splitlines() == [
        "P1  en-US  1 line  one.en.json",
        "P1  zh-CN  1 line  one.zh-CN.json",
        "P2  zh-CN  1 line  two.chs.json",
    ]
    assert bili.sim.seen("subtitle") == []
    assert me("subtitle", made.bvid, *videos).stdout.endswith("Uploaded.\n")
    assert len(bili.sim.subtitles.all) == 3
    end = told(me("subtitle", made.bvid, tmp_path / "two.chs.json", "--lan", "ja", "--json"))[-1]
    assert end["subtitles"][0]["language"] == "ja"
    twice = [tmp_path / "one.zh-CN.json", tmp_path / "two.chs.json"]
    for wrong in ([tmp_path / "three.mp4"], twice, [tmp_path / "gone.en.json"]):
        assert me("subtitle", made.bvid, *wrong).exit_code == 2
