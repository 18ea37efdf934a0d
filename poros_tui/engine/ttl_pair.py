"""Two TTLs in a row, and the links between their interfaces. Pure."""

from __future__ import annotations

from typing import Final

from poros_tui.engine.flow_table import View
from poros_tui.model.multipath import Interface


class TtlPair:
    """Two TTLs in a row. Only where flows tell of links, between them there are any."""

    def __init__(
        self, before: View | None, view: View | None, ttl: int, zones: set[int], dead: list[int]
    ) -> None:
        self.before = before
        self.view = view
        self.ttl = ttl
        """Of `view`, also where nothing is known there yet."""
        self.dead = frozenset(dead)
        """Flows that end between the two."""
        self.is_by_flow = ttl not in zones and (before is None or before.ttl not in zones)

    def links(self) -> dict[tuple[Interface, Interface], list[int]]:
        """Who leads to whom, and which flows show it."""
        return links_between(self.before, self.view)

    @property
    def is_wide(self) -> bool:
        """Whether there are several interfaces at both."""
        return min(view.width if view is not None else 0 for view in (self.before, self.view)) > 1

    def branches(self) -> bool:
        """Whether ways part between the two."""
        return self.branchings() > 0

    def branchings(self) -> int:
        """How many interfaces have several next ones."""
        if self.view is None:
            return 0
        if self.before is None or not self.is_by_flow:
            return int(self.view.width > 1)
        nears = [near for near, _ in self.links()]
        return sum(nears.count(near) > 1 for near in set(nears))

    def _degrees(self, side: int) -> list[int]:
        ends = [link[side] for link in self.links()]
        return [ends.count(end) for end in dict.fromkeys(ends)]

    def is_meshed(self) -> bool:
        """Whether an interface of the wider side has several neighbours."""
        assert self.before is not None
        assert self.view is not None
        near, far = len(self.before.open_interfaces()), self.view.width
        ahead, back = max(self._degrees(0), default=0), max(self._degrees(1), default=0)
        return (near >= far and ahead > 1) or (far >= near and back > 1)

    def is_asymmetric(self) -> bool:
        """Whether the interfaces of a side have neighbours in different number."""
        return len(set(self._degrees(0))) > 1 or len(set(self._degrees(1))) > 1


def links_between(
    before: View | None, view: View | None
) -> dict[tuple[Interface, Interface], list[int]]:
    """Who leads to whom, and which flows show it. A single interface leads to all."""
    links: dict[tuple[Interface, Interface], list[int]] = {}
    if before is None or view is None:
        return links
    alone = before.interfaces[0] if before.width == 1 else None
    for flow, far in sorted(view.met.items()):
        if before.width == 1:
            links.setdefault((alone, far), []).append(flow)
        elif (near := before.met.get(flow, _NOBODY)) is not _NOBODY:
            assert not isinstance(near, _Nobody)
            links.setdefault((near, far), []).append(flow)
    return links


class _Nobody:
    """The flow was not asked there; None is somebody silent."""


_NOBODY: Final = _Nobody()
