"""Two traces beside each other, as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from poros_tui.model.contrast.contrast import (
    FAILURE,
    Contrast,
    DelayDifference,
    HopContrast,
    Kind,
    LossDifference,
)
from poros_tui.model.contrast.measured import Measured, MeasuredHop

_ADDRESSES_MAX: Final = 3
_ABSENT: Final = "-"
_MEAN: Final = "~"


def contrast_text(found: Contrast) -> str:
    """Which two, what differs in sentences, and all hops as a table."""
    return "\n".join(
        [
            f"A  {_whose(found.first)}",
            f"B  {_whose(found.second)}",
            "",
            *_sentences(found),
            "",
            *_table(found.hops),
            "",
            *_method(found),
            "",
        ]
    )


def _whose(trace: Measured) -> str:
    name = trace.target
    if trace.destination != name:
        name += f" ({trace.destination})"
    source = "" if trace.source == trace.target else f"{trace.source}: "
    protocol = trace.protocol.upper() if trace.protocol is not None else "protocol not known"
    return f"{source}{name}, {protocol}, {trace.started_at or 'time not known'}"


def _sentences(found: Contrast) -> Iterable[str]:
    yield _path_sentence(found)
    yield from map(_hop_sentence, found.changed_hops)
    end = found.destination
    if end is None:
        yield _unreached(found)
        return
    yield _delay_sentence(end, found.least_shift_percent)
    yield _loss_sentence(end)


def _path_sentence(found: Contrast) -> str:
    lengths = found.first.distance, found.second.distance
    changed = len(found.changed_hops)
    same = "the same path" if not changed else f"{changed} hop{'s' if changed > 1 else ''} differ"
    if changed == 1:
        same += "s"
    if not found.knows_all:
        return f"Path: {same} as far as both are known"
    if lengths[0] == lengths[1]:
        return f"Path: {same}, {lengths[0]} hop{'' if lengths[0] == 1 else 's'}"
    return f"Path: {same}, {lengths[0]} hops -> {lengths[1]}"


def _hop_sentence(hop: HopContrast) -> str:
    match hop.kind:
        case Kind.GAINED:
            return f"  gained    hop {_place(hop.second)}"
        case Kind.LOST:
            return f"  lost      hop {_place(hop.first)}"
        case _:
            return f"  replaced  hop {_place(hop.first)} -> {_place(hop.second)}"


def _place(hop: MeasuredHop | None) -> str:
    assert hop is not None
    return f"{hop.ttl} {_addresses(hop)}"


def _addresses(hop: MeasuredHop) -> str:
    shown = " ".join(hop.responders[:_ADDRESSES_MAX])
    more = len(hop.responders) - _ADDRESSES_MAX
    return (shown or "no reply") + (f" and {more} more" if more > 0 else "")


def _unreached(found: Contrast) -> str:
    told: dict[str, list[str]] = {}
    for name, trace in (("A", found.first), ("B", found.second)):
        if trace.distance is None:
            words = "not reached in" if trace.is_end_known else "not known whether reached in"
        elif trace.end is None:
            words = "reached, and nothing else told of it, in"
        else:
            continue
        told.setdefault(words, []).append(name)
    return f"Destination: {', '.join(f'{words} {_and(names)}' for words, names in told.items())}"


def _and(names: Iterable[str]) -> str:
    return " and ".join(names)


def _delay_sentence(end: HopContrast, least_shift_percent: float) -> str:
    delay = end.delay
    if delay is None:
        return _mean_sentence(end.first, end.second)
    figures = (
        f"Round trip: median {delay.first_ms:.2f} -> {delay.second_ms:.2f} ms, "
        f"{delay.shift_ms:+.2f} ms (95 %: {delay.interval_ms[0]:+.2f} to "
        f"{delay.interval_ms[1]:+.2f}), p {_chance(delay.chance)}"
    )
    if not delay.could_tell:
        return f"{figures}: too few answers to tell"
    if not delay.is_real:
        return f"{figures}: no more than chance"
    by = f", by less than {least_shift_percent:g} %" if delay.is_small else ""
    return f"{figures}: {'longer' if delay.shift_ms > 0 else 'shorter'}{by}"


def _mean_sentence(first: MeasuredHop | None, second: MeasuredHop | None) -> str:
    """Of what no single round trips are told of no test can be made."""
    mean_ms = None if first is None else first.mean_ms
    later_ms = None if second is None else second.mean_ms
    if mean_ms is None or later_ms is None:
        return "Round trip: not measured in both"
    return (
        f"Round trip: mean {mean_ms:.2f} -> {later_ms:.2f} ms, {later_ms - mean_ms:+.2f} ms: means "
        "alone cannot tell whether that is more than chance"
    )


def _loss_sentence(end: HopContrast) -> str:
    loss = end.loss
    if loss is None:
        assert end.first is not None
        assert end.second is not None
        return f"Loss: none of {end.first.decided} -> none of {end.second.decided}"
    figures = (
        f"Loss: {loss.first[0]} of {loss.first[1]} -> {loss.second[0]} of {loss.second[1]}, "
        f"{100 * _difference(loss):+.1f} points (95 %: {100 * loss.interval[0]:+.1f} to "
        f"{100 * loss.interval[1]:+.1f}), p {_chance(loss.chance)}"
    )
    if not loss.is_real:
        return f"{figures}: no more than chance"
    return f"{figures}: {'more' if _difference(loss) > 0 else 'less'}"


def _difference(loss: LossDifference) -> float:
    (lost, decided), (lost_later, decided_later) = loss.first, loss.second
    return lost_later / decided_later - lost / decided


def _chance(chance: float) -> str:
    return "< 0.0001" if chance < 1e-4 else f"{chance:.4f}" if chance < 0.1 else f"{chance:.2f}"


_HEADINGS: Final = ("A", "B", "", "who", "A ms", "B ms", "shift", "p", "A loss", "B loss", "p")


def _table(hops: Sequence[HopContrast]) -> Iterable[str]:
    rows = [_HEADINGS, *map(_row, hops)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    for row in rows:
        cells = (
            cell.ljust(width) if column in (2, 3) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()


_MARKS: Final = {
    Kind.SAME: "",
    Kind.REPLACED: "~",
    Kind.GAINED: "+",
    Kind.LOST: "-",
    Kind.UNKNOWN: "?",
}


def _row(hop: HopContrast) -> tuple[str, ...]:
    first, second, delay, loss = hop.first, hop.second, hop.delay, hop.loss
    present = second if second is not None and second.responders else first or second
    assert present is not None
    who = _addresses(present)
    if hop.kind is Kind.REPLACED and first is not None and second is not None:
        who = f"{_addresses(first)} -> {_addresses(second)}"
    return (
        str(first.ttl) if first is not None else _ABSENT,
        str(second.ttl) if second is not None else _ABSENT,
        _MARKS[hop.kind],
        who,
        _median(first),
        _median(second),
        _shift(delay) if delay is not None else _ABSENT,
        _chance(delay.chance) if delay is not None else _ABSENT,
        _percent(first),
        _marked(_percent(second), loss is not None and loss.is_real),
        _chance(loss.chance) if loss is not None else _ABSENT,
    )


def _shift(delay: DelayDifference) -> str:
    figure = f"{delay.shift_ms:+.2f}"
    return f"{figure} (*)" if delay.is_real and delay.is_small else _marked(figure, delay.is_real)


def _marked(figure: str, is_real: bool) -> str:
    return f"{figure} *" if is_real else figure


def _median(hop: MeasuredHop | None) -> str:
    """Or, where single round trips are not told, their mean."""
    if hop is None or hop.mean_ms is None:
        return _ABSENT
    return f"{hop.median_ms:.2f}" if hop.median_ms is not None else f"{_MEAN}{hop.mean_ms:.2f}"


def _percent(hop: MeasuredHop | None) -> str:
    ratio = hop.loss_ratio if hop is not None else None
    return f"{100 * ratio:.1f} %" if ratio is not None else _ABSENT


def _method(found: Contrast) -> Iterable[str]:
    yield (
        f"p: chance of a false alarm among all tests, {found.tests} here (Mann-Whitney for times, "
        "Fisher for losses, Holm's correction)."
    )
    hops = [side for hop in found.hops for side in (hop.first, hop.second) if side is not None]
    if any(hop.told_mean_ms is not None for hop in hops):
        yield f"{_MEAN}: mean, of a report that tells no single round trips."
    yield f"*: p of {FAILURE:g} or less. shift: median of all differences (Hodges-Lehmann)."
    delays = [hop.delay for hop in found.hops if hop.delay is not None]
    if any(delay.is_real and delay.is_small for delay in delays):
        least = f"{found.least_shift_percent:g} %"
        yield f"(*): the same, of less than {least}: it does not count as one."
