"""The package as such: what it exports, what importing it costs, how it logs, who its neighbours are."""

from __future__ import annotations

import ast
import logging
import re
import subprocess
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import pytest

import bilibili_api
from bilibili_api import exceptions

SOURCES = sorted(Path(bilibili_api.__file__).parent.rglob("*.py"))


def run_python(code: str) -> str:
    """Run `code` in an interpreter of its own and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class TestExports:
    @pytest.mark.parametrize("name", bilibili_api.__all__)
    def test_what_is_announced_is_there(self, name: str) -> None:
        """Every name of `__all__` can be had."""
        assert getattr(bilibili_api, name) is not None

    def test_every_error_is_exported(self) -> None:
        """The classes of `bilibili_api.exceptions` can be had from the package itself."""
        public = {
            name
            for name, value in vars(exceptions).items()
            if getattr(value, "__module__", "") == exceptions.__name__
        }
        assert {name for name in public if not name.startswith("_")} <= set(bilibili_api.__all__)

    def test_the_modules_can_be_imported_as_published(self) -> None:
        """`from bilibili_api import video_uploader` works, and so do its neighbours and `sync`."""
        run_python("from bilibili_api import video_uploader, channel, exceptions, sync")

    def test_the_modules_can_be_reached_as_attributes(self) -> None:
        """`import bilibili_api` is enough to write `bilibili_api.video_uploader`."""
        printed = run_python(
            "import bilibili_api as b; print(b.video_uploader.VideoUploader.__name__, b.channel.__name__)"
        )
        assert printed.split() == ["VideoUploader", "bilibili_api.channel"]

    def test_the_version_is_that_of_the_distribution(self) -> None:
        """`__version__` comes from the installed metadata."""
        assert bilibili_api.__version__ == version("bilibili-video-uploader")

    def test_an_unknown_name_is_an_attribute_error(self) -> None:
        """A typing mistake is told as everywhere else."""
        with pytest.raises(AttributeError, match="no attribute 'video_uplaoder'"):
            _ = bilibili_api.video_uplaoder  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType] - the point of the test


class TestImport:
    def test_it_is_light(self) -> None:
        """Importing the package loads neither asyncio nor any library, and none of its larger parts."""
        loaded = set(
            run_python("import sys, bilibili_api; print('\\n'.join(sys.modules))").split(),
        )
        ours = {name for name in loaded if name.startswith("bilibili_api.")}
        small = ("exceptions", "frozen", "redaction", "saying")
        assert ours == {f"bilibili_api.{name}" for name in small}
        assert not loaded & {
            "aiohttp",
            "curl_cffi",
            "asyncio",
            "click",
            "cryptography",
            "importlib.metadata",
            "rich",
            "ssl",
        }

    def test_the_uploader_waits_with_what_is_large(self) -> None:
        """Importing `video_uploader` loads no library and none of the standard library's large parts for the web.

        The HTTP library comes with the first connection, Pillow with the first cover, and so on.
        """
        loaded = run_python(
            "import sys; before = set(sys.modules); import bilibili_api.video_uploader\n"
            "print('\\n'.join(set(sys.modules) - before))"
        ).split()
        assert {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names == {"bilibili_api"}
        assert not set(loaded) & {
            "email",
            "http",
            "importlib.metadata",
            "multiprocessing",
            "tempfile",
            "urllib.request",
            "webbrowser",
        }

    def test_values_are_made_by_frozen(self) -> None:
        """A frozen dataclass takes three times as long to import, and there are more than a hundred values."""
        dear = "@dataclass(frozen=True, slots=True)\n"
        assert [s.name for s in SOURCES if "simulator" not in s.parts and dear in s.read_text("utf-8")] == []


class TestLogging:
    def test_there_is_one_logger(self) -> None:
        """Every module writes to `bilibili_api`: a filter on it would not see the records of loggers below."""
        names = {
            argument.value if isinstance(argument, ast.Constant) else ast.unparse(argument)
            for source in SOURCES
            for node in ast.walk(ast.parse(source.read_text("utf-8")))
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("getLogger")
            for argument in node.args
            if source.name != "__init__.py" or source.parent.name != "bilibili_api"
        }
        assert names == {"bilibili_api"}

    def test_it_is_silent_by_itself(self) -> None:
        """Without logging being set up, nothing is printed, not even errors."""
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "import logging, bilibili_api; logging.getLogger('bilibili_api').error('x')",
            ],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert (done.stdout, done.stderr) == ("", "")

    def test_secrets_are_masked(self, caplog: pytest.LogCaptureFixture) -> None:
        """What is logged goes through the filter, wherever it ends up."""
        logging.getLogger("bilibili_api").warning("POST /add?access_key=%s&sign=x", "SECRET")
        assert caplog.messages == ["POST /add?access_key=***&sign=***"]


class TestNeighbours:
    """The package name is shared with the distributions `bilibili-api` and `bilibili-api-python`."""

    @pytest.mark.parametrize(
        ("note", "named"),
        [
            ("bilibili_api_python-17.1.2.dist-info", "bilibili-api-python 17.1.2"),
            ("bilibili_api-8.3.1.dist-info", "bilibili-api 8.3.1"),
            ("bilibili_api-8.3.1-py3.11.egg-info", "bilibili-api 8.3.1"),
        ],
    )
    def test_another_one_in_the_environment_is_warned_of(self, tmp_path: Path, note: str, named: str) -> None:
        """A warning at import says which it is and what to do."""
        (tmp_path / note).mkdir()
        code = (
            f"import sys, warnings; sys.path.append({str(tmp_path)!r}); warnings.simplefilter('error')\n"
            "try: import bilibili_api\n"
            "except RuntimeWarning as warning: print(warning)"
        )
        warned = run_python(code)
        assert named in warned
        assert "virtual environment" in warned
        assert re.search(r"pip uninstall bilibili-api(-python)? bilibili-video-uploader", warned)

    @pytest.mark.parametrize(
        "note", ["bilibili_video_uploader-0.1.0.dist-info", "bilibili_apis-1.0.dist-info"]
    )
    def test_ourselves_and_others_are_not(self, tmp_path: Path, note: str) -> None:
        """No warning without a reason."""
        (tmp_path / note).mkdir()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert run_python(f"import sys; sys.path.append({str(tmp_path)!r}); import bilibili_api") == ""

    def test_a_path_that_cannot_be_read_is_passed_over(self) -> None:
        """Archives and missing folders on `sys.path` do no harm."""
        run_python("import sys; sys.path[:0] = ['/nowhere', __import__('os').__file__]; import bilibili_api")
