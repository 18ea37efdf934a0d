"""The ladder: raw socket, ping socket, UDP error queue, ... Which rung this process may climb.

Two steps, because privileges end in between: raw sockets are opened before the destination is
known, then the process becomes the user (see `privilege`), then the rung is chosen.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Final

import msgspec

from poros_tui.errors import PorosError, UsageError
from poros_tui.model.probe import IPAddress, Protocol
from poros_tui.probe.destination_at import destination_at
from poros_tui.probe.family import FAMILIES, Destination, Family
from poros_tui.probe.first_link import FirstLink, first_link
from poros_tui.probe.outgoing import Outgoing
from poros_tui.probe.privilege import Privilege
from poros_tui.probe.refusals import (
    NO_SUCH_FAMILY,
    cannot_open,
    no_such_family,
    refuse_raw,
    shows_nothing,
    used_up,
)
from poros_tui.probe.refusing import refuse_impossible
from poros_tui.probe.rung import EarlySockets, MakeTransport, RawRung, UserRung, rungs_of
from poros_tui.probe.tap import Tap
from poros_tui.probe.transport import ProbeTransport

_NOT_PERMITTED: Final = frozenset({errno.EPERM, errno.EACCES})
_NO_USER_SOCKET: Final = _NOT_PERMITTED | {errno.EPROTONOSUPPORT}
_LAST_RESORT: Final = Protocol.UDP
"""Every user may send it."""
_RAW_ADVICE: Final = "run it with sudo; poros-tui doctor has the command that permits them for good"


OpenTap = Callable[[str, str], Tap]
"""Gives what is told of the packets of a transport, by its name and a description."""


class ChosenTransport(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The rung that was climbed."""

    make_transport: MakeTransport
    protocol: Protocol
    rung: str
    """Which kind of socket, in words."""
    privilege: str
    """`raw` or `user`."""
    rung_note: str
    """What this rung cannot do, one sentence; empty where it can do all."""
    keeps_flow: bool = True
    """Whether its probes can have one flow."""
    tap: Tap | None = None
    """Told of its packets; None: nobody is."""

    @cached_property
    def transport(self) -> ProbeTransport:
        """Made when it is first asked for, because it loads Trio: a fifth of the time to the
        first paint, which does not need it. The socket itself is open."""
        transport = self.make_transport()
        if self.tap is not None:
            transport.tap = self.tap
        return transport


class Candidates:
    """The sockets that may be needed; made by `open_candidates`."""

    def __init__(
        self,
        privilege: Privilege,
        protocol: Protocol | None,
        outgoing: Outgoing,
        *,
        opens_later: bool = False,
        open_tap: OpenTap | None = None,
    ) -> None:
        self._open_tap = open_tap
        self._outgoing = outgoing
        self._privilege = privilege
        self._protocol = protocol
        self._opens_later = opens_later
        self._early: dict[tuple[Protocol, int], list[EarlySockets]] = {}
        """Of those that were opened, the ones that are left."""
        self._kept: dict[tuple[Protocol, int, object], EarlySockets] = {}
        """Those that an owner has, of which its transports use copies."""
        self._refused: dict[int, PorosError] = {}
        """Why the way out that is wanted cannot be had, by IP version."""

    def open_early(self, protocols: Iterable[Protocol], counts: Mapping[int, int]) -> None:
        """Open what needs privileges, for as many targets as `counts` says by IP version.

        Raises:
            UsageError: raw sockets are demanded and not permitted, or an option cannot be had.
            CannotRun: no socket can be opened.
        """
        for protocol in protocols:
            rung = rungs_of(protocol).RAW
            for version in sorted(counts) if rung is not None else ():
                family = FAMILIES[version]
                for _ in range(counts[version]):
                    if rung is None or not self._open_early(protocol, rung, family):
                        self._opens_later = False
                        return
                    if (protocol, version) not in self._early:
                        break  # there are none
        if self._refused and not self._early:
            raise next(iter(self._refused.values()))

    def _open_early(self, protocol: Protocol, rung: RawRung, family: Family) -> bool:
        """Returns whether raw sockets are permitted at all."""
        try:
            sockets = rung.open_early(family, self._outgoing)
            self._early.setdefault((protocol, family.version), []).append(sockets)
        except PorosError as refusal:
            self._refused[family.version] = refusal  # the other version may do
        except OSError as error:
            if error.errno in NO_SUCH_FAMILY:
                return True
            if error.errno in _NOT_PERMITTED and self._privilege is Privilege.AUTO:
                return False
            self.close()
            if error.errno in _NOT_PERMITTED:
                raise UsageError(
                    "--privilege raw: raw sockets are not permitted to this user", _RAW_ADVICE
                ) from error
            raise cannot_open(rung.name, family, error) from error
        return True

    def transport_for(
        self,
        destination: IPAddress,
        zone: str = "",
        protocol: Protocol | None = None,
        outgoing: Outgoing | None = None,
        *,
        owner: object = None,
    ) -> ChosenTransport:
        """Choose the best permitted rung for `destination`. It can be asked again for another
        protocol, or for other probes, as long as this is not closed.

        Each `owner` (of those who trace side by side, several perhaps to one destination) has raw
        sockets of its own; of a protocol's only the transport that was made last hears anything.

        `outgoing` are probes of another size or to another port; None: as at the start. `zone` is
        the interface of a link-local IPv6 address, by name or index, else empty.
        `protocol` None: what was asked for when the candidates were opened.

        Raises:
            UsageError: the destination is no single host, or what is wanted of the way there
                cannot be had or is not permitted.
            CannotRun: the kernel lacks the IP version, no such zone, or no socket can be had.
        """
        resolved = destination_at(destination, zone)
        wanted = protocol or self._protocol
        outgoing = outgoing or self._outgoing
        refuse_impossible(outgoing, resolved, wanted)
        chosen = self._climb(resolved, wanted, outgoing, owner)
        if self._open_tap is None:
            return chosen
        name = f"{chosen.protocol.upper()}, {chosen.rung}"
        return msgspec.structs.replace(chosen, tap=self._open_tap(name, f"to {destination}"))

    def first_link(self, destination: IPAddress, zone: str = "") -> FirstLink | None:
        """The link that packets to `destination` leave through, None where that is not known."""
        wanted = self._outgoing
        resolved = destination_at(destination, zone)
        return first_link(resolved, source=wanted.source, interface=wanted.interface)

    def _climb(
        self,
        destination: Destination,
        protocol: Protocol | None,
        outgoing: Outgoing,
        owner: object,
    ) -> ChosenTransport:
        version = destination.family.version
        if version in self._refused:
            raise self._refused[version]
        wanted = protocol or Protocol.ICMP
        sockets = self._take(wanted, destination.family, owner)
        if sockets is not None:
            return self._climb_raw(destination, wanted, sockets, outgoing)
        is_used_up = (wanted, version) in self._early
        if self._privilege is Privilege.RAW:
            refuse_raw(wanted)
            raise used_up(wanted) if is_used_up else no_such_family(destination.family)
        rung = rungs_of(wanted).USER
        chosen = None
        if rung is not None:
            chosen = self._climb_user(destination, wanted, rung, outgoing)
        if chosen is not None:
            return _with_reason(chosen, used_up(wanted).sentence) if is_used_up else chosen
        if protocol is not None:
            if is_used_up:
                raise used_up(wanted)
            advice = rung.advice if rung is not None else _RAW_ADVICE
            raise UsageError(f"--{protocol} is not permitted to this user", advice)
        reason = "ICMP needs permission here (see --privilege)"
        if is_used_up:
            reason = used_up(wanted).sentence
        return self._climb_instead(destination, outgoing, reason)

    def _take(self, protocol: Protocol, family: Family, owner: object) -> EarlySockets | None:
        """Raw sockets for one transport, None where there are none."""
        key = protocol, family.version, owner
        if key not in self._kept:
            left = self._early.get((protocol, family.version))
            if left:
                self._kept[key] = left.pop()
        if key in self._kept:
            # What is refused now may be asked for again, and cannot be opened again.
            return self._kept[key].copy()
        rung = rungs_of(protocol).RAW if self._opens_later else None
        if rung is None:
            return None
        try:
            sockets: EarlySockets = rung.open_early(family, self._outgoing)
        except OSError as error:
            if error.errno in _NOT_PERMITTED and self._privilege is Privilege.AUTO:
                self._opens_later = False
                return None
            if error.errno in NO_SUCH_FAMILY:
                return None
            raise cannot_open(rung.name, family, error) from error
        return sockets

    def _climb_raw(
        self,
        destination: Destination,
        protocol: Protocol,
        sockets: EarlySockets,
        outgoing: Outgoing,
    ) -> ChosenTransport:
        rung = rungs_of(protocol).RAW
        assert rung is not None  # it opened them
        try:
            make_transport = rung.open(destination, outgoing, sockets)
        except PorosError:
            sockets.close()
            raise
        except OSError as error:
            sockets.close()
            raise cannot_open(rung.name, destination.family, error) from error
        return ChosenTransport(
            make_transport=make_transport,
            protocol=protocol,
            rung=rung.name,
            privilege="raw",
            rung_note=rung.note,
        )

    def _climb_user(
        self, destination: Destination, protocol: Protocol, rung: UserRung, outgoing: Outgoing
    ) -> ChosenTransport | None:
        """The rung without privileges, None where even that is not permitted."""
        if self._open_tap is not None and not rung.shows_packets:
            raise shows_nothing(protocol)
        try:
            make_transport = rung.open(destination, outgoing)
        except OSError as error:
            if error.errno in _NO_USER_SOCKET and protocol is not _LAST_RESORT:
                return None
            raise cannot_open(rung.name, destination.family, error) from error
        return ChosenTransport(
            make_transport=make_transport,
            protocol=protocol,
            rung=rung.name,
            privilege="user",
            rung_note=rung.note,
            keeps_flow=rung.keeps_flow,
        )

    def _climb_instead(
        self, destination: Destination, outgoing: Outgoing, reason: str
    ) -> ChosenTransport:
        """What needs no permission, for this reason."""
        rung = rungs_of(_LAST_RESORT).USER
        assert rung is not None
        chosen = self._climb_user(destination, _LAST_RESORT, rung, outgoing)
        assert chosen is not None  # it raises where this cannot be
        note = f"{reason}, so UDP: {rung.note}"
        return msgspec.structs.replace(chosen, rung_note=note)

    def refuse_hidden(self) -> None:
        """Refuse what a tap would see nothing of.

        Raises:
            UsageError: the only sockets for what was asked for at the start show no packets.
        """
        wanted = self._protocol or Protocol.ICMP
        rung = rungs_of(wanted).USER
        if self._open_tap is None or rung is None or rung.shows_packets or self._opens_later:
            return
        if not any(protocol is wanted for protocol, _ in self._early):
            self.close()
            raise shows_nothing(wanted)

    def close(self) -> None:
        """Close what is kept for another transport. May be called twice."""
        for left in self._early.values():
            for sockets in left:
                sockets.close()
            left.clear()
        for sockets in self._kept.values():
            sockets.close()
        self._kept.clear()


def open_candidates(
    privilege: Privilege,
    protocol: Protocol | None,
    families: Iterable[int] = (4, 6),
    outgoing: Outgoing | None = None,
    others: Iterable[Protocol] = (),
    *,
    counts: Mapping[int, int] | None = None,
    opens_later: bool = False,
    open_tap: OpenTap | None = None,
) -> Candidates:
    """Open what needs privileges, before they are dropped: raw sockets for each IP version.

    `protocol` None prefers ICMP and falls back to UDP, which needs no privilege. `others` are the
    protocols that may be asked for later. What needs no privilege is opened when the destination
    is known, as the user. An IP version that the kernel does not have is passed over here.

    `counts` says for how many targets of each IP version (instead of `families`, which stands for
    one each); with `opens_later` privileges stay, and more are opened when they are needed.
    `open_tap` gives each transport what is told of its packets; None: nobody is.

    Raises:
        UsageError: raw sockets are demanded for a protocol that has none, or are not permitted;
            or an option cannot be had.
        CannotRun: no socket can be opened.
    """
    wanted = protocol or Protocol.ICMP
    # Loaded before the process becomes a user who may not be able to read it.
    rungs_of(wanted)
    if protocol is None:
        rungs_of(_LAST_RESORT)
    if privilege is Privilege.RAW:
        refuse_raw(wanted)
    candidates = Candidates(
        privilege,
        protocol,
        outgoing or Outgoing(),
        opens_later=opens_later and privilege is not Privilege.USER,
        open_tap=open_tap,
    )
    if privilege is not Privilege.USER:
        if counts is None:
            counts = dict.fromkeys(families, 1)
        candidates.open_early(dict.fromkeys((wanted, *others)), counts)
    candidates.refuse_hidden()
    return candidates


def _with_reason(chosen: ChosenTransport, reason: str) -> ChosenTransport:
    """Why it is this one, before what it cannot do."""
    note = f"{reason}, so {chosen.rung}"
    note += f": {chosen.rung_note}" if chosen.rung_note else ""
    return msgspec.structs.replace(chosen, rung_note=note)
