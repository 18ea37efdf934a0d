from __future__ import annotations

import pytest

from poros_tui.model.findings.finding import FindingKind
from poros_tui.model.findings.lengths import ReturnLength, forward_length, return_length
from poros_tui.model.probe import AnswerKind
from tests.model.made_hops import LABEL, answer, found, hop, path, quote, short


def back(*lengths: int, initial: int = 255) -> list[list[dict[str, object]]]:
    """Hops whose answers come from so many hops away; 0: silence."""
    return [
        [answer(None, reply_ttl=initial - length + 1)] * 2 if length else [] for length in lengths
    ]


@pytest.mark.parametrize(
    ("reply_ttl", "expected"),
    [
        (255, ReturnLength(255, 1, is_ambiguous=False)),
        (250, ReturnLength(255, 6, is_ambiguous=False)),
        (128, ReturnLength(128, 1, is_ambiguous=False)),
        (117, ReturnLength(128, 12, is_ambiguous=False)),
        (64, ReturnLength(64, 1, is_ambiguous=False)),
        (50, ReturnLength(64, 15, is_ambiguous=False)),
        (30, ReturnLength(64, 35, is_ambiguous=True)),
        (150, None),
        (None, None),
    ],
)
def test_the_way_back_is_what_is_missing_of_a_usual_ttl(
    reply_ttl: int | None, expected: ReturnLength | None
) -> None:
    assert return_length(reply_ttl) == expected


def test_ways_of_the_same_length_are_no_finding() -> None:
    assert found(path(*back(1, 2, 3, 4, 5, 6))) == []
    assert found(path(*back(1, 2, 3, 0, 0, 6, initial=64))) == []


def test_one_or_two_hops_more_are_no_finding() -> None:
    assert found(path(*back(1, 2, 5, 6, 7, 8, 9))) == []
    assert found(path(*back(1, 2, 3, 4, 3, 4, 5, 6))) == []


def test_a_longer_way_back_over_three_hops_is_one() -> None:
    (finding,) = found(path(*back(1, 2, 3, 8, 9, 10, 12)))
    assert finding.kind is FindingKind.ASYMMETRY
    assert (finding.after_ttl, finding.ttl, finding.last_ttl) == (3, 4, None)
    assert finding.words() == (
        "another way back, from hop 4 on: length of the way back 4 → 8 in 2 of 2 answers; 4 to 5 "
        "hops more at 4 hops in a row, as far as both ways are counted"
    )


def test_a_shorter_one_is_one_too_and_it_may_end() -> None:
    (finding,) = found(path(*back(1, 2, 3, 4, 5, 2, 3, 4, 9, 10)))
    assert finding.short() == "another way back, hops 6 to 8"
    assert "4 hops fewer at 3 hops in a row" in finding.words()


def test_two_hops_are_not_enough_and_silence_does_not_count_as_contrary() -> None:
    assert found(path(*back(1, 2, 7, 8))) == []
    assert short(path(*back(1, 2, 7, 0, 9, 0, 11))) == ["another way back, from hop 3 on"]


def test_a_router_with_an_odd_first_ttl_is_no_finding() -> None:
    hops = back(1, 2, 3, 4, 5)
    hops[2] = [answer(None, reply_ttl=100)]  # of 128 it would be 29 hops, of 102 it is 3
    hops[3] = [answer(None, reply_ttl=180)]
    assert found(path(*hops)) == []


def test_what_can_be_read_in_two_ways_is_no_finding() -> None:
    assert found(path(*back(1, 2, 3, 4, 5, 6, 7, initial=32))) == []


def test_one_router_at_three_hops_is_not_three() -> None:
    same = [answer(None, responder="10.9.9.9", reply_ttl=246)]
    assert found(path(*back(1, 2), same, same, same, *back(6))) == []


def test_hops_in_a_tunnel_say_nothing_of_the_way_back() -> None:
    """Their answers go on to the tunnel's end before they turn."""
    inside = [
        [answer(quote(ttl=ttl), reply_ttl=256 - length)]
        for ttl, length in ((1, 12), (2, 11), (3, 10), (4, 9))
    ]
    assert short(path(*back(1, 2), *inside, *back(7, 8))) == ["MPLS tunnel, hops 3 to 6"]
    labelled = [
        [answer(quote(), reply_ttl=256 - length, extensions=(LABEL,))] for length in (12, 11, 10)
    ]
    assert found(path(*back(1, 2), *labelled, *back(6, 7))) == []


def test_where_all_answers_have_one_ttl_it_is_set_on_the_way_back() -> None:
    """As behind the user-mode network of a virtual machine."""
    assert short(path(*back(1, 1, 1, 1, 1, 1, 1))) == ["TTL of the answers set anew at hops 1 to 7"]


def test_behind_a_ttl_set_anew_the_ttl_is_not_the_length_of_the_way() -> None:
    full = [answer(quote(ttl=200), reply_ttl=240)]
    assert [f.kind for f in found(path(*back(1, 2), full, full, full))] == [FindingKind.TTL_RESET]


def test_the_way_to_a_destination_is_known_by_what_it_quotes() -> None:
    late = hop(7, [answer(quote(ttl=3), kind=AnswerKind.REACHED)], is_end=True)
    assert forward_length(late, late.evidence[0]) == 5
    raised = hop(7, [answer(quote(ttl=60), kind=AnswerKind.REACHED)], is_end=True)
    assert forward_length(raised, raised.evidence[0]) == 7


def test_an_answer_to_either_of_two_packets_is_no_sign_of_a_stepped_clock() -> None:
    ambiguous = answer(None, rtt_s=None, rtt_source=None, is_ambiguous=True)
    assert found(path([ambiguous, answer(None)], [ambiguous])) == []


def test_answers_without_a_time_are_counted_and_said() -> None:
    untimed = answer(None, rtt_s=None, rtt_source=None)
    (finding,) = found(path([untimed, answer(None)], [untimed]))
    assert finding.kind is FindingKind.CLOCK_STEP
    assert finding.ttl is None
    assert finding.words() == (
        "2 answers have no round-trip time: the wall clock was stepped meanwhile"
    )
