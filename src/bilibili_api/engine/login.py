"""Signing in with account and password (protocol document, sections 2.1 and 2.2)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bilibili_api.exceptions import ApiException, Retry
from bilibili_api.protocol import login
from bilibili_api.protocol.codes import Step

from .connecting import connected
from .retry import persist

if TYPE_CHECKING:
    from .http import Http
    from .options import Options


async def sign_in(options: Options, account: str, password: str) -> login.Token:
    """Fetch the login key, encrypt the password and exchange both for a token.

    The key lives 20 seconds; when the server finds it too old or cannot read the login, all is done again.

    Raises:
        VerificationRequired: The login wants a person.
        ApiException: It was refused, or the network failed.
    """
    async with connected(options) as http:
        try:
            return await _sign_in_once(http, options, account, password)
        except ApiException as error:
            if error.retry is not Retry.LOGIN:
                raise
        return await _sign_in_once(http, options, account, password)


async def _sign_in_once(http: Http, options: Options, account: str, password: str) -> login.Token:
    world = options.world
    device = login.Device.make(world.choose)

    async def fetch_key() -> login.LoginKey:
        return login.parse_key(await http.send(login.key_request()))

    key = await persist(Step.KEY, fetch_key, options)
    encrypted = await asyncio.to_thread(login.encrypt_password, key, password)

    async def exchange() -> login.Token:
        request = login.login_request(account, encrypted, device, int(world.now()))
        return login.parse_login(await http.send(request))

    return await persist(Step.LOGIN, exchange, options)
