"""The errors: one hierarchy, each with a sentence, a stable name, a hint and what would help."""

from __future__ import annotations

import copy
import inspect
import pickle
import traceback
from typing import TYPE_CHECKING

import pytest

from bilibili_api import exceptions
from bilibili_api.exceptions import (
    ApiException,
    ArchiveChanged,
    ArgsException,
    ConnectionLost,
    ExtraMissing,
    InvalidCover,
    InvalidUpload,
    JournalFailed,
    LoginLacks,
    NetworkException,
    PartsMissing,
    Problem,
    ProxyFailed,
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
from bilibili_api.language import translate
from bilibili_api.saying import say

if TYPE_CHECKING:
    from collections.abc import Callable

PROBLEMS = (
    Problem("meta.title", "It has 81 characters.", "Shorten it to 80."),
    Problem("pages[2]", "The file is empty.", "Leave the page out."),
)

ERRORS: dict[type[ApiException], ApiException] = {
    type(error): error
    for error in (
        ApiException("something"),
        ArgsException("neither account nor access_key"),
        InvalidUpload(PROBLEMS),
        InvalidCover("it is no picture"),
        ExtraMissing("Choosing a frame", "media"),
        LoginLacks("The PC line", "token"),
        NetworkException(502, "Bad Gateway", retry_after=3.0),
        Unreachable("the name could not be resolved"),
        ProxyFailed("the proxy is away"),
        ConnectionLost("reset by peer"),
        ResponseException("not JSON"),
        ResponseCodeException(-101, "not logged in", {"code": -101}),
        VerificationRequired("a captcha is wanted"),
        ArchiveChanged("a part is gone"),
        VideoUploadException("all lines are dead"),
        SourceChanged("it grew"),
        JournalFailed("The journal cannot be written."),
        UploadBusy("Somebody else uploads it."),
        SpoolFailed("no space left"),
        PartsMissing(3, 5),
        SubmissionUnknown("the answer was lost"),
    )
}

every_error = pytest.mark.parametrize("error", ERRORS.values(), ids=lambda error: type(error).__name__)


def classes() -> list[type[ApiException]]:
    members = [value for _, value in inspect.getmembers(exceptions, inspect.isclass)]
    return [value for value in members if issubclass(value, ApiException)]


class TestTheHierarchy:
    def test_every_error_is_tested_here(self) -> None:
        """A new class cannot be forgotten."""
        assert set(ERRORS) == set(classes())

    def test_the_tree_at_the_top_of_the_module_is_the_real_one(self) -> None:
        """The drawing names every class below the base class it really has."""
        drawn: list[tuple[int, str]] = []
        for line in (exceptions.__doc__ or "").splitlines():
            indent, mark, rest = line.partition("-- ")
            name = rest.split()[0] if mark else line.split()[0] if line.startswith("    ApiException") else ""
            if name:
                drawn.append((len(indent) if mark else 0, name))
        parents: dict[str, str] = {}
        above: list[tuple[int, str]] = []
        for indent, name in drawn:
            above = [(other, parent) for other, parent in above if other < indent]
            parents[name] = above[-1][1] if above else ""
            above.append((indent, name))
        real = {cls.__name__: cls.__base__.__name__ for cls in classes() if cls.__base__ is not None}
        assert parents == real | {"ApiException": ""}

    def test_the_published_errors_keep_their_arguments(self) -> None:
        """`NetworkException(status, msg)` and `ResponseCodeException(code, msg, raw)`, as in 2021."""
        network = NetworkException(404, "Not Found")
        assert (network.status, network.msg) == (404, "Not Found")
        refused = ResponseCodeException(21021, "the account is limited", {"code": 21021})
        assert (refused.code, refused.msg, refused.raw) == (
            21021,
            "the account is limited",
            {"code": 21021},
        )

    @pytest.mark.parametrize("error", [Unreachable("x"), ConnectionLost("x")], ids=["unreachable", "lost"])
    def test_without_an_answer_the_status_is_0(self, error: NetworkException) -> None:
        """Where there was no answer there is no status; the same request may help."""
        assert error.status == 0
        assert error.retry is Retry.SAME


class TestEveryError:
    @every_error
    def test_it_has_a_stable_name(self, error: ApiException) -> None:
        """Scripts may match on `kind`: words in capitals."""
        assert error.kind.replace("_", "").isalpha()
        assert error.kind.isupper()

    def test_no_two_classes_share_a_name(self) -> None:
        """`kind` tells the classes apart."""
        assert len({cls.kind for cls in classes()}) == len(classes())

    @every_error
    def test_it_can_be_copied_and_pickled(self, error: ApiException) -> None:
        """Errors cross process boundaries whole."""
        ways: list[Callable[[ApiException], ApiException]] = [
            copy.copy,
            copy.deepcopy,
            lambda one: pickle.loads(pickle.dumps(one)),
        ]
        for way in ways:
            other = way(error)
            assert type(other) is type(error)
            assert str(other) == str(error)
            assert vars(other) == vars(error)

    @every_error
    def test_its_traceback_says_what_to_do(self, error: ApiException) -> None:
        """The hint stands below the message wherever Python prints the error."""
        shown = "".join(traceback.format_exception_only(error))
        assert str(error).splitlines()[0] in shown
        assert (f"What to do: {error.hint}" in shown) == bool(error.hint)


class TestWhatAnErrorCarries:
    def test_hint_retry_and_kind_may_be_given(self) -> None:
        """One class serves many causes: the caller says what would help."""
        error = ApiException("limit reached", hint="Wait an hour.", retry=Retry.LATER, kind="RATE_LIMIT")
        assert (error.hint, error.retry, error.kind) == ("Wait an hour.", Retry.LATER, "RATE_LIMIT")

    def test_what_is_given_to_one_error_does_not_change_the_class(self) -> None:
        """Others of the class keep their defaults."""
        Unreachable("x", hint="Wait.", retry=Retry.NO)
        assert Unreachable.retry is Retry.SAME
        assert Unreachable("x").hint == Unreachable.default_hint

    def test_nothing_helps_unless_said(self) -> None:
        """An error nobody classified is not retried."""
        assert ApiException("x").retry is Retry.NO

    def test_what_was_kept_is_told(self) -> None:
        """`keeping` says what survives, returns the error, and shows it in the traceback once."""
        error = SourceChanged("it grew")
        assert error.keeping("2 of 3 pages are stored.") is error
        error.keeping("2 of 3 pages are stored.")
        assert error.kept == "2 of 3 pages are stored."
        assert "".join(traceback.format_exception_only(error)).count("What was kept: 2 of 3") == 1

    def test_secrets_in_the_message_are_masked(self) -> None:
        """What a library quotes from a request does not get into an error."""
        error = NetworkException(
            0, "cannot connect to https://member.bilibili.com/preupload?access_key=SECRET"
        )
        assert "SECRET" not in f"{error!s} {error!r} {error.msg} {error.args}"

    def test_secrets_in_the_answer_are_masked(self) -> None:
        """`raw` shows the answer without tokens."""
        error = ResponseCodeException(-1, "x", {"data": {"access_token": "SECRET", "mid": 7}})
        assert error.raw == {"data": {"access_token": "***", "mid": 7}}

    def test_a_refusal_names_its_code(self) -> None:
        """Code and the server's words are in the sentence."""
        refusal = ResponseCodeException(-101, "账号未登录。")
        assert str(refusal) == "Bilibili answered with code -101: 账号未登录。"

    def test_within_other_words_it_is_a_sentence_in_each_language(self) -> None:
        """Servers' words have no full stop, and something may follow."""
        told = say(
            "{error} The account's archives are asked for it.", error=ResponseCodeException(-400, "bad")
        )
        assert told == "Bilibili answered with code -400: bad. The account's archives are asked for it."
        assert translate(told, "zh") == "哔哩哔哩返回代码 -400：bad。正在账号的稿件中查找。"

    def test_the_wait_the_server_asked_for_is_carried(self) -> None:
        """`Retry-After` comes along, in seconds."""
        assert NetworkException(429, "slow down", retry_after=7.5).retry_after == 7.5
        assert NetworkException(429, "slow down").retry_after is None


class TestInvalidUpload:
    def test_all_problems_are_listed(self) -> None:
        """Each problem has a line with its field, what is wrong and how to mend it."""
        assert str(InvalidUpload(PROBLEMS)).splitlines() == [
            "2 problems found before sending anything:",
            "  - meta.title: It has 81 characters. Shorten it to 80.",
            "  - pages[2]: The file is empty. Leave the page out.",
        ]

    def test_one_problem_is_not_plural(self) -> None:
        """The sentence is right for one problem, too."""
        assert str(InvalidUpload(PROBLEMS[:1])).startswith("1 problem found")

    def test_programs_read_them_as_data(self) -> None:
        """`problems` keeps them in order."""
        assert [problem.field for problem in InvalidUpload(PROBLEMS).problems] == ["meta.title", "pages[2]"]
