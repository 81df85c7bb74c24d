"""FAILED and each `*_FAILED`: when they are told, and with what (protocol document, sections 9.3 and 9.4)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.kit import (
    listen,
    make_uploader,
    names,
    password_of,
)

from bilibili_api.exceptions import (
    ApiException,
    InvalidUpload,
    NetworkException,
    ResponseCodeException,
    SubmissionUnknown,
    Unreachable,
)
from bilibili_api.simulator import Code, Cut, ExpiredToken, NotOk, Status
from bilibili_api.video_uploader import (
    Server,
)

if TYPE_CHECKING:
    from bilibili_api.simulator import Account, Fault, Simulator, Step
    from bilibili_api.video_uploader import Options, VideoUploader

from tests.contract.published_events import assert_as_published

REFUSED: dict[str, tuple[Step, Fault, str | None, type[ApiException]]] = {
    "login refused": ("login", Code(-629), None, ResponseCodeException),
    "login cut off": ("login", Cut(), None, NetworkException),
    "preupload refused": ("preupload", NotOk("no"), "PREUPLOAD_FAILED", ResponseCodeException),
    "preupload status": ("preupload", Status(404), "PREUPLOAD_FAILED", NetworkException),
    "preupload cut off": ("preupload", Cut(), "PREUPLOAD_FAILED", NetworkException),
    "chunk refused": ("chunk", NotOk("no"), "CHUNK_FAILED", ResponseCodeException),
    "chunk status": ("chunk", Status(400), "CHUNK_FAILED", NetworkException),
    "chunk cut off": ("chunk", Cut(), "CHUNK_FAILED", NetworkException),
    "completion refused": ("complete", NotOk("no"), "PAGE_SUBMIT_FAILED", ResponseCodeException),
    "completion status": ("complete", Status(400), "PAGE_SUBMIT_FAILED", NetworkException),
    "completion cut off": ("complete", Cut(), "PAGE_SUBMIT_FAILED", NetworkException),
    "cover refused": ("cover", Code(-400), "COVER_FAILED", ResponseCodeException),
    "cover with a positive code": ("cover", Code(20001), "COVER_FAILED", ResponseCodeException),
    "cover status": ("cover", Status(404), "COVER_FAILED", NetworkException),
    "cover cut off": ("cover", Cut(), "COVER_FAILED", NetworkException),
    "cover not logged in": ("cover", ExpiredToken(), "COVER_FAILED", ResponseCodeException),
    "submission refused": ("submit", Code(-403), "SUBMIT_FAILED", ResponseCodeException),
    "submission with a positive code": ("submit", Code(21566), "SUBMIT_FAILED", ResponseCodeException),
    "submission with an unknown code": ("submit", Code(99999), "SUBMIT_FAILED", ResponseCodeException),
    "submission status": ("submit", Status(403), "SUBMIT_FAILED", NetworkException),
    "submission cut off": ("submit", Cut(), "SUBMIT_FAILED", SubmissionUnknown),
}
"""What goes wrong at which step for ever, the event that says so, and what `start()` raises."""


class TestFailures:
    """FAILED is dispatched with `{"err": exception}` on every failure of `start()`."""

    @pytest.mark.parametrize(("step", "fault", "event", "error"), REFUSED.values(), ids=REFUSED)
    async def test_a_failure_is_told_by_its_step_and_by_failed(
        self,
        sim: Simulator,
        account: Account,
        options: Options,
        cover: bytes,
        step: Step,
        fault: Fault,
        event: str | None,
        error: type[ApiException],
    ):
        """Each `*_FAILED` fires for connection errors, too; FAILED comes last and has what is raised."""
        sim.faults.add(step, fault, times=None)
        credential = password_of(account, options) if step == "login" else None
        uploader = make_uploader(account, options, cover=cover, credential=credential)
        heard = listen(uploader)
        with pytest.raises(error) as raised:
            await uploader.start()
        assert names(heard)[-1] == "FAILED"
        assert heard[-1][1]["err"] is raised.value
        assert Counter(names(heard))["FAILED"] == 1
        if event is not None:
            assert names(heard)[-2] == event
            assert dict(heard)[event] is None or dict(heard)[event].get("err", raised.value) is raised.value
        assert_as_published(heard)

    @pytest.mark.parametrize(
        "event", ["PREUPLOAD_FAILED", "PAGE_SUBMIT_FAILED", "COVER_FAILED", "SUBMIT_FAILED"]
    )
    async def test_a_failure_that_was_overcome_is_not_told(
        self, sim: Simulator, account: Account, options: Options, cover: bytes, event: str
    ):
        """Only chunks tell of each attempt; the others tell when the step is given up."""
        steps: dict[str, Step] = {
            "PREUPLOAD_FAILED": "preupload",
            "PAGE_SUBMIT_FAILED": "complete",
            "COVER_FAILED": "cover",
            "SUBMIT_FAILED": "submit",
        }
        sim.faults.add(steps[event], Status(503))
        uploader = make_uploader(account, options, cover=cover)
        heard = listen(uploader)
        await uploader.start()
        assert len(sim.seen(steps[event])) == 2
        assert event not in names(heard)

    async def test_bad_arguments_are_told_by_failed_alone(
        self, sim: Simulator, account: Account, options: Options
    ):
        """Nothing was begun, nothing was sent."""
        uploader = make_uploader(account, options, meta={})
        heard = listen(uploader)
        with pytest.raises(InvalidUpload) as raised:
            await uploader.start()
        assert heard == [("FAILED", {"err": raised.value})]
        assert sim.exchanges == []

    async def test_no_connection_at_all_is_told_by_preupload_failed(self, account: Account, options: Options):
        """Nobody listens there."""
        nowhere = replace(options, server=Server("https://127.0.0.1:1"))
        uploader = make_uploader(account, nowhere)
        heard = listen(uploader)
        with pytest.raises(Unreachable) as raised:
            await uploader.start()
        assert names(heard) == ["PREUPLOAD", "PREUPLOAD_FAILED", "FAILED"]
        assert heard[-1][1]["err"] is raised.value

    async def test_an_error_of_somebody_else_is_told_and_raised_as_it_is(
        self, account: Account, options: Options
    ):
        """What a credential of the caller's own raises, for instance."""

        class Keyring:
            async def get_access_key(self) -> str:
                raise OSError("the keyring is locked")

        uploader: VideoUploader = make_uploader(account, options)
        uploader.credential = Keyring()  # pyright: ignore[reportAttributeAccessIssue] - not typed
        heard = listen(uploader)
        with pytest.raises(OSError, match="locked") as raised:
            await uploader.start()
        assert heard[-1] == ("FAILED", {"err": raised.value})

    async def test_a_failure_names_what_was_kept(self, sim: Simulator, account: Account, options: Options):
        """The error in FAILED says what need not be sent again."""
        sim.faults.add("submit", Code(21002))
        uploader = make_uploader(account, options, b"one", b"two")
        heard = listen(uploader)
        with pytest.raises(ResponseCodeException):
            await uploader.start()
        assert "2 of 2 pages are stored" in dict(heard)["FAILED"]["err"].kept
