"""Probes that nobody may part, and routers whose next link takes less."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from ipaddress import IPv4Address

import pytest
import trio

from poros_tui.errors import SendError, UsageError
from poros_tui.model.probe import AnswerKind
from poros_tui.probe.family import Destination
from poros_tui.probe.first_link import FirstLink, first_link
from poros_tui.probe.outgoing import Outgoing
from tests.lab import namespace
from tests.lab.chain import RIGHT, ChainLab, ChainPlan, chain_network
from tests.lab.requirements import require_network
from tests.probe.conftest import permit_ping_sockets
from tests.probe.listening import listening
from tests.probe.rungs import Rung, open_inside

pytestmark = pytest.mark.network
every_rung = pytest.mark.parametrize(
    "rung", [rung for rung in Rung if rung is not Rung.TCP_CONNECT]
)
"""But connect(), whose SYNs are as large as the kernel makes them."""
both_versions = pytest.mark.parametrize("version", [4, 6])
WHOLE = Outgoing(size=1500, dont_fragment=True)


@pytest.fixture(scope="module")
def narrow() -> Iterator[ChainLab]:
    """Three real routers; the link behind the second takes 1400 bytes."""
    require_network()
    with chain_network(ChainPlan(routers=3, mtu=1400)) as lab:
        permit_ping_sockets(lab)
        yield lab


@every_rung
@both_versions
@pytest.mark.trio
async def test_a_router_tells_what_its_next_link_takes(
    narrow: ChainLab, rung: Rung, version: int
) -> None:
    chosen = open_inside(narrow.namespace, rung, narrow.target(version), outgoing=WHOLE)
    first, second = (next(iter(hop)) for hop in narrow.path(version)[:2])
    async with listening(chosen.transport) as ear:
        # Twice: the kernel learns from the first answer, and must send the next ones all the same.
        for key, ttl in enumerate((1, 2, 3, 4, 3, 4)):
            await ear.send(ttl, key)
        await ear.until_answered(range(6))
    expected = [(first, AnswerKind.TIME_EXCEEDED, None), (second, AnswerKind.TIME_EXCEEDED, None)]
    expected += [(second, AnswerKind.UNREACHABLE, 1400)] * 4
    answers = sorted(ear.answers, key=lambda answer: answer.key)
    assert [(one.responder, one.kind, one.mtu) for one in answers] == expected


@every_rung
@both_versions
@pytest.mark.trio
async def test_what_fits_every_link_arrives(narrow: ChainLab, rung: Rung, version: int) -> None:
    fitting = Outgoing(size=1400, dont_fragment=True)
    chosen = open_inside(narrow.namespace, rung, narrow.target(version), outgoing=fitting)
    async with listening(chosen.transport) as ear:
        await ear.send(9, key=0)
        await ear.until_answered([0])
    assert ear.path() == {0: (narrow.target(version), AnswerKind.REACHED)}


@every_rung
@both_versions
@pytest.mark.trio
async def test_our_own_link_may_come_to_take_less(
    narrow: ChainLab, rung: Rung, version: int
) -> None:
    chosen = open_inside(narrow.namespace, rung, narrow.target(version), outgoing=WHOLE)
    namespace.ip_batch([f"link set {RIGHT} mtu 1300"], narrow.namespace)
    try:
        async with listening(chosen.transport) as ear:
            with pytest.raises(SendError) as refusal:
                await ear.send(9, key=0)
            assert not ear.events
    finally:
        namespace.ip_batch([f"link set {RIGHT} mtu 1500"], narrow.namespace)
    assert refusal.value.reason == "it is larger than our own link takes, 1300 bytes (EMSGSIZE)"


@both_versions
def test_what_the_first_link_does_not_take_is_refused_before_anything_is_sent(
    narrow: ChainLab, version: int
) -> None:
    outgoing = Outgoing(size=1501, dont_fragment=True)
    with pytest.raises(UsageError) as refusal:
        open_inside(narrow.namespace, Rung.UDP, narrow.target(version), outgoing=outgoing)
    assert str(refusal.value) == (
        "--size 1501 is more than right takes, 1500 bytes; "
        "give a smaller size, or leave out --dont-fragment"
    )


@both_versions
def test_the_first_link_is_found_by_the_routes(narrow: ChainLab, version: int) -> None:
    found: list[FirstLink | None] = []

    def look() -> None:
        found.append(first_link(Destination(narrow.target(version))))
        found.append(first_link(Destination(narrow.target(version)), interface="lo"))
        found.append(first_link(Destination(narrow.target(version)), interface="nowhere"))
        found.append(first_link(Destination(IPv4Address("127.0.0.1"))))

    namespace.inside(narrow.namespace, look)
    loopback = FirstLink("lo", 65536)
    assert found == [FirstLink(RIGHT, 1500), loopback, None, loopback]


def capture_one(lab: ChainLab, filter_words: str) -> subprocess.Popen[str]:
    """tshark, about to tell whether one packet has the flag."""
    fields = ["-T", "fields", "-e", "ip.flags.df"]
    process = subprocess.Popen(
        lab.command(["tshark", "-i", RIGHT, "-n", "-l", "-c", "1", *fields, "-f", filter_words]),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    while "Capturing on" not in process.stderr.readline():
        assert process.poll() is None
    return process


@pytest.mark.sampled(3)
@every_rung
@pytest.mark.parametrize("outgoing", [Outgoing(), Outgoing(size=100), WHOLE], ids=repr)
@pytest.mark.trio
async def test_the_flag_is_on_the_wire_where_it_is_wanted(
    narrow: ChainLab, rung: Rung, outgoing: Outgoing
) -> None:
    """The default has it too, as Linux sets it; a size alone lets routers part what is larger."""
    target = narrow.target(4)
    process = capture_one(narrow, f"ip dst {target}")
    chosen = open_inside(narrow.namespace, rung, target, outgoing=outgoing)
    async with listening(chosen.transport) as ear:
        # The capture says that it begins a little before it does.
        while process.poll() is None:
            await ear.send(1, key=0)
            with trio.move_on_after(0.05):
                await trio.sleep_forever()
    out, _ = process.communicate()
    wanted = outgoing.dont_fragment or outgoing.size is None
    assert out.strip() in (("True", "1") if wanted else ("False", "0"))
