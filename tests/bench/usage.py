"""What a process and its children use, read from /proc while they run."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
_MEBI: Final = 1024


def family_of(process_id: int) -> list[int]:
    """The process and all its descendants."""
    family = [process_id]
    for member in family:  # grows while it is walked
        with suppress(OSError):
            for task in Path(f"/proc/{member}/task").iterdir():
                family += map(int, (task / "children").read_text().split())
    return family


def cpu_s(process_id: int) -> float:
    """Seconds of processor time that the family has used."""
    ticks = 0
    for member in family_of(process_id):
        with suppress(OSError):
            # The name may hold anything but ends with the last parenthesis.
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS_PER_S


@dataclass(frozen=True, slots=True)
class Memory:
    """Of a family of processes, in MiB."""

    proportional: float
    """PSS: shared pages divided by the number of processes that share them."""
    resident: float


def memory_of(process_id: int) -> Memory:
    """The memory of a process and its descendants."""
    sums = {"Pss": 0, "Rss": 0}
    for member in family_of(process_id):
        with suppress(OSError):
            for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines():
                name, _, rest = line.partition(":")
                if name in sums:
                    sums[name] += int(rest.split()[0])
    return Memory(sums["Pss"] / _MEBI, sums["Rss"] / _MEBI)


@dataclass(frozen=True, slots=True)
class Processors:
    """The whole machine's processor time, in ticks, since it was started."""

    busy: int
    total: int

    def busy_share_since(self, earlier: Processors) -> float:
        """0 to 1 of all cores."""
        return (self.busy - earlier.busy) / max(1, self.total - earlier.total)


def read_processors() -> Processors:
    """What all cores have done until now."""
    with Path("/proc/stat").open() as lines:
        ticks = [int(word) for word in lines.readline().split()[1:9]]
    idle = ticks[3] + ticks[4]
    return Processors(sum(ticks) - idle, sum(ticks))
