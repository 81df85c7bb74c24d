"""Settings of `bvup`: two files, what they may say, and what counts more."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from bilibili_api.apps.cli import settings
from bilibili_api.apps.cli.batch_file import read_batch
from bilibili_api.apps.cli.config import whole_schema
from bilibili_api.apps.cli.flags import Named, Once
from bilibili_api.apps.cli.main import bvup
from bilibili_api.apps.cli.report import ExitCode
from bilibili_api.apps.cli.settable import leaves, options_of
from bilibili_api.apps.cli.settings import line_of
from bilibili_api.apps.cli.upload import command

if TYPE_CHECKING:
    from tests.apps.conftest import Run
    from tests.apps.stage import SimulatorThread


MANUAL = Path(__file__).parents[2] / "docs" / "settings.md"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `bvup` is called."""
    path = tmp_path / "folder"
    path.mkdir()
    monkeypatch.chdir(path)
    return path


@pytest.fixture
def here(folder: Path) -> Path:
    """The settings of the folder."""
    return folder / "bvup.toml"


@pytest.fixture
def own(home: Path) -> Path:
    """The settings of the user."""
    home.mkdir(exist_ok=True)
    return home / "config.toml"


def shown(run: Run, *words: str, **env: str) -> dict[str, tuple[object, str]]:
    """What `bvup config` says: value and source by name."""
    told = json.loads(run("config", *words, "--all", "--json", **env).output)
    return {f"{one['command']}.{one['key']}": (one["value"], one["source"]) for one in told["settings"]}


@pytest.mark.parametrize(
    ("words", "advice"), [(("uplod",), "Did you mean: upload"), (("zzz",), "Run: bvup --help")]
)
def test_an_unknown_command_is_answered_with_the_nearest(
    run: Run, folder: Path, words: tuple[str, ...], advice: str
) -> None:
    """Or where all of them stand."""
    del folder
    result = run("config", *words)
    assert (result.exit_code, advice in result.output) == (ExitCode.INVALID, True)


class TestPrecedence:
    def test_each_source_counts_more_than_the_next(self, run: Run, here: Path, own: Path) -> None:
        """Environment, folder, user, built in; for each setting by itself."""
        own.write_text('[upload]\ntitle = "own"\ndesc = "own"\nsource = "own"\n')
        here.write_text('[upload]\ntitle = "here"\ndesc = "here"\n')
        found = shown(run, "upload", BVUP_UPLOAD_TITLE="variable")
        assert found["upload.title"] == ("variable", "environment")
        assert found["upload.desc"] == ("here", "directory")
        assert found["upload.source"] == ("own", "user")
        assert found["upload.chunk-size"] == ("2M", "default")

    def test_a_variable_is_called_as_the_flag(self, run: Run, here: Path) -> None:
        """Whatever the parameter behind it is called."""
        here.write_text("[upload]\ncopyright = 1\n")
        said = {"BVUP_UPLOAD_TAG": "a,b", "BVUP_UPLOAD_COPYRIGHT": "3", "BVUP_UPLOAD_LIMIT": "7"}
        found = shown(run, "upload", **said)
        assert found["upload.tag"] == (["a,b"], "environment")
        assert found["upload.copyright"][1] == found["upload.limit"][1] == "environment"

    def test_every_setting_has_a_variable_of_its_name(self) -> None:
        """No option is left to the name of its parameter."""
        ctx = click.Context(bvup, info_name="bvup")
        odd = [
            (path, key)
            for path, leaf in leaves(bvup, ctx, ())
            for key, option in options_of(leaf).items()
            if option.name != key.replace("-", "_") and not isinstance(option, Named)
        ]
        assert odd == []

    @pytest.mark.parametrize("command", ["upload", "submit", "batch"])
    def test_no_variable_publishes_anything_again(self, command: str) -> None:
        """A line that is forgotten must not: as little as one in a file."""
        ctx = click.Context(bvup, info_name="bvup")
        leaf = bvup.get_command(ctx, command)
        assert leaf is not None
        [again] = [option for option in leaf.params if option.name == "again"]
        assert isinstance(again, Once)
        inner = click.Context(leaf, parent=ctx, info_name=command, auto_envvar_prefix="X")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("X_AGAIN", "1")
            assert again.resolve_envvar_value(inner) is None

    def test_a_flag_counts_most(self, run: Run, here: Path, video: Path, bili: SimulatorThread) -> None:
        """What is typed is what is done."""
        here.write_text('[upload]\ntitle = "from the file"\ntid = 21\ntag = "a"\ndesc = "kept"\n')
        done = run("upload", video, "--title", "typed", *bili.server, BVUP_ACCESS_KEY=bili.access_key)
        assert done.exit_code == ExitCode.DONE, done.output
        sent = bili.sim.archives[0]
        assert (sent.title, sent.meta["desc"]) == ("typed", "kept")

    def test_what_stands_at_the_top_is_for_all_commands(self, run: Run, here: Path) -> None:
        """A table for one command counts more."""
        here.write_text("grace = 3\n[resume]\ngrace = 9\n")
        found = shown(run)
        assert found["upload.grace"] == (3, "directory")
        assert found["resume.grace"] == (9, "directory")

    def test_a_login_that_is_typed_outdoes_one_that_is_set(
        self, run: Run, own: Path, video: Path, bili: SimulatorThread, cookies_json: Path
    ) -> None:
        """They do not contradict one another."""
        own.write_text('profile = "somebody"\n')
        args = ["--tag", "a", "--tid", "21", "-u", cookies_json, "--dry-run", *bili.server]
        done = run("upload", video, *args)
        assert done.exit_code == ExitCode.DONE, done.output
        assert "login from" in done.output

    def test_a_variable_outdoes_a_login_that_is_set(self, run: Run, own: Path, video: Path) -> None:
        """The access key in the environment is meant for this call."""
        own.write_text('profile = "somebody"\n[upload]\ntid = 21\ntag = "a"\n')
        done = run("upload", video, "--dry-run", BVUP_ACCESS_KEY="x" * 32)
        assert "access key from BVUP_ACCESS_KEY" in done.output

    def test_no_journal_outdoes_a_journal_that_is_set(self, run: Run, own: Path, video: Path) -> None:
        """Only flags contradict one another."""
        own.write_text('journal = "elsewhere.db"\n[upload]\ntid = 21\ntag = "a"\ncover-required = true\n')
        done = run("upload", video, "--dry-run", "--no-journal", BVUP_ACCESS_KEY="x" * 32)
        assert done.exit_code == ExitCode.DONE, done.output

    def test_a_partition_that_is_typed_outdoes_a_tid_that_is_set(
        self, run: Run, own: Path, video: Path
    ) -> None:
        """Both say where the video belongs."""
        own.write_text('[upload]\ntid = 171\ntag = "a"\n')
        done = run("upload", video, "--dry-run", "--partition", "日常", BVUP_ACCESS_KEY="x" * 32)
        assert done.exit_code == ExitCode.DONE, done.output


class TestValues:
    def test_paths_are_relative_to_the_file(self, run: Run, own: Path) -> None:
        """A cover beside the settings is found from everywhere."""
        own.write_text('[upload]\ncover = "covers/c.jpg"\njournal = "/j.db"\n')
        found = shown(run, "upload")
        assert found["upload.cover"][0] == str(own.parent / "covers" / "c.jpg")
        assert found["upload.journal"][0] == "/j.db"

    def test_auto_is_no_path(self, run: Run, own: Path) -> None:
        """It stays the word it is."""
        own.write_text('[upload]\ncover = "auto"\n')
        assert shown(run, "upload")["upload.cover"][0] == "auto"

    def test_lists_and_tables_are_taken(self, run: Run, here: Path, video: Path) -> None:
        """Tags as a list, members of the metadata as a table."""
        here.write_text('[upload]\ntid = 21\ntag = ["one", "two"]\n[upload.extra-fields]\nrecreate = 1\n')
        done = run("upload", video, "--dry-run", BVUP_ACCESS_KEY="x" * 32)
        assert done.exit_code == ExitCode.DONE, done.output
        assert "one,two" in done.output

    def test_a_value_that_cannot_be_names_file_and_line(self, run: Run, here: Path, video: Path) -> None:
        """What only the option itself can judge is told as well."""
        here.write_text('\n[upload]\ntid = "nowhere"\n')
        done = run("upload", video)
        assert done.exit_code == ExitCode.INVALID
        assert f"It is set in {here}, line 3." in done.output


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ('[upload]\n\ntitel = "x"', "line 3: 'titel' is no setting of [upload]. Did you mean 'title'?"),
            ("[uplaod]", "line 1: 'uplaod' is no setting of the top. Did you mean 'upload'?"),
            ("title = 1", "line 1: 'title' is no setting of the top. It is one of [upload]: put it there."),
            ('tittle = "x"', "line 1: 'tittle' is no setting of the top. Did you mean 'upload.title'?"),
            ("subtitel = 1", "line 1: 'subtitel' is no setting of the top. Did you mean 'subtitle' or 'upload.subtitles'?"),
            ("tid = 21", "line 1: 'tid' is no setting of the top. It is one of [upload]: put it there."),
            ("[upload]\nkeywords = 1", "line 2: 'keywords' is no setting of [upload]. Did you mean 'list.keyword'?"),
            ("[upload]\nno_reprint = true", "line 2: 'no_reprint' is no setting of [upload]. Did you mean 'no-reprint'?"),
            ('[upload]\nlimit = "many"', "line 2: 'limit' has to be integer, not string."),
            ("[upload]\ntag = [1, 2]", "line 2: 'tag' has to be string, not integer."),
            ("[upload]\ncopyright = 9", "line 2: 'copyright' has to be 3 or less."),
            ('[upload]\ncover-ratio = "1:1"', "line 2: 'cover-ratio' has to be one of 16:10, 16:9, 4:3."),
            ("[upload]\nagain = true", "line 2: 'again' is no setting of [upload]."),
            ("upload = [", "is no TOML"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_set_names_file_line_and_what_comes_near(
        self, run: Run, here: Path, text: str, said: str
    ) -> None:
        """Nothing that is misspelt is passed over."""
        here.write_text(text)
        done = run("upload", "x.mp4")
        assert done.exit_code == ExitCode.INVALID
        assert said in done.output
        assert str(here) in done.output

    def test_a_file_in_another_encoding_is_told_so(self, run: Run, here: Path) -> None:
        """An editor may have saved it in GBK; a batch file that is a picture is told the same."""
        here.write_text('[upload]\ntitle = "日常"', "gbk")
        done = run("upload", "x.mp4")
        assert (done.exit_code, "it is no text in UTF-8" in done.output) == (ExitCode.INVALID, True)
        batch = here.rename(here.with_name("batch.yaml"))
        done = run("batch", batch)
        assert (done.exit_code, "it is no text in UTF-8" in done.output) == (ExitCode.INVALID, True)

    def test_all_mistakes_of_a_file_are_told_at_once(self, run: Run, here: Path) -> None:
        """One run shows them all."""
        here.write_text("a = 1\nb = 2\n")
        assert run("jobs").output.count("is no setting") == 2

    @pytest.mark.parametrize("line", ['server = "https://evil"', 'user-cookie = "theirs.json"'])
    def test_a_folder_leads_nobody_elsewhere(self, run: Run, here: Path, own: Path, line: str) -> None:
        """A folder may have been unpacked: server and login are the user's own business."""
        here.write_text(line)
        assert "is for your own settings only" in run("jobs").output
        here.unlink()
        own.write_text(line)
        assert run("config").exit_code == ExitCode.DONE

    @pytest.mark.parametrize("path", ["../private.jpg", "/etc/private.jpg", "~/private.jpg", "link.jpg"])
    def test_a_folder_publishes_no_picture_from_elsewhere(
        self, run: Run, here: Path, folder: Path, tmp_path: Path, path: str
    ) -> None:
        """Its cover has to lie in it, links followed."""
        (folder / "link.jpg").symlink_to(tmp_path / "private.jpg")
        here.write_text(f'[upload]\ncover = "{path}"')
        assert "line 2: 'cover' leads out of this folder" in run("jobs").output

    def test_a_folder_names_pictures_of_its_own(self, run: Run, here: Path) -> None:
        """Beside its settings or below."""
        here.write_text('[upload]\ncover = "covers/c.jpg"')
        assert run("config").exit_code == ExitCode.DONE

    def test_a_file_of_somebody_else_is_not_used(
        self, run: Run, here: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In /tmp anybody may put one."""
        here.write_text("grace = 1")
        monkeypatch.setattr("os.geteuid", lambda: 4711)
        monkeypatch.setattr(type(here), "stat", _owned_by_another(here))
        with pytest.raises(settings.BadSettings, match="belongs to somebody else"):
            settings.load()


def _owned_by_another(path: Path) -> object:
    real, fields = type(path).stat, list(path.stat())
    fields[4] = 815

    def stat(self: Path, **given: bool) -> object:
        return os.stat_result(fields) if self == path else real(self, **given)

    return stat


class TestConfig:
    def test_it_names_the_files_and_what_they_say(self, run: Run, here: Path, own: Path) -> None:
        """Each with its line."""
        here.write_text('[upload]\ntitle = "x"\n')
        done = run("config")
        assert f"read  {here}" in done.output
        assert f"none  {own}" in done.output
        assert f'upload.title = "x"  ({here}, line 2)' in done.output

    def test_without_settings_it_says_so(self, run: Run, folder: Path) -> None:
        """And where to look for what is built in."""
        assert "Nothing is set; what is built in: bvup config --all" in run("config").output

    def test_what_is_the_same_for_all_commands_is_said_once(self, run: Run, own: Path) -> None:
        """What is set for all but one is told for each."""
        own.write_text("grace = 3\n[resume]\ngrace = 4\n")
        settings = run("config", BVUP_SERVER="https://127.0.0.1:1").output.splitlines()[2:]
        assert settings[0] == 'server = "https://127.0.0.1:1"  (BVUP_SERVER)'
        assert f"resume.grace = 4  ({own}, line 3)" in settings
        assert {line.partition(" = ")[0].partition(".")[2] for line in settings[1:]} == {"grace"}

    def test_passwords_of_proxies_are_not_shown(self, run: Run, own: Path) -> None:
        """A share-safe listing."""
        own.write_text('server = "https://me:secret@example.org"\n')
        assert "secret" not in run("config").output

    def test_an_unknown_command_is_refused(self, run: Run, folder: Path) -> None:
        """Rather than to say that nothing is set for it."""
        assert run("config", "uplaod").exit_code == ExitCode.INVALID

    def test_the_schema_speaks_the_language_in_its_descriptions(self, run: Run) -> None:
        """Editors show them; names and types are the same."""
        spoken = json.loads(run("--lang", "zh", "config", "--schema").output)
        told = spoken["properties"]["upload"]["properties"]["desc"]
        assert told == {"description": "简介。", "type": ["string", "integer"]}
        assert run("config", "--schema").output == settings.SCHEMA.read_text("utf-8")

    def test_it_works_where_the_settings_do_not(self, run: Run, here: Path) -> None:
        """The schema can be had, and the mistake is told."""
        here.write_text("nonsense = 1\n")
        assert json.loads(run("config", "--schema").output)["title"] == "Settings of bvup"
        assert "'nonsense' is no setting" in run("config").output


def test_the_schema_is_that_of_the_parser() -> None:
    """`python tools/make_schema.py` writes it."""
    assert settings.schema() == whole_schema(bvup), "run: python tools/make_schema.py"


def test_the_examples_of_the_manual_can_be_used(run: Run, own: Path, folder: Path) -> None:
    """docs/settings.md shows settings and batches; each is read as strictly as a user's own."""
    blocks = re.findall(r"```(toml|yaml)\n(.*?)```", MANUAL.read_text("utf-8"), re.DOTALL)
    batches = [(kind, text) for kind, text in blocks if "submissions" in text]
    for kind, text in batches:
        (folder / f"batch.{kind}").write_text(text, "utf-8")
        assert read_batch(folder / f"batch.{kind}", frozenset())
    for text in (text for _, text in blocks if "submissions" not in text):
        own.write_text(text, "utf-8")
        done = run("config")
        assert done.exit_code == ExitCode.DONE, done.output
    assert len(batches) == 2


def test_every_flag_of_upload_can_be_set_but_those_of_the_moment() -> None:
    """Publishing twice is decided once, and what comes on standard input is called so once."""
    flags = {max(param.opts, key=len)[2:] for param in command.params if param.param_type_name == "option"}
    assert set(settings.schema()["properties"]["upload"]["properties"]) == flags - {"again", "name"}


@pytest.mark.parametrize(
    ("text", "table", "key", "line"),
    [
        ("a = 1\nb = 2", [], "b", 2),
        ("[t]\n  b = 2", ["t"], "b", 2),
        ('["t"]\n"b" = 2', ["t"], "b", 2),
        ("t.b = 2", ["t"], "b", 1),
        ("[t.u]\nb.c = 2", ["t", "u"], "b", 2),
        ("[t]\nx = {b = 1}", ["t"], "b", 1),
        ("b = 1", ["t"], "b", None),
    ],
)
def test_the_line_of_a_key_is_found(text: str, table: list[str], key: str, line: int | None) -> None:
    """Headers, dotted and quoted keys; else the table; else none."""
    assert line_of(text, table, key) == line
