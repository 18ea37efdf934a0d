"""The names of the real internet: /etc/hosts, and DNS."""

from __future__ import annotations

from functools import partial

import trio

from poros_tui.config import NameConfig
from poros_tui.lookup.asking import Ask
from poros_tui.lookup.inquiry import Inquiry
from poros_tui.model.naming import Naming


def system_names(config: NameConfig, *, start_after_s: float) -> Inquiry[Naming]:
    """Asks as `config` says. Call in Trio."""
    return Inquiry(Naming, partial(_open, config), start_after_s=start_after_s)


async def _open(config: NameConfig) -> Ask[Naming]:
    # Beside the engine: reading a large /etc/hosts takes a while.
    return await trio.to_thread.run_sync(_load, config, abandon_on_cancel=True)


def _load(config: NameConfig) -> Ask[Naming]:
    from poros_tui.lookup.reverse_dns import load

    return load(config.server, confirms=config.confirms).ask
