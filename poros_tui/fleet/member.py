"""One target of several: its path, its session, and what was told of it."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING

import trio

from poros_tui.collector import Attention
from poros_tui.engine.plan import Found, TracePlan
from poros_tui.errors import PorosError
from poros_tui.model.path import Path
from poros_tui.model.session import SessionControls
from poros_tui.model.targets import TargetSnapshot
from poros_tui.model.time_unit import TimeUnit
from poros_tui.model.verdict.statement import Statement
from poros_tui.model.verdict.telling import told

if TYPE_CHECKING:
    from poros_tui.model.keeping import Keeper


class Member:
    """One target, from when it was named."""

    def __init__(
        self,
        number: int,
        place: tuple[int, int],
        name: str,
        path: Path,
        *,
        is_added: bool,
    ) -> None:
        self.number = number
        self.place = place
        self.name = name
        self.is_added = is_added
        """While the others ran already."""
        self.scope = trio.CancelScope()
        self.found: Found | None = None
        self.plan: TracePlan | None = None
        self.keeper: Keeper | None = None
        self.refusal: PorosError | None = None
        self.path = path
        self.attention = Attention(is_there=False)
        self._controls: SessionControls | None = None
        self._waiting: list[Callable[[SessionControls], None]] = []
        self._said: tuple[Statement, ...] = ()
        self._said_of = -1
        """The generation whose verdict that is."""
        self.judged_version = -1
        self.judged_at_s = -inf
        self.told_status: object = None
        """What the front end has been hurried for."""
        self.told_version: object = None
        """What it has been told."""

    def take_controls(self, controls: SessionControls) -> None:
        """Its session begins."""
        self._controls = controls
        for command in self._waiting:
            command(controls)
        self._waiting.clear()

    def control(self, command: Callable[[SessionControls], None]) -> None:
        """Do something to its session, as soon as it has one."""
        if self._controls is not None:
            command(self._controls)
        else:
            self._waiting.append(command)

    @property
    def told(self) -> str:
        """Its address, and by which name it is traced."""
        assert self.found is not None
        address = str(self.found.address)
        return address if self.name == address else f"{address} ({self.name})"

    @property
    def fate(self) -> object:
        """Whether it is traced, or is not known yet, or why it can't be."""
        return self.plan is not None, self.refusal

    @property
    def is_in_first_trace(self) -> bool:
        """Whether it is known too little of it for one line."""
        if self.refusal is not None:
            return False
        status = self.path.status
        return status is None or status.stop is None

    def judge(self, now_s: float, unit: TimeUnit) -> bool:
        """Conclude anew what its figures mean, in this unit; whether there were any."""
        chronicle = self.plan.chronicle if self.plan is not None else None
        if chronicle is None or not self.path.has_status:
            return False
        self.judged_version, self.judged_at_s = self.path.version, now_s
        self._said_of = self.path.generation
        self._said = told(self.path.hops(), self.path.session(), chronicle, now_s, unit)
        return True

    def snapshot(self) -> TargetSnapshot:
        """What is to be seen of it in one line."""
        has_begun = self.path.has_status
        return TargetSnapshot(
            number=self.number,
            place=self.place,
            name=self.name,
            identity=self.plan.identity if self.plan is not None else None,
            problem=self.refusal.sentence if self.refusal is not None else "",
            advice=self.refusal.advice if self.refusal is not None else "",
            session=self.path.session() if has_begun else None,
            end=self.path.end_snapshot() if has_begun else None,
            said=self._said if self._said_of == self.path.generation else (),
            chronicle=self.plan.chronicle if self.plan is not None else None,
        )
