"""Requests, answers, and how answers are read (protocol document, sections 1.1, 3.1 and 8.1)."""

from __future__ import annotations

import json

import pytest
from tests.protocol.answers import answer

from bilibili_api.exceptions import NetworkException, ResponseCodeException, ResponseException, Retry
from bilibili_api.protocol.bodies import Framed, Stretch, multipart
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.wire import (
    Envelope,
    Request,
    Response,
    message_of,
    open_envelope,
    percent_encode,
    plain,
    serialise,
)


class Zeros:
    """A source of nothing else."""

    def read_into(self, offset: int, room: memoryview) -> None:
        room[:] = bytes(len(room))

    def read_now(self, offset: int, room: memoryview) -> int:
        return 0


def test_only_unreserved_characters_stay_as_they_are():
    """Everything else is escaped, `/` and space included (section 1.1)."""
    assert percent_encode("aZ0-._~") == "aZ0-._~"
    assert percent_encode("a/b c+d&e=视") == "a%2Fb%20c%2Bd%26e%3D%E8%A7%86"


def test_pairs_are_serialised_in_the_order_given():
    """Sorting is the business of who signs."""
    assert serialise((("b", "1"), ("a", "x y"))) == "b=1&a=x%20y"
    assert serialise({"b": "1", "a": "x y"}) == "b=1&a=x%20y"


def test_a_request_shows_step_and_method_only():
    """URL, header fields and body may hold secrets."""
    request = Request(Step.COVER, "POST", "https://host/p?access_key=KEY", {"Cookie": "KEY"}, b"KEY")
    assert repr(request) == "Request(step=<Step.COVER: 'cover'>, method='POST')"


def test_the_place_of_a_request_is_safe_to_show():
    """Host and path, without the query."""
    request = Request(Step.COVER, "POST", "https://host:8443/a/b?access_key=KEY")
    assert (request.host, request.place) == ("host", "host/a/b")


def test_an_answer_shows_its_status_only():
    """Header fields and body may hold secrets."""
    assert repr(Response(200, {"set-cookie": "KEY"}, b"KEY")) == "Response(status=200)"


def test_a_framed_body_shows_nothing():
    """Neither frame nor content."""
    assert repr(Framed(b"KEY", memoryview(b"KEY"), b"KEY")) == "Framed()"


def test_a_stretch_tells_where_it_lies_and_not_of_what():
    """Its source may be named after a person; its length is that of the body."""
    stretch = Stretch(Zeros(), 8, 18)
    assert (repr(stretch), len(stretch)) == ("Stretch(start=8, end=18)", 10)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ('a"b', "a%22b"),
        ("a\\b", "a_b"),
        ("a\r\nX: y", "a%0D%0AX: y"),
        ("第1集.mp4", "第1集.mp4"),
        ("caf\udce9", "caf?"),
    ],
)
def test_a_file_name_cannot_break_the_frame(name: str, shown: str):
    """Quotes, backslashes and line ends are replaced; the rest is UTF-8."""
    _, body = multipart({}, name, "text/plain", memoryview(b""), "mark")
    assert f'; filename="{shown}"\r\n'.encode() in body.head


@pytest.mark.parametrize(("envelope", "good"), [(Envelope.CODE, {"code": 0}), (Envelope.OK, {"OK": 1})])
@pytest.mark.parametrize("status", [200, 201, 299])
def test_success_is_given_back_whole(envelope: Envelope, good: dict[str, object], status: int):
    """`code` 0 or `OK` 1, with a status that says success."""
    body = {**good, "data": {"a": [1]}}
    assert open_envelope(answer(body, status), Step.COVER, envelope) == body


def test_a_status_of_failure_outweighs_a_body_of_success():
    """The status is looked at first (section 8.1)."""
    with pytest.raises(NetworkException) as caught:
        open_envelope(answer({"OK": 1}, 500), Step.CHUNK, Envelope.OK)
    assert caught.value.status == 500


def test_a_known_code_says_more_than_its_status():
    """HTTP 406 with code 601 is the limit of preupload."""
    with pytest.raises(ResponseCodeException) as caught:
        open_envelope(answer({"code": 601, "message": "上传过快"}, 406), Step.PREUPLOAD, Envelope.OK)
    assert (caught.value.code, caught.value.retry) == (601, Retry.LATER)


def test_an_unknown_code_says_less_than_its_status():
    """HTTP 503 may be repeated whatever number its body has; the message is kept."""
    with pytest.raises(NetworkException, match="busy") as caught:
        open_envelope(answer({"code": 777, "message": "busy"}, 503), Step.SUBMIT, Envelope.CODE)
    assert (caught.value.status, caught.value.retry) == (503, Retry.SAME)


def test_at_the_upload_host_the_status_says_more_than_any_code():
    """403 there means that the target is dead."""
    with pytest.raises(NetworkException) as caught:
        open_envelope(answer({"code": -403, "message": "no"}, 403), Step.CHUNK, Envelope.OK)
    assert caught.value.retry is Retry.NEW_TICKET


@pytest.mark.parametrize("code", [True, "0", 0.5, None, [0], float("nan")])
@pytest.mark.parametrize("step", [Step.SUBMIT, Step.CHUNK])
def test_a_code_that_is_no_whole_number_says_nothing(step: Step, code: object):
    """Neither success nor an error code: an unexpected answer."""
    with pytest.raises(ResponseException, match="neither success nor an error code"):
        open_envelope(answer({"code": code}), step, Envelope.CODE)


@pytest.mark.parametrize("body", [b"", b"<html>blocked</html>", b"[1]", b"null", b'{"OK":1', b"\xff\xfe\xfa"])
@pytest.mark.parametrize(
    ("step", "retry"), [(Step.CHUNK, Retry.SAME), (Step.COMPLETE, Retry.SAME), (Step.SUBMIT, Retry.NO)]
)
def test_what_is_not_a_json_object_is_unexpected(step: Step, retry: Retry, body: bytes):
    """At the upload host the same request may help; a submission is not repeated."""
    with pytest.raises(ResponseException, match=f"answer to {step.value} is not a JSON object") as caught:
        open_envelope(Response(200, {}, body), step, Envelope.OK)
    assert caught.value.retry is retry


def test_an_unexpected_answer_shows_how_it_begins():
    """Enough to recognise a sign-in page, on one line."""
    with pytest.raises(ResponseException, match="begins '<html> <title>Sign in"):
        open_envelope(Response(200, {}, b"<html>\n<title>Sign in" + b"x" * 500), Step.KEY, Envelope.CODE)


def test_a_block_page_is_told_by_its_status():
    """Bodies may be HTML or empty (section 8.1)."""
    with pytest.raises(NetworkException) as caught:
        open_envelope(Response(412, {}, b"<!DOCTYPE html>"), Step.PREUPLOAD, Envelope.OK)
    assert (caught.value.status, caught.value.retry) == (412, Retry.LATER)


@pytest.mark.parametrize("depth", [60, 900, 100_000])
def test_a_deeply_nested_answer_is_unexpected(depth: int):
    """It breaks neither the parser nor the masking of secrets."""
    body = b'{"OK":0,"info":' + b"[" * depth + b"]" * depth + b"}"
    with pytest.raises(ResponseException, match="sensible depth"):
        open_envelope(Response(200, {}, body), Step.PREUPLOAD, Envelope.OK)


@pytest.mark.parametrize("member", ["info", "message", "error"])
def test_an_answer_may_explain_itself_under_three_names(member: str):
    """Completion says `info`, others `message` or `error` (section 3.3)."""
    assert message_of({"OK": 0, member: "why"}) == "why"


def test_an_explanation_of_another_type_or_without_content_is_passed_over():
    """The next name is asked."""
    assert message_of({"info": {"a": 1}, "message": " \x00 ", "error": "why"}) == "why"
    assert message_of({"info": None}) == ""


def test_text_from_outside_becomes_one_printable_line():
    """Terminal codes, line ends, halves of surrogate pairs and endless length stay out of messages."""
    assert plain("a\r\n b\x1b[2J\ud800\u202ec 视频") == "a b[2Jc 视频"
    assert len(plain("x" * 10_000)) == 300


def test_text_from_outside_loses_its_secrets():
    """Also when they are hidden between characters that do not print, or in JSON quoted within JSON."""
    assert "KEY" not in plain("see https://host/p?token=KEY and access_key=KEY and acc\x00ess_key: KEY")
    assert "KEY" not in plain(r"{\"access_token\": \"KEY\", \"u\": \"https:\/\/host\/p?token=KEY\"}")


def test_repeated_members_count_once():
    """The last one holds, as in every JSON reader."""
    assert open_envelope(Response(200, {}, b'{"OK":0,"OK":1}'), Step.CHUNK, Envelope.OK) == {"OK": 1}


def test_json_is_read_in_any_unicode_encoding():
    """Whatever the content type says."""
    body = json.dumps({"OK": 1}).encode("utf-16")
    assert open_envelope(Response(200, {}, body), Step.CHUNK, Envelope.OK) == {"OK": 1}
