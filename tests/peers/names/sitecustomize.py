"""Makes Bilibili's host names lead to a simulator on this machine, for the process that finds this file first.

Put this folder into PYTHONPATH and the simulator's ports into PEER_HTTPS_PORT and PEER_HTTP_PORT. Host names in
URLs, Host headers and certificates stay Bilibili's; any other name does not resolve, so nothing leaves the machine.
"""

from __future__ import annotations

import os
import socket
from typing import Any

_PORTS = {443: int(os.environ["PEER_HTTPS_PORT"]), 80: int(os.environ["PEER_HTTP_PORT"])}
_DOMAINS = (".bilibili.com", ".bilivideo.com")
_look_up = socket.getaddrinfo


def _getaddrinfo(host: Any, port: Any, family: int = 0, kind: int = 0, proto: int = 0, flags: int = 0) -> Any:
    if not str(host).endswith(_DOMAINS):
        raise socket.gaierror(socket.EAI_NONAME, f"{host} is none of Bilibili's names")
    return _look_up("127.0.0.1", _PORTS[port], family, kind, proto, flags)


socket.getaddrinfo = _getaddrinfo
