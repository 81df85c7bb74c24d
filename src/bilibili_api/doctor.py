"""Looks whether uploads can work from here, and says what helps; nothing is changed or uploaded.

    from bilibili_api import account, doctor, sync

    async def main():
        for finding in await doctor.examine(account.Profiles().load()):
            print(finding.state.value, finding.name, finding.seen, finding.remedy)

    sync(main())

What is broken is what it finds: it is no error.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bilibili_api.account import upload_form, whoami
from bilibili_api.engine import examining_machine as machine
from bilibili_api.engine import share_safe
from bilibili_api.engine.examining_exit import NAME, asked, unasked
from bilibili_api.engine.examining_network import hurried, network, speeds
from bilibili_api.engine.findings import Finding, State, bounded
from bilibili_api.engine.options import Options, Server
from bilibili_api.exceptions import ApiException, JournalFailed, NetworkException
from bilibili_api.journal import Journal
from bilibili_api.saying import say, several

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping

    from bilibili_api.account import Credential, VideoUploaderCredential

__all__ = ["Finding", "State", "examine", "write_report"]

WITHIN: Final = 12.0
"""Seconds for each check; all run at once."""
LINES_WITHIN: Final = 18.0
"""Seconds for all lines, of which one is measured after the other."""
SOON: Final = 3
"""Days before its end from which a login that cannot renew itself is remarked on."""


async def examine(
    credential: VideoUploaderCredential | Credential | None = None,
    *,
    journal: Journal | None = None,
    options: Options | None = None,
    lines: bool = True,
    exit_address: bool = False,
) -> tuple[Finding, ...]:
    """Look at login, hosts, clock, proxies, lines, journal, disks and versions, all at once.

    Never raises for what is broken, since that is what it finds. A login is neither renewed nor made: of a
    credential with account and password alone nothing is asked.

    Args:
        credential: The login; None: nobody is logged in.
        journal: The journal to look at; by default the user's own.
        options: Server, network and clock; by default those of the credential.
        lines: Whether to measure the lines, too (a few megabytes at most).
        exit_address: Whether to ask for the address under which Bilibili sees this machine. Only a request
            for an upload tells it: that counts against the account's limit, and a refusal is noted in the
            journal as uploads do it, so that they wait. No upload is begun.

    Returns:
        The findings, in a fixed order.
    """
    if options is None:
        options = Options(server=Server.from_environment()) if credential is None else credential.options
    journal = journal or Journal()
    path = journal.path
    checks = [
        bounded(say("login"), WITHIN, partial(_login, credential, options)),
        bounded(say("network"), WITHIN, partial(network, options)),
        bounded(say("journal"), WITHIN, partial(_in_thread, partial(machine.journal, path))),
        bounded(say("submission"), WITHIN, partial(_in_thread, partial(machine.last_submissions, path))),
        bounded(say("disk"), WITHIN, partial(_in_thread, partial(machine.disks, path))),
        bounded(say("versions"), WITHIN, partial(_in_thread, machine.versions)),
    ]
    if exit_address:
        session = None if credential is None else credential.session()
        checks.insert(2, bounded(NAME, WITHIN, partial(asked, session, options, journal)))
    else:
        checks.insert(2, bounded(NAME, WITHIN, unasked))
    if lines:
        checks.insert(3, bounded(say("lines"), LINES_WITHIN, partial(speeds, options)))
    return tuple(finding for found in await asyncio.gather(*checks) for finding in found)


async def _in_thread(look: Callable[[], tuple[Finding, ...]]) -> tuple[Finding, ...]:
    return await asyncio.to_thread(look)


async def _login(
    credential: VideoUploaderCredential | Credential | None, options: Options
) -> tuple[Finding, ...]:
    if credential is None:
        return (Finding(say("login"), State.BAD, say("Nobody is logged in."), say("Run: bvup login")),)
    session = credential.session()
    if session.token is None and not session.cookies:
        seen = say("There is no login yet, only an account and a password.")
        return (Finding(say("login"), State.NOTE, seen, ""),)
    try:
        found = await whoami(credential, options=hurried(options))
    except NetworkException:
        seen = say("Whether the login is good cannot be asked: Bilibili does not answer.")
        return (Finding(say("login"), State.NOTE, seen, say("Mend the network first, then look again.")),)
    who = (found.name, str(found.mid))
    days, renews = found.days_left, found.can_renew
    account = say("{name} ({number})", name=found.name or say("The account"), number=found.mid)
    lasts = (
        say("nobody says how long it lasts")
        if days is None
        else several(days, "it lasts {n} more day", "it lasts {n} more days")
    )
    seen = (
        say("{account} is logged in; {lasts}, and it renews itself.", account=account, lasts=lasts)
        if renews
        else say("{account} is logged in; {lasts}, and it cannot renew itself.", account=account, lasts=lasts)
    )
    if days is not None and days < SOON and not renews:
        life = Finding(say("login"), State.NOTE, seen, say("Run `bvup login` before the next upload."), who)
    else:
        life = Finding(say("login"), State.GOOD, seen, private=who)
    return (life, await _offer(credential, options, has_cookies=found.has_cookies))


async def _offer(
    credential: VideoUploaderCredential | Credential, options: Options, *, has_cookies: bool
) -> Finding:
    """Look at what the account may submit, which is the most that can be asked without submitting."""
    if not has_cookies:
        seen = say("What may be submitted can be asked with cookies only, and the login has none.")
        remedy = say("Log in by a QR code (`bvup login`) to have both.")
        return Finding(say("upload form"), State.NOTE, seen, remedy)
    try:
        form = await upload_form(credential, options=hurried(options))
    except ApiException as error:
        state = State.NOTE if isinstance(error, NetworkException) else State.BAD
        return Finding(say("upload form"), state, error.said, error.hint)
    seen = several(
        len(form.zones), "It answers and offers {n} partition.", "It answers and offers {n} partitions."
    )
    return Finding(say("upload form"), State.GOOD, seen)


def write_report(
    path: str | os.PathLike[str],
    findings: tuple[Finding, ...],
    *,
    credential: VideoUploaderCredential | Credential | None = None,
    journal: Journal | None = None,
    options: Options | None = None,
    sections: Mapping[str, str] | None = None,
) -> None:
    """Write what was found into a new file that may be shown to others; its mode is 0600.

    Names of accounts, files and submissions are masked, and so is what has a sensitive name. What is left is
    scanned for all secrets that this machine knows: kept logins, the login given here, the journal's upload
    authorisations, `BVUP_ACCESS_KEY`, `BVUP_PASSWORD`, logins at proxies; and for what has the form of one.

    Args:
        path: The file; must not be there.
        findings: What `examine` returned.
        credential: The login that was examined.
        journal: The journal that was examined; by default the user's own.
        options: The options that were examined with.
        sections: More texts, by their titles.

    Raises:
        ArgsException: Something may be a secret, the file is there already, or it cannot be written.
    """
    kept = (journal or Journal()).path
    private = {word for one in findings for word in one.private}
    secrets = {*share_safe.kept_secrets(), *share_safe.secrets_of_environment()}
    if credential is not None:
        secrets |= set(share_safe.secrets_of_session(credential.session()))
    if options is not None:
        secrets |= set(share_safe.secrets_of_network(options.network))
    if kept.exists():
        with suppress(JournalFailed):  # one that cannot be read cannot be copied from, either
            secrets |= set(share_safe.secrets_of_journal(kept))
            private |= set(share_safe.words_of_journal(kept))
    texts = {
        "findings": "\n".join(_lines(findings)),
        "last submissions": "\n".join(machine.last_jobs(kept)),
        **(sections or {}),
    }
    shown = {
        share_safe.masked(name, private): share_safe.masked(text, private) for name, text in texts.items()
    }
    share_safe.check(shown, secrets)
    body = "\n\n".join(f"== {name} ==\n{text}" for name, text in shown.items())
    share_safe.write_private(Path(path), body + "\n")


def _lines(findings: tuple[Finding, ...]) -> Iterator[str]:
    for one in findings:
        yield f"{one.state.value:<4}  {one.name}: {one.seen}"
        if one.remedy:
            yield f"      to do: {one.remedy}"
