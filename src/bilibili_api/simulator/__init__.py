"""A strict simulator of Bilibili, for tests and for trying things out.

    async with Simulator() as sim:
        ...  # connect to 127.0.0.1:sim.port instead of Bilibili's hosts, trust sim.ca_file

It is written from the protocol document alone and shares no code with the client, so that a
misunderstanding on one side shows as a failing test instead of passing on both.
"""

from bilibili_api.simulator.accounts import DEMO_ACCOUNT, DEMO_COOKIES, Account
from bilibili_api.simulator.authority import CertificateAuthority
from bilibili_api.simulator.eras import Era, InterfaceName
from bilibili_api.simulator.exchange import Exchange, Field, Received, Step
from bilibili_api.simulator.faults import (
    Altered,
    Answer,
    Captcha,
    Code,
    Cut,
    ExpiredToken,
    Fault,
    Forgotten,
    Latency,
    LostAnswer,
    NotOk,
    PhoneCheck,
    RateLimited,
    Slow,
    Stall,
    Status,
)
from bilibili_api.simulator.interfaces import Interface
from bilibili_api.simulator.lines import Line
from bilibili_api.simulator.listing import Listing
from bilibili_api.simulator.logins import Login
from bilibili_api.simulator.ordered import Faults, Rule
from bilibili_api.simulator.pace import Limits
from bilibili_api.simulator.passport.qr import QrCode
from bilibili_api.simulator.passport.sms import TextMessage
from bilibili_api.simulator.reviews import Review
from bilibili_api.simulator.server import Simulator
from bilibili_api.simulator.state import Archive, StoredCover, StoredVideo

__all__ = [
    "DEMO_ACCOUNT",
    "DEMO_COOKIES",
    "Account",
    "Altered",
    "Answer",
    "Archive",
    "Captcha",
    "CertificateAuthority",
    "Code",
    "Cut",
    "Era",
    "Exchange",
    "ExpiredToken",
    "Fault",
    "Faults",
    "Field",
    "Forgotten",
    "Interface",
    "InterfaceName",
    "Latency",
    "Limits",
    "Line",
    "Listing",
    "Login",
    "LostAnswer",
    "NotOk",
    "PhoneCheck",
    "QrCode",
    "RateLimited",
    "Received",
    "Review",
    "Rule",
    "Simulator",
    "Slow",
    "Stall",
    "Status",
    "Step",
    "StoredCover",
    "StoredVideo",
    "TextMessage",
]
