"""What routers tell in passing of how much their links take."""

from __future__ import annotations

from ipaddress import ip_address
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.extent import PathExtent
from poros_tui.model.path import Path
from poros_tui.model.path_mtu import ToldMtu
from poros_tui.model.probe import AnswerKind, Reply
from tests.model.outcomes import probe, reply
from tests.model.test_path import REACHED, TARGET, new_path, status

REFUSED = AnswerKind.UNREACHABLE
TOO_BIG = 4


def address(hop: int) -> str:
    return f"10.0.{hop}.1"


def refusal(ttl: int, by_hop: int, mtu: int | None, *, number: int | None = None) -> Reply:
    asked = probe(ttl if number is None else number, ttl=ttl)
    return reply(asked, address(by_hop), kind=REFUSED, code=TOO_BIG, mtu=mtu)


def told(path: Path) -> ToldMtu | None:
    return path.session().told_mtu


def test_nobody_has_told_anything_at_first() -> None:
    assert told(new_path()) is None


@given(st.randoms(use_true_random=False))
def test_the_smallest_is_kept_with_the_hop_that_told_it(random: Random) -> None:
    answers = [reply(probe(ttl, ttl=ttl), address(ttl)) for ttl in range(1, 5)]
    answers += [refusal(ttl, 4, 1400) for ttl in range(5, 20)]
    answers += [refusal(20, 2, 1450), refusal(21, 4, None)]
    random.shuffle(answers)
    path = new_path()
    for each in answers:
        path.add(each)
    assert told(path) == ToldMtu(mtu=1400, responder=ip_address(address(4)), hop=4, round=0)


def test_a_router_that_is_silent_else_stands_before_the_first_ttl_that_it_refuses() -> None:
    path = new_path()
    for ttl in (9, 6, 12):
        path.add(refusal(ttl, 5, 1400))
    found = told(path)
    assert found is not None
    assert (found.hop, found.words()) == (5, "1400 bytes, says 10.0.5.1 at hop 5")


def test_a_reset_forgets_it() -> None:
    path = new_path()
    path.add(refusal(6, 5, 1400))
    path.set_status(status(generation=1))
    assert told(path) is None


def test_a_probe_that_was_too_big_ends_the_path_in_words() -> None:
    extent = PathExtent(1)
    extent.add_reply(refusal(5, 4, 1400))
    stop = extent.stop_reason
    assert stop is not None
    assert stop.words() == (
        "too big for the next link: it takes 1400 bytes, says 10.0.4.1 at hop 4"
    )


def test_who_finds_it_too_big_stands_at_the_hop_where_it_answers_for_itself() -> None:
    extent = PathExtent(1)
    for ttl in (1, 2):
        extent.add_reply(reply(probe(ttl, ttl=ttl), address(ttl)))
    extent.add_reply(refusal(4, 2, 1400))  # that of TTL 3 was lost
    stop = extent.stop_reason
    assert stop is not None
    assert (extent.end, stop.ttl) == (4, 2)


def test_once_this_machine_parts_the_probes_none_was_refused_for_good() -> None:
    """IPv6 without --dont-fragment: the kernel learns from the first answer."""
    extent = PathExtent(1)
    for ttl in range(5, 9):
        extent.add_reply(refusal(ttl, 4, 1400))
    assert extent.end == 5
    extent.add_reply(reply(probe(20, ttl=5), address(5)))
    assert extent.end is None
    extent.add_reply(reply(probe(21, ttl=8), TARGET, kind=REACHED))
    assert (extent.end, extent.distance) == (8, 8)
