"""`--json`, `-q` and `-v`: what programs are told, and flags that stand anywhere."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from tests.apps.stage import PATIENCE, confirm
from tests.kit import content

from bilibili_api.apps.cli.main import bvup
from bilibili_api.apps.cli.settable import leaves
from bilibili_api.simulator import Code, Stall

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result
    from tests.apps.conftest import Run
    from tests.apps.stage import SimulatorThread

SCHEMA: dict[str, Any] = json.loads(files("bilibili_api.apps.cli").joinpath("bvup.schema.json").read_text())
LINE: Any = Draft202012Validator(SCHEMA)


def told(result: Result) -> list[dict[str, Any]]:
    """The lines of standard output, each as the schema wants it, the last and only the last a result."""
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    for line in lines:
        LINE.validate(line)
    assert [line["type"] == "result" for line in lines] == [False] * (len(lines) - 1) + [True]
    assert lines[-1]["exit_code"] == result.exit_code
    return lines


def test_the_schema_is_one() -> None:
    """It says what it means to."""
    Draft202012Validator.check_schema(SCHEMA)
    assert not LINE.is_valid({"type": "result"})
    assert not LINE.is_valid({"type": "something"})


def test_an_upload_tells_its_progress_and_ends_with_the_video(upload: Run, bili: SimulatorThread) -> None:
    """Standard error is for people; standard output has nothing but objects."""
    lines = told(upload("--json"))
    [archive] = bili.sim.archives
    end = lines[-1]
    assert (end["bvid"], end["aid"], end["error"]) == (archive.bvid, archive.aid, None)
    assert (end["command"], end["version"], end["sent"], end["job"]) == ("upload", 1, 300_000, 1)
    assert [line["stage"] for line in lines if line["type"] == "progress"][-1] == "done"


@pytest.mark.parametrize("words", [["--json", "jobs"], ["jobs", "--json"]])
def test_a_global_flag_stands_before_or_after_the_command(run: Run, words: list[str]) -> None:
    """Nobody has to remember where."""
    assert told(run(*words)) == [
        {"type": "result", "version": 1, "command": "jobs", "exit_code": 0, "error": None, "jobs": []}
    ]


def test_verbose_may_stand_before_the_command(run: Run) -> None:
    """It means the same as after it."""
    assert "Where it happened:" not in run("submit", "99").stderr
    assert "Where it happened:" in run("-v", "submit", "99").stderr
    assert "Where it happened:" in run("submit", "99", "-v").stderr


def test_quiet_leaves_only_the_answer(upload: Run, bili: SimulatorThread) -> None:
    """With -q a script reads the bvid, and nothing else is said."""
    result = upload("-q")
    assert (result.stdout, result.stderr) == (f"{bili.sim.archives[0].bvid}\n", "")


def test_verbose_tells_the_steps_of_an_upload(upload: Run, bili: SimulatorThread) -> None:
    """Which line takes how many chunks, what the part is called there, and which interface takes it."""
    said = upload("-v").stdout
    [part] = bili.sim.archives[0].meta["videos"]
    steps = re.findall(r"^P1: .*$|^It is submitted .*$", said, re.MULTILINE)
    assert steps == [
        "P1: 1 chunk over the line pc; 2 at once.",
        "P1: all chunks are stored; it is completed.",
        f"P1: stored as {part['filename']}.",
        "It is submitted through client.",
    ]


def test_problems_are_told_with_where_they_are_mended(upload: Run) -> None:
    """Both in the library's words and in those of the command line."""
    end = told(upload("--json", "--title", "x" * 81))[-1]
    assert (end["error"]["kind"], end["error"]["retry"]) == ("INVALID_UPLOAD", "no")
    [problem] = end["error"]["problems"]
    assert (problem["field"], problem["where"]) == ("meta.title", "--title")


def test_a_refusal_is_one_object(upload: Run, bili: SimulatorThread) -> None:
    """Kind, message, hint, what is kept, what would help, exit code."""
    bili.fault("submit", Code(21012))
    error = told(upload("--json"))[-1]["error"]
    assert error["exit_code"] == 4
    assert "21012" in error["message"]
    assert "reached the server" in error["kept"]


@pytest.mark.parametrize(
    "words", [["upload", "--json", "--nonsense", "x"], ["--json", "resum"], ["resum", "--json"]]
)
def test_wrong_usage_is_told_to_programs_too(run: Run, words: list[str]) -> None:
    """Even where the flag could not be parsed."""
    end = told(run(*words))[-1]
    assert (end["exit_code"], end["error"]["kind"]) == (2, "USAGE")


def test_that_nobody_is_logged_in_is_told(run: Run, video: Path) -> None:
    """A program learns what it has to do."""
    end = told(run("upload", video, "--tag", "a", "--tid", "21", "--json"))[-1]
    assert (end["error"]["kind"], end["error"]["retry"], end["exit_code"]) == ("LOGIN_NEEDED", "login", 3)


def test_a_stop_is_told_with_the_job(upload: Run, run: Run, bili: SimulatorThread) -> None:
    """The job can be gone on with, and is listed."""
    interrupted = bili.interrupt_at(bili.fault("chunk", Stall()))
    end = told(upload("--json", "--grace", "0"))[-1]
    interrupted.result(PATIENCE)
    assert (end["error"]["kind"], end["exit_code"], end["job"]) == ("STOPPED", 6, 1)
    assert [job["job"] for job in told(run("jobs", "--json"))[-1]["jobs"]] == [1]
    done = told(run("resume", "--json", *bili.server, BVUP_ACCESS_KEY=bili.access_key))[-1]
    assert (done["bvid"], done["job"]) == (bili.sim.archives[0].bvid, 1)
    assert told(run("forget", "1", "--yes", "--json"))[-1]["forgotten"] is True


def test_each_submission_is_told_before_the_result(run: Run, bili: SimulatorThread, tmp_path: Path) -> None:
    """The result lists them all."""
    for i in (1, 2):
        (tmp_path / f"P{i}.mp4").write_bytes(content(1000, i))
    bili.fault("submit", Code(21012))
    lines = told(
        run(
            "upload", "--each", tmp_path, "--tag", "a", "--tid", "21", "--json", *bili.server,
            BVUP_ACCESS_KEY=bili.access_key,
        )
    )  # fmt: skip
    ends = [line for line in lines if line["type"] == "submission"]
    assert [end["exit_code"] for end in ends] == [4, 0]
    assert [(one["title"], one["exit_code"]) for one in lines[-1]["submissions"]] == [("P1", 4), ("P2", 0)]


def test_a_dry_run_tells_the_plan(upload: Run, bili: SimulatorThread, video: Path) -> None:
    """Exactly what would be sent, and nothing is."""
    [plan] = told(upload("--json", "--dry-run"))[-1]["plans"]
    [part] = plan["parts"]
    assert [finding["kind"] for finding in part.pop("media")["findings"]] == ["unreadable"]
    assert part == {"file": str(video), "title": "holiday", "name": "holiday.mp4", "size": 300_000}
    assert [one["interface"] for one in plan["submissions"]][:2] == ["client", "app"]
    assert (plan["problems"], plan["line"], bili.sim.exchanges) == ([], "pc", [])


def test_logins_are_told_without_secrets(there: Run, bili: SimulatorThread) -> None:
    """The code to scan is an event, and who it is the result."""
    phone = bili.begin(confirm)
    lines = told(there("login", "--json"))
    assert [line["type"] for line in lines] == ["qr", "result"]
    assert phone.result(PATIENCE) in lines[0]["url"]
    assert (lines[1]["profile"], lines[1]["mid"]) == ("default", bili.sim.accounts[0].mid)
    assert told(there("whoami", "--json"))[-1]["name"] == lines[1]["name"]
    assert [row["profile"] for row in told(there("account", "list", "--json"))[-1]["profiles"]] == ["default"]
    assert told(there("account", "use", "default", "--json"))[-1]["profile"] == "default"
    assert bili.access_key not in json.dumps(lines)


def test_a_batch_tells_each_submission_and_the_worst_exit_code(
    run: Run, bili: SimulatorThread, tmp_path: Path
) -> None:
    """One that could not even be read counts as well."""
    (tmp_path / "a.mp4").write_bytes(content(1000))
    defaults = "defaults: {tid: 21, tag: a}\nsubmissions:\n"
    (tmp_path / "b.yaml").write_text(defaults + "  - files: a.mp4\n  - files: a.mp4\n    title: '{x}'\n")
    given = ("batch", tmp_path / "b.yaml", "--json", *bili.server)
    lines = told(run(*given, BVUP_ACCESS_KEY=bili.access_key))
    ends = [line for line in lines if line["type"] == "submission"]
    assert [(end["exit_code"], end["error"] and end["error"]["kind"]) for end in ends] == [
        (2, "USAGE"),
        (0, None),
    ]
    ended = [(one["place"][-6:], one["exit_code"], one["bvid"]) for one in lines[-1]["submissions"]]
    assert (lines[-1]["exit_code"], ended) == (2, [("line 3", 0, ends[1]["bvid"]), ("line 4", 2, None)])
    again = told(run(*given, "--dry-run", "--again", BVUP_ACCESS_KEY=bili.access_key))[-1]
    assert (again["exit_code"], [plan["title"] for plan in again["plans"]]) == (2, ["a"])


def test_a_batch_that_is_called_again_tells_what_was_published_before(
    run: Run, bili: SimulatorThread, tmp_path: Path
) -> None:
    """With its bvid, beside what cannot work, each by the line where it stands."""
    (tmp_path / "a.mp4").write_bytes(content(1000))
    text = "defaults: {tid: 21, tag: a}\nsubmissions:\n  - files: a.mp4\n  - files: gone.mp4\n"
    (tmp_path / "b.yaml").write_text(text)
    given = ("batch", tmp_path / "b.yaml", "--json", *bili.server)
    run(*given, BVUP_ACCESS_KEY=bili.access_key)
    *lines, result = told(run(*given, BVUP_ACCESS_KEY=bili.access_key))
    bvid = bili.sim.archives[0].bvid
    ends = [(line["place"][-6:], line["exit_code"], line.get("bvid")) for line in lines if "place" in line]
    assert ends == [("line 3", 0, bvid), ("line 4", 2, None)]
    assert [(one["title"], one["bvid"]) for one in result["submissions"]] == [("a", bvid), ("gone", None)]


def test_what_bvup_check_finds_is_told(run: Run, tmp_path: Path) -> None:
    """A file that is no video is an answer, not an error."""
    (tmp_path / "a.mp4").write_bytes(b"no video")
    [end] = told(run("check", tmp_path / "a.mp4", "--json"))
    assert (end["ok"], end["error"], end["exit_code"]) == (False, None, 2)
    assert [finding["kind"] for finding in end["files"][0]["findings"]] == ["unreadable"]


def test_an_unknown_flag_before_the_command_is_told(run: Run) -> None:
    """To programs as well: the line is not left out because it could not be read."""
    refused = run("--json", "--bogus", "jobs")
    assert (refused.exit_code, "--bogus" in refused.stderr) == (2, True)
    assert told(refused)[-1]["error"]["kind"] == "USAGE"


def test_settings_and_their_schema_are_told(run: Run, home: Path) -> None:
    """Where each comes from, too."""
    home.mkdir()
    (home / "config.toml").write_text('[upload]\ntitle = "x"\n')
    [held] = told(run("config", "--json"))[-1]["settings"]
    assert (held["key"], held["value"], held["source"]) == ("title", "x", "user")
    assert "upload" in told(run("config", "--schema", "--json"))[-1]["schema"]["properties"]
    (home / "config.toml").write_text("nonsense = 1")
    assert told(run("list", "--json"))[-1]["command"] == "list"


def test_what_was_imported_is_told(run: Run, tmp_path: Path, cookies_json: Path) -> None:
    """Settings with a report, logins with their name."""
    (tmp_path / "t.yaml").write_text("title: x\ntid: 21\ntag: a\nmystery: 1\n")
    end = told(run("import", tmp_path / "t.yaml", "-o", "-", "--json"))[-1]
    assert ([one["key"] for one in end["left"]], "title = " in end["text"]) == (["mystery"], True)
    assert told(run("import", cookies_json, "--json"))[-1]["profile"] == "default"


def test_lookups_are_answered(there: Run, cookies_json: Path) -> None:
    """Partitions and topics, for whoever fills in the metadata."""
    assert told(there("partitions", "--json"))[-1]["new_partitions"]
    assert told(there("topics", "-u", cookies_json, "--json"))[-1]["topics"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_a_shell_is_told(run: Run, shell: str) -> None:
    """The very one that is printed otherwise."""
    assert told(run("completion", shell, "--json"))[-1]["script"] == run("completion", shell).stdout.strip()


def test_a_script_that_is_written_into_a_file_is_one_whatever_is_set(run: Run, home: Path) -> None:
    """`bvup completion bash > FILE`, where the settings say json = true."""
    script = run("completion", "bash").stdout
    home.mkdir()
    (home / "config.toml").write_text("json = true\n")
    assert run("completion", "bash").stdout == script
    assert run("completion", "bash", BVUP_COMPLETION_JSON="1").stdout == script
    assert told(run("--json", "completion", "bash"))[-1]["script"] == script.strip()


def test_the_limits_of_the_rate_are_told(run: Run, upload: Run) -> None:
    """That of all uploads has no job; after a change, the new one."""
    assert told(run("rate", "--json"))[-1]["rates"] == [
        {"job": None, "title": None, "rate": "off", "bytes_per_second": None}
    ]
    assert told(run("rate", "10M", "--json"))[-1]["rates"][0]["bytes_per_second"] == 10_485_760
    upload("--rate", "50M")
    of_one = told(run("rate", "--job", "1", "--json", "2M"))[-1]["rates"]
    assert of_one == [{"job": 1, "title": "holiday", "rate": "2M"}]


def test_the_demonstration_is_told(run: Run, tmp_path: Path) -> None:
    """The video, whether it is proved, and where it is."""
    end = told(run("demo", "--keep", tmp_path / "kept", "--bandwidth", 100_000_000, "--json"))[-1]
    assert (end["proved"], end["exit_code"], len(end["stored"])) == (True, 0, 2)


@pytest.mark.parametrize("words", [["account", "--json", "list"], ["--json", "account", "list"]])
def test_a_flag_stands_between_the_words_of_a_command_too(run: Run, words: list[str]) -> None:
    """Nobody has to remember that some commands have two words."""
    assert told(run(*words))[-1]["command"] == "account list"


def test_every_command_has_the_same_flags_for_what_is_said() -> None:
    """`--json`, `-q` and `-v` stand behind each."""
    with bvup.make_context("bvup", [], resilient_parsing=True) as ctx:
        for name in bvup.list_commands(ctx):
            command = bvup.get_command(ctx, name)
            assert command is not None
            for path, leaf in leaves(command, ctx, [name]):
                flags = {flag for param in leaf.params for flag in param.opts}
                assert {"--json", "--quiet", "--verbose"} <= flags, path
