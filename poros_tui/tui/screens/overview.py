"""The screen with one line for each target."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic, time

from textual.app import ComposeResult
from textual.binding import Binding, BindingsMap
from textual.timer import Timer

from poros_tui.model.privacy import redacted
from poros_tui.model.probe import Mode, Protocol
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.conductor import Command, Conductor, Start
from poros_tui.tui.header_lines import ReplayWords
from poros_tui.tui.keys import KEYS, TARGET_KEYS, Key, overview_keys
from poros_tui.tui.meters import RateMeter
from poros_tui.tui.overview_rows import TargetLine, overview_header
from poros_tui.tui.palette import Palette
from poros_tui.tui.roster import Entry, Roster
from poros_tui.tui.screens.hiding import PRIVATE_HOPS, Hiding
from poros_tui.tui.screens.overview_search import TargetSearching
from poros_tui.tui.screens.overview_shares import AskPaths, OverviewSharing
from poros_tui.tui.sharing import WriteSessions
from poros_tui.tui.terminal_diff import TerminalImage
from poros_tui.tui.widgets.key_bar import KeyBar
from poros_tui.tui.widgets.line_view import LineView
from poros_tui.tui.widgets.tab_line import TabLine
from poros_tui.tui.widgets.target_table import TargetTable


class OverviewScreen(TargetSearching, OverviewSharing, Hiding):
    """All targets. What a key does here it does to all of them; `x` and Enter are for one."""

    BINDINGS = [
        *(Binding(keys, action, "", show=False) for keys, action in TARGET_KEYS),
        Binding("escape", "end_search", "Overview", show=False),
    ]
    _whose_hops = " of each target"

    def __init__(
        self,
        roster: Roster,
        start: Start,
        command: Command,
        image: TerminalImage,
        *,
        ask_paths: AskPaths,
        write_sessions: WriteSessions,
        keys: Sequence[Key] = KEYS,
        clock: Callable[[], float] = monotonic,
        wall_clock: Callable[[], float] = time,
        private_hops: int = 0,
        on_hidden: Callable[[int], None] = lambda hops: None,
        replay_words: ReplayWords | None = None,
    ) -> None:
        """`private_hops`: so many of each target are without addresses at first; `on_hidden` is
        told when the user wants others. `wall_clock` counts seconds since 1970. `replay_words` says
        what is played, where it is a recording."""
        super().__init__(image)
        known = overview_keys(keys)
        # Not of the class: the user may have changed them.
        own = [Binding(key.keys, key.action, key.word, show=False) for key in known]
        self._bindings = BindingsMap.merge([BindingsMap(own), self._bindings])
        self._roster = roster
        self.all_targets = Conductor(roster, command, start, self.say, self.note)
        """What is wanted of them together."""
        self._clock = clock
        self._wall_clock = wall_clock
        self._ask_paths = ask_paths
        self._write_sessions = write_sessions
        self._rate = RateMeter(start.interval_s)
        self._sent = 0
        """By all, as of the last second."""
        self._private_hops = private_hops or PRIVATE_HOPS
        self._hidden_hops = private_hops
        self._on_hidden = on_hidden
        self._replay_words = replay_words
        self._is_frozen = False
        self._shown_keys = {key.name: key.shown for key in keys}
        self._lines: dict[int, TargetLine] = {}
        self._ticker: Timer | None = None
        self.tabs = TabLine(id="tabs")
        """Above everything else."""
        self._header = LineView(id="overview-header")
        self.table = TargetTable(id="targets")
        self.key_bar = KeyBar(known, id="keys")

    def compose(self) -> ComposeResult:
        """Where things are is app.tcss's business."""
        yield self.tabs
        yield self._header
        yield self.table
        yield self.key_bar

    def on_mount(self) -> None:
        """Begin the once-a-second work."""
        self._ticker = self.set_interval(1.0, self.tick)
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
        self.tabs.show_tabs(entries, None, self._hidden_hops)
        self.all_targets.tell_refusals()
        self.key_bar.call_action("pause", "resume" if self.all_targets.are_all_paused else "pause")
        self._draw_header()

    def _line_of(self, entry: Entry, tab: int) -> TargetLine:
        """Made anew only where something is: the 95th percentile takes its time."""
        known = self._lines.get(entry.number)
        if known is not None and known.shows(entry.snapshot, tab, self._hidden_hops):
            return known
        return TargetLine.of(entry, tab, self._hidden_hops)

    def tick(self) -> None:
        """Once a second: how fast it is sent."""
        if self._is_frozen:
            return
        sent_before, self._sent = self._sent, sum(self._sent_by_all())
        if self._rate.interval_s != self.all_targets.interval_s or self._sent < sent_before:
            self._rate.restart(self.all_targets.interval_s)
        self._rate.add(self._sent, self._clock())
        self._draw_header()

    def _sent_by_all(self) -> Sequence[int]:
        return [
            entry.snapshot.session.sent
            for entry in self._roster.entries
            if entry.snapshot.session is not None
        ]

    def _draw_header(self) -> None:
        rate_pps = None if self.all_targets.are_all_paused else self._rate.rate_pps
        self._header.show(
            overview_header(
                self._roster.entries,
                self._lines.values(),
                rate_pps,
                self.columns,
                is_frozen=self._is_frozen,
                replay=self._replay_words() if self._replay_words is not None else None,
            )
        )

    def tell_in(self, unit: TimeUnit) -> None:
        """Show round trips in this unit from now on."""
        self.table.tell_in(unit)

    def rest(self) -> None:
        """Another screen is shown for a while."""
        if self._ticker is not None:
            self._ticker.pause()

    def wake(self) -> None:
        """This one is shown again."""
        self._rate.restart(self.all_targets.interval_s)
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

    def action_end_search(self) -> None:
        """Where nothing is looked for, this is the overview."""
        self.end_search()

    def action_pause(self) -> None:
        """Stop sending to all, or go on with all."""
        self.all_targets.pause_or_resume()

    def action_reset(self) -> None:
        """Forget all statistics."""
        self.all_targets.reset()

    def action_toggle_mode(self) -> None:
        """Concurrent, or sequential."""
        self.all_targets.switch_mode(Mode.CONCURRENT, Mode.SEQUENTIAL)

    def action_adaptive(self) -> None:
        """Adaptive, or back to concurrent."""
        self.all_targets.switch_mode(Mode.ADAPTIVE, Mode.CONCURRENT)

    def action_protocol(self, name: str) -> None:
        """Probe with this protocol from now on."""
        self.all_targets.set_protocol(Protocol[name.upper()])

    def action_slower(self) -> None:
        """The next longer interval."""
        self.all_targets.step_interval(1)

    def action_faster(self) -> None:
        """The next shorter interval."""
        self.all_targets.step_interval(-1)

    def action_sort(self) -> None:
        """By the next column."""
        self.table.sort_next()

    def action_flip(self) -> None:
        """In the other direction."""
        self.table.sort_flipped()

    @property
    def hidden_hops(self) -> int:
        """How many are hidden now."""
        return self._hidden_hops

    def hide_hops(self, hops: int) -> None:
        """Leave out the addresses of so many."""
        self._hidden_hops = hops
        if self.is_mounted:
            self._is_frozen = False  # what is to be hidden must not stand on
            self.draw()

    # Standing still

    def action_freeze(self) -> None:
        """Let the picture stand still while probing goes on, or catch up."""
        self._is_frozen = not self._is_frozen
        if self._is_frozen:
            self._draw_header()
            again = self._shown_keys["freeze"]
            goes_on = "probing" if self._replay_words is None else "the recording"
            self.say(f"the picture stands still, {goes_on} goes on; {again} goes on with it")
            return
        self._rate.restart(self.all_targets.interval_s)
        self.draw()
        self.say("the picture moves again")

    # What leaves the screen: for OverviewSharing

    def shown_lines(self) -> Sequence[TargetLine]:
        """As they are shown, from top to bottom."""
        return self.table.shown_lines

    def cursor_line(self) -> TargetLine | None:
        """The one under the cursor."""
        number = self.table.cursor_number
        return self._lines.get(number) if number is not None else None

    @property
    def unit(self) -> TimeUnit:
        """In which round trips are shown."""
        return self.table.unit

    def entries(self) -> Sequence[Entry]:
        """All targets as they are known."""
        return self._roster.entries

    def key_of(self, name: str) -> str:
        """The key of an action as the user knows it."""
        return self._shown_keys[name]

    def now(self) -> datetime:
        """In local time."""
        return datetime.fromtimestamp(self._wall_clock()).astimezone()

    # Looks

    def paint(self, palette: Palette) -> None:
        """Use these colours from now on."""
        super().paint(palette)
        for view in (self.tabs, self._header, self.table, self.key_bar):
            view.paint(palette)

    @property
    def notice(self) -> str:
        """What is said in place of the keys just now; empty for nothing."""
        return self.key_bar.notice

    def say(self, notice: str) -> None:
        """Show a notice in place of the keys for a while."""
        self.key_bar.say(redacted(notice, self.private()))

    def note(self, note: str) -> None:
        """Show a sentence above the keys, after those that wait already."""
        self.key_bar.note(note)
