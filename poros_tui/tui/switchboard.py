"""Which target is looked at: one screen for each that was, an overview, and the way between them.

The engine tells every change of the one that is, and
of the others once a second what fits into one line; so what is not seen costs nothing here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from textual.app import App

from poros_tui.errors import PorosError
from poros_tui.model.clean import clean
from poros_tui.model.probe import Protocol
from poros_tui.model.targets import TARGETS_MAX, FleetControls, TargetSnapshot
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.awaited import Awaited
from poros_tui.tui.bridge import EngineBridge, Mail
from poros_tui.tui.conductor import Start
from poros_tui.tui.made_screens import MadeScreens
from poros_tui.tui.open_question import OpenQuestion
from poros_tui.tui.palette import Palette
from poros_tui.tui.roster import Entry, Roster
from poros_tui.tui.screens.trace import TraceScreen
from poros_tui.tui.settings import Settings
from poros_tui.tui.spans import Line

if TYPE_CHECKING:
    from poros_tui.tui.screens.overview import OverviewScreen

_NAME_MAX: Final = 80
_SENTENCE_MAX: Final = 300
_ALONE: Final = "there is one target; o adds another"


class Switchboard:
    """The way from one screen to the other, and how targets come and go."""

    def __init__(
        self,
        app: App[None],
        roster: Roster,
        screens: MadeScreens,
        start: Start,
        bridge: EngineBridge,
        *,
        understand: Callable[[str], object],
        palette: Callable[[], Palette],
        clock: Callable[[], float],
    ) -> None:
        """`understand` raises PorosError for what can't be a target; `palette` is the one in
        use."""
        self._app = app
        self.roster = roster
        self.screens = screens
        """Those that were made."""
        self.screens.hops_hidden = self._show_tabs
        self._start = start
        self._bridge = bridge
        self._understand = understand
        self._palette = palette
        self._clock = clock
        self._shown: int | None = None
        self._awaited = Awaited(roster)
        self.question = OpenQuestion(app, screens, lambda: self.current, self.follow)
        """What the user is asked just now."""
        self._to_remove: int | None = None
        first = roster.entries[0]
        if not roster.are_several and first.identity is not None:
            self._shown = first.number

    # What is looked at

    @property
    def shown(self) -> int | None:
        """The target that is looked at; None: the overview."""
        return self._shown

    @property
    def trace(self) -> TraceScreen | None:
        """Its screen; None in the overview."""
        return self.screens.traces.get(self._shown) if self._shown is not None else None

    @property
    def current(self) -> TraceScreen | OverviewScreen:
        """The screen that is shown, beneath the help."""
        trace = self.trace
        return trace if trace is not None else self.screens.overview

    @property
    def _meant(self) -> int | None:
        """The target that is looked at, in the overview that under the cursor."""
        if self._shown is not None:
            return self._shown
        return self.screens.overview.table.cursor_number

    def first_screen(self) -> TraceScreen | OverviewScreen:
        """What is shown before the engine has told anything."""
        unit = self.screens.look.unit
        if unit is not TimeUnit.MS:
            self._bridge.command(lambda fleet: fleet.tell_in(unit))
        if self._shown is None:
            return self.screens.overview
        self._look_at(self._shown)
        return self.screens.trace_of(self.roster.entries[0])

    def settings(self, theme: str) -> Settings:
        """What may be changed of the target that is looked at, or of all, as it is."""
        if self.trace is not None:
            return self.trace.settings(theme)
        return self.screens.overview.all_targets.settings(theme, self.screens.look)

    def choose(self, wanted: Settings) -> None:
        """Change what is not as wanted: how the target that is looked at is probed, or all are;
        how the tables look for all."""
        if self.trace is not None:
            self.trace.choose(wanted)
        else:
            self.screens.overview.all_targets.choose(wanted)
        self.screens.show_as(wanted.look)
        overview = self.screens.made_overview
        if overview is not None:
            overview.tell_in(wanted.look.unit)
        self._bridge.command(lambda fleet: fleet.tell_in(wanted.look.unit))

    def preview(self, width: int) -> list[Line]:
        """A few lines of a table of hops, that of the target under the cursor in the overview;
        none where it was never looked at."""
        number = self._meant
        screen = self.screens.traces.get(number) if number is not None else None
        return screen.preview(width) if screen is not None else []

    @property
    def first_protocol(self) -> Protocol:
        """What the first probes are, as far as that is known: the one that was asked for may not
        be permitted."""
        identities = (entry.snapshot.identity for entry in self.roster.entries)
        known = (identity.protocol for identity in identities if identity is not None)
        return next(known, self._start.protocol)

    async def show(self, number: int) -> None:
        """Look at this target, if there is anything to look at."""
        entry = self.roster.get(number)
        if entry is None or number == self._shown:
            return
        if entry.identity is None:
            self.say(self._why_not(entry.snapshot))
            return
        await self._switch(self.screens.trace_of(entry), number)

    @staticmethod
    def _why_not(snapshot: TargetSnapshot) -> str:
        """Why there is nothing to look at."""
        if not snapshot.problem:
            return f"looking for the address of {clean(snapshot.name, _NAME_MAX)}"
        return f"{snapshot.problem}; {snapshot.advice}" if snapshot.advice else snapshot.problem

    async def show_overview(self) -> None:
        """Look at all of them."""
        if self._shown is None:
            return
        if not self.roster.are_several:
            self.say(_ALONE)
            return
        await self._switch(self.screens.overview, None)

    async def show_next(self, step: int) -> None:
        """The next tab that can be shown, or the one before; the overview is one of them."""
        if not self.roster.are_several:
            self.say(_ALONE)
            return
        able = (entry.number for entry in self.roster.entries if entry.identity is not None)
        tabs: list[int | None] = [None, *able]
        place = tabs.index(self._shown) if self._shown in tabs else 0  # it may just have gone
        number = tabs[(place + step) % len(tabs)]
        if number is None:
            await self.show_overview()
        else:
            await self.show(number)

    async def show_place(self, place: int) -> None:
        """The target of this tab, from 1."""
        numbers = self.roster.numbers
        if not self.roster.are_several:
            self.say(_ALONE)
        elif place > len(numbers):
            self.say(f"there are {len(numbers)} targets")
        else:
            await self.show(numbers[place - 1])

    async def _switch(self, screen: TraceScreen | OverviewScreen, number: int | None) -> None:
        before = self.current
        self._shown = number
        before.rest()
        self._look_at(number)  # what there is to see comes while the screen is being made
        self._show_tabs()
        # Textual's first screen cannot be switched for another; the others lie on top of it.
        base = self._app.screen_stack[0]
        if screen is base:
            await self._app.pop_screen()
        elif self._app.screen is base:
            await self._app.push_screen(screen)
        else:
            await self._app.switch_screen(screen)
        screen.wake()

    def steer(self, command: Callable[[], None]) -> None:
        """Do something in the engine's thread that is of no target, and show at once what came of
        it."""

        def steered(_fleet: FleetControls) -> None:
            command()

        def draw(_answer: None) -> None:
            if self.trace is not None:
                self.trace.draw_head()

        self._bridge.ask(steered, draw)

    def _look_at(self, number: int | None) -> None:
        self._bridge.command(lambda fleet: fleet.look_at(number))

    def _show_tabs(self) -> None:
        if self.trace is not None:
            self.trace.tabs.show_tabs(self.roster.entries, self._shown, self.screens.hidden_hops)

    def say(self, notice: str) -> None:
        """Tell the user something, whatever is shown."""
        self.current.say(clean(notice, _SENTENCE_MAX))

    # What comes from the engine

    def take(self, mail: Mail) -> None:
        """Show what is new."""
        for number, update in mail.paths.items():
            screen = self.screens.traces.get(number)
            if screen is not None:
                screen.call_next(screen.show_update, update)
        for snapshot in mail.targets:
            is_new = self.roster.get(snapshot.number) is None
            if is_new:
                self._take_over_from_only()
            self.roster.take(snapshot, self._clock())
            overview = self.screens.made_overview
            if is_new and overview is not None:
                overview.all_targets.greet(snapshot.number)
        for number, reason in mail.dropped:
            self._drop(number, reason)
        if not (mail.targets or mail.dropped):
            return
        if self._shown is None:
            self.screens.overview.call_next(self.screens.overview.draw)
        else:
            self._show_tabs()
        self._app.call_next(self.follow)

    def _take_over_from_only(self) -> None:
        """What was changed of the only target is wanted of those that are added to it, too."""
        entries = self.roster.entries
        screen = self.screens.traces.get(entries[0].number) if len(entries) == 1 else None
        begun_as = entries[0].snapshot.identity if screen is not None else None
        if screen is not None and begun_as is not None:
            settings = screen.settings(self._palette().name)
            self.screens.overview.all_targets.take_over(settings, begun_as.protocol)

    def _drop(self, number: int, reason: str) -> None:
        entry = self.roster.drop(number)
        self._awaited.drop(number)
        if reason:
            self.note(reason)
        elif entry is not None:
            self.say(f"{self._shown_name(entry)} is traced no longer")

    def _shown_name(self, entry: Entry) -> str:
        return clean(entry.shown_name(self.screens.hidden_hops), _NAME_MAX)

    def note(self, sentence: str) -> None:
        """Tell the user something that is to be read at leisure, if there is room for it."""
        if self._shown is None:
            self.screens.overview.note(sentence)
        else:
            self.say(sentence)

    async def follow(self) -> None:
        """Look at what there is to look at now: at what the user has added, at another target
        where the one that was looked at is gone, at the only one where there is no other."""
        if self.question.is_open or self._app.screen is not self.current:
            return  # the user is busy, perhaps with the help; called again after that
        entries = self.roster.entries
        added = self._awaited.come(self._shown)
        if added is not None and self._shown is None:
            self.screens.overview.table.put_cursor(added.number)
        elif added is not None:
            await self.show(added.number)
        elif self._shown is not None and self.roster.get(self._shown) is None:
            await self._leave_dropped()
        elif self._shown is None and len(entries) == 1 and entries[0].identity is not None:
            await self.show(entries[0].number)
        await self.screens.forget_gone()

    async def _leave_dropped(self) -> None:
        entries = self.roster.entries
        if len(entries) == 1 and entries[0].identity is not None:
            await self._switch(self.screens.trace_of(entries[0]), entries[0].number)
        else:
            await self._switch(self.screens.overview, None)

    # Targets come and go

    async def ask_for_target(self) -> None:
        """Let the user type one."""
        from poros_tui.tui.widgets.prompt import Prompt

        if self.question.is_open:
            return
        if len(self.roster.entries) >= TARGETS_MAX:
            self.say(f"{TARGETS_MAX} targets are traced; remove some of them")
            return
        await self.question.ask(Prompt("Trace also:", self._objection, self._palette()))

    def _objection(self, typed: str) -> str:
        try:
            self._understand(typed)
        except PorosError as refusal:
            return clean(str(refusal), _SENTENCE_MAX)
        return ""

    def add(self, typed: str) -> None:
        """Trace one more. What becomes of it is told when it is known."""
        self.question.close()
        self._awaited.expect(self._shown)
        self._bridge.command(lambda fleet: fleet.add(typed))
        self.say(f"looking for the address of {clean(typed, _NAME_MAX)}")

    async def ask_to_remove(self) -> None:
        """Ask whether the target that is looked at, or is under the cursor, is to go."""
        from poros_tui.tui.widgets.prompt import Question

        number = self._meant
        entry = self.roster.get(number) if number is not None else None
        if self.question.is_open or entry is None:
            return
        if not self.roster.are_several:
            self.say("this is the only target; q leaves")
            return
        self._to_remove = entry.number
        question = f"Trace {self._shown_name(entry)} no longer"
        await self.question.ask(Question(question, self._palette()))

    def remove(self, *, is_wished: bool) -> None:
        """What the answer to that question means."""
        self.question.close()
        number, self._to_remove = self._to_remove, None
        if is_wished and number is not None:
            self._bridge.command(lambda fleet: fleet.remove(number))
