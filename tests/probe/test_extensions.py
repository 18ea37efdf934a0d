"""What answers carry, on every rung: found at the hop whose router added it, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from poros_tui.packets.extensions import (
    Extension,
    InterfaceInformation,
    InterfaceRole,
    MplsStack,
    UnknownObject,
)
from poros_tui.probe.family import FAMILIES
from poros_tui.probe.transport import Answer
from poros_tui.probe.udp_session import FIRST_PORT
from tests.lab import namespace
from tests.lab.extensions import padded, structure
from tests.lab.requirements import require_network
from tests.lab.tun import TunLab, lab_network
from tests.packets import build
from tests.packets.test_extensions import OBJECT, STACK
from tests.probe.listening import first_socket, listening
from tests.probe.rungs import Rung, open_inside
from tests.probe.test_dialects import (
    KEY,
    LOCAL4,
    LOCAL6,
    PAYLOAD,
    PING4,
    PING6,
    RAW4,
    RAW6,
    ROUTER4,
    ROUTER6,
    TARGET4,
    TARGET6,
    queued,
    raw4,
    raw6,
)
from tests.probe.udp_probes import classic_probes

LONG = PAYLOAD * 40
"""More than is quoted in front of extensions."""


@pytest.fixture(scope="module")
def lab() -> Iterator[TunLab]:
    require_network()
    with lab_network("mpls") as lab:
        namespace.set_sysctls(lab.namespace, {"ipv4/ping_group_range": "0 0"})
        yield lab


@pytest.mark.network
@pytest.mark.trio
@pytest.mark.parametrize("rung", Rung)
@pytest.mark.parametrize("version", [4, 6])
async def test_labels_are_found_at_their_hop_and_only_there(
    lab: TunLab, rung: Rung, version: int
) -> None:
    hops = range(1, len(lab.scenario.hops) + 2)
    chosen = open_inside(lab.namespace, rung, lab.target(version))
    async with listening(chosen.transport) as ear:
        for ttl in hops:
            await ear.send(ttl, key=ttl)
        await ear.until_answered(hops)
    manners = [*(hop.manner for hop in lab.scenario.hops), lab.scenario.destination.manner]
    expected = {ttl: manner.extensions for ttl, manner in enumerate(manners, 1)}
    if rung not in (Rung.UDP, Rung.RAW_UDP):
        expected[hops[-1]] = ()  # neither an echo reply nor a RST carries anything
    assert {answer.key: answer.extensions for answer in ear.answers} == expected
    carried = [type(each) for told in expected.values() for each in told]
    assert {MplsStack, InterfaceInformation, UnknownObject} <= set(carried)


@pytest.mark.network
@pytest.mark.trio
@pytest.mark.parametrize("rung", [Rung.PING, Rung.UDP])
@pytest.mark.parametrize("version", [4, 6])
async def test_an_older_kernel_that_tells_no_place_hands_them_over_too(
    lab: TunLab, rung: Rung, version: int
) -> None:
    chosen = open_inside(lab.namespace, rung, lab.target(version))
    transport = chosen.transport
    sock = first_socket(transport)._socket
    family = FAMILIES[version]
    sock.setsockopt(family.level, family.receive_extensions_place, 0)
    async with listening(transport) as ear:
        await ear.send(2, key=2)
        await ear.until_answered([2])
    assert ear.answers[0].extensions == lab.scenario.hops[1].manner.extensions


def answers_with(
    told: tuple[Extension, ...] | bytes,
    payload: bytes = PAYLOAD,
    quote_bytes: int = 1000,
    *,
    is_legacy: bool = False,
) -> list[object]:
    """What every rung makes of the same answer to a probe with `payload`."""
    behind = told if isinstance(told, bytes) else structure(told)
    events: list[object] = []
    for version, raw, ping in ((4, RAW4, PING4), (6, RAW6, PING6)):
        filling = replace(raw.session.filling, content=payload, usual=len(payload))
        session = replace(raw.session, filling=filling)
        local, target = (LOCAL4, TARGET4) if version == 4 else (LOCAL6, TARGET6)
        make = build.ipv4 if version == 4 else build.ipv6
        header = len(make(b""))
        icmp, router = ((11, 0), ROUTER4) if version == 4 else ((3, 0), ROUTER6)

        def quote(packet: bytes, family: int = version) -> bytes:
            return padded(packet[:quote_bytes], family, is_legacy=is_legacy)

        request = session.request(KEY)
        if version == 6:
            checksum = session.checksum(KEY, ip_address(local), ip_address(target))
            request = request[:2] + checksum.to_bytes(2, "big") + request[4:]
        whole = quote(make(request, source=local, destination=target))
        length = 0 if is_legacy else len(whole)
        rest = bytes([0, length // 4, 0, 0]) if version == 4 else bytes([length // 8, 0, 0, 0])
        message = build.icmp(*icmp, rest, whole + behind)
        read = raw4 if version == 4 else raw6
        events.append(read(message, dialect=replace(raw, session=session)))

        events.append(
            queued(
                replace(ping, session=session),
                (whole + behind)[header:],
                icmp,
                router,
                extensions_at=max(0, length - header),
            )
        )
        whole = quote(make(build.udp(40000, FIRST_PORT + KEY, payload)))
        events.append(
            queued(
                classic_probes(target, payload),
                (whole + behind)[header + 8 :],
                icmp,
                router,
                port=FIRST_PORT + KEY,
                extensions_at=0 if is_legacy else len(whole) - header - 8,
            )
        )
    return events


@pytest.mark.parametrize("is_legacy", [False, True])
@pytest.mark.parametrize("quote_bytes", [28 + 20, 128, 1000])
@pytest.mark.parametrize("payload", [PAYLOAD, LONG])
def test_extensions_are_not_taken_for_payload(
    payload: bytes, quote_bytes: int, is_legacy: bool
) -> None:
    for event in answers_with((STACK, OBJECT), payload, quote_bytes, is_legacy=is_legacy):
        assert isinstance(event, Answer)
        assert event.extensions == (STACK, OBJECT)


@pytest.mark.parametrize("payload", [PAYLOAD, LONG])
@pytest.mark.parametrize("behind", [b"", b"garbage", structure((STACK,))[:-1], b"\x20\0\0\1"])
def test_a_malformed_extension_does_not_cost_the_answer(behind: bytes, payload: bytes) -> None:
    for event in answers_with(behind, payload, 128):
        assert isinstance(event, Answer)
        assert event.extensions == ()


def test_an_interface_name_is_made_safe() -> None:
    named = InterfaceInformation(role=InterfaceRole.INCOMING, name="eth\x1b[2J\u202e\n0")
    for event in answers_with((named,)):
        assert isinstance(event, Answer)
        assert event.extensions == (replace(named, name="eth[2J 0"),)


@given(st.binary(max_size=200) | st.binary(max_size=200).map(b"\x20\0\0\0".__add__))
def test_whatever_stands_behind_the_quote_the_answer_counts(behind: bytes) -> None:
    for event in answers_with(behind):
        assert isinstance(event, Answer)
