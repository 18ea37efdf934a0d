"""JSON reports of ours, read back: statistics are made anew from the probes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from poros_tui.config import SessionConfig
from poros_tui.errors import UsageError
from poros_tui.model.about import About
from poros_tui.model.probe import IPAddress, Mode, Multipath, Protocol
from poros_tui.model.session import PathSnapshot, TraceIdentity
from poros_tui.report.as_json import SCHEMA
from poros_tui.report.foreign.fields import TTL_MAX, Fields
from poros_tui.report.foreign.folding import STATUS, Folding
from poros_tui.report.foreign.hop_order import A_HOP, hops_in_order, not_told_without
from poros_tui.report.foreign.identity import ForeignIdentity
from poros_tui.report.foreign.own_about import about_in
from poros_tui.report.foreign.own_hop import completed_hop, told_in
from poros_tui.report.foreign.own_probes import (
    COUNT_MAX,
    FLOWS_MAX,
    QUERIES_MAX,
    ROUNDS_MAX,
    End,
    fold_probe,
)
from poros_tui.report.foreign.own_session import event_in, instant_in, session_of
from poros_tui.report.foreign.totals import path_of
from poros_tui.report.run import FinishedRun

_PORT_MAX: Final = 0xFFFF
_SIZE_MAX: Final = 0xFFFF
_MAY_BE_UNKNOWN: Final = (
    "reached", "probes_sent", "probes_beyond", "send_errors", "foreign", "malformed",
)  # fmt: skip
"""What is null where a damaged file was read before."""
_ANOTHER: Final = "another program"
"""Where its name cannot be read."""


def is_own(value: dict[str, object]) -> bool:
    """Whether it is meant to be one."""
    return "poros_tui" in value and "hops" in value


def is_untraced(value: dict[str, object]) -> bool:
    """Whether it is a target in a report of several that could not be traced."""
    return "poros_tui" in value and "error" in value


def read_own(fields: Fields) -> FinishedRun:
    """One report.

    Raises:
        Unreadable: it cannot be read.
    """
    fields = fields.full()
    if (fields.optional_whole("schema", 1, COUNT_MAX) or 1) > SCHEMA:
        raise fields.flaw("schema", f"is newer than {SCHEMA}, which is all that is known here")
    hops = hops_in_order(fields, "hops", _ttl) if fields.list("hops") else []
    heading = _foreign(fields) if fields.has("origin") else fields.tried(_heading, fields)
    if heading is None:
        heading = _partly(fields)
    path, not_told = _path(fields, hops, heading.identity, heading.mode)
    return FinishedRun(
        identity=heading.identity,
        config=heading.config,
        path=path,
        started_at=_started_at(fields),
        duration_s=fields.seconds("duration_ms"),
        events=tuple(fields.tried(fields.each, "events", "event", event_in) or ()),
        not_told=not_told | {key for key in _MAY_BE_UNKNOWN if fields.is_null(key)},
    )


class _Heading(msgspec.Struct, frozen=True):
    """What is said of the trace as a whole."""

    identity: TraceIdentity | ForeignIdentity
    config: SessionConfig | None = None
    mode: Mode = Mode.CONCURRENT


def _heading(fields: Fields) -> _Heading:
    """Raises Unreadable: something is missing that nothing stands for."""
    return _Heading(_identity(fields), _config(fields), fields.word("mode", Mode))


def _foreign(fields: Fields) -> _Heading:
    """What another program measured, and we have read before."""
    origin = fields.tried(fields.inner, "origin")
    program, version = None, None
    if origin is not None:
        program, version = origin.tried(origin.text, "program"), origin.optional_text("version")
    return _Heading(_as_told(fields, program or _ANOTHER, version))


def _partly(fields: Fields) -> _Heading:
    """What we measured, where our heading is damaged: what can be read of it, and no more."""
    return _Heading(_as_told(fields, "poros-tui", fields.optional_text("poros_tui")))


def _as_told(fields: Fields, program: str, version: str | None) -> ForeignIdentity:
    destination, target = (
        fields.optional_address("destination"),
        fields.tried(fields.text, "target"),
    )
    if target is None and destination is None:
        raise fields.flaw("target", "is no text")
    lists = fields.each("hops", "hop", lambda hop: hop.has_list("probes"))
    return ForeignIdentity(
        program=program,
        version=version,
        target=target or str(destination),
        destination=destination,
        destination_zone=fields.optional_text("destination_zone") or "",
        protocol=fields.tried(fields.word, "protocol", Protocol)
        if fields.has("protocol")
        else None,
        source=fields.optional_address("source"),
        size=fields.optional_whole("size", 1, _SIZE_MAX),
        dscp=fields.optional_whole("dscp", 0, 63),
        port=fields.optional_whole("port", 1, _PORT_MAX),
        source_port=fields.optional_whole("source_port", 1, _PORT_MAX),
        multipath=fields.tried(fields.word, "multipath", Multipath)
        if fields.has("multipath")
        else None,
        has_totals_only=not any(lists),
        is_simulation=fields.tried(fields.flag, "simulation") or False,
    )


def _identity(fields: Fields) -> TraceIdentity:
    return TraceIdentity(
        target=fields.text("target"),
        destination=fields.address("destination"),
        destination_zone=fields.optional_text("destination_zone") or "",
        protocol=fields.word("protocol", Protocol),
        privilege=fields.text("privilege"),
        rung=fields.text("socket"),
        is_simulation=fields.flag("simulation"),
        source=fields.optional_address("source"),
        interface=fields.optional_text("interface"),
        dscp=fields.whole("dscp", 0, 63),
        size=fields.optional_whole("size", 1, _SIZE_MAX),
        pattern=fields.tried(_bytes, fields, "pattern") or b"",
        payload=fields.tried(_bytes, fields, "payload") or b"",
        port=fields.optional_whole("port", 1, _PORT_MAX),
        source_port=fields.optional_whole("source_port", 1, _PORT_MAX),
        multipath=fields.word("multipath", Multipath),
        dont_fragment=fields.flag("dont_fragment"),
    )


def _started_at(fields: Fields) -> str | None:
    text = fields.optional_text("started_at")
    is_time = text is not None and fields.tried(instant_in, fields, "started_at") is not None
    return text if is_time else None


def _bytes(fields: Fields, key: str) -> bytes:
    try:
        return bytes.fromhex(fields.text(key) if key in fields else "")
    except ValueError:
        raise fields.flaw(key, "is not in hexadecimal") from None


def _config(fields: Fields) -> SessionConfig:
    try:
        return SessionConfig(
            queries=fields.whole("queries", 1, QUERIES_MAX),
            flows=fields.whole("flows", 1, FLOWS_MAX),
            thrifty=fields.flag("thrifty"),
            rounds=fields.whole("rounds", 1, ROUNDS_MAX),
        )
    except UsageError:
        raise fields.flaw("queries", "are more than there can be") from None


def _ttl(hop: Fields) -> int:
    return hop.whole("ttl", 1, TTL_MAX)


def _path(
    fields: Fields,
    hops: list[tuple[int, Fields]],
    identity: TraceIdentity | ForeignIdentity,
    mode: Mode,
) -> tuple[PathSnapshot, frozenset[str]]:
    """With the names of what is not known of it."""
    if isinstance(identity, ForeignIdentity) and identity.has_totals_only:
        told = [
            one for ttl, hop in hops if (one := hop.tried_as(A_HOP, told_in, ttl, hop)) is not None
        ]
        if not told:
            raise fields.none_left("hops", "hop")
        return path_of(told, identity.destination, identity.target), not_told_without(fields)
    rounds = fields.optional_whole("rounds", 1, ROUNDS_MAX) or 1
    flows = fields.optional_whole("flows", 1, FLOWS_MAX)
    folding = Folding(
        hops[0][0] if hops else 1,
        dict(_known(hops)),
        msgspec.structs.replace(STATUS, mode=mode, round=rounds - 1),
        keeps_flows=any(hop.has_list("flows") for _, hop in hops) if flows is None else flows > 1,
    )
    partly = {ttl for ttl, hop in hops if not _fold(folding, ttl, hop, identity.destination)}
    path = folding.finished()
    folded = {hop.ttl: hop for hop in path.hops}
    session, not_told = session_of(fields, path.session)
    completed = (
        hop.tried_as(A_HOP, completed_hop, folded.get(ttl), ttl, hop, is_partly_read=ttl in partly)
        for ttl, hop in hops
    )
    return PathSnapshot(
        hops=tuple(hop for hop in completed if hop is not None), session=session
    ), not_told


def _fold(folding: Folding, ttl: int, hop: Fields, destination: IPAddress | None) -> bool:
    """Whether all probes of the hop could be read."""
    end = End(destination, hop.tried(hop.flag, "destination") or False)
    folded = hop.tried(
        hop.each, "probes", "probe", lambda probe: fold_probe(folding, ttl, probe, end)
    )
    return folded is not None and len(folded) == len(hop.list("probes")) and all(folded)


def _known(hops: list[tuple[int, Fields]]) -> Iterator[tuple[IPAddress, About]]:
    for _, hop in hops:
        for known in hop.tried(hop.each, "responders", "responder", _about) or ():
            if known[1] is not None:
                yield known[0], known[1]


def _about(responder: Fields) -> tuple[IPAddress, About | None]:
    return responder.address("address"), about_in(responder)
