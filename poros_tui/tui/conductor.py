"""What the user wants of all targets at once, also of those that come later. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, TypeVar

import msgspec

from poros_tui.model.clean import clean
from poros_tui.model.probe import Mode, Protocol
from poros_tui.model.session import Refusal, SessionControls, SessionState, Shape
from poros_tui.tui.formatting import interval, plural
from poros_tui.tui.roster import Entry, Roster
from poros_tui.tui.settings import Settings, next_interval_s
from poros_tui.tui.table_look import TableLook

T = TypeVar("T")

Wish = Callable[[SessionControls], None]
"""Something that is wanted of a session."""
Command = Callable[[int, Wish], None]
"""Does it to the session of a target, in the engine's thread; as soon as it has one."""
NO_PORTS: Final = "--port is for UDP and TCP probes; choose one of these first"
_NAMES_MAX: Final = 2
_NAME_MAX: Final = 40


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """How a target is traced where nobody wants anything else: as the command line says."""

    protocol: Protocol = Protocol.ICMP
    mode: Mode = Mode.CONCURRENT
    interval_s: float = 1.0
    shape: Shape = Shape()


class Conductor:
    """Tells all sessions the same, and says what came of it."""

    def __init__(
        self,
        roster: Roster,
        command: Command,
        start: Start,
        say: Callable[[str], None],
        note: Callable[[str], None],
    ) -> None:
        """`say` tells the user a sentence at once, `note` one that may wait for those before."""
        self._roster = roster
        self._command = command
        self._start = start
        self._say = say
        self._note = note
        self._mode = start.mode
        self._interval_s = start.interval_s
        self._protocol: Protocol | None = None
        """As it was wanted last; None while it never was. So is the shape."""
        self._shape: Shape | None = None
        self._refusals: dict[int, Refusal] = {}

    # Who is told

    @property
    def _able(self) -> list[Entry]:
        """Those that can still be told something; some have no session yet."""
        return [
            entry
            for entry in self._roster.entries
            if not entry.snapshot.problem and entry.state is not SessionState.FINISHED
        ]

    @property
    def are_all_paused(self) -> bool:
        """Whether nothing is sent to any of them, as the user wishes."""
        running = [entry for entry in self._able if entry.snapshot.session is not None]
        return bool(running) and all(entry.state is SessionState.PAUSED for entry in running)

    @property
    def interval_s(self) -> float:
        """From round to round."""
        return self._interval_s

    def _tell(self, wish: Wish, done: str, entries: Sequence[Entry]) -> None:
        if not entries:
            self._say("there is no target to do that to")
            return
        for entry in entries:
            self._command(entry.number, wish)
        self._say(f"{plural(len(entries), 'target')}: {done}")

    def _those(self, entries: Sequence[Entry]) -> str:
        """In a sentence."""
        if len(entries) == len(self._roster.entries) > 1:
            return f"all {plural(len(entries), 'target')}"
        names = [clean(entry.name, _NAME_MAX) for entry in entries[:_NAMES_MAX]]
        more = len(entries) - len(names)
        return ", ".join(names) + (f" and {more} more" if more else "")

    # What they are told

    def pause_or_resume(self) -> None:
        """Stop sending to all, or go on with all."""
        if self.are_all_paused:
            self._tell(lambda controls: controls.resume(), "sending again", self._able)
        else:
            self._tell(lambda controls: controls.pause(), "nothing is sent", self._able)

    def reset(self) -> None:
        """Forget all statistics."""
        self._tell(lambda controls: controls.reset(), "statistics forgotten", self._able)

    def switch_mode(self, mode: Mode, other: Mode) -> None:
        """This mode, or the other where it is in use."""
        self._set_mode(other if self._mode is mode else mode)

    def _set_mode(self, mode: Mode) -> None:
        self._mode = mode
        self._tell(partial(_set_mode, mode), mode.value, self._able)

    def step_interval(self, by: int) -> None:
        """The next longer interval (1), or the next shorter (-1)."""
        self._set_interval(next_interval_s(self._interval_s, by))

    def _set_interval(self, interval_s: float) -> None:
        self._interval_s = interval_s
        warning = "; most routers answer once a second at best" if interval_s < 1 else ""
        done = f"a round every {interval(interval_s)}{warning}"
        self._tell(partial(_set_interval, interval_s), done, self._able)

    def set_protocol(self, protocol: Protocol) -> None:
        """Probe with this protocol from now on."""
        self._protocol = protocol
        able = self._able
        others = [
            entry
            for entry in able
            if entry.identity is None or entry.identity.protocol is not protocol
        ]
        name = protocol.upper()
        if able and not others:
            self._say(f"these are {name} probes")
            return
        self._tell(partial(_set_protocol, protocol), f"probing with {name}", others)

    def _set_shape(self, shape: Shape) -> None:
        """Send probes of this size, and to this port, from now on."""
        able = self._able
        deaf = [entry for entry in able if _has_no_port_for(entry, shape)]
        if able and len(deaf) == len(able):
            self._say(NO_PORTS)
            return
        self._shape = shape
        words = shape.words(self._present_protocol())
        done = words or "size and port as usual"
        self._tell(partial(_set_shape, shape), done, [one for one in able if one not in deaf])
        if deaf:
            self._note(f"{self._those(deaf)}: {NO_PORTS}")

    def take_over(self, settings: Settings, begun_with: Protocol) -> None:
        """There was one target alone, which is asked like this now: so much for what is wanted of
        all. `begun_with` is how it was probed at first, which need not have been wanted."""
        if self._protocol is not None or settings.protocol is not begun_with:
            self._protocol = settings.protocol
        if self._shape is not None or settings.shape != self._start.shape:
            self._shape = settings.shape
        self._mode = settings.mode
        self._interval_s = settings.interval_s

    def greet(self, number: int) -> None:
        """A target was added: what was last wanted of all is wanted of it too."""
        if self._protocol is not None:
            self._command(number, partial(_set_protocol, self._present_protocol()))
        if self._shape is not None and (shape := self._present_shape()) != self._start.shape:
            self._command(number, partial(_set_shape, shape))
        if self._mode is not self._start.mode:
            self._command(number, partial(_set_mode, self._mode))
        if self._interval_s != self._start.interval_s:
            self._command(number, partial(_set_interval, self._interval_s))

    # What they could not do

    def tell_refusals(self) -> None:
        """What some of them could not do, each reason once, and whose it is."""
        new: dict[str, list[Entry]] = {}
        for entry in self._roster.entries:
            session = entry.snapshot.session
            refusal = session.status.refusal if session is not None else None
            if refusal is not None and self._refusals.get(entry.number) != refusal:
                self._refusals[entry.number] = refusal
                new.setdefault(refusal.reason, []).append(entry)
        for place, (reason, entries) in enumerate(new.items()):
            tell = self._note if place else self._say
            tell(f"{self._those(entries)}: {reason}")

    # Settings

    def _present_protocol(self) -> Protocol:
        present = (entry.identity.protocol for entry in self._able if entry.identity is not None)
        return _prevailing(self._protocol, present, self._start.protocol)

    def _present_shape(self) -> Shape:
        identities = (entry.identity for entry in self._able)
        present = (Shape(size=one.size, port=one.port) for one in identities if one is not None)
        return _prevailing(self._shape, present, self._start.shape)

    def settings(self, theme: str, look: TableLook) -> Settings:
        """What may be changed of all targets, as it is; theme and look are those of all screens."""
        return Settings(
            protocol=self._present_protocol(),
            mode=self._mode,
            interval_s=self._interval_s,
            theme=theme,
            look=look,
            shape=self._present_shape(),
        )

    def choose(self, wanted: Settings) -> None:
        """Change what is not as wanted of how they are probed."""
        shape = self._present_shape()
        if wanted.protocol is not self._present_protocol():
            self.set_protocol(wanted.protocol)
        if wanted.mode is not self._mode:
            self._set_mode(wanted.mode)
        if wanted.interval_s != self._interval_s:
            self._set_interval(wanted.interval_s)
        if wanted.shape != shape:
            self._set_shape(wanted.shape)


def _prevailing(wanted: T | None, present: Iterable[T], start: T) -> T:
    """What is wanted, if anybody does so or nobody does anything yet; else what most of them do:
    what all have refused is not what they do."""
    done = Counter(present)
    if wanted is not None and (wanted in done or not done):
        return wanted
    return done.most_common(1)[0][0] if done else start


def _has_no_port_for(entry: Entry, shape: Shape) -> bool:
    identity = entry.identity
    return identity is not None and not identity.protocol.has_ports and shape.port != identity.port


def _set_mode(mode: Mode, controls: SessionControls) -> None:
    controls.set_mode(mode)


def _set_interval(interval_s: float, controls: SessionControls) -> None:
    controls.set_interval(interval_s)


def _set_protocol(protocol: Protocol, controls: SessionControls) -> None:
    controls.set_protocol(protocol)


def _set_shape(shape: Shape, controls: SessionControls) -> None:
    controls.set_shape(shape)
