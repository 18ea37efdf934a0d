"""The main screen: header, hop table, the details of one hop, keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic, time
from typing import Final

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
from poros_tui.model.session import PathSnapshot, PathUpdate, SessionState, TraceIdentity
from poros_tui.tui.bridge import Mailbox
from poros_tui.tui.header_lines import ReplayWords
from poros_tui.tui.keys import KEYS, TARGET_KEYS, Key
from poros_tui.tui.meters import RateMeter, SilenceMeter
from poros_tui.tui.palette import Palette
from poros_tui.tui.panels.verdict import statements
from poros_tui.tui.scene import Scene
from poros_tui.tui.screens.arranging import Arranging
from poros_tui.tui.screens.freezing import Freezing
from poros_tui.tui.screens.hiding import PRIVATE_HOPS, Hiding
from poros_tui.tui.screens.marking import Marking
from poros_tui.tui.screens.opening import Opening
from poros_tui.tui.screens.shares import Sharing
from poros_tui.tui.screens.steering import Engine
from poros_tui.tui.session_news import SessionNews
from poros_tui.tui.sharing import ExportKind, Writers
from poros_tui.tui.spans import Line
from poros_tui.tui.table_look import DEFAULT_LOOK, TableLook
from poros_tui.tui.terminal_diff import TerminalImage
from poros_tui.tui.time_window import TimeWindow
from poros_tui.tui.view import TraceView
from poros_tui.tui.widgets.hop_table import HopTable
from poros_tui.tui.widgets.key_bar import KeyBar
from poros_tui.tui.widgets.line_view import LineView
from poros_tui.tui.widgets.panel_view import PanelView
from poros_tui.tui.widgets.tab_line import TabLine

_TARGET_MAX: Final = 300


class TraceScreen(Freezing, Opening, Arranging, Marking, Sharing, Hiding):
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
        # Not of the class: the user may have changed them.
        own = [Binding(key.keys, key.action, key.word, show=False) for key in keys]
        self._bindings = BindingsMap.merge([BindingsMap(own), self._bindings])
        self._shown_keys = {key.name: key.shown for key in keys}
        self.identity = identity
        self._news = SessionNews(identity)
        self._engine = engine
        self._chronicle = chronicle
        self._window = TimeWindow()
        self._clock = clock
        self._wall_clock = wall_clock
        self._writers = writers or {}
        self._private_hops = private_hops or PRIVATE_HOPS
        self._on_hidden = on_hidden
        self._held = Mailbox()
        self._mode = config.mode
        self._interval_s = config.interval_s
        self._rate = RateMeter(config.interval_s)
        self._silence = SilenceMeter()
        self.view = TraceView(first_hop=config.first_hop)
        self.view.own_words = frozenset({str(identity.source)} if identity.source else ())
        self.view.home = identity.home
        self.view.hide(private_hops)
        self._started_at_s = clock() if started_at_s is None else started_at_s
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

    # What comes from the engine

    def take_in(self, update: PathUpdate) -> None:
        """Show what the engine has published."""
        was_behind, self._is_behind = self._is_behind, False
        change = self.view.apply(update)
        is_leap = change.is_reset and self._replay_words is not None
        if was_behind or is_leap:
            self._conclude()
        session = self.view.session
        if session is None or update.generation < session.status.generation:
            return
        status = session.status
        if is_leap:
            # A recording is at another time: perhaps before what has been seen.
            self._finished_at_s = None
            self._news.begin_anew(status)
        self._keep_time(status, is_reset=change.is_reset)
        news = self._news.of(session)
        self.identity = self._news.identity
        for sentence in news:
            self.say(sentence)
        self._mode, self._interval_s = status.mode, status.interval_s
        self._is_paused = status.state is SessionState.PAUSED
        self._table.show_change(change, status.mode)
        if change.is_reset and self._table.is_difference:
            self._table.show_difference(False)
        if self.head_news(session):
            self.key_bar.call_action("pause", "resume" if self._is_paused else "pause")
        if is_leap:
            self._draw_header()
        if is_leap or (
            self._panel.open_name == "details" and self._table.cursor_ttl in change.hops
        ):
            self._panel.draw()

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

    # What the keys ask for

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

    # For Hiding

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

    # For those that work on the table

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
