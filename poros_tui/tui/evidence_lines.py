"""What the answers of a hop tell of the way there and back, as lines of its panel. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from poros_tui.model.evidence import Evidence, is_rewritten
from poros_tui.model.findings.finding import shown
from poros_tui.model.findings.lengths import forward_length, return_length
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.probe import AnswerKind
from poros_tui.model.quote import Quote
from poros_tui.tui.formatting import plural
from poros_tui.tui.labelled import figure, labelled, wrapped
from poros_tui.tui.spans import Line, Role, Span

_SHOWN: Final = 4
"""Of answers that tell different things: the newest, and what most others tell."""
_NOT_TOLD: Final = "not told on this kind of socket"
"""The probe as it arrived."""


def evidence_lines(hop: HopSnapshot, width: int) -> list[Line]:
    """The probe as it arrived, the length of both ways, and whose clocks measured."""
    evidence = hop.evidence
    is_missing = any(map(_is_missing, evidence)) and not any(each.quote for each in evidence)
    return [
        *_differing("Quote", hop, [_quote(each) for each in evidence], width),
        *(wrapped("Quote", [_NOT_TOLD], width, Role.DIM) if is_missing else ()),
        *_differing("Length", hop, [_lengths(hop, each) for each in evidence], width),
        *labelled("Clocks", _clocks(hop), width),
    ]


def _differing(label: str, hop: HopSnapshot, told: Sequence[list[Line]], width: int) -> list[Line]:
    """What the answers tell, each different thing once, and by how many of them where they tell
    different things."""
    counts: dict[tuple[Span, ...], int] = {}
    pieces: dict[tuple[Span, ...], list[Line]] = {}
    for evidence, lines in zip(hop.evidence, told, strict=True):
        if lines:
            key = tuple(span for line in lines for span in line)
            counts[key] = counts.get(key, 0) + evidence.answers
            pieces[key] = lines
    answers = sum(counts.values())
    result: list[Line] = []
    for key in list(pieces)[:_SHOWN]:
        share: Line = [(f"{counts[key]} of {plural(answers, 'answer')}", Role.DIM)]
        result += labelled("" if result else label, [*pieces[key], share], width)
    return result


def _is_missing(evidence: Evidence) -> bool:
    """A router quotes the probe, whoever gets to see it."""
    return evidence.kind is AnswerKind.TIME_EXCEEDED


def _quote(evidence: Evidence) -> list[Line]:
    quote = evidence.quote
    if quote is None:
        return []
    return [
        [(plural(quote.length, "byte"), Role.TEXT)],
        figure("TTL", str(quote.ttl)),
        *_classes(quote),
        *_rewrites(quote),
    ]


def _classes(quote: Quote) -> list[Line]:
    sent, quoted = quote.sent_traffic_class, quote.traffic_class
    return [
        _sent_and_quoted("DSCP", sent >> 2, quoted >> 2),
        _sent_and_quoted("ECN", sent & 3, quoted & 3),
    ]


def _sent_and_quoted(name: str, sent: int, quoted: int) -> Line:
    if sent == quoted:
        return figure(name, str(quoted))
    return figure(name, f"{sent} → {quoted}", Role.WARN)


def _rewrites(quote: Quote) -> Sequence[Line]:
    return [
        figure(
            rewrite.field,
            f"{shown(rewrite.field, rewrite.sent)} → {shown(rewrite.field, rewrite.quoted)}",
            Role.WARN,
        )
        for rewrite in quote.rewrites
        if is_rewritten(rewrite)
    ]


def _lengths(hop: HopSnapshot, evidence: Evidence) -> list[Line]:
    back = return_length(evidence.reply_ttl)
    if evidence.reply_ttl is None:
        return []
    forward = figure("forward", str(forward_length(hop, evidence)))
    if back is None:
        note = f"not known: reply TTL {evidence.reply_ttl} is of no usual beginning"
        return [forward, figure("return", note)]
    left: Line = [(f"reply TTL {evidence.reply_ttl} of {back.initial_ttl}", Role.DIM)]
    doubt: list[Line] = [[("or of 32", Role.DIM)]] if back.is_ambiguous else []
    return [forward, figure("return", str(back.hops)), left, *doubt]


def _clocks(hop: HopSnapshot) -> list[Line]:
    """Which clock stamped sending and receiving."""
    sources = hop.rtt_sources
    if len(sources) == 1:
        pieces: list[Line] = [[(sources[0][0], Role.TEXT)]]
    else:
        pieces = [figure(source, str(answers)) for source, answers in sources]
    if hop.untimed:
        text = f"{plural(hop.untimed, 'answer')} untimed: the wall clock was stepped"
        pieces.append([(text, Role.WARN)])
    return pieces
