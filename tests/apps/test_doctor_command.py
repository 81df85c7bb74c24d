"""`bvup doctor`, in this process, against the simulator and what can be broken."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.apps.stage import secrets_of

from bilibili_api.journal import Journal
from bilibili_api.simulator import Status

if TYPE_CHECKING:
    from pathlib import Path

    from tests.apps.conftest import Run
    from tests.apps.stage import SimulatorThread


def findings(said: str) -> dict[str, Any]:
    return {one["name"]: one for one in json.loads(said)["findings"]}


def test_a_sound_machine(there: Run, bili: SimulatorThread, cookies_json: Path, home: Path) -> None:
    """Nothing is bad, nothing is uploaded, and nothing is left behind."""
    result = there("doctor", "-u", cookies_json)
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith("Nothing stands in the way of an upload.\n")
    assert "ok    clock: It agrees" in result.stdout
    assert "ok    lines: At least: " in result.stdout
    assert "to do: Run `bvup doctor --exit-address`" in result.stdout
    assert not {"preupload", "init", "submit"} & {str(one.step) for one in bili.sim.exchanges}
    assert not home.exists()


def test_nobody_is_logged_in(there: Run) -> None:
    """The finding says how to log in, and the exit code that a login is needed."""
    result = there("doctor", "--no-lines")
    assert result.exit_code == 3
    assert "BAD   login: Nobody is logged in.\n      to do: Run: bvup login" in result.stdout
    assert "\n      Or give -u cookies.json " in result.stdout


def test_a_dead_token(there: Run) -> None:
    """What Bilibili does not accept is bad; the rest is looked at all the same."""
    result = there("doctor", "--no-lines", "--json", BVUP_ACCESS_KEY="0" * 32)
    assert result.exit_code == 3
    told = findings(result.stdout)
    assert (told["login"]["state"], told["api.bilibili.com"]["state"]) == ("bad", "good")
    assert told["login"]["remedy"]


def test_a_host_that_refuses(there: Run, bili: SimulatorThread, cookies_json: Path) -> None:
    """Its status is told; lines cannot be measured then."""
    bili.fault("probe", Status(412), times=None)
    result = there("doctor", "-u", cookies_json, "--json")
    told = findings(result.stdout)
    assert result.exit_code == 5
    assert "412" in told["member.bilibili.com"]["seen"]
    assert told["lines"]["state"] == "bad"


def test_a_dead_proxy(there: Run, cookies_json: Path) -> None:
    """It is named, without the login that it wants."""
    result = there(
        "doctor", "-u", cookies_json, "--no-lines", "--json", BVUP_API_PROXY="http://me:geheim@127.0.0.1:9"
    )
    told = findings(result.stdout)
    assert result.exit_code == 5
    assert told["API proxy"]["state"] == "bad"
    assert "127.0.0.1:9" in told["API proxy"]["seen"]
    assert "geheim" not in result.output


def test_a_damaged_journal(there: Run, cookies_json: Path, home: Path) -> None:
    """It is told of, and stays as it is."""
    home.mkdir()
    journal = home / "journal.db"
    journal.write_bytes(content := b"SQLite format 3\0" + b"x" * 5000)
    result = there("doctor", "-u", cookies_json, "--no-lines", "--json")
    assert result.exit_code == 6
    assert "damaged" in findings(result.stdout)["journal"]["seen"]
    assert journal.read_bytes() == content
    assert [path.name for path in home.iterdir()] == ["journal.db"]


def test_narrow_terminals_and_plain_text(there: Run, cookies_json: Path) -> None:
    """What is said is ASCII, with a word for how bad it is."""
    said = there("doctor", "-u", cookies_json, "--no-lines").stdout
    assert said.isascii()
    assert {line[:4] for line in said.splitlines()[:-1]} <= {"ok  ", "note", "BAD ", "    "}


def test_a_report_may_be_shown(there: Run, bili: SimulatorThread, cookies_json: Path, tmp_path: Path) -> None:
    """In English, for whoever helps: the findings, the settings and the versions, but no secret, and not whose."""
    file = tmp_path / "report.txt"
    proxy = {"BVUP_UPLOAD_PROXY": "http://somebody:geheimnis@127.0.0.1:9"}
    result = there("--lang", "zh", "doctor", "-u", cookies_json, "--no-lines", "--report", file, **proxy)
    assert "报告在" in result.stdout
    text = file.read_text()
    assert text.isascii()
    assert file.stat().st_mode & 0o777 == 0o600
    assert {"== findings ==", "== last submissions ==", "== settings =="} <= set(text.splitlines())
    assert text.count("BVUP_UPLOAD_PROXY") == 1
    assert "versions: bilibili-video-uploader" in text
    told = {*secrets_of(bili.sim), "geheimnis", "somebody", str(bili.sim.accounts[0].mid)}
    assert not [secret for secret in told if secret in text]


def test_the_exit_address_is_shown_to_who_asks_for_it(
    there: Run, bili: SimulatorThread, cookies_json: Path, tmp_path: Path
) -> None:
    """By one request, after which no upload is begun; a report leaves the address out."""
    file = tmp_path / "report.txt"
    result = there("doctor", "-u", cookies_json, "--no-lines", "--exit-address", "--report", file)
    assert result.exit_code == 0
    assert "ok    exit address: Bilibili sees 127.0.0.1; calls go without a proxy. " in result.stdout
    assert "The question counted against the limit" in result.stdout
    assert [len(bili.sim.seen(step)) for step in ("preupload", "init")] == [1, 0]
    text = file.read_text()
    assert "Bilibili sees ***; calls" in text
    assert "127.0.0.1" not in text


def test_without_a_login_the_exit_address_cannot_be_asked_for(there: Run, bili: SimulatorThread) -> None:
    """The login is what is bad, and the finding says which kind is needed."""
    result = there("doctor", "--no-lines", "--exit-address", "--json")
    told = findings(result.stdout)["exit address"]
    assert (result.exit_code, told["state"]) == (3, "note")
    assert "cookies" in told["seen"]
    assert "bvup login" in told["remedy"]
    assert bili.sim.seen("preupload") == []


def test_a_limit_at_the_exit_address_holds_for_all_who_upload(
    there: Run, bili: SimulatorThread, cookies_json: Path, home: Path
) -> None:
    """It is a finding with what helps, and nobody of the account asks again before its time."""
    with Journal(home / "journal.db").opened():
        bili.sim.limits.preuploads_per_hour = 0
    said = [there("doctor", "-u", cookies_json, "--no-lines", "--exit-address", "--json") for _ in range(2)]
    refused, unasked = (findings(each.stdout)["exit address"] for each in said)
    assert [each.exit_code for each in said] == [5, 5]
    assert "too fast" in refused["seen"]
    assert "Wait ten minutes" in refused["remedy"]
    assert "It was not asked for" in unasked["seen"]
    assert unasked["remedy"] == "Look again in 10 min; uploads of the account wait by themselves."
    assert len(bili.sim.seen("preupload")) == 1


def test_a_report_overwrites_nothing(there: Run, tmp_path: Path) -> None:
    """A file that is there stays."""
    file = tmp_path / "mine.txt"
    file.write_text("mine")
    assert there("doctor", "--no-lines", "--report", file).exit_code == 2
    assert file.read_text() == "mine"
