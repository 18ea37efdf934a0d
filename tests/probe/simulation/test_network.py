from __future__ import annotations

import random
from ipaddress import IPv4Address, IPv6Address

import pytest

from poros_tui.model.probe import Protocol
from poros_tui.probe.simulation.answer import Message, SimulatedAnswer
from poros_tui.probe.simulation.network import DUPLICATE_GAP_S, SimulatedNetwork
from poros_tui.probe.simulation.node import Mischief
from poros_tui.probe.simulation.scenario import Scenario, rising_path

DESTINATION = 'destination = "203.0.113.10"\n'


def network(text: str, seed: int = 1) -> SimulatedNetwork:
    return SimulatedNetwork(Scenario.from_toml(text), seed=seed)


def hop(number: int, extra: str = "") -> str:
    return f'[[hop]]\naddress = "10.0.{number}.1"\nrtt_ms = {number * 10}\n{extra}\n'


def ask(
    net: SimulatedNetwork,
    ttl: int,
    *,
    protocol: Protocol = Protocol.ICMP,
    flow: int = 0,
    serial: int = 0,
    family: int = 4,
    now_s: float = 0.0,
    size: int = 0,
    dont_fragment: bool = False,
) -> tuple[SimulatedAnswer, ...]:
    return net.answers(
        ttl=ttl,
        protocol=protocol,
        flow=flow,
        serial=serial,
        family=family,
        now_s=now_s,
        size=size,
        dont_fragment=dont_fragment,
    )


def test_each_hop_answers_at_its_ttl_and_the_destination_from_there_on() -> None:
    net = network(DESTINATION + hop(1) + hop(2))
    (first,), (second,), (third,), (far,) = (ask(net, ttl) for ttl in (1, 2, 3, 30))
    assert (first.responder, first.message) == (IPv4Address("10.0.1.1"), Message.TIME_EXCEEDED)
    assert [first.delay_s, second.delay_s] == pytest.approx([0.010, 0.020])
    assert (third.responder, third.message) == (IPv4Address("203.0.113.10"), Message.ECHO_REPLY)
    assert (third.responder, third.delay_s) == (far.responder, far.delay_s)
    assert (third.quoted_ttl, far.quoted_ttl) == (1, 28)
    assert third.delay_s == pytest.approx(0.021)
    assert (first.reply_ttl, second.reply_ttl, third.reply_ttl) == (255, 254, 62)


def test_ipv6_answers_come_from_the_twins_with_icmpv6_codes() -> None:
    net = network(DESTINATION + hop(1) + hop(2, 'unreachable = "host"'))
    (first,) = ask(net, 1, family=6)
    assert first.responder == IPv6Address("2001:db8::a00:101")
    assert ask(net, 2, family=4)[0].icmp_code == 1
    assert ask(net, 2, family=6)[0].icmp_code == 3


def test_udp_reaches_the_destination_with_port_unreachable() -> None:
    net = network(DESTINATION)
    (answer,) = ask(net, 1, protocol=Protocol.UDP)
    assert (answer.message, answer.icmp_code) == (Message.PORT_UNREACHABLE, 3)
    assert ask(net, 1, protocol=Protocol.UDP, family=6)[0].icmp_code == 4


@pytest.mark.parametrize(
    ("key", "silent_to"),
    [
        ("icmp = false", Protocol.ICMP),
        ("udp = false", Protocol.UDP),
        ('udp = "silent"', Protocol.UDP),
        ('tcp = "filtered"', Protocol.TCP),
    ],
)
def test_a_destination_may_be_silent_to_one_protocol(key: str, silent_to: Protocol) -> None:
    net = network(f'[destination]\naddress = "203.0.113.10"\n{key}\n')
    for protocol in Protocol:
        assert bool(ask(net, 1, protocol=protocol)) is (protocol is not silent_to)


@pytest.mark.parametrize(
    ("key", "protocol", "message"),
    [
        ("", Protocol.TCP, Message.SYN_ACK),
        ('tcp = "closed"', Protocol.TCP, Message.RST),
        ('udp = "closed"', Protocol.UDP, Message.PORT_UNREACHABLE),
        ("udp = true", Protocol.UDP, Message.PORT_UNREACHABLE),
        ('udp = "echo"', Protocol.UDP, Message.UDP_ECHO),
        ('udp = "fixed"', Protocol.UDP, Message.UDP_FIXED),
        ('udp = "dns"', Protocol.UDP, Message.UDP_DNS),
    ],
)
def test_the_ports_of_a_destination_answer_as_they_are(
    key: str, protocol: Protocol, message: Message
) -> None:
    limit = "rate_limit = { per_second = 1, burst = 1 }"
    net = network(f'[destination]\naddress = "203.0.113.10"\n{limit}\n{key}\n')
    answers = [ask(net, 1, protocol=protocol, serial=serial) for serial in range(3)]
    assert {answer.message for one in answers for answer in one} == {message}
    assert sum(map(bool, answers)) == (1 if message.is_error else 3)


def test_a_silent_hop_lets_everything_through() -> None:
    net = network(DESTINATION + hop(1) + "[[hop]]\nsilent = true\n" + hop(3))
    assert [bool(ask(net, ttl)) for ttl in (1, 2, 3, 4)] == [True, False, True, True]


def test_nothing_comes_from_beyond_a_black_hole() -> None:
    net = network(DESTINATION + hop(1, "blackhole = true") + hop(2))
    assert [bool(ask(net, ttl)) for ttl in (1, 2, 3, 4)] == [True, False, False, False]


def test_an_unreachable_hop_says_so_of_all_that_gets_there() -> None:
    net = network(DESTINATION + hop(1) + hop(2, 'unreachable = "net"') + hop(3))
    assert ask(net, 1)[0].message is Message.TIME_EXCEEDED
    for ttl in (2, 3, 4, 30):
        (answer,) = ask(net, ttl)
        assert (answer.message, answer.icmp_code) == (Message.UNREACHABLE, 0)
        assert answer.responder == IPv4Address("10.0.2.1")


def test_a_last_router_may_say_unreachable_only_of_what_it_passes_on_and_only_later() -> None:
    extra = 'unreachable = "host"\nunreachable_beyond = true\nunreachable_delay_ms = 3000'
    net = network(DESTINATION + hop(1) + hop(2, extra))
    assert ask(net, 2)[0].message is Message.TIME_EXCEEDED
    (beyond,) = ask(net, 3)
    assert (beyond.message, beyond.responder) == (Message.UNREACHABLE, IPv4Address("10.0.2.1"))
    assert beyond.delay_s == pytest.approx(3.020)


def test_loss_takes_its_share_of_answers_at_that_hop_only() -> None:
    net = network(DESTINATION + hop(1, "loss = 0.3") + hop(2))
    answered = sum(bool(ask(net, 1, serial=serial)) for serial in range(2000))
    assert answered / 2000 == pytest.approx(0.7, abs=0.04)
    assert all(ask(net, 2, serial=serial) for serial in range(200))


def test_link_loss_spares_its_hop_and_strikes_all_beyond() -> None:
    net = network(DESTINATION + hop(1, "link_loss = 0.5") + hop(2))
    assert all(ask(net, 1, serial=serial) for serial in range(200))
    for ttl in (2, 3):
        answered = sum(bool(ask(net, ttl, serial=serial)) for serial in range(1000))
        assert answered / 1000 == pytest.approx(0.5, abs=0.06)


def test_jitter_lengthens_an_answer_by_at_most_itself() -> None:
    net = network(DESTINATION + hop(1, "jitter_ms = 4"))
    delays = [ask(net, 1, serial=serial)[0].delay_s for serial in range(500)]
    assert 0.010 <= min(delays) < 0.0105
    assert 0.0135 < max(delays) <= 0.014


def test_a_rate_limit_is_a_full_bucket_that_refills() -> None:
    net = network(DESTINATION + hop(1, "rate_limit = { per_second = 1, burst = 6 }"))
    burst = [bool(ask(net, 1, serial=serial, now_s=0.001 * serial)) for serial in range(20)]
    assert burst == [True] * 6 + [False] * 14
    later = [bool(ask(net, 1, serial=100 + n, now_s=3.1 + 0.25 * n)) for n in range(8)]
    assert later == [True, True, True, False, True, False, False, False]


def test_a_router_keeps_its_bucket_when_the_route_changes() -> None:
    limit = "rate_limit = { per_second = 0.01, burst = 2 }"
    later = (hop(2) + hop(1, limit)).replace("[[hop]]", "[[route.hop]]")
    net = network(DESTINATION + hop(1, limit) + "[[route]]\nat_s = 5\n" + later)
    asked = [(1, 0.0), (1, 1.0), (1, 2.0), (2, 6.0)]
    assert [bool(ask(net, ttl, now_s=at_s)) for ttl, at_s in asked] == [True, True, False, False]


def test_a_limited_link_lets_all_that_goes_beyond_share_its_bucket() -> None:
    net = network(DESTINATION + hop(1, "link_limit = { per_second = 1, burst = 3 }") + hop(2))
    ttls = [1, 2, 3, 2, 3, 1, 30]
    passed = [bool(ask(net, ttl, serial=serial)) for serial, ttl in enumerate(ttls)]
    assert passed == [True, True, True, True, False, True, False]
    assert [bool(ask(net, 3, serial=100 + n, now_s=2.5)) for n in range(4)] == [
        *(True, True),
        *(False, False),
    ]


def test_echo_replies_are_not_rate_limited_but_port_unreachables_are() -> None:
    net = network(
        '[destination]\naddress = "203.0.113.10"\nrate_limit = { per_second = 1, burst = 1 }\n'
    )
    for protocol, expected in ((Protocol.ICMP, 10), (Protocol.UDP, 1)):
        answers = [ask(net, 1, protocol=protocol, serial=serial) for serial in range(10)]
        assert sum(map(bool, answers)) == expected


def test_a_flow_stays_with_its_responder_and_packets_do_not() -> None:
    many = '[[hop]]\naddresses = ["10.0.1.1", "10.0.1.2", "10.0.1.3"]\nrtt_ms = 1\n'
    by_flow = network(DESTINATION + many + 'balance = "flow"')
    of_flows = [
        {ask(by_flow, 1, flow=flow, serial=serial)[0].responder for serial in range(20)}
        for flow in range(20)
    ]
    assert {len(responders) for responders in of_flows} == {1}
    assert len(set.union(*of_flows)) == 3
    by_packet = network(DESTINATION + many + 'balance = "packet"')
    assert len({ask(by_packet, 1, serial=serial)[0].responder for serial in range(50)}) == 3


def test_duplicates_are_honest_answers_that_follow_the_first() -> None:
    net = network(DESTINATION + hop(1, "duplicates = 2"))
    answers = ask(net, 1)
    assert [answer.delay_s for answer in answers] == pytest.approx(
        [0.010 + copy * DUPLICATE_GAP_S for copy in range(3)]
    )
    assert {answer.mischief for answer in answers} == {Mischief.NONE}


def test_mischief_comes_before_the_honest_answer_and_even_without_one() -> None:
    extra = 'mischief = ["truncated", "corrupt", "forged_quote", "forged_echo", "forged_header"]\n'
    *bad, good = ask(network(DESTINATION + hop(1, extra)), 1)
    assert [answer.mischief for answer in bad] == list(Mischief)[1:]
    assert good.mischief is Mischief.NONE
    assert all(answer.delay_s < good.delay_s for answer in bad)
    assert len(ask(network(DESTINATION + hop(1, extra + "silent = true")), 1)) == 5


def test_a_route_change_moves_the_destination() -> None:
    change = "[[route]]\nat_s = 10\n" + hop(1).replace("[[hop]]", "[[route.hop]]")
    net = network(DESTINATION + hop(1) + hop(2) + change)
    assert ask(net, 2, now_s=9.9)[0].responder == IPv4Address("10.0.2.1")
    (answer,) = ask(net, 2, now_s=10.1)
    assert answer.responder == IPv4Address("203.0.113.10")
    assert answer.delay_s == pytest.approx(0.011)


def test_a_seed_repeats_whatever_the_order_of_asking() -> None:
    text = DESTINATION + hop(1, "loss = 0.5\njitter_ms = 3") + hop(2, "loss = 0.5")
    probes = [(1 + serial % 3, serial) for serial in range(60)]
    once = network(text)
    in_order = {serial: ask(once, ttl, serial=serial) for ttl, serial in probes}
    again = network(text)
    random.Random(5).shuffle(probes)
    assert {serial: ask(again, ttl, serial=serial) for ttl, serial in probes} == in_order
    other = network(text, seed=2)
    assert {serial: ask(other, ttl, serial=serial) for ttl, serial in probes} != in_order


def test_the_rising_path_rises() -> None:
    net = SimulatedNetwork(rising_path(15, 0.150), seed=1)
    delays = [ask(net, ttl)[0].delay_s for ttl in range(1, 16)]
    assert delays == pytest.approx([0.010 * ttl for ttl in range(1, 16)])


def responders(net: SimulatedNetwork, ttls: int) -> list[str]:
    return [str(ask(net, ttl)[0].responder) for ttl in range(1, ttls + 1)]


def test_a_hop_that_keeps_the_ttl_is_not_seen_and_is_no_hop_on_the_way_back() -> None:
    net = network(DESTINATION + hop(1) + hop(2, "ttl_keep = true") + hop(3))
    assert responders(net, 3) == ["10.0.1.1", "10.0.3.1", "203.0.113.10"]
    assert [ask(net, ttl)[0].reply_ttl for ttl in (1, 2, 3)] == [255, 254, 62]


def test_a_hop_that_sets_the_ttl_hides_or_displaces_what_is_behind_it() -> None:
    hops = "".join(hop(number) for number in (3, 4))
    hiding = network(DESTINATION + hop(1) + hop(2, "ttl_set = 64") + hops)
    assert responders(hiding, 3) == ["10.0.1.1", "10.0.2.1", "203.0.113.10"]
    assert ask(hiding, 3)[0].quoted_ttl == 62
    displacing = network(DESTINATION + hop(1, "ttl_set = 2") + hop(2) + hops)
    assert responders(displacing, 3) == ["10.0.1.1", "10.0.3.1", "10.0.3.1"]


def test_a_hop_may_quote_any_ttl_and_its_answers_come_back_over_any_number_of_hops() -> None:
    net = network(DESTINATION + hop(1, "quoted_ttl = 0") + hop(2, "return_hops = 9"))
    assert ask(net, 1)[0].quoted_ttl == 0
    assert [ask(net, ttl)[0].reply_ttl for ttl in (1, 2, 3)] == [255, 247, 62]


def test_a_small_link_refuses_what_may_not_be_parted_and_a_silent_one_says_nothing() -> None:
    for extra, told in (("", 1400), ("mtu_untold = true", 0)):
        net = network(DESTINATION + hop(1, f"mtu = 1400\n{extra}") + hop(2))
        (answer,) = ask(net, 2, size=1401, dont_fragment=True)
        assert (answer.message, answer.icmp_code, answer.mtu) == (Message.PACKET_TOO_BIG, 4, told)
        (answer6,) = ask(net, 2, size=1401, family=6)
        assert (answer6.message, answer6.icmp_code, answer6.mtu) == (
            Message.PACKET_TOO_BIG,
            0,
            1400,
        )
        (parted,) = ask(net, 2, size=1401)
        assert parted.message is Message.TIME_EXCEEDED
        (small,) = ask(net, 2, size=1400, dont_fragment=True)
        assert small.message is Message.TIME_EXCEEDED
    silent = network(DESTINATION + hop(1, "mtu = 1400\nmtu_silent = true") + hop(2))
    assert ask(silent, 2, size=1401, dont_fragment=True) == ()
    assert ask(silent, 1, size=1401, dont_fragment=True)
