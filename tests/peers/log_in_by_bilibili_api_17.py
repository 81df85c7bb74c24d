"""Logs in by QR code with bilibili-api-python 17: reads a JSON job from standard input, prints the cookies it got."""

from __future__ import annotations

import asyncio
import json
import sys
from importlib import import_module
from typing import Any

from bilibili_api import sync

# Type checkers find another library under this name.
_settings: Any = import_module("bilibili_api").request_settings
_library: Any = import_module("bilibili_api.login_v2")


async def done(code: Any) -> bool:
    """Tell whether the phone has confirmed; ask again a little later."""
    await asyncio.sleep(0.05)
    return await code.check_state() is _library.QrCodeLoginEvents.DONE


async def log_in(job: dict[str, Any]) -> dict[str, str]:
    _settings.set_enable_auto_buvid(False)  # the call that registers a device is in no protocol document
    code = _library.QrCodeLogin(_library.QrCodeLoginChannel(job["channel"]))
    await code.generate_qrcode()
    while not await done(code):
        pass
    credential = code.get_credential()
    return {"SESSDATA": credential.sessdata, "bili_jct": credential.bili_jct}


if __name__ == "__main__":
    print(json.dumps(sync(log_in(json.load(sys.stdin)))))  # noqa: T201  the result is the output
