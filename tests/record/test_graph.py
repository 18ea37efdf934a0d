"""What is taken apart comes back, and nothing that a file says is done."""

from __future__ import annotations

import json
import threading
from array import array
from collections import Counter, deque
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_network

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.config import SessionConfig
from poros_tui.model.about import About
from poros_tui.model.coordinates import Coordinates
from poros_tui.model.exchange import Exchange
from poros_tui.model.history import Gap
from poros_tui.model.hop_counts import Hop
from poros_tui.model.network import Network
from poros_tui.model.path_history import Figures
from poros_tui.model.place import Place
from poros_tui.model.probe import Mode, Probe
from poros_tui.model.statistics import RttStatistics
from poros_tui.model.watching.rounds import Round, Sight
from poros_tui.record.graph import Freezer, Thawer, Unreadable, class_of, name_of


def there_and_back(value: object) -> object:
    frozen = Freezer().freeze(value)
    return Thawer().thaw(msgspec.json.decode(msgspec.json.encode(frozen)))


ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text("abcXYZ019-.é", max_size=20),
    st.ip_addresses(),
    st.binary(max_size=20),
    st.sampled_from([*Mode, *Gap]),
)
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.lists(inner, max_size=4).map(lambda parts: deque(parts, maxlen=5)),
        st.dictionaries(st.integers() | st.text("abc", max_size=3), inner, max_size=4),
    ),
    max_leaves=12,
)


@given(VALUES)
def test_values_come_back(value: object) -> None:
    back = there_and_back(value)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize(
    "value",
    [
        Probe(number=1, ttl=2, round=3, query=4, generation=5, flow=6),
        RttStatistics(count=2, last_s=0.25, best_s=0.125, worst_s=0.25, mean_s=0.1875),
        Sight(3, 4.5),
        Counter({Gap.LOST: 3}),
        array("H", [0, 65535]),
        array("i", [-5, 1 << 30]),
        bytearray(b"\x00\xff"),
        {1, 2},
        frozenset({IPv4Address("192.0.2.1"), IPv6Address("2001:db8::1")}),
        float("inf"),
        About(network=Network(asn=64500, prefix=ip_network("192.0.2.0/24"))),
        About(exchange=Exchange(name="IX", prefix=ip_network("2001:db8::/32"))),
        About(place=Place(city="Bonn", at=Coordinates(latitude_deg=50.7, longitude_deg=7.1))),
        1 << 127,
        [],
        SessionConfig(max_hops=7),
        deque([1], maxlen=None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_we_are_made_of_comes_back(value: object) -> None:
    back = there_and_back(value)
    assert back == value
    assert type(back) is type(value)
    if isinstance(value, deque) and isinstance(back, deque):
        assert back.maxlen == value.maxlen


def test_what_is_one_stays_one() -> None:
    figures = Figures(sent=3)
    first, second, other = there_and_back([figures, figures, Figures(sent=3)])  # type: ignore[misc]
    assert first is second
    assert first is not other


def test_objects_with_slots_come_back() -> None:
    made = Round(7)
    made.reached = 3
    back = there_and_back(made)
    assert isinstance(back, Round)
    assert (back.number, back.reached, back.hops, back.is_done) == (7, 3, {}, False)


def test_a_class_that_has_moved_is_called_in_files_what_it_was() -> None:
    assert name_of(Hop) == "model.hop:Hop"
    assert class_of("model.hop:Hop") is Hop


@pytest.mark.parametrize("value", [threading.Lock(), print, object(), complex(1, 2)])
def test_what_could_not_come_back_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="cannot be kept in a file"):
        Freezer().freeze(value)


@pytest.mark.parametrize(
    "name",
    [
        "os:system",
        "subprocess:Popen",
        "probe.transport:ProbeTransport",
        "model.probe:ip_address",
        "model.probe:IPv4Address",
        "model.probe:Enum",
        "model.probe:__class__",
        "model.nothing:Nothing",
        "model..probe:Probe",
        "model.probe:Probe.__init__",
        "model",
        "",
        "model.hop:Path",
    ],
)
def test_classes_of_others_do_not_come_back(name: str) -> None:
    with pytest.raises(Unreadable):
        class_of(name)


@pytest.mark.parametrize(
    "frozen",
    [
        {"o": "model.probe:Probe", "v": {"number": 1}},
        {"o": "model.probe:Probe", "v": {"number": 1, "nothing": 2}},
        {"o": "model.probe:Probe"},
        {"o": "model.probe:Probe", "v": 3},
        {"o": "model.watching.rounds:Round", "v": {"__class__": 1}},
        {"o": "model.watching.rounds:Round", "v": {"nothing of it": 1}},
        {"o": "config:SessionConfig", "v": {"max_hops": 5000}},
        {"e": "model.probe:Mode.FASTER"},
        {"e": "model.probe:Probe.number"},
        {"e": 7},
        {"ip": "no address"},
        {"ip": 7},
        {"b": "%"},
        {"a": ["H", "A"]},
        {"a": ["O", ""]},
        {"a": 1},
        {"d": [1]},
        {"d": [[1], 2]},
        {"q": 3},
        {"q": [-1, []]},
        {"s": [[1]]},
        {"i": 0},
        {"x": "known"},
        {"n": "12x"},
        {"f": "no"},
        {"unheard": 1},
        {},
        {"t": [], "d": []},
    ],
    ids=json.dumps,
)
def test_damaged_values_are_refused(frozen: object) -> None:
    with pytest.raises(Unreadable):
        Thawer().thaw(frozen)


def test_what_is_nested_too_deep_is_refused() -> None:
    frozen: object = 1
    for _ in range(100):
        frozen = [frozen]
    with pytest.raises(Unreadable, match="too deep"):
        Thawer().thaw(frozen)


def test_text_is_made_fit_for_the_screen() -> None:
    assert Thawer().thaw("a\x1b[2J\u202eb") == "a[2Jb"
    assert len(Thawer().thaw("x" * 100_000)) <= 4096


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["o", "v", "i", "t", "d", "q", "e", "a", "x", "n", "f", "s", "ip"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


@given(JSON)
def test_garbage_is_refused_or_harmless(frozen: object) -> None:
    with suppress(Unreadable):
        Thawer().thaw(frozen)
