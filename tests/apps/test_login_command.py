"""`bvup login`: every way to log in, and what is said about it."""

from __future__ import annotations

import io
import re
import stat
import subprocess
import time
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import keyring
import keyring.backends.fail
import pytest
from PIL import Image
from tests.apps.stage import PATIENCE, confirm, environment, hesitate, secrets_of, start

from bilibili_api.account import Profiles
from bilibili_api.simulator import ExpiredToken

if TYPE_CHECKING:
    from pathlib import Path

    from tests.apps.conftest import Run
    from tests.apps.stage import SimulatorThread

    from bilibili_api.simulator import Simulator


def test_the_qr_code_of_a_tv_is_the_way_by_default(there: Run, bili: SimulatorThread) -> None:
    """A code that is scanned and confirmed gives an access key and cookies, kept and used from now on."""
    phone = bili.begin(confirm)
    result = there("login")
    phone.result(PATIENCE)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "name     demo" in result.stdout
    assert "access key (BiliTV) and cookies" in result.stdout
    assert Profiles().current() == "default"


def test_every_state_is_told_and_an_expired_code_is_renewed_on_the_spot(
    there: Run, bili: SimulatorThread
) -> None:
    """Shown, expired, shown again, scanned, confirmed: the person always knows what to do."""
    phone = bili.begin(hesitate)
    stdout = there("login").stdout
    phone.result(PATIENCE)
    said = ["Scan it with the Bilibili app", "The code has expired", "Scan it with", "Scanned. Now confirm"]
    places = [match.start() for word in said[:1] for match in re.finditer(word, stdout)]
    assert len(places) == 2
    assert places[0] < stdout.index(said[1]) < places[1] < stdout.index(said[3])
    assert stdout.index("Confirmed.") < stdout.index("name     demo")


def test_a_keyring_that_cannot_be_used_is_found_before_anybody_scans(
    there: Run, bili: SimulatorThread
) -> None:
    """A login is not thrown away after the scan for want of a place."""
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    try:
        result = there("login", "--keyring")
    finally:
        keyring.set_keyring(before)
    assert (result.exit_code, "no keyring" in result.stderr) == (2, True)
    assert bili.sim.exchanges == []


def test_url_only_prints_nothing_else_on_standard_output(there: Run, bili: SimulatorThread) -> None:
    """A program can draw the code itself; everything for people goes to standard error."""
    phone = bili.begin(confirm)
    result = there("login", "--url-only")
    assert result.stdout == (
        f"https://passport.bilibili.com/x/passport-tv-login/h5/qrcode/auth?auth_code={phone.result(PATIENCE)}\n"
    )
    assert "Kept as profile default." in result.stderr


def test_the_code_may_be_a_picture_that_others_cannot_read(
    there: Run, bili: SimulatorThread, tmp_path: Path
) -> None:
    """--png writes it, whole and for its owner only, since whoever has the code can take the login."""
    phone = bili.begin(confirm)
    result = there("login", "--png", tmp_path / "qr.png")
    phone.result(PATIENCE)
    assert f"QR code: {tmp_path / 'qr.png'}" in result.stdout
    assert Image.open(io.BytesIO((tmp_path / "qr.png").read_bytes())).format == "PNG"
    assert stat.S_IMODE((tmp_path / "qr.png").stat().st_mode) == 0o600


def test_the_code_of_the_web_gives_cookies_only(there: Run, bili: SimulatorThread) -> None:
    """--web-qr logs in as a browser."""
    phone = bili.begin(confirm)
    result = there("login", "--web-qr")
    phone.result(PATIENCE)
    assert (result.exit_code, "login    cookies\n" in result.stdout) == (0, True)


def test_account_and_password_log_in(there: Run, bili: SimulatorThread) -> None:
    """--password takes the password from BVUP_PASSWORD where there is no terminal."""
    result = there("login", "--password", "--account", "demo", BVUP_PASSWORD="demo password")
    assert (result.exit_code, "access key (Android) and cookies" in result.stdout) == (0, True)
    assert len(bili.sim.seen("login")) == 1


def test_a_captcha_and_a_code_from_the_phone_are_handed_to_a_person(
    bili: SimulatorThread, home: Path
) -> None:
    """Each is a page on this machine whose address is told; what is posted there goes on with the login."""
    bili.sim.add_account("cautious", "pass", phone="13900000001", wants_captcha=True)
    env = environment(
        home, BVUP_SERVER=bili.sim.url, BVUP_CA=str(bili.sim.ca_file), DISPLAY="", WAYLAND_DISPLAY=""
    )
    child = start(["login", "--sms", "139 0000 0001"], env, stdin=subprocess.DEVNULL)
    assert child.stdout is not None
    seen = ""
    for answer in (captcha_answer, code_answer):
        while not (found := re.search(r"http://127\.0\.0\.1:\S+", seen)):
            line = child.stdout.readline()
            assert line, seen
            seen = line
        post(found[0], answer(bili.sim))
        seen = ""
    stdout, stderr = child.communicate(timeout=PATIENCE)
    assert (child.returncode, stderr) == (0, "")
    assert "name     cautious" in stdout


def captcha_answer(sim: Simulator) -> dict[str, str]:
    [challenge] = sim.captcha.open
    validate = sim.captcha.validate
    return {"challenge": challenge.challenge, "validate": validate, "seccode": f"{validate}|jordan"}


def code_answer(sim: Simulator) -> dict[str, str]:
    return {"code": sim.sms.code_for("13900000001")}


def post(url: str, form: dict[str, str]) -> None:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=PATIENCE)
    connection.request(
        "POST", parts.path, urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert connection.getresponse().status == 200
    connection.close()


def test_an_access_key_is_kept_with_the_app_it_belongs_to(
    there: Run, bili: SimulatorThread, tmp_path: Path
) -> None:
    """Which app's key it is bound to is found out, and kept."""
    key = bili.sim.log_in(platform="Android").access_token
    path = tmp_path / "key"
    path.touch(0o600)
    path.write_text(f"{key}\n")
    result = there("login", "--access-key-file", path)
    assert (result.exit_code, "access key (Android)" in result.stdout) == (0, True)
    assert Profiles().load().platform == "Android"


@pytest.mark.parametrize("kind", ["json", "header"])
def test_cookies_may_be_pasted(there: Run, bili: SimulatorThread, kind: str) -> None:
    """`--cookies -` takes any form of cookies from standard input."""
    jar = bili.sim.cookies(bili.sim.accounts[0])
    header = "; ".join(f"{name}={value}" for name, value in jar.items())
    result = there("login", "--cookies", "-", stdin=bili.sim.cookies_json() if kind == "json" else header)
    assert (result.exit_code, "name     demo" in result.stdout) == (0, True)


def test_cookies_become_a_full_login(there: Run, bili: SimulatorThread) -> None:
    """--from-cookies makes an access key of the cookies of the profile, and keeps it under the same name."""
    jar = bili.sim.cookies(bili.sim.accounts[0])
    there(
        "login",
        "--cookies",
        "-",
        "--profile",
        "mine",
        stdin=f"SESSDATA={jar['SESSDATA']}; bili_jct={jar['bili_jct']}",
    )
    result = there("login", "--from-cookies")
    assert (result.exit_code, "access key (BiliTV) and cookies" in result.stdout) == (0, True)
    assert Profiles().names() == ("mine",)


def test_an_expired_login_in_a_file_is_renewed(there: Run, bili: SimulatorThread, cookies_json: Path) -> None:
    """What can be renewed is no reason to log in by hand."""
    bili.sim.expire_login()
    assert there("login", "--cookies", cookies_json).exit_code == 0


def test_logging_in_again_renews_the_profile_of_the_same_account(there: Run, cookies_json: Path) -> None:
    """Without a name, the login goes where the account's login is already."""
    there("login", "--cookies", cookies_json, "--profile", "mine")
    there("login", "--cookies", cookies_json)
    assert Profiles().names() == ("mine",)


def test_another_account_never_takes_the_place_of_a_login_by_itself(
    there: Run, bili: SimulatorThread, cookies_json: Path, tmp_path: Path
) -> None:
    """Without a name, another account gets a name of its own, and is used from now on."""
    there("login", "--cookies", cookies_json)
    other = bili.sim.add_account("other", "pass")
    (tmp_path / "other.json").write_text(bili.sim.cookies_json(other))
    there("login", "--cookies", tmp_path / "other.json")
    assert Profiles().names() == (str(other.mid), "default")
    assert Profiles().current() == str(other.mid)


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (["--profile", "../x"], 2, "cannot be a name"),
        (["--password", "hunter2"], 2, "a word too many"),
        (["--web-qr", "--sms", "13800100000"], 2, "different ways to log in"),
        (["--sms", "13800100000", "--small"], 2, "shows no QR code"),
        (["--small", "--url-only"], 2, "exclude one another"),
        (["--png", "qr.jpg"], 2, "end in .png"),
        (["--png", "none/qr.png"], 2, "no folder"),
        (["--account", "a"], 2, "belongs to --password"),
        (["--sms", "x"], 2, "number"),
        (["--server", "http://x"], 2, "https only"),
        (["--cookies", "none.json"], 2, "no file"),
        (["--access-key-file", "none"], 3, "No such file"),
        (["--access-key-file", "-"], 3, "no access key on standard input"),
        (["--password"], 3, "Give --account"),
        (["--password", "--account", "a"], 3, "BVUP_PASSWORD"),
        (["--from-cookies"], 3, "Run: bvup login"),
        (["--from-cookies", "--profile", "none"], 3, "Run: bvup login --profile none"),
    ],
)
def test_wrong_input_is_answered_at_once_and_nothing_is_sent(
    there: Run, bili: SimulatorThread, args: list[str], code: int, told: str
) -> None:
    """Each wrong input gets its exit code and a sentence that says what to do, in under a second."""
    begun = time.monotonic()
    result = there("login", *args)
    assert time.monotonic() - begun < 1 + 5  # a second of ours, and five for a busy machine
    assert (result.exit_code, told in " ".join(result.stderr.split())) == (code, True), result.output
    assert "hunter2" not in result.output
    assert bili.sim.exchanges == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\x80\x04}", b"SESSDATA=abc", b'{"cookie_info":{"cookies":[]}}', b"\xff\xfe"],
    ids=["empty", "cut", "pickle", "no bili_jct", "no cookies", "no text"],
)
def test_files_without_a_login_are_refused(there: Run, tmp_path: Path, content: bytes) -> None:
    """Whatever a file holds instead of a login, the error names the file and what to give."""
    path = tmp_path / "c.json"
    path.write_bytes(content)
    result = there("login", "--cookies", path)
    assert (result.exit_code, "to do: " in result.stderr) == (2, True)


@pytest.mark.parametrize(("option", "code"), [("--cookies", 2), ("--access-key-file", 3)])
def test_what_is_no_file_of_a_login_is_not_read(there: Run, tmp_path: Path, option: str, code: int) -> None:
    """A folder needs no other rights, and a video named by mistake is not loaded into memory."""
    folder, video = tmp_path / "folder", tmp_path / "video.mp4"
    folder.mkdir(mode=0o755)
    with video.open("wb") as file:
        file.truncate(1 << 40)
    for path, what in ((folder, "directory"), (video, "too large")):
        result = there("login", option, path)
        assert (result.exit_code, what in result.stderr.lower()) == (code, True), result.stderr
        assert "BVUP_HOME" not in result.stderr
    assert f"chmod 600 {folder}" not in there("login", option, folder).stderr


def test_a_dead_access_key_ends_with_3_and_the_next_command(
    there: Run, bili: SimulatorThread, tmp_path: Path
) -> None:
    """A key nobody knows means logging in; the command is complete, with the server."""
    (tmp_path / "key").write_text("0" * 32)
    result = there("login", "--access-key-file", tmp_path / "key", "--profile", "mine")
    assert result.exit_code == 3
    assert f"to do: Run: bvup login --profile mine --server {bili.sim.url} --ca" in result.stderr
    assert Profiles().names() == ()


def test_a_folder_that_cannot_be_written_is_found_before_anybody_scans(
    there: Run, bili: SimulatorThread, tmp_path: Path
) -> None:
    """No scanned login is lost because there is no place for it."""
    (tmp_path / "file").touch()
    result = there("login", BVUP_HOME=str(tmp_path / "file"))
    assert (result.exit_code, "BVUP_HOME" in result.stderr, bili.sim.exchanges) == (2, True, [])


@pytest.mark.parametrize(
    "args", [["login"], ["whoami"], ["account", "show"], ["account", "list"], ["account", "logout"]]
)
def test_no_secret_is_ever_shown(
    there: Run, bili: SimulatorThread, cookies_json: Path, args: list[str]
) -> None:
    """Neither token nor cookie appears in any output, even with -v."""
    there("login", "--cookies", cookies_json)
    hidden = secrets_of(bili.sim)
    phone = bili.begin(confirm) if args == ["login"] else None
    output = there(*args, "-v").output
    if phone is not None:
        phone.result(PATIENCE)
    assert output
    assert [secret for secret in hidden | secrets_of(bili.sim) if secret in output] == []


def test_a_kept_login_is_what_uploads_use(
    upload: Run, run: Run, cookies_json: Path, bili: SimulatorThread
) -> None:
    """After a login, `bvup upload` needs nothing that says who uploads."""
    run("account", "import", cookies_json, "--profile", "mine")
    result = upload(BVUP_ACCESS_KEY=None)
    assert (result.exit_code, "account    profile mine" in result.stdout) == (0, True), result.output
    assert len(bili.sim.archives) == 1


def test_a_cookies_json_uploads_as_users_of_biliup_know_it(upload: Run, cookies_json: Path) -> None:
    """-u names the file; it overrules the environment."""
    result = upload("-u", cookies_json)
    assert (result.exit_code, f"account    login from {cookies_json}" in result.stdout) == (0, True), (
        result.output
    )


def test_two_ways_to_say_who_uploads_are_wrong_usage(upload: Run, cookies_json: Path) -> None:
    """Nobody has to guess which of two logins was used."""
    result = upload("-u", cookies_json, "--profile", "mine")
    assert (result.exit_code, "give one of them" in result.stderr) == (2, True)


def test_the_profile_may_come_from_the_environment_and_options_overrule_it(
    upload: Run, run: Run, cookies_json: Path
) -> None:
    """BVUP_PROFILE stands for --profile; -u wins over it."""
    run("account", "import", cookies_json, "--profile", "mine")
    assert "account    profile mine" in upload("--dry-run", BVUP_PROFILE="mine").stdout
    assert "account    login from" in upload("--dry-run", "-u", cookies_json, BVUP_PROFILE="mine").stdout


def test_an_upload_with_a_dead_profile_names_the_login_command(
    upload: Run, run: Run, cookies_json: Path, bili: SimulatorThread
) -> None:
    """What only a person can mend is exit code 3 with the command that mends it."""
    run("account", "import", cookies_json, "--profile", "mine")
    bili.sim.expire_login(renewable=False)
    result = upload("--no-wait", BVUP_ACCESS_KEY=None)
    assert result.exit_code == 3
    assert f"to do: Run: bvup login --profile mine --server {bili.sim.url}" in result.stderr


def test_an_upload_under_an_unknown_profile_names_the_login_command(upload: Run) -> None:
    """A profile that is not there is a login that is needed."""
    result = upload("--profile", "none")
    assert (result.exit_code, "Run: bvup login --profile none" in result.stderr) == (3, True)


def test_a_refused_access_key_says_how_to_log_in(upload: Run, bili: SimulatorThread) -> None:
    """After a dead key from the environment, the way is to log in and leave it away."""
    bili.fault("preupload", ExpiredToken(), times=None)
    result = upload()
    assert (result.exit_code, "without BVUP_ACCESS_KEY" in result.stderr) == (3, True)
