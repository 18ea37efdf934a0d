"""A graph of all paths with what others know of its interfaces."""

from __future__ import annotations

from ipaddress import IPv4Network, ip_address
from typing import Final

import msgspec

from poros_tui.model.about import About
from poros_tui.model.exchange import Exchange
from poros_tui.model.naming import Naming
from poros_tui.model.network import Network
from poros_tui.model.probe import IPAddress
from poros_tui.report.run import FinishedRun

BRANCH: Final = ip_address("10.0.2.2")
"""An interface that a trace of one flow may not meet."""
ABOUT: Final[dict[IPAddress, About]] = {
    BRANCH: About(
        naming=Naming(name="branch.example"),
        network=Network(
            asn=64500, name="EXAMPLE", prefix=IPv4Network("10.0.2.0/24"), source="a file"
        ),
        exchange=Exchange(name="Example IX", source="a file"),
    )
}


def with_names(run: FinishedRun) -> FinishedRun:
    session = msgspec.structs.replace(run.path.session, graph_about=ABOUT)
    return msgspec.structs.replace(run, path=msgspec.structs.replace(run.path, session=session))
