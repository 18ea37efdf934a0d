"""Names of themes that are known without Textual, for which a report does not wait. Pure."""

from __future__ import annotations

from typing import Final

KNOWN_THEMES: Final = frozenset(
    (
        *("dark", "light", "plain", "colour-blind", "high-contrast"),
        *("textual-dark", "textual-light", "nord", "gruvbox", "dracula", "tokyo-night", "monokai"),
        *("flexoki", "catppuccin-latte", "catppuccin-frappe", "catppuccin-macchiato"),
        *("catppuccin-mocha", "solarized-light", "solarized-dark", "rose-pine", "rose-pine-moon"),
        *("rose-pine-dawn", "atom-one-dark", "atom-one-light"),
    )
)
"""Those of this program and of Textual 8.2; another version may have others (see `themes`)."""
