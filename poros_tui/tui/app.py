"""The live screen as a program: starts the engine after the first paint, and always leaves a
working terminal and an honest exit code behind."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic, time
from typing import TYPE_CHECKING, Final

import msgspec
from textual import events
from textual.app import App
from textual.binding import Binding
from textual.screen import Screen

from poros_tui.config import SessionConfig
from poros_tui.errors import PorosError
from poros_tui.model.probe import Protocol
from poros_tui.model.session import Shape
from poros_tui.model.targets import TargetSnapshot
from poros_tui.tui.bridge import EngineBridge, RunFleet
from poros_tui.tui.conductor import Start
from poros_tui.tui.driver import StdoutDriver
from poros_tui.tui.failure import told
from poros_tui.tui.header_lines import ReplayWords
from poros_tui.tui.keys import KEYS, Key, overview_keys
from poros_tui.tui.made_screens import MadeScreens
from poros_tui.tui.palette import DARK, Palette, PaletteName
from poros_tui.tui.roster import Roster
from poros_tui.tui.screens.help import HelpScreen
from poros_tui.tui.screens.palette import PaletteScreen
from poros_tui.tui.screens.settings import SettingsScreen
from poros_tui.tui.screens.trace import TraceScreen
from poros_tui.tui.settings import Setting, Settings
from poros_tui.tui.sharing import Writers, WriteSessions
from poros_tui.tui.spans import Line
from poros_tui.tui.switchboard import Switchboard
from poros_tui.tui.table_look import DEFAULT_LOOK, TableLook
from poros_tui.tui.terminal_diff import FrugalScreen, TerminalImage
from poros_tui.tui.themes import next_own, palette_of, with_glyphs_of
from poros_tui.tui.widgets.asking import Asking

if TYPE_CHECKING:
    from poros_tui.tui.widgets.prompt import Prompt, Question

REACHED_EXIT_CODE: Final = 0
NOT_REACHED_EXIT_CODE: Final = 1
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Textual leaves the terminal broken on the last two, and ignores Ctrl-C as a key."""


def _textual_theme(palette: Palette) -> str:
    """Textual's theme that leaves the terminal its own colours; ours is laid over it."""
    return "ansi-dark" if palette.is_dark else "ansi-light"


Save = Callable[[Mapping[str, str | float | bool | None]], str]
"""Writes options, by their long names, to the configuration file (None: takes them away), and
returns its name, or raises PorosError."""

AS_USUAL: Final = Shape()

REPAINT_S: Final = 0.1
"""At most ten paints a second: more cannot be read."""
FIRST_TRACE_REPAINT_S: Final = 0.03
"""While the first trace is under way: its whole point is to be seen at once."""


class PorosApp(App[None]):
    """The sessions of one target or of several on the screen."""

    CSS = Path(__file__).with_name("app.tcss").read_text("utf-8")
    """Read with the code, not by Textual later: under sudo the user that we become may not be able
    to read an installation of root's own."""
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    BINDINGS = [
        Binding("ctrl+q", "leave", "Quit", show=False, priority=True),
        Binding("ctrl+c", "interrupt", "Interrupt", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", "Suspend", show=False, priority=True),
    ]

    def __init__(
        self,
        targets: Sequence[TargetSnapshot],
        config: SessionConfig,
        run_fleet: RunFleet,
        *,
        understand: Callable[[str], object],
        notes: Sequence[str] = (),
        palette: Palette = DARK,
        colours: int = 256,
        keys: Sequence[Key] = KEYS,
        look: TableLook = DEFAULT_LOOK,
        save: Save | None = None,
        protocol: Protocol = Protocol.ICMP,
        shape: Shape = AS_USUAL,
        clock: Callable[[], float] = monotonic,
        wall_clock: Callable[[], float] = time,
        writers: Writers | None = None,
        write_sessions: WriteSessions = lambda _sessions: "[]",
        private_hops: int = 0,
        replay_words: ReplayWords | None = None,
    ) -> None:
        """`targets` are those that the engine begins with, at least one; `understand` raises
        PorosError for what can't be a target; `notes` are sentences to begin with. `protocol` is
        what was asked for, where no target tells; `shape` what size and port were."""
        super().__init__(driver_class=StdoutDriver, ansi_color=True)
        # Not by assignment: the watcher would compute all styles again, and paint them.
        self.set_reactive(PorosApp.theme, _textual_theme(palette))
        self._palette = palette
        self._colours = colours
        self._keys = keys
        self._image = TerminalImage()
        self._bridge = EngineBridge(run_fleet, on_mail=self._on_mail, on_end=self._on_end)
        start = Start(
            protocol=protocol, mode=config.mode, interval_s=config.interval_s, shape=shape
        )
        roster = Roster(targets, clock())
        screens = MadeScreens(
            self,
            roster,
            config,
            start,
            self._bridge,
            self._image,
            palette=lambda: self._palette,
            keys=keys,
            look=look,
            clock=clock,
            wall_clock=wall_clock,
            writers=writers,
            write_sessions=write_sessions,
            private_hops=private_hops,
            replay_words=replay_words,
        )
        self._switchboard = Switchboard(
            self,
            roster,
            screens,
            start,
            self._bridge,
            understand=understand,
            palette=lambda: self._palette,
            clock=clock,
        )
        self._notes = notes
        self._save = save
        self._settings_at_start = Settings(
            protocol=protocol,
            mode=config.mode,
            interval_s=config.interval_s,
            theme=palette.name,
            look=look,
            shape=shape,
        )
        self._saved_settings: Settings | None = None
        """As they are in the file; None while nothing was saved."""
        self._drained_at_s = 0.0
        self._is_drain_due = False
        self.failure: BaseException | None = None
        """What the engine or the screen died of."""
        self.failed_part = ""
        """Which of them."""

    def get_default_screen(self) -> Screen[None]:
        """The trace, or the overview of several."""
        return self._switchboard.first_screen()

    @property
    def trace(self) -> TraceScreen:
        """The screen of the target that is looked at.

        Raises:
            LookupError: all of them are.
        """
        trace = self._switchboard.trace
        if trace is None:
            raise LookupError("the overview is shown")
        return trace

    @property
    def targets(self) -> Switchboard:
        """All targets, and which of them is looked at."""
        return self._switchboard

    def on_mount(self) -> None:
        """Paint first, then probe."""
        for note in self._notes:
            self._switchboard.note(note)
        loop = asyncio.get_running_loop()
        if not self.is_headless:
            for number in SIGNALS:
                # What the caller ignores (nohup, the background jobs of a script) stays ignored.
                if signal.getsignal(number) is not signal.SIG_IGN:
                    loop.add_signal_handler(number, self._on_signal, number)
        self.app_resume_signal.subscribe(self, lambda _app: self._draw_anew())
        if isinstance(self._driver, StdoutDriver):
            self._driver.on_missed = self._draw_anew_soon
        self.call_after_refresh(self._bridge.start)

    async def on_unmount(self) -> None:
        """No thread is left behind."""
        await self._bridge.stop()

    # From the engine

    def _on_mail(self) -> None:
        """Something is in the mailbox: drain it now, or when the next paint is due."""
        if self._is_drain_due:
            return
        trace = self._switchboard.trace
        is_first_trace = trace is not None and trace.view.is_first_trace
        period_s = FIRST_TRACE_REPAINT_S if is_first_trace else REPAINT_S
        wait_s = self._drained_at_s + period_s - monotonic()
        if wait_s <= 0:
            self._drain()
        else:
            self._is_drain_due = True
            asyncio.get_running_loop().call_later(wait_s, self._drain)

    def _drain(self) -> None:
        self._is_drain_due = False
        self._drained_at_s = monotonic()
        mail = self._bridge.take()
        if mail is not None and self.is_running:
            self._switchboard.take(mail)

    def _on_end(self, failure: BaseException | None) -> None:
        if failure is not None:
            self._fail(failure, "the probing engine")

    def _fail(self, failure: BaseException, part: str) -> None:
        if self.failure is None:
            self.failure, self.failed_part = failure, part
        self.exit(return_code=told(failure, what=part)[1])

    def _handle_exception(self, error: Exception) -> None:
        # Textual would print a traceback with the values of variables.
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._fail(error, "the screen")

    # Leaving

    def _on_signal(self, number: signal.Signals) -> None:
        self.exit(return_code=128 + number)

    def action_interrupt(self) -> None:
        """Ctrl-C, which a terminal in raw mode sends as a key."""
        self._on_signal(signal.SIGINT)

    def action_leave(self) -> None:
        """The user has seen enough."""
        reached = self._switchboard.screens.were_all_reached
        self.exit(return_code=REACHED_EXIT_CODE if reached else NOT_REACHED_EXIT_CODE)

    # Stopping for a while

    def action_suspend_process(self) -> None:
        """Ctrl-Z: what the terminal would do itself, were it not in raw mode."""
        if isinstance(self._driver, StdoutDriver) and self._driver.can_suspend:
            self._driver.stop_job()

    def _draw_anew_soon(self) -> None:
        """From the middle of a drawing."""
        self.call_later(self._draw_anew)

    def _draw_anew(self) -> None:
        """Others have used the terminal, or it took nothing for a while."""
        self._image.forget()
        self.refresh(layout=True)

    # Looks

    @property
    def palette(self) -> Palette:
        """The colours in use."""
        return self._palette

    def action_show_help(self) -> None:
        """All keys, columns and signs."""
        trace = self._switchboard.trace
        identity = trace.identity if trace is not None else None
        session = trace.view.session if trace is not None else None
        strays = session.strays if session is not None else ()
        screen = HelpScreen(identity, strays, self._image, self._palette, self._keys)
        self.push_screen(screen, self._on_closed)

    def action_show_palette(self) -> None:
        """All actions by name."""
        keys = self._keys if self._switchboard.trace is not None else overview_keys(self._keys)
        self.push_screen(PaletteScreen(keys, self._image, self._palette), self._on_closed)

    async def _on_closed(self, _result: None) -> None:
        await self._switchboard.follow()

    def action_call_responders(self) -> None:
        """By their names, by their addresses, by both, and again by their names."""
        look = self._switchboard.screens.look
        called = look.called.next
        self._switchboard.screens.show_as(msgspec.structs.replace(look, called=called))
        self._switchboard.say(f"the table shows {called.words}")

    # Settings

    def action_show_settings(self) -> None:
        """What may change while the session runs."""
        self.push_screen(SettingsScreen(self, self._image, self._palette), self._on_closed)

    def present_settings(self) -> Settings:
        """As they are, of the target that is looked at, or of all."""
        return self._switchboard.settings(self._palette.name)

    def unsaved_settings(self) -> tuple[Setting, ...]:
        """Which are not as they were saved, or at the start."""
        saved = self._saved_settings
        if saved is None:
            begun_with = self._switchboard.first_protocol
            saved = msgspec.structs.replace(self._settings_at_start, protocol=begun_with)
        return self.present_settings().changed_from(saved)

    def apply_settings(self, wanted: Settings) -> None:
        """Change what is not as wanted."""
        self._switchboard.choose(wanted)
        if wanted.theme != self._palette.name:
            self.choose_theme(wanted.theme)

    def save_settings(self) -> str:
        """Write the changed ones to the configuration file, and say in a sentence how it went."""
        changed = self.unsaved_settings()
        if self._save is None:
            return "there is no configuration file to save to"
        if not changed:
            return "nothing is to be saved: all is as it was saved, or at the start"
        settings = self.present_settings()
        try:
            place = self._save(settings.for_file(changed))
        except PorosError as error:
            return str(error)
        self._saved_settings = settings
        return f"saved in {place}: {', '.join(one.value.lower() for one in changed)}"

    def notice(self) -> str:
        """What the session has to say just now; empty for nothing."""
        return self._switchboard.current.notice

    def preview(self, width: int) -> list[Line]:
        """A few lines of the table as it looks now."""
        return self._switchboard.preview(width)

    def action_toggle_palette(self) -> None:
        """Colours for the other kind of terminal."""
        if self._palette.name == PaletteName.PLAIN:
            self._switchboard.say("colours are off (--no-color)")
            return
        self.choose_theme(next_own(self._palette))

    def choose_theme(self, name: str) -> None:
        """Look like this from now on; the characters stay what they are."""
        self._choose(with_glyphs_of(palette_of(name, colours=self._colours), self._palette))
        self._switchboard.say(f"theme: {name}")

    def _choose(self, palette: Palette) -> None:
        self._palette = palette
        self.theme = _textual_theme(palette)
        for screen in {*self.screen_stack, *self._switchboard.screens.all}:
            if isinstance(screen, FrugalScreen):
                screen.paint(palette)

    # Targets

    async def action_show_target(self, number: int) -> None:
        """Look at this target."""
        await self._switchboard.show(number)

    async def action_show_place(self, place: int) -> None:
        """Look at the target of this tab, from 1."""
        await self._switchboard.show_place(place)

    async def action_next_target(self, step: int) -> None:
        """Look at the next one, or at the one before."""
        await self._switchboard.show_next(step)

    async def action_overview(self) -> None:
        """Look at all of them."""
        await self._switchboard.show_overview()

    async def action_leave_target(self) -> None:
        """Look at all of them, if there are several."""
        if self._switchboard.roster.are_several:
            await self._switchboard.show_overview()

    async def action_add_target(self) -> None:
        """Let the user type one more."""
        await self._switchboard.ask_for_target()

    async def action_remove_target(self) -> None:
        """Ask whether the one that is looked at is to go."""
        await self._switchboard.ask_to_remove()

    def on_key(self, event: events.Key) -> None:
        """A key that nobody has stopped: was it meant for who asks now?"""
        around = (self.focused or self.screen).ancestors_with_self
        asking = next((widget for widget in around if isinstance(widget, Asking)), None)
        if asking is not None and asking.take_missed(event):
            event.stop()
            event.prevent_default()

    def on_prompt_accepted(self, message: Prompt.Accepted) -> None:
        """A target was typed."""
        self._switchboard.add(message.text)

    def on_prompt_given_up(self) -> None:
        """None was."""
        self._switchboard.question.close()

    def on_question_answered(self, message: Question.Answered) -> None:
        """Whether a target is to go."""
        self._switchboard.remove(is_wished=message.is_yes)
