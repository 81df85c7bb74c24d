"""What the library says is English, and keeps what it takes to say it in another language."""

from __future__ import annotations

import copy
import gettext
import logging
import pickle
from typing import Any

import pytest

from bilibili_api.exceptions import ApiException, InvalidUpload, Problem, ResponseCodeException
from bilibili_api.language import DOMAIN, LOCALE, language_of, preferred, translate
from bilibili_api.protocol.codes import Step, refusal
from bilibili_api.saying import Said, all_of, because, fields, joined, one_of, say, several

CHINESE = gettext.translation(DOMAIN, LOCALE, ["zh"])
SECRET = "0123456789abcdef" * 2


def chinese(template: str, **values: object) -> str:
    """What the catalogue has for a template, filled in."""
    found = CHINESE.gettext(template)
    assert found != template
    return found.format(**values)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (PermissionError(13, "Permission denied"), "没有权限"),
        (ValueError("I/O operation on closed file."), "文件已经关闭"),
        (OSError(5, "rare trouble"), "原文“rare trouble”"),
        (KeyError(), "gave no reason"),
        (OSError(), "gave no reason"),
    ],
)
def test_why_others_refuse_is_translated_where_it_is_common(error: Exception, says: str) -> None:
    """What is rare is quoted."""
    assert translate(say("{reason}", reason=because(error, "gave no reason")), "zh") == says


class TestSentences:
    """`say`, `several`, `joined`."""

    @pytest.mark.parametrize(
        ("template", "values", "says"),
        [
            ("It is empty.", {}, "It is empty."),
            ("{path!r} is empty.", {"path": "a b"}, "'a b' is empty."),
            ("{size:,} bytes, {part:.1f} %", {"size": 1234567, "part": 0.25}, "1,234,567 bytes, 0.2 %"),
            ("extra={{'tid': {tid}}}", {"tid": 21}, "extra={'tid': 21}"),
            ("{name!r:.4} is long", {"name": "abcdef"}, "'abc is long"),
        ],
    )
    def test_a_sentence_is_a_string(self, template: str, values: dict[str, Any], says: str) -> None:
        """In English, formatted as `str.format` does, with its template beside it."""
        said = say(template, **values)
        assert said == says
        assert isinstance(said, str)
        assert said.template == template

    def test_it_is_said_by_the_template_of_the_catalogue(self) -> None:
        """With the same values."""
        assert translate(say("Give 1 to {limit}.", limit=20), "zh") == chinese("Give 1 to {limit}.", limit=20)
        assert translate(say("{path!r} is empty.", path="a"), "zh") == chinese("{path!r} is empty.", path="a")

    def test_a_sentence_in_a_sentence_is_translated_with_it(self) -> None:
        """However deep it stands."""
        login = say("The login {what}.", what=say("is JSON that cannot be read"))
        assert login == "The login is JSON that cannot be read."
        inner = chinese("is JSON that cannot be read")
        assert translate(login, "zh") == chinese("The login {what}.", what=inner)

    def test_no_space_follows_a_mark_of_full_width(self) -> None:
        """What parts a value from the Chinese behind it is not needed there."""
        there = say("{partition} has been retired.", partition="165（广告）")
        assert translate(there, "zh") == "165（广告）已停用。"
        assert translate(say("{partition} has been retired.", partition="165"), "zh") == "165 已停用。"

    @pytest.mark.parametrize("name", ["refused", "public", "Give 1 to {limit}."])
    def test_a_plain_value_is_never_translated(self, name: str) -> None:
        """A title or a file may be called as something that the catalogue knows."""
        assert CHINESE.gettext(name) != name
        said = translate(say("the server says: {message}", message=name), "zh")
        assert said == chinese("the server says: {message}", message=name)

    @pytest.mark.parametrize("number", [0, 1, 2])
    def test_a_number_decides_on_the_template(self, number: int) -> None:
        """In English there are two, in Chinese one."""
        one, many = (
            "{n} problem found before sending anything:",
            "{n} problems found before sending anything:",
        )
        said = several(number, one, many)
        assert said == (one if number == 1 else many).format(n=number)
        assert translate(said, "zh") == CHINESE.ngettext(one, many, number).format(n=number)

    def test_joined_texts_keep_their_templates(self) -> None:
        """Chinese has nothing between two sentences; lines stay lines."""
        texts = [say("Take it out."), say("Give such an image.")]
        chinese_texts = [chinese(text) for text in texts]
        assert joined(" ", texts) == "Take it out. Give such an image."
        assert translate(joined(" ", texts), "zh") == "".join(chinese_texts)
        assert translate(joined("\n  - ", texts), "zh") == "\n  - ".join(chinese_texts)

    def test_names_are_linked_as_people_do(self) -> None:
        """`a and b`, `a, b or c`; Chinese has a mark of its own between names."""
        assert all_of(["a"]) == one_of(["a"]) == "a"
        assert all_of(["a", "b"]) == "a and b"
        assert one_of(["a", "b", "c"]) == "a, b or c"
        assert translate(one_of(["a", "b", "c"]), "zh") == "a、b 或 c"

    @pytest.mark.parametrize("text", ["", "nobody ever said this", "{", say("nor {this}", this="that")])
    def test_what_no_catalogue_knows_stays_as_it_is(self, text: str) -> None:
        """It is better than nothing."""
        assert translate(text, "zh") == text

    def test_english_is_what_it_is(self) -> None:
        """As a mere string."""
        said = translate(say("Give 1 to {limit}.", limit=20), "en")
        assert said == "Give 1 to 20."
        assert not isinstance(said, Said)

    def test_a_language_that_is_not_spoken_is_an_error(self) -> None:
        """Of the program."""
        with pytest.raises(KeyError):
            translate("x", "fr")

    def test_a_copy_keeps_all(self) -> None:
        """Through pickles, too, which cross processes."""
        for said in (
            say("Give 1 to {limit}.", limit=20),
            several(
                2,
                "{n} problem found before sending anything:",
                "{n} problems found before sending anything:",
            ),
            joined(" ", [say("Take it out."), say("Give such an image.")]),
        ):
            for other in (copy.deepcopy(said), pickle.loads(pickle.dumps(said))):
                assert other == said
                assert translate(other, "zh") == translate(said, "zh") != said

    def test_the_fields_of_a_template_are_told(self) -> None:
        """A translation must have the same."""
        assert fields("{{no}} {a!r} of {b:,} and {a!r}") == {"a!r", "b:,"}


class TestErrors:
    """What errors say, and their hints."""

    def test_an_error_in_an_error_keeps_its_template(self) -> None:
        """`error.said`, not `str(error)`, is what is put into the sentence."""
        inner = ApiException(say("There is no video in this file."))
        outer = ApiException(say("The video cannot be read: {error}", error=inner))
        there = chinese("There is no video in this file.")
        assert str(outer) == "The video cannot be read: There is no video in this file."
        assert translate(outer.said, "zh") == chinese("The video cannot be read: {error}", error=there)

    def test_secrets_are_masked_in_every_language(self) -> None:
        """The values are, not only the whole."""
        error = ApiException(say("the server says: {message}", message=f"access_key={SECRET}"))
        assert SECRET not in translate(error.said, "en")
        assert SECRET not in translate(error.said, "zh")
        assert translate(error.said, "zh").startswith(chinese("the server says: {message}", message=""))

    @pytest.mark.parametrize(
        "said",
        [
            say("access_key={key}", key=SECRET),
            say("{name}={value} is wrong", name="SESSDATA", value=SECRET),
            say("It is {what}", what=joined(": ", ["bili_jct", SECRET])),
        ],
    )
    def test_a_secret_that_only_the_sentence_names_is_not_kept(self, said: Said) -> None:
        """A value alone does not show that it is one."""
        error = ApiException(said)
        assert SECRET not in str(error)
        assert SECRET not in translate(error.said, "zh")
        assert SECRET.encode() not in pickle.dumps(error)

    def test_a_refusal_is_told_whole(self) -> None:
        """The code and its meaning, and what to do; the server's words stay as they are."""
        error = refusal(Step.SUBMIT, 21103, "标题过长", {"code": 21103})
        said = translate(error.said, "zh")
        assert isinstance(error, ResponseCodeException)
        assert all(part in said for part in ("21103", "标题过长", chinese(error_meaning(error)), "投稿"))
        assert translate(error.hint, "zh") == chinese(str(error.hint))

    def test_all_problems_are_told(self) -> None:
        """Each by its own template, its field as it is."""
        problems = (
            Problem("cover", say("is empty."), say("Take it out.")),
            Problem("meta.title", say("is missing."), say("Give a title of 1 to 80 characters.")),
        )
        said = translate(InvalidUpload(problems).said, "zh")
        for problem in problems:
            assert translate(problem.said, "zh") in said
            assert problem.field in said
            assert chinese(problem.what) in said
            assert chinese(problem.fix) in said

    def test_a_copied_error_can_be_translated(self) -> None:
        """Errors cross threads and processes."""
        error = ApiException(say("There is no video in this file."), hint=say("Take it out."))
        other = pickle.loads(pickle.dumps(error))
        assert translate(other.said, "zh") == chinese("There is no video in this file.")
        assert translate(other.hint, "zh") == chinese("Take it out.")


def error_meaning(error: ResponseCodeException) -> str:
    """The sentence about the code that stands in an error."""
    assert isinstance(error.msg, Said)
    return error.msg.parts["meaning"]


def test_a_log_record_can_be_translated(caplog: pytest.LogCaptureFixture) -> None:
    """Its message keeps the template; what could steer a terminal is taken out of the values."""
    logging.getLogger("bilibili_api").warning(say("the server says: {message}", message="no\x1b[2J\nthanks"))
    (record,) = caplog.records
    assert record.getMessage() == record.msg
    said = translate(record.msg, "zh")
    assert said.startswith(chinese("the server says: {message}", message="no"))
    assert said.endswith("thanks")
    assert "\x1b" not in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("zh_CN.UTF-8", "zh"),
        ("zh-Hans", "zh"),
        ("zh", "zh"),
        ("Chinese (Simplified)_China.936", "zh"),
        ("en_GB.UTF-8", "en"),
        ("EN", "en"),
        ("de_DE.UTF-8", None),
        ("C", None),
        ("", None),
    ],
)
def test_a_language_goes_by_many_names(name: str, language: str | None) -> None:
    """Those of systems with variables, and those of Windows."""
    assert language_of(name) == language


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LC_MESSAGES": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "zh_CN.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "zh"),
        ({"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_the_user_s_language_is_that_of_the_variables(environ: dict[str, str], language: str) -> None:
    """In the order in which the system heeds them; English where it is none that we speak."""
    assert preferred(environ) == language


def test_without_variables_the_system_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("locale.getlocale", lambda: ("Chinese (Simplified)_China", "936"))
    assert preferred() == "zh"
