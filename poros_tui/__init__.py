"""poros-tui: a live path tracer for the terminal that asks every hop at once."""

__version__ = "0.1.0"
