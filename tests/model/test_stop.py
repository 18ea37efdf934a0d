"""Why a trace ended, in words."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from poros_tui.model.stop import StopKind, StopReason

SENTENCES = [
    (StopReason(kind=StopKind.REACHED, ttl=12), "destination reached at hop 12"),
    (
        StopReason(
            kind=StopKind.UNREACHABLE,
            ttl=5,
            responder=ip_address("10.0.0.5"),
            detail="host unreachable",
        ),
        "host unreachable, says 10.0.0.5 at hop 5",
    ),
    (
        StopReason(kind=StopKind.GAP_LIMIT, ttl=9, detail="8"),
        "8 silent hops after hop 9 (--gap-limit)",
    ),
    (
        StopReason(kind=StopKind.GAP_LIMIT, detail="8"),
        "nothing answered: 8 silent hops in a row (--gap-limit)",
    ),
    (
        StopReason(kind=StopKind.MAX_HOPS, ttl=30),
        "destination not reached within 30 hops (--max-hops)",
    ),
    (StopReason(kind=StopKind.CANCELLED), "stopped before the trace was complete"),
    (
        StopReason(kind=StopKind.FAILED, detail="network is unreachable"),
        "nothing could be sent: network is unreachable",
    ),
]


@pytest.mark.parametrize(("reason", "words"), SENTENCES, ids=lambda value: str(value)[:20])
def test_every_reason_has_its_words(reason: StopReason, words: str) -> None:
    assert reason.words() == words


def test_no_kind_of_end_is_without_words() -> None:
    assert {reason.kind for reason, _ in SENTENCES} == set(StopKind)
