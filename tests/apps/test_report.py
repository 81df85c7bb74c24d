"""Errors as exit codes and as advice for the command line."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from babel.messages.pofile import read_po

from bilibili_api.apps.cli.advice import PHRASES, advice, where
from bilibili_api.apps.cli.report import ExitCode, block, exit_code, worst
from bilibili_api.exceptions import (
    ApiException,
    ArchiveChanged,
    ArgsException,
    ConnectionLost,
    InvalidUpload,
    JournalFailed,
    LoginLacks,
    NetworkException,
    Problem,
    ResponseCodeException,
    ResponseException,
    Retry,
    SourceChanged,
    SpoolFailed,
    SubmissionUnknown,
    Unreachable,
    UploadBusy,
    VerificationRequired,
    VideoUploadException,
)
from bilibili_api.language import DOMAIN, LOCALE
from bilibili_api.protocol.codes import RULES, Step, refusal
from bilibili_api.protocol.meta import check_meta
from bilibili_api.saying import Said, say


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ArgsException("a"), ExitCode.INVALID),
        (InvalidUpload((Problem("meta.title", "is missing.", "Give it."),)), ExitCode.INVALID),
        (SourceChanged("s"), ExitCode.INVALID),
        (LoginLacks("w", "cookies"), ExitCode.LOGIN),
        (VerificationRequired("v"), ExitCode.LOGIN),
        (ResponseCodeException(-101, "m", retry=Retry.LOGIN), ExitCode.LOGIN),
        (NetworkException(403, "m", retry=Retry.LOGIN), ExitCode.LOGIN),
        (ResponseCodeException(21590, "m"), ExitCode.REFUSED),
        (ArchiveChanged("c"), ExitCode.REFUSED),
        (NetworkException(406, "m", retry=Retry.LATER), ExitCode.REFUSED),
        (NetworkException(502, "m"), ExitCode.NETWORK),
        (Unreachable("u"), ExitCode.NETWORK),
        (ConnectionLost("c"), ExitCode.NETWORK),
        (SubmissionUnknown("s"), ExitCode.UNKNOWN),
        (UploadBusy("u"), ExitCode.STOPPED),
        (JournalFailed("j"), ExitCode.STOPPED),
        (VideoUploadException("v"), ExitCode.INVALID),
        (SpoolFailed("s"), ExitCode.INVALID),
        (ResponseException("r"), ExitCode.UNEXPECTED),
        (ApiException("a"), ExitCode.UNEXPECTED),
        (RuntimeError("r"), ExitCode.UNEXPECTED),
    ],
)
def test_each_family_of_errors_has_its_exit_code(error: Exception, code: ExitCode) -> None:
    """Scripts can tell the families of errors apart."""
    assert exit_code(error) is code


@pytest.mark.parametrize(
    ("codes", "stands"), [([0, 0], 0), ([0, 6, 5], 5), ([3, 4], 4), ([2, 7, 1], 7), ([6, 0], 6)]
)
def test_the_worst_of_several_uploads_stands_for_all(codes: list[int], stands: int) -> None:
    """What may be published without anybody knowing is the worst; what goes on by itself the least."""
    assert worst(map(ExitCode, codes)) == stands


@pytest.mark.parametrize("code", [-105, -2100, -449, 86066, -629, -626, -625, -628, -662, 86000])
def test_whatever_a_login_is_refused_for_another_login_is_needed(code: int) -> None:
    """Every refusal of a login is exit code 3."""
    assert exit_code(refusal(Step.LOGIN, code, "no", {})) is ExitCode.LOGIN


@pytest.mark.parametrize("code", [code for rule in RULES if Step.SUBMIT in rule.steps for code in rule.codes])
def test_advice_after_a_refused_submission_speaks_of_options(code: int) -> None:
    """No advice names arguments of the library that a person at a terminal does not have."""
    told = "\n".join(block(refusal(Step.SUBMIT, code, "no", {})))
    for theirs in ("`meta`", "VideoUploaderCredential", "start()", "cover_stream"):
        assert theirs not in told


@pytest.mark.parametrize(
    ("hint", "told"),
    [
        (SubmissionUnknown.default_hint, "run: bvup submit JOB --again"),
        (VerificationRequired.default_hint, "scanning a QR code. Run: bvup login"),
        (refusal(Step.PREUPLOAD, -101, "no", {}).hint, "Run: bvup login"),
        (refusal(Step.SUBMIT, 21590, "no", {}).hint, "If --submit is given, leave it out"),
        ("Leave the key out to publish at once.", "Leave --dtime out to publish at once."),
        ("For a simulator name its certificate authority (ca_file, BVUP_CA).", "authority (--ca, BVUP_CA)."),
        ("Shorten `title` in `meta`.", "Shorten --title."),
        ("Choose another `tid`.", "Choose another --tid."),
        ("Look at `nothing` of ours.", "Look at `nothing` of ours."),
    ],
)
def test_advice_of_the_library_is_put_in_terms_of_options(hint: str, told: str) -> None:
    """What a programmer is told becomes what a person at a terminal can do."""
    assert told in advice(hint)
    assert "start()" not in advice(hint)


def test_only_commands_that_send_are_advised_on_lines_and_interfaces() -> None:
    """`bvup list` has no --line that could be left out."""
    hint = LoginLacks("The list", "cookies").hint
    assert "--line" in advice(hint)
    assert advice(hint, sends=False) == "Run: bvup login, whose TV QR code gives both."


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("meta.title", "--title"),
        ("threads", "--limit"),
        ("line", "--line"),
        ("interface", "--submit"),
        ("cover_stream", "--cover"),
        ("pages[0]", "part 1"),
        ("pages[11].title", "part 12 (--part-title)"),
        ("extra.videos", "--extra-fields videos"),
        ("pages", "pages"),
    ],
)
def test_problems_are_placed_on_the_command_line(field: str, told: str) -> None:
    """Each problem names the option that mends it."""
    assert where(field) == told


def test_the_fix_of_a_problem_is_put_in_terms_of_options() -> None:
    """What mends it is something a person at a terminal can do."""
    problem = Problem(
        "pages[0]", "'/dev/stdin' is not a regular file.", "Open it and pass the stream instead."
    )
    assert block(InvalidUpload((problem,)), 200)[1].endswith(
        "is not a regular file. Copy it into a file first, or pipe it into: bvup upload - --name NAME"
    )


def test_a_block_says_what_failed_what_was_kept_and_what_to_do() -> None:
    """The three lines come in this order, wrapped under their labels."""
    error = ApiException("It failed.", hint="Do this and that.").keeping("one part")
    assert block(error, 40) == ["bvup: It failed.", "  kept:  one part", "  to do: Do this and that."]


def test_messages_of_the_server_cannot_steer_the_terminal() -> None:
    """Escape sequences in what the server says are shown, not obeyed."""
    assert "\x1b" not in "".join(block(ResponseCodeException(1, "a\x1b[2Jb")))


def test_long_messages_wrap_at_the_width() -> None:
    """Nothing but an unbreakable word is longer than the terminal is wide."""
    lines = block(ApiException("word " * 40, hint="advice " * 40), 50)
    assert max(map(len, lines)) <= 50
    assert len(lines) > 8


def test_each_phrase_is_one_of_the_library() -> None:
    """What the library has come to say otherwise would reach a person in the terms of programmers."""
    messages = read_po(BytesIO((LOCALE / "zh" / "LC_MESSAGES" / f"{DOMAIN}.po").read_bytes()), locale="zh")
    said = [one.id for one in messages if isinstance(one.id, str)]
    assert [theirs for theirs, _ in PHRASES if not any(theirs in text for text in said)] == []


@pytest.fixture
def in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bilibili_api.apps.cli.language._now", "zh")


def test_advice_in_terms_of_options_can_still_be_translated() -> None:
    """The template is rewritten, within other sentences as well, and what stands in it stays as it is."""
    hint = say(
        "{advice} `pc` is the PC line.", advice=say("Give the file {path}; or `title`.", path="`desc`")
    )
    told = advice(hint)
    assert told == "Give the file `desc`; or --title. `pc` is the PC line."
    assert isinstance(told, Said)
    assert told.template == "{advice} `pc` is the PC line."
    assert isinstance(inner := told.parts["advice"], Said)
    assert inner.template == "Give the file {path}; or --title."


@pytest.mark.usefixtures("in_chinese")
def test_an_error_is_told_in_chinese() -> None:
    """What failed, what was kept and what to do, in a column each with what stands before it."""
    error = refusal(Step.SUBMIT, 21021, "no", {}).keeping(say("nothing; nothing was stored yet."))
    assert block(error) == [
        "bvup: 哔哩哔哩返回代码 21021：转载没有来源（步骤：投稿；服务器的说明：no）。",
        "  保留：无；还没有存储任何内容。",
        "  处理：请给出 --source。",
    ]


@pytest.mark.usefixtures("in_chinese")
def test_problems_are_told_in_chinese() -> None:
    """Sentences follow one another without a space."""
    problem = Problem("meta.title", say("is missing."), say("Shorten `title` in `meta`."))
    assert block(InvalidUpload((problem,))) == [
        "bvup: 有 1 个问题；没有上传任何内容",
        "  - --title：缺失。请缩短 --title。",
    ]


@pytest.mark.parametrize(
    ("meta", "says"),
    [
        ({"desc": "x" * 3000}, "put it into --extra-fields '{\"desc\": ...}'"),
        ({"titel": "x"}, "put it into --extra-fields"),
        ({"tid": 145}, "--extra-fields '{\"tid\": 145}' instead of --tid"),
    ],
)
def test_what_may_be_sent_all_the_same_is_said_in_flags(meta: dict[str, Any], says: str) -> None:
    """`extra={...}` is Python's."""
    found = [advice(problem.fix) for problem in check_meta({"title": "t", "tag": "t", **meta}, now=None)]
    assert any(says in one for one in found), found
    assert not any("extra={" in one for one in found)
