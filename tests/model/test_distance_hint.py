"""What the TTLs of one answer say about the distance."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.distance_hint import INITIAL_TTLS, DistanceHint, distance_hint
from poros_tui.model.probe import AnswerKind, Reply
from poros_tui.model.quote import Quote
from tests.model.outcomes import probe, reply

SCOUT = probe(ttl=30)


def answer(
    kind: AnswerKind = AnswerKind.REACHED,
    *,
    reply_ttl: int | None = None,
    quoted_ttl: int | None = None,
) -> Reply:
    quote = None
    if quoted_ttl is not None:
        quote = Quote(length=60, ttl=quoted_ttl, traffic_class=0, sent_traffic_class=0)
    return msgspec.structs.replace(reply(SCOUT, kind=kind), reply_ttl=reply_ttl, quote=quote)


@pytest.mark.parametrize(("quoted_ttl", "distance"), [(30, 1), (19, 12), (1, 30)])
def test_the_quoted_ttl_counts_the_way_there(quoted_ttl: int, distance: int) -> None:
    hint = distance_hint(answer(quoted_ttl=quoted_ttl, reply_ttl=50))
    assert hint == DistanceHint(distance, is_certain=True)


@pytest.mark.parametrize("quoted_ttl", [0, 31, 255])
def test_a_quoted_ttl_that_cannot_be_is_not_believed(quoted_ttl: int) -> None:
    assert distance_hint(answer(quoted_ttl=quoted_ttl)) is None
    hint = distance_hint(answer(quoted_ttl=quoted_ttl, reply_ttl=50))
    assert hint == DistanceHint(15, is_certain=False)


@pytest.mark.parametrize("initial_ttl", INITIAL_TTLS)
@pytest.mark.parametrize("distance", [1, 12, 30])
def test_the_ttl_of_the_answer_suggests_the_way_back(initial_ttl: int, distance: int) -> None:
    hint = distance_hint(answer(reply_ttl=initial_ttl - distance + 1))
    assert hint == DistanceHint(distance, is_certain=False)


def test_where_somebody_refuses_the_next_hop_may_be_the_one_that_is_told_so() -> None:
    hint = distance_hint(answer(AnswerKind.UNREACHABLE, quoted_ttl=25))
    assert hint == DistanceHint(6, is_certain=False)


@pytest.mark.parametrize("reply_ttl", [None, 65, 98, 256])
def test_a_way_back_that_is_unknown_or_longer_than_the_probe_could_go_is_no_hint(
    reply_ttl: int | None,
) -> None:
    assert distance_hint(answer(reply_ttl=reply_ttl)) is None


def test_a_router_on_the_way_tells_nothing_of_the_end() -> None:
    assert distance_hint(answer(AnswerKind.TIME_EXCEEDED, reply_ttl=60, quoted_ttl=1)) is None


@given(
    st.sampled_from(AnswerKind),
    st.none() | st.integers(0, 255),
    st.none() | st.integers(0, 255),
)
def test_a_hint_never_lies_beyond_the_probe(
    kind: AnswerKind, reply_ttl: int | None, quoted_ttl: int | None
) -> None:
    hint = distance_hint(answer(kind, reply_ttl=reply_ttl, quoted_ttl=quoted_ttl))
    assert hint is None or 1 <= hint.distance <= SCOUT.ttl
