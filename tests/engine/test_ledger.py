"""The book of probes in flight: what an answer means, and what silence does."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from poros_tui.engine.ledger import REMEMBER_S, Ledger
from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import (
    AnswerKind,
    Duplicate,
    Lost,
    ProbeOutcome,
    Reply,
    RttSource,
    SendFailed,
)
from poros_tui.model.stray import Stray, StrayReason
from poros_tui.probe.transport import Answer, LocalFailure, SendTimes, SentAgain
from tests.model.outcomes import probe

TIMEOUT_S = 3.0
EPOCH_NS = 1_700_000_000 * 10**9
ROUTER = ip_address("10.0.0.1")


def at(now_s: float, *, stepped_s: float = 0.0) -> ClockReading:
    """Both clocks, `now_s` seconds after the beginning; the wall clock was stepped before."""
    now_ns = round(now_s * 1e9)
    return ClockReading(EPOCH_NS + now_ns + round(stepped_s * 1e9), now_ns)


def new_ledger(*, key_space: int = 65536, first_key: int = 0, key_step: int = 1) -> Ledger:
    return Ledger(timeout_s=TIMEOUT_S, key_space=key_space, first_key=first_key, key_step=key_step)


def send(ledger: Ledger, number: int, *, now_s: float = 0.0) -> int:
    """Probe `number` leaves at `now_s`; returns its key."""
    key = ledger.take_key()
    ledger.open(key, probe(number), sent_at=at(now_s), now_s=now_s)
    return key


def answer(
    key: int, *, stamped_s: float, read_s: float | None = None, stepped_s: float = 0.0
) -> Answer:
    return Answer(
        key=key,
        kind=AnswerKind.TIME_EXCEEDED,
        responder=ROUTER,
        icmp_type=11,
        icmp_code=0,
        reply_ttl=60,
        received_at_ns=at(stamped_s, stepped_s=stepped_s).realtime_ns,
        read_at=at(read_s if read_s is not None else stamped_s, stepped_s=stepped_s),
    )


def take_answer(
    ledger: Ledger, key: int, now_s: float, *, stamped_s: float | None = None
) -> ProbeOutcome | None:
    stamped_s = stamped_s if stamped_s is not None else now_s
    return ledger.take(answer(key, stamped_s=stamped_s, read_s=now_s), now_s=now_s)


def test_an_answer_is_matched_to_its_probe_by_the_key() -> None:
    ledger = new_ledger()
    keys = {number: send(ledger, number) for number in range(3)}
    reply = take_answer(ledger, keys[1], 0.02)
    assert reply == Reply(
        probe=probe(1),
        responder=ROUTER,
        kind=AnswerKind.TIME_EXCEEDED,
        rtt_s=pytest.approx(0.02),  # type: ignore[arg-type]
        icmp_type=11,
        icmp_code=0,
        reply_ttl=60,
        rtt_source=RttSource.USER_KERNEL,
    )


def test_the_kernels_send_stamp_goes_before_user_spaces() -> None:
    ledger = new_ledger()
    key = send(ledger, 0)
    assert ledger.take(SendTimes({key: at(0.0005).realtime_ns}), now_s=0.001) is None
    reply = take_answer(ledger, key, 0.0205)
    assert isinstance(reply, Reply)
    assert reply.rtt_s == pytest.approx(0.02)
    assert reply.rtt_source is RttSource.KERNEL_KERNEL


def test_a_round_trip_that_the_kernel_measured_itself_goes_before_all_stamps() -> None:
    ledger = new_ledger()
    key = send(ledger, 0)
    stamped = structs.replace(answer(key, stamped_s=0.02), measured_rtt_s=0.0173)
    reply = ledger.take(stamped, now_s=0.02)
    assert isinstance(reply, Reply)
    assert (reply.rtt_s, reply.rtt_source) == (0.0173, RttSource.TCP_INFO)


def test_an_answer_to_either_of_two_packets_has_no_round_trip() -> None:
    ledger = new_ledger()
    key = send(ledger, 0)
    ambiguous = structs.replace(answer(key, stamped_s=1.02), is_ambiguous=True)
    reply = ledger.take(ambiguous, now_s=1.02)
    assert isinstance(reply, Reply)
    assert (reply.rtt_s, reply.rtt_source, reply.is_ambiguous) == (None, None, True)


@pytest.mark.parametrize(
    ("is_send_stamped", "is_kernel_stamped", "source"),
    [
        (True, True, RttSource.KERNEL_KERNEL),
        (True, False, RttSource.KERNEL_USER),
        (False, True, RttSource.USER_KERNEL),
        (False, False, RttSource.USER_USER),
    ],
)
def test_a_round_trip_says_which_clocks_it_was_taken_with(
    is_send_stamped: bool, is_kernel_stamped: bool, source: RttSource
) -> None:
    ledger = new_ledger()
    key = send(ledger, 0)
    if is_send_stamped:
        ledger.take(SendTimes({key: at(0.0005).realtime_ns}), now_s=0.001)
    stamped = structs.replace(answer(key, stamped_s=0.02), is_kernel_stamped=is_kernel_stamped)
    reply = ledger.take(stamped, now_s=0.02)
    assert isinstance(reply, Reply)
    assert reply.rtt_source is source


def test_the_round_trip_ends_at_the_receive_stamp_not_at_the_reading() -> None:
    ledger = new_ledger()
    reply = take_answer(ledger, send(ledger, 0), 0.5, stamped_s=0.02)
    assert isinstance(reply, Reply)
    assert reply.rtt_s == pytest.approx(0.02)


def test_a_send_stamp_of_nobody_is_ignored() -> None:
    assert new_ledger().take(SendTimes({5: EPOCH_NS}), now_s=0) is None


def test_a_second_answer_is_a_duplicate() -> None:
    ledger = new_ledger()
    key = send(ledger, 0)
    take_answer(ledger, key, 0.01)
    assert take_answer(ledger, key, 0.02) == Duplicate(probe(0), ROUTER)
    assert take_answer(ledger, key, 4.0) == Duplicate(probe(0), ROUTER)


def test_an_answer_with_a_key_never_used_is_foreign() -> None:
    ledger = new_ledger()
    send(ledger, 0)
    assert take_answer(ledger, 999, 0.01) == Stray(StrayReason.UNKNOWN_PROBE)


def test_a_stray_of_the_transport_passes_as_it_is() -> None:
    stray = Stray(StrayReason.CUT_SHORT)
    assert new_ledger().take(stray, now_s=0) is stray


def test_silence_is_a_loss_when_the_timeout_has_passed_and_not_before() -> None:
    ledger = new_ledger()
    send(ledger, 0, now_s=1.0)
    assert ledger.next_expiry_s == 4.0
    assert ledger.expire(now_s=3.999) == []
    assert ledger.expire(now_s=4.0) == [Lost(probe(0), waited_s=3.0)]
    assert ledger.expire(now_s=5.0) == []
    assert ledger.next_expiry_s is None


def test_probes_expire_in_the_order_of_sending_and_answered_ones_never() -> None:
    ledger = new_ledger()
    keys = [send(ledger, number, now_s=number * 0.5) for number in range(4)]
    take_answer(ledger, keys[0], 1.6)
    assert ledger.next_expiry_s == 3.5
    take_answer(ledger, keys[2], 1.7)
    assert ledger.next_expiry_s == 3.5
    lost = ledger.expire(now_s=10)
    assert [each.probe.number for each in lost] == [1, 3]
    assert [each.waited_s for each in lost] == [9.5, 8.5]


def test_a_probe_that_is_sent_again_has_its_whole_time_once_more() -> None:
    ledger = new_ledger()
    again, other = send(ledger, 0), send(ledger, 1, now_s=1.0)
    assert ledger.sent_again(again, now_s=2.0) == probe(0)
    assert ledger.next_expiry_s == 4.0
    assert ledger.expire(now_s=4.0) == [Lost(probe(1), waited_s=3.0)]
    assert ledger.next_expiry_s == 5.0
    assert ledger.expire(now_s=5.5) == [Lost(probe(0), waited_s=3.5)]
    assert ledger.next_expiry_s is None
    for key in (again, other, 999):  # lost, and never sent
        assert ledger.sent_again(key, now_s=6.0) is None
    assert ledger.expire(now_s=60.0) == []


def test_a_probe_that_is_sent_again_is_given_up_once() -> None:
    ledger = new_ledger()
    key = send(ledger, 0)
    assert ledger.take(SentAgain(key), now_s=1.0) is None
    assert ledger.give_up(now_s=1.5) == [Lost(probe(0), waited_s=0.5)]


def test_an_answer_after_the_loss_takes_it_back_and_is_late() -> None:
    ledger = new_ledger()
    key = send(ledger, 0)
    ledger.expire(now_s=3.0)
    reply = take_answer(ledger, key, 3.2)
    assert isinstance(reply, Reply)
    assert (reply.was_lost, reply.is_late) == (True, True)
    assert reply.rtt_s == pytest.approx(3.2)
    assert take_answer(ledger, key, 3.3) == Duplicate(probe(0), ROUTER)


def test_an_answer_read_after_the_loss_but_stamped_in_time_is_not_late() -> None:
    ledger = new_ledger()
    key = send(ledger, 0)
    ledger.expire(now_s=3.0)
    reply = take_answer(ledger, key, 3.01, stamped_s=2.99)
    assert isinstance(reply, Reply)
    assert (reply.was_lost, reply.is_late) == (True, False)


@pytest.mark.parametrize("stepped_s", [3600.0, -3600.0, 0.01, -0.01])
def test_an_answer_over_a_step_of_the_clock_has_no_round_trip_time(stepped_s: float) -> None:
    ledger = new_ledger()
    key = send(ledger, 0)
    reply = ledger.take(answer(key, stamped_s=0.02, stepped_s=stepped_s), now_s=0.02)
    assert isinstance(reply, Reply)
    assert reply.rtt_s is None
    assert not reply.is_late


def test_lateness_over_a_step_of_the_clock_is_told_by_the_other_clock() -> None:
    ledger = new_ledger()
    key = send(ledger, 0)
    ledger.expire(now_s=3.0)
    reply = ledger.take(answer(key, stamped_s=3.5, stepped_s=-60), now_s=3.5)
    assert isinstance(reply, Reply)
    assert (reply.rtt_s, reply.is_late) == (None, True)


@pytest.mark.parametrize("stamped_s", [0.0, -0.0004])
def test_a_round_trip_of_nothing_or_less_is_not_shown(stamped_s: float) -> None:
    ledger = new_ledger()
    reply = take_answer(ledger, send(ledger, 0), 0.001, stamped_s=stamped_s)
    assert isinstance(reply, Reply)
    assert reply.rtt_s is None


def test_a_local_failure_says_that_the_probe_was_counted_as_sent() -> None:
    ledger = new_ledger()
    key = send(ledger, 0)
    failed = ledger.take(LocalFailure(key, "no route to host"), now_s=1)
    assert failed == SendFailed(probe(0), "no route to host", was_sent=True)
    assert ledger.expire(now_s=10) == []


def test_a_local_failure_after_the_loss_takes_the_loss_back() -> None:
    ledger = new_ledger()
    key = send(ledger, 0)
    ledger.expire(now_s=3.0)
    failed = ledger.take(LocalFailure(key, "no route to host"), now_s=3.1)
    assert failed == SendFailed(probe(0), "no route to host", was_sent=True, was_lost=True)


def test_a_local_failure_of_nobody_or_of_an_answered_probe_changes_nothing() -> None:
    ledger = new_ledger()
    key = send(ledger, 0)
    take_answer(ledger, key, 0.01)
    assert ledger.take(LocalFailure(key, "no route to host"), now_s=1) is None
    assert ledger.take(LocalFailure(999, "no route to host"), now_s=1) is None


def test_a_probe_fails_only_once() -> None:
    ledger = new_ledger()
    key = send(ledger, 0)
    ledger.take(LocalFailure(key, "no route to host"), now_s=1)
    assert ledger.take(LocalFailure(key, "no route to host"), now_s=2) is None


def test_an_answer_to_a_probe_that_did_not_leave_is_not_believed() -> None:
    ledger = new_ledger()
    key = send(ledger, 0)
    ledger.take(LocalFailure(key, "no route to host"), now_s=1)
    assert take_answer(ledger, key, 1.5) == Stray(StrayReason.NOT_LEFT)


def test_giving_up_decides_all_that_is_still_in_flight() -> None:
    ledger = new_ledger()
    keys = [send(ledger, number, now_s=number * 0.1) for number in range(3)]
    take_answer(ledger, keys[1], 0.3)
    lost = ledger.give_up(now_s=0.5)
    assert [each.probe.number for each in lost] == [0, 2]
    assert [each.waited_s for each in lost] == pytest.approx([0.5, 0.3])
    assert ledger.give_up(now_s=0.6) == []
    assert ledger.expire(now_s=10) == []
    assert ledger.next_expiry_s is None


def test_an_answer_is_known_for_thirty_seconds_after_the_timeout_and_foreign_then() -> None:
    ledger = new_ledger()
    key = send(ledger, 0)
    gone_s = TIMEOUT_S + REMEMBER_S
    ledger.expire(now_s=gone_s - 0.001)
    assert isinstance(take_answer(ledger, key, gone_s - 0.001), Reply)
    ledger.expire(now_s=gone_s)
    assert take_answer(ledger, key, gone_s) == Stray(StrayReason.UNKNOWN_PROBE)


@pytest.mark.parametrize(("mtu", "is_believed"), [(1399, True), (1400, False), (9000, False)])
def test_a_link_that_did_not_take_a_probe_does_not_take_as_much(
    mtu: int, is_believed: bool
) -> None:
    ledger = Ledger(timeout_s=3.0, key_space=64, first_key=0, key_step=1, probe_bytes=1400)
    key = send(ledger, 0)
    told = structs.replace(answer(key, stamped_s=0.1), kind=AnswerKind.UNREACHABLE, mtu=mtu)
    outcome = ledger.take(told, now_s=0.1)
    if is_believed:
        assert isinstance(outcome, Reply)
        assert outcome.mtu == mtu
    else:
        assert outcome == Stray(StrayReason.IMPOSSIBLE_MTU)
        assert ledger.give_up(now_s=1.0)  # it is still waited for


@given(st.integers(2, 300), st.integers(0, 10_000), st.integers(1, 10_000))
def test_keys_visit_the_whole_space_before_one_comes_again(
    key_space: int, first_key: int, key_step: int
) -> None:
    try:
        ledger = new_ledger(key_space=key_space, first_key=first_key, key_step=key_step)
    except ValueError:
        return
    keys = [ledger.take_key() for _ in range(2 * key_space)]
    assert set(keys[:key_space]) == set(range(key_space))
    assert keys[key_space:] == keys[:key_space]


def test_a_step_that_misses_keys_is_refused() -> None:
    with pytest.raises(ValueError, match="a step of 4 does not visit all 10 keys"):
        new_ledger(key_space=10, key_step=4)


def test_a_key_used_again_belongs_to_the_new_probe_and_the_old_one_still_expires() -> None:
    ledger = new_ledger(key_space=3)
    keys = [send(ledger, number, now_s=number * 0.1) for number in range(4)]
    assert keys[3] == keys[0]
    reply = take_answer(ledger, keys[0], 0.35)
    assert isinstance(reply, Reply)
    assert reply.probe.number == 3
    assert [lost.probe.number for lost in ledger.expire(now_s=3.25)] == [0, 1, 2]
    # Forgetting the first use does not forget the second.
    ledger.expire(now_s=TIMEOUT_S + REMEMBER_S + 0.05)
    assert take_answer(ledger, keys[0], 33.1) == Duplicate(probe(3), ROUTER)


def test_what_is_remembered_is_bounded_by_time_however_long_the_session() -> None:
    ledger = new_ledger()
    for number in range(5000):
        now_s = number * 0.1
        key = send(ledger, number, now_s=now_s)
        if number % 3:
            take_answer(ledger, key, now_s + 0.05)
        ledger.expire(now_s=now_s)
    bound = (TIMEOUT_S + REMEMBER_S) / 0.1 + 2
    assert len(ledger._flights) <= bound
    assert len(ledger._by_age) <= bound
    assert len(ledger._undecided) <= TIMEOUT_S / 0.1 + 2


@given(
    st.lists(
        st.tuples(st.sampled_from(["send", "answer", "fail", "wait", "again"]), st.integers(0, 15)),
        max_size=80,
    )
)
def test_every_probe_has_one_decision_and_a_loss_is_taken_back_at_most_once(
    events: list[tuple[str, int]],
) -> None:
    ledger, keys, now_s = new_ledger(), list[int](), 0.0
    balance: dict[int, list[str]] = {}

    def note(outcome: ProbeOutcome | None) -> None:
        match outcome:
            case Reply(probe=asked, was_lost=was_lost):
                balance[asked.number].append("late reply" if was_lost else "reply")
            case SendFailed(probe=asked, was_lost=was_lost):
                balance[asked.number].append("late failure" if was_lost else "failure")
            case Lost(probe=asked):
                balance[asked.number].append("lost")

    for what, which in events:
        now_s += 0.3
        match what:
            case "send":
                balance[len(keys)] = []
                keys.append(send(ledger, len(keys), now_s=now_s))
            case "answer" if which < len(keys):
                note(take_answer(ledger, keys[which], now_s))
            case "fail" if which < len(keys):
                note(ledger.take(LocalFailure(keys[which], "no route"), now_s=now_s))
            case "again" if which < len(keys):
                ledger.sent_again(keys[which], now_s=now_s)
            case "wait":
                now_s += which / 5
        for lost in ledger.expire(now_s=now_s):
            note(lost)
    for lost in ledger.give_up(now_s=now_s):
        note(lost)
    lives = [["reply"], ["failure"], ["lost"], ["lost", "late reply"], ["lost", "late failure"]]
    assert all(life in lives for life in balance.values())
