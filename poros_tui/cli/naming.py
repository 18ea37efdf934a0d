"""Who is asked for what about the hops. Loads nothing before the engine runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from poros_tui.cli.options import Options

if TYPE_CHECKING:
    from poros_tui.lookup.address_book import AddressBook
    from poros_tui.trace import OpenBook

START_AFTER_S: Final = 0.3
"""Hops of a live session are asked for so long after the first answer: the processor is needed for
the first trace and its many paints."""


def book_opener(options: Options) -> OpenBook:
    """As the options say."""
    config = options.name_config

    def open_book() -> AddressBook | None:
        if config is None:
            return None
        from poros_tui.lookup.address_book import AddressBook
        from poros_tui.lookup.system import system_names

        start_after_s = START_AFTER_S if options.is_live else 0.0
        return AddressBook(naming=system_names(config, start_after_s=start_after_s))

    return open_book
