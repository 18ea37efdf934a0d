"""What is said of delay: where it comes from, what of it is waiting, what it means for a call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from poros_tui.model.hop import HopSnapshot
from poros_tui.model.statistics import wilson_interval
from poros_tui.model.time_unit import TimeUnit
from poros_tui.model.verdict.call import mouth_to_ear_ms, rating, rating_words
from poros_tui.model.verdict.spell import Spell
from poros_tui.model.verdict.statement import Statement, Topic, Weight
from poros_tui.model.verdict.stretch import Delay, first_like, rises, segment, settled
from poros_tui.model.verdict.words import link, part, percent, short_link

SAMPLES_LEAST: Final = 10
"""Round trips of a hop below which nothing is claimed of its delay."""
SHARE_LEAST: Final = 0.25
RISE_LEAST_S: Final = 0.002
STANDS_OUT: Final = 2.0
"""A link is named as where the delay comes from if it adds so much of the whole, so much, and so
many times what the others do on average: of four alike each adds a quarter."""
QUEUE_LEAST_S: Final = 0.005
QUEUE_SHARE: Final = 0.2
QUEUE_BEFORE: Final = 0.5
"""A queue is named if its hop waits so long, so much of the whole, and those before it less than
half as long."""
SATELLITE_S: Final = 0.477
"""Up to a geostationary satellite and down, there and back: 4 x 35,786 km at the speed of light."""
_CALL_WEIGHTS: Final = {"good": Weight.FINE, "fair": Weight.NOTE}
FIBRE_KM_PER_S: Final = 100_000.0
"""Of a round trip: light does 200,000 km a second in fibre, and goes there and back."""


def source(
    hops: Sequence[HopSnapshot], delays: Sequence[Delay], unit: TimeUnit = TimeUnit.MS
) -> Statement | None:
    """Where the delay comes from; None without data."""
    if not delays:
        return None
    total = settled(delays, lambda delay: delay.median_s)[-1]
    links = rises(delays)
    largest = max(links, key=lambda rise: rise.rise_s)
    end = delays[-1].ttl
    is_whole = any(hop.is_destination and hop.ttl == end for hop in hops)
    whole = unit.text(total.median_s)
    if not is_whole:
        whole += f" to hop {end}"
    subject = "The typical round trip" + (
        "" if is_whole else f" to hop {end}, the last that answers,"
    )
    fine = Weight.FINE if is_whole else Weight.NOTE
    if largest.rise_s < RISE_LEAST_S or total.median_s <= 0:
        return Statement(
            topic=Topic.DELAY,
            weight=fine,
            short=f"{whole} in all" if is_whole else whole,
            words=(
                f"{subject} is {unit.text(total.median_s)} ({total.count} samples): no link adds "
                "much."
            ),
        )
    others_s = (total.median_s - largest.rise_s) / max(1, len(delays) - 1)
    least_s = max(SHARE_LEAST * total.median_s, STANDS_OUT * others_s)
    if min(largest.rise_s, largest.low_s) < least_s:
        share = percent(largest.rise_s / total.median_s)
        return Statement(
            topic=Topic.DELAY,
            weight=fine,
            short=f"{whole}, spread over the path",
            words=(
                f"{subject} is {unit.text(total.median_s)} ({total.count} samples), spread over "
                f"the path: no link adds more than {share} % of it."
            ),
        )
    whose = segment(largest.after_ttl, largest.ttl, hops, delays)
    where = part(whose, largest.after_ttl, largest.ttl, hops)
    share = f"{100 * largest.rise_s / total.median_s:.0f}"
    lasting_s = min(largest.rise_s, largest.best_rise_s)
    return Statement(
        topic=Topic.DELAY,
        weight=Weight.NOTE,
        short=f"{share} % of {whole} from {short_link(largest.after_ttl, largest.ttl)}, {whose}",
        brief=f"{share} % of {whole} from {short_link(largest.after_ttl, largest.ttl)}",
        words=(
            f"{unit.figure(largest.rise_s)} of {whole} ({share} %) come in "
            f"{link(largest.after_ttl, largest.ttl)} and stay ({where}); 95 % interval "
            f"{unit.figure(largest.low_s)} to {unit.text(largest.high_s)} from "
            f"{_samples(largest.ttl, delays)} samples. {_nature(lasting_s, largest.rise_s, unit)}"
        ),
        ttl=largest.ttl,
        after_ttl=largest.after_ttl,
        segment=whose,
    )


def _samples(ttl: int, delays: Sequence[Delay]) -> int:
    return next(delay.count for delay in delays if delay.ttl == ttl)


def _nature(lasting_s: float, rise_s: float, unit: TimeUnit) -> str:
    """What kind of delay it is."""
    if lasting_s >= SATELLITE_S:
        return "So much is there at the best of times too, as over a geostationary satellite."
    if lasting_s >= 0.5 * rise_s:
        distance_km = round(lasting_s * FIBRE_KM_PER_S, -1 if lasting_s < 0.01 else -2)
        return (
            f"{unit.text(lasting_s)} of it are there at the best of times too: distance (at "
            f"most {distance_km:,.0f} km of fibre) or a slow link."
        )
    return "At the best of times most of it is not there: packets wait."


def queue(
    hops: Sequence[HopSnapshot], delays: Sequence[Delay], unit: TimeUnit = TimeUnit.MS
) -> Statement | None:
    """Where packets wait; None where they do not."""
    if not delays:
        return None
    waits = settled(delays, _wait_s)
    total_s = settled(delays, lambda delay: delay.median_s)[-1].median_s
    least_s = max(QUEUE_LEAST_S, QUEUE_SHARE * total_s)
    distinct = list(dict.fromkeys(waits))
    for place, one in enumerate(distinct):
        near = distinct[place - 1] if place else None
        after_ttl, before_s = (near.ttl, _wait_s(near)) if near is not None else (0, 0.0)
        wait_s = _wait_s(one)
        if wait_s < least_s or before_s > QUEUE_BEFORE * wait_s:
            continue
        ttl = first_like(one, delays, after_ttl, lambda delay: delay.best_s)
        shown = next(d for d in delays if d.ttl == ttl)
        whose = segment(after_ttl, ttl, hops, delays)
        where = part(whose, after_ttl, ttl, hops)
        is_end = ttl == delays[-1].ttl
        doubt = " It may be the host itself that answers late." if is_end else ""
        return Statement(
            topic=Topic.QUEUE,
            weight=Weight.TROUBLE,
            short=f"waiting {unit.text(wait_s)} at {short_link(after_ttl, ttl)}, {whose}",
            brief=f"waiting {unit.text(wait_s)} at {short_link(after_ttl, ttl)}",
            words=(
                f"Packets wait {link(after_ttl, ttl)} ({where}): the typical round trip is "
                f"{unit.text(wait_s)} above the shortest from there on, "
                f"{unit.text(before_s)} before ({shown.count} samples). A full queue, there "
                f"or on the way back.{doubt}"
            ),
            ttl=ttl,
            after_ttl=after_ttl,
            segment=whose,
        )
    return None


def _wait_s(delay: Delay) -> float:
    return delay.median_s - delay.best_s


def call(
    destination: HopSnapshot,
    delay: Delay | None,
    spell: Spell | None = None,
    unit: TimeUnit = TimeUnit.MS,
) -> Statement | None:
    """What a voice call would be like now: with the loss since the newest spell of it. None with
    too little data."""
    lost, decided = destination.lost, destination.lost + destination.received
    since = ""
    if spell is not None and spell.loss_since is not None:
        lost, decided = spell.loss_since
        since = f" since {spell.since_words}"
    interval = wilson_interval(lost, decided)
    is_out = spell is not None and spell.is_open_outage
    if is_out or delay is None or interval is None or delay.count < 2 * SAMPLES_LEAST:
        return None
    delay_ms = mouth_to_ear_ms(delay.median_s, delay.p95_s - delay.median_s)
    value = round(rating(delay_ms, lost / decided))
    best, worst = rating(delay_ms, interval[0]), rating(delay_ms, interval[1])
    words = rating_words(value)
    return Statement(
        topic=Topic.CALL,
        weight=Weight.FINE
        if words == "good"
        else Weight.NOTE
        if words == "fair"
        else Weight.TROUBLE,
        short=f"a call would be {words}",
        words=(
            f"A voice call would be {words}: R {value} of 94 ({worst:.0f} to {best:.0f} over "
            f"the interval of the loss{since}), {unit.fixed(delay_ms / 1e3, 0)} {unit.sign} from "
            "mouth to ear."
        ),
        ttl=destination.ttl,
    )
