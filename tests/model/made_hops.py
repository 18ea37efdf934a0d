"""Hops made by hand, folded by the real model, that tell what a finding is concluded from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import ip_address

from poros_tui.model.findings.find import findings
from poros_tui.model.findings.finding import Finding
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.hop_counts import Hop
from poros_tui.model.probe import AnswerKind, Probe, Protocol, Reply, RttSource, Sent
from poros_tui.model.quote import Quote, Rewrite, RewrittenField
from poros_tui.packets.extensions import Extension, MplsLabel, MplsStack

LABEL = MplsStack((MplsLabel(label=24001, traffic_class=0, is_bottom=True, ttl=1),))
SOURCE, PUBLIC, CARRIER = (
    ip_address(text) for text in ("192.168.1.2", "100.64.0.9", "198.51.100.7")
)


def source(quoted: object = PUBLIC) -> Rewrite:
    return Rewrite(RewrittenField.SOURCE_ADDRESS, SOURCE, quoted)  # type: ignore[arg-type]


def port(quoted: int = 61002) -> Rewrite:
    return Rewrite(RewrittenField.SOURCE_PORT, 40000, quoted)


def checksum(sent: int, by: int) -> Rewrite:
    """A checksum as a NAT leaves it that changes what it covers by so much."""
    return Rewrite(RewrittenField.CHECKSUM, sent, (sent + by) % 0xFFFF)


def identification(quoted: int, sent: int = 7) -> Rewrite:
    return Rewrite(RewrittenField.IP_IDENTIFICATION, sent, quoted)


def quote(
    *rewrites: Rewrite, ttl: int = 1, length: int = 60, dscp: int = 0, ecn: int = 0, sent: int = 0
) -> Quote:
    """`dscp` and `ecn` as quoted, `sent` the whole byte that was sent."""
    return Quote(
        length=length,
        ttl=ttl,
        traffic_class=dscp << 2 | ecn,
        sent_traffic_class=sent,
        rewrites=rewrites,
    )


def answer(
    quoted: Quote | None = None,
    *,
    responder: str = "",
    reply_ttl: int | None = None,
    kind: AnswerKind = AnswerKind.TIME_EXCEEDED,
    extensions: tuple[Extension, ...] = (),
    rtt_s: float | None = 0.01,
    rtt_source: RttSource | None = RttSource.KERNEL_KERNEL,
    is_ambiguous: bool = False,
) -> dict[str, object]:
    return {
        "quote": quoted,
        "responder": responder,
        "reply_ttl": reply_ttl,
        "kind": kind,
        "extensions": extensions,
        "rtt_s": rtt_s,
        "rtt_source": rtt_source,
        "is_ambiguous": is_ambiguous,
    }


Told = Quote | Sequence[dict[str, object]] | None


def hop(ttl: int, told: Told, *, is_end: bool = False) -> HopSnapshot:
    """A hop that gave these answers: a quote stands for three answers with it, None for silence.

    Without a responder or a reply TTL of its own, router `ttl` answers from `ttl` hops away.
    """
    if isinstance(told, Quote):
        told = [answer(told)] * 3
    folded = Hop(ttl)
    is_unreachable = False
    for number, fields in enumerate(told or ()):
        kind = fields["kind"]
        is_unreachable |= kind is AnswerKind.UNREACHABLE
        probe = Probe(number=number, ttl=ttl, round=number, query=0, generation=0)
        folded.add_sent(Sent(probe, float(number)))
        words = {
            **fields,
            "responder": ip_address(str(fields["responder"] or f"10.0.{ttl}.1")),
            "reply_ttl": fields["reply_ttl"] or 256 - ttl,
            "icmp_type": 11 if kind is AnswerKind.TIME_EXCEEDED else 3,
            "icmp_code": 0 if kind is AnswerKind.TIME_EXCEEDED else 3,
        }
        folded.add_reply(Reply(probe=probe, **words))  # type: ignore[arg-type]
    return folded.snapshot(
        is_destination=is_end and not is_unreachable, is_unreachable=is_end and is_unreachable
    )


def path(*told: Told, ends: bool = False) -> list[HopSnapshot]:
    """Hops from 1 on; `ends`: the last one is the destination, or says that it is unreachable."""
    return [hop(ttl, each, is_end=ends and ttl == len(told)) for ttl, each in enumerate(told, 1)]


def found(hops: Iterable[HopSnapshot], protocol: Protocol = Protocol.UDP) -> list[Finding]:
    return list(findings(list(hops), protocol))


def short(hops: Iterable[HopSnapshot], protocol: Protocol = Protocol.UDP) -> list[str]:
    return [finding.short() for finding in found(hops, protocol)]
