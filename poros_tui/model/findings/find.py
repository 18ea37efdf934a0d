"""All findings of a path, from the newest answers of all its hops."""

from __future__ import annotations

from collections.abc import Sequence

from poros_tui.model.findings.finding import Finding, FindingKind
from poros_tui.model.findings.lengths import asymmetries
from poros_tui.model.findings.rate_limit import limited_answers
from poros_tui.model.findings.rewriting import classes_of_service, flow_labels, nats, tcp_headers
from poros_tui.model.findings.ttl import ttls
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.probe import Multipath, Protocol


def findings(
    hops: Sequence[HopSnapshot], protocol: Protocol, multipath: Multipath = Multipath.PARIS
) -> tuple[Finding, ...]:
    """What is found on the path, in the order of the hops; what is of no hop comes last.

    `hops` is the path in its order, `protocol` what its probes are made of, `multipath` how alike
    they are to load balancers.
    """
    of_ttl = ttls(hops, takes_one_way=multipath is not Multipath.CLASSIC)
    tunnels = frozenset(
        ttl
        for finding in of_ttl
        if finding.kind is FindingKind.MPLS_TUNNEL and finding.ttl and finding.last_ttl
        for ttl in range(finding.ttl, finding.last_ttl + 1)
    )
    reset_ttl = min(
        (f.ttl for f in of_ttl if f.kind is FindingKind.TTL_RESET and f.ttl), default=None
    )
    found = [
        *nats(hops, protocol),
        *of_ttl,
        *classes_of_service(hops),
        *flow_labels(hops, protocol),
        *tcp_headers(hops, protocol),
        *asymmetries(hops, before_ttl=reset_ttl, without=tunnels),
        *limited_answers(hops),
    ]
    found.sort(key=lambda finding: finding.ttl or 0)
    return (*found, *_clock(hops))


def _clock(hops: Sequence[HopSnapshot]) -> list[Finding]:
    untimed = sum(hop.untimed for hop in hops)
    if not untimed:
        return []
    answers = "1 answer has" if untimed == 1 else f"{untimed} answers have"
    detail = f"{answers} no round-trip time: the wall clock was stepped meanwhile"
    return [Finding(kind=FindingKind.CLOCK_STEP, ttl=None, detail=detail)]


def concerning(ttl: int, found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those to show at a hop: where they begin, and at the last hop before."""
    return tuple(finding for finding in found if ttl in (finding.ttl, finding.after_ttl))
