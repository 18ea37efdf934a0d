"""One round as a plan: which probe may leave when, without a network or a clock."""

from __future__ import annotations

import pytest

from poros_tui.config import SessionConfig
from poros_tui.engine.patience import FLOOR_S, RoundTripMemory
from poros_tui.engine.rush import (
    RUSH_AFTER_S,
    RUSH_HOPS_MAX,
    RUSH_HOPS_MIN,
    RUSH_RTT_S,
    RUSH_UNTIL_S,
)
from poros_tui.engine.schedule import TraceSchedule
from poros_tui.engine.slot import Slot
from poros_tui.engine.window import AdaptiveWindow
from poros_tui.model.extent import PathExtent
from poros_tui.model.probe import AnswerKind, Lost, Mode
from poros_tui.model.stop import StopKind
from tests.model.outcomes import probe, reply


class Plan:
    """A schedule with what it looks at, and answers by hand."""

    def __init__(
        self, mode: Mode = Mode.CONCURRENT, *, is_first: bool = True, **options: int
    ) -> None:
        self.config = SessionConfig(**options)  # type: ignore[arg-type]
        self.extent = PathExtent(self.config.first_hop)
        self.memory = RoundTripMemory(self.config.timeout_s)
        self.window = AdaptiveWindow(self.config.places)
        self.started_at_s = 1000.3  # where adding and taking away leaves a rest
        self.schedule = TraceSchedule(
            self.config,
            mode,
            extent=self.extent,
            memory=self.memory,
            window=self.window,
            is_first=is_first,
            started_at_s=self.started_at_s,
        )

    def send_all(self, after_s: float = 0.0) -> list[Slot]:
        """Send whatever may leave at this time."""
        sent, now_s = [], self.started_at_s + after_s
        while (slot := self.schedule.take_next(now_s)) is not None:
            self.schedule.sent(slot, now_s)
            sent.append(slot)
        assert self.schedule.ready(now_s) == 0
        return sent

    def answer(
        self, ttl: int, rtt_s: float, *, query: int = 0, is_destination: bool = False
    ) -> None:
        kind = AnswerKind.REACHED if is_destination else AnswerKind.TIME_EXCEEDED
        self.memory.add(ttl, rtt_s)
        answer = reply(probe(query * 100 + ttl, ttl=ttl), kind=kind)
        self.extent.add_reply(answer)
        self.schedule.answered(Slot(ttl, query), answer)

    def decide(self, after_s: float) -> list[Slot]:
        return self.schedule.decide(self.started_at_s + after_s)


def test_the_first_round_asks_all_hops_once_and_later_rounds_what_is_known() -> None:
    assert Plan().send_all() == [Slot(ttl, 0) for ttl in range(1, 31)]
    assert Plan(is_first=False).send_all() == [Slot(ttl, 0) for ttl in range(1, 9)]


def test_further_queries_follow_the_first_ones_and_go_to_far_hops_first() -> None:
    plan = Plan(is_first=False, queries=2, gap_limit=2)
    plan.extent.add_reply(reply(probe(3, ttl=3), kind=AnswerKind.REACHED))
    assert plan.send_all() == [
        *(Slot(ttl, 0) for ttl in (1, 2, 3)),
        *(Slot(ttl, 1) for ttl in (3, 2, 1)),
    ]


def test_further_queries_go_only_below_an_answer() -> None:
    plan = Plan(queries=3)
    plan.send_all()
    plan.answer(4, 0.05)
    assert plan.send_all(0.05) == [Slot(ttl, query) for query in (1, 2) for ttl in (4, 3, 2, 1)]


def test_once_the_destination_is_known_all_hops_up_to_it_get_their_further_queries() -> None:
    plan = Plan(queries=2)
    plan.send_all()
    plan.answer(6, 0.05, is_destination=True)
    assert plan.send_all(0.05) == [Slot(ttl, 1) for ttl in range(6, 0, -1)]


@pytest.mark.parametrize("prompt", range(7))
def test_three_or_four_prompt_hops_start_the_rush(prompt: int) -> None:
    plan = Plan(queries=3)
    plan.send_all()
    for ttl in range(1, prompt + 1):
        plan.answer(ttl, RUSH_RTT_S)
    rushes = RUSH_HOPS_MIN <= prompt <= RUSH_HOPS_MAX
    further = plan.send_all(RUSH_AFTER_S)
    assert len(further) == (60 if rushes else 2 * prompt)


@pytest.mark.parametrize("answered", [(1, 3, 4), (1, 2, 3)])
def test_a_next_hop_that_is_overdue_holds_back_the_rush(answered: tuple[int, ...]) -> None:
    plan = Plan(queries=3)
    plan.send_all()
    for ttl in answered:
        plan.answer(ttl, 0.002 * ttl)
    assert len(plan.send_all(RUSH_AFTER_S)) == 2 * max(answered)


def test_prompt_hops_among_silent_ones_are_no_start_of_a_long_path() -> None:
    plan = Plan(queries=3)
    plan.send_all()
    for ttl in (1, 4, 7):
        plan.answer(ttl, 0.002 * ttl)
    assert len(plan.send_all(RUSH_AFTER_S)) == 14


def test_slower_answers_do_not_count_for_the_rush() -> None:
    plan = Plan(queries=3)
    plan.send_all()
    for ttl in (1, 2, 3):
        plan.answer(ttl, RUSH_RTT_S + 0.0002)
    assert len(plan.send_all(RUSH_AFTER_S)) == 6


@pytest.mark.parametrize("after_s", [RUSH_AFTER_S - 0.0001, RUSH_UNTIL_S + 0.0001])
def test_the_rush_is_decided_in_its_time_or_not_at_all(after_s: float) -> None:
    plan = Plan(queries=3)
    plan.send_all()
    for ttl in (1, 2, 3):
        plan.answer(ttl, 0.004 * ttl)
    assert len(plan.send_all(after_s)) == 6


def test_the_schedule_wakes_exactly_when_the_rush_is_decided() -> None:
    plan = Plan(queries=3)
    plan.send_all()
    for ttl in (1, 2, 3):
        plan.answer(ttl, 0.004 * ttl)
    wake_at_s = plan.schedule.wake_at_s(plan.started_at_s + 0.012)
    assert wake_at_s == pytest.approx(plan.started_at_s + RUSH_AFTER_S)
    assert plan.schedule.ready(wake_at_s) == 60


def test_the_schedule_never_sleeps_past_the_patience_of_what_is_sent_meanwhile() -> None:
    plan = Plan(is_first=False, queries=2)
    plan.send_all()
    plan.memory.add(2, 0.01)
    now_s = plan.started_at_s + 0.1
    assert plan.schedule.wake_at_s(now_s) <= now_s + FLOOR_S


def test_the_schedule_wakes_when_the_next_silence_is_decided() -> None:
    plan = Plan(is_first=False, timeout_s=1)
    plan.send_all()
    now_s = plan.started_at_s + 0.95
    assert plan.decide(0.95) == []
    wake_at_s = plan.schedule.wake_at_s(now_s)
    assert wake_at_s == plan.started_at_s + 1
    assert plan.schedule.decide(wake_at_s) == [Slot(ttl, 0) for ttl in range(1, 9)]


def test_silence_beyond_the_end_needs_no_time() -> None:
    plan = Plan(max_hops=6)
    plan.send_all()
    plan.answer(3, 0.01, is_destination=True)
    assert plan.decide(0.01) == [Slot(4, 0), Slot(5, 0), Slot(6, 0)]
    assert not plan.schedule.is_over


def test_what_was_beyond_the_end_is_waited_for_where_the_path_goes_on_after_all() -> None:
    """Flows of different length: the end that one query found is not that of the next."""
    plan = Plan(max_hops=3, queries=3)
    plan.send_all()
    for ttl in (1, 2):
        plan.answer(ttl, 0.01)
    plan.answer(3, 0.01, is_destination=True)
    plan.send_all()
    plan.answer(2, 0.01, query=1, is_destination=True)
    assert plan.decide(0.01) == [Slot(3, 1), Slot(3, 2)]
    plan.answer(2, 0.01, query=2)
    assert plan.decide(0.02) == []
    for ttl, query in ((1, 1), (1, 2), (3, 1)):
        plan.answer(ttl, 0.01, query=query, is_destination=ttl == 3)
    assert not plan.schedule.is_over
    assert plan.decide(FLOOR_S - 0.01) == []
    assert plan.decide(FLOOR_S) == [Slot(3, 2)]
    assert plan.schedule.is_over


def test_a_round_is_over_when_every_hop_up_to_the_end_is_decided() -> None:
    plan = Plan(max_hops=3)
    plan.send_all()
    plan.answer(3, 0.01, is_destination=True)
    plan.answer(1, 0.01)
    assert not plan.schedule.is_over
    plan.schedule.failed(Slot(2, 0))
    assert plan.schedule.is_over
    assert not plan.schedule.has_more


def test_a_probe_handed_out_but_not_yet_sent_keeps_the_round_open() -> None:
    plan = Plan(max_hops=1)
    slot = plan.schedule.take_next(plan.started_at_s)
    assert slot == Slot(1, 0)
    assert not plan.schedule.is_over
    assert not plan.schedule.has_more


def test_beyond_a_doubted_destination_one_query_is_enough() -> None:
    plan = Plan(is_first=False, queries=3)
    plan.extent.add_reply(reply(probe(4, ttl=4), kind=AnswerKind.REACHED))
    for in_round in (1, 2, 3):
        silent = probe(100 * in_round, ttl=4, in_round=in_round)
        plan.extent.add_lost(Lost(silent, waited_s=3.0))
    sent = plan.send_all()
    assert [slot.ttl for slot in sent if slot.query == 0] == list(range(1, 13))
    assert [slot.ttl for slot in sent if slot.query == 1] == [4, 3, 2, 1]


def test_sequential_waits_for_each_answer() -> None:
    plan = Plan(Mode.SEQUENTIAL, queries=2)
    order = []
    for ttl, query in ((1, 0), (1, 1), (2, 0), (2, 1)):
        (slot,) = plan.send_all()
        order.append(slot)
        plan.answer(ttl, 0.01, query=query)
    assert order == [Slot(1, 0), Slot(1, 1), Slot(2, 0), Slot(2, 1)]


def test_the_adaptive_window_doubles_on_answers_and_halves_on_silence() -> None:
    plan = Plan(Mode.ADAPTIVE)
    sizes = []
    for _ in range(3):
        batch = plan.send_all()
        sizes.append(len(batch))
        for slot in batch:
            plan.answer(slot.ttl, 0.01)
    silent, *answered = plan.send_all()
    sizes.append(1 + len(answered))
    for slot in answered:
        plan.answer(slot.ttl, 0.01)
    assert plan.send_all(0.05) == []
    assert plan.decide(0.51) == [silent]
    sizes.append(len(plan.send_all(0.51)))
    assert sizes == [1, 2, 4, 8, 4]


@pytest.mark.parametrize("mode", Mode)
def test_a_round_in_which_nothing_left_has_failed(mode: Mode) -> None:
    plan = Plan(mode, max_hops=3)
    assert not plan.schedule.failed_entirely
    while (slot := plan.schedule.take_next(plan.started_at_s)) is not None:
        plan.schedule.failed(slot)
    assert plan.schedule.failed_entirely
    reason = plan.schedule.stop_reason("network is unreachable")
    assert reason.kind is StopKind.FAILED
    assert reason.words() == "nothing could be sent: network is unreachable"


def test_a_round_in_which_something_was_silent_has_not_failed() -> None:
    plan = Plan(max_hops=2)
    plan.send_all()
    plan.schedule.failed(Slot(1, 0))
    assert plan.schedule.failed_entirely  # as far as is known
    plan.decide(3.0)
    assert not plan.schedule.failed_entirely
    assert plan.schedule.stop_reason("").kind is StopKind.MAX_HOPS


def test_the_reason_to_stop_is_the_gap_where_hops_remain_and_the_maximum_where_none_do() -> None:
    plan = Plan()
    plan.send_all()
    plan.answer(9, 0.01)
    assert plan.schedule.stop_reason("").words() == "8 silent hops after hop 9 (--gap-limit)"
    plan.answer(22, 0.01)
    assert plan.schedule.stop_reason("").kind is StopKind.MAX_HOPS
