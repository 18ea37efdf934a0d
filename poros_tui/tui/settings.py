"""What may be changed while a session runs, and what it may be changed to. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final, TypeVar

import msgspec

from poros_tui.model.probe import Mode, Protocol
from poros_tui.model.session import Shape
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.formatting import interval, plural
from poros_tui.tui.palette import PaletteName
from poros_tui.tui.table_look import Called, HeightScale, TableLook, columns_text
from poros_tui.tui.themes import theme_names

T = TypeVar("T")

INTERVALS_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)
"""What + and - go through."""
USUAL: Final = "usual"
"""The size or the port that the program takes where none is wanted."""
SIZES: Final = (64, 128, 256, 512, 1024, 1280, 1400, 1500, 4096, 9000)
"""Bytes that arrows go through: among them IPv6's least MTU, Ethernet's, and a jumbo frame."""
PORTS: Final = (22, 53, 80, 123, 443, 3478, 33434)
"""The same: SSH, DNS, HTTP, NTP, HTTPS and QUIC, STUN, traceroute."""


class Setting(StrEnum):
    """One of them; its value is the name on the screen."""

    PROTOCOL = "Protocol"
    MODE = "Mode"
    INTERVAL = "Interval"
    SIZE = "Size"
    PORT = "Port"
    THEME = "Theme"
    UNITS = "Units"
    SCALE = "Scale"
    COLUMNS = "Columns"
    RESPONDERS = "Responders"

    @property
    def meaning(self) -> str:
        """Behind its value."""
        return _MEANINGS[self]


_MEANINGS: Final[Mapping[Setting, str]] = {
    Setting.PROTOCOL: "what the probes are; statistics begin anew",
    Setting.MODE: "how hops are asked",
    Setting.INTERVAL: "from round to round",
    Setting.SIZE: "with the IP header; statistics begin anew",
    Setting.PORT: "of UDP and TCP; statistics begin anew",
    Setting.THEME: "colours",
    Setting.UNITS: "of times in all views",
    Setting.SCALE: "how high a time is in the history",
    Setting.RESPONDERS: "what the table calls them by",
    Setting.COLUMNS: "from left to right",
}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All of them as they are, or as they are wanted."""

    protocol: Protocol
    mode: Mode
    interval_s: float
    theme: str
    look: TableLook
    shape: Shape = Shape()

    def shown(self, setting: Setting) -> str:
        """Its value in words."""
        match setting:
            case Setting.PROTOCOL:
                return self.protocol.upper()
            case Setting.MODE:
                return self.mode.value
            case Setting.INTERVAL:
                return interval(self.interval_s)
            case Setting.SIZE:
                return USUAL if self.shape.size is None else plural(self.shape.size, "byte")
            case Setting.PORT:
                return USUAL if self.shape.port is None else str(self.shape.port)
            case Setting.THEME:
                is_plain = self.theme == PaletteName.PLAIN
                return "colours are off (--no-color)" if is_plain else self.theme
            case Setting.UNITS:
                return self.look.unit.words
            case Setting.SCALE:
                return self.look.height.words
            case Setting.RESPONDERS:
                return self.look.called.words
            case Setting.COLUMNS:
                return columns_text(self.look.columns).replace(",", " ")

    def stepped(self, setting: Setting, by: int) -> Settings:
        """With the next value (1) of a setting, or the one before (-1). Columns have none."""
        replace, look = msgspec.structs.replace, self.look
        match setting:
            case Setting.PROTOCOL:
                return replace(self, protocol=_next(tuple(Protocol), self.protocol, by))
            case Setting.MODE:
                return replace(self, mode=_next(tuple(Mode), self.mode, by))
            case Setting.INTERVAL:
                return replace(self, interval_s=next_interval_s(self.interval_s, by))
            case Setting.SIZE:
                return self.with_number(setting, _next_number(SIZES, self.shape.size, by))
            case Setting.PORT:
                return self.with_number(setting, _next_number(PORTS, self.shape.port, by))
            case Setting.THEME:
                if self.theme == PaletteName.PLAIN:
                    return self
                names = [name for name in theme_names() if name != PaletteName.PLAIN]
                return replace(self, theme=_next(names, self.theme, by))
            case Setting.UNITS:
                unit = _next(tuple(TimeUnit), look.unit, by)
                return replace(self, look=replace(look, unit=unit))
            case Setting.SCALE:
                height = _next(tuple(HeightScale), look.height, by)
                return replace(self, look=replace(look, height=height))
            case Setting.RESPONDERS:
                called = _next(tuple(Called), look.called, by)
                return replace(self, look=replace(look, called=called))
            case Setting.COLUMNS:
                return self

    def with_number(self, setting: Setting, number: int | None) -> Settings:
        """With this size or port; None: what is usual."""
        name = "size" if setting is Setting.SIZE else "port"
        shape = msgspec.structs.replace(self.shape, **{name: number})
        return msgspec.structs.replace(self, shape=shape)

    def changed_from(self, before: Settings) -> tuple[Setting, ...]:
        """Those that are not as they were."""
        return tuple(one for one in Setting if self.shown(one) != before.shown(one))

    def for_file(self, changed: Sequence[Setting]) -> dict[str, str | float | bool | None]:
        """These as options by their long names; None is for one that must not be there."""
        options: dict[str, str | float | bool | None] = {}
        if Setting.PROTOCOL in changed:
            options |= dict.fromkeys((protocol.value for protocol in Protocol), None)
            options[self.protocol.value] = True
            if not self.protocol.has_ports:  # with them it would be refused
                options |= {"port": None, "source-port": None}
        if Setting.MODE in changed:
            options |= {Mode.SEQUENTIAL.value: None, Mode.ADAPTIVE.value: None}
            if self.mode is not Mode.CONCURRENT:
                options |= {"thrifty": None, self.mode.value: True}
        if Setting.INTERVAL in changed:
            options["interval"] = self.interval_s
        if Setting.SIZE in changed:
            options["size"] = self.shape.size
        if Setting.PORT in changed and self.protocol.has_ports:
            # A port alone would be refused.
            options |= dict.fromkeys((protocol.value for protocol in Protocol), None)
            options |= {self.protocol.value: True, "port": self.shape.port}
        if Setting.THEME in changed:
            options["theme"] = self.theme
        if Setting.UNITS in changed:
            options["units"] = self.look.unit.value
        if Setting.SCALE in changed:
            options["scale"] = self.look.height.value
        if Setting.RESPONDERS in changed:
            options["responders"] = self.look.called.value
        if Setting.COLUMNS in changed:
            options["columns"] = columns_text(self.look.columns)
        return options


def parsed_number(text: str) -> int | None:
    """What a user types for a size or a port; None: what is usual.

    Raises:
        ValueError: it is no whole number.
    """
    return None if text.strip().lower() == USUAL else int(text)


def _next_number(steps: Sequence[int], present: int | None, by: int) -> int | None:
    """Below the least step is what is usual."""
    if by > 0:
        return min((step for step in steps if step > (present or 0)), default=present)
    return max((step for step in steps if step < (present or 0)), default=None)


def next_interval_s(interval_s: float, by: int) -> float:
    """The next longer interval (1), or the next shorter (-1); it stops at the ends."""
    if by > 0:
        return min((step for step in INTERVALS_S if step > interval_s), default=INTERVALS_S[-1])
    return max((step for step in INTERVALS_S if step < interval_s), default=INTERVALS_S[0])


def _next(choices: Sequence[T], present: T, by: int) -> T:
    place = choices.index(present) + by if present in choices else 0
    return choices[place % len(choices)]
