"""From a request to its answer: who handles it, what goes wrong with it, what is remembered of it."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from aiohttp import web
from multidict import CIMultiDict

from bilibili_api.simulator.body import Body, BodyTooLargeError, ClientGoneError
from bilibili_api.simulator.browser import Tongue
from bilibili_api.simulator.connection import client_gone, reset
from bilibili_api.simulator.covers import COVER_HOSTS, COVER_PATH
from bilibili_api.simulator.exchange import Exchange, Received
from bilibili_api.simulator.faults import Altered, Cut, Latency, LostAnswer, Stall, Status
from bilibili_api.simulator.form import Form, decoded_pairs, read_form, spool_raw
from bilibili_api.simulator.pace import Throttle
from bilibili_api.simulator.pages import not_found
from bilibili_api.simulator.reply import RefusalError, Reply, json_reply

if TYPE_CHECKING:
    from pathlib import Path

    from bilibili_api.simulator.faults import Deciding
    from bilibili_api.simulator.lines import Line, Lines
    from bilibili_api.simulator.ordered import Faults, Rule
    from bilibili_api.simulator.pages import Pages
    from bilibili_api.simulator.routes import Route, Router

_TOO_LARGE = json_reply({"OK": 0, "info": "the body is too large"}, status=413)
_CHUNK_INDEX = re.compile(rb'name="?chunk"?\r\n(?:[^\r\n]+\r\n)*\r\n([0-9]{1,9})\r\n')
_ENOUGH_FOR_FIELDS = 2048
_PART_NUMBER = re.compile("[0-9]{1,9}")


@dataclass(slots=True)
class _Call:
    """One request on its way."""

    request: web.BaseRequest
    received: Received
    route: Route | None
    line: Line | None
    body: Body
    form: Form = field(default_factory=Form)
    reply: Reply | None = None
    rule: Rule | None = None


class Dispatcher:
    """Finds the handler of each request, applies the faults on order and keeps the exchange."""

    def __init__(
        self,
        *,
        router: Router,
        pages: Pages,
        faults: Faults,
        lines: Lines,
        bandwidth: Throttle,
        spool: Path,
        exchanges: list[Exchange],
    ) -> None:
        self._exchanges = exchanges
        self._active: dict[asyncio.Task[Any], web.BaseRequest] = {}
        self._router = router
        self._pages = pages
        self._faults = faults
        self._lines = lines
        self._bandwidth = bandwidth
        self._spool = spool

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request; the whole simulator passes through here."""
        received = _received(request)
        if _is_own(received.host) or _is_cover(received):
            return self._own_page(received)
        route = self._router.find(received)
        if route is not None:
            received = _routed(received, route)
        line = self._lines.of_host(received.host)
        throttles = [self._bandwidth] if line is None else [self._bandwidth, *line.throttles()]
        call = _Call(request, received, route, line, Body(request.content, throttles))
        task = asyncio.current_task()
        if task is not None:
            self._active[task] = request
            task.add_done_callback(self._active.pop)
        try:
            call.reply = await self._serve(call)
        except BodyTooLargeError:
            call.reply = _TOO_LARGE
        except ClientGoneError:
            return web.Response()  # to nobody: aiohttp sees that the connection is closed
        finally:
            call.form.forget()
            self._exchanges.append(_exchange(call))
        return _web_response(call.reply)

    async def close(self) -> None:
        """Cut every request that is being handled."""
        active = dict(self._active)
        for task, request in active.items():
            reset(request)
            task.cancel()
        await asyncio.gather(*active, return_exceptions=True)

    async def _serve(self, call: _Call) -> Reply:
        if call.request.headers.get("Expect", "").lower() == "100-continue":
            await call.request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if call.received.step == "chunk":
            await self._look_for_index(call)
        if call.line is not None and call.line.latency:
            await asyncio.sleep(call.line.latency)
        pacing, deciding = self._faults.due(call.received)
        for rule, pace in pacing:
            rule.fire()
            if isinstance(pace, Latency):
                await asyncio.sleep(pace.seconds)
            else:
                call.body.throttles.append(Throttle(partial(float, pace.bytes_per_second)))
        if deciding is None:
            return await self._process(call)
        call.rule, fault = deciding
        return await self._go_wrong(call, call.rule, fault)

    async def _process(self, call: _Call) -> Reply:
        await self._read(call)
        if call.route is None:
            return _unknown(call.received)
        try:
            return await call.route.handler(call.received, call.form)
        except RefusalError as error:
            return error.reply

    async def _go_wrong(self, call: _Call, rule: Rule, fault: Deciding) -> Reply:
        match fault:
            case Cut(after=after):
                await call.body.discard(after)
                rule.fire()
            case Stall(after=after):
                await call.body.discard(after)
                rule.fire()
                await client_gone(call.request)
            case LostAnswer(status=status, silent=silent):
                await self._process(call)
                rule.fire()
                if silent:
                    await client_gone(call.request)
                if status is not None:
                    return Status(status).answer(call.received)
            case Altered(change=change):
                reply = await self._process(call)
                rule.fire()
                altered = json_reply(
                    change(reply.decoded()), status=reply.status, content_type=reply.content_type
                )
                return replace(altered, headers=reply.headers)
            case answering:
                await self._read(call)
                rule.fire()
                return answering.answer(call.received)
        reset(call.request)
        raise ClientGoneError("cut on order")

    async def _read(self, call: _Call) -> None:
        content_type = call.request.headers.get("Content-Type", "")
        read = spool_raw if call.route is not None and call.route.raw else read_form
        call.form = await read(call.body, content_type, self._spool)

    async def _look_for_index(self, call: _Call) -> None:
        head = await call.body.peek(_ENOUGH_FOR_FIELDS)
        if found := _CHUNK_INDEX.search(head):
            call.received = replace(call.received, chunk=int(found[1]))

    def _own_page(self, received: Received) -> web.StreamResponse:
        page: Reply | web.FileResponse
        t = Tongue(received.header("Accept-Language") or "", received.query_value("lang"))
        if received.method not in {"GET", "HEAD"}:
            page = self._pages.press("" if _is_cover(received) else received.path, t)
        elif _is_cover(received):
            page = self._pages.cover(received.path.removeprefix(COVER_PATH))
        else:
            page = self._pages.page(received.path, t)
        return page if isinstance(page, web.FileResponse) else _web_response(page)


def _received(request: web.BaseRequest) -> Received:
    host = (urlsplit(f"//{request.headers.get('Host', '')}").hostname or "").lower()
    path, _, query = request.raw_path.partition("?")
    path = unquote(path)
    return Received(
        step=None,
        method=request.method,
        scheme=request.scheme,
        host=host,
        path=path,
        target=request.raw_path,
        query=decoded_pairs(query),
        headers=tuple(
            (name.decode(), value.decode("utf-8", "replace")) for name, value in request.raw_headers
        ),
        source=request.remote or "",
    )


def _routed(received: Received, route: Route) -> Received:
    number = received.query_value("partNumber") or "" if route.step == "part" else ""
    part = int(number) if _PART_NUMBER.fullmatch(number) else None
    return replace(received, step=route.step, interface=route.interface, part=part)


def _is_own(host: str) -> bool:
    """Tell whether a host is the simulator itself: Bilibili's are never reached by address."""
    if host == "localhost":
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_cover(received: Received) -> bool:
    return received.host in COVER_HOSTS and received.path.startswith(COVER_PATH)


def _unknown(received: Received) -> Reply:
    asked = f"{received.method} {received.host}{received.path}"
    return not_found(
        f"the simulator has no {asked}; Bilibili's interfaces are told apart by the Host header and the path,"
        " its own pages are at localhost"
    )


def _exchange(call: _Call) -> Exchange:
    received = call.received
    return Exchange(
        **{item.name: getattr(received, item.name) for item in fields(received)},
        fields=call.form.fields,
        json=call.form.json,
        status=None if call.reply is None else call.reply.status,
        answer=None if call.reply is None else call.reply.decoded(),
        fault=None if call.rule is None else call.rule.fault,
        taken=call.body.received,
    )


def _web_response(reply: Reply) -> web.StreamResponse:
    headers = CIMultiDict([("Content-Type", reply.content_type), *reply.headers])
    if reply.file is not None:
        return web.FileResponse(reply.file, headers=headers)
    return web.Response(body=reply.body, status=reply.status, headers=headers)
