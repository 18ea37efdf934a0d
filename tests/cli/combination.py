"""How a trace can be asked for: protocol, kind of socket, family, flow mode, and mode of the trace.

Not all go together. What the program refuses is told here with the words that it has for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Final

from poros_tui.model.probe import Mode, Protocol


class Rung(StrEnum):
    """Kinds of socket, by what they need."""

    RAW = "raw"
    USER = "user"


class FlowMode(StrEnum):
    """How alike the probes are, and in how many flows they go."""

    DEFAULT = "default"
    """One flow, which UDP leaves where an answer would else tell nothing."""
    PARIS = "paris"
    CLASSIC = "classic"
    DUBLIN = "dublin"
    FLOWS = "flows"
    DUBLIN_FLOWS = "dublin-flows"

    @property
    def arguments(self) -> tuple[str, ...]:
        """Of the command line."""
        return _FLOW_ARGUMENTS[self]


FLOWS: Final = 4
"""Side by side, where there are several."""
_SIDE_BY_SIDE: Final = ("--flows", str(FLOWS))
_FLOW_ARGUMENTS: Final[dict[FlowMode, tuple[str, ...]]] = {
    FlowMode.DEFAULT: (),
    FlowMode.PARIS: ("--multipath", "paris"),
    FlowMode.CLASSIC: ("--multipath", "classic"),
    FlowMode.DUBLIN: ("--multipath", "dublin"),
    FlowMode.FLOWS: _SIDE_BY_SIDE,
    FlowMode.DUBLIN_FLOWS: ("--multipath", "dublin", *_SIDE_BY_SIDE),
}
_NOT_DUBLIN: Final = (
    2, "--multipath dublin is for UDP probes; add --udp, or use --multipath paris"
)  # fmt: skip
_NOT_DUBLIN_4: Final = (
    2, "--multipath dublin is for IPv6 only; use --multipath paris, or -6"
)  # fmt: skip
_NOT_PARIS: Final = (
    2,
    "--multipath paris is not for TCP probes without raw sockets: each has a source port of its "
    "own; run it with sudo, or use --udp",
)
_NOT_FLOWS: Final = (
    2,
    "--flows is not for TCP probes without raw sockets: each is a flow of its own; "
    "run it with sudo, or use --icmp or --udp",
)


@dataclass(frozen=True, slots=True)
class Combination:
    """All of it but the mode of the trace."""

    protocol: Protocol
    rung: Rung
    family: int
    flow_mode: FlowMode

    def __str__(self) -> str:
        return f"{self.protocol} {self.rung} v{self.family} {self.flow_mode}"

    @property
    def arguments(self) -> tuple[str, ...]:
        """Of the command line."""
        return (f"--{self.protocol}", "--privilege", self.rung.value, *self.flow_mode.arguments)

    @property
    def refusal(self) -> tuple[int, str] | None:
        """Exit code and sentence of the program where it has no such combination."""
        is_dublin = self.flow_mode in (FlowMode.DUBLIN, FlowMode.DUBLIN_FLOWS)
        if is_dublin and self.protocol is not Protocol.UDP:
            return _NOT_DUBLIN
        if is_dublin and self.family == 4:
            return _NOT_DUBLIN_4
        if not self._connects:
            return None
        return {FlowMode.PARIS: _NOT_PARIS, FlowMode.FLOWS: _NOT_FLOWS}.get(self.flow_mode)

    @property
    def _connects(self) -> bool:
        return self.protocol is Protocol.TCP and self.rung is Rung.USER

    @property
    def keeps_flow(self) -> bool:
        """Whether all probes, or those of a flow, are one flow to load balancers."""
        return self.flow_mode is not FlowMode.CLASSIC and not self._connects

    @property
    def compares_flows(self) -> bool:
        """Whether there are several, side by side."""
        return self.flow_mode in (FlowMode.FLOWS, FlowMode.DUBLIN_FLOWS)

    @property
    def needs_payload(self) -> bool:
        """Whether only its payload tells a probe. By default UDP asks again from another port."""
        is_free = self.flow_mode in (FlowMode.DEFAULT, FlowMode.CLASSIC)
        return self.protocol is Protocol.UDP and not is_free

    @property
    def can_choose_size(self) -> bool:
        """The kernel makes the SYNs of connections."""
        return not self._connects


_ALL: Final = [Combination(*each) for each in product(Protocol, Rung, (4, 6), FlowMode)]
COMBINATIONS: Final = [each for each in _ALL if each.refusal is None]
REFUSED: Final = [each for each in _ALL if each.refusal is not None]
TRACES: Final = [(each, mode) for each in COMBINATIONS for mode in Mode]
"""In every mode."""
