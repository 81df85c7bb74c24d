"""libcurl, as curl_cffi brings it: no more than connections need, and with types. Nothing else imports it.

curl_cffi says how to call libcurl's functions, and has classes of its own on top of that. Only the former is
used: the latter do not know what connections need (a socket that is there already), and importing them takes
longer than all else about an upload. Options and codes have the numbers that libcurl gives them for ever.
"""

from __future__ import annotations

import importlib.util
import sys
from contextlib import suppress
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence

_PACKAGE: Final = "curl_cffi"
_FUNCTIONS: Final = f"{_PACKAGE}._wrapper"


def _loaded() -> Any:
    """Load libcurl, without the classes of curl_cffi where that can be done.

    On Windows the package itself says where libcurl lies.
    """
    if (module := sys.modules.get(_FUNCTIONS)) is not None:
        return module
    with suppress(ImportError):
        if sys.platform != "win32" and (package := importlib.util.find_spec(_PACKAGE)) is not None:
            spec = PathFinder.find_spec(_FUNCTIONS, package.submodule_search_locations)
            if spec is not None and spec.loader is not None:
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                sys.modules[_FUNCTIONS] = module
                return module
    return importlib.import_module(_PACKAGE)


_module: Final = _loaded()
_ffi: Final[Any] = _module.ffi
_lib: Final[Any] = _module.lib

LIBRARIES: Final = tuple(cast("bytes", _ffi.string(_lib.curl_version())).decode().split()[:2])
"""libcurl and what it encrypts with, as `libcurl/8.21.0`; Python's own OpenSSL sends nothing."""

ABORT: Final = 0x10000000
"""What libcurl gets instead of a block when it shall send no more (`CURL_READFUNC_ABORT`)."""
_SOCKET: Final = "int64_t" if sys.platform == "win32" else "int"
_NO_SOCKET: Final = -1
_ALREADY_CONNECTED: Final = 2


class Option:
    """What a handle can be told (`CURLOPT_...`)."""

    CAINFO: Final = 10065
    CAPATH: Final = 10097
    CONNECTTIMEOUT: Final = 78
    CONNECT_ONLY: Final = 141
    CONNECT_TO: Final = 10243
    CUSTOMREQUEST: Final = 10036
    FORBID_REUSE: Final = 75
    HTTPBASEHEADER: Final = 11000  # of curl_cffi's libcurl alone
    HTTPGET: Final = 80
    HTTPHEADER: Final = 10023
    HTTP_VERSION: Final = 84
    INFILESIZE_LARGE: Final = 30115
    NOSIGNAL: Final = 99
    PROXY: Final = 10004
    REQUEST_TARGET: Final = 10266
    SSLVERSION: Final = 32
    SSL_CIPHER_LIST: Final = 10083
    SSL_OPTIONS: Final = 216
    UPLOAD: Final = 46
    UPLOAD_BUFFERSIZE: Final = 280
    URL: Final = 10002


_HEADERFUNCTION: Final = 20079
_HEADERDATA: Final = 10029
_NOPROGRESS: Final = 43
_OPENSOCKETFUNCTION: Final = 20163
_OPENSOCKETDATA: Final = 10164
_PREREQFUNCTION: Final = 20312
_PREREQDATA: Final = 10313
_READFUNCTION: Final = 20012
_READDATA: Final = 10009
_SOCKOPTFUNCTION: Final = 20148
_WRITEFUNCTION: Final = 20011
_WRITEDATA: Final = 10001
_XFERINFOFUNCTION: Final = 20219
_XFERINFODATA: Final = 10057
_ACTIVESOCKET: Final = 0x500000 + 44
_RESPONSE_CODE: Final = 0x200000 + 2


class Code:
    """Why libcurl failed (`CURLE_...`)."""

    UNSUPPORTED_PROTOCOL: Final = 1
    WEIRD_SERVER_REPLY: Final = 8
    WRITE_ERROR: Final = 23
    PEER_FAILED_VERIFICATION: Final = 60
    BAD_CONTENT_ENCODING: Final = 61
    SSL_CACERT_BADFILE: Final = 77
    TOO_LARGE: Final = 100


class LibcurlError(Exception):
    """libcurl failed.

    Attributes:
        code: Why.
    """

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Sending(Protocol):
    """What libcurl asks for a body, and tells of it, in the thread that sends. Nothing may be raised."""

    def begin(self) -> int:
        """The connection stands; 0: go on."""
        ...

    def went(self, uploaded: int) -> int:
        """So many bytes were handed to the kernel; 0: go on."""
        ...

    def read(self, room: memoryview) -> int:
        """Put the next block into `room`, and return how long it is, or `ABORT`."""
        ...


class Taking(Protocol):
    """What libcurl gives an answer to. Less than all of a block taken ends it; nothing may be raised."""

    def head(self, line: bytes) -> int:
        """Take a line of its head."""
        ...

    def body(self, block: bytes) -> int:
        """Take some of its body."""
        ...


class Easy:
    """A handle: one connection, as it is used here.

    Raises:
        MemoryError: libcurl gives none.
    """

    def __init__(self) -> None:
        curl = _lib.curl_easy_init()
        if curl == _ffi.NULL:
            raise MemoryError
        self._curl = _ffi.gc(curl, _lib.curl_easy_cleanup)
        self._kept: dict[int, object] = {}

    def connect_by(self, connected: socket.socket) -> None:
        """Use a socket that is connected already, or rather a duplicate of it, once; never open one."""
        self._keep(_OPENSOCKETDATA, _ffi.new_handle([connected]))
        self._set(_OPENSOCKETFUNCTION, _open_socket)
        self._set(_SOCKOPTFUNCTION, _is_connected)

    def set(self, option: int, value: int | str | bytes | Sequence[bytes]) -> None:
        """Tell the handle something.

        Raises:
            LibcurlError: It does not know that.
        """
        if isinstance(value, int):
            self._set(option, _ffi.new("int64_t *", value))
        elif isinstance(value, (str, bytes)):
            self._set(option, value.encode() if isinstance(value, str) else value)
        else:
            lines = _ffi.NULL
            for line in value:
                lines = _lib.curl_slist_append(lines, line)
            self._keep(option, _ffi.gc(lines, _lib.curl_slist_free_all))

    def perform(self, sending: Sending | None = None, taking: Taking | None = None) -> None:
        """Do what it was told: connect, and send a request and take its answer.

        Raises:
            LibcurlError: It failed.
        """
        if sending is not None:
            who = _ffi.new_handle((sending, taking))  # kept as long as it works
            for function, call, data in _CALLS:
                self._set(function, call)
                self._set(data, who)
            self.set(_NOPROGRESS, 0)  # by default nothing is told
        if code := int(_lib.curl_easy_perform(self._curl)):
            raise LibcurlError(code)

    @property
    def is_connected(self) -> bool:
        """Whether the connection stands and may be used again."""
        room = _ffi.new("int[2]", [_NO_SOCKET, _NO_SOCKET])  # as wide as a socket is on Windows
        _lib.curl_easy_getinfo(self._curl, _ACTIVESOCKET, room)
        return int(room[0]) != _NO_SOCKET

    @property
    def status(self) -> int:
        """The status of the last answer."""
        room = _ffi.new("long *")
        _lib.curl_easy_getinfo(self._curl, _RESPONSE_CODE, room)
        return int(room[0])

    def reset(self) -> None:
        """Forget what it was told; it remembers TLS sessions."""
        _lib.curl_easy_reset(self._curl)
        self._kept.clear()

    def close(self) -> None:
        """End the connection and the handle, if that was not done before."""
        if self._curl != _ffi.NULL:
            _ffi.release(self._curl)
            self._curl = _ffi.NULL
        self._kept.clear()

    def _keep(self, option: int, value: object) -> None:
        """Set what libcurl does not copy."""
        self._set(option, value)
        self._kept[option] = value

    def _set(self, option: int, value: object) -> None:
        if code := int(_lib._curl_easy_setopt(self._curl, option, value)):  # noqa: SLF001 - so it is called
            raise LibcurlError(code)


def _sending(who: object) -> Sending:
    return cast("Sending", _ffi.from_handle(who)[0])


def _taking(who: object) -> Taking:
    return cast("Taking", _ffi.from_handle(who)[1])


def _called(kind: str, error: int) -> Callable[[Callable[..., int]], object]:
    """Make of a function one that libcurl can call; if it raises, that is printed, and `error` returned."""

    def made(function: Callable[..., int]) -> object:
        try:
            return _ffi.callback(kind, function, error)
        except MemoryError:  # none may be written and executed (systemd: MemoryDenyWriteExecute)
            return _called_by_ctypes(kind, function, error)

    return made


def _called_by_ctypes(kind: str, function: Callable[..., int], error: int) -> object:
    """Do the same by ctypes, which needs no such memory; but importing it takes some milliseconds."""
    import ctypes  # noqa: PLC0415 - as above

    types = {"int": ctypes.c_int, "int64_t": ctypes.c_int64, "size_t": ctypes.c_size_t}
    answer, _, rest = kind.rstrip(")").partition("(")
    names = rest.split(", ")

    def call(*given: int | None) -> int:
        named = zip(names, given, strict=True)
        try:
            return function(*(one if name in types else _ffi.cast(name, one or 0) for name, one in named))
        except BaseException as raised:  # noqa: BLE001 - libcurl cannot pass it on
            sys.excepthook(type(raised), raised, raised.__traceback__)
            return error

    made = ctypes.CFUNCTYPE(types[answer], *(types.get(name, ctypes.c_void_p) for name in names))(call)
    _made_by_ctypes.append(made)
    return _ffi.cast("void *", ctypes.cast(made, ctypes.c_void_p).value)


_made_by_ctypes: Final[list[object]] = []
"""Kept as long as libcurl may call them."""


@_called(f"{_SOCKET}(void *, int, void *)", error=_NO_SOCKET)
def _open_socket(who: object, _purpose: object, _address: object) -> int:
    sockets = cast("list[socket.socket]", _ffi.from_handle(who))
    return sockets.pop().dup().detach() if sockets else _NO_SOCKET


@_called(f"int(void *, {_SOCKET}, int)", error=1)
def _is_connected(_who: object, _socket: object, _purpose: object) -> int:
    return _ALREADY_CONNECTED


@_called("int(void *, char *, char *, int, int)", error=1)
def _begin(who: object, *_: object) -> int:
    return _sending(who).begin()


@_called("int(void *, int64_t, int64_t, int64_t, int64_t)", error=1)
def _went(who: object, _down: object, _downloaded: object, _up: object, uploaded: int) -> int:
    return _sending(who).went(uploaded)


@_called("size_t(char *, size_t, size_t, void *)", error=ABORT)
def _read(room: object, size: int, count: int, who: object) -> int:
    return _sending(who).read(memoryview(_ffi.buffer(room, size * count)))


@_called("size_t(char *, size_t, size_t, void *)", error=0)
def _head(line: object, size: int, count: int, who: object) -> int:
    return _taking(who).head(_ffi.buffer(line, size * count)[:])


@_called("size_t(char *, size_t, size_t, void *)", error=0)
def _body(block: object, size: int, count: int, who: object) -> int:
    return _taking(who).body(_ffi.buffer(block, size * count)[:])


_CALLS: Final = (
    (_PREREQFUNCTION, _begin, _PREREQDATA),
    (_XFERINFOFUNCTION, _went, _XFERINFODATA),
    (_READFUNCTION, _read, _READDATA),
    (_HEADERFUNCTION, _head, _HEADERDATA),
    (_WRITEFUNCTION, _body, _WRITEDATA),
)
