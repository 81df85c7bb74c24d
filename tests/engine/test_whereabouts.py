"""By what a network is known again, without saying where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bilibili_api.engine import whereabouts
from bilibili_api.engine.whereabouts import Whereabouts, here_is

if TYPE_CHECKING:
    from pathlib import Path

ROUTES = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t{wlan}\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\t0101A8C0\t0003\t0\t0\t{metric}\t00000000\t0\t0\t0
eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
"""
NEIGHBOURS = """\
IP address       HW type     Flags       HW address            Mask     Device
192.168.1.1      0x1         0x2         {mac}     *        eth0
192.168.1.1      0x1         0x2         02:00:00:00:00:99     *        eth1
10.0.0.1         0x1         0x2         02:00:00:00:00:07     *        wlan0
"""


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    write(tmp_path)
    return tmp_path


def write(
    proc: Path,
    metric: int = 100,
    mac: str = "02:00:00:00:00:01",
    wlan: str = "0100000A",
    routes: str = ROUTES,
) -> None:
    (proc / "route").write_text(routes.format(metric=metric, wlan=wlan))
    (proc / "arp").write_text(NEIGHBOURS.format(mac=mac))


def test_a_network_is_known_again(proc: Path):
    """By the same gateway at the same address of the hardware."""
    assert here_is(proc=proc) == here_is(proc=proc)


def test_another_gateway_of_the_same_address_is_another_network(proc: Path):
    """Half of all homes have 192.168.1.1."""
    home = here_is(proc=proc)
    write(proc, mac="02:00:00:00:00:02")
    assert here_is(proc=proc) != home


def test_the_route_that_the_system_prefers_counts(proc: Path):
    """A cable beside the wireless network, as long as it is plugged in; whatever the other one is then."""
    home = here_is(proc=proc)
    write(proc, wlan="0200000A")
    assert here_is(proc=proc) == home
    write(proc, metric=700)
    assert here_is(proc=proc) != home


@pytest.mark.parametrize("table", ["", "heading\n", "heading\nx\n", "heading\na b c d e f g h\n"])
def test_without_a_gateway_the_own_address_has_to_do(proc: Path, table: str, monkeypatch: pytest.MonkeyPatch):
    """As on systems that have no such tables."""
    monkeypatch.setattr(whereabouts, "_own_beginning", lambda: "10.1.2")
    (proc / "route").write_text(table)
    assert here_is(proc=proc) == here_is(proc=proc / "nothing")


def test_the_own_address_is_found_without_sending_anything():
    """Three numbers of it, or nothing where there is no way out."""
    assert whereabouts._own_beginning().count(".") in {0, 2}  # pyright: ignore[reportPrivateUsage] - what other systems use


def test_a_simulator_is_another_network(proc: Path):
    """What its lines do says nothing about Bilibili's; the same holds for a proxy."""
    assert here_is("https://127.0.0.1:8443", proc=proc) != here_is(proc=proc)


def test_it_does_not_say_where_it_is(proc: Path):
    """Neither gateway nor public address stand in it."""
    shown = repr(here_is(proc=proc).seen_as("192.0.2.7"))
    assert not [part for part in ("192.168", "02:00", "192.0.2") if part in shown]


def test_an_address_that_nobody_knows_is_none():
    """The server may not tell."""
    here = Whereabouts("place")
    assert here.seen_as("") == here
