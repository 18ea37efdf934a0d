"""The paths of several flows side by side. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Final

from poros_tui.model.flow import flow_numbers
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.probe import IPAddress

COLUMNS_MAX: Final = 4
"""Paths that stand side by side: the rest stands below."""
_SILENT: Final = "no reply"

FlowPath = tuple[IPAddress | None, ...]


def paths_of_flows(hops: Sequence[HopSnapshot]) -> dict[int, FlowPath]:
    """Who answered each flow last at each hop, None where nobody did; by the number of the flow.
    Empty where there is only one."""
    numbers = sorted({flow.flow for hop in hops for flow in hop.flows})
    by_hop = [{flow.flow: flow.responder for flow in hop.flows} for hop in hops]
    return {number: tuple(met.get(number) for met in by_hop) for number in numbers}


def flow_lines(hops: Sequence[HopSnapshot]) -> list[str]:
    """A column for each path that some flow takes, with the numbers of these flows above it."""
    paths = paths_of_flows(hops)
    if not paths:
        return []
    taken = _taken(paths)
    lines = [
        f"{len(paths)} flows took {len(taken)} {'path' if len(taken) == 1 else 'different paths'}:"
    ]
    columns = iter(taken)
    while block := list(islice(columns, COLUMNS_MAX)):
        lines += _block(hops, block)
    return lines


def _taken(paths: dict[int, FlowPath]) -> list[tuple[FlowPath, list[int]]]:
    """The different paths with the flows that take them. Silence makes no path another: where one
    flow was not answered, whoever answered the others stands for it."""
    taken: list[tuple[FlowPath, list[int]]] = []
    for number, path in paths.items():
        for place, (known, flows) in enumerate(taken):
            if all(a is None or b is None or a == b for a, b in zip(known, path, strict=True)):
                both = tuple(b if a is None else a for a, b in zip(known, path, strict=True))
                taken[place] = both, [*flows, number]
                break
        else:
            taken.append((path, [number]))
    return taken


def _block(hops: Sequence[HopSnapshot], block: list[tuple[FlowPath, list[int]]]) -> list[str]:
    rows = [["Hop", *(flow_numbers(flows) for _, flows in block)]]
    rows += [
        [str(hop.ttl), *(_SILENT if path[at] is None else str(path[at]) for path, _ in block)]
        for at, hop in enumerate(hops)
    ]
    first, *widths = (max(map(len, column)) for column in zip(*rows, strict=True))
    return [
        "  ".join([row[0].rjust(first), *map(str.ljust, row[1:], widths)]).rstrip() for row in rows
    ]
