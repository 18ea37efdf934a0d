"""Several targets at once: their sessions in one nursery, in one thread, under one rate limit.

Each has a session, a path and a chronicle of its own. What they share is the token bucket and the
turnstile (`engine.session.Sharing`), so that none of them can hold another up: one whose name is
still asked for, that cannot send, or that never answers, has its tasks waiting and nothing else.

Nobody can look at 64 tables at once. The path of the one target that is looked at is published as
it changes; of the others, once a second, what fits into one line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Final

import trio

from poros_tui.config import SessionConfig
from poros_tui.engine.plan import Entrant, Found
from poros_tui.engine.session import Sharing
from poros_tui.errors import CannotRun, PorosError, UsageError
from poros_tui.fleet.member import Member
from poros_tui.model.about import NOTHING_KNOWN
from poros_tui.model.session import PathSnapshot, PathUpdate, SessionControls, SessionStatus
from poros_tui.model.targets import TARGETS_MAX, Front, TargetSnapshot
from poros_tui.model.time_unit import TimeUnit
from poros_tui.trace import Company, live_path, run_live

if TYPE_CHECKING:
    from poros_tui.lookup.address_book import AddressBook
    from poros_tui.model.probe import IPAddress
    from poros_tui.record.keeping import Keeping

SHOW_INTERVAL_S: Final = 1.0
"""From one look at all targets to the next: a line for each needs not be newer."""
FIRST_TRACES_SHOW_INTERVAL_S: Final = 0.25
"""The same while a first trace is under way, which is over too soon for that."""
HURRY_PAUSE_S: Final = 0.05
"""What comes together in this time, such as the first words of all sessions, is told together."""
VERDICTS_PER_S: Final = 4
"""Of all targets together: one takes 2 to 7 ms. Of more than so many each has to wait its turn."""


class Fleet:
    """Targets that come and go while it runs. Its methods are `FleetControls`."""

    def __init__(
        self,
        config: SessionConfig,
        front: Front,
        enter: Callable[[str], Entrant],
        book: AddressBook | None = None,
        keeping: Keeping | None = None,
    ) -> None:
        """`enter` understands what a user types as a target; raises UsageError. `book` has what
        others know of who answers; None: nobody is asked. `keeping` keeps all in a file."""
        self._keeping = keeping
        self._config = config
        self._front = front
        self._enter = enter
        self._book = book
        self._sharing = Sharing.under(config)
        self._members: dict[int, Member] = {}
        self._numbers = count()
        self._names = 0
        self._has_traced = False
        self._hurry = trio.Event()
        self._verdicts_left: float = VERDICTS_PER_S
        self._judged_at_s = 0.0
        self._unit = TimeUnit.MS

    async def run(self, entrants: Sequence[Entrant], on_ready: Callable[[Fleet], None]) -> None:
        """Trace until cancelled. `on_ready` is called once, before anything is sent.

        The first of the `entrants` has number 0, the next 1, ...

        Raises:
            PorosError: none of them can be traced.
        """
        async with trio.open_nursery() as self._nursery:
            if self._book is not None:
                self._nursery.start_soon(self._book.run, self._learn_of)
            if self._keeping is not None:
                self._nursery.start_soon(self._keeping.run, self._say)
            for entrant in entrants:
                self._admit(entrant, is_added=False)
            on_ready(self)
            await self._show_all()

    # --- controls: called by the front end, in the engine's thread ------------------------------

    def add(self, typed: str) -> None:
        """Trace one more, or all addresses of a name if that is wanted."""
        try:
            self._refuse_too_many()
            entrant = self._enter(typed)
        except PorosError as refusal:
            self._front.drop_target(next(self._numbers), str(refusal))
        else:
            self._admit(entrant, is_added=True)

    def remove(self, number: int) -> None:
        """Trace it no longer."""
        member = self._members.pop(number, None)
        if member is not None:
            if member.keeper is not None:
                member.keeper.end()
            member.scope.cancel()
            self._front.drop_target(number, "")

    def look_at(self, number: int | None) -> None:
        """Tell every change of this target from now on; None: of no target."""
        for member in self._members.values():
            is_it = member.number == number
            member.attention.turn(is_there=is_it)
            if is_it and member.path.has_status:
                self._front.show_path(member.number, member.path.take_update())

    def tell_in(self, unit: TimeUnit) -> None:
        """Tell round trips of verdicts in this unit from now on."""
        if unit is not self._unit:
            self._unit = unit
            for member in self._members.values():
                member.judged_version = -1

    def control(self, number: int, command: Callable[[SessionControls], None]) -> None:
        """Do something to the session of one target, or, where it has none yet, as soon as it
        has."""
        member = self._members.get(number)
        if member is not None:
            member.control(command)

    def known_paths(self) -> Mapping[int, PathSnapshot]:
        """All that is known of those whose session has begun, by their numbers."""
        return {
            member.number: PathSnapshot(hops=member.path.hops(), session=member.path.session())
            for member in self._members.values()
            if member.path.has_status
        }

    # --- how a target comes in ------------------------------------------------------------------

    def _admit(self, entrant: Entrant, *, is_added: bool) -> None:
        member = self._new_member((self._names, 0), entrant.name, is_added=is_added)
        self._names += 1
        self._nursery.start_soon(self._look_for, member, entrant)

    def _new_member(self, place: tuple[int, int], name: str, *, is_added: bool) -> Member:
        known = self._book.known if self._book is not None else NOTHING_KNOWN
        path = live_path(self._config, known)
        member = Member(next(self._numbers), place, name, path, is_added=is_added)
        self._members[member.number] = member
        self._hurry.set()
        return member

    async def _look_for(self, member: Member, entrant: Entrant) -> None:
        with member.scope:
            try:
                first, *others = self._new_among(await entrant.find())
            except PorosError as refusal:
                self._refuse(member, refusal)
                return
            for place, found in enumerate(others, 1):
                try:
                    self._refuse_too_many()
                except UsageError as refusal:
                    self._front.drop_target(next(self._numbers), f"{found.name}: {refusal}")
                    break
                where = member.place[0], place
                other = self._new_member(where, found.name, is_added=member.is_added)
                other.found = found
                self._nursery.start_soon(self._trace_in_scope, other, found)
            await self._trace(member, first)

    def _new_among(self, found: Sequence[Found]) -> list[Found]:
        """Those that are not traced yet.

        Raises:
            _TracedAlready: all of them are.
        """
        traced = {
            member.found.key: member
            for member in self._members.values()
            if member.found is not None and member.refusal is None
        }
        new = [each for each in found if each.key not in traced]
        if not new:
            raise _TracedAlready(f"{found[0].name} is {traced[found[0].key].told}, traced already")
        return new

    def _refuse_too_many(self) -> None:
        if len(self._members) >= TARGETS_MAX:
            raise UsageError(
                f"{TARGETS_MAX} targets are traced, more cannot be", "remove some of them"
            )

    def _refuse(self, member: Member, refusal: PorosError) -> None:
        """This one cannot be traced. It shows why; one that the user has just added goes again."""
        if member.is_added or isinstance(refusal, _TracedAlready):
            del self._members[member.number]
            self._front.drop_target(member.number, str(refusal))
        else:
            member.refusal = refusal
            self._hurry.set()
        if not self._has_traced and all(other.refusal for other in self._members.values()):
            self._give_up()

    def _give_up(self) -> None:
        refusals = [member.refusal for member in self._members.values() if member.refusal]
        if len(refusals) == 1:
            raise refusals[0]
        first = refusals[0]
        raise CannotRun(
            f"none of the {len(refusals)} targets can be traced; the first: {first.sentence}",
            first.advice,
        )

    async def _trace_in_scope(self, member: Member, found: Found) -> None:
        with member.scope:
            await self._trace(member, found)

    async def _trace(self, member: Member, found: Found) -> None:
        member.name, member.found = found.name, found
        try:
            plan = member.plan = found.open()
        except PorosError as refusal:
            self._refuse(member, refusal)
            return
        self._has_traced = True
        self._hurry.set()
        if self._keeping is not None and plan.chronicle is not None:
            member.keeper = self._keeping.keeper(
                number=member.number,
                place=member.place,
                name=member.name,
                identity=plan.identity,
                config=plan.config,
                path=member.path,
                chronicle=plan.chronicle,
            )
        company = Company(
            sharing=self._sharing,
            path=member.path,
            attention=member.attention,
            on_status=partial(self._note, member),
            on_responder=self._book.see if self._book is not None else None,
            keeper=member.keeper,
        )
        await run_live(
            plan.config,
            plan.open_transport,
            partial(self._publish, member),
            member.take_controls,
            plan.open_way,
            plan.mtu_plan(),
            plan.way,
            plan.neighbour_plan(),
            plan.chronicle,
            company,
        )

    # --- what is told ---------------------------------------------------------------------------

    def _publish(self, member: Member, update: PathUpdate) -> None:
        self._front.show_path(member.number, update)

    def _say(self, sentence: str) -> None:
        """Of no target."""
        self._front.drop_target(next(self._numbers), sentence)

    def _learn_of(self, address: IPAddress) -> None:
        """Tell of this address where it is looked at, also where the session is over."""
        if self._keeping is not None and self._book is not None:
            self._keeping.learn(address, self._book.known[address])
        for member in self._members.values():
            if (
                member.path.learn_of(address)
                and member.attention.is_there
                and member.path.has_status
            ):
                self._publish(member, member.path.take_update())

    def _note(self, member: Member, status: SessionStatus) -> None:
        """Tell soon what is more than the next round."""
        what = status.state, status.mode, status.generation, status.stop is None, status.refusal
        if what != member.told_status:
            member.told_status = what
            self._hurry.set()

    async def _show_all(self) -> None:
        while True:
            self._hurry = trio.Event()
            snapshots = tuple(self._news())
            if snapshots:
                self._front.show_targets(snapshots)
            if len(self._members) < 2:
                await self._hurry.wait()
            else:
                is_first = any(member.is_in_first_trace for member in self._members.values())
                with trio.move_on_after(
                    FIRST_TRACES_SHOW_INTERVAL_S if is_first else SHOW_INTERVAL_S
                ):
                    await self._hurry.wait()
            if self._hurry.is_set():
                await trio.sleep(HURRY_PAUSE_S)

    def _news(self) -> Iterator[TargetSnapshot]:
        """The targets of which there is something new to see."""
        is_alone = len(self._members) == 1
        if not is_alone:
            self._judge_some()
        for member in self._members.values():
            # Who is alone is looked at, and needs no line.
            version = member.fate if is_alone else (member.fate, member.path.version)
            if version != member.told_version:
                member.told_version = version
                yield member.snapshot()

    def _judge_some(self) -> None:
        """Conclude anew what their figures mean, for as many as there is time for: those first for
        whom that was done longest ago."""
        now_s = trio.current_time()
        earned = (now_s - self._judged_at_s) * VERDICTS_PER_S
        self._verdicts_left = min(VERDICTS_PER_S, self._verdicts_left + earned)
        self._judged_at_s = now_s
        for member in sorted(self._members.values(), key=lambda member: member.judged_at_s):
            if self._verdicts_left < 1:
                break
            if member.path.version != member.judged_version:
                self._verdicts_left -= member.judge(now_s, self._unit)
                member.told_version = None


class _TracedAlready(CannotRun):
    """Another name for a target that there is."""
