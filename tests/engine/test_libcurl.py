"""libcurl as connections call it: loaded without what is not needed, and beside a program that needs it all."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bilibili_api.engine.libcurl import LIBRARIES, Code, Easy, LibcurlError, Option

USED = "curl_cffi.Curl().close(); from bilibili_api.engine import libcurl; libcurl.Easy().close()"
NOT_FOUND = "import importlib.util as u; u.find_spec = lambda *_: None"
NOT_BY_ITSELF = """
import sys
from importlib.machinery import ExtensionFileLoader
really = ExtensionFileLoader.create_module
def create(self, spec):
    if spec.name == "curl_cffi._wrapper" and "curl_cffi" not in sys.modules:
        raise ImportError("a library that it needs is known by the package only")
    return really(self, spec)
ExtensionFileLoader.create_module = create
"""


def test_it_and_what_it_encrypts_with_have_names() -> None:
    """Reports name both, with their versions."""
    assert LIBRARIES[0].startswith("libcurl/")
    assert len(LIBRARIES) == 2


@pytest.mark.parametrize(
    "program",
    [
        f"import bilibili_api.engine.libcurl, curl_cffi; {USED}",
        f"import curl_cffi, bilibili_api.engine.libcurl; {USED}",
        f"{NOT_FOUND}; import bilibili_api.engine.libcurl, curl_cffi; {USED}",
        f"{NOT_BY_ITSELF}\nimport bilibili_api.engine.libcurl, curl_cffi; {USED}",
    ],
    ids=["later", "before", "elsewhere", "windows"],
)
def test_a_program_may_use_curl_cffi_itself(program: str) -> None:
    """Whether it is loaded before or later, and wherever it lies, there is one libcurl."""
    code = f"{program}; assert curl_cffi.lib is libcurl._lib"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_it_does_not_know_is_an_error() -> None:
    """An option that is missed is not passed over."""
    with pytest.raises(LibcurlError) as caught:
        Easy().set(9999, 1)
    assert caught.value.code == 48  # CURLE_UNKNOWN_OPTION


def test_a_handle_that_is_closed_does_nothing() -> None:
    """It may be closed again, and what it is told is an error."""
    easy = Easy()
    easy.close()
    easy.close()
    with pytest.raises(LibcurlError):
        easy.set(Option.UPLOAD, 1)


def test_a_handle_without_an_address_fails() -> None:
    """Nor with one of a protocol that is not spoken."""
    easy = Easy()
    easy.set(Option.URL, "nonsense://127.0.0.1/")
    with pytest.raises(LibcurlError) as caught:
        easy.perform()
    assert (caught.value.code, easy.is_connected) == (Code.UNSUPPORTED_PROTOCOL, False)
