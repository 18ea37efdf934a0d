from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest

from poros_tui.model.probe import Protocol
from tests.lab.chain import ChainLab, ChainPlan, chain_network
from tests.lab.requirements import require_network
from tests.lab.tools import SILENT_WAIT_S, mtr, ping, traceroute

pytestmark = pytest.mark.network


@pytest.fixture(autouse=True)
def _needs_a_network() -> None:
    require_network()


@pytest.mark.parametrize("name", ["chain", "chain-unreachable", "chain-prohibited"])
def test_traceroute_sees_the_routers(name: str) -> None:
    with chain_network(name) as lab:
        for family, protocol in product((4, 6), Protocol):
            # One probe at a time: a refusing route is answered for five times, then once a second.
            seen = traceroute(lab, family, protocol, ["-N", "1", "-q", "1"])
            assert [hop.responders for hop in seen] == lab.path(family, protocol)


def test_mtr_sees_the_routers() -> None:
    with chain_network() as lab:
        for family in (4, 6):
            seen = mtr(lab, family, Protocol.ICMP, 3)
            assert [hop.responders for hop in seen] == lab.path(family)


def test_a_chain_has_the_length_that_is_asked_for() -> None:
    with chain_network(ChainPlan(routers=9)) as lab:
        assert len(traceroute(lab, 4, Protocol.ICMP, [])) == len(lab.hops) == 10


def test_real_rate_limits_let_six_of_twenty_through() -> None:
    options = ["-f", "2", "-m", "2", "-q", "10", "-N", "10"]

    def answered(lab: ChainLab) -> int:
        return len(traceroute(lab, 4, Protocol.ICMP, options, wait_s=SILENT_WAIT_S)[0].rtts_ms)

    with chain_network("chain-limited") as lab, ThreadPoolExecutor(2) as at_once:
        began_s = time.monotonic()
        of_twenty = sum(at_once.map(answered, [lab, lab]))
        seconds = time.monotonic() - began_s
        # A burst of 6, and one more for every second that has passed.
        assert 6 <= of_twenty <= 6 + seconds
    with chain_network("chain") as lab:
        assert len(traceroute(lab, 4, Protocol.ICMP, options)[0].rtts_ms) == 10


def test_a_black_hole_swallows_what_reaches_it() -> None:
    with chain_network("chain-blackhole") as lab:
        seen = traceroute(lab, 4, Protocol.ICMP, ["-m", "5"], wait_s=SILENT_WAIT_S)
        assert [hop.responders for hop in seen] == [*lab.hops, set(), set(), set()]
        assert len(lab.hops) == 2


def test_a_link_goes_down_and_comes_back() -> None:
    with chain_network() as lab:
        for link in (1, 4, 7):
            for target in ("{destination}", "{destination6}"):
                assert ping(lab, target) == 0
                lab.link_down(link)
                # No answer can come; where a router says so, ping does not wait.
                assert ping(lab, target, wait_s=0.5) != 0
                lab.link_up(link)
                assert ping(lab, target) == 0


def test_an_absent_host_is_unreachable_says_the_last_router_after_its_arp() -> None:
    with chain_network() as lab:
        done = lab.run(["traceroute", "-n", "-I", "-w", "20", str(lab.absent(4))])
        last = done.stdout.splitlines()[-1]
        assert last.split()[:2] == ["7", "10.1.6.2"]
        assert "!H" in last
