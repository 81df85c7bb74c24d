"""`bvup resume`: goes on with uploads that stopped."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import click

from bilibili_api.exceptions import ApiException, UploadBusy, VideoUploadException
from bilibili_api.video_uploader import PageProgress, UserRate, VideoUploader

from . import told
from .attempt import Attempt
from .credentials import pointing, server_from
from .errand import Errand
from .flags import VERBOSE, Named, output_options, server_options, verbose_option, who_options
from .job_words import heading
from .journal_options import journal_of, journal_option, turn_options
from .language import in_words, t
from .network_options import options_for
from .outlet import Outlet
from .picking import check_owner, check_streams, login_for, named, only, unfinished
from .report import EPILOG, ExitCode, complain, worst
from .text import sentences
from .way_on import WayOn
from .words import PUBLISHED, published

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.journal import Job, Journal

    from .sending import Act

HELP: Final = """Go on with an upload where it stopped; JOB is its number in `bvup jobs`.

JOB may be left out when only one is unfinished. What the server has is not sent again.

Who uploads: whoever is named, else the kept login of the account that began it, else as for `bvup upload`.
"""


def going_on_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what every command that goes on with a job has to know."""
    account = click.option("--account", metavar="NAME", help="Log in with this account and a password.")
    wait = click.option(
        "--no-wait", is_flag=True, help="Fail when the login dies, instead of waiting for a new one."
    )
    details = verbose_option("Show details, and tracebacks of errors.")
    answers = output_options(details(command))
    return journal_option(turn_options(account(who_options(server_options(wait(answers))))))


@click.command(help=HELP, epilog=EPILOG)
@click.argument("job", required=False, type=int, metavar="[JOB]")
@click.option(
    "--all", "is_all", cls=Named, is_flag=True, help="All that are unfinished, one after the other."
)
@click.option("--rate", metavar="LIMIT", help="Another limit of the rate than it had; see `bvup rate`.")
@going_on_options
@click.pass_context
def command(ctx: click.Context, *, job: int | None, is_all: bool, **given: Any) -> None:
    """Take the command line apart and do what it says."""
    if is_all and job is not None:
        raise click.UsageError(t("JOB and --all contradict one another."))
    journal, outlet = journal_of(given), Outlet()
    if is_all:
        ctx.exit(all_of(journal, given, outlet))
    meant = only(journal) if job is None else named(journal, job)
    if meant is None:
        outlet.say(t("No upload is unfinished. Those that are published: bvup jobs --all"))
        return
    code, _ = go_on(meant, journal, given, outlet)
    ctx.exit(code)


def all_of(journal: Journal, given: dict[str, Any], outlet: Outlet) -> ExitCode:
    """Go on with all jobs, and return the worst exit code.

    Those of other processes are left alone, and so are those that nobody can go on with.
    """
    jobs, codes = unfinished(journal), [ExitCode.DONE]
    if not jobs:
        outlet.say(t("No upload is unfinished."))
    for job in jobs:
        with told.many():
            code, is_stopped = _one_of_many(job, journal, given, outlet)
        codes.append(code)
        if is_stopped:
            break
    return worst(codes)


def _one_of_many(job: Job, journal: Journal, given: dict[str, Any], outlet: Outlet) -> tuple[ExitCode, bool]:
    """Go on with one of several: what fails with it must not keep the others from going on."""
    try:
        check_streams(job)
    except VideoUploadException as error:
        outlet.say(
            t("Job {job} is left alone: {reason}", job=job.id, reason=sentences(error.said, error.hint))
        )
        return ExitCode.DONE, False
    try:
        return go_on(job, journal, given, outlet)
    except UploadBusy as error:
        outlet.say(t("Job {job} is left alone: {reason}", job=job.id, reason=error))
        return ExitCode.DONE, False
    except click.ClickException as error:
        error.show()
        return ExitCode(error.exit_code), False
    except ApiException as error:
        ctx = click.get_current_context()
        return complain(error, verbose=bool(ctx.meta.get(VERBOSE))), False


def go_on(
    job: Job, journal: Journal, given: dict[str, Any], outlet: Outlet, act: Act = VideoUploader.start
) -> tuple[ExitCode, bool]:
    """Go on with a job, and return the exit code and whether the user stopped it.

    Raises:
        ApiException: What the library raises.
        LoginNeeded: Nobody is logged in who may.
    """
    server = server_from(given["server"], given["ca"])
    if job.is_finished:
        ids = {"aid": job.aid, "bvid": job.bvid}
        outlet.say(in_words(PUBLISHED))
        lines = published(ids, server.url if server else None)
        outlet.tell(*([str(job.bvid)] if told.is_quiet() else lines))
        told.result(ExitCode.DONE, outlet, job=job.id, **ids, was_published=True)
        return ExitCode.DONE, False
    check_streams(job)
    login = login_for(job, journal, given)
    credential = login.credential(server, patient=not given["no_wait"])
    check_owner(job, credential, login, server)
    outlet.say(*heading(job, str(login), server))
    with pointing(login.way_back(server)):
        attempt = Attempt(
            VideoUploader.resume(
                job,
                credential,
                journal=journal,
                rate=given.get("rate"),
                options=options_for(server, shared_rate=UserRate()),
            ),
            tuple(PageProgress(p.title, p.size, p.stored, p.stored, p.done) for p in job.pages),
            WayOn(given["journal"], server, login),
            job=job.id,
            act=act,
            grace=given["grace"],
            verbose=given["verbose"],
            errand=Errand((), journal, credential, options_for(server)),
        )
        outcome = asyncio.run(attempt.run(outlet))
    try:
        code = attempt.finish(outcome, outlet)
    except ApiException as error:
        return complain(error, verbose=given["verbose"]), True
    return code, code is ExitCode.STOPPED
