"""The screen with one line for each target."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic

from textual.app import ComposeResult
from textual.binding import Binding, BindingsMap
from textual.timer import Timer

from poros_tui.config import SessionConfig
from poros_tui.model.clean import clean
from poros_tui.model.privacy import HIDDEN
from poros_tui.model.probe import Mode, Protocol
from poros_tui.model.session import Refusal, SessionControls, SessionState
from poros_tui.tui.formatting import interval, plural
from poros_tui.tui.keys import KEYS, TARGET_KEYS, Key, overview_keys
from poros_tui.tui.meters import RateMeter
from poros_tui.tui.overview_rows import TargetLine, overview_header
from poros_tui.tui.palette import Palette
from poros_tui.tui.roster import Entry, Roster
from poros_tui.tui.screens.trace import NOTE_S, NOTICE_S, PRIVATE_HOPS
from poros_tui.tui.settings import next_interval_s
from poros_tui.tui.terminal_diff import FrugalScreen, TerminalImage
from poros_tui.tui.widgets.key_bar import KeyBar
from poros_tui.tui.widgets.line_view import LineView
from poros_tui.tui.widgets.tab_line import TabLine
from poros_tui.tui.widgets.target_table import TargetTable

Command = Callable[[int, Callable[[SessionControls], None]], None]
"""Does something to the session of a target, in the engine's thread."""
_NOTE_MAX = 300


class OverviewScreen(FrugalScreen):
    """All targets. What a key does here it does to all of them; `x` and Enter are for one."""

    BINDINGS = [
        *(Binding(keys, action, "", show=False) for keys, action in TARGET_KEYS),
        Binding("escape", "nothing", "Overview", show=False),
    ]

    def __init__(
        self,
        roster: Roster,
        config: SessionConfig,
        command: Command,
        image: TerminalImage,
        *,
        keys: Sequence[Key] = KEYS,
        clock: Callable[[], float] = monotonic,
        private_hops: int = 0,
        on_hidden: Callable[[int], None] = lambda hops: None,
    ) -> None:
        """`private_hops`: so many of each target are without addresses at first; `on_hidden` is
        told when the user wants others."""
        super().__init__(image)
        known = overview_keys(keys)
        # Not of the class: the user may have changed them.
        own = [Binding(key.keys, key.action, key.word, show=False) for key in known]
        self._bindings = BindingsMap.merge([BindingsMap(own), self._bindings])
        self._roster = roster
        self._command = command
        self._clock = clock
        self._mode = config.mode
        self._interval_s = config.interval_s
        self._rate = RateMeter(config.interval_s)
        self._private_hops = private_hops or PRIVATE_HOPS
        self._hidden_hops = private_hops
        self._on_hidden = on_hidden
        self._is_frozen = False
        self._shown_keys = {key.name: key.shown for key in keys}
        self._lines: dict[int, TargetLine] = {}
        self._refusals: dict[int, Refusal] = {}
        self._notes: deque[str] = deque()
        self._notice_timer: Timer | None = None
        self._ticker: Timer | None = None
        self.tabs = TabLine(id="tabs")
        """Above everything else."""
        self._header = LineView(id="overview-header")
        self.table = TargetTable(id="targets")
        self._keys = KeyBar(known, id="keys")

    def compose(self) -> ComposeResult:
        """Where things are is app.tcss's business."""
        yield self.tabs
        yield self._header
        yield self.table
        yield self._keys

    def on_mount(self) -> None:
        """Begin the once-a-second work."""
        self._ticker = self.set_interval(1.0, self.tick)
        self._next_note()
        self.draw()

    def on_resize(self) -> None:
        """The lines depend on the width."""
        self._draw_header()

    # What is shown

    def draw(self) -> None:
        """Show what the roster knows, unless the picture is to stand still."""
        if self._is_frozen:
            return
        entries = self._roster.entries
        self._lines = {
            entry.number: self._line_of(entry, tab) for tab, entry in enumerate(entries, 1)
        }
        self.table.show_lines(self._lines.values())
        self.tabs.show_tabs(entries, None)
        self._tell_refusals(entries)
        self._keys.call_action("pause", "resume" if self._are_all_paused else "pause")
        self._draw_header()

    def _line_of(self, entry: Entry, tab: int) -> TargetLine:
        """Made anew only where something is: the 95th percentile takes its time."""
        known = self._lines.get(entry.number)
        if known is not None and known.shows(entry.snapshot, tab, self._hidden_hops):
            return known
        return TargetLine.of(entry, tab, self._hidden_hops)

    def _tell_refusals(self, entries: Sequence[Entry]) -> None:
        """What some of them could not do, once."""
        new = []
        for entry in entries:
            session = entry.snapshot.session
            refusal = session.status.refusal if session is not None else None
            if refusal is not None and self._refusals.get(entry.number) != refusal:
                self._refusals[entry.number] = refusal
                new.append((entry.name, refusal.reason))
        if new:
            name, reason = new[0]
            self.say(f"{name if len(new) == 1 else plural(len(new), 'target')}: {reason}")

    def tick(self) -> None:
        """Once a second: how fast it is sent."""
        if self._is_frozen:
            return
        self._rate.add(sum(self._sent_by_all()), self._clock())
        self._draw_header()

    def _sent_by_all(self) -> Sequence[int]:
        return [
            entry.snapshot.session.sent
            for entry in self._roster.entries
            if entry.snapshot.session is not None
        ]

    def _draw_header(self) -> None:
        rate_pps = None if self._are_all_paused else self._rate.rate_pps
        self._header.show(
            overview_header(
                self._roster.entries,
                self._lines.values(),
                rate_pps,
                self.columns,
                is_frozen=self._is_frozen,
            )
        )

    @property
    def _able(self) -> list[Entry]:
        """Those whose session can still be told something."""
        return [
            entry
            for entry in self._roster.entries
            if entry.snapshot.session is not None and entry.state is not SessionState.FINISHED
        ]

    @property
    def _are_all_paused(self) -> bool:
        running = self._able
        return bool(running) and all(entry.state is SessionState.PAUSED for entry in running)

    def rest(self) -> None:
        """Another screen is shown for a while."""
        if self._ticker is not None:
            self._ticker.pause()

    def wake(self) -> None:
        """This one is shown again."""
        self._rate.restart(self._interval_s)
        if self._ticker is not None:
            self._ticker.resume()
        self.draw()

    # Keys

    def action_open(self) -> None:
        """The table of the target under the cursor."""
        number = self.table.cursor_number
        if number is not None:
            self.call_next(self.run_action, f"app.show_target({number})")

    def on_target_table_opened(self, message: TargetTable.Opened) -> None:
        """A double click does the same."""
        self.call_next(self.run_action, f"app.show_target({message.number})")

    def action_nothing(self) -> None:
        """This is the overview."""

    def _tell_all(
        self,
        command: Callable[[SessionControls], None],
        done: str,
        entries: Sequence[Entry] | None = None,
    ) -> None:
        entries = self._able if entries is None else entries
        if not entries:
            self.say("there is no target to do that to")
            return
        for entry in entries:
            self._command(entry.number, command)
        self.say(f"{plural(len(entries), 'target')}: {done}")

    def action_pause(self) -> None:
        """Stop sending to all, or go on with all."""
        if self._are_all_paused:
            self._tell_all(lambda controls: controls.resume(), "sending again")
        else:
            self._tell_all(lambda controls: controls.pause(), "nothing is sent")

    def action_reset(self) -> None:
        """Forget all statistics."""
        self._tell_all(lambda controls: controls.reset(), "statistics forgotten")

    def action_toggle_mode(self) -> None:
        """Concurrent, or sequential."""
        is_concurrent = self._mode is Mode.CONCURRENT
        self._set_mode(Mode.SEQUENTIAL if is_concurrent else Mode.CONCURRENT)

    def action_adaptive(self) -> None:
        """Adaptive, or back to concurrent."""
        is_adaptive = self._mode is Mode.ADAPTIVE
        self._set_mode(Mode.CONCURRENT if is_adaptive else Mode.ADAPTIVE)

    def _set_mode(self, mode: Mode) -> None:
        self._mode = mode
        self._tell_all(lambda controls: controls.set_mode(mode), mode.value)

    def action_protocol(self, name: str) -> None:
        """Probe with this protocol from now on."""
        protocol = Protocol[name.upper()]
        others = [
            entry
            for entry in self._able
            if entry.identity is not None and entry.identity.protocol is not protocol
        ]
        if self._able and not others:
            self.say(f"these are {protocol.upper()} probes")
            return
        self._tell_all(
            lambda controls: controls.set_protocol(protocol),
            f"probing with {protocol.upper()}",
            others,
        )

    def action_slower(self) -> None:
        """The next longer interval."""
        self._set_interval(next_interval_s(self._interval_s, 1))

    def action_faster(self) -> None:
        """The next shorter interval."""
        self._set_interval(next_interval_s(self._interval_s, -1))

    def _set_interval(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._rate.restart(interval_s)
        warning = "; most routers answer once a second at best" if interval_s < 1 else ""
        self._tell_all(
            lambda controls: controls.set_interval(interval_s),
            f"a round every {interval(interval_s)}{warning}",
        )

    def action_sort(self) -> None:
        """By the next column."""
        self.table.sort_next()

    def action_flip(self) -> None:
        """In the other direction."""
        self.table.sort_flipped()

    def action_hide_hops(self) -> None:
        """Leave out the addresses of the near hops of all targets, or show them again."""
        hops = 0 if self._hidden_hops else self._private_hops
        self.hide_hops(hops)
        self._on_hidden(hops)
        near = plural(self._private_hops, "hop")
        if hops:
            self.say(f"the first {near} of each target are hidden, also in copies and files")
        else:
            self.say("all addresses are shown")

    def hide_hops(self, hops: int) -> None:
        """Leave out the addresses of so many."""
        self._hidden_hops = hops
        if self.is_mounted:
            self._is_frozen = False  # what is to be hidden must not stand on
            self.draw()

    # Standing still, and copies

    def action_freeze(self) -> None:
        """Let the picture stand still while probing goes on, or catch up."""
        self._is_frozen = not self._is_frozen
        if self._is_frozen:
            self._draw_header()
            again = self._shown_keys["freeze"]
            self.say(f"the picture stands still, probing goes on; {again} goes on with it")
            return
        self._rate.restart(self._interval_s)
        self.draw()
        self.say("the picture moves again")

    def action_copy_address(self) -> None:
        """The address of the target under the cursor, to the terminal's clipboard (OSC 52)."""
        number = self.table.cursor_number
        line = self._lines.get(number) if number is not None else None
        address = line.address if line is not None else None
        if address is None:
            self.say("no address is known of this target")
            return
        if address == HIDDEN:
            self.say(f"this address is {HIDDEN} ({self._shown_keys['hide-hops']} shows it)")
            return
        self.app.copy_to_clipboard(address)
        self.say(f"copied {address}, if this terminal permits it (OSC 52)")

    def action_copy_table(self, _kind: str) -> None:
        """The overview as text, to the terminal's clipboard."""
        self.app.copy_to_clipboard(self.table.text)
        targets = plural(len(self._lines), "target")
        self.say(f"copied {targets} as text, if this terminal permits it (OSC 52)")

    # Looks

    def paint(self, palette: Palette) -> None:
        """Use these colours from now on."""
        super().paint(palette)
        for view in (self.tabs, self._header, self.table, self._keys):
            view.paint(palette)

    def say(self, notice: str) -> None:
        """Show a notice in place of the keys for a while."""
        self._notes.clear()
        self._keys.notify_user(clean(notice, _NOTE_MAX))
        self._wait_for_next_note(NOTICE_S)

    def note(self, note: str) -> None:
        """Show a sentence above the keys, after those that wait already."""
        self._notes.append(clean(note, _NOTE_MAX))
        if self.is_mounted and self._notice_timer is None:
            self._next_note()

    def _next_note(self) -> None:
        self._notice_timer = None
        if not self._notes:
            self._keys.notify_user("")
            return
        self._keys.notify_user(self._notes.popleft(), above_keys=True)
        self._wait_for_next_note(NOTE_S)

    def _wait_for_next_note(self, duration_s: float) -> None:
        if self._notice_timer is not None:
            self._notice_timer.stop()
        self._notice_timer = self.set_timer(duration_s, self._next_note)
