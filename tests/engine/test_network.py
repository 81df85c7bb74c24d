"""The way of connections: source address, IP version, proxies; what is claimed holds for every byte."""

from __future__ import annotations

import asyncio
import gc
import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.engine.today import DATA, Today, simulator_of_today
from tests.kit import make_uploader, password_of, until
from tests.proxies import EXIT, LoopbackProxy, proxy

from bilibili_api.account import whoami
from bilibili_api.engine import reach
from bilibili_api.engine.binding import Binding
from bilibili_api.engine.http import Http
from bilibili_api.exceptions import ArgsException, ConnectionLost, ProxyFailed, Retry, Unreachable
from bilibili_api.protocol.bodies import Framed
from bilibili_api.protocol.codes import Step
from bilibili_api.protocol.wire import Request
from bilibili_api.simulator import CertificateAuthority, Simulator, Stall
from bilibili_api.video_uploader import Network, Options, Server, VideoUploader, VideoUploaderCredential

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.kit import FakeWorld

    from bilibili_api.simulator import Account

STORING = {"probe", "init", "part", "chunk", "complete"}
LOGIN = ("somebody", "a long pass:word/@%")
LOGIN_IN_URL = "somebody:a%20long%20pass%3Aword%2F%40%25"
KINDS = pytest.mark.parametrize("kind", ["http", "socks5"])


@pytest.fixture
async def sim(fake: FakeWorld) -> AsyncIterator[Simulator]:
    async for running in simulator_of_today(fake):
        yield running


@pytest.fixture
def today(sim: Simulator, account: Account, options: Options) -> Today:
    return Today(sim, account, options)


def going(today: Today, *contents: bytes, **given: Any) -> VideoUploader:
    """An uploader by another way, whose login goes with it."""
    credential = VideoUploaderCredential(cookies=today.sim.cookies(today.account))
    way = {name: given.pop(name) for name in ("bind", "ip", "api_proxy", "upload_proxy") if name in given}
    return today.make(*contents, options=by(today.options, **way), credential=credential, **given)


def by(options: Options, **given: Any) -> Options:
    """The same options, by another way, and with no patience for outages."""
    patience = replace(options.patience, outage=0)
    return replace(options, patience=patience, network=Network(**given))


def is_of(transport: asyncio.BaseTransport, upload: LoopbackProxy) -> bool:
    """Whether a transport leads to a proxy."""
    return transport.get_extra_info("peername") == (upload.host, upload.port)


def noted_questions(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What the name server is asked: names and families; it knows nothing."""
    asked: list[tuple[str, int]] = []

    async def ask(host: str, _port: object, *, family: int = 0, **_: object) -> object:
        asked.append((host, family))
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", ask)
    return asked


def some_login() -> VideoUploaderCredential:
    return VideoUploaderCredential(cookies={"SESSDATA": "s" * 40, "bili_jct": "c" * 32, "DedeUserID": "1"})


async def refusal(account: Account, options: Options, made: LoopbackProxy, **given: Any) -> Unreachable:
    """What an upload through a proxy ends with before anything reached the server."""
    async with proxy(made):
        there = by(options, api_proxy=given.get("url") or made.url)
        with pytest.raises(Unreachable) as caught:
            await make_uploader(account, there, b"video").start()
    return caught.value


class TestValidation:
    """What cannot work is refused before anything is sent."""

    @pytest.mark.parametrize(
        ("given", "says"),
        [
            ({"ip": "5"}, "IP version '5'"),
            ({"bind": "192.0.2.77"}, "192.0.2.77 to connect from is none"),
            ({"bind": "nosuch0"}, "no interface 'nosuch0'"),
            ({"bind": "127.0.0.1", "ip": "6"}, "cannot be of IPv6"),
            ({"bind": "::1", "ip": "4"}, "cannot be of IPv4"),
            (
                {"api_proxy": "https://proxy:1"},
                "API proxy cannot be used: a proxy that is itself spoken to by TLS",
            ),
            ({"upload_proxy": "ftp://proxy:1"}, "upload proxy cannot be used: it is neither http"),
            ({"api_proxy": "http://proxy"}, "names no port"),
            ({"api_proxy": "http://:3128"}, "names no host"),
            ({"api_proxy": "http://proxy:x"}, "is no URL"),
            ({"api_proxy": "http://proxy:1/path"}, "more than a login"),
            ({"api_proxy": "http://a b@proxy:1"}, "percent-encoded"),
            ({"api_proxy": "socks5://user@proxy:1"}, "a user and a password"),
            ({"api_proxy": f"socks5://u:{'p' * 256}@proxy:1"}, "too long"),
        ],
    )
    def test_what_cannot_work_is_refused_at_once(self, given: dict[str, Any], says: str) -> None:
        """With a hint."""
        with pytest.raises(ArgsException) as caught:
            Network(**given)
        assert says in str(caught.value)
        assert caught.value.hint

    def test_an_unknown_interface_is_answered_with_those_there_are(self) -> None:
        """The loopback is one of them everywhere."""
        with pytest.raises(ArgsException) as caught:
            Network(bind="nosuch0")
        assert all(name in caught.value.hint for _, name in socket.if_nameindex())

    def test_the_login_of_a_proxy_is_never_shown(self) -> None:
        """Neither by the value itself nor by an error about its URL."""
        made = Network(api_proxy=f"http://{LOGIN_IN_URL}@proxy:3128")
        assert "somebody" not in f"{made!r} {made.api_proxy} {made.api_proxy!r} {Options(network=made)!r}"
        with pytest.raises(ArgsException) as caught:
            Network(api_proxy=f"http://{LOGIN_IN_URL}@proxy:3128/path")
        assert "somebody" not in f"{caught.value} {caught.value!r}"

    def test_a_proxy_may_be_named_without_a_scheme(self) -> None:
        """As other programs allow."""
        assert str(Network(api_proxy="proxy.example:3128").api_proxy) == "http://proxy.example:3128"


class TestEnvironment:
    """What `Network.from_environment` makes of variables."""

    @pytest.mark.parametrize(
        ("environ", "api", "upload"),
        [
            ({}, None, None),
            ({"BVUP_API_PROXY": "http://a:1"}, "http://a:1", None),
            ({"BVUP_UPLOAD_PROXY": "socks5h://b:2"}, None, "socks5://b:2"),
            ({"HTTPS_PROXY": "http://c:3"}, "http://c:3", "http://c:3"),
            ({"https_proxy": "d:4", "HTTPS_PROXY": "http://c:3"}, "http://d:4", "http://d:4"),
            ({"ALL_PROXY": "socks5://e:5"}, "socks5://e:5", "socks5://e:5"),
            ({"ALL_PROXY": "socks5://e:5", "HTTPS_PROXY": "http://c:3"}, "http://c:3", "http://c:3"),
            ({"HTTP_PROXY": "http://c:3"}, None, None),
            ({"HTTPS_PROXY": "http://c:3", "BVUP_UPLOAD_PROXY": "direct"}, "http://c:3", None),
            ({"HTTPS_PROXY": "http://c:3", "NO_PROXY": "localhost, .bilivideo.com"}, "http://c:3", None),
            ({"HTTPS_PROXY": "http://c:3", "no_proxy": "bilibili.com"}, None, "http://c:3"),
            ({"HTTPS_PROXY": "http://c:3", "NO_PROXY": "*"}, None, None),
            ({"HTTPS_PROXY": "http://c:3", "NO_PROXY": "li.com,10.0.0.0/8,"}, "http://c:3", "http://c:3"),
            ({"BVUP_API_PROXY": "http://a:1", "NO_PROXY": "*"}, "http://a:1", None),
        ],
    )
    def test_proxies(self, environ: dict[str, str], api: str | None, upload: str | None) -> None:
        """Our own variables before those of all programs, from which NO_PROXY makes exceptions."""
        made = Network.from_environment(environ)
        assert [each and str(each) for each in (made.api_proxy, made.upload_proxy)] == [api, upload]

    def test_a_server_on_this_machine_is_not_reached_through_the_usual_proxies(self) -> None:
        """They could not reach it."""
        environ = {"HTTPS_PROXY": "http://c:3", "BVUP_UPLOAD_PROXY": "http://b:2"}
        made = Network.from_environment(environ, server=Server("https://127.0.0.1:8443"))
        assert (made.api_proxy, str(made.upload_proxy)) == (None, "http://b:2")

    def test_no_proxy_is_about_the_server_where_there_is_one(self) -> None:
        """By its address, too."""
        environ = {"HTTPS_PROXY": "http://c:3", "NO_PROXY": "10.0.0.0/8"}
        assert Network.from_environment(environ, server=Server("https://10.1.2.3:1")) == Network()
        assert Network.from_environment(environ, server=Server("https://11.1.2.3:1")) != Network()

    def test_bind_and_ip(self) -> None:
        """BVUP_BIND and BVUP_IP."""
        made = Network.from_environment({"BVUP_BIND": "127.0.0.1", "BVUP_IP": "4"})
        assert (made.bind, made.ip) == ("127.0.0.1", "4")

    def test_an_error_names_the_variable(self) -> None:
        """It may not be one of ours."""
        with pytest.raises(ArgsException, match=r"API proxy \(ALL_PROXY\) cannot be used"):
            Network.from_environment({"ALL_PROXY": "socks4://x:1"})

    def test_the_library_asks_the_environment_only_when_it_is_told_to(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Options without a network go direct."""
        monkeypatch.setenv("HTTPS_PROXY", "http://c:3")
        assert Options().network == Network()


class TestBinding:
    """Where connections come from."""

    async def test_every_connection_leaves_from_the_address(self, today: Today, sim: Simulator) -> None:
        """Login check, preupload, parts, submission: all."""
        await today.ends_right(going(today, bind="127.0.0.2", ip="4"))
        assert {seen.source for seen in sim.exchanges} == {"127.0.0.2"}

    async def test_an_interface_is_bound_to(self, today: Today, sim: Simulator) -> None:
        """Where that is the administrator's, by its address; over another one nothing would arrive."""
        await today.ends_right(going(today, bind="lo"))
        assert {seen.source for seen in sim.exchanges} == {"127.0.0.1"}

    async def test_an_interface_that_users_cannot_bind_to_is_left_by_its_address(
        self, today: Today, sim: Simulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Linux before 5.7."""
        asked: list[int] = []

        class Restricted(socket.socket):
            def setsockopt(self, level: int, option: int, *value: Any) -> None:
                if option == socket.SO_BINDTODEVICE:
                    asked.append(option)
                    raise PermissionError
                super().setsockopt(level, option, *value)

        monkeypatch.setattr("bilibili_api.engine.sockets.socket.socket", Restricted)
        await today.ends_right(going(today, bind="lo"))
        assert asked
        assert {seen.source for seen in sim.exchanges} == {"127.0.0.1"}

    async def test_proxies_are_reached_from_the_address_too(self, today: Today) -> None:
        """What is bound is bound as a whole."""
        async with proxy() as through:
            given = {"bind": "127.0.0.2", "api_proxy": through.url, "upload_proxy": through.url}
            await today.ends_right(going(today, **given))
        assert through.sources == {"127.0.0.2"}

    async def test_on_macos_sockets_are_tied_to_the_interface(
        self, today: Today, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """By an option of its own for each version of IP, which every user may set."""
        monkeypatch.setattr("bilibili_api.engine.binding.sys.platform", "darwin")
        set_to: list[tuple[int, ...]] = []

        class Socket(socket.socket):
            def setsockopt(self, *given: Any) -> None:
                set_to.append(given)

        for family in (socket.AF_INET, socket.AF_INET6):
            with Socket(family) as made:
                Binding("lo").apply(made)
        index = socket.if_nametoindex("lo")
        assert set_to == [(socket.IPPROTO_IP, 25, index), (socket.IPPROTO_IPV6, 125, index)]

    async def test_where_no_interface_can_be_bound_to_its_address_is_asked_for(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As on Windows."""
        monkeypatch.setattr("bilibili_api.engine.binding.sys.platform", "win32")
        with pytest.raises(ArgsException, match="cannot be bound to the interface 'lo'") as caught:
            Network(bind="lo")
        assert "address" in caught.value.hint

    async def test_an_address_that_is_gone_is_an_outage(self, account: Account, options: Options) -> None:
        """A network that the machine has left may come back."""
        there = by(options, bind="127.0.0.2")
        gone = Binding("192.0.2.77", ("192.0.2.77", 0), socket.AF_INET)
        object.__setattr__(there.network, "binding", gone)
        with pytest.raises(Unreachable, match=r"No connection from 192\.0\.2\.77: ") as caught:
            await make_uploader(account, there, b"video").start()
        assert caught.value.retry is Retry.SAME


class TestIpVersion:
    """Which addresses are used."""

    async def test_ip_6_uses_addresses_of_ipv6(self, fake: FakeWorld, options: Options) -> None:
        """And no other: with ip 4 the same server is out of reach."""
        async with Simulator(host="::1", era="today", clock=fake.now) as sim:
            there = replace(options, server=Server(sim.url, sim.ca_file))
            credential = VideoUploaderCredential(cookies=sim.cookies(sim.accounts[0]))
            assert (await whoami(credential, options=by(there, ip="6"))).mid
            assert {seen.source for seen in sim.exchanges} == {"::1"}
            with pytest.raises(Unreachable, match="cannot be resolved to an address of IPv4"):
                await whoami(credential, options=by(there, ip="4"))

    @pytest.mark.parametrize(("ip", "family"), [("4", socket.AF_INET), ("6", socket.AF_INET6), ("auto", 0)])
    async def test_names_are_resolved_to_addresses_of_the_version(
        self, options: Options, monkeypatch: pytest.MonkeyPatch, ip: str, family: int
    ) -> None:
        """Bilibili's own, where there is no server instead of it."""
        asked = noted_questions(monkeypatch)
        with pytest.raises(Unreachable, match="cannot be resolved"):
            await whoami(some_login(), options=by(replace(options, server=None), ip=ip))
        assert set(asked) == {("api.bilibili.com", family)}

    async def test_a_server_without_such_an_address_is_unreachable(
        self, account: Account, options: Options
    ) -> None:
        """The error says which version was wanted."""
        with pytest.raises(Unreachable, match="cannot be resolved to an address of IPv6"):
            await make_uploader(account, by(options, ip="6"), b"video").start()

    async def test_proxies_are_reached_by_the_version_too(self, account: Account, options: Options) -> None:
        """What is beyond them is their business."""
        there = by(options, ip="6", api_proxy="http://127.0.0.1:1")
        with pytest.raises(
            ProxyFailed, match=r"proxy http://127\.0\.0\.1:1 cannot be resolved to an address of IPv6"
        ):
            await make_uploader(account, there, b"video").start()
        async with proxy(LoopbackProxy(host="::1")) as through:
            given = {"api_proxy": through.url, "upload_proxy": through.url}
            await make_uploader(account, by(options, ip="6", **given), b"video").start()
        assert through.sources == {"::1"}


class TestProxies:
    """Two kinds of requests, two ways."""

    @KINDS
    async def test_uploads_and_calls_go_each_their_way(self, today: Today, sim: Simulator, kind: str) -> None:
        """By UPOS, the measuring of lines and a cover included; the server sees nobody but the proxies."""
        api, upload = LoopbackProxy(kind, exit="127.0.0.3"), LoopbackProxy(kind, exit="127.0.0.4")
        async with proxy(api), proxy(upload):
            ways = {"api_proxy": api.url, "upload_proxy": upload.url}
            await today.ends_right(going(today, line=None, **ways))
        steps = {seen.step for seen in sim.exchanges}
        is_measured = {seen.host for seen in sim.seen("probe")} - {"member.bilibili.com"}
        assert is_measured
        assert {"part", "init", "complete", "preupload", "submit"} <= steps
        for seen in sim.exchanges:
            stores = seen.step in STORING and seen.host != "member.bilibili.com"
            assert seen.source == (upload.exit if stores else api.exit), (seen.step, seen.host)
        assert upload.up > len(DATA)
        assert set(api.asked + upload.asked) == {("127.0.0.1", sim.port)}

    async def test_the_chunks_of_the_pc_tool_are_uploads(
        self, sim: Simulator, account: Account, options: Options
    ) -> None:
        """Its hosts are named by preupload; its login is a call."""
        async with proxy() as api, proxy(LoopbackProxy(exit="127.0.0.4")) as upload:
            there = by(options, api_proxy=api.url, upload_proxy=upload.url)
            await make_uploader(account, there, DATA, line="pc").start()
        ways = {(seen.step, seen.source) for seen in sim.exchanges}
        assert {source for step, source in ways if step in STORING} == {upload.exit}
        assert {source for step, source in ways if step not in STORING} == {api.exit}

    async def test_one_of_them_alone_leaves_the_other_direct(self, today: Today, sim: Simulator) -> None:
        """Calls through the company's proxy, uploads straight."""
        async with proxy() as api:
            await today.ends_right(going(today, api_proxy=api.url))
        assert {seen.source for seen in sim.seen("part")} == {"127.0.0.1"}
        assert {seen.source for seen in sim.seen("submit")} == {EXIT}

    async def test_logins_take_the_way_of_calls(self, fake: FakeWorld, options: Options) -> None:
        """A password never goes round the proxy."""
        async with Simulator(clock=fake.now) as sim, proxy() as api:
            there = by(replace(options, server=Server(sim.url, sim.ca_file)), api_proxy=api.url)
            await password_of(sim.add_account("bob", "correct horse"), there).access()
        assert {seen.source for seen in sim.exchanges} == {EXIT}
        assert {seen.step for seen in sim.exchanges} >= {"key", "login"}

    async def test_certificates_are_verified_through_the_proxy(
        self, account: Account, options: Options
    ) -> None:
        """One that leads elsewhere is found out before a secret is sent."""
        async with Simulator(authority=CertificateAuthority()) as other, proxy() as api:
            assert options.server is not None
            server = Server(other.url, options.server.ca_file)
            with pytest.raises(Unreachable, match=r"certificate of .* is not trusted") as caught:
                await make_uploader(account, by(replace(options, server=server), api_proxy=api.url)).start()
            assert other.exchanges == []
        assert caught.value.retry is Retry.NO

    @KINDS
    async def test_without_a_server_the_proxy_resolves_the_names(
        self, kind: str, options: Options, account: Account
    ) -> None:
        """It is asked for Bilibili's host by its name: nothing is resolved here."""
        made = LoopbackProxy(kind, says="HTTP/1.1 403 No" if kind == "http" else 2)
        error = await refusal(account, replace(options, server=None), made)
        assert {port for _, port in made.asked} == {443}
        assert {host for host, _ in made.asked} <= {
            "member.bilibili.com",
            "api.bilibili.com",
            "passport.bilibili.com",
        }
        assert error.retry is Retry.NO

    async def test_nothing_but_the_name_of_the_proxy_is_asked_of_the_name_server(
        self, options: Options, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever watches it does not learn who is spoken to."""
        asked = noted_questions(monkeypatch)
        there = by(replace(options, server=None), api_proxy="http://proxy.example:3128")
        with pytest.raises(ProxyFailed, match=r"proxy http://proxy\.example:3128 cannot be resolved"):
            await whoami(some_login(), options=there)
        assert {host for host, _ in asked} == {"proxy.example"}

    @KINDS
    async def test_a_login_at_the_proxy(self, account: Account, options: Options, kind: str) -> None:
        """Percent-encoded in its URL."""
        made = LoopbackProxy(kind, LOGIN)
        async with proxy(made):
            url = f"{kind}://{LOGIN_IN_URL}@127.0.0.1:{made.port}"
            await make_uploader(account, by(options, api_proxy=url, upload_proxy=url), b"video").start()
        assert made.up > 0

    async def test_a_request_that_is_cancelled_as_tls_begins_leaves_nothing_open(
        self, options: Options, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In whichever turn of the loop it happens: no transport is left to the garbage collector."""
        loop, lead_on = asyncio.get_running_loop(), reach.lead_on
        body = Framed(b"", memoryview(b"video"), b"")
        request = Request(Step.CHUNK, "POST", "https://upos-cs-upcdntx.bilivideo.com/x", body=body)
        async with proxy() as upload:
            there = by(options, upload_proxy=upload.url)
            for turns in range(12):
                async with Http(there) as http:
                    sending = asyncio.create_task(http.send(request))

                    def cancel_after(left: int, task: asyncio.Task[Any] = sending) -> None:
                        if left:
                            loop.call_soon(cancel_after, left - 1, task)
                        else:
                            task.cancel()

                    async def then_cancel(*given: Any, turns: int = turns) -> None:
                        await lead_on(*given)
                        cancel_after(turns)

                    monkeypatch.setattr(reach, "lead_on", then_cancel)
                    await asyncio.wait([sending])
                    assert sending.cancelled()
        left = [one for one in gc.get_objects() if isinstance(one, asyncio.Transport)]
        assert [one for one in left if not one.is_closing() and is_of(one, upload)] == []

    async def test_cancelling_through_a_proxy_ends_the_connection_at_once(
        self, today: Today, sim: Simulator
    ) -> None:
        """The proxy sees the end, and with it the server."""
        sim.faults.add("part", Stall(), times=None)
        async with proxy() as upload:
            uploader = going(today, upload_proxy=upload.url)
            running = asyncio.create_task(uploader.start())
            await until(lambda: upload.open)
            await uploader.abort()
            async with asyncio.timeout(1.5):
                await until(lambda: not upload.open)
            assert await running is None

    async def test_a_proxy_that_takes_nothing_any_more_is_given_up(
        self, sim: Simulator, options: Options
    ) -> None:
        """As a server would be: after `Patience.stall`, and its connection is ended at once.

        What the kernel has taken for the proxy by then, it may still read: megabytes.
        """
        body = Framed(b"", memoryview(bytes(128 * 1024 * 1024)), b"")
        request = Request(Step.CHUNK, "POST", "https://upos-cs-upcdntx.bilivideo.com/x", body=body)
        patience = replace(options.patience, stall=0.5)
        async with proxy(LoopbackProxy(holds=100_000)) as upload:
            network = Network(upload_proxy=upload.url)
            async with Http(replace(options, network=network, patience=patience)) as http:
                with pytest.raises(ConnectionLost, match=r"taken nothing for 0\.5 s"):
                    await http.send(request)
                upload.holds = None
                await until(lambda: not upload.open)
        assert upload.up < len(body) / 2

    async def test_progress_through_a_proxy_is_what_the_proxy_has_taken(
        self, account: Account, options: Options
    ) -> None:
        """One that takes nothing makes no progress, whatever waits in this process."""
        size = 32 * 1024 * 1024
        async with proxy() as api, proxy(LoopbackProxy(holds=100_000)) as upload:
            there = by(options, api_proxy=api.url, upload_proxy=upload.url)
            uploader = make_uploader(account, there, bytes(size), line="pc", chunk_size=size)
            running = asyncio.create_task(uploader.start())
            await until(lambda: upload.up >= 100_000)
            assert uploader.progress.sent < size / 2
            await uploader.abort()
            await running


class TestProxyFailures:
    """Errors of the proxy are its own, say what to do, and are waited through only where waiting helps."""

    async def test_a_proxy_that_is_away_is_an_outage(self, account: Account, options: Options) -> None:
        """As that of the network: it is waited through."""
        made = LoopbackProxy()
        async with proxy(made):
            pass
        naps: list[float] = []
        there = by(options, api_proxy=made.url)
        error = await failing(account, there)
        del naps
        assert (error.kind, error.retry) == ("PROXY_FAILED", Retry.SAME)
        assert f"No connection to the proxy {made.url}" in str(error)

    async def test_an_upload_waits_until_the_proxy_is_back(
        self, account: Account, options: Options, fake: FakeWorld
    ) -> None:
        """For longer than any other trouble would be waited for; then it goes on."""
        made = LoopbackProxy(says="HTTP/1.1 503 Away")

        def wake() -> None:
            if sum(fake.naps) > 3600:
                made.says = None

        async with proxy(made):
            there = replace(options, network=Network(api_proxy=made.url, upload_proxy=made.url))
            world = replace(fake.world, dice=lambda: (wake(), 0.5)[1])
            uploader = make_uploader(account, replace(there, world=world), b"video")
            assert await uploader.start()
        assert sum(fake.naps) > 3600

    @KINDS
    @pytest.mark.parametrize("given", ["", "somebody:else@"])
    async def test_a_proxy_that_wants_a_login(
        self, account: Account, options: Options, kind: str, given: str
    ) -> None:
        """Waiting does not help; the hint says where it goes."""
        made = LoopbackProxy(kind, LOGIN)
        async with proxy(made):
            error = await failing(account, by(options, api_proxy=f"{kind}://{given}127.0.0.1:{made.port}"))
        assert (error.kind, error.retry) == ("PROXY_LOGIN", Retry.NO)
        assert "USER:PASSWORD@" in error.hint

    @pytest.mark.parametrize(
        ("kind", "says", "expected", "retry"),
        [
            ("http", "HTTP/1.1 403 Forbidden", "PROXY_REFUSED", Retry.NO),
            ("http", "HTTP/1.1 502 Bad Gateway", "PROXY_FAILED", Retry.SAME),
            ("http", "HTTP/1.0 429 Slow down", "PROXY_FAILED", Retry.SAME),
            ("http", "HTTP/1.1 400 What", "PROXY_REFUSED", Retry.NO),
            ("http", "SSH-2.0-OpenSSH_9.6", "PROXY_REFUSED", Retry.NO),
            ("socks5", 1, "PROXY_FAILED", Retry.SAME),
            ("socks5", 2, "PROXY_REFUSED", Retry.NO),
            ("socks5", 5, "PROXY_FAILED", Retry.SAME),
            ("socks5", 7, "PROXY_REFUSED", Retry.NO),
        ],
    )
    async def test_what_a_proxy_says_instead(
        self, account: Account, options: Options, kind: str, says: str | int, expected: str, retry: Retry
    ) -> None:
        """A rule stays; what it cannot reach now it may reach later."""
        async with proxy(LoopbackProxy(kind, says=says)) as made:
            error = await failing(account, by(options, api_proxy=made.url))
        assert (error.kind, error.retry) == (expected, retry)
        assert error.hint

    @pytest.mark.parametrize(("speaks", "is_one"), [("socks5", "http"), ("http", "socks5")])
    async def test_a_proxy_of_the_other_kind(
        self, account: Account, options: Options, speaks: str, is_one: str
    ) -> None:
        """Ends as an error of the proxy, not as one of Bilibili."""
        async with proxy(LoopbackProxy(is_one)) as made:
            error = await failing(account, by(options, api_proxy=f"{speaks}://127.0.0.1:{made.port}"))
        assert error.kind.startswith("PROXY_")


async def failing(account: Account, options: Options) -> Unreachable:
    """What an upload ends with, which had nothing to do with the server."""
    with pytest.raises(ProxyFailed) as caught:
        await make_uploader(account, options, b"video").start()
    return caught.value


class TestLogins:
    """The login of an upload goes the upload's way."""

    async def test_a_credential_without_options_takes_the_way_of_the_upload(
        self, today: Today, sim: Simulator
    ) -> None:
        """Else its checks and renewals would go round the proxy."""
        cookies = sim.cookies(today.account)
        async with proxy() as through:
            there = by(today.options, api_proxy=through.url, upload_proxy=through.url)
            await make_uploader(
                today.account, there, credential=VideoUploaderCredential(cookies=cookies)
            ).start()
        assert {seen.source for seen in sim.exchanges} == {EXIT}

    async def test_a_credential_with_options_keeps_its_own_way(self, today: Today, sim: Simulator) -> None:
        """What the caller said of it holds."""
        async with proxy() as through:
            there = by(today.options, api_proxy=through.url, upload_proxy=through.url)
            await make_uploader(today.account, there, credential=today.credential()).start()
        assert {seen.source for seen in sim.seen("info") + sim.seen("nav")} == {"127.0.0.1"}
        assert {seen.source for seen in sim.seen("submit")} == {EXIT}
