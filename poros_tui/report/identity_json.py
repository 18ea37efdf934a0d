"""Who traced what, and how, as a part of the JSON object of a run."""

from __future__ import annotations

from poros_tui.model.session import TraceIdentity
from poros_tui.report.foreign.identity import ForeignIdentity
from poros_tui.report.json_value import JsonObject


def identity_object(identity: TraceIdentity | ForeignIdentity) -> JsonObject:
    """What another program measured has an `origin`; what it does not tell is null."""
    if isinstance(identity, ForeignIdentity):
        return _foreign(identity)
    return {
        "origin": None,
        "target": identity.target,
        "destination": str(identity.destination),
        "destination_zone": identity.destination_zone or None,
        "protocol": identity.protocol.value,
        "privilege": identity.privilege,
        "socket": identity.rung,
        "simulation": identity.is_simulation,
        "source": str(identity.source) if identity.source else None,
        "interface": identity.interface,
        "dscp": identity.dscp,
        "size": identity.size,
        "pattern": identity.pattern.hex() or None,
        "payload": identity.payload.hex() or None,
        "port": identity.port,
        "source_port": identity.source_port,
        "multipath": identity.multipath,
        "dont_fragment": identity.dont_fragment,
    }


def _foreign(identity: ForeignIdentity) -> JsonObject:
    return {
        "origin": {"program": identity.program, "version": identity.version},
        "target": identity.target,
        "destination": str(identity.destination) if identity.destination is not None else None,
        "destination_zone": identity.destination_zone or None,
        "protocol": identity.protocol,
        "privilege": None,
        "socket": None,
        "simulation": identity.is_simulation,
        "source": str(identity.source) if identity.source is not None else None,
        "interface": None,
        "dscp": identity.dscp,
        "size": identity.size,
        "pattern": None,
        "payload": None,
        "port": identity.port,
        "source_port": identity.source_port,
        "multipath": identity.multipath,
        "dont_fragment": None,
    }
