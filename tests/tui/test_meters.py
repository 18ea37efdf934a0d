from __future__ import annotations

from poros_tui.tui.meters import RateMeter, SilenceMeter


def test_a_rate_needs_a_whole_round() -> None:
    meter = RateMeter(interval_s=2.0)
    rates = []
    for second in range(5):
        meter.add(sent=30 * (second // 2), now_s=100.0 + second)
        rates.append(meter.rate_pps)
    assert rates == [None, None, 15.0, 15.0, 15.0]


def test_what_was_sent_at_another_interval_is_forgotten() -> None:
    meter = RateMeter(interval_s=1.0)
    meter.add(0, 0.0)
    meter.add(30, 1.0)
    assert meter.rate_pps == 30.0
    meter.restart(0.5)
    assert (meter.rate_pps, meter.interval_s) == (None, 0.5)
    meter.add(60, 2.0)
    meter.add(180, 3.0)
    assert meter.rate_pps == 120.0


def test_only_the_last_seconds_count() -> None:
    meter = RateMeter(interval_s=1.0)
    for second in range(20):
        meter.add(sent=1000 + second if second else 0, now_s=float(second))
    assert meter.rate_pps == 1.0


def test_silence_is_long_and_over_more_than_one_probe() -> None:
    meter = SilenceMeter()
    assert meter.silent_s(asked=9, interval_s=1.0, now_s=50.0) is None  # nobody has answered yet
    meter.note(received=4, asked=4, now_s=50.0)
    assert meter.silent_s(asked=6, interval_s=1.0, now_s=53.0) is None
    assert meter.silent_s(asked=6, interval_s=1.0, now_s=53.5) == 3.5
    assert meter.silent_s(asked=5, interval_s=1.0, now_s=53.5) is None
    assert meter.silent_s(asked=6, interval_s=2.0, now_s=53.5) is None  # three rounds are 6 s


def test_an_answer_or_a_pause_ends_the_silence() -> None:
    meter = SilenceMeter()
    meter.note(received=4, asked=4, now_s=50.0)
    meter.note(received=4, asked=6, now_s=55.0)  # no new answer
    assert meter.silent_s(asked=6, interval_s=1.0, now_s=55.0) == 5.0
    meter.note(received=5, asked=6, now_s=55.0)
    assert meter.silent_s(asked=8, interval_s=1.0, now_s=56.0) is None
    meter.stop()
    assert meter.silent_s(asked=8, interval_s=1.0, now_s=99.0) is None
