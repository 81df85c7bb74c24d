"""How `bvup upload` ends when something is wrong: exit code, and one block that says what, and what to do."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest
from tests.apps.stage import SimulatorThread

from bilibili_api.apps.cli import attempt
from bilibili_api.apps.cli.foreign_flags import MEMBERS
from bilibili_api.engine.retry import BACKOFF, Backoff
from bilibili_api.protocol.codes import Step
from bilibili_api.simulator import Captcha, Code, ExpiredToken, LostAnswer, PhoneCheck, Status

if TYPE_CHECKING:
    from pathlib import Path

    from tests.apps.conftest import Run


def test_all_problems_are_told_at_once_with_the_option_that_mends_each(
    run: Run, bili: SimulatorThread, tmp_path: Path
) -> None:
    """Everything wrong with files and metadata is told at once, by the names of the options; nothing is sent."""
    result = run(
        "upload", tmp_path / "none.mp4", tmp_path / "no.mp4", "--title", "x" * 81, "--copyright", 2, "--limit", 0, "--tid",
        160, *bili.server, BVUP_ACCESS_KEY=bili.access_key,
    )  # fmt: skip
    assert result.exit_code == 2
    assert result.stderr.startswith("bvup: 7 problems; nothing was uploaded\n")
    for place in ("part 1: ", "part 2: ", "--title: ", "--tag: ", "--tid: ", "--source: ", "--limit: "):
        assert f"  - {place}" in result.stderr
    assert bili.sim.exchanges == []


def test_problems_are_found_before_a_password_is_asked_for(run: Run, tmp_path: Path) -> None:
    """Nobody types a password for an upload that cannot work."""
    result = run("upload", tmp_path / "no.mp4", "--tag", "a", "--tid", 21, "--account", "alice")
    assert (result.exit_code, "No such file" in result.stderr) == (2, True)


def test_an_unknown_partition_name_offers_similar_ones(upload: Run) -> None:
    """A name that is no partition is answered with those that are spelled alike."""
    result = upload("--tid", "日尚")
    assert (result.exit_code, "Did you mean 日常 (21)" in result.stderr) == (2, True)


def test_a_name_like_no_partition_is_answered_with_an_example(upload: Run) -> None:
    """Where nothing is spelled alike, the message shows a number, and the names that lead to all others."""
    result = upload("--tid", "qwerty")
    assert (result.exit_code, "21 for 日常" in result.stderr, "动画, 番剧" in result.stderr) == (
        2,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--tid", "160"], "Take for example 21 (日常), 138 (搞笑), 254 (亲子).\n"),
        (["--tid", "99999"], "Take for example 21 (日常).\n"),
        (["--partition", "qwerty"], "Take for example '日常' (21).\n"),
        (["--partition", "舞蹈x"], "Take for example '舞蹈综合' (154), '舞蹈教程' (156), '宅舞' (20).\n"),
        (
            [],
            "number or the name of a leaf partition, for example 21 or 日常. To see them all, run: bvup partitions",
        ),
    ],
)
def test_a_partition_that_cannot_be_is_answered_without_python(
    run: Run, video: Path, given: list[str], said: str
) -> None:
    """What comes near stands in the message itself: a user of the terminal imports nothing."""
    result = run("upload", video, "--tag", "a", *given, BVUP_ACCESS_KEY="0" * 32)
    assert (result.exit_code, said in result.stderr, "bilibili_api" in result.stderr) == (2, True, False)


def test_the_name_of_a_main_partition_is_answered_with_a_leaf(upload: Run) -> None:
    """A main partition cannot be chosen; the message offers one that can."""
    result = upload("--tid", "生活")
    assert (result.exit_code, "21 (日常)" in result.stderr) == (2, True)


@pytest.mark.parametrize("given", ["{", "[1]", "1", "[" * 100_000])
def test_extra_fields_have_to_be_a_json_object(upload: Run, given: str) -> None:
    """Anything but a JSON object is wrong usage."""
    result = upload("--extra-fields", given)
    assert (result.exit_code, "JSON" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--hires", "1"], """Here that is --extra-fields '{"lossless_music": 1}';"""),
        (["--up-close-reply"], """Here that is --extra-fields '{"up_close_reply": true}';"""),
        (["--mission-id", "7"], "Here that is --mission N."),
        (["--no-reprint=0"], "For 1 give --no-reprint alone; for 0 leave it out"),
        (["--no-reprint", "1"], "'1' is no file, and --no-reprint takes no value. For 1 give"),
    ],
)
def test_a_flag_of_another_uploader_is_answered_with_what_says_the_same(
    upload: Run, flags: list[str], said: str
) -> None:
    """Instead of flags whose names only look alike."""
    result = upload(*flags)
    assert (result.exit_code, said in result.stderr, "Did you mean" in result.stderr) == (2, True, False)


def test_what_is_advised_for_flags_of_other_uploaders_is_taken(upload: Run, bili: SimulatorThread) -> None:
    """All of it in one object."""
    members = {key: value for text in MEMBERS.values() for key, value in json.loads(text).items()}
    result = upload("--extra-fields", json.dumps(members))
    assert result.exit_code == 0, result.output
    assert bili.sim.archives[0].meta.items() >= members.items()


def test_a_missing_cover_is_wrong_usage(upload: Run, tmp_path: Path) -> None:
    """A cover that is not there is found at once."""
    result = upload("--cover", tmp_path / "none.jpg")
    assert (result.exit_code, "none.jpg" in result.stderr) == (2, True)


def test_a_server_without_tls_is_refused(run: Run, video: Path) -> None:
    """Secrets go over https only."""
    result = run("upload", video, "--server", "http://127.0.0.1:1")
    assert (result.exit_code, "https only" in result.stderr) == (2, True)


def test_a_dead_server_is_a_network_failure(run: Run, video: Path) -> None:
    """Nobody listening is exit code 5, with what to check."""
    with SimulatorThread() as gone:
        options = ["--server", gone.sim.url]
    result = run("upload", video, "--tag", "a", "--tid", 21, *options, BVUP_ACCESS_KEY="0" * 32)
    assert result.exit_code == 5
    assert "bvup: Nothing answers at https://127.0.0.1:" in result.stderr
    assert "  to do: Start the simulator" in result.stderr


def test_the_retired_interface_is_a_refusal_that_says_what_else_there_is(run: Run, video: Path) -> None:
    """Code 21590 ends with 4; the advice is one a person at a terminal can follow."""
    with SimulatorThread(era="today") as bili:
        result = run(
            "upload",
            video,
            "--tag",
            "a",
            "--tid",
            21,
            "--submit",
            "client",
            *bili.server,
            BVUP_ACCESS_KEY=bili.access_key,
        )
    assert result.exit_code == 4
    assert "21590" in result.stderr
    assert "  kept:  1 of 1 part reached the server" in result.stderr
    assert "leave it out, so that other interfaces are tried" in result.stderr


def test_a_lost_answer_to_the_submission_is_told_apart(upload: Run, bili: SimulatorThread) -> None:
    """When nobody knows whether the video was submitted, the exit code says just that, and where to look."""
    bili.fault("submit", LostAnswer())
    result = upload()
    assert result.exit_code == 7
    assert "archive manager" in result.stderr
    assert "start()" not in result.stderr


@pytest.mark.parametrize("fault", [Captcha(), PhoneCheck(), Code(86066, "frozen"), Code(-629, "no")])
def test_a_login_that_wants_something_else_ends_with_3(
    upload: Run, bili: SimulatorThread, fault: Captcha | PhoneCheck | Code
) -> None:
    """Captcha, phone check, closed route, wrong password: another login is needed."""
    bili.fault("login", fault, times=None)
    result = upload("--account", "demo", BVUP_PASSWORD="demo password")
    assert result.exit_code == 3
    assert "  to do: " in result.stderr
    assert "VideoUploaderCredential" not in result.stderr


def test_a_wrong_password_ends_with_3(upload: Run) -> None:
    """A refused password is a login that is needed."""
    result = upload("--account", "demo", BVUP_PASSWORD="wrong")
    assert (result.exit_code, "-629" in result.stderr) == (3, True)


def test_a_refused_access_key_ends_with_3(upload: Run, bili: SimulatorThread) -> None:
    """An access key that is no longer valid means logging in again."""
    bili.fault("preupload", ExpiredToken(), times=None)
    assert upload().exit_code == 3


def test_a_limit_of_the_account_is_a_refusal(upload: Run, bili: SimulatorThread) -> None:
    """Bilibili saying "too often" is its refusal, not a failure of the network."""
    bili.fault("submit", Code(137022, "too often"), times=None)
    assert upload().exit_code == 4


def test_a_server_in_trouble_is_a_network_failure(
    upload: Run, bili: SimulatorThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HTTP 5xx that does not pass is exit code 5."""
    monkeypatch.setitem(BACKOFF, Step.PREUPLOAD, Backoff(budget=0))
    bili.fault("preupload", Status(502), times=None)
    assert upload().exit_code == 5


@pytest.mark.parametrize(
    ("options", "told"),
    [([], "what is there is not sent again.\n         To go on: bvup resume 1 --server"),
     (["--no-journal"], "a new run cannot use it and starts from the beginning.\n")],
    ids=["remembered", "not remembered"],
)  # fmt: skip
def test_the_block_says_which_part_reached_the_server(
    upload: Run,
    bili: SimulatorThread,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    told: str,
) -> None:
    """What was stored before an error is told, and honestly whether it can be used."""
    monkeypatch.setitem(BACKOFF, Step.CHUNK, Backoff(budget=0))
    (tmp_path / "second.mp4").write_bytes(b"x" * 30_000)
    bili.fault("chunk", Status(500), times=None, after=30)
    result = upload(tmp_path / "second.mp4", "--chunk-size", "10K", "--limit", 1, *options)
    assert f"  kept:  1 of 2 parts reached the server; {told}" in result.stderr


def test_without_v_there_is_no_traceback(upload: Run, bili: SimulatorThread) -> None:
    """An error is a message, not a traceback."""
    bili.fault("submit", Code(21002, "no"), times=None)
    assert "Traceback" not in upload().output


def test_with_v_there_is_a_traceback(upload: Run, bili: SimulatorThread) -> None:
    """-v shows where an error happened."""
    bili.fault("submit", Code(21002, "no"), times=None)
    result = upload("-v")
    assert (result.exit_code, "Traceback" in result.stderr) == (4, True)


def test_an_unexpected_error_is_told_as_such_and_without_secrets(
    upload: Run, bili: SimulatorThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug ends with 1 and a line, and even its traceback shows no secret."""

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"GET https://example.com/?access_key={bili.access_key}")

    monkeypatch.setattr(attempt, "send", broken)
    result = upload("-v")
    assert result.exit_code == 1
    assert "bvup: unexpected error: RuntimeError" in result.stderr
    assert bili.access_key not in result.output


@pytest.mark.parametrize("step", ["key", "login", "preupload", "chunk", "complete", "submit"])
def test_no_secret_is_ever_shown(upload: Run, bili: SimulatorThread, step: str) -> None:
    """Neither password nor token appears in any output, whatever fails, even with -v."""
    bili.fault(step, Status(400), times=None)
    result = upload("-v", "--account", "demo", BVUP_PASSWORD="demo password")
    assert result.exit_code != 0
    for exchange in bili.sim.exchanges:
        token = exchange.query_value("access_key")
        assert token is None or token not in result.output
    assert "demo password" not in result.output


def test_the_log_of_the_program_is_left_as_it_was(upload: Run) -> None:
    """Showing the library's messages ends with the upload."""
    log = logging.getLogger("bilibili_api")
    before = list(log.handlers), log.level, log.propagate
    upload()
    assert (list(log.handlers), log.level, log.propagate) == before
