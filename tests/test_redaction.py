"""Secrets do not get into anything that is read or kept."""

from __future__ import annotations

import copy
import io
import json
import logging
import pickle
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilibili_api.redaction import MASK, SENSITIVE_KEYS, RedactingFilter, Secret, scrub, scrub_text

if TYPE_CHECKING:
    from collections.abc import Iterator

Log = tuple[logging.Logger, io.StringIO]

HIDDEN = "qj7Xw0"
"""Stands for a secret in the tests: must be gone."""


class TestSecret:
    def test_it_is_shown_on_purpose_only(self) -> None:
        """`reveal` gives the value; text, repr and formatting give a mask."""
        secret = Secret(HIDDEN)
        assert secret.reveal() == HIDDEN
        for shown in (
            str(secret),
            repr(secret),
            f"{secret}",
            f"{secret!r:>20}",
            f"{secret:>10}",
            f"{[secret]}",
        ):
            assert HIDDEN not in shown
            assert MASK in shown

    def test_it_is_not_pickled(self) -> None:
        """It cannot slip into a file or another process."""
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(Secret(HIDDEN))

    def test_it_is_not_in_a_copy_of_attributes(self) -> None:
        """There is no `__dict__` that a debugger or serialiser would walk."""
        assert not hasattr(Secret(HIDDEN), "__dict__")

    def test_equal_secrets_are_equal(self) -> None:
        """Secrets compare and hash by value, and never equal plain text."""
        assert Secret("a") == Secret("a")
        assert Secret("a") != Secret("b")
        assert Secret("a") != "a"
        assert len({Secret("a"), Secret("a"), Secret("b")}) == 2

    def test_an_empty_one_is_false(self) -> None:
        """`if secret` asks whether there is one."""
        assert Secret("a")
        assert not Secret("")


class TestText:
    @pytest.mark.parametrize("key", sorted(SENSITIVE_KEYS))
    @pytest.mark.parametrize(
        "shape",
        [
            "{key}={value}&ts=1",
            "POST /x?ts=1&{key}={value}",
            "{key}: {value}",
            '{{"{key}": "{value}", "n": 1}}',
            '{{"{key}":"{value}"}}',
            "{{'{key}': '{value}'}}",
            "{{'{key}': b'{value}'}}",
            "('{key}', '{value}')",
            '[["{key}", "{value}"]]',
            '"{{\\"{key}\\": \\"{value}\\"}}"',
            "%26{key}%3D{value}",
            'name="{key}"\r\n\r\n{value}\r\n--end',
            'name="{key}"\\r\\n\\r\\n{value}\\r\\n--end',
            '{{"name":"{key}","value":"{value}","http_only":1}}',
        ],
    )
    def test_a_sensitive_value_is_masked_however_it_is_written(self, key: str, shape: str) -> None:
        """Queries, headers, JSON, reprs, nested JSON, forms, cookies: the value is gone, the name stays."""
        for written in (key, key.upper()):
            masked = scrub_text(shape.format(key=written, value=HIDDEN))
            assert HIDDEN not in masked
            assert written in masked
            assert MASK in masked

    @pytest.mark.parametrize(
        "text",
        [
            f'"password": "two words, {HIDDEN}"',
            f'"password": "a \\" quote and {HIDDEN}"',
            f"'password': 'it\\'s {HIDDEN}'",
            f'"password": "cut off {HIDDEN}',
            f"Cookie: buvid3=x; SESSDATA=a; other={HIDDEN}",
            f"Authorization: Bearer {HIDDEN}",
            f"Proxy-Authorization: Basic {HIDDEN}",
            f"Set-Cookie: SESSDATA={HIDDEN}; Path=/; HttpOnly",
            f"X-Upos-Auth: ak=1&cdn={HIDDEN}",
            f"https://user:{HIDDEN}@proxy.example:8080/",
            f"http://{HIDDEN}@proxy.example",
            f"https://host.example/path?anything={HIDDEN}",
            f"https:\\/\\/host.example\\/path?anything={HIDDEN}",
            f"https:\\/\\/user:{HIDDEN}@host.example",
            f"URL('https://host.example/p?os=upos&deadline=1&x={HIDDEN}')",
        ],
    )
    def test_the_whole_value_is_masked(self, text: str) -> None:
        """Spaces, quotes and separators inside a value, users and queries of URLs do not let a part through."""
        assert HIDDEN not in scrub_text(text)

    @pytest.mark.parametrize(
        "text",
        [
            "the design: inside: 3 parts",
            "chunk 3 of 7 failed: HTTP 502",
            "https://member.bilibili.com/x/vu/client/add",
            "no account and password given",
            'the answer {"code": -101, "message": "not logged in"}',
            '"sid": null',
            "分区不存在：请换一个",
            "author: someone@example.org",
        ],
    )
    def test_other_text_stays_as_it_is(self, text: str) -> None:
        """Words that merely contain a sensitive name, hosts and paths are not touched."""
        assert scrub_text(text) == text

    def test_the_parameters_of_the_rest_stay(self) -> None:
        """Only the values of sensitive names are masked."""
        assert scrub_text("access_key=a&mid=7&sign=b") == f"access_key={MASK}&mid=7&sign={MASK}"

    @given(st.text())
    def test_any_text_can_be_scrubbed(self, text: str) -> None:
        """No text makes it fail, and doing it twice masks nothing that once did not."""
        once = scrub_text(text)
        assert (MASK in scrub_text(once)) == (MASK in once)

    @given(
        st.text(alphabet=st.characters(codec="utf-8"), min_size=3), st.sampled_from(sorted(SENSITIVE_KEYS))
    )
    def test_any_value_in_json_is_masked(self, value: str, key: str) -> None:
        """Whatever characters a token has, JSON text shows none of it."""
        for ascii_only in (True, False):
            text = json.dumps({key: value}, ensure_ascii=ascii_only)
            assert scrub_text(text) == f'{{"{key}": "{MASK}"}}'


class TestParsed:
    def test_members_are_masked_at_any_depth(self) -> None:
        """Sensitive members of objects in lists in objects are masked; the rest stays."""
        answer = {"code": 0, "data": [{"token_info": {"access_token": HIDDEN, "mid": 7}}]}
        assert scrub(answer) == {"code": 0, "data": [{"token_info": {"access_token": MASK, "mid": 7}}]}

    def test_a_cookie_is_masked_by_its_name(self) -> None:
        """Login answers carry cookies as name and value (section 2.3)."""
        cookies = {"cookies": [{"name": "SESSDATA", "value": HIDDEN}, {"name": "theme", "value": "dark"}]}
        assert scrub(cookies) == {
            "cookies": [{"name": "SESSDATA", "value": MASK}, {"name": "theme", "value": "dark"}]
        }

    def test_text_in_it_is_scrubbed_as_text(self) -> None:
        """A URL in a member loses its query, JSON in a member its secrets."""
        assert HIDDEN not in str(
            scrub({"url": f"https://h.example/?gourl&a={HIDDEN}", "info": f"sign={HIDDEN}"})
        )

    def test_numbers_and_bytes_are_masked_too(self) -> None:
        """A sensitive number is masked; bytes are only counted, for they may hold anything."""
        assert scrub({"sid": 12345, "body": HIDDEN.encode()}) == {"sid": MASK, "body": "<6 bytes>"}

    @pytest.mark.parametrize("empty", [None, ""])
    def test_what_is_empty_stays(self, empty: str | None) -> None:
        """That a token is missing is worth seeing."""
        assert scrub({"access_token": empty}) == {"access_token": empty}

    def test_the_original_is_not_changed(self) -> None:
        """Scrubbing copies."""
        answer = {"data": {"access_token": HIDDEN}}
        before = copy.deepcopy(answer)
        scrub(answer)
        assert answer == before

    def test_nesting_beyond_reason_is_cut(self) -> None:
        """An answer may be nested as deep as the parser allows, or contain itself."""
        depth = sys.getrecursionlimit() // 2
        nested: object = json.loads("[" * depth + "]" * depth)
        assert "..." in str(scrub(nested))
        endless: list[object] = []
        endless.append(endless)
        assert "..." in str(scrub(endless))

    @pytest.mark.parametrize(
        "huge",
        [
            {"a": [0] * 1_000_000},
            {"a": {str(number): 0 for number in range(200_000)}},
            {"a": "word " * 1_000_000, "b": ["word"] * 1_000_000},
        ],
        ids=["values", "members", "text"],
    )
    def test_what_is_long_beyond_reason_is_cut(self, huge: dict[str, object]) -> None:
        """An error keeps the answer; a server cannot fill the memory with it."""
        assert len(json.dumps(scrub(huge))) < 1_000_000

    def test_a_text_is_cut_where_no_secret_can_be_halved(self) -> None:
        """What shows that it is one may come later than the cut."""
        assert HIDDEN not in str(scrub("a " * 49_990 + f"https://{HIDDEN}:{'x' * 99}@host/"))


@pytest.fixture
def log() -> Iterator[Log]:
    """A logger with the filter, and what it wrote."""
    written = io.StringIO()
    logger = logging.getLogger("under test")
    masking, handler = RedactingFilter(), logging.StreamHandler(written)
    logger.addFilter(masking)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield logger, written
    logger.removeFilter(masking)
    logger.removeHandler(handler)


class TestFilter:
    def test_message_and_arguments_are_masked(self, log: Log) -> None:
        """It does not matter whether the secret is in the message or in its arguments."""
        logger, written = log
        logger.warning("sign=%s and csrf=" + HIDDEN, HIDDEN)  # noqa: G003 - a careless caller
        assert written.getvalue() == f"sign={MASK} and csrf={MASK}\n"

    def test_tracebacks_are_masked(self, log: Log, caplog: pytest.LogCaptureFixture) -> None:
        """Text and notes of an exception are masked; no handler is left the exception to format it again."""
        logger, written = log
        error = ValueError(f"https://h.example/p?access_key={HIDDEN}")
        error.add_note(f"password={HIDDEN}")
        try:
            raise error
        except ValueError:
            logger.exception("failed")
        assert "ValueError" in written.getvalue()
        assert HIDDEN not in written.getvalue()
        assert [record.exc_info for record in caplog.records] == [None]

    def test_stack_dumps_are_masked(self, log: Log) -> None:
        """A stack dump quotes source lines, and those may hold secrets."""
        logger, written = log
        logger.warning("here", stack_info=bool("password=qj7Xw0"))
        assert "password=***" in written.getvalue()
        assert HIDDEN not in written.getvalue()

    def test_arguments_that_do_not_fit_are_not_raised(self, log: Log) -> None:
        """A mistake in a log call is noted in the log; it never stops an upload."""
        logger, written = log
        logger.warning("%d chunks", "three")
        assert written.getvalue() == "%d chunks (the arguments of this message do not fit it)\n"

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("a\nERROR forged", r"a\nERROR forged"),
            ("\x1b[2Ja\x07\x9b", r"\x1b[2Ja\x07\x9b"),
            ("a\u202egpj.exe\u2028b", r"a\u202egpj.exe\u2028b"),
            ("a\udcff", r"a\udcff"),
            ("视频 é", "视频 é"),
        ],
    )
    def test_a_message_is_one_line_that_steers_no_terminal(self, log: Log, name: str, shown: str) -> None:
        """Whoever names a file writes no line of their own into the log."""
        logger, written = log
        logger.warning("%s was changed", name)
        assert written.getvalue() == f"{shown} was changed\n"

    def test_a_traceback_steers_no_terminal(self, log: Log) -> None:
        """It keeps its lines."""
        logger, written = log
        logger.error("failed", exc_info=ValueError("a\x1b[2Jb"))
        assert written.getvalue() == "failed\n" + r"ValueError: a\x1b[2Jb" + "\n"

    def test_nothing_is_dropped(self, log: Log) -> None:
        """Records without secrets pass unchanged."""
        logger, written = log
        logger.info("%d parts", 3)
        assert written.getvalue() == "3 parts\n"
