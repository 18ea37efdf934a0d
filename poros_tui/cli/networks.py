"""Where the networks of the hops are looked up: a file that the user named, or one in a usual
place, and with --asn Team Cymru's DNS zones."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from poros_tui.cli.dns_server import DNS_PORT
from poros_tui.cli.options import Options
from poros_tui.cli.usual_files import NETWORK_FILES, usual_file
from poros_tui.config import NetworkConfig
from poros_tui.errors import UsageError
from poros_tui.model.clean import clean

if TYPE_CHECKING:
    from poros_tui.lookup.asn_file import AsnFile

_SHOWN_MAX: Final = 120


class NetworkSources(msgspec.Struct, frozen=True, kw_only=True):
    """What was found."""

    config: NetworkConfig | None = None
    """None: networks are looked up nowhere."""
    file: AsnFile | None = None
    """That of the config, where it is open already."""
    notes: tuple[str, ...] = ()
    """What the user is to know before anything is asked, each a sentence."""


def network_sources(options: Options, root: Path = Path("/")) -> NetworkSources:
    """Look for them, as the user: call after privileges were dropped. `root` is where the system's
    files are.

    Raises:
        UsageError: --asn-db is no file of networks.
    """
    file, notes = None, list[str]()
    if options.asn_db is not None:
        path: Path | None = Path(options.asn_db).expanduser()
    else:
        path = usual_file(NETWORK_FILES, root)
    if options.asn_db is not None and path is not None:
        file = _opened(path)
    elif path is not None and not os.access(path, os.R_OK):
        notes.append(f"{path} can't be read, networks are not looked up in it")
        path = None
    if options.asn:
        notes.append(_cymru_note(options, root))
    if path is None and not options.asn:
        return NetworkSources(notes=tuple(notes))
    config = NetworkConfig(file=path, asks_cymru=options.asn, server=options.server)
    return NetworkSources(config=config, file=file, notes=tuple(notes))


def _opened(path: Path) -> AsnFile:
    from poros_tui.lookup.asn_file import AsnFile
    from poros_tui.lookup.maxmind_file import NotADatabase

    shown = clean(str(path), _SHOWN_MAX)
    advice = "give a file of networks in MaxMind's format, such as GeoLite2-ASN.mmdb"
    try:
        file = AsnFile(path)
        has_networks = file.has_networks()
    except NotADatabase as error:
        raise UsageError(f"--asn-db {shown}: {error}", advice) from None
    if not has_networks:
        raise UsageError(f"--asn-db {shown}: it has no networks", advice)
    return file


def _cymru_note(options: Options, root: Path) -> str:
    from poros_tui.lookup.reverse_dns import RESOLV, system_servers

    if options.server is not None:
        address, port = options.server
        bracketed = f"[{address}]" if ":" in address else address
        servers = [address if port == DNS_PORT else f"{bracketed}:{port}"]
    else:
        servers = system_servers(root / RESOLV.relative_to("/"))
    if not servers:
        return (
            "--asn has no name server to ask: write one to /etc/resolv.conf, or give --dns-server"
        )
    through = clean(", ".join(servers), _SHOWN_MAX)
    return f"addresses of the hops are sent to Team Cymru's DNS zones through {through} (--asn)"
