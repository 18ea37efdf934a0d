from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

import pytest

from poros_tui.model.coordinates import Coordinates
from poros_tui.model.place import Place
from poros_tui.packets.extensions import (
    InterfaceInformation,
    InterfaceRole,
    MplsLabel,
    MplsStack,
    UnknownObject,
)
from poros_tui.probe.simulation.box import Box, Nat, Restore
from poros_tui.probe.simulation.node import (
    Balance,
    Mischief,
    RateLimit,
    TcpPort,
    UdpService,
    Unreachable,
)
from poros_tui.probe.simulation.scenario import Scenario, rising_path
from poros_tui.probe.simulation.twin import ipv6_twin

EVERYTHING = """
description = "everything there is"
repeat_s = 60

[destination]
address = "203.0.113.10"
address6 = "2001:db8:1::10"
icmp = false
udp = true
tcp = "closed"
rtt_ms = 40
jitter_ms = 2
loss = 0.25
duplicates = 2

[[hop]]
address = "10.0.1.1"
rtt_ms = 1

[[hop]]
silent = true

[[hop]]
addresses = ["10.0.3.1", "10.0.3.2"]
balance = "packet"
rtt_ms = 12.5
rate_limit = { per_second = 1, burst = 6 }
link_loss = 0.5
link_limit = { per_second = 20, burst = 60 }
mischief = ["truncated", "forged_echo"]
quote_bytes = 28
initial_ttl = 64

[[hop]]
address = "10.0.4.1"
address6 = "2001:db8:4::1"
rtt_ms = 20
unreachable = "host"
unreachable_beyond = true
unreachable_delay_ms = 3000

[[route]]
at_s = 10
destination_rtt_ms = 9

[[route.hop]]
address = "10.0.9.1"
rtt_ms = 5
blackhole = true
"""


def test_every_key_of_a_scenario_is_read() -> None:
    scenario = Scenario.from_toml(EVERYTHING)
    assert scenario.description == "everything there is"
    assert scenario.repeat_s == 60
    destination = scenario.destination
    assert destination.tcp is TcpPort.CLOSED
    assert destination.address == IPv4Address("203.0.113.10")
    assert destination.address6 == IPv6Address("2001:db8:1::10")
    assert (destination.icmp, destination.udp) == (False, UdpService.CLOSED)
    assert destination.manner.loss == 0.25
    assert destination.manner.duplicates == 2
    first, silent, balanced, last = scenario.hops
    assert first.responders(4) == (IPv4Address("10.0.1.1"),)
    assert first.responders(6) == (IPv6Address("2001:db8::a00:101"),)
    assert silent.silent
    assert silent.responders(4) == ()
    assert len(balanced.responders(6)) == 2
    assert balanced.balance is Balance.PACKET
    assert balanced.manner.rtt_s == pytest.approx(0.0125)
    assert balanced.manner.rate_limit == RateLimit(per_second=1, burst=6)
    assert balanced.manner.mischief == (Mischief.TRUNCATED, Mischief.FORGED_ECHO)
    assert (balanced.manner.quote_bytes, balanced.manner.initial_ttl) == (28, 64)
    assert balanced.link_loss == 0.5
    assert balanced.link_limit == RateLimit(per_second=20, burst=60)
    assert last.responders(6) == (IPv6Address("2001:db8:4::1"),)
    assert (last.unreachable, last.unreachable_beyond) == (Unreachable.HOST, True)
    assert last.unreachable_delay_s == 3
    assert scenario.routes[0].destination_rtt_s == pytest.approx(0.040)
    assert scenario.routes[1].destination_rtt_s == pytest.approx(0.009)
    assert scenario.routes[1].hops[0].blackhole


def test_the_route_is_the_newest_one_and_begins_anew_after_the_repeat() -> None:
    scenario = Scenario.from_toml(EVERYTHING)
    before, after = scenario.routes
    assert scenario.route_at(0) is before
    assert scenario.route_at(9.9) is before
    assert scenario.route_at(10.1) is after
    assert scenario.route_at(59.9) is after
    assert scenario.route_at(60.1) is before
    assert scenario.route_at(70.1) is after


def test_the_destination_may_be_a_mere_address() -> None:
    scenario = Scenario.from_toml('destination = "203.0.113.10"')
    assert scenario.destination.address == IPv4Address("203.0.113.10")
    assert scenario.destination.icmp
    assert scenario.routes[0].distance == 1


HOP = 'destination = "203.0.113.10"\n[[hop]]\naddress = "10.0.1.1"\nrtt_ms = 1\n'
RISING = 'destination = "203.0.113.10"\nrising = { hops = 5, last_rtt_ms = 50 }\n'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "destination: missing"),
        ("destination = 5", "destination: 5 is not a table"),
        ("[destination]\nicmp = true", "destination: address: the destination needs one"),
        ('destination = "host"', "destination: address: 'host' is not an IPv4 address"),
        ('colour = 1\ndestination = "203.0.113.10"', "colour: unknown key"),
        (HOP + "speed = 3", "hop 1: speed: unknown key"),
        (HOP + "loss = 1.5", "hop 1: loss: 1.5 is not between 0 and 1"),
        (HOP + "loss = true", "hop 1: loss: True is not a number"),
        (HOP + "loss = nan", "hop 1: loss: nan is not between 0 and 1"),
        (HOP + 'silent = "yes"', "hop 1: silent: 'yes' is not true or false"),
        (HOP + "duplicates = 1.5", "hop 1: duplicates: 1.5 is not a whole number"),
        (HOP + 'balance = "luck"', "hop 1: balance: 'luck' is not one of flow, packet"),
        (HOP + 'mischief = ["bad"]', "hop 1: mischief: 'bad' is not one of none, truncated"),
        (HOP + 'mischief = ["none"]', "hop 1: mischief: 'none' is said by leaving the key out"),
        (HOP + 'mischief = "corrupt"', "hop 1: mischief: 'corrupt' is not a list"),
        (HOP + 'address6 = "10.0.1.1"', "hop 1: address6: '10.0.1.1' is not an IPv6 address"),
        (HOP + "addresses = [1]", "hop 1: addresses: 1 is not a string"),
        (HOP + "rate_limit = { per_second = 1 }", "hop 1: rate_limit: needs per_second and burst"),
        (HOP + "link_limit = { burst = 1 }", "hop 1: link_limit: needs per_second and burst"),
        (HOP + "unreachable_beyond = true", "hop 1: unreachable: say which one: net, host"),
        (HOP + "[[hop]]", "hop 2: address: a hop that is not silent needs one"),
        (HOP + '[[hop]]\naddress = "10.0.2.1"', "hop 2: rtt_ms: a hop with an address needs one"),
        (HOP + "mpls = 16", "hop 1: mpls: 16 is not a list"),
        (HOP + "mpls = [1048576]", "hop 1: mpls: 1048576 is no whole number from 0 to 1048575"),
        (HOP + "mpls = [true]", "hop 1: mpls: True is no whole number"),
        (HOP + 'interface = { role = "outer" }', "hop 1: interface: role: 'outer' is not one of"),
        (HOP + f"interface = {{ name = '{'é' * 32}' }}", "hop 1: interface: name: longer than 63"),
        (HOP + "interface = { speed = 1 }", "hop 1: interface: speed: unknown key"),
        (HOP + "unknown_object = { class = 9 }", "hop 1: unknown_object: class: an unknown object"),
        (HOP + 'unknown_object = { class = 9, type = 1, hex = "x" }', "hex: non-hexadecimal"),
        (HOP + "[[route]]\nat_s = 0", "route 1: at_s: must be there, and later"),
        (HOP + "[[route]]\nat_s = 5\n[[route.hop]]\nx = 1", "route 1: hop 1: address: a hop"),
        ('hop = 1\ndestination = "203.0.113.10"', "hop: not an array of tables"),
        ('repeat_s = 0\ndestination = "203.0.113.10"', "repeat_s: must be later"),
        (HOP + "mtu_silent = true", "hop 1: mtu: say which one"),
        (HOP + "nat = { source6 = 'a' }", "hop 1: nat: source6: 'a' is not an IPv6 address"),
        (HOP + "nat = { restore = 'half' }", "hop 1: nat: restore: 'half' is not one of nothing"),
        (HOP + "nat = { speed = 1 }", "hop 1: nat: speed: unknown key"),
        (HOP + "dscp = 64", "hop 1: dscp: 64 is not between 0 and 63"),
        (HOP + "ttl_set = 0", "hop 1: ttl_set: 0 is not between 1 and 255"),
        ('mtu = 20\ndestination = "203.0.113.10"', "mtu: 20 is not between 68 and 65535"),
        (HOP + "weights = [1, 2]", "hop 1: weights: not one for each address"),
        (HOP + "links = [0]", "hop 1: links: [0] is not a list of lists"),
        (HOP + "links = [[]]", "hop 1: links: [[]] is not a list of lists"),
        (HOP + 'links = [["jump"]]', "hop 1: links: 'jump' is neither a number from 0 nor"),
        (HOP + "links = [[0], [0]]", "hop 1: links: not one list for each address"),
        (HOP + "links = [[1]]", "hop 1: links: lead to where nothing is"),
        (HOP + 'links = [["skip"]]', "hop 1: links: lead to where nothing is"),
        (
            HOP + 'weights = [1]\naddresses6 = ["2001:db8::1", "2001:db8::2"]',
            "hop 1: addresses6: where links or weights are, as many as addresses",
        ),
        ('destination = { address = "203.0.113.10", udp = "loud" }', "udp: 'loud' is not one of"),
        ('destination = { address = "203.0.113.10", tcp = true }', "tcp: True is not a string"),
        (RISING + "[[hop]]\nloss = 1", "hop 1: ttl: say which of the rising hops this is"),
        (RISING + "[[hop]]\nttl = 5", "hop 1: ttl: 5 is not between 1 and 4"),
        (RISING + "[[hop]]\nttl = 2\nspeed = 1", "hop 1: speed: unknown key"),
        ('destination = "203.0.113.10"\nrising = { hops = 5 }', "rising: needs hops and last_rtt"),
    ],
)
def test_a_wrong_value_is_refused_by_name(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(complaint)):
        Scenario.from_toml(text)


def test_what_a_hop_carries_is_read() -> None:
    text = """
    mpls = [24001, 16]
    interface = { role = "outgoing", index = 7, address6 = "2001:db8::7", name = "eth0", mtu = 9 }
    unknown_object = { class = 9, type = 1, hex = "00ff" }
    tells_quote_length = false
    """
    (hop,) = Scenario.from_toml(HOP + text).hops
    assert hop.manner.extensions == (
        MplsStack(
            (
                MplsLabel(label=24001, traffic_class=0, is_bottom=False, ttl=1),
                MplsLabel(label=16, traffic_class=0, is_bottom=True, ttl=1),
            )
        ),
        InterfaceInformation(
            role=InterfaceRole.OUTGOING,
            index=7,
            address=IPv6Address("2001:db8::7"),
            name="eth0",
            mtu=9,
        ),
        UnknownObject(class_number=9, c_type=1, payload=b"\x00\xff"),
    )
    assert not hop.manner.tells_quote_length


def test_text_that_is_not_toml_is_refused() -> None:
    with pytest.raises(ValueError, match="Expected '=' after a key"):
        Scenario.from_toml("hop")


def test_a_rising_path_ends_at_the_destination_with_the_last_rtt() -> None:
    scenario = rising_path(30, 0.120)
    assert scenario.routes[0].distance == 30
    assert scenario.routes[0].destination_rtt_s == pytest.approx(0.120)
    assert [hop.manner.rtt_s for hop in scenario.hops] == pytest.approx(
        [0.004 * ttl for ttl in range(1, 30)]
    )
    with pytest.raises(ValueError, match="hops"):
        rising_path(0, 0.1)


def test_a_rising_path_is_changed_hop_by_hop() -> None:
    text = RISING + '[[hop]]\nttl = 3\naddresses = ["10.9.9.1", "10.9.9.2"]\nloss = 0.5\n'
    plain, changed = Scenario.from_toml(RISING), Scenario.from_toml(text)
    assert changed.hops[2].responders(4) == (IPv4Address("10.9.9.1"), IPv4Address("10.9.9.2"))
    assert changed.hops[2].manner.rtt_s == pytest.approx(0.030)
    assert changed.hops[2].manner.loss == 0.5
    assert changed.hops[:2] + changed.hops[3:] == plain.hops[:2] + plain.hops[3:]
    assert changed.routes[0].destination_rtt_s == pytest.approx(0.050)


def test_a_twin_carries_the_ipv4_address_at_its_end() -> None:
    assert ipv6_twin(IPv4Address("203.0.113.10")) == IPv6Address("2001:db8::cb00:710a")


def test_what_a_hop_does_to_packets_is_read() -> None:
    text = """
    nat = { source = "100.64.0.9", destination6 = "2001:db8::80", port = true, restore = false }
    ttl_set = 9
    dscp = 10
    ecn = 1
    mtu = 1400
    mtu_untold = true
    return_hops = 7
    quoted_ttl = 0
    """
    (hop,) = Scenario.from_toml("mtu = 9000\n" + HOP + text).hops
    nat = Nat(
        source=IPv4Address("100.64.0.9"),
        source6=IPv6Address("2001:db8::6440:9"),
        destination6=IPv6Address("2001:db8::80"),
        port=True,
        restore=Restore.NOTHING,
    )
    assert hop.box == Box(nat=nat, ttl_set=9, dscp=10, ecn=1, mtu=1400, mtu_untold=True)
    assert (hop.manner.return_hops, hop.manner.quoted_ttl) == (7, 0)
    assert Scenario.from_toml("mtu = 9000\n" + HOP).mtu == 9000
    for written, restore in (("true", Restore.ADDRESSES), ('"all"', Restore.ALL)):
        (hop,) = Scenario.from_toml(HOP + f"nat = {{ restore = {written} }}").hops
        assert hop.box.nat == Nat(restore=restore)


PLACES = """
destination = "203.0.113.10"

[home]
latitude = 52.45
longitude = 13.3

[[place]]
city = "Berlin"
country = "Germany"
country_code = "DE"
latitude = 52.52
longitude = 13.405
accuracy_km = 5
addresses = ["10.0.1.1", "10.0.2.1"]

[[place]]
latitude = -33.9
longitude = 151.2
addresses = ["10.0.3.1"]
"""


def test_places_and_home_are_read_for_addresses_and_their_twins() -> None:
    scenario = Scenario.from_toml(PLACES)
    assert scenario.home == Coordinates(latitude_deg=52.45, longitude_deg=13.3)
    berlin = scenario.places[IPv4Address("10.0.1.1")]
    assert berlin == Place(
        city="Berlin",
        country="Germany",
        country_code="DE",
        at=Coordinates(latitude_deg=52.52, longitude_deg=13.405),
        accuracy_km=5,
        source="the simulation",
    )
    assert scenario.places[ipv6_twin(IPv4Address("10.0.2.1"))] == berlin
    assert scenario.places[IPv4Address("10.0.3.1")].words == "33.90 S, 151.20 E"
    assert Scenario.from_toml('destination = "203.0.113.10"').home is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("latitude = 52.52", "latitude = 91"), "place 1: latitude: 91 is not between"),
        (("latitude = 52.52\n", ""), "place 1: latitude: and longitude must be there"),
        (("accuracy_km = 5", "town = 5"), "place 1: town: unknown key"),
        (('"10.0.3.1"', '"here"'), "place 2: addresses: 'here' is not an IPv4 address"),
        (("longitude = 13.3\n", ""), "home: latitude: and longitude must be there"),
    ],
)
def test_what_is_wrong_with_a_place_is_named(change: tuple[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        Scenario.from_toml(PLACES.replace(*change))
