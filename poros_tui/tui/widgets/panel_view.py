"""Where the panels stand: one at a time, beside or below the hop table, scrollable."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.containers import VerticalScroll
from textual.geometry import Size
from textual.widget import Widget

from poros_tui.model.privacy import redacted
from poros_tui.tui.formatting import with_elided
from poros_tui.tui.keys import KEYS, Key
from poros_tui.tui.palette import Palette
from poros_tui.tui.panels.panel import Panel, Place
from poros_tui.tui.panels.registry import PANELS
from poros_tui.tui.scene import Scene
from poros_tui.tui.widgets.line_view import LineView

_BELOW_CLASS = "-below"
_ALONE_CLASS = "-alone"
_WIDE_CLASS = "-wide"
"""Of a screen with room for a panel beside the table."""
_BOTH_LEAST = 8
"""Lines for the table, which has 5 at least, and a panel of two lines below it."""


class PanelView(VerticalScroll, can_focus=False):
    """One panel, or nothing."""

    def __init__(
        self,
        scene: Callable[[], Scene],
        tell: Callable[[str], None],
        keys: Sequence[Key] = KEYS,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
    ) -> None:
        """`scene` is what there is to draw, `tell` shows the user a notice; `keys` open panels."""
        self._text = LineView(id="panel-text")
        super().__init__(self._text, id=id)
        self._scene = scene
        self._tell = tell
        self._keys = {key.action: key.shown for key in keys}
        self._panels: dict[str, Panel] = {}
        self._name: str | None = None
        self.display = False

    @property
    def open_name(self) -> str | None:
        """The panel that is open; None where none is."""
        return self._name if self.display else None

    @property
    def open_panel(self) -> Panel | None:
        """The same as an object."""
        name = self.open_name
        return self._panel(name) if name is not None else None

    def _panel(self, name: str) -> Panel:
        if name not in self._panels:
            self._panels[name] = PANELS[name]()
        return self._panels[name]

    def toggle(self, name: str) -> None:
        """Open this panel instead of another, or close it."""
        if self.open_name == name:
            self.close()
        else:
            self.open(name)

    def open(self, name: str) -> None:
        """Open this panel, or say why it has nothing to show."""
        panel = self._panel(name)
        refusal = panel.refusal(self._scene())
        if refusal:
            self._tell(refusal)
            return
        self._name = name
        is_below = panel.place is Place.BELOW
        self.set_class(is_below, _BELOW_CLASS)
        if isinstance(self.parent, Widget):
            self.parent.set_class(is_below, _BELOW_CLASS)
            is_beside = self.screen.has_class(_WIDE_CLASS) and not is_below
            if not is_beside and 0 < self.parent.size.height < _BOTH_LEAST:
                self.parent.add_class(_ALONE_CLASS)
        self.display = True
        self.scroll_to(y=0, animate=False)
        self.call_after_refresh(self.draw)

    def close(self) -> None:
        """Show the table alone."""
        self.display = False
        if self.parent is not None:
            self.parent.remove_class(_ALONE_CLASS)

    def toggle_alone(self) -> None:
        """Give the panel the table's room too, or give it back."""
        if self.open_name is None:
            self._tell("no panel is open")
        elif self.parent is not None:
            self.parent.toggle_class(_ALONE_CLASS)
            self.call_after_refresh(self.draw)

    def do(self, command: str) -> None:
        """Let the open panel do something."""
        panel = self.open_panel
        if panel is None or command not in panel.commands:
            able = [
                f"{name.replace('_', ' ')} ({self._key_of(name)})"
                for name, kind in PANELS.items()
                if command in getattr(kind, "commands", {})
            ]
            self._tell(f"that is for: {', '.join(able)}")
            return
        notice = panel.do(command, self._scene())
        if notice:
            self._tell(notice)
        self.draw()

    def _key_of(self, name: str) -> str:
        return self._keys[f"panel('{name}')"]

    def draw(self) -> None:
        """Draw what the open panel has to say now."""
        panel = self.open_panel
        if panel is None:
            return
        size = self._room(panel)
        if not size.width:
            # Opened a moment ago and not laid out yet. It is drawn when it has a size.
            return
        scene = self._scene()
        private = with_elided(scene.private)
        lines = panel.lines(scene, size.width, size.height)
        if private:
            lines = [
                [(redacted(text, private, keeps_columns=True), role) for text, role in line]
                for line in lines
            ]
        if len(lines) != len(self._text.lines):
            self._text.styles.height = len(lines)
        self._text.show(lines)

    def _room(self, panel: Panel) -> Size:
        """Cells for the text. The scrollbar's are left free also where there is none: text that
        wraps for it would be long enough to need it, and without it short enough not to."""
        width, height = self.scrollable_content_region.size
        if panel.is_filling or self.show_vertical_scrollbar:
            return Size(width, height)
        return Size(max(0, width - self.styles.scrollbar_size_vertical), height)

    def on_resize(self, _event: events.Resize) -> None:
        """The lines depend on the size."""
        self.call_after_refresh(self.draw)

    def on_click(self, event: events.Click) -> None:
        """What is under the mouse, to the panel."""
        panel = self.open_panel
        if panel is None:
            return
        size = self._room(panel)
        x, y = event.screen_x - self._text.region.x, event.screen_y - self._text.region.y
        notice = panel.clicked(x, y, self._scene(), size.width, size.height)
        if notice:
            self._tell(notice)
        self.draw()

    def paint(self, palette: Palette) -> None:
        """Use these colours from now on."""
        self._text.paint(palette)
