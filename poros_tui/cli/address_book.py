"""Who is asked for what about the hops. Loads nothing before the engine runs, but for a file that
the user named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from poros_tui.cli.exchanges import ExchangeSource
from poros_tui.cli.networks import NetworkSources
from poros_tui.cli.options import Options
from poros_tui.cli.output import tell
from poros_tui.cli.places import PlaceSource

if TYPE_CHECKING:
    from poros_tui.lookup.address_book import AddressBook
    from poros_tui.lookup.asking import Complain
    from poros_tui.once import OpenBook

START_AFTER_S: Final = 0.3
"""Hops of a live session are asked for so long after the first answer: the processor is needed for
the first trace and its many paints."""


def book_opener(
    options: Options,
    networks: NetworkSources,
    exchanges: ExchangeSource,
    places: PlaceSource,
) -> OpenBook:
    """As the options say, and with what was found for networks, exchanges and places."""
    names = options.name_config
    has_none = names is None and networks.config is None
    has_none = has_none and exchanges.file is None and places.path is None

    def open_book() -> AddressBook | None:
        if has_none:
            return None
        from poros_tui.lookup.address_book import AddressBook

        start_after_s = START_AFTER_S if options.is_live else 0.0
        naming = network = exchange = None
        if names is not None:
            from poros_tui.lookup.system import system_names

            naming = system_names(names, start_after_s=start_after_s)
        if networks.config is not None:
            from poros_tui.lookup.networks import system_networks

            network = system_networks(
                networks.config,
                networks.file,
                start_after_s=start_after_s,
                complain=_complaining(options, "networks"),
            )
        if exchanges.file is not None and exchanges.path is not None:
            from poros_tui.lookup.exchanges import file_exchanges

            exchange = file_exchanges(exchanges.file, exchanges.path, start_after_s=start_after_s)
        return AddressBook(
            naming=naming,
            network=network,
            exchange=exchange,
            place=places.inquiry(start_after_s, _complaining(options, "places")),
            hidden_hops=options.private_hops,
        )

    return open_book


def _complaining(options: Options, what: str) -> Complain:
    """Says once what is wrong with a file, where there is no screen whose panels say it."""
    told = set[str]()

    def complain(problem: str) -> None:
        if not options.is_live and problem not in told:
            told.add(problem)
            tell(f"{problem}, {what} of hops are missing; get a new copy of the file")

    return complain
