"""What each kind of socket can do here: a probe of each to this machine itself, over loopback, by
the same engine that traces."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address
from typing import Final

import msgspec
import trio

from poros_tui.cli.doctor.check import Check, Part, State
from poros_tui.cli.doctor.commands import as_root, sysctl
from poros_tui.cli.doctor.firewall import Firewall
from poros_tui.cli.doctor.ipv6 import SwitchedOff, switched_off
from poros_tui.cli.doctor.machine import has_net_raw, is_loopback_up, python_path
from poros_tui.cli.doctor.traffic import Traffic
from poros_tui.config import SessionConfig
from poros_tui.errors import PorosError
from poros_tui.model.probe import IPAddress, Protocol, RttSource
from poros_tui.model.send_trouble import SendTrouble
from poros_tui.once import FinishedTrace, run_once
from poros_tui.probe.open import Candidates, ChosenTransport, open_candidates
from poros_tui.probe.outgoing import Outgoing
from poros_tui.probe.privilege import Privilege, keeps_privileges

LOOPBACK: Final = {4: ip_address("127.0.0.1"), 6: ip_address("::1")}
_CONFIG: Final = SessionConfig(max_hops=1, rounds=1, queries=1, timeout_s=1.0)
_SILENT: Final = "nothing comes back from this machine itself"
_KINDS: Final = {Privilege.RAW: "raw sockets", Privilege.USER: "without privilege"}


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one."""

    protocol: Protocol
    privilege: Privilege
    version: int
    refusal: PorosError | None = None
    """Why there is no such socket."""
    problem: str = ""
    """Why the probe did not leave; empty where it did."""
    is_answered: bool = False
    source: RttSource | None = None
    """Whose clocks stamped it."""


class Bench:
    """The sockets that are tried. Open it before privileges are dropped."""

    def __init__(self, versions: Sequence[int]) -> None:
        self.versions = versions
        self._of: dict[Privilege, Candidates] = {}
        self._refusals: dict[Privilege, PorosError] = {}
        for privilege in _KINDS:
            try:
                self._of[privilege] = open_candidates(
                    privilege, Protocol.ICMP, versions, others=Protocol
                )
            except PorosError as refusal:
                self._refusals[privilege] = refusal

    def transport_for(
        self,
        address: IPAddress,
        protocol: Protocol,
        privilege: Privilege,
        zone: str = "",
        outgoing: Outgoing | None = None,
    ) -> ChosenTransport:
        """One of this kind.

        Raises:
            PorosError: there is none.
        """
        if privilege in self._refusals:
            raise self._refusals[privilege]
        return self._of[privilege].transport_for(address, zone, protocol, outgoing)

    def best_for(
        self, address: IPAddress, protocol: Protocol, zone: str, outgoing: Outgoing
    ) -> ChosenTransport | None:
        """The best that is permitted; None where none is."""
        for privilege in _KINDS:
            try:
                return self.transport_for(address, protocol, privilege, zone, outgoing)
            except PorosError:
                continue
        return None

    def close(self) -> None:
        """Close what was opened before."""
        for candidates in self._of.values():
            candidates.close()


def try_all(bench: Bench) -> list[Tried]:
    """One probe of each kind to loopback."""
    return [
        _try(bench, protocol, privilege, version)
        for protocol in Protocol
        for privilege in _KINDS
        for version in bench.versions
    ]


def _try(bench: Bench, protocol: Protocol, privilege: Privilege, version: int) -> Tried:
    tried = Tried(protocol=protocol, privilege=privilege, version=version)
    try:
        chosen = bench.transport_for(LOOPBACK[version], protocol, privilege)
    except PorosError as refusal:
        return msgspec.structs.replace(tried, refusal=refusal)
    finished: FinishedTrace = trio.run(run_once, _CONFIG, lambda: chosen.transport)
    session = finished.path.session
    sources = [source for hop in finished.path.hops for source, _ in hop.rtt_sources]
    return msgspec.structs.replace(
        tried,
        problem=session.problem or "",
        is_answered=session.distance is not None,
        source=sources[0] if sources else None,
    )


def permissions(tried: Iterable[Tried], firewall: Firewall) -> Part:
    """What may be used, what each can do, and how to get what may not."""
    return Part(title="What this machine permits", checks=tuple(_checks(list(tried), firewall)))


def _checks(tried: list[Tried], firewall: Firewall) -> Iterator[Check]:
    for protocol in Protocol:
        for privilege, kind in _KINDS.items():
            asked = protocol, privilege
            of_kind = [one for one in tried if (one.protocol, one.privilege) == asked]
            name = f"{protocol.upper():<4} {kind}"
            able = [one for one in of_kind if one.refusal is None]
            if not able:
                yield _not_permitted(name, protocol, privilege, of_kind)
                continue
            yield _works(name, of_kind, firewall)


def _not_permitted(
    name: str, protocol: Protocol, privilege: Privilege, of_kind: list[Tried]
) -> Check:
    if privilege is Privilege.RAW:
        remedy = _raw_remedy()
    elif protocol is Protocol.ICMP:
        remedy = sysctl("net.ipv4.ping_group_range", "'0 2147483647'")
    else:
        remedy = ""
    refusal = next(one.refusal for one in of_kind if one.refusal is not None)
    words = f"{name}: not permitted" if remedy else f"{name}: {refusal.sentence}"
    return Check(state=State.LESS, words=words, remedy=remedy)


def _raw_remedy() -> str:
    if not keeps_privileges(os.environ):
        setcap = as_root(f"setcap cap_net_raw+ep {python_path()}")
        return f"{as_root('poros-tui HOST')}, or: {setcap}"
    if has_net_raw(which=b"CapBnd"):
        return "root is confined here, as in a user namespace: run it as root outside of it"
    return (
        "root has not got CAP_NET_RAW here: start the container with --cap-add=NET_RAW, or the "
        "service with CapabilityBoundingSet=CAP_NET_RAW"
    )


def _works(name: str, of_kind: list[Tried], firewall: Firewall) -> Check:
    good = [one for one in of_kind if one.is_answered]
    silent = [one for one in of_kind if not one.is_answered]
    off = switched_off(["lo"])
    versions = " ".join(f"IPv{one.version}" for one in good)
    if not silent:
        return Check(state=State.GOOD, words=f"{name}: {versions}, {_clocks(good)}")
    by_reason: dict[str, list[Tried]] = {}
    for one in silent:
        by_reason.setdefault(_reason(one, off), []).append(one)
    reasons = [
        f"{' '.join(f'IPv{one.version}' for one in those)}: {reason}"
        for reason, those in by_reason.items()
    ]
    is_only_ipv6_off = bool(good) and all(
        one.version == 6 and (off is not None or _is_of_network(one)) for one in silent
    )
    return Check(
        state=State.LESS if is_only_ipv6_off else State.BAD,
        words=f"{name}: {'; '.join(reasons)}" + (f"; {versions} works" if good else ""),
        remedy=_remedy(silent, firewall, off),
    )


def _reason(one: Tried, off: SwitchedOff | None) -> str:
    """Why it does not work."""
    if one.version == 6 and off is not None:
        return f"it {off.words}"
    return one.problem or (one.refusal.sentence if one.refusal is not None else _SILENT)


def _is_of_network(one: Tried) -> bool:
    return SendTrouble.of(one.problem) is SendTrouble.NETWORK


def _remedy(silent: list[Tried], firewall: Firewall, off: SwitchedOff | None) -> str:
    """What lets probes reach this machine itself."""
    if not is_loopback_up():
        return as_root("ip link set lo up")
    others = [one for one in silent if one.version != 6 or off is None]
    remedies = [off.remedy] if off is not None and len(others) < len(silent) else []
    for one in others:
        if one.refusal is not None:
            remedies.append(one.refusal.advice)
        elif _is_of_network(one):
            remedies.append(f"ip route get {LOOPBACK[one.version]} says why")
    dropped = [one for one in others if one.refusal is None and not _is_of_network(one)]
    if dropped:
        remedies.append(firewall.remedy([one for each in dropped for one in _traffics(each)]))
    return "; ".join(filter(None, dict.fromkeys(remedies)))


def _traffics(one: Tried) -> Iterator[Traffic]:
    """What this one needs of a firewall: both ways, and what answers UDP is ICMP."""
    answer = Protocol.ICMP if one.protocol is Protocol.UDP else one.protocol
    hooks = ("output",) if one.problem else ("input", "output")
    for protocol in dict.fromkeys((answer, one.protocol)) if not one.problem else (one.protocol,):
        for hook in hooks:
            yield Traffic(protocol=protocol, version=one.version, hook=hook, is_loopback=True)


def _clocks(good: list[Tried]) -> str:
    match good[0].source:
        case RttSource.KERNEL_KERNEL:
            return "time stamps of the kernel at both ends"
        case RttSource.TCP_INFO:
            return "the kernel's own measure of round trips"
        case RttSource.USER_KERNEL:
            return "the kernel's time stamps of what comes, the program's of what leaves"
        case _:
            return "time stamps of the program alone"
