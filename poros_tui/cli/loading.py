"""What is loaded when: the less before the first paint, the sooner that comes.

A live session loads the screen while the name server thinks, and the engine after the first paint.
But an installation of root's own may be closed to the user that sudo makes us: then all that may be
needed is loaded before, for what is asked for later cannot be read any more.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Final

import poros_tui

if TYPE_CHECKING:
    from poros_tui.report.formats import Format

SCREEN: Final = ("poros_tui.tui.run_app",)
ENGINE: Final = (
    "poros_tui.fleet.fleet",
    "poros_tui.probe.connecting",
    "poros_tui.probe.shared_socket",
    "poros_tui.probe.udp_sockets",
)
REPORT: Final = ("poros_tui.cli.reports", "poros_tui.report.thresholds")
STREAMED: Final = ("poros_tui.cli.streaming",)
EVENTS: Final = ("poros_tui.model.chronicle",)
NAMES: Final = (
    "poros_tui.lookup.address_book",
    "poros_tui.lookup.system",
    "poros_tui.lookup.reverse_dns",
    "idna",
    "encodings.punycode",
)
NETWORKS: Final = (
    "poros_tui.lookup.address_book",
    "poros_tui.lookup.networks",
    "poros_tui.lookup.reverse_dns",
    "poros_tui.lookup.cymru",
)
EXCHANGES: Final = (
    "poros_tui.lookup.address_book",
    "poros_tui.lookup.exchanges",
    "poros_tui.lookup.exchange_table",
)
ASN_FILE: Final = ("poros_tui.lookup.asn_file", "maxminddb")
"""For a file of networks: 2.4 MB, which nobody has to pay who has none."""
PLACES: Final = ("poros_tui.lookup.address_book", "poros_tui.lookup.place_file", "maxminddb")
"""What a file with places needs."""

RECORDINGS: Final = (
    "poros_tui.record.members",
    "poros_tui.record.recording",
    "poros_tui.record.playback",
    "poros_tui.report.run",
)
"""To read one."""
RECORD: Final = ("poros_tui.record.keeping", "poros_tui.cli.report_files")

_LATE: Final = (
    *NAMES,
    "textual.drivers.headless_driver",
    "textual.layouts.factory",
    "textual.layouts.horizontal",
    "textual.layouts.stream",
    "textual.pilot",
    "textual.scrollbar",
)
"""Modules that Textual loads when it runs."""
_MAIN: Final = "__main__"


def report_modules(formats: Sequence[Format]) -> tuple[str, ...]:
    """What reports in these formats need."""
    streamed = STREAMED if any(one.is_streamed for one in formats) else ()
    return (*REPORT, *(f"poros_tui.report.{one.module}" for one in formats), *streamed)


def load(*names: str) -> None:
    """Import these modules."""
    for name in names:
        import_module(name)


def load_all() -> None:
    """Import everything that a live session may ask for."""
    from rich.cells import cell_len

    for module in pkgutil.walk_packages(poros_tui.__path__, f"{poros_tui.__name__}."):
        if not module.name.endswith(_MAIN) and module.name not in ASN_FILE:
            import_module(module.name)
    load(*_LATE)
    cell_len("\N{CJK UNIFIED IDEOGRAPH-4E00}")  # loads the widths of characters
