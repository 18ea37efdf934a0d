"""Which addresses are of internet exchanges, by a file of their prefixes: nobody is asked."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

import trio

from poros_tui.lookup.asking import Answer, Ask
from poros_tui.lookup.exchange_table import ExchangeFile, ExchangeTable
from poros_tui.lookup.inquiry import Inquiry
from poros_tui.model.clean import clean
from poros_tui.model.exchange import Exchange
from poros_tui.model.probe import IPAddress

NO_EXCHANGE: Final = Exchange(problem="of no exchange that is known")
_PATH_MAX: Final = 200


def file_exchanges(file: ExchangeFile, path: Path, *, start_after_s: float) -> Inquiry[Exchange]:
    """Looks into this file, which was at `path`. Call in Trio."""
    return Inquiry(Exchange, partial(_open, file, path), start_after_s=start_after_s)


async def _open(file: ExchangeFile, path: Path) -> Ask[Exchange]:
    # Beside the engine: thousands of prefixes are read.
    table = await trio.to_thread.run_sync(
        ExchangeTable, file, clean(str(path), _PATH_MAX), abandon_on_cancel=True
    )

    async def ask(address: IPAddress) -> Answer[Exchange]:
        return Answer(table.find(address) or NO_EXCHANGE, None)

    return ask
