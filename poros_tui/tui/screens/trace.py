"""The main screen: header, hop table, the details of one hop, keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic, time
from typing import Final

import msgspec
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingsMap
from textual.containers import Container
from textual.timer import Timer

from poros_tui.config import SessionConfig
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.clean import clean
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.privacy import redacted, without_home
from poros_tui.model.session import (
    PathSnapshot,
    PathUpdate,
    Refusal,
    SessionState,
    SessionStatus,
    TraceIdentity,
    Way,
)
from poros_tui.model.verdict.statement import Statement
from poros_tui.tui.bridge import Mailbox
from poros_tui.tui.formatting import with_elided
from poros_tui.tui.header_lines import Clockwork, ReplayWords, header_lines
from poros_tui.tui.keys import KEYS, TARGET_KEYS, Key
from poros_tui.tui.meters import RateMeter, SilenceMeter
from poros_tui.tui.palette import Palette
from poros_tui.tui.panels.verdict import statements
from poros_tui.tui.scene import Scene
from poros_tui.tui.screens.hiding import PRIVATE_HOPS, Hiding
from poros_tui.tui.screens.marking import Marking
from poros_tui.tui.screens.searching import HopSearching
from poros_tui.tui.screens.shares import Sharing
from poros_tui.tui.screens.steering import Engine
from poros_tui.tui.sharing import ExportKind, Writers
from poros_tui.tui.spans import Line
from poros_tui.tui.table_look import DEFAULT_LOOK, TableLook
from poros_tui.tui.terminal_diff import TerminalImage
from poros_tui.tui.time_window import TimeWindow
from poros_tui.tui.verdict_line import verdict_line
from poros_tui.tui.view import TraceView
from poros_tui.tui.widgets.hop_table import HopTable
from poros_tui.tui.widgets.key_bar import KeyBar
from poros_tui.tui.widgets.line_view import LineView
from poros_tui.tui.widgets.panel_view import PanelView
from poros_tui.tui.widgets.tab_line import TabLine

_HEADER_PAUSE_S: Final = 0.25
"""Between two headers drawn for a figure: every one costs bytes."""
_TARGET_MAX: Final = 300
_HELD: Final = 0
"""The number of this target in a mailbox of its own."""


class TraceScreen(Marking, HopSearching, Sharing, Hiding):
    """The session as it goes."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (150, "-wide")]
    BINDINGS = [
        *(Binding(keys, action, "", show=False) for keys, action in TARGET_KEYS),
        Binding("escape", "close_panel", "Close", show=False),
        Binding("shift+up", "scroll_panel(-1)", "Scroll up", show=False),
        Binding("shift+down", "scroll_panel(1)", "Scroll down", show=False),
    ]

    def __init__(
        self,
        identity: TraceIdentity,
        config: SessionConfig,
        engine: Engine,
        image: TerminalImage,
        chronicle: Chronicle,
        *,
        keys: Sequence[Key] = KEYS,
        look: TableLook = DEFAULT_LOOK,
        clock: Callable[[], float] = monotonic,
        wall_clock: Callable[[], float] = time,
        writers: Writers | None = None,
        private_hops: int = 0,
        started_at_s: float | None = None,
        on_hidden: Callable[[int], None] = lambda _hops: None,
        replay_words: ReplayWords | None = None,
    ) -> None:
        """`clock` counts seconds from anywhere, `wall_clock` since 1970. `started_at_s` is when the
        session began, by `clock`; None: now. `on_hidden` is told of how many hops the user hides
        the addresses. `replay_words` says what is played, where it is a recording."""
        super().__init__(image)
        self._replay_words = replay_words
        self._identity_at_first = identity
        # Not of the class: the user may have changed them.
        own = [Binding(key.keys, key.action, key.word, show=False) for key in keys]
        self._bindings = BindingsMap.merge([BindingsMap(own), self._bindings])
        self._shown_keys = {key.name: key.shown for key in keys}
        self.identity = identity
        """What is traced and how, as it is now."""
        self._way: Way | None = None
        self._refusal: Refusal | None = None
        self._is_mtu_told = False
        self._engine = engine
        self._chronicle = chronicle
        self._clock_offset_s: float | None = None
        """What is added to our clock to have the session's; None before the session began."""
        self._window = TimeWindow()
        self._clock = clock
        self._wall_clock = wall_clock
        self._writers = writers or {}
        self._private_hops = private_hops or PRIVATE_HOPS
        self._on_hidden = on_hidden
        self._held = Mailbox()
        self._frozen_at: tuple[float, float] | None = None
        """Since when the picture stands still, by both clocks; None while it moves."""
        self._mode = config.mode
        self._interval_s = config.interval_s
        self._rate = RateMeter(config.interval_s)
        self._silence = SilenceMeter()
        self.view = TraceView(first_hop=config.first_hop)
        self.view.own_words = frozenset({str(identity.source)} if identity.source else ())
        self.view.home = identity.home
        self.view.hide(private_hops)
        self._started_at_s = clock() if started_at_s is None else started_at_s
        self._finished_at_s: float | None = None
        self._is_silence_shown = False
        self._header_figures: object = None
        self._header_at_s = 0.0
        self._header_timer: Timer | None = None
        self._header_words: object = None
        self._said: tuple[Statement, ...] = ()
        """The verdict as of the last second."""
        self._ticker: Timer | None = None
        self._is_behind = False
        """Nobody has looked for a while, and what was missed has not come yet."""
        self.tabs = TabLine(id="tabs")
        """Of all targets, above everything else; nothing while there is one."""
        self._table = HopTable(self.view, look, id="table")
        self._header = LineView(id="header")
        self._panel = PanelView(self.scene, self.say, keys, id="panel")
        self._table.cursor_moved = self._panel.draw
        self.key_bar = KeyBar(keys, id="keys")

    def compose(self) -> ComposeResult:
        """Where things are is app.tcss's business."""
        yield self.tabs
        yield self._header
        yield Container(self._table, self._panel, id="body")
        yield self.key_bar

    def on_mount(self) -> None:
        """Begin the once-a-second work, and say what is unusual."""
        self._ticker = self.set_interval(1.0, self.tick)
        for note in (*self.identity.notes, self.identity.rung_note):
            if note:
                self.key_bar.note(note)
        self._draw_header()

    def on_resize(self, _event: events.Resize) -> None:
        """The lines depend on the width."""
        self._draw_header()

    def rest(self) -> None:
        """Another target is looked at for a while: nothing is drawn."""
        if self._ticker is not None:
            self._ticker.pause()

    def wake(self) -> None:
        """This one is looked at again."""
        self._rate.restart(self._interval_s)
        self._is_behind = True
        if self._ticker is not None:
            self._ticker.resume()
        self._draw_header()

    def scene(self) -> Scene:
        """What the panels draw from."""
        return Scene(
            identity=self.identity,
            view=self.view,
            chronicle=self._chronicle,
            cursor_ttl=self._table.cursor_ttl,
            now_s=self._session_now_s(),
            window=self._window,
            unit=self._table.look.unit,
            called=self._table.look.called,
            has_shades_of_colour=self.look.has_shades,
        )

    def _session_now_s(self) -> float:
        """By the clock that runs evenly: the time of day may be set while a session runs."""
        chronicle = self._chronicle
        if chronicle.began_at_s is None:
            return chronicle.session_s(self._wall_clock())
        if self._clock_offset_s is None:
            self._clock_offset_s = chronicle.session_s(self._wall_clock()) - self._clock()
        now_s = self._clock() if self._frozen_at is None else self._frozen_at[0]
        return now_s + self._clock_offset_s

    # What comes from the engine

    def show_update(self, update: PathUpdate) -> None:
        """Take in what the engine has published, or keep it while the picture stands still."""
        if self._frozen_at is not None:
            self._held.put_path(_HELD, update)
            return
        was_behind, self._is_behind = self._is_behind, False
        change = self.view.apply(update)
        if was_behind:
            self._conclude()
        session = self.view.session
        if session is None or update.generation < session.status.generation:
            return
        status = session.status
        if change.is_reset:
            self._silence.stop()
            if self._replay_words is not None:
                self._begin_anew(status)
        is_running = status.state is SessionState.RUNNING
        if change.is_reset or not is_running or status.interval_s != self._rate.interval_s:
            self._rate.restart(status.interval_s)
        if is_running:
            self._silence.note(*self._answers(), self._clock())
        else:
            self._silence.stop()
        if status.state is SessionState.FINISHED and self._finished_at_s is None:
            self._finished_at_s = self._clock()
        if status.way is not None and status.way != self._way:
            self._way = status.way
            self.identity = self.identity.by(status.way)
            shape = status.way.shape_words()
            probing = f"probing with {status.way.protocol.upper()}" + (
                f", {shape}" if shape else ""
            )
            self.say(self.identity.rung_note or probing)
        if status.refusal is not None and status.refusal != self._refusal:
            self._refusal = status.refusal
            self.say(status.refusal.reason)
        found = session.path_mtu
        if found is not None and found.is_over and not self._is_mtu_told:
            self._is_mtu_told = True
            self.say(found.words())
        self._mode, self._interval_s = status.mode, status.interval_s
        self._is_paused = status.state is SessionState.PAUSED
        self._table.show_change(change, status.mode)
        if change.is_reset and self._table.is_difference:
            self._table.show_difference(False)
        words = (
            msgspec.structs.replace(status, round=0),
            session.problem,
            session.distance,
            found is not None and found.is_over,
        )
        # Most figures may wait for the next second, words may not; a first trace is over too soon.
        if words != self._header_words or self.view.is_first_trace:
            self._header_words = words
            self._draw_header()
            self.key_bar.call_action("pause", "resume" if self._is_paused else "pause")
        elif self._is_silence_shown and self._silent_s() is None:
            self._draw_header()
        elif self._figures() != self._header_figures:
            self._draw_header_soon()
        if self._panel.open_name == "details" and self._table.cursor_ttl in change.hops:
            self._panel.draw()

    def _begin_anew(self, status: SessionStatus) -> None:
        """A recording is at another time: perhaps before what has been seen."""
        self._finished_at_s = None
        if status.way is None:
            self._way, self.identity = None, self._identity_at_first

    def draw_head(self) -> None:
        """What is played, or how, has changed."""
        if self.is_mounted:
            self._draw_header()

    def tick(self) -> None:
        """Once a second: figures that need not be newer."""
        if self._frozen_at is not None:
            return
        session = self.view.session
        is_running = session is not None and session.status.state is SessionState.RUNNING
        if session is not None and is_running and not self._is_behind:
            self._rate.add(session.sent, self._clock())
        self._conclude()
        self._table.catch_up()
        self._draw_header()
        self._panel.draw()

    def _conclude(self) -> None:
        """What all hops together tell."""
        if self.identity.is_protocol_told:  # what a rewritten field means depends on it
            self.view.look_for_findings(self.identity.protocol, self.identity.multipath)
        self._said = statements(self.scene())

    def _clockwork(self) -> Clockwork:
        end_s = self._clock() if self._finished_at_s is None else self._finished_at_s
        if self._frozen_at is not None:
            end_s = min(end_s, self._frozen_at[0])
        return Clockwork(
            elapsed_s=end_s - self._started_at_s,
            rate_pps=self._rate.rate_pps,
            is_frozen=self._frozen_at is not None,
            silent_s=self._silent_s(),
            replay=self._replay_words() if self._replay_words is not None else None,
        )

    def _answers(self) -> tuple[int, int]:
        """Answers of all hops, and the probes sent to those that answer."""
        answering = [hop for hop in self.view.hops() if hop.received]
        return sum(hop.received for hop in answering), sum(hop.sent for hop in answering)

    def _silent_s(self) -> float | None:
        return self._silence.silent_s(self._answers()[1], self._interval_s, self._clock())

    def _figures(self) -> object:
        """What header and table both say, and must not say differently."""
        destination = self.view.destination
        return destination and (destination.lost, destination.received)

    def _draw_header_soon(self) -> None:
        if self._header_timer is not None:
            return
        wait_s = self._header_at_s + _HEADER_PAUSE_S - self._clock()
        if wait_s <= 0:
            self._draw_header()
        else:
            self._header_timer = self.set_timer(wait_s, self._draw_header)

    def _draw_header(self) -> None:
        if self._header_timer is not None:
            self._header_timer.stop()
            self._header_timer = None
        clockwork = self._clockwork()
        self._header_figures, self._header_at_s = self._figures(), self._clock()
        self._is_silence_shown = clockwork.silent_s is not None
        width = self.columns
        lines = header_lines(self.identity, self.view, clockwork, width, self._table.look.unit)
        self._header.show(self._without_private([*lines, verdict_line(self._said, width)]))

    def _without_private(self, lines: list[Line]) -> list[Line]:
        private = with_elided(self.private())
        if not private:
            return lines
        return [
            [(redacted(text, private, keeps_columns=True), role) for text, role in line]
            for line in lines
        ]

    # The panel

    @property
    def open_panel(self) -> str | None:
        """The name of the one that is open; None where none is."""
        return self._panel.open_name

    def action_panel(self, name: str) -> None:
        """Open a panel, or close it."""
        self._panel.toggle(name)

    async def action_close_panel(self) -> None:
        """End the search, else close whichever is open; where none is, show all targets."""
        if self.end_search():
            return
        if self._panel.open_name is None:
            await self.run_action("app.leave_target")
        self._panel.close()

    def action_in_panel(self, command: str) -> None:
        """Let the open panel do something."""
        self._panel.do(command)

    def action_panel_alone(self) -> None:
        """Give the panel the whole screen, or give it back."""
        self._panel.toggle_alone()

    def action_scroll_panel(self, lines: int) -> None:
        """Scroll the panel."""
        self._panel.scroll_relative(y=lines, animate=False)

    def on_hop_table_opened(self, _message: HopTable.Opened) -> None:
        """A double click opens the details."""
        self._panel.open("details")

    # Keys

    @property
    def is_finished(self) -> bool:
        """Whether nothing is sent any more."""
        return self._finished_at_s is not None

    def table_look(self) -> TableLook:
        """How the table looks now."""
        return self._table.look

    def show_as(self, look: TableLook) -> None:
        """With these columns, units and scale from now on."""
        if look != self._table.look:
            self._table.show_as(look)
            self._said = statements(self.scene())
            self._draw_header()
            self._panel.draw()

    def preview(self, width: int) -> list[Line]:
        """The head of the table and the destination, or how far it goes, as they look now."""
        return self._table.preview(width)

    @property
    def notice(self) -> str:
        """What is said in place of the keys just now; empty for nothing."""
        return self.key_bar.notice

    def action_sort(self) -> None:
        """By the next column."""
        self._table.sort_next()

    def action_flip(self) -> None:
        """In the other direction."""
        self._table.sort_flipped()

    def action_flows(self) -> None:
        """The flows of each hop below it, or no longer."""
        if not any(hop.flows for hop in self.view.hops()):
            self.say("--flows asks every hop in several flows side by side")
            return
        self._table.unfold(not self._table.is_unfolded)

    def action_group(self) -> None:
        """The hops of each network below a line of their own, or no longer."""
        if not self._table.knows_networks and not self._table.is_grouped:
            self.say("no network is known: --asn or --asn-db looks them up")
            return
        self._table.group(not self._table.is_grouped)

    def action_fold(self) -> None:
        """One line for the network under the cursor, or its hops again."""
        if not self._table.is_grouped:
            self.say(f"{self._shown_keys['group']} groups the hops by network first")
            return
        self._table.fold()

    # Standing still, and leaving out

    def action_freeze(self) -> None:
        """Let the picture stand still while probing goes on, or catch up."""
        if self._frozen_at is None:
            self._frozen_at = self._clock(), self._wall_clock()
            self._draw_header()
            again = self._shown_keys["freeze"]
            goes_on = "probing" if self._replay_words is None else "the recording"
            self.say(f"the picture stands still, {goes_on} goes on; {again} goes on with it")
            return
        self._frozen_at = None
        held = self._held.take()
        if held is not None:
            self.show_update(held.paths[_HELD])
        self.tick()
        self.say("the picture moves again")

    @property
    def hidden_hops(self) -> int:
        """How many are hidden now."""
        return self.view.private_hops

    def hide_hops(self, hops: int) -> None:
        """Leave out the addresses of so many."""
        self.view.hide(hops)
        if self.is_mounted:
            self._table.redraw()
            self._draw_header()
            self._panel.draw()

    # What leaves the screen: for Sharing

    def shown_path(self) -> PathSnapshot | None:
        """All that is known."""
        return self.view.known_path

    def written(self, kind: ExportKind, path: PathSnapshot) -> str:
        """By whoever knows how reports are written."""
        near = self.view.private_hops
        return self._writers[kind](
            without_home(self.identity, near),
            path,
            self._clockwork().elapsed_s,
            self._chronicle.dated_events(),
            self._table.look.unit,
        )

    def cursor_hop(self) -> HopSnapshot | None:
        """As it may be shown."""
        ttl = self._table.cursor_ttl
        return self.view.hop(ttl) if ttl is not None else None

    def private(self) -> frozenset[str]:
        """Of the first hops, and one's own addresses."""
        return self.scene().private

    def target_name(self) -> str:
        """As the user typed it."""
        return clean(self.identity.target, _TARGET_MAX)

    def now(self) -> datetime:
        """In local time."""
        return datetime.fromtimestamp(self._wall_clock()).astimezone()

    # For Searching

    def hop_table(self) -> HopTable:
        """The table."""
        return self._table

    def shown_hops(self) -> tuple[HopSnapshot, ...]:
        """As they may be shown."""
        return self.view.hops()

    # Looks

    def paint(self, palette: Palette) -> None:
        """Use these colours from now on."""
        super().paint(palette)
        for view in (self.tabs, self._header, self._panel, self.key_bar, self._table):
            view.paint(palette)

    def say(self, notice: str) -> None:
        """Show a notice in place of the keys for a while."""
        self.key_bar.say(redacted(notice, self.private()))
