"""Answers that several places give: not logged in, too fast, a person is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilibili_api.simulator.passport.handover import risk_data
from bilibili_api.simulator.reply import Reply, json_reply, line_refusal, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bilibili_api.simulator.exchange import Step

_VOUCHER = {"v_voucher": "voucher_00000000-0000-4000-8000-000000000000"}
_UPLOAD_TOO_FAST = "uploading too fast, please try again later"


def _preupload_too_fast() -> Reply:
    # Section 4.2: rate limit and risk control say the same, and since December 2025 both carry a voucher.
    message = {"info": _UPLOAD_TOO_FAST, "code": 601, "message": _UPLOAD_TOO_FAST}
    return json_reply({"OK": 0, **message, "detail": _VOUCHER}, status=406)


_NOT_LOGGED_IN = refusal(-101, "not logged in: access_key is missing, unknown or expired")
_TOO_MANY = refusal(-799, "too many requests")
_LINE_TOO_MANY = line_refusal("too many requests", status=429)
_URL_EXPIRED = line_refusal("the signed url has expired", status=403)
PART_TAKEN = Reply(200, b"MULTIPART_PUT_SUCCESS", "text/plain; charset=utf-8")
_STORAGE_TOO_MANY = Reply(429, b"", "text/plain; charset=utf-8")


def ticket_expired(auth: str, now: float, age: float) -> Reply:
    """Say that a ticket of the storage is older than five days (section 4.6)."""
    said = f"AUTH_TS_GT_5DAY AUTH={auth} Now={int(now)} DURATION={int(age)}"
    return Reply(403, b"", "text/plain; charset=utf-8", headers=(("X-Upos-Auth", said),))


TICKET_EXPIRED = ticket_expired("0", 1700449893, 449893)

# Section 8.2: preupload says it with HTTP 403, member.bilibili.com with -101.
NOT_LOGGED_IN: Mapping[Step, Reply] = {
    "preupload": json_reply({"OK": 0, "code": -101, "message": "not logged in"}, status=403),
    "chunk": _URL_EXPIRED,
    "complete": _URL_EXPIRED,
    "cover": _NOT_LOGGED_IN,
    "submit": _NOT_LOGGED_IN,
    "edit": _NOT_LOGGED_IN,
    "season": _NOT_LOGGED_IN,
    "subtitle": _NOT_LOGGED_IN,
    "view": _NOT_LOGGED_IN,
    "init": TICKET_EXPIRED,
    "part": TICKET_EXPIRED,
    "object": TICKET_EXPIRED,
    "archives": _NOT_LOGGED_IN,
    "tags": _NOT_LOGGED_IN,
    "topics": _NOT_LOGGED_IN,
    "zones": _NOT_LOGGED_IN,
    "nav": refusal(-101, "not logged in", {"isLogin": False}),
    "info": refusal(-658, "the token has expired"),
    "refresh": _NOT_LOGGED_IN,
    "confirm": _NOT_LOGGED_IN,
    "logout": _NOT_LOGGED_IN,
}

# Section 8.2: 406 with code 601 at preupload, 21070 at submit, -799 anywhere else. The document has
# no rate limit of chunks; HTTP 429 is the common way to say it.
TOO_FAST: Mapping[Step, Reply] = {
    "key": _TOO_MANY,
    "login": _TOO_MANY,
    "preupload": _preupload_too_fast(),
    "chunk": _LINE_TOO_MANY,
    "complete": _LINE_TOO_MANY,
    "cover": _TOO_MANY,
    "submit": refusal(21070, "submitting too fast, please wait 30 seconds"),
    "missions": _TOO_MANY,
    "view": _TOO_MANY,
    "probe": _STORAGE_TOO_MANY,
    "init": _STORAGE_TOO_MANY,
    "part": _STORAGE_TOO_MANY,
    "object": _STORAGE_TOO_MANY,
    "archives": _TOO_MANY,
    "tags": _TOO_MANY,
    "topics": _TOO_MANY,
    "zones": _TOO_MANY,
    "qr": _TOO_MANY,
    "poll": _TOO_MANY,
    "confirm": _TOO_MANY,
    "captcha": _TOO_MANY,
    "sms": refusal(1003, "a message was sent already; wait 60 seconds"),
    "verify": _TOO_MANY,
    "info": _TOO_MANY,
    "refresh": _TOO_MANY,
    "nav": _TOO_MANY,
    "buvid": _TOO_MANY,
    "logout": _TOO_MANY,
}

# Sections 2.2 and 8.2: a person has to solve something.
CAPTCHA: Mapping[Step, Reply] = {
    "login": refusal(-105, "captcha wanted"),
    "preupload": _preupload_too_fast(),
    "submit": refusal(601, "captcha wanted", _VOUCHER),
}

# Section 2.2: the code is 0 although nobody was logged in; the page verifies the phone.
PHONE_CHECK = risk_data(
    "https://passport.bilibili.com/account/mobile/security/managephone/phone/verify"
    "?tmp_token=00000000000000000000000000000000&request_id=00000000000000000000000000000000"
)
