"""What refusals mean and what helps (protocol document, section 8.2)."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from bilibili_api.exceptions import ResponseCodeException, Retry
from bilibili_api.protocol.codes import RULES, Step, is_known, not_ok, refusal, rule_for

ALL = tuple(Step)
LOGIN = (Step.KEY, Step.LOGIN)
POSTS = (Step.COVER, Step.SUBMIT, Step.EDIT, Step.SEASON, Step.SUBTITLE)
ASKING = (Step.MISSIONS, Step.TAGS, Step.TOPICS, Step.FORM, Step.ARCHIVES)
MEMBER = (Step.PREUPLOAD, *POSTS, *ASKING)
TOKEN = (Step.PREUPLOAD, *POSTS, Step.ARCHIVES)
SUBMIT = (Step.SUBMIT,)
WRITTEN = (Step.SUBMIT, Step.EDIT)
NOT_SUBMIT = tuple(step for step in Step if step is not Step.SUBMIT)
SMS = (Step.SMS,)
TEXTED = (Step.SMS, Step.VERIFY)
HELD = (Step.INFO, Step.RENEW)
SIGNED = (*LOGIN, *SMS, Step.QR, *HELD)
STORAGE = (Step.INIT, Step.CHUNK, Step.COMPLETE)

TABLE = [
    # where, codes, kind, what helps
    (ALL, (-799, -509), "RATE_LIMITED", Retry.LATER),
    (ALL, (-503,), "SERVER_TROUBLE", Retry.SAME),
    (NOT_SUBMIT, (-504, -500, -8888), "SERVER_TROUBLE", Retry.SAME),
    (SUBMIT, (-504, -500, -8888), "SERVER_TROUBLE", Retry.HUMAN),
    (ALL, (-412,), "ADDRESS_BLOCKED", Retry.LATER),
    (ALL, (-352,), "RISK_CONTROL", Retry.HUMAN),
    (ALL, (-102,), "ACCOUNT_BANNED", Retry.NO),
    (ALL, (-112,), "UPGRADING", Retry.LATER),
    (ALL, (-400,), "BAD_REQUEST", Retry.NO),
    (ALL, (-403,), "NO_RIGHT", Retry.NO),
    (ALL, (-688, -689), "REGION", Retry.NO),
    (SIGNED + POSTS, (-1,), "APP_BANNED", Retry.NO),
    (SIGNED, (-2,), "BAD_KEY", Retry.NO),
    (POSTS, (-2,), "BAD_KEY", Retry.LOGIN),
    (SIGNED + POSTS, (-3,), "BAD_SIGN", Retry.NO),
    (SIGNED + POSTS, (-4,), "NO_PERMISSION", Retry.NO),
    ((*MEMBER, *HELD, Step.LOGOUT), (-101,), "NOT_LOGGED_IN", Retry.LOGIN),
    (TOKEN + HELD, (-658,), "TOKEN_EXPIRED", Retry.LOGIN),
    (TOKEN + HELD, (-663,), "TOKEN_REFUSED", Retry.LOGIN),
    ((*POSTS, *HELD, Step.LOGOUT, Step.QR), (-111,), "CSRF", Retry.LOGIN),
    (LOGIN + TEXTED, (-105,), "CAPTCHA", Retry.HUMAN),
    (LOGIN + SMS, (-2100,), "VERIFY_PHONE", Retry.HUMAN),
    (LOGIN + SMS, (-449,), "LOGIN_REFUSED", Retry.NO),
    (LOGIN, (86066,), "LOGIN_RETIRED", Retry.NO),
    (LOGIN, (-629, -628), "WRONG_PASSWORD", Retry.NO),
    (LOGIN, (-626,), "NO_SUCH_ACCOUNT", Retry.NO),
    (LOGIN, (-625,), "LOGIN_LOCKED", Retry.NO),
    (LOGIN, (-662,), "KEY_EXPIRED", Retry.LOGIN),
    (LOGIN, (86000, 2400, 2406, -2001), "LOGIN_FAILED", Retry.LOGIN),
    ((Step.QR,), (-404,), "NO_SUCH_CODE", Retry.NO),
    ((Step.QR,), (86038,), "QR_EXPIRED", Retry.LOGIN),
    ((Step.QR,), (-101,), "NOT_LOGGED_IN", Retry.NO),
    (TEXTED, (1002,), "BAD_PHONE", Retry.NO),
    (TEXTED, (1003,), "SMS_TOO_SOON", Retry.LATER),
    (TEXTED, (1006,), "WRONG_CODE", Retry.HUMAN),
    (TEXTED, (1007,), "CODE_EXPIRED", Retry.HUMAN),
    (TEXTED, (1025,), "PHONE_BANNED", Retry.NO),
    (TEXTED, (86203,), "SMS_LIMIT", Retry.LATER),
    ((Step.RENEW,), (86095,), "RENEWAL_REFUSED", Retry.LOGIN),
    ((Step.LOGOUT,), (2202,), "CSRF", Retry.LOGIN),
    ((Step.PREUPLOAD,), (406, 601), "RATE_LIMITED", Retry.LATER),
    ((Step.INIT,), (403,), "TICKET_REFUSED", Retry.NEW_TICKET),
    ((Step.PREUPLOAD, *STORAGE, Step.COVER), (-616,), "FILE_MISSING", Retry.NO),
    ((Step.PREUPLOAD, *STORAGE, Step.COVER), (-617,), "FILE_TOO_LARGE", Retry.NO),
    ((Step.TAGS,), (16025,), "BAD_TAG", Retry.NO),
    ((Step.ARCHIVES,), (-404,), "NO_SUCH_ARCHIVE", Retry.NO),
    ((Step.SEASON,), (-404,), "NO_SUCH_SEASON", Retry.NO),
    ((Step.EDIT,), (-404,), "NO_SUCH_ARCHIVE", Retry.NO),
    ((Step.EDIT,), (21160,), "DESC_TOO_LONG", Retry.NO),
    ((Step.EDIT,), (21150,), "INTERFACE_RETIRED", Retry.OTHER_INTERFACE),
    (WRITTEN, (21070, 21186), "TOO_FAST", Retry.SAME),
    (SUBMIT, (20001,), "SERVER_TROUBLE", Retry.SAME),
    (SUBMIT, (137022,), "RATE_LIMITED", Retry.LATER),
    (SUBMIT, (21564,), "RATE_LIMITED", Retry.OTHER_INTERFACE),
    (SUBMIT, (21590, 21150, -2100), "INTERFACE_RETIRED", Retry.OTHER_INTERFACE),
    (WRITTEN, (21111,), "UPGRADING", Retry.OTHER_INTERFACE),
    (WRITTEN, (21138,), "INTERFACE_REFUSED", Retry.OTHER_INTERFACE),
    (WRITTEN, (21566, 601), "CAPTCHA", Retry.HUMAN),
    (WRITTEN, (-106, -110, -108, -113, -114, -115, -650), "ACCOUNT_INCOMPLETE", Retry.HUMAN),
    (WRITTEN, (21001,), "BAD_META", Retry.NO),
    (WRITTEN, (21002,), "BAD_TID", Retry.NO),
    (WRITTEN, (21005,), "BAD_TAGS", Retry.SAME),
    (WRITTEN, (21008,), "BAD_COVER", Retry.NO),
    (WRITTEN, (21011,), "NO_PARTS", Retry.NO),
    (WRITTEN, (21015,), "BAD_PART", Retry.NO),
    (WRITTEN, (21021,), "NO_SOURCE", Retry.NO),
    (WRITTEN, (21052,), "DESC_TOO_LONG", Retry.OTHER_INTERFACE),
    (WRITTEN, (21058,), "TOO_MANY_PARTS", Retry.NO),
    (WRITTEN, (21103,), "TITLE_TOO_LONG", Retry.NO),
    (WRITTEN, (21104,), "PART_TITLE_TOO_LONG", Retry.NO),
]
CASES = [
    (step, code, kind, retry)
    for steps, codes, kind, retry in TABLE
    for step in steps
    for code in codes
]  # fmt: skip


@pytest.mark.parametrize(("step", "code", "kind", "retry"), CASES)
def test_each_code_means_what_the_document_says(step: Step, code: int, kind: str, retry: Retry):
    """Kind and what helps, for every row of section 8.2 at every step where it can occur."""
    error = refusal(step, code, "不行", {"code": code, "message": "不行"})
    assert (error.code, error.kind, error.retry) == (code, kind, retry)
    assert is_known(step, code)


def test_no_row_is_untested():
    """The table above has every step and code that the library knows, and no other."""
    known = {(step, code) for rule in RULES for step in rule.steps for code in rule.codes}
    assert known == {(step, code) for step, code, _, _ in CASES}


NEVER = {
    0: "is no refusal",
    -304: "answers an edit, and is success (test_archive_edit.py)",
    340022: "answers a deletion",
    86039: "is a state of a QR code (test_passport.py)",
    86090: "is a state of a QR code (test_passport.py)",
    86101: "is a state of a QR code (test_passport.py)",
    100000: "answers the solution of a voucher, which is left to the site",
    100003: "answers the solution of a voucher, which is left to the site",
    21012: "has never been seen",
    10010: "has never been seen",
}
"""Codes of section 8.2 that no step here is answered with, and why."""


def test_every_code_of_the_document_is_in_the_table():
    """Read out of section 8.2; what is missing here has a reason. Statuses have a table of their own."""
    document = Path(__file__).parents[2].joinpath("docs", "protocol.md").read_text("utf-8")
    section = document.partition("### 8.2")[2].partition("### 8.3")[0]
    named = [line.split("|")[1] for line in section.splitlines() if re.match(r"\| (-?\d|HTTP)", line)]
    bare = [re.sub(r"\(.*?\)|HTTP \S+|[A-Z_]+\S*", "", one) for one in named]
    codes = {int(number) for one in bare for number in re.findall(r"-?\d+", one)}
    assert len(codes) > 80
    assert codes - {code for rule in RULES for code in rule.codes} == NEVER.keys()


def test_no_code_has_two_rows_at_one_step():
    """Which row holds never depends on their order."""
    places = Counter((step, code) for rule in RULES for step in rule.steps for code in rule.codes)
    assert [place for place, count in places.items() if count > 1] == []


def test_every_row_says_what_to_do():
    """Kinds are stable names, meanings are clauses, hints are sentences."""
    for rule in RULES:
        assert re.fullmatch(r"[A-Z]+(_[A-Z]+)*", rule.kind)
        assert rule.meaning
        assert not rule.meaning.endswith(".")
        assert rule.hint.endswith(".")


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("code", [21012, 10010, 99999, -99999])
def test_an_unknown_code_is_never_retried(step: Step, code: int):
    """Code and message are shown, nothing is repeated."""
    error = refusal(step, code, "谁知道", {"code": code, "message": "谁知道"})
    assert (error.kind, error.retry, rule_for(step, code).attempts) == ("REFUSED", Retry.NO, 0)
    assert str(code) in str(error)
    assert "谁知道" in str(error)
    assert not is_known(step, code)


@pytest.mark.parametrize(
    ("step", "code", "waits"),
    [
        (Step.SUBMIT, 21070, [30, 30, 30, 30, 30]),
        (Step.SUBMIT, 21186, [30, 30, 30, 30, 30]),
        (Step.SUBMIT, 20001, [5, 10, 15, 20, 25]),
        (Step.SUBMIT, 21005, [5]),
        (Step.PREUPLOAD, 601, [600, 1200, 1800, 2400, 3000, 3600]),
        (Step.PREUPLOAD, 406, [600, 1200, 1800, 2400, 3000, 3600]),
        (Step.INIT, 403, [0.2, 0.4, 0.6, 0.8, 1.0]),
        (Step.COVER, -509, [60, 120, 180, 240, 300]),
        (Step.SUBMIT, -112, []),
        (Step.SUBMIT, 137022, []),
        (Step.SUBMIT, 21564, []),
        (Step.SUBMIT, 21111, []),
        (Step.SUBMIT, -504, []),
        (Step.PREUPLOAD, -412, []),
    ],
)
def test_the_document_says_how_long_to_wait_and_how_often(step: Step, code: int, waits: list[float]):
    """Seconds before each repetition; none where hours would pass or a repetition could do harm."""
    rule = rule_for(step, code)
    assert rule.attempts is not None
    assert [rule.wait_before(repetition) for repetition in range(1, rule.attempts + 1)] == pytest.approx(
        waits
    )


@pytest.mark.parametrize(
    ("step", "code"), [(Step.SUBMIT, -503), (Step.CHUNK, -500), (Step.COVER, -101), (Step.SUBMIT, 21590)]
)
def test_elsewhere_the_policy_decides(step: Step, code: int):
    """The table prescribes neither a wait nor a number."""
    rule = rule_for(step, code)
    assert (rule.wait, rule.attempts) == (None, None)


@pytest.mark.parametrize("code", [-112, 137022, 21564, -412])
def test_waits_of_hours_are_told_though_not_waited(code: int):
    """At least half an hour."""
    assert (rule_for(Step.SUBMIT, code).wait or 0) >= 1800


@pytest.mark.parametrize("code", [-105, -449, 86066, -2100])
def test_a_closed_login_points_to_the_ways_that_are_open(code: int):
    """The app, or a token from a QR code."""
    hint = refusal(Step.LOGIN, code, "", {"code": code}).hint
    assert "QR code" in hint
    assert "access_key" in hint


def test_a_refusal_is_a_sentence_with_the_servers_words():
    """Code, meaning, step and message."""
    error = refusal(Step.SUBMIT, 21590, "投稿工具已下线", {"code": 21590})
    assert str(error).startswith(
        "Bilibili answered with code 21590: the PC submission tool has been retired (in July 2025) "
        "(at submit; the server says: 投稿工具已下线)"
    )


def test_a_refusal_without_a_message_shows_the_answer():
    """Its secrets are masked, there and in `raw`."""
    error = refusal(Step.COVER, 5, "", {"code": 5, "data": {"access_token": "TOKEN", "why": "x"}})
    assert '"why": "x"' in str(error)
    assert error.raw == {"code": 5, "data": {"access_token": "***", "why": "x"}}
    assert "TOKEN" not in str(error)


@pytest.mark.parametrize(
    ("state", "code"), [(0, 0), (-1, -1), (5, 5), (True, -1), ("0", -1), (None, -1), (1.5, -1)]
)
def test_ok_other_than_1_stands_in_for_the_code(state: object, code: int):
    """If it is a whole number, else -1."""
    assert not_ok(Step.CHUNK, "no", {"OK": state}).code == code


@pytest.mark.parametrize(
    ("step", "retry", "hint"),
    [
        (Step.INIT, Retry.SAME, "not sent twice"),
        (Step.CHUNK, Retry.SAME, "not sent twice"),
        (Step.COMPLETE, Retry.SAME, "not sent twice"),
        (Step.PREUPLOAD, Retry.NO, "Log in again"),
        (Step.PROBE, Retry.NO, "Name a line"),
    ],
)
def test_storing_may_be_repeated_and_a_refused_preupload_not(step: Step, retry: Retry, hint: str):
    """After `OK` other than 1 (sections 3.1 to 3.3, 4.1 to 4.5)."""
    error = not_ok(step, "no", {"OK": 0, "info": "no"})
    assert isinstance(error, ResponseCodeException)
    assert (error.kind, error.retry) == ("NOT_OK", retry)
    assert hint in error.hint
