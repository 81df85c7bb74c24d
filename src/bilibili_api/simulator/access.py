"""Who is asking, for the calls that carry an access_key in their query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bilibili_api.simulator.answers import NOT_LOGGED_IN
from bilibili_api.simulator.reply import RefusalError, refusal
from bilibili_api.simulator.signing import check_query

if TYPE_CHECKING:
    from bilibili_api.simulator.exchange import Received, Step
    from bilibili_api.simulator.state import Account, State


def authorised(state: State, step: Step, received: Received) -> Account:
    """Return the account of a request's access_key.

    Raises:
        RefusalError: the token is missing or unknown, or the signature is wrong.
    """
    account = state.account_of(received.query_value("access_key"))
    if account is None:
        raise RefusalError(NOT_LOGGED_IN[step])
    wrong = check_query(step, received.query_string)
    if wrong is not None:
        raise RefusalError(refusal(*wrong))
    return account
