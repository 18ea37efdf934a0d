"""All rungs on real routers: what the tracer is for."""

from __future__ import annotations

import itertools
from ipaddress import IPv4Address, IPv6Address

import pytest
import trio
import trio.testing

from poros_tui.errors import SendError
from poros_tui.model.probe import AnswerKind
from poros_tui.probe.transport import Answer, SendTimes
from tests.lab import namespace
from tests.lab.chain import ChainLab, ChainPlan, Refusal, chain_network
from tests.lab.requirements import require_network
from tests.probe.conftest import ROUTERS, permit_ping_sockets
from tests.probe.listening import PATIENCE_S, Ear, listening
from tests.probe.rungs import Rung, open_inside

pytestmark = [pytest.mark.network, pytest.mark.trio]

every_rung = pytest.mark.parametrize("rung", Rung)
stamped_rung = pytest.mark.parametrize(
    "rung", [rung for rung in Rung if rung is not Rung.TCP_CONNECT]
)
"""The kernel stamps no SYN of its own."""
both_versions = pytest.mark.parametrize("version", [4, 6])
HOPS = range(1, ROUTERS + 2)


@every_rung
@both_versions
async def test_the_path_is_found_hop_by_hop(chain: ChainLab, rung: Rung, version: int) -> None:
    chosen = open_inside(chain.namespace, rung, chain.target(version))
    async with listening(chosen.transport) as ear:
        for ttl in HOPS:
            await ear.send(ttl, key=ttl)
        await ear.until_answered(HOPS)
    expected = {
        ttl: (responder, AnswerKind.TIME_EXCEEDED)
        for ttl, (responder,) in enumerate(map(tuple, chain.path(version)), start=1)
    }
    expected[ROUTERS + 1] = (chain.target(version), AnswerKind.REACHED)
    assert ear.path() == expected


@stamped_rung
@both_versions
async def test_every_probe_has_its_kernel_stamps_before_its_answer(
    chain: ChainLab, rung: Rung, version: int
) -> None:
    keys = range(40)
    chosen = open_inside(chain.namespace, rung, chain.target(version))
    async with listening(chosen.transport) as ear:
        for key in keys:
            await ear.send(1 + key % len(HOPS), key)
        await ear.until_answered(keys)
    stamps: dict[int, int] = {}
    for event in ear.events:
        if isinstance(event, SendTimes):
            stamps |= event.sent_at_ns
        if isinstance(event, Answer):
            # Sent after user space looked at its clock, and all before it read the answer.
            assert ear.sent[event.key].realtime_ns <= stamps[event.key]
            assert stamps[event.key] < event.received_at_ns < event.read_at.realtime_ns
    assert stamps.keys() == set(keys)


@every_rung
@both_versions
async def test_the_ttl_left_in_an_answer_is_told(chain: ChainLab, rung: Rung, version: int) -> None:
    chosen = open_inside(chain.namespace, rung, chain.target(version))
    async with listening(chosen.transport) as ear:
        for ttl in HOPS:
            await ear.send(ttl, key=ttl)
        await ear.until_answered(HOPS)
    expected: dict[int, int | None] = {ttl: 64 - (ttl - 1) for ttl in HOPS}
    if rung is Rung.TCP_CONNECT:
        expected[ROUTERS + 1] = None  # a connection tells nothing of the packets that made it
    assert {answer.key: answer.reply_ttl for answer in ear.answers} == expected


@every_rung
@both_versions
async def test_probes_of_many_tasks_keep_their_own_ttl(
    chain: ChainLab, rung: Rung, version: int
) -> None:
    chosen = open_inside(chain.namespace, rung, chain.target(version))
    ttl_of = {key: 1 + key % len(HOPS) for key in range(60)}
    async with listening(chosen.transport) as ear:
        async with trio.open_nursery() as nursery:
            for key, ttl in ttl_of.items():
                nursery.start_soon(ear.send, ttl, key)
        await ear.until_answered(ttl_of)
    path = chain.path(version)
    assert len(ear.answers) == len(ttl_of)
    for answer in ear.answers:
        assert {answer.responder} == path[ttl_of[answer.key] - 1]


@pytest.mark.parametrize("rung", [Rung.PING, Rung.UDP])
@both_versions
async def test_an_error_that_waits_in_the_socket_fails_no_other_probe(
    chain: ChainLab, rung: Rung, version: int
) -> None:
    chosen = open_inside(chain.namespace, rung, chain.target(version))
    transport = chosen.transport
    await trio.sleep(transport.settle_s)
    for key in range(10):
        await transport.send(1, key)
        # Nobody listens yet, so the router's answer poisons the next send.
        await trio.sleep(0.01)
    async with listening(transport) as ear:
        await ear.until_answered(range(10))
    assert len(ear.answers) == 10
    assert ear.stamps.keys() == set(range(10))


@every_rung
async def test_a_waiting_receiver_does_not_spin(chain: ChainLab, rung: Rung) -> None:
    chosen = open_inside(chain.namespace, rung, chain.target(4))
    async with listening(chosen.transport) as ear:
        for ttl in HOPS:
            await ear.send(ttl, key=ttl)
        await ear.until_answered(HOPS)
        with trio.fail_after(PATIENCE_S):
            # If the error queue were left full, it would be woken without end.
            await trio.testing.wait_all_tasks_blocked(cushion=0.1)


@every_rung
@both_versions
async def test_an_answerless_next_hop_is_a_local_failure(
    hasty_chain: ChainLab, rung: Rung, version: int
) -> None:
    nobody = {4: IPv4Address("10.1.1.77"), 6: IPv6Address("fd00:1:1::77")}[version]
    chosen = open_inside(hasty_chain.namespace, rung, nobody)
    async with listening(chosen.transport) as ear:
        await ear.send(5, key=7)
        await ear.until(lambda: bool(ear.failures))
    (failure,) = ear.failures
    assert failure.key == 7
    assert failure.reason.startswith("the next hop does not answer")
    assert not ear.answers


@every_rung
@both_versions
async def test_one_of_our_own_addresses_is_reached(
    chain: ChainLab, rung: Rung, version: int
) -> None:
    own = {4: IPv4Address("10.1.1.1"), 6: IPv6Address("fd00:1:1::1")}[version]
    chosen = open_inside(chain.namespace, rung, own)
    async with listening(chosen.transport) as ear:
        await ear.send(1, key=1)
        await ear.until_answered([1])
    assert ear.path() == {1: (own, AnswerKind.REACHED)}
    assert not ear.failures


@every_rung
async def test_a_link_local_neighbour_is_reached_through_its_zone(
    chain: ChainLab, rung: Rung
) -> None:
    neighbour = IPv6Address("fe80::77")
    namespace.ip_batch([f"addr replace {neighbour}/64 dev left nodad"], chain.names[1])
    namespace.wait_for_addresses(chain.names[1], [neighbour])
    chosen = open_inside(chain.namespace, rung, neighbour, zone="right")
    async with listening(chosen.transport) as ear:
        await ear.send(1, key=1)
        await ear.until_answered([1])
    assert ear.path() == {1: (neighbour, AnswerKind.REACHED)}


@pytest.mark.parametrize(
    ("refusal", "codes"),
    [(Refusal.UNREACHABLE, {4: (3, 1), 6: (1, 0)}), (Refusal.PROHIBIT, {4: (3, 13), 6: (1, 1)})],
)
async def test_a_router_that_refuses_ends_the_path(
    refusal: Refusal, codes: dict[int, tuple[int, int]]
) -> None:
    require_network()
    plan = ChainPlan(routers=2, refusal=refusal, refusing_router=2)
    with chain_network(plan) as lab:
        permit_ping_sockets(lab)
        for rung, version in itertools.product(set(Rung) - {Rung.TCP_CONNECT}, (4, 6)):
            chosen = open_inside(lab.namespace, rung, lab.target(version))
            async with listening(chosen.transport) as ear:
                await ask_until_answered(ear, ttl=3)
            (router,) = lab.path(version)[1]
            for answer in ear.answers:
                assert (answer.responder, answer.kind) == (router, AnswerKind.UNREACHABLE)
                assert (answer.icmp_type, answer.icmp_code) == codes[version]


async def ask_until_answered(ear: Ear, ttl: int) -> None:
    """A refusing route answers 5 times, whoever asks on this machine, and then once a second: other
    tests may ask one at the same time."""
    with trio.fail_after(PATIENCE_S):
        for key in itertools.count(1):
            await ear.send(ttl, key)
            with trio.move_on_after(1.0):
                await ear.until(lambda: bool(ear.answers))
                return


@pytest.mark.sampled(3)
@every_rung
@both_versions
async def test_a_link_that_goes_down_is_a_send_error_until_it_is_up_again(
    rung: Rung, version: int
) -> None:
    require_network()
    with chain_network(ChainPlan(routers=1)) as lab:
        permit_ping_sockets(lab)
        chosen = open_inside(lab.namespace, rung, lab.target(version))
        async with listening(chosen.transport) as ear:
            await ear.send(2, key=1)
            await ear.until_answered([1])
            lab.link_down()
            # Why it is refused is asked of the kernel in there.
            with (
                namespace.entered(lab.namespace),
                pytest.raises(SendError, match="network is unreachable"),
            ):
                await ear.send(2, key=2)
            lab.link_up()
            await ear.send(2, key=3)
            await ear.until_answered([3])
            if rung is Rung.TCP_CONNECT:
                return
            # The stamps still belong to their probes.
            assert ear.stamps.keys() == {1, 3}
            assert ear.sent[3].realtime_ns < ear.stamps[3] < ear.answers[-1].received_at_ns
