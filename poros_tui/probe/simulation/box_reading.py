"""What the node of a scenario does to the packets it passes on, read from its table of TOML."""

from __future__ import annotations

from typing import Final

from poros_tui.probe.simulation.box import Box, Nat, Restore
from poros_tui.probe.simulation.table import Table
from poros_tui.probe.simulation.twin import ipv6_twin

MTU_MIN, MTU_MAX = 68, 65535
"""RFC 791 section 3.2."""
_DSCP_MAX: Final = 63
_ECN_MAX: Final = 3


def read_box(table: Table) -> Box:
    """The box at a hop; where the table says nothing, one that does nothing.

    Raises:
        ValueError: a wrong value; the key is named.
    """
    box = Box(
        nat=_read_nat(table.table("nat")),
        ttl_set=table.whole("ttl_set", 1, 255),
        ttl_keep=table.flag("ttl_keep", False),
        dscp=table.whole("dscp", 0, _DSCP_MAX),
        ecn=table.whole("ecn", 0, _ECN_MAX),
        mtu=table.whole("mtu", MTU_MIN, MTU_MAX),
        mtu_silent=table.flag("mtu_silent", False),
        mtu_untold=table.flag("mtu_untold", False),
    )
    if box.mtu is None and (box.mtu_silent or box.mtu_untold):
        raise table.complain("mtu", "say which one")
    return box


def _read_nat(table: Table | None) -> Nat | None:
    if table is None:
        return None
    source, destination = table.address("source"), table.address("destination")
    source6, destination6 = table.address6("source6"), table.address6("destination6")
    nat = Nat(
        source=source,
        source6=source6 or (ipv6_twin(source) if source else None),
        destination=destination,
        destination6=destination6 or (ipv6_twin(destination) if destination else None),
        port=table.flag("port", False),
        identifier=table.flag("identifier", False),
        identification=table.flag("identification", False),
        restore=_read_restore(table),
    )
    table.finish()
    return nat


def _read_restore(table: Table) -> Restore:
    if (is_restored := table.flag_or_text("restore")) is not None:
        return Restore.ADDRESSES if is_restored else Restore.NOTHING
    return table.choice("restore", Restore) or Restore.ADDRESSES
