"""A finished trace in the words of `mtr --json` (mtr 0.95), for programs that read that. Pure.

What mtr has no word for is left out: further responders, unreachables, intervals, findings. As with
mtr a hop that did not answer is `???`, and figures that are not known are 0.0: what reads mtr's
JSON expects numbers there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from poros_tui.model.hop import HopSnapshot
from poros_tui.model.stretch import has_networks
from poros_tui.report.foreign.identity import ForeignIdentity
from poros_tui.report.json_value import JsonObject
from poros_tui.report.layout import Layout
from poros_tui.report.remarks import who
from poros_tui.report.run import FinishedRun

_SILENT: Final = "???"
_NO_ASN: Final = "AS???"
_RANDOM: Final = "rand(0x00-FF)"
"""How mtr calls a filling by chance."""


def render(runs: Sequence[FinishedRun], _layout: Layout) -> str:
    """Of one target: mtr's file has no place for more."""
    (run,) = runs
    return to_mtr_json(run)


def to_mtr_json(run: FinishedRun) -> str:
    """The object, indented as mtr does it."""
    identity = run.identity
    pattern = b"" if isinstance(identity, ForeignIdentity) else identity.pattern
    report: JsonObject = {
        "mtr": {
            "src": str(identity.source) if identity.source is not None else run.host,
            "dst": identity.target,
            "tos": (identity.dscp or 0) << 2,
            "tests": _tests(run),
            "psize": str(run.probe_bytes or 0),
            "bitpattern": f"0x{pattern[0]:02X}" if pattern else _RANDOM,
        },
        "hubs": [_hub(hop, has_asn=has_networks(run.path.hops)) for hop in run.path.hops],
    }
    return json.dumps({"report": report}, indent=4, ensure_ascii=False, allow_nan=False)


def _tests(run: FinishedRun) -> int:
    """Probes to each hop."""
    if run.config is None or run.rounds is None:
        return max((hop.sent for hop in run.path.hops), default=0)
    return run.config.probes_per_hop * run.rounds


def _hub(hop: HopSnapshot, *, has_asn: bool) -> JsonObject:
    """`has_asn`: with the number of the network, as `mtr -z` has it."""
    rtt, responder = hop.rtt, hop.responder
    network = responder.network if responder is not None else None
    asn = (network.as_text if network is not None else None) or _NO_ASN
    return {
        "count": hop.ttl,
        "host": who(responder) if responder is not None else hop.known_as or _SILENT,
        **({"ASN": asn} if has_asn else {}),
        "Loss%": round(100 * (hop.loss_ratio or 0.0), 3),
        "Snt": hop.sent,
        "Last": _ms(rtt.last_s),
        "Avg": _ms(rtt.mean_s),
        "Best": _ms(rtt.best_s),
        "Wrst": _ms(rtt.worst_s),
        "StDev": _ms(rtt.stdev_s),
    }


def _ms(seconds: float | None) -> float:
    return round(1e3 * (seconds or 0.0), 3)
