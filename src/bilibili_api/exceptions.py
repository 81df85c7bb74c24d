"""Everything that can go wrong, as one hierarchy.

    ApiException                     base of all; `kind`, `hint`, `kept`, `retry`
    |-- ArgsException                what was passed in cannot work
    |   |-- InvalidUpload            all problems of one upload at once, found before the first byte
    |   |-- InvalidCover             a picture or a video that no cover can be made of
    |   |-- ExtraMissing             an optional library is needed and not installed
    |   `-- LoginLacks               a request needs an access key or cookies, which the login does not have
    |-- NetworkException             no usable HTTP answer: `status` >= 400, or 0 without any answer
    |   |-- Unreachable              no connection came about, so nothing was sent
    |   |   `-- ProxyFailed          because of the proxy: it is away, wants a login, or forbids it
    |   `-- ConnectionLost           the connection broke or fell silent; what was sent may have arrived
    |-- ResponseException            an answer that is not what the protocol says
    |-- ResponseCodeException        Bilibili answered with an error code
    |-- VerificationRequired         the login wants a person: a captcha, a second factor
    |-- ArchiveChanged               somebody else has changed the archive that was to be edited
    `-- VideoUploadException         the upload itself cannot go on
        |-- SourceChanged            the file is not the one that was begun
        |-- SpoolFailed              no room for the temporary copy of a stream
        |-- JournalFailed            what must be remembered cannot be written down
        |-- UploadBusy               another process, or another uploader, has these files
        |-- PartsMissing             the storage counts fewer parts than were sent
        `-- SubmissionUnknown        the answer to the submission was lost; it is not repeated blindly

Each error is a sentence (`str(error)`) with four attributes: `kind`, a stable name that scripts may match on;
`hint`, the next thing to do; `kept`, what survives on the server or on disk; `retry`, what would help.
When to retry is not the error's business but the policy's (`engine/retry.py`).
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar, Self

from .frozen import frozen
from .redaction import scrub, scrub_text
from .saying import Said, joined, say, several


class Retry(Enum):
    """What would help against an error."""

    NO = "no"
    """Nothing: the same request would fail again."""
    SAME = "same"
    """The same request, a little later."""
    OTHER_LINE = "other_line"
    """The same upload over another line or host."""
    NEW_TICKET = "new_ticket"
    """A new preupload: the target of this upload is dead."""
    OTHER_INTERFACE = "other_interface"
    """Submitting the stored file names through another interface."""
    LOGIN = "login"
    """A fresh login or renewed token."""
    LATER = "later"
    """Waiting, minutes to hours: a limit of the account or of the address."""
    HUMAN = "human"
    """A person: a captcha, a verification, a decision."""


@frozen
class Problem:
    """One thing that is wrong with what was passed in.

    Attributes:
        field: Where: `meta.title`, `pages[2].title`, `cover`, `threads`, ...
        what: What is wrong, as a sentence.
        fix: What to do about it, as a sentence.
    """

    field: str
    what: str
    fix: str

    @property
    def said(self) -> str:
        """All of it; `bilibili_api.language` translates it."""
        return say("{field}: {what} {fix}", field=self.field, what=self.what, fix=self.fix)

    def __str__(self) -> str:
        return str(self.said)


class ApiException(Exception):  # noqa: N818 - the published names of this hierarchy end in Exception
    """Base of all errors of this library."""

    kind: str = "ERROR"
    retry: Retry = Retry.NO
    hint: str = ""
    kept: str = ""

    default_hint: ClassVar[str] = ""

    def __init__(
        self,
        msg: str = "",
        *,
        hint: str | None = None,
        retry: Retry | None = None,
        kind: str | None = None,
    ) -> None:
        self.msg = msg.mapped(scrub_text) if isinstance(msg, Said) else scrub_text(msg)
        super().__init__(self.msg)
        self.hint = self.default_hint if hint is None else hint
        if retry is not None:
            self.retry = retry
        if kind is not None:
            self.kind = kind
        if self.hint:
            self.add_note(f"What to do: {self.hint}")

    def keeping(self, kept: str) -> Self:
        """Say what survives this error, and return the error."""
        if kept and kept != self.kept:
            self.kept = kept
            self.add_note(f"What was kept: {kept}")
        return self

    @property
    def said(self) -> str:
        """What `str` says, in a form that `bilibili_api.language` translates."""
        return _sentence(self.msg)

    def __str__(self) -> str:
        return str(self.said)

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (type(self), self.args, self.__dict__)


def _restore(kind: type[ApiException], args: tuple[object, ...], state: dict[str, object]) -> ApiException:
    """Make a copied or unpickled error again, without the arguments of its constructor."""
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


def _sentence(text: str) -> str:
    """End a text as sentences end, so that another may follow."""
    if not text or text.endswith((".", "!", "?", "。", "！", "？", "…")):
        return text
    return say("{sentence}.", sentence=text)


class ArgsException(ApiException):
    """What was passed in cannot work."""

    kind = "ARGUMENTS"


class InvalidUpload(ArgsException):
    """Pages, meta, cover or settings are not acceptable; nothing was uploaded.

    Attributes:
        problems: Every problem that was found, in the order of the arguments.
    """

    kind = "INVALID_UPLOAD"
    default_hint = say("Mend the fields named above and start again; nothing was uploaded.")

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        count = several(
            len(problems),
            "{n} problem found before sending anything:",
            "{n} problems found before sending anything:",
        )
        super().__init__(joined("\n  - ", [count, *(problem.said for problem in problems)]))


class InvalidCover(ArgsException):
    """A picture or a video that no cover can be made of (protocol document, section 5)."""

    kind = "INVALID_COVER"
    default_hint = say("Give another picture, or none: then Bilibili may take a frame of the video.")


class ExtraMissing(ArgsException):
    """Something needs an optional library that is not installed.

    Args:
        what: What needs it, as the beginning of a sentence.
        extra: The extra of this distribution that brings it.
    """

    kind = "EXTRA_MISSING"

    def __init__(self, what: str, extra: str) -> None:
        self.extra = extra
        super().__init__(
            say("{what} needs the extra {extra!r}, which is not installed.", what=what, extra=extra),
            hint=say("Run: pip install 'bilibili-video-uploader[{extra}]'", extra=extra),
        )


class LoginLacks(ArgsException):
    """A request needs an access key or cookies, which the login does not have, or not any more.

    Args:
        what: What needs it, as the beginning of a sentence.
        need: `token` (an access key) or `cookies`.
    """

    kind = "LOGIN_LACKS"
    retry = Retry.OTHER_INTERFACE
    default_hint = say(
        "Log in by scanning the TV QR code, which gives both; or name no line and no interface."
    )

    def __init__(self, what: str, need: str) -> None:
        self.need = need
        called = say("an access key") if need == "token" else say("cookies")
        super().__init__(
            say("{what} needs {called}, which the login does not have.", what=what, called=called)
        )


class NetworkException(ApiException):
    """No usable HTTP answer.

    Attributes:
        status: The HTTP status, or 0 when there was no answer at all.
        msg: What happened.
    """

    kind = "NETWORK"

    def __init__(
        self,
        status: int,
        msg: str,
        *,
        hint: str | None = None,
        retry: Retry | None = None,
        kind: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(msg, hint=hint, retry=retry, kind=kind)
        self.status = status
        self.retry_after = retry_after
        """Seconds the server asked to wait (`Retry-After`), or None."""


class Unreachable(NetworkException):
    """No connection came about (name not resolved, refused, TLS not agreed): nothing was sent."""

    kind = "UNREACHABLE"
    retry = Retry.SAME
    default_hint = say("Check the network, the proxy and the name resolution; then start again.")

    def __init__(self, msg: str, *, hint: str | None = None, retry: Retry | None = None) -> None:
        super().__init__(0, msg, hint=hint, retry=retry)


class ProxyFailed(Unreachable):
    """The proxy did not lead a connection on: nothing was sent to Bilibili.

    `kind` is `PROXY_FAILED` while it is away or cannot reach the host, which passes as any outage does;
    `PROXY_LOGIN` if it wants a login or does not accept it; `PROXY_REFUSED` if it has a rule against the
    host, or is no proxy of the kind that was named.
    """

    kind = "PROXY_FAILED"
    default_hint = say("Check that the proxy runs and that its URL is right; then start again.")

    @classmethod
    def for_good(cls, msg: str, *, hint: str, kind: str = "PROXY_REFUSED") -> Self:
        """Make the error of a proxy that will not lead the connection on, however often it is asked."""
        made = cls(msg, hint=hint, retry=Retry.NO)
        made.kind = kind
        return made


class ConnectionLost(NetworkException):
    """The connection broke, or the other side fell silent, before the whole answer had come."""

    kind = "CONNECTION_LOST"
    retry = Retry.SAME
    default_hint = say("Check the network; then start again.")

    def __init__(self, msg: str, *, hint: str | None = None, retry: Retry | None = None) -> None:
        super().__init__(0, msg, hint=hint, retry=retry)


class ResponseException(ApiException):
    """An answer that is not what the protocol says (not JSON, a member missing or of another type)."""

    kind = "UNEXPECTED_ANSWER"
    default_hint = say("Bilibili may have changed its interface: look for a newer version of this library.")


class ResponseCodeException(ApiException):
    """Bilibili answered with an error code.

    Attributes:
        code: The code, positive or negative.
        msg: The server's message.
        raw: The answer as parsed, with sensitive members masked, or None.
    """

    kind = "REFUSED"

    def __init__(
        self,
        code: int,
        msg: str,
        raw: object = None,
        *,
        hint: str | None = None,
        retry: Retry | None = None,
        kind: str | None = None,
    ) -> None:
        super().__init__(msg, hint=hint, retry=retry, kind=kind)
        self.code = code
        self.raw = scrub(raw)

    @property
    def said(self) -> str:
        """The code, and the server's message."""
        return _sentence(say("Bilibili answered with code {code}: {msg}", code=self.code, msg=self.msg))


class VerificationRequired(ApiException):
    """The login wants something only a person can give: a captcha, a code sent to a phone."""

    kind = "VERIFICATION_REQUIRED"
    retry = Retry.HUMAN
    default_hint = say(
        "Log in once in the official app or on bilibili.com from this network, then try again; or "
        "use an access key that was obtained by scanning a QR code: "
        "VideoUploaderCredential(access_key=...)."
    )


class ArchiveChanged(ApiException):
    """An archive is not any more what it was when its change was planned; nothing is overwritten."""

    kind = "ARCHIVE_CHANGED"
    retry = Retry.HUMAN
    default_hint = say("Look at it as it is now, and plan the change anew.")


class VideoUploadException(ApiException):
    """The upload itself cannot go on."""

    kind = "UPLOAD"


class SourceChanged(VideoUploadException):
    """The file shrank, grew, was replaced or became unreadable while it was being uploaded."""

    kind = "SOURCE_CHANGED"
    default_hint = say(
        "Wait until nothing writes to the file any more; then start again with the finished file."
    )


class SpoolFailed(VideoUploadException):
    """A stream that cannot seek could not be copied to a temporary file."""

    kind = "SPOOL_FAILED"
    default_hint = say(
        "Make room in the temporary directory or point TMPDIR at a larger one; then start again."
    )


class JournalFailed(VideoUploadException):
    """The journal cannot be opened, read or written."""

    kind = "JOURNAL_FAILED"
    retry = Retry.LATER
    default_hint = say(
        "Make room on its disk, check the rights of its folder, or set BVUP_HOME to another one; "
        "then start again: what is stored on the server stays there."
    )


class UploadBusy(VideoUploadException):
    """Somebody else is uploading one of these files for the same account right now."""

    kind = "UPLOAD_BUSY"
    retry = Retry.LATER
    default_hint = say(
        "Wait until that upload ends, or stop it; then start again: what it has stored is taken up."
    )


class PartsMissing(VideoUploadException):
    """The storage counts fewer parts than belong to the file (protocol document, section 4.5).

    It is mended by putting what is missing again and completing once more; completing alone would fail again.
    Where that does not help, or nobody knows what is missing, a new target does, hence `retry`.

    Attributes:
        got: Parts the storage has.
        expected: Parts it should have.
    """

    kind = "PARTS_MISSING"
    retry = Retry.NEW_TICKET
    default_hint = say("Start again, with fewer threads; parts that the storage lost are sent again.")

    def __init__(self, got: int, expected: int) -> None:
        self.got = got
        self.expected = expected
        super().__init__(
            say("The storage has {got} of the {expected} parts of the file.", got=got, expected=expected)
        )


class SubmissionUnknown(VideoUploadException):
    """The submission was sent but its answer was lost: whether an archive exists is not known."""

    kind = "SUBMISSION_UNKNOWN"
    retry = Retry.HUMAN
    default_hint = say(
        "Look into the archive manager on member.bilibili.com: if the video is there, all is done; "
        "if not, call submit(again=True), which sends no file twice. Starting again looks for it "
        "first, and never submits it twice."
    )
