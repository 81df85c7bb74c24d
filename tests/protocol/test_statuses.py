"""What HTTP statuses mean and what helps (protocol document, section 8.2)."""

from __future__ import annotations

import pytest

from bilibili_api.exceptions import Retry
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.statuses import status_error

ALL = tuple(Step)
STORAGE = (Step.INIT, Step.CHUNK, Step.COMPLETE)
ELSEWHERE = tuple(step for step in Step if step not in {Step.PREUPLOAD, Step.SUBMIT, *STORAGE})

STATUSES = [
    (ALL, (408,), "TOO_SLOW", Retry.SAME),
    (ALL, (429,), "RATE_LIMITED", Retry.SAME),
    (ALL, (500, 502, 503, 504, 599), "SERVER_TROUBLE", Retry.SAME),
    (ALL, (412,), "ADDRESS_BLOCKED", Retry.LATER),
    (ALL, (300, 301, 302, 307, 308, 399), "REDIRECTED", Retry.NO),
    (ALL, (400, 401, 405, 413, 418, 600, 999), "HTTP_STATUS", Retry.NO),
    ((Step.PREUPLOAD,), (403,), "NOT_LOGGED_IN", Retry.LOGIN),
    ((Step.PREUPLOAD,), (406,), "RATE_LIMITED", Retry.LATER),
    ((Step.PREUPLOAD,), (404,), "HTTP_STATUS", Retry.NO),
    (STORAGE, (403,), "TICKET_REFUSED", Retry.NEW_TICKET),
    ((Step.CHUNK, Step.COMPLETE), (404,), "TICKET_REFUSED", Retry.NEW_TICKET),
    ((Step.INIT,), (404,), "HTTP_STATUS", Retry.NO),
    ((Step.SUBMIT,), (404,), "INTERFACE_RETIRED", Retry.OTHER_INTERFACE),
    ((Step.SUBMIT,), (403, 406), "HTTP_STATUS", Retry.NO),
    (ELSEWHERE, (403, 404, 406), "HTTP_STATUS", Retry.NO),
]


@pytest.mark.parametrize(
    ("step", "status", "kind", "retry"),
    [
        (step, status, kind, retry)
        for steps, statuses, kind, retry in STATUSES
        for step in steps
        for status in statuses
    ],
)
def test_each_status_means_what_the_document_says(step: Step, status: int, kind: str, retry: Retry):
    """Kind and what helps, at every step; the message names step and status."""
    error = status_error(step, status, "", {})
    assert (error.status, error.kind, error.retry) == (status, kind, retry)
    assert str(error).startswith(f"HTTP {status} at {step.value}")
    assert error.hint.endswith(".")


def test_a_status_error_repeats_the_servers_words():
    """After status and step."""
    assert str(status_error(Step.CHUNK, 408, "No file in body.", {})) == "HTTP 408 at chunk: No file in body."


@pytest.mark.parametrize("step", STORAGE)
def test_a_ticket_of_more_than_five_days_is_told_by_a_header(step: Step):
    """What the header says besides is not shown: it has the ticket in it (section 4.6)."""
    said = "AUTH_TS_GT_5DAY AUTH=ak=1&sign=SIGN Now=1700449893 DURATION=449893"
    error = status_error(step, 403, "", {"x-upos-auth": said})
    assert (error.status, error.kind, error.retry) == (403, "TICKET_EXPIRED", Retry.NEW_TICKET)
    assert "older than five days" in str(error)
    assert "SIGN" not in str(error) + error.hint + repr(vars(error))


@pytest.mark.parametrize(
    ("step", "status", "said"),
    [
        (Step.CHUNK, 403, "AUTH_SIGN_ERR"),
        (Step.CHUNK, 403, ""),
        (Step.CHUNK, 500, "AUTH_TS_GT_5DAY"),
        (Step.PREUPLOAD, 403, "AUTH_TS_GT_5DAY"),
    ],
)
def test_no_other_answer_speaks_of_the_age_of_a_ticket(step: Step, status: int, said: str):
    """Only HTTP 403 of the storage with that header (section 8.2)."""
    assert status_error(step, status, "", {"x-upos-auth": said}).kind != "TICKET_EXPIRED"


def test_a_redirect_is_refused_and_says_so():
    """It could lead anywhere with a signed request."""
    assert status_error(Step.COVER, 302, "", {}).msg == "HTTP 302 at cover: redirect refused"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 120 ", 120.0),
        ("0", 0.0),
        ("86400", 86400.0),
        ("86401", None),
        ("9" * 5000, None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("٣", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_seconds(status: int, text: str, seconds: float | None):
    """What is not a sensible number of seconds is ignored."""
    assert status_error(Step.CHUNK, status, "", {"retry-after": text}).retry_after == seconds


def test_retry_after_means_nothing_with_other_statuses():
    """Only 429 and 503 carry it."""
    assert status_error(Step.CHUNK, 500, "", {"retry-after": "7"}).retry_after is None
