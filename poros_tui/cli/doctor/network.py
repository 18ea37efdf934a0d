"""How packets leave this machine, and who or what knows hops. Asks the kernel; sends nothing."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from poros_tui.cli.doctor.check import Check, Part, State
from poros_tui.cli.doctor.commands import as_root
from poros_tui.cli.doctor.ipv6 import SwitchedOff, links, off_on_some, switched_off
from poros_tui.cli.usual_files import NETWORK_FILES, PLACE_FILES, usual_file
from poros_tui.model.clean import clean
from poros_tui.model.probe import IPAddress
from poros_tui.probe.family import Destination
from poros_tui.probe.first_link import FirstLink, first_link

FAR_AWAY: Final = {4: ip_address("192.0.2.1"), 6: ip_address("2001:db8::1")}
"""For documentation (RFC 5737, RFC 3849): wherever the default route leads, nothing is sent."""
_TUNNEL_TYPES: Final = {"65534": "a tunnel", "512": "a tunnel (PPP)", "778": "a tunnel (GRE)"}
"""ARPHRD numbers (linux/if_arp.h) of interfaces that are no link of their own."""
_PATH_MAX: Final = 120
_ANY_PORT: Final = 9


def network(versions: Sequence[int], root: Path = Path("/"), names: Iterable[Check] = ()) -> Part:
    """`root` is where the system's files are, `names` what is known of name servers."""
    ways = {version: first_link(Destination(FAR_AWAY[version])) for version in versions}
    checks = [*_ways(ways, root), *names, *_networks(root), *_places(root)]
    return Part(title="How packets leave it", checks=tuple(checks))


def _ways(ways: dict[int, FirstLink | None], root: Path) -> Iterator[Check]:
    has_any = any(way is not None for way in ways.values())
    for version, way in ways.items():
        if way is not None:
            yield _through(way, f"IPv{version}", root)
            continue
        state = State.LESS if has_any else State.BAD
        if version == 6 and (off := switched_off(links(root), root)) is not None:
            yield Check(state=state, words=f"IPv6 {off.words}", remedy=off.remedy)
            continue
        add = as_root(f"ip -{version} route add default via GATEWAY")
        yield Check(
            state=state,
            words=f"IPv{version}: there is no default route",
            remedy=f"ip -{version} route lists the routes; connect, or add one with {add}",
        )


def way_to(address: IPAddress, zone: str = "", root: Path = Path("/")) -> Check:
    """How packets to this address leave, where it has a zone through that interface."""
    zone_index = socket.if_nametoindex(zone) if zone else 0
    way = first_link(Destination(address, zone_index))
    if address.version == 6 and (off := _ipv6_off(address, zone, way, root)) is not None:
        return Check(
            state=State.BAD,
            words=f"packets to {address} can't leave: IPv6 {off.words}",
            remedy=off.remedy,
        )
    if way is None:
        if address.version == 6 and (off := off_on_some(root)) is not None:
            return Check(
                state=State.BAD,
                words=f"IPv6 {off.words}, and elsewhere there is no route to {address}",
                remedy=f"{off.remedy}, if the way leads there; else ip route get {address} says "
                "why",
            )
        return Check(
            state=State.BAD,
            words=f"there is no route to {address}",
            remedy=f"ip route get {address} says why",
        )
    return _through(way, f"packets to {address}", root)


def _ipv6_off(
    address: IPAddress, zone: str, way: FirstLink | None, root: Path
) -> SwitchedOff | None:
    """Where it is off on every way that there could be."""
    if address.is_loopback:
        return switched_off(["lo"], root)
    if zone or way is not None:
        return switched_off([zone or (way.interface if way is not None else "")], root)
    return switched_off(links(root), root)


def is_on_link(address: IPAddress) -> bool | None:
    """Whether it is a neighbour, with no gateway before it; None where that is not known. Nothing
    is sent: a UDP socket that is connected only asks for the route."""
    if address.version != 4:
        return None  # over IPv6 the kernel does not heed the option
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.setsockopt(socket.SOL_SOCKET, socket.SO_DONTROUTE, 1)
            asking.connect((str(address), _ANY_PORT))
    except OSError as error:
        return False if error.errno == errno.ENETUNREACH else None
    return True


def _through(way: FirstLink, what: str, root: Path) -> Check:
    words = f"{what} leave through {way.interface}, MTU {way.mtu}"
    if what.startswith("IPv"):
        words = f"{what} leaves through {way.interface}, MTU {way.mtu}"
    tunnel = tunnel_kind(way.interface, root)
    if tunnel is None:
        return Check(state=State.GOOD, words=words)
    return Check(
        state=State.LESS,
        words=f"{words}: {tunnel}, whose own path is not seen",
        remedy="poros-tui -i INTERFACE HOST traces beside it, through an interface of `ip link`",
    )


def tunnel_kind(interface: str, root: Path = Path("/")) -> str | None:
    """What kind of tunnel an interface is; None where it is none."""
    place = root / "sys/class/net" / interface
    try:
        if "DEVTYPE=wireguard" in (place / "uevent").read_text().split():
            return "a tunnel (WireGuard)"
        return _TUNNEL_TYPES.get((place / "type").read_text().strip())
    except (OSError, ValueError):
        return None


def _networks(root: Path) -> Iterator[Check]:
    """Of the file of networks in a usual place; nothing where there is none."""
    path = usual_file(NETWORK_FILES, root)
    if path is None:
        return
    from poros_tui.lookup.asn_file import AsnFile
    from poros_tui.lookup.maxmind_file import NotADatabase

    shown = clean(str(path), _PATH_MAX)
    try:
        AsnFile(path)
    except NotADatabase as error:
        yield Check(
            state=State.LESS,
            words=f"networks of the hops are not looked up in {shown}: {error}",
            remedy="let it be written anew, or take it away",
        )
    else:
        yield Check(state=State.GOOD, words=f"networks of the hops are looked up in {shown}")


def _places(root: Path) -> Iterator[Check]:
    """The same of places."""
    path = usual_file(PLACE_FILES, root)
    if path is None:
        return
    from poros_tui.lookup.maxmind_file import NotADatabase
    from poros_tui.lookup.place_file import PlaceFile

    shown = clean(str(path), _PATH_MAX)
    try:
        has_places = PlaceFile(path).has_places()
    except NotADatabase as error:
        problem = str(error)
    else:
        problem = "" if has_places else "it has no places"
    if problem:
        yield Check(
            state=State.LESS,
            words=f"places of the hops are not looked up in {shown}: {problem}",
            remedy="let it be written anew, or take it away",
        )
    else:
        yield Check(state=State.GOOD, words=f"places of the hops are looked up in {shown}")
