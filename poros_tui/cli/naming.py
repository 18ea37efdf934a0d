"""Who is asked for the names of the hops. Loads nothing before the engine runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from poros_tui.cli.options import Options

if TYPE_CHECKING:
    from poros_tui.lookup.name_service import NameService
    from poros_tui.trace import OpenNames

START_AFTER_S: Final = 0.3
"""Names of a live session are asked for so long after the first answer: the processor is needed for
the first trace and its many paints."""


def names_opener(options: Options) -> OpenNames:
    """As the options say."""
    config = options.name_config

    def open_names() -> NameService | None:
        if config is None:
            return None
        from poros_tui.lookup.system import system_names

        return system_names(config, start_after_s=START_AFTER_S if options.is_live else 0.0)

    return open_names
