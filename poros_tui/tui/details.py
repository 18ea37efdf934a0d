"""Everything known of one hop, as the lines of a panel. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

from poros_tui.model.events import Event
from poros_tui.model.findings.find import concerning
from poros_tui.model.findings.finding import Finding, FindingKind
from poros_tui.model.history import Gap
from poros_tui.model.hop import HopSnapshot, Responder
from poros_tui.model.statistics import percentile
from poros_tui.model.time_unit import TimeUnit
from poros_tui.packets.extension_words import extension_lines
from poros_tui.tui.chart import axis_width, chart_lines
from poros_tui.tui.event_lines import event_lines
from poros_tui.tui.evidence_lines import evidence_lines
from poros_tui.tui.formatting import (
    ABSENT,
    address,
    elided,
    percent,
    plural,
    short_time,
)
from poros_tui.tui.labelled import LABEL_WIDTH, figure, labelled, wrapped
from poros_tui.tui.network_cells import exchange_words, network_words
from poros_tui.tui.place_lines import doubt_details, place_details
from poros_tui.tui.rows import DESTINATION_SIGN, loss_role, lost_role, responder_cell
from poros_tui.tui.spans import Line, Role, Span, fitted, line_width
from poros_tui.tui.table_look import Called
from poros_tui.tui.verdict import Verdict, meaning

EVENTS_SHOWN: Final = 3
_RESPONDERS_SHOWN: Final = 8
_CHART_HEIGHT_MAX: Final = 12
_CHART_HEIGHT_MIN: Final = 3
_FIGURE_CELLS: Final = (8, 7, 7, 7, 7, 7, 5)
"""Of one responder: answers, share, best, average, worst, deviation, reply TTL."""
_FINE_CELL: Final = 10
"""The same of a time, in units in which it has more digits."""


def detail_lines(
    hop: HopSnapshot,
    verdict: Verdict,
    width: int,
    height: int,
    found: Sequence[Finding] = (),
    events: Sequence[tuple[Event, float]] = (),
    unit: TimeUnit = TimeUnit.MS,
) -> list[Line]:
    """The panel's text in `width` cells. What a small height cuts off can be scrolled to.

    `found` is what was found on the whole path, `events` the newest that tell of this hop, with
    their times in seconds since 1970. Round trips are told in `unit`.
    """
    room = max(20, width)
    above = [
        _title(hop, room),
        *_loss(hop, verdict, room),
        *labelled("Probes", _counts(hop), room),
        *labelled(f"RTT {unit.sign}", _times(hop, unit), room),
        *labelled("Jitter", _jitter(hop, unit), room),
        *labelled("Since", _since_mark(hop, unit), room),
        *wrapped("Name", _names(hop), room, Role.TEXT),
        *wrapped("Network", _networks(hop), room, Role.TEXT),
        *wrapped("Exchange", _exchanges(hop), room, Role.TEXT),
        *wrapped("Place", place_details(hop), room, Role.TEXT),
        *wrapped("Doubt", doubt_details(hop), room, Role.WARN),
        *wrapped("Says", _refusals(hop), room, Role.WARN),
        *wrapped("Found", _found(hop, found), room, Role.WARN),
        *wrapped("Carries", _carried(hop), room, Role.TEXT),
    ]
    below = [
        *_events(hop.ttl, events, room),
        *_responders(hop, room, unit),
        *_flows(hop, room, unit),
        *evidence_lines(hop, room),
    ]
    spare = height - len(above) - len(below) - 1
    size = room, max(_CHART_HEIGHT_MIN, min(_CHART_HEIGHT_MAX, spare))
    chart = _chart(hop, verdict, size, unit)
    return [fitted(line, width) for line in (*above, *chart, *below)]


def _chart(hop: HopSnapshot, verdict: Verdict, size: tuple[int, int], unit: TimeUnit) -> list[Line]:
    if all(isinstance(sample, Gap) for sample in hop.history):
        return []  # without a time there is no axis
    lines = chart_lines(hop.history, hop.sent + hop.send_errors, size, lost_role(verdict), unit)
    figures = axis_width(unit) - 2
    (top, role), *rest = lines[0]
    if top[:figures] == lines[-1][0][0][:figures]:
        # All times are the same: they lie on the ground, and one figure says how long they are.
        lines[0] = [(" " * figures + top[figures:], role), *rest]
    return [[(f"Newest samples in {unit.words}", Role.HEADING)], *lines]


def _figure_cells(unit: TimeUnit) -> tuple[int, ...]:
    if unit is TimeUnit.MS:
        return _FIGURE_CELLS
    return *_FIGURE_CELLS[:2], *(_FINE_CELL,) * 4, *_FIGURE_CELLS[6:]


def _title(hop: HopSnapshot, width: int) -> Line:
    line: Line = [(f"Hop {hop.ttl}", Role.ACCENT), ("  ", Role.TEXT)]
    line += responder_cell(hop, width - line_width(line), Called.ADDRESS)
    if hop.is_destination:
        line.append((f"  {DESTINATION_SIGN} the destination", Role.ACCENT))
    if len(hop.responders) == 1 and hop.responders[0].reply_ttl is not None:
        reply_ttl: Span = (f"  reply TTL {hop.responders[0].reply_ttl}", Role.DIM)
        if line_width([*line, reply_ttl]) <= width:
            line.append(reply_ttl)
    return fitted(line, width)


def _loss(hop: HopSnapshot, verdict: Verdict, width: int) -> list[Line]:
    decided = hop.lost + hop.received
    pieces: list[Line] = []
    if decided == 0:
        pieces.append([("nothing decided yet", Role.DIM)])
    else:
        ratio: Span = (f"{percent(hop.loss_ratio)} %", loss_role(hop, verdict))
        pieces.append([ratio, (f"  {hop.lost} of {decided}", Role.TEXT)])
        interval = hop.loss_interval
        if interval is not None:
            low, high = (percent(bound) for bound in interval)
            pieces.append([(f"95 % interval {low} to {high} %", Role.DIM)])
    lines = labelled("Loss", pieces, width)
    if verdict is Verdict.NONE and decided:
        return lines  # 0 of so many says it
    words = textwrap.wrap(meaning(hop, verdict), max(10, width - LABEL_WIDTH))
    return [*lines, *([(" " * LABEL_WIDTH, Role.TEXT), (text, Role.TEXT)] for text in words)]


def _counts(hop: HopSnapshot) -> list[Line]:
    counts = (
        ("sent", hop.sent),
        ("received", hop.received),
        ("lost", hop.lost),
        ("in flight", hop.in_flight),
    )
    rare = (
        ("refused", hop.refused, Role.WARN),
        ("late", hop.late, Role.TEXT),
        ("duplicates", hop.duplicates, Role.TEXT),
        ("not sent", hop.send_errors, Role.WARN),
    )
    return [
        *(figure(name, str(number)) for name, number in counts),
        *(figure(name, str(number), role) for name, number, role in rare if number),
    ]


def _times(hop: HopSnapshot, unit: TimeUnit) -> list[Line]:
    kept = [sample for sample in hop.history if not isinstance(sample, Gap)]
    rtt = hop.rtt
    values = (
        ("last", rtt.last_s),
        ("best", rtt.best_s),
        ("average", rtt.mean_s),
        ("worst", rtt.worst_s),
        ("deviation", rtt.stdev_s),
        ("median", percentile(kept, 50)),
        ("p95", percentile(kept, 95)),
    )
    figures = _known(values, unit)
    if kept:
        figures[-1].append((f" of the last {len(kept)}", Role.DIM))
    return figures


def _known(values: Iterable[tuple[str, float | None]], unit: TimeUnit) -> list[Line]:
    """Figures of the values that there are: absent ones look like the separators."""
    return [figure(name, short_time(value, unit)) for name, value in values if value is not None]


def _jitter(hop: HopSnapshot, unit: TimeUnit) -> list[Line]:
    rtt = hop.rtt
    if rtt.jitter_mean_s is None:
        return []  # of one sample there is none
    return _known(
        (
            ("mean", rtt.jitter_mean_s),
            ("longest", rtt.jitter_max_s),
            ("RFC 3550", rtt.jitter_rfc3550_s),
        ),
        unit,
    )


def _names(hop: HopSnapshot) -> list[str]:
    """What those who answer are called, or why that is not known."""
    texts: list[str] = []
    for each in hop.responders[:_RESPONDERS_SHOWN]:
        naming = each.naming
        if naming is None:
            continue
        whose = f"{each.address}: " if len(hop.responders) > 1 else ""
        confirmed = ", leads back to this address" if naming.is_confirmed else ""
        doubt = f", {naming.doubt}" if naming.doubt else ""
        texts.append(f"{whose}{naming.name or naming.problem}{confirmed}{doubt}")
    return texts


def _networks(hop: HopSnapshot) -> list[str]:
    """Of which network those are who answer, or why that is not known; once for all of one."""
    shown = hop.responders[:_RESPONDERS_SHOWN]
    return _shared([(each, network_words(each.network)) for each in shown if each.network])


def _exchanges(hop: HopSnapshot) -> list[str]:
    """In the LAN of which exchange those stand who do."""
    shown = hop.responders[:_RESPONDERS_SHOWN]
    return _shared([(each, exchange_words(each.exchange)) for each in shown if each.exchange])


def _shared(pairs: Sequence[tuple[Responder, str]]) -> list[str]:
    """What is said of responders, once for all of whom the same is."""
    whose: dict[str, list[str]] = {}
    for responder, words in pairs:
        whose.setdefault(words, []).append(str(responder.address))
    if len(whose) == 1:
        return list(whose)
    return [f"{', '.join(addresses)}: {words}" for words, addresses in whose.items()]


def _refusals(hop: HopSnapshot) -> list[str]:
    """What those say who let nothing through, and whose words it is where several answer."""
    return [
        f"{f'{each.address}: ' if len(hop.responders) > 1 else ''}{each.refusal} "
        f"(ICMP type {each.icmp_type}, code {each.icmp_code})"
        for each in hop.refusing[:_RESPONDERS_SHOWN]
    ]


def _since_mark(hop: HopSnapshot, unit: TimeUnit) -> list[Line]:
    """What changed at the user's mark."""
    comparison = hop.comparison
    if comparison is None:
        return []
    since, before = comparison.since, comparison.before
    pieces = [[(f"the mark {plural(since.sent, 'probe')}", Role.TEXT)]]
    if since.loss_ratio is not None and before.loss_ratio is not None:
        change = f"{percent(before.loss_ratio)} → {percent(since.loss_ratio)} %"
        pieces.append(figure("loss", change))
    for name, was_s, is_s in (
        ("average", before.rtt.mean_s, since.rtt.mean_s),
        ("deviation", before.rtt.stdev_s, since.rtt.stdev_s),
    ):
        if was_s is not None and is_s is not None:
            change = f"{short_time(was_s, unit)} → {short_time(is_s, unit)}"
            pieces.append(figure(name, change))
    return pieces


def _found(hop: HopSnapshot, found: Sequence[Finding]) -> list[str]:
    """What was found here; of a limit the loss tells already."""
    return [
        finding.words()
        for finding in concerning(hop.ttl, found)
        if finding.kind is not FindingKind.RATE_LIMIT
    ]


def _carried(hop: HopSnapshot) -> list[str]:
    """What the newest answers carried, and whose where several routers answer."""
    shown = hop.responders[:_RESPONDERS_SHOWN]
    texts: list[str] = []
    for responder in shown:
        whose = f"{responder.address}: " if len(hop.responders) > 1 else ""
        for extension in responder.extensions:
            texts += [f"{whose}{line}" for line in extension_lines(extension)]
    return texts


def _events(ttl: int, events: Sequence[tuple[Event, float]], width: int) -> list[Line]:
    """What happened here last."""
    if not events:
        return []
    lines: list[Line] = [[("Events of this hop", Role.HEADING), ("  newest first", Role.DIM)]]
    for event, wall_s in events[:EVENTS_SHOWN]:
        lines += event_lines(event, wall_s, width, with_hop=event.ttl != ttl)
    return lines


def _responders(hop: HopSnapshot, width: int, unit: TimeUnit) -> list[Line]:
    if len(hop.responders) < 2 and not hop.responders_untracked:
        return []  # the lines above say all of it
    cells = _figure_cells(unit)
    room = max(8, min(40, width - sum(cells)))
    headings = ("answers", "share", "best", "avg", "worst", "dev", "TTL")
    lines: list[Line] = [[(_responder_row("Responders", headings, room, cells), Role.HEADING)]]
    total = sum(responder.weight for responder in hop.responders) + hop.responders_untracked
    shown = hop.responders[:_RESPONDERS_SHOWN]
    lines.extend(
        [(_responder_text(responder, total, room, unit), Role.TEXT)] for responder in shown
    )
    hidden = len(hop.responders) - len(shown)
    if hidden:
        lines.append([(f"and {hidden} more", Role.DIM)])
    if hop.responders_untracked:
        text = f"and {plural(hop.responders_untracked, 'answer')} of addresses beyond the limit"
        lines.append([(text, Role.DIM)])
    return lines


def _flows(hop: HopSnapshot, width: int, unit: TimeUnit) -> list[Line]:
    """Who answers each flow, where there are several."""
    if not hop.flows:
        return []
    cells = _figure_cells(unit)
    room = max(8, min(40, width - sum(cells)))
    headings = ("sent", "lost", "best", "avg", "worst", "dev", "")
    lines: list[Line] = [[(_responder_row("Flows", headings, room, cells), Role.HEADING)]]
    for flow in hop.flows:
        met = ", ".join(address(who) for who in flow.responders) or "no reply"
        times = (flow.rtt.best_s, flow.rtt.mean_s, flow.rtt.worst_s, flow.rtt.stdev_s)
        figures = (str(flow.sent), str(flow.lost), *(short_time(each, unit) for each in times), "")
        lines.append(
            [(_responder_row(f"{flow.flow + 1:>2} {met}", figures, room, cells), Role.TEXT)]
        )
    return lines


def _responder_row(name: str, figures: Sequence[str], room: int, cells: Sequence[int]) -> str:
    text = "".join(text.rjust(cell) for text, cell in zip(figures, cells, strict=True))
    return f"{elided(name, room):<{room}}{text}"


def _responder_text(responder: Responder, total: int, room: int, unit: TimeUnit) -> str:
    rtt = responder.rtt
    times = (rtt.best_s, rtt.mean_s, rtt.worst_s, rtt.stdev_s)
    figures = (
        str(responder.answers),
        f"{100 * responder.weight / total:.0f} %",
        *(short_time(seconds, unit) for seconds in times),
        ABSENT if responder.reply_ttl is None else str(responder.reply_ttl),
    )
    return _responder_row(address(responder.address, room), figures, room, _figure_cells(unit))
