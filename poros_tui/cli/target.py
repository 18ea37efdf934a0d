"""What the user typed as a target: a name, an address, a URL or host:port. No look-ups."""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Final
from urllib.parse import urlsplit

import idna
import msgspec

from poros_tui.cli.subcommands import WORDS
from poros_tui.errors import UsageError
from poros_tui.model.clean import clean
from poros_tui.model.probe import IPAddress

NAME_MAX: Final = 253
"""Characters of a domain name (RFC 1035 section 2.3.4, without the root's dot)."""
LABEL_MAX: Final = 63
TEXT_MAX: Final = 4096
"""Characters of a pasted URL that are looked at."""
_SHOWN_MAX: Final = 80
"""Characters of what is wrong that a sentence repeats."""
_HOST_PORT: Final = re.compile(r"(?P<host>[^:\[\]]+):(?P<port>[0-9]{1,5})")
_BRACKETED: Final = re.compile(r"\[(?P<host>[^\[\]]*:[^\[\]]*)\](:(?P<port>[0-9]{1,5}))?")
_NAME: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?")
_NUMBER: Final = r"(0[xX][0-9A-Fa-f]*|[0-9]+)"
_NUMBERS: Final = re.compile(rf"{_NUMBER}(\.{_NUMBER}){{0,3}}")
_ENDS_IN_NUMBER: Final = re.compile(rf"(.*\.)?{_NUMBER}\.?")
_ZONE: Final = re.compile(r"[!-.0-~]{1,15}")
"""An interface on Linux: no blank, no slash, and shorter than IFNAMSIZ (16)."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A host to trace, as far as the command line tells."""

    text: str
    """For the screen: what is traced, cleaned."""
    host: str
    """For the resolver: a name in ASCII, or an address without its zone."""
    zone: str = ""
    """Interface of a link-local address, such as `eth0`."""
    address: IPAddress | None = None
    """None where it is a name."""
    notes: tuple[str, ...] = ()
    """How something unusual was understood, one sentence each."""


def parse_target(typed: str) -> Target:
    """Understand a target.

    Raises:
        UsageError: it can't be the name or address of one host.
    """
    text = typed.strip()
    if len(text) > TEXT_MAX:
        raise UsageError(f"the target has {len(text)} characters", f"a name has at most {NAME_MAX}")
    host, notes = _host_of(text)
    shown = clean(host, NAME_MAX)
    if not shown:
        raise UsageError("the target is empty", "give a host name or an address")
    name, percent, zone = host.partition("%")
    address = _address_of(name)
    if address is None and not percent:
        name = _ascii_name(host)
        address = _address_of(name)
        if address is None and _ENDS_IN_NUMBER.fullmatch(name):
            address = _address_of_numbers(name, shown)
    if address is None:
        if percent or not _is_possible(name):
            raise _not_a_name(name, shown)
        if name.removesuffix(".") in WORDS:
            # With its dot neither /etc/hosts nor a search domain has it.
            name = name.removesuffix(".")
        return Target(text=shown, host=name, notes=notes)
    if (mapped := mapped_address(address)) is not None:
        notes = (*notes, f"tracing {mapped}, the IPv4 address inside {shown}")
        address = mapped
    elif address.version == 4 and str(address) != shown:
        notes = (*notes, f"tracing {address}, which {shown} stands for")
    refuse_impossible(address, zone)
    return Target(text=shown, host=str(address), zone=zone, address=address, notes=notes)


def _host_of(text: str) -> tuple[str, tuple[str, ...]]:
    """The host in a URL or host:port, and what was left out."""
    if "://" in text or text.startswith("//"):
        try:
            host = urlsplit(text).hostname or ""
        except ValueError:
            host = ""
        if not host:
            raise UsageError(
                f"no host in {clean(text, _SHOWN_MAX)!r}",
                "give a host name, an address or a whole URL",
            )
        # A zone in a URL is written %25eth0 (RFC 6874).
        host = host.replace("%25", "%", 1)
        return host, (f"tracing {clean(host, NAME_MAX)}, the host of the URL",)
    bare = re.split("[/?#]", text, maxsplit=1)[0]
    rest = clean(text[len(bare) :], _SHOWN_MAX)
    notes = (f"tracing {clean(bare, NAME_MAX)}, without the {rest} after it",) * bool(rest)
    user, _, without_user = bare.rpartition("@")
    if user and without_user:  # as for ssh
        bare = without_user
        notes = (f"tracing {clean(bare, NAME_MAX)}, without the user name before it",)
    for pattern in (_BRACKETED, _HOST_PORT):
        if (match := pattern.fullmatch(bare)) is not None:
            if match["port"]:
                host = clean(match["host"], NAME_MAX)
                notes = (f"tracing {host}: port {match['port']} is not used",)
            return match["host"], notes
    return bare, notes


def _address_of(text: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _address_of_numbers(name: str, shown: str) -> IPAddress:
    """What `127.1`, `0x7f.1` or `2130706433` have always meant to inet_aton(3). A name cannot end
    in a number (RFC 1123 section 2.1), so that nothing of the kind is looked up."""
    try:
        if _NUMBERS.fullmatch(name) is not None:
            return ipaddress.IPv4Address(socket.inet_aton(name))
    except OSError:
        pass
    raise UsageError(
        f"{clean(shown, _SHOWN_MAX)!r} is no IPv4 address", "it has four numbers from 0 to 255"
    )


def mapped_address(address: IPAddress) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address such as ::ffff:10.0.0.1 stands for: the kernel would
    send IPv4 packets to it (RFC 4291 section 2.5.5.2). None where it stands for itself."""
    return address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None


def refuse_impossible(address: IPAddress, zone: str) -> None:
    """Let pass what can be the address of one host.

    Raises:
        UsageError: this cannot.
    """
    if address.is_multicast or address == ipaddress.IPv4Address("255.255.255.255"):
        raise UsageError(
            f"{address} is the address of many hosts", "give that of one: a path has one end"
        )
    if address.is_unspecified:
        raise UsageError(f"{address} is no host's address", "give the address of one")
    is_local = address.version == 6 and address.is_link_local
    if is_local and not zone:
        raise UsageError(
            f"{address} is link-local and exists on every interface",
            f"say on which, such as {address}%eth0",
        )
    if zone and not is_local:
        raise UsageError(
            f"{address} takes no zone, it is not a link-local IPv6 address",
            f"leave out %{clean(zone, _SHOWN_MAX)}",
        )
    if zone and _ZONE.fullmatch(zone) is None:
        raise UsageError(
            f"{clean(zone, _SHOWN_MAX)!r} can't be the name of an interface",
            "`ip link` lists them",
        )


def _ascii_name(host: str) -> str:
    """The name as the DNS has it (IDNA 2008, UTS 46 mapping: RFC 5891); unchanged where it has no
    such form."""
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except UnicodeError:
        return host


def _is_possible(name: str) -> bool:
    stem = name.removesuffix(".")
    return (
        _NAME.fullmatch(name) is not None
        and len(stem) <= NAME_MAX
        and all(0 < len(label) <= LABEL_MAX for label in stem.split("."))
    )


def _not_a_name(name: str, shown: str) -> UsageError:
    quoted = repr(clean(shown, _SHOWN_MAX))
    stem = name.removesuffix(".")
    if len(stem) > NAME_MAX:
        return UsageError(f"{quoted} is too long", f"a name has at most {NAME_MAX} characters")
    if any(len(label) > LABEL_MAX for label in stem.split(".")):
        return UsageError(
            f"{quoted} is too long between two dots", f"at most {LABEL_MAX} characters fit there"
        )
    return UsageError(f"{quoted} can't be the name of a host", "check how it is spelt")
