"""How packets leave this machine, and who or what knows hops. Asks the kernel; sends nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from poros_tui.cli.doctor.check import Check, Part, State
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
        yield Check(
            state=State.LESS if has_any else State.BAD,
            words=f"IPv{version}: there is no default route",
            remedy=f"ip -{version} route lists the routes; connect, or add one with "
            f"sudo ip -{version} route add default via GATEWAY",
        )


def way_to(address: IPAddress, zone_index: int = 0, root: Path = Path("/")) -> Check:
    """How packets to this address leave."""
    way = first_link(Destination(address, zone_index))
    if way is None:
        return Check(
            state=State.BAD,
            words=f"there is no route to {address}",
            remedy=f"ip route get {address} says why",
        )
    return _through(way, f"packets to {address}", root)


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
