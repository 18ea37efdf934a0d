"""The programs that are compared, as commands of the lab."""

from __future__ import annotations

import sys
from typing import Final

PEERS: Final = ("traceroute", "mtr", "ping")
POROS: Final = (sys.executable, "-m", "poros_tui")
LIVE: Final = (*POROS, "-n", "{destination}")
"""Without names, as its peers."""
NAMED: Final = (*POROS, "{destination}")
MTR_LIVE: Final = ("mtr", "-n", "-i", "1", "{destination}")
QUERIES: Final = 3


def poros_json(*options: str) -> tuple[str, ...]:
    """One trace with 3 queries, as JSON."""
    return (*POROS, "-n", "--json", "-q", str(QUERIES), *options, "{destination}")


def traceroute(*options: str) -> tuple[str, ...]:
    """One trace with 3 queries by ICMP echo."""
    return ("traceroute", "-n", "-I", "-q", str(QUERIES), *options, "{destination}")


def mtr_report(*options: str) -> tuple[str, ...]:
    """As many rounds as there are queries."""
    return ("mtr", "-n", "-r", "-c", str(QUERIES), *options, "{destination}")
