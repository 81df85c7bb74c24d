"""What a refusal means and what helps against it (protocol document, section 8.2, held as data)."""

from __future__ import annotations

import json
from enum import Enum
from typing import TYPE_CHECKING, Final

from bilibili_api.exceptions import ResponseCodeException, Retry, VerificationRequired
from bilibili_api.frozen import frozen
from bilibili_api.redaction import scrub
from bilibili_api.saying import say

if TYPE_CHECKING:
    from collections.abc import Mapping


class Step(Enum):
    """The steps of an upload and what one asks beside it, as far as their answers are read differently."""

    KEY = say("key")
    LOGIN = say("login")
    PROBE = say("probe")
    PREUPLOAD = say("preupload")
    INIT = say("init")
    CHUNK = say("chunk")
    COMPLETE = say("complete")
    COVER = say("cover")
    SUBMIT = say("submit")
    EDIT = say("edit")
    SEASON = say("season")
    SUBTITLE = say("subtitle")
    MISSIONS = say("missions")
    TAGS = say("tag check")
    TOPICS = say("topics")
    FORM = say("upload form")
    ARCHIVES = say("archives")
    QR = say("QR login")
    SMS = say("SMS login")
    CAPTCHA = say("captcha")
    VERIFY = say("phone verification")
    INFO = say("login check")
    RENEW = say("renewal")
    LOGOUT = say("logout")


@frozen
class Rule:
    """One row of the table: what some codes mean at some steps, and what helps.

    Attributes:
        steps: Where the row holds.
        codes: The codes it holds for.
        kind: Stable name of the error.
        retry: What would help.
        meaning: What the code means, as a clause without a full stop.
        hint: What to do next, as a sentence.
        wait: Seconds before the first repetition, or None: the policy decides.
        attempts: How often the same request may be repeated, or None: the policy decides.
        longest: Seconds to which the pauses grow, or None: they do not grow.
    """

    steps: frozenset[Step]
    codes: tuple[int, ...]
    kind: str
    retry: Retry
    meaning: str
    hint: str = ""
    wait: float | None = None
    attempts: int | None = None
    longest: float | None = None

    def wait_before(self, repetition: int) -> float:
        """Return the seconds to wait before the given repetition (from 1)."""
        wait = self.wait or 0.0
        return min(wait * repetition, self.longest or wait)


ANY: Final = frozenset(Step)
_LOGIN: Final = frozenset({Step.KEY, Step.LOGIN})
_SUBMIT: Final = frozenset({Step.SUBMIT})
_EDIT: Final = frozenset({Step.EDIT})
_WRITTEN: Final = _SUBMIT | _EDIT
"""Where metadata and parts are looked at: an edit carries all of them again (7.3)."""
_PREUPLOAD: Final = frozenset({Step.PREUPLOAD})
_POSTS: Final = frozenset({Step.COVER, Step.SUBMIT, Step.EDIT, Step.SEASON, Step.SUBTITLE})
_ARCHIVES: Final = frozenset({Step.ARCHIVES})
_ASKING: Final = frozenset({Step.MISSIONS, Step.TAGS, Step.TOPICS, Step.FORM, Step.ARCHIVES})
_MEMBER: Final = _PREUPLOAD | _POSTS | _ASKING
_TOKEN: Final = _PREUPLOAD | _POSTS | _ARCHIVES
_SMS: Final = frozenset({Step.SMS})
_TEXTED: Final = _SMS | {Step.VERIFY}
_QR_CODE: Final = frozenset({Step.QR})
_SIGNED: Final = _LOGIN | _SMS | _QR_CODE | {Step.INFO, Step.RENEW}
_HELD: Final = frozenset({Step.INFO, Step.RENEW})
"""The steps that look after a login one has."""
_OWN: Final = _HELD | {Step.LOGOUT}
STORAGE: Final = frozenset({Step.INIT, Step.CHUNK, Step.COMPLETE})
"""The steps at the upload host: a status says more than a code beside it, and anything may be sent again."""
_STORING: Final = STORAGE | {Step.PREUPLOAD, Step.COVER}

_HOUR: Final = 3600.0
_QR: Final = VerificationRequired.default_hint
_RELOGIN: Final = say(
    "Log in again, or pass new cookies or a new access key, made with the key pair it is used with; "
    "then start again."
)
_OUTDATED: Final = say("Look for a newer version of this library; if there is none, report this error.")
_BY_HAND: Final = say(
    "Publish one video by hand on bilibili.com or in the official app from this network, where the captcha "
    "can be solved; then start again."
)
_AGAIN: Final = say("Start again; what is stored is not sent twice.")
_NAME_LINE: Final = say("Name a line instead of having the lines measured.")
_ELSEWHERE: Final = say(
    "Submit the stored files through another interface; nothing has to be uploaded again."
)
_LOOK_FIRST: Final = say("Look into the archive manager on member.bilibili.com before submitting again.")
_SUPPORT: Final = say(
    "Open the account's security page on bilibili.com and do what it asks for; then start again."
)

RULES: Final[tuple[Rule, ...]] = (
    # Any step.
    Rule(ANY, (-799, -509), "RATE_LIMITED", Retry.LATER, say("too many requests"),
         say("Wait some minutes, and upload from one place at a time."), 60.0, 5, 600.0),
    Rule(ANY, (-503,), "SERVER_TROUBLE", Retry.SAME, say("the service is overloaded"),
         say("Start again in a while.")),
    Rule(ANY - _SUBMIT, (-504, -500, -8888), "SERVER_TROUBLE", Retry.SAME, say("the service has trouble"),
         say("Start again in a while.")),
    # These may come after the archive was made, and submitting is not idempotent (6.1).
    Rule(_SUBMIT, (-504, -500, -8888), "SERVER_TROUBLE", Retry.HUMAN, say("the service had trouble with it"),
         _LOOK_FIRST, attempts=0),
    Rule(ANY, (-412,), "ADDRESS_BLOCKED", Retry.LATER, say("this network address is blocked for a while"),
         say("Wait some hours or use another network, and upload less at once."), _HOUR, 0),
    Rule(ANY, (-352,), "RISK_CONTROL", Retry.HUMAN, say("risk control refused the request"), _BY_HAND),
    Rule(ANY, (-102,), "ACCOUNT_BANNED", Retry.NO, say("the account is banned"),
         say("Ask Bilibili's support.")),
    Rule(ANY, (-112,), "UPGRADING", Retry.LATER, say("the system is being upgraded"),
         say("Start again in some hours."), _HOUR, 0),
    Rule(ANY, (-400,), "BAD_REQUEST", Retry.NO, say("the request is wrong"), _OUTDATED),
    Rule(ANY, (-403,), "NO_RIGHT", Retry.NO, say("the account has no right to do this"),
         say("Check that the access key belongs to the account that is to own the video.")),
    Rule(ANY, (-688, -689), "REGION", Retry.NO, say("not available in this region, for reasons of copyright"),
         say("Use a network in a region where it is available.")),
    # Signing and tokens. Where a login helps, it helps once: what fails again after it stays failed.
    Rule(_SIGNED | _POSTS, (-1,), "APP_BANNED", Retry.NO, say("the key pair of this tool is banned"),
         _OUTDATED),
    Rule(_SIGNED, (-2,), "BAD_KEY", Retry.NO, say("the key is wrong"), _OUTDATED),
    Rule(_POSTS, (-2,), "BAD_KEY", Retry.LOGIN, say("the key is wrong"), _RELOGIN),
    Rule(_SIGNED | _POSTS, (-3,), "BAD_SIGN", Retry.NO, say("the signature is wrong"), _OUTDATED),
    Rule(_SIGNED | _POSTS, (-4,), "NO_PERMISSION", Retry.NO, say("this tool has no permission for it"),
         _OUTDATED),
    Rule(_MEMBER | _OWN, (-101,), "NOT_LOGGED_IN", Retry.LOGIN, say("not logged in"), _RELOGIN),
    Rule(_TOKEN | _HELD, (-658,), "TOKEN_EXPIRED", Retry.LOGIN, say("the token has expired"), _RELOGIN),
    Rule(_TOKEN | _HELD, (-663,), "TOKEN_REFUSED", Retry.LOGIN, say("the token belongs to another key pair"),
         _RELOGIN),
    Rule(_POSTS | _OWN | _QR_CODE, (-111,), "CSRF", Retry.LOGIN, say("the csrf token does not match"),
         _RELOGIN),
    # Login (2.2).
    Rule(_LOGIN | _TEXTED, (-105,), "CAPTCHA", Retry.HUMAN, say("the login wants a captcha"), _QR),
    Rule(_LOGIN | _SMS, (-2100,), "VERIFY_PHONE", Retry.HUMAN,
         say("the login wants phone or mail to be verified"), _QR),
    Rule(_LOGIN | _SMS, (-449,), "LOGIN_REFUSED", Retry.NO,
         say("the login gateway refuses this way of logging in"), _QR),
    Rule(_LOGIN, (86066,), "LOGIN_RETIRED", Retry.NO,
         say("logging in by password is no longer possible this way; the account need not be frozen, "
         "even if the message says so"), _QR),
    Rule(_LOGIN, (-629,), "WRONG_PASSWORD", Retry.NO, say("account or password is wrong"),
         say("Check account and password; do not try often, or the account is locked.")),
    Rule(_LOGIN, (-626,), "NO_SUCH_ACCOUNT", Retry.NO, say("there is no such account"),
         say("Check the account.")),
    Rule(_LOGIN, (-625,), "LOGIN_LOCKED", Retry.NO, say("too many failed logins"),
         say("Wait some hours. {advice}", advice=_QR)),
    Rule(_LOGIN, (-628,), "WRONG_PASSWORD", Retry.NO, say("the password is not accepted"),
         say("Check the password.")),
    Rule(_LOGIN, (-662,), "KEY_EXPIRED", Retry.LOGIN, say("the login key was used too late"),
         say("Check the clock and the network; then log in again.")),
    Rule(_LOGIN, (86000, 2400, 2406, -2001), "LOGIN_FAILED", Retry.LOGIN, say("the login could not be read"),
         say("Log in again. If it repeats: {advice}", advice=_QR)),
    # QR codes (2.3, 2.4).
    Rule(_QR_CODE, (-404,), "NO_SUCH_CODE", Retry.NO, say("the QR code is unknown"),
         say("Log in again for a new code.")),
    Rule(_QR_CODE, (86038,), "QR_EXPIRED", Retry.LOGIN, say("the QR code has expired"),
         say("Log in again for a new code.")),
    Rule(_QR_CODE, (-101,), "NOT_LOGGED_IN", Retry.NO, say("the cookies are not logged in (any more)"),
         say("Log in by scanning a QR code, or pass fresh cookies.")),
    # Codes sent to a phone (2.6).
    Rule(_TEXTED, (1002,), "BAD_PHONE", Retry.NO, say("the phone number is not accepted"),
         say("Check the number and its country code; give it without leading zeros.")),
    Rule(_TEXTED, (1003,), "SMS_TOO_SOON", Retry.LATER, say("a code was sent just now"),
         say("Use the code that has come, or wait 60 seconds and ask for another."), 60.0, 0),
    Rule(_TEXTED, (1006,), "WRONG_CODE", Retry.HUMAN, say("the code is wrong"),
         say("Look at the message again.")),
    Rule(_TEXTED, (1007,), "CODE_EXPIRED", Retry.HUMAN, say("the code has expired"),
         say("Ask for another code; each is good for five minutes.")),
    Rule(_TEXTED, (1025,), "PHONE_BANNED", Retry.NO, say("the phone number is banned"),
         say("Use another number. {advice}", advice=_QR)),
    Rule(_TEXTED, (86203,), "SMS_LIMIT", Retry.LATER, say("no more codes are sent to this number today"),
         say("Wait until tomorrow. {advice}", advice=_QR), 24 * _HOUR, 0),
    # Looking after a login (2.7).
    Rule(frozenset({Step.RENEW}), (86095,), "RENEWAL_REFUSED", Retry.LOGIN,
         say("the cookies and the token that renews them do not belong together"), _RELOGIN),
    Rule(frozenset({Step.LOGOUT}), (2202,), "CSRF", Retry.LOGIN, say("the csrf token does not match"),
         _RELOGIN),
    # Preupload and storing.
    Rule(_PREUPLOAD, (406, 601), "RATE_LIMITED", Retry.LATER, say("uploads are begun too fast"),
         say("Wait ten minutes to an hour, and upload with one program at a time."), 600.0, 6, _HOUR),
    # The storage may learn of a ticket a little later than we do (4.3).
    Rule(frozenset({Step.INIT}), (403,), "TICKET_REFUSED", Retry.NEW_TICKET, say("the target is refused"),
         say("Start again: a new target is asked for."), 0.2, 5, 1.0),
    Rule(_STORING, (-616,), "FILE_MISSING", Retry.NO, say("the file is missing"), _OUTDATED),
    Rule(_STORING, (-617,), "FILE_TOO_LARGE", Retry.NO, say("the file is too large"),
         say("Split or re-encode the file.")),
    # What one asks beside an upload (7.1, 7.2, 7.5).
    Rule(frozenset({Step.TAGS}), (16025,), "BAD_TAG", Retry.NO, say("the tag is banned"),
         say("Choose another tag.")),
    Rule(_ARCHIVES, (-404,), "NO_SUCH_ARCHIVE", Retry.NO, say("there is no such archive"),
         say("Check the number; only the owner's account sees an archive that is not public.")),
    Rule(frozenset({Step.SEASON}), (-404,), "NO_SUCH_SEASON", Retry.NO,
         say("there is no such season or video"),
         say("Check the number; `Seasons.list` and `bvup season list` name your seasons.")),
    Rule(_EDIT, (-404,), "NO_SUCH_ARCHIVE", Retry.NO, say("there is no such archive (any more)"),
         say("Check the number; only the owner's account can edit an archive.")),
    Rule(_EDIT, (21160,), "DESC_TOO_LONG", Retry.NO, say("the description is too long for this interface"),
         say("Edit the archive by a login with cookies.")),
    # Submit: pace.
    Rule(_WRITTEN, (21070, 21186), "TOO_FAST", Retry.SAME, say("videos are submitted too fast"),
         say("Leave at least 30 seconds between two submissions."), 30.0, 5),
    Rule(_SUBMIT, (20001,), "SERVER_TROUBLE", Retry.SAME, say("the submission service is abnormal"),
         say("Start again in a while."), 5.0, 5, 25.0),
    Rule(_SUBMIT, (21564,), "RATE_LIMITED", Retry.OTHER_INTERFACE, say("too many videos in 24 hours"),
         say("Start again tomorrow. {advice}", advice=_ELSEWHERE), 24 * _HOUR, 0),
    Rule(_SUBMIT, (137022,), "RATE_LIMITED", Retry.LATER, say("videos are submitted too often"),
         say("Start again in half an hour to some hours; Bilibili's support can lift the limit."),
         _HOUR / 2, 0),
    # Submit: the way is closed, or wants a person.
    Rule(_SUBMIT, (21590,), "INTERFACE_RETIRED", Retry.OTHER_INTERFACE,
         say("the PC submission tool has been retired (in July 2025)"), _ELSEWHERE),
    Rule(_WRITTEN, (21150,), "INTERFACE_RETIRED", Retry.OTHER_INTERFACE, say("this entrance is obsolete"),
         _ELSEWHERE),
    Rule(_SUBMIT, (-2100,), "INTERFACE_RETIRED", Retry.OTHER_INTERFACE, say("a newer version is asked for"),
         _ELSEWHERE),
    Rule(_WRITTEN, (21111,), "UPGRADING", Retry.OTHER_INTERFACE,
         say("the submission system is being upgraded"),
         say("Start again in some hours. {advice}", advice=_ELSEWHERE), _HOUR, 0),
    Rule(_WRITTEN, (21138,), "INTERFACE_REFUSED", Retry.OTHER_INTERFACE,
         say("this interface is not open to this archive or account"), _ELSEWHERE),
    Rule(_WRITTEN, (21566, 601), "CAPTCHA", Retry.HUMAN, say("a captcha is asked for"), _BY_HAND),
    Rule(_WRITTEN, (-106, -110, -108, -113, -114, -115, -650), "ACCOUNT_INCOMPLETE", Retry.HUMAN,
         say("the account is not yet allowed to submit (membership, phone, real name or level)"), _SUPPORT),
    # Submit: what was submitted.
    Rule(_WRITTEN, (21001,), "BAD_META", Retry.NO, say("a parameter is wrong or not allowed"),
         say("Compare the keys and types of `meta` with the documentation.")),
    Rule(_WRITTEN, (21002,), "BAD_TID", Retry.NO, say("the partition cannot be used"),
         say("Choose another `tid`.")),
    Rule(_WRITTEN, (21005,), "BAD_TAGS", Retry.SAME, say("the tags are missing, too many or too long"),
         say("Give 1 to 10 tags of at most 20 characters."), 5.0, 1),
    Rule(_WRITTEN, (21008,), "BAD_COVER", Retry.NO, say("the cover is no image stored by Bilibili"),
         say("Let the uploader send the cover: pass `cover_stream`.")),
    Rule(_WRITTEN, (21011,), "NO_PARTS", Retry.NO, say("there are no parts"), _OUTDATED),
    Rule(_WRITTEN, (21015,), "BAD_PART", Retry.NO, say("a part was not stored well"),
         say("Upload the part that the message names again.")),
    Rule(_WRITTEN, (21021,), "NO_SOURCE", Retry.NO, say("a repost has no source"),
         say("Give `source` in `meta`.")),
    Rule(_WRITTEN, (21052,), "DESC_TOO_LONG", Retry.OTHER_INTERFACE, say("the description is too long here"),
         say("Shorten `desc` in `meta`; other interfaces allow 2000 characters.")),
    Rule(_WRITTEN, (21058,), "TOO_MANY_PARTS", Retry.NO, say("more than 100 parts at once"),
         say("Submit at most 100 parts and add the rest by editing the archive.")),
    Rule(_WRITTEN, (21103,), "TITLE_TOO_LONG", Retry.NO, say("the title is longer than 80 characters"),
         say("Shorten `title` in `meta`.")),
    Rule(_WRITTEN, (21104,), "PART_TITLE_TOO_LONG", Retry.NO,
         say("a part's title is longer than 80 characters"),
         say("Shorten the title of the page that the message names.")),
)  # fmt: skip
"""Every row of section 8.2 that can occur at a `Step`."""

_UNKNOWN: Final = Rule(ANY, (), ResponseCodeException.kind, Retry.NO, say("the code is not known"),
        say("Do what the message asks for, then start again; if that is nothing, report the code."),
        attempts=0)  # fmt: skip
_INDEX: Final = {(step, code): rule for rule in RULES for step in rule.steps for code in rule.codes}


def is_known(step: Step, code: int) -> bool:
    """Return whether the table has a row for `code` at `step`."""
    return (step, code) in _INDEX


def rule_for(step: Step, code: int) -> Rule:
    """Return the row for `code` at `step`; for an unknown code one that allows no repetition."""
    return _INDEX.get((step, code), _UNKNOWN)


def refusal(step: Step, code: int, message: str, answer: Mapping[str, object]) -> ResponseCodeException:
    """Make the error for an answer that carries an error code, positive or negative (section 8.2).

    Args:
        step: Where it was answered.
        code: The code.
        message: The server's message, or an empty string.
        answer: The whole answer; kept with its secrets masked.
    """
    rule = rule_for(step, code)
    said = say(
        "{meaning} (at {step}; {quoted})",
        meaning=rule.meaning,
        step=step.value,
        quoted=_quoted(message, answer),
    )
    return ResponseCodeException(code, said, answer, hint=rule.hint, retry=rule.retry, kind=rule.kind)


def not_ok(step: Step, message: str, answer: Mapping[str, object]) -> ResponseCodeException:
    """Make the error for an answer whose `OK` is not 1 and which has no code (sections 3.1 to 3.3, 4.2).

    What the upload host refuses may be repeated; a refused preupload is final.
    """
    state = answer.get("OK")
    code = state if isinstance(state, int) and not isinstance(state, bool) else -1
    storing = step in STORAGE
    return ResponseCodeException(
        code,
        say("{step} was not accepted ({quoted})", step=step.value, quoted=_quoted(message, answer)),
        answer,
        hint=_AGAIN if storing else _NAME_LINE if step is Step.PROBE else _RELOGIN,
        retry=Retry.SAME if storing else Retry.NO,
        kind="NOT_OK",
    )


def _quoted(message: str, answer: Mapping[str, object]) -> str:
    if message:
        return say("the server says: {message}", message=message)
    return say("the whole answer: {answer}", answer=json.dumps(scrub(answer), default=str)[:300])
