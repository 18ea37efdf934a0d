"""The search for the path's MTU on paths whose MTU is known."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from poros_tui.engine.mtu_search import Ask, Fate, Heard, MtuSearch
from poros_tui.model.path_mtu import MtuMethod
from tests.engine.mtu_model import LINK_MTU, Link, Manner, PathModel, address, run

METHODS = {
    Manner.TOLD: MtuMethod.TOLD,
    Manner.UNTOLD: MtuMethod.REFUSED,
    Manner.SILENT: MtuMethod.SILENCE,
}


def narrow(mtu: int, manner: Manner, *, hop: int = 4, hops: int = 8, **more: object) -> PathModel:
    """One link takes less: that behind hop `hop`."""
    links = [Link(mtu, manner) if place == hop else Link() for place in range(hops)]
    return PathModel(links, **more)  # type: ignore[arg-type]


@given(st.integers(68, 1499), st.sampled_from(Manner), st.integers(1, 7))
def test_the_mtu_is_found_to_the_byte_and_its_hop_named(mtu: int, manner: Manner, hop: int) -> None:
    model = narrow(mtu, manner, hop=hop)
    found = run(model)
    assert (found.mtu, found.is_exact, found.method) == (mtu, True, METHODS[manner])
    assert (found.hop, found.responder) == (hop, address(hop))
    assert found.probes == len(model.asked)


@given(
    st.lists(st.builds(Link, st.integers(576, 1500), st.sampled_from(Manner)), max_size=7),
    st.sets(st.integers(1, 8)),
)
def test_of_several_narrow_links_the_narrowest_counts(links: list[Link], silent: set[int]) -> None:
    model = PathModel([Link(), *links, Link()], silent_routers=frozenset(silent))
    found = run(model)
    assert (found.mtu, found.is_exact) == (model.mtu, True)
    if model.mtu == LINK_MTU:
        assert (found.method, found.hop) == (MtuMethod.INTERFACE, None)
    elif found.method is MtuMethod.SILENCE:
        assert found.hop is not None
        assert found.beyond is not None
        assert found.hop <= model.narrow_hop < found.beyond


@given(
    st.integers(68, 1499),
    st.sampled_from(Manner),
    st.integers(0, 2**32),
    st.floats(0, 0.2),
    st.integers(1, 7),
)
def test_loss_is_not_taken_for_a_limit(
    mtu: int, manner: Manner, seed: int, loss: float, hop: int
) -> None:
    # Two in a row deceive a step of the search; the last byte is asked for three times or more.
    dice = random.Random(seed)
    model = narrow(mtu, manner, hop=hop, loss=loss, in_a_row_max=2, dice=dice)
    found = run(model)
    assert (found.mtu, found.is_exact) == (mtu, True)
    assert found.hop is not None
    assert found.beyond is not None
    assert found.hop <= hop < found.beyond


@pytest.mark.parametrize("manner", Manner)
def test_true_chance_is_seen_through(manner: Manner) -> None:
    """A fifth of all packets lost, 200 paths."""
    wrong, probes = 0, []
    for seed in range(200):
        dice = random.Random(f"{manner}/{seed}")
        mtu = dice.randint(68, 1499)
        found = run(narrow(mtu, manner, loss=0.2, dice=dice))
        wrong += (found.mtu, found.is_exact) != (mtu, True)
        probes.append(found.probes)
    assert wrong <= 1
    assert sorted(probes)[100] <= {Manner.TOLD: 8, Manner.UNTOLD: 30, Manner.SILENT: 80}[manner]


@pytest.mark.parametrize(
    ("manner", "most"), [(Manner.TOLD, 3), (Manner.UNTOLD, 15), (Manner.SILENT, 48)]
)
def test_it_takes_few_packets(manner: Manner, most: int) -> None:
    counts = [run(narrow(mtu, manner)).probes for mtu in range(68, 1500, 7)]
    assert max(counts) <= most


def test_a_path_without_a_step_claims_nothing_but_our_own_link() -> None:
    found = run(PathModel([Link()] * 8))
    assert (found.mtu, found.method, found.probes) == (1500, MtuMethod.INTERFACE, 1)
    assert found.words() == "Path MTU 1500 bytes: our own interface takes no more"


def test_what_is_not_tried_is_not_claimed() -> None:
    model = PathModel([Link(65536)] * 2)
    found = run(model, replace(model.scope(), ceiling=9216))
    assert found.words() == "Path MTU 9216 bytes or more: larger packets are not tried"


@given(st.integers(1, 1600), st.integers(900, 1499))
def test_a_router_that_tells_a_wrong_mtu_does_not_deceive(claim: int, mtu: int) -> None:
    class Liar(PathModel):
        def _honest(self, ask: Ask) -> Heard:
            heard = super()._honest(ask)
            return replace(heard, mtu=claim) if heard.fate is Fate.TOO_BIG else heard

    links = [Link(mtu) if place == 4 else Link() for place in range(8)]
    found = run(Liar(links))
    assert (found.mtu, found.is_exact, found.hop) == (mtu, True, 4)


def test_who_refuses_under_an_address_of_its_own_is_found_by_ttl() -> None:
    model = narrow(1400, Manner.TOLD)
    scope = model.scope()
    routers = {hop: known for hop, known in scope.routers.items() if hop != 4}
    found = run(model, replace(scope, routers=routers))
    assert (found.mtu, found.hop, found.responder) == (1400, 4, address(4))


def test_a_router_that_answers_nothing_large_is_passed_over() -> None:
    class Filtering(PathModel):
        def _honest(self, ask: Ask) -> Heard:
            heard = super()._honest(ask)
            is_unwilling = ask.ttl in (3, 4, 5) and ask.size > 500
            return Heard(Fate.SILENT) if is_unwilling else heard

    found = run(Filtering(narrow(1400, Manner.SILENT).links))
    assert (found.mtu, found.hop, found.beyond) == (1400, 2, 6)
    assert found.words() == (
        "Path MTU 1400 bytes by search: larger packets vanish between hop 2 (10.0.2.1) and hop 6 "
        "without a word (an ICMP black hole)"
    )


def test_replies_that_are_too_large_for_the_way_back_are_not_held_against_a_hop() -> None:
    model = PathModel([Link()] * 8, reply_mtu=1300)
    found = run(model, model.scope(echoes=True))
    assert (found.mtu, found.hop, found.is_return_possible) == (1300, 7, True)
    assert found.words() == (
        "Path MTU 1300 bytes by search: larger echo requests pass hop 7 (10.0.7.1), and no reply "
        "comes: the last link, the destination or the way back"
    )


def test_a_black_hole_on_the_way_is_one_for_echo_requests_too() -> None:
    model = narrow(1400, Manner.SILENT)
    found = run(model, model.scope(echoes=True))
    assert not found.is_return_possible
    assert found.confidence is not None
    assert found.confidence > 0.999
    assert found.words() == (
        "Path MTU 1400 bytes by search: larger packets vanish behind hop 4 (10.0.4.1) without a "
        "word (an ICMP black hole)"
    )


def test_ipv6_promises_1280_bytes() -> None:
    model = narrow(1280, Manner.SILENT)
    assert run(model, model.scope(version=6)).mtu == 1280
    assert min(ask.size for ask in model.asked if ask.size != 80) == 1280


def test_a_target_that_goes_away_ends_the_search_with_what_is_known() -> None:
    model = narrow(1400, Manner.SILENT)
    search = MtuSearch(model.scope())
    for _ in range(8):
        search.hear([model.fate(ask) for ask in search.asks])
    known = search.finding
    while search.asks:
        search.hear([Heard(Fate.SILENT) for _ in search.asks])
    found = search.finding
    assert (found.mtu, found.is_exact, found.is_over) == (known.mtu, False, True)
    assert found.words() == (
        f"Path MTU not known exactly (nothing answers any more): {found.mtu} bytes pass, "
        f"{found.too_big} do not"
    )


def test_stopped_in_the_middle_it_says_what_it_knows() -> None:
    model = narrow(1400, Manner.SILENT)
    search = MtuSearch(model.scope())
    assert search.finding.words() == "Path MTU not found: the search was stopped"
    for _ in range(6):
        search.hear([model.fate(ask) for ask in search.asks])
    search.stop()
    words = search.finding.words()
    assert words.startswith("Path MTU not known exactly (the search was stopped): ")
    assert search.asks == ()


def test_an_answer_that_comes_late_takes_the_verdict_back() -> None:
    model = PathModel([Link()] * 8)
    search = MtuSearch(model.scope())
    first = search.asks[0]
    search.hear([Heard(Fate.SILENT)])
    search.hear_late(first)
    while search.asks:
        search.hear([model.fate(ask) for ask in search.asks])
    assert (search.finding.mtu, search.finding.method) == (1500, MtuMethod.INTERFACE)
    assert first == Ask(16, 1500)
