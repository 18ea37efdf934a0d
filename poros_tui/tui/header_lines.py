"""The lines above the table: what is traced, how it goes end to end, and how it is done. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from poros_tui.model.clean import clean
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.path_mtu import MtuMethod, PathMtu
from poros_tui.model.probe import Mode, Protocol
from poros_tui.model.send_trouble import SendTrouble
from poros_tui.model.session import SessionSnapshot, SessionState, TraceIdentity
from poros_tui.model.stop import StopKind, StopReason
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.formatting import (
    ELLIPSIS,
    elapsed,
    interval,
    percent,
    plural,
    rate,
    short_time,
)
from poros_tui.tui.rows import loss_role
from poros_tui.tui.spans import Line, Role, Span, both_ends, fitted, line_width, pieces_that_fit
from poros_tui.tui.verdict import SIGNS, Verdict
from poros_tui.tui.view import TraceView

PROGRAM: Final = "poros-tui"
_TARGET_MAX: Final = 253
"""The longest name of DNS (RFC 1035 section 3.1)."""
_REASON_MAX: Final = 120
_BAR_WIDTH: Final = 24

_STATES: Final = {
    SessionState.STARTING: ("○ starting", Role.DIM),
    SessionState.RUNNING: ("● running", Role.GOOD),
    SessionState.PAUSED: (" ‖ PAUSED ", Role.BADGE),
    SessionState.FINISHED: ("■ finished", Role.STRONG),
}


ReplayWords = Callable[[], tuple[str, str]]
"""What of a file is shown now, as a badge and in words."""


class Clockwork(msgspec.Struct, frozen=True, kw_only=True):
    """What only the screen's own clock knows."""

    elapsed_s: float = 0.0
    rate_pps: float | None = None
    """Packets sent a second, of the last seconds; None while there is nothing to count."""
    is_frozen: bool = False
    """The picture stands still, while probing goes on."""
    silent_s: float | None = None
    """How long nothing has answered that should have; None while something does."""
    replay: tuple[str, str] | None = None
    """What of a file is shown, as a badge and in words; None for a session that goes on."""


def header_lines(
    identity: TraceIdentity,
    view: TraceView,
    clockwork: Clockwork,
    width: int,
    unit: TimeUnit = TimeUnit.MS,
) -> list[Line]:
    """Three lines of exactly `width` cells, round trips in `unit`."""
    room = max(0, width - 2)
    lines = (
        _title_line(identity, view.session, room, clockwork),
        _path_line(identity, view, clockwork, room, unit),
        _method_line(identity, view.session, clockwork, room),
    )
    return [fitted([(" ", Role.TEXT), *_cut(line, room)], width) for line in lines]


def _cut(line: Line, width: int) -> Line:
    """The line, or as much of it as fits and a sign that there is more: half an address is one
    too."""
    if line_width(line) <= width:
        return line
    return [*fitted(line, width - 1), (ELLIPSIS, Role.DIM)] if width > 0 else []


def _title_line(
    identity: TraceIdentity, session: SessionSnapshot | None, width: int, clockwork: Clockwork
) -> Line:
    target = clean(identity.target, _TARGET_MAX)
    destination = str(identity.destination)
    if identity.destination_zone:
        destination += "%" + clean(identity.destination_zone, 32)
    program: Line = [(PROGRAM, Role.ACCENT), ("  ", Role.TEXT)]
    name: Line = [(target, Role.STRONG)]
    resolved: Line = []
    if target != destination and not identity.destination.is_unspecified:
        resolved = [(" → ", Role.FAINT), (destination, Role.TEXT)]
    state = session.status.state if session else SessionState.STARTING
    right: Line = [_STATES[state]]
    if clockwork.replay:
        badge, words = clockwork.replay
        right = [(f" {badge} ", Role.BADGE), (" ", Role.TEXT), (words, Role.STRONG)]
    if clockwork.is_frozen:
        right = [(" FROZEN ", Role.BADGE), (" ", Role.TEXT), *right]
    if identity.is_simulation and not clockwork.replay:
        right = [(" SIMULATION ", Role.BADGE), (" ", Role.TEXT), *right]
    room = width - line_width(right) - 2
    # What is traced may be cut; that it is paused or only simulated may not.
    choices = ([*program, *name, *resolved], [*name, *resolved], [*program, *name])
    left = next((line for line in choices if line_width(line) <= room), _cut(name, room))
    return both_ends(left, right, width)


def _path_line(
    identity: TraceIdentity, view: TraceView, clockwork: Clockwork, width: int, unit: TimeUnit
) -> Line:
    session = view.session
    if session is None:
        return [("opening sockets", Role.DIM)]
    pieces: list[tuple[int, Line]] = []
    if session.problem is not None:
        pieces.append((0, [(f"! {_what_to_do(session.problem)}", Role.BAD)]))
    stop = session.status.stop
    if view.is_first_trace and session.status.state is not SessionState.PAUSED:
        pieces.append((1, _progress(session, width)))
    elif session.problem is None or stop is None or stop.kind is not StopKind.FAILED:
        # A trace that failed says no more than what to do.
        outcome = _outcome(identity, view, session, unit)
        if clockwork.silent_s is not None:
            pieces.append((0, _silence(clockwork.silent_s)))
            if not identity.is_simulation:
                pieces.append((1, [("poros-tui doctor says what may be in the way", Role.DIM)]))
            # Where the destination was reached matters less than that it no longer is.
            outcome = [(rank + 1, piece) for rank, piece in outcome]
        pieces.extend(outcome)
    return pieces_that_fit(pieces, width)


def _what_to_do(problem: str) -> str:
    """Where nothing can be sent. The verdict in the line below says why."""
    return SendTrouble.of(problem).advice or "probes do not leave this machine"


def _silence(seconds: float) -> Line:
    duration = f"{seconds:.0f} s" if seconds < 60 else elapsed(seconds)
    return [(f"! no answer for {duration}", Role.BAD)]


def _progress(session: SessionSnapshot, width: int) -> Line:
    bar_width = min(_BAR_WIDTH, max(0, width - 40))
    share = session.decided / session.sent if session.sent else 0.0
    full = min(bar_width, int(share * bar_width))
    line: Line = [("tracing ", Role.TEXT)]
    if bar_width:
        line.append(("━" * full, Role.ACCENT))
        line.append(("─" * (bar_width - full) + " ", Role.FAINT))
    line.append((f"{session.decided} of {plural(session.sent, 'probe')} decided", Role.TEXT))
    return line


def _outcome(
    identity: TraceIdentity, view: TraceView, session: SessionSnapshot, unit: TimeUnit
) -> list[tuple[int, Line]]:
    destination = view.destination
    stop = session.status.stop
    if destination is not None:
        pieces: list[tuple[int, Line]] = [(0, _end_to_end(destination))]
        last_s, mean_s = destination.rtt.last_s, destination.rtt.mean_s
        if last_s is not None:
            pieces.append((1, [(f"last {short_time(last_s, unit)} {unit.sign}", Role.TEXT)]))
        if mean_s is not None:
            pieces.append((3, [(f"average {short_time(mean_s, unit)} {unit.sign}", Role.DIM)]))
        if stop is not None and stop.kind is not StopKind.REACHED:
            return [*pieces, (2, _stop_words(stop))]
        return [*pieces, (2, [(f"reached at hop {destination.ttl}", Role.DIM)])]
    farthest = view.farthest_answer
    if farthest is None and any(hop.lost for hop in view.hops()):
        return [(0, _nothing_answers(identity, stop))]
    so_far = "destination not reached yet"
    if session.may_go_on:
        so_far = "not known whether the destination was reached"
    pieces = [(0, _stop_words(stop) if stop else [(so_far, Role.WARN)])]
    if farthest is not None and not session.may_go_on:
        last = short_time(farthest.rtt.last_s, unit)
        pieces.append((2, [(f"last answer: hop {farthest.ttl}, {last} {unit.sign}", Role.DIM)]))
    return pieces


def _end_to_end(destination: HopSnapshot) -> Line:
    decided = destination.lost + destination.received
    if decided == 0:
        return [("end to end: nothing decided yet", Role.DIM)]
    verdict = Verdict.END if destination.lost else Verdict.NONE
    role = loss_role(destination, verdict) if destination.lost else Role.GOOD
    figure = f"{SIGNS[verdict]} {percent(destination.loss_ratio)} %".lstrip()
    return [("end to end ", Role.TEXT), (figure, role), (f" of {decided} lost", Role.TEXT)]


def _stop_words(stop: StopReason) -> Line:
    words = clean(stop.words(), _REASON_MAX)
    is_trouble = stop.kind in (StopKind.UNREACHABLE, StopKind.FAILED)
    return [(f"! {words}", Role.BAD)] if is_trouble else [(words, Role.WARN)]


def _nothing_answers(identity: TraceIdentity, stop: StopReason | None) -> Line:
    if stop is not None and stop.kind in (StopKind.UNREACHABLE, StopKind.FAILED):
        return _stop_words(stop)
    dropped = identity.protocol.upper()
    others = " or ".join(other[0].upper() for other in Protocol if other is not identity.protocol)
    words = f"nothing answers: a firewall may drop {dropped}; try another (keys {others})"
    return [(words, Role.WARN)]


def _method_line(
    identity: TraceIdentity,
    session: SessionSnapshot | None,
    clockwork: Clockwork,
    width: int,
) -> Line:
    rung = clean(identity.rung, 40)
    if identity.measured_by:
        return [(clean(identity.measured_by, 120), Role.DIM)]
    protocol: Line = [(identity.protocol.upper(), Role.DIM)]
    if session is None:
        return pieces_that_fit([(0, protocol), (1, [(rung, Role.DIM)])], width)
    status = session.status
    pieces: list[tuple[int, Line]] = [
        (1, protocol),
        (3, [(rung, Role.DIM)]),
        (0, [_mode(status.mode)]),
        (4, [(f"every {interval(status.interval_s)}", Role.DIM)]),
        (2, [(f"round {status.round + 1}", Role.DIM)]),
        (2, [(elapsed(clockwork.elapsed_s), Role.DIM)]),
    ]
    if identity.outgoing_words:
        pieces.append((5, [(clean(identity.outgoing_words, 80), Role.DIM)]))
    if clockwork.rate_pps is not None:
        pieces.append((6, [(f"{rate(clockwork.rate_pps)} packets/s", Role.DIM)]))
    if session.path_mtu is not None:
        pieces.append((2, [_path_mtu(session.path_mtu)]))
    elif session.told_mtu is not None:
        told = session.told_mtu
        pieces.append((2, [(f"link MTU {told.mtu} after hop {told.hop}", Role.WARN)]))
    if session.send_errors:
        pieces.append((2, [(f"{session.send_errors} not sent", Role.WARN)]))
    if strays := session.foreign + session.malformed:
        pieces.append((6, [(f"{plural(strays, 'stray packet')} ignored", Role.DIM)]))
    return pieces_that_fit(pieces, width)


def _path_mtu(found: PathMtu) -> Span:
    if not found.is_exact or found.mtu is None:
        return ("path MTU not found" if found.is_over else "path MTU …"), Role.DIM
    if found.method is MtuMethod.LIMIT:
        return f"path MTU {found.mtu} or more", Role.DIM
    if found.method is MtuMethod.INTERFACE:
        return f"path MTU {found.mtu}", Role.DIM
    where = f" after hop {found.hop}" if found.hop else ""
    return f"path MTU {found.mtu}{where}", Role.WARN


def _mode(mode: Mode) -> tuple[str, Role]:
    return mode.value, Role.DIM if mode is Mode.CONCURRENT else Role.ACCENT
