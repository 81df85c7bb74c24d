"""Answers that several places give: not logged in, too fast, a person is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilibili_api.simulator.reply import json_reply, line_refusal, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bilibili_api.simulator.exchange import Step
    from bilibili_api.simulator.reply import Reply

_VOUCHER = {"v_voucher": "voucher_00000000-0000-4000-8000-000000000000"}
_UPLOAD_TOO_FAST = "uploading too fast, please try again later"

_NOT_LOGGED_IN = refusal(-101, "not logged in: access_key is missing, unknown or expired")
_TOO_MANY = refusal(-799, "too many requests")
_LINE_TOO_MANY = line_refusal("too many requests", status=429)
_URL_EXPIRED = line_refusal("the signed url has expired", status=403)

# Section 8.2: preupload says it with HTTP 403, member.bilibili.com with -101.
NOT_LOGGED_IN: Mapping[Step, Reply] = {
    "preupload": json_reply({"OK": 0, "code": -101, "message": "not logged in"}, status=403),
    "chunk": _URL_EXPIRED,
    "complete": _URL_EXPIRED,
    "cover": _NOT_LOGGED_IN,
    "submit": _NOT_LOGGED_IN,
    "view": _NOT_LOGGED_IN,
}

# Section 8.2: 406 with code 601 at preupload, 21070 at submit, -799 anywhere else. The document has
# no rate limit of chunks; HTTP 429 is the common way to say it.
TOO_FAST: Mapping[Step, Reply] = {
    "key": _TOO_MANY,
    "login": _TOO_MANY,
    "preupload": json_reply({"OK": 0, "code": 601, "message": _UPLOAD_TOO_FAST}, status=406),
    "chunk": _LINE_TOO_MANY,
    "complete": _LINE_TOO_MANY,
    "cover": _TOO_MANY,
    "submit": refusal(21070, "submitting too fast, please wait 30 seconds"),
    "missions": _TOO_MANY,
    "view": _TOO_MANY,
}

# Sections 2.2 and 8.2: a person has to solve something.
CAPTCHA: Mapping[Step, Reply] = {
    "login": refusal(-105, "captcha wanted"),
    "preupload": json_reply(
        {"OK": 0, "code": 601, "message": _UPLOAD_TOO_FAST, "data": _VOUCHER}, status=406
    ),
    "submit": refusal(601, "captcha wanted", _VOUCHER),
}

# Section 2.2: the code is 0 although nobody was logged in; the page verifies the phone.
PHONE_CHECK = {
    "is_new": False,
    "mid": 0,
    "token_info": None,
    "cookie_info": None,
    "sso": None,
    "status": 2,
    "url": "https://passport.bilibili.com/account/mobile/security/managephone/phone/verify"
    "?tmp_token=00000000000000000000000000000000&request_id=00000000000000000000000000000000",
}
