from __future__ import annotations

from ipaddress import IPv4Address

import pytest
import trio
from trio.testing import MockClock

from poros_tui.errors import SendError
from poros_tui.model.probe import AnswerKind, Multipath, Protocol
from poros_tui.model.quote import Quote, Rewrite, RewrittenField
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.scenario import Scenario
from poros_tui.probe.simulation.transport import SimulatedTransport
from poros_tui.probe.transport import Answer, TransportEvent

pytestmark = pytest.mark.trio

TEXT = """
mtu = 1500

[destination]
address = "203.0.113.10"
{destination}

[[hop]]
address = "10.0.1.1"
rtt_ms = 1
{first}

[[hop]]
address = "10.0.2.1"
rtt_ms = 2
"""


def network(first: str = "", destination: str = "") -> SimulatedNetwork:
    text = TEXT.format(first=first, destination=destination)
    return SimulatedNetwork(Scenario.from_toml(text), seed=1)


async def answer_to(transport: SimulatedTransport, ttl: int, size: int | None = None) -> Answer:
    """The only one."""
    events: list[TransportEvent] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(transport.receive, events.append)
        await transport.send(ttl, 5, size=size)
        await trio.sleep(1)
        nursery.cancel_scope.cancel()
    (answer,) = [event for event in events if isinstance(event, Answer)]
    return answer


@pytest.mark.parametrize(
    ("protocol", "destination"),
    [
        (Protocol.TCP, 'tcp = "open"'),
        (Protocol.TCP, 'tcp = "closed"'),
        (Protocol.UDP, 'udp = "echo"'),
        (Protocol.UDP, 'udp = "fixed"'),
        (Protocol.UDP, 'udp = "dns"'),
    ],
)
async def test_what_is_not_icmp_reaches_without_a_type_and_quotes_nothing(
    autojump_clock: MockClock, protocol: Protocol, destination: str
) -> None:
    transport = SimulatedTransport(network(destination=destination), protocol=protocol)
    answer = await answer_to(transport, 3)
    assert answer.kind is AnswerKind.REACHED
    assert (answer.icmp_type, answer.icmp_code, answer.quote) == (None, None, None)
    assert answer.responder == IPv4Address("203.0.113.10")


async def test_an_error_quotes_the_probe_and_what_a_nat_made_of_it(
    autojump_clock: MockClock,
) -> None:
    nat = network("nat = { source = '100.64.0.9', restore = false }\ndscp = 10")
    transport = SimulatedTransport(nat, traffic_class=3)
    assert (await answer_to(transport, 1)).quote == Quote(
        length=60, ttl=1, traffic_class=3, sent_traffic_class=3
    )
    source = Rewrite(
        RewrittenField.SOURCE_ADDRESS, IPv4Address("192.0.2.2"), IPv4Address("100.64.0.9")
    )
    assert (await answer_to(transport, 2)).quote == Quote(
        length=60, ttl=1, traffic_class=43, sent_traffic_class=3, rewrites=(source,)
    )


async def test_the_identification_is_known_where_it_was_chosen(autojump_clock: MockClock) -> None:
    nat = network("nat = { identification = true }")
    for multipath, expected in (
        (Multipath.DUBLIN, [RewrittenField.IP_IDENTIFICATION]),
        (Multipath.PARIS, []),
    ):
        transport = SimulatedTransport(nat, protocol=Protocol.UDP, multipath=multipath)
        quote = (await answer_to(transport, 2)).quote
        assert quote
        assert [rewrite.field for rewrite in quote.rewrites] == expected


async def test_a_packet_too_big_is_unreachable_and_tells_the_mtu(autojump_clock: MockClock) -> None:
    for untold, family, told in (("", 4, 1400), ("", 6, 1400), ("mtu_untold = true", 4, None)):
        transport = SimulatedTransport(
            network(f"mtu = 1400\n{untold}"), family=family, dont_fragment=True
        )
        answer = await answer_to(transport, 2, size=1500)
        assert (answer.kind, answer.mtu) == (AnswerKind.UNREACHABLE, told)
        assert (answer.icmp_type, answer.icmp_code) == ((3, 4) if family == 4 else (2, 0))
        assert (await answer_to(transport, 2, size=1400)).kind is AnswerKind.TIME_EXCEEDED


async def test_what_our_own_link_does_not_take_whole_is_not_sent(autojump_clock: MockClock) -> None:
    whole = SimulatedTransport(network(), dont_fragment=True)
    with pytest.raises(SendError, match="larger than our own link takes, 1500 bytes"):
        await whole.send(1, 0, size=1501)
    await SimulatedTransport(network()).send(1, 0, size=1501)


async def test_a_neighbour_of_the_destination_answers_for_itself(
    autojump_clock: MockClock,
) -> None:
    neighbour = IPv4Address("203.0.113.77")
    to_destination = SimulatedTransport(network())
    transport = to_destination.to_neighbour(neighbour)
    assert transport.destination == neighbour
    assert (await answer_to(transport, 1)).responder == IPv4Address("10.0.1.1")
    at_the_end = await answer_to(transport, 3)
    assert (at_the_end.responder, at_the_end.kind) == (neighbour, AnswerKind.REACHED)
    assert (await answer_to(to_destination, 3)).responder == to_destination.destination


async def test_time_passes_for_neighbours_as_for_the_destination(
    autojump_clock: MockClock,
) -> None:
    text = TEXT.format(first="", destination="")
    later = '[[route]]\nat_s = 10\n[[route.hop]]\naddress = "10.0.9.1"\nrtt_ms = 1\n'
    transport = SimulatedTransport(SimulatedNetwork(Scenario.from_toml(text + later), seed=1))
    await trio.sleep(11)
    neighbour = transport.to_neighbour(IPv4Address("203.0.113.77"))
    assert (await answer_to(neighbour, 1)).responder == IPv4Address("10.0.9.1")
