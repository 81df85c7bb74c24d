"""The simulator itself: two listeners on loopback, one over TLS, one plain."""

from __future__ import annotations

import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bilibili_api.simulator.accounts import DEMO_ACCOUNT
from bilibili_api.simulator.archives import Archives
from bilibili_api.simulator.authority import throw_away
from bilibili_api.simulator.covers import Covers
from bilibili_api.simulator.creation import Creation
from bilibili_api.simulator.dispatch import Dispatcher
from bilibili_api.simulator.editing import Edits
from bilibili_api.simulator.eras import ERAS
from bilibili_api.simulator.interfaces import Interfaces
from bilibili_api.simulator.lines import Lines
from bilibili_api.simulator.listing import Listing
from bilibili_api.simulator.logins import Logins
from bilibili_api.simulator.ordered import Faults
from bilibili_api.simulator.pace import BLOCK, Limits, Quota, Throttle
from bilibili_api.simulator.pages import Pages
from bilibili_api.simulator.passport import Passport
from bilibili_api.simulator.pcline import PcLine
from bilibili_api.simulator.people import People
from bilibili_api.simulator.published import publish, store
from bilibili_api.simulator.reviews import Reviews
from bilibili_api.simulator.routes import Router
from bilibili_api.simulator.seasons import Seasons
from bilibili_api.simulator.shelf import Shelf
from bilibili_api.simulator.state import State
from bilibili_api.simulator.submission import Submissions
from bilibili_api.simulator.subtitles import Subtitles
from bilibili_api.simulator.upos import Upos

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from bilibili_api.simulator.accounts import Account
    from bilibili_api.simulator.authority import CertificateAuthority
    from bilibili_api.simulator.eras import Era
    from bilibili_api.simulator.exchange import Exchange, Step
    from bilibili_api.simulator.state import Archive, StoredCover, StoredVideo

_BACKLOG = 1024
_SHUTDOWN = 1.0  # seconds; by then all requests were cut, so only closing handshakes are left


@dataclass(frozen=True, slots=True)
class _Running:
    port: int
    http_port: int
    ca_file: Path


class Simulator(People):
    """Plays Bilibili for as long as the `async with` block lasts.

    Clients keep Bilibili's real URLs and host names, connect to `port` (or `http_port` for http URLs)
    at `host` instead, and trust `ca_file`. Requests are told apart by their Host header and path.

    Args:
        era: "2021", when the PC tool worked, or "today", when it is retired.
        store: folder that keeps videos and covers as files; None keeps only sizes and digests.
        host: address to listen on. The pages need no login: think before leaving loopback.
        port: of the https listener, 0 for any free one.
        http_port: of the plain listener, likewise.
        authority: who signs the certificate; None: one that lasts as long as the process.
        clock: wall clock in Unix seconds, for everything that expires.

    Attributes:
        faults: what goes wrong, on order.
        limits: bandwidth and rate limits, all off at first.
        lines: the hosts of the UPOS storage: which are listed, and how fast each is.
        interfaces: the ways to submit: whether each exists, and a code it answers instead of working.
        reviews: what becomes of archives.
        listing: how soon a new archive stands in the list of archives.
        seasons: the seasons of all accounts, in `seasons.all`.
        subtitles: what was saved for parts of archives, in `subtitles.all`.
        creation: which tags are banned, which partitions have no description template.
        qr: the QR codes that clients show, and the phone that scans them.
        sms: the text messages that were sent, and the limits of sending.
        captcha: the captchas that were set, and what solves them.
        exchanges: every request to Bilibili's hosts, in the order in which they ended.
    """

    def __init__(
        self,
        *,
        era: Era = "2021",
        store: Path | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        http_port: int = 0,
        authority: CertificateAuthority | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if era not in ERAS:
            raise ValueError(f"era must be one of {', '.join(ERAS)}, not {era!r}")
        self.faults = Faults()
        self.limits = Limits()
        self.lines = Lines()
        self.exchanges: list[Exchange] = []
        self._era = ERAS[era]
        super().__init__(State(Logins(clock, self._era.token_seconds)), clock)
        self._passport = Passport(self._state, self._era, clock)
        self.qr = self._passport.qr
        self.sms = self._passport.messages
        self.captcha = self._passport.captchas
        self.interfaces = Interfaces(self._era)
        self.reviews = Reviews(clock)
        self.listing = Listing(clock)
        self.creation = Creation(self._state)
        self.seasons = Seasons(self._state, clock)
        self.subtitles = Subtitles(self._state)
        self._store = store
        self._host = host
        self._wanted_ports = port, http_port
        self._authority = authority
        self._running: _Running | None = None
        self._exit = AsyncExitStack()

    @property
    def port(self) -> int:
        """Port of the https listener."""
        return self._now_running().port

    @property
    def http_port(self) -> int:
        """Port of the plain listener."""
        return self._now_running().http_port

    @property
    def url(self) -> str:
        """Where the simulator's own pages are, over https."""
        return f"https://{_in_url(self._host)}:{self.port}"

    @property
    def http_url(self) -> str:
        """Where the simulator's own pages are, for a browser that does not know the authority."""
        return f"http://{_in_url(self._host)}:{self.http_port}"

    @property
    def ca_file(self) -> Path:
        """The authority's certificate, PEM, in a temporary folder that lives as long as the simulator."""
        return self._now_running().ca_file

    @property
    def videos(self) -> list[StoredVideo]:
        """The completed files, oldest first."""
        return list(self._state.videos)

    @property
    def covers(self) -> list[StoredCover]:
        """The images taken as covers, oldest first."""
        return list(self._state.covers)

    @property
    def archives(self) -> list[Archive]:
        """The accepted submissions, oldest first."""
        return list(self._state.archives)

    def publish(self, *parts: str, account: Account = DEMO_ACCOUNT, **meta: Any) -> Archive:
        """Let an archive be there without an upload: something to list, watch and edit.

        Args:
            parts: titles of its parts; none: one part, "P1".
            account: whose it is.
            meta: members of its submission.

        Raises:
            RefusalError: no submission could have made it.
        """
        return publish(self._state, account, parts or ("P1",), meta, self._clock())

    def store(self, count: int = 1, *, account: Account = DEMO_ACCOUNT) -> tuple[StoredVideo, ...]:
        """Let files be stored that nobody has sent; a submission or an edit may name them."""
        return store(self._state, account, count, self._clock())

    def overwrite(self, archive: Archive) -> None:
        """Let an archive be this from now on, as if somebody had edited it elsewhere meanwhile.

            sim.overwrite(dataclasses.replace(sim.archives[0], title="theirs"))

        Raises:
            ValueError: there is no archive with its number.
        """
        self._state.overwrite(archive)

    def seen(self, step: Step) -> list[Exchange]:
        """Return the exchanges of one step, in the order in which they ended."""
        return [exchange for exchange in self.exchanges if exchange.step == step]

    async def __aenter__(self) -> Self:
        if self._running is not None:
            raise RuntimeError("this simulator is running already; make another one")
        async with AsyncExitStack() as exit_stack:
            folder = exit_stack.enter_context(
                tempfile.TemporaryDirectory(prefix="bvup-simulator-", ignore_cleanup_errors=True)
            )
            await self._listen(Path(folder), exit_stack)
            self._exit = exit_stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._exit.aclose()
        self._running = None

    async def _listen(self, folder: Path, exit_stack: AsyncExitStack) -> None:
        authority = self._authority or throw_away()
        ca_file = folder / "ca.pem"
        ca_file.write_bytes(authority.certificate)
        dispatcher = self._dispatcher(folder)
        runner = web.ServerRunner(
            web.Server(dispatcher.handle, access_log=None, read_bufsize=BLOCK), shutdown_timeout=_SHUTDOWN
        )
        await runner.setup()
        exit_stack.push_async_callback(runner.cleanup)
        exit_stack.push_async_callback(dispatcher.close)
        context = authority.server_context(self._host)
        port, http_port = self._wanted_ports
        secure = web.TCPSite(runner, self._host, port, ssl_context=context, backlog=_BACKLOG)
        plain = web.TCPSite(runner, self._host, http_port, backlog=_BACKLOG)
        await secure.start()
        await plain.start()
        self._running = _Running(secure.port, plain.port, ca_file)

    def _dispatcher(self, folder: Path) -> Dispatcher:
        spool = folder / "spool"
        spool.mkdir()
        quota, shelf = Quota(self.limits, self._clock), Shelf(self._store)
        line = PcLine(self._state, quota, self._clock, shelf)
        upos = Upos(self._state, self.lines, self.limits, quota, self._clock, shelf)
        covers = Covers(self._state, self._store)
        submissions = Submissions(self._state, covers, self.interfaces, self._era, self.limits, self._clock)
        archives = Archives(self._state, self.reviews, self.listing)
        edits = Edits(self._state, submissions, self.interfaces, self.reviews, self._clock)
        router = Router()
        after = (edits, archives, self.creation, self.seasons, self.subtitles)
        for part in (self._passport, line, upos, covers, submissions, *after):
            part.add_routes(router)
        return Dispatcher(
            router=router,
            pages=Pages(self._state, self.qr, self.sms),
            faults=self.faults,
            lines=self.lines,
            bandwidth=Throttle(lambda: self.limits.bandwidth),
            spool=spool,
            exchanges=self.exchanges,
        )

    def _now_running(self) -> _Running:
        if self._running is None:
            raise RuntimeError("the simulator is not running; use it inside `async with Simulator() as sim:`")
        return self._running


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
