"""The app that plays a recording: the same screens, with a player's keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from typing import Protocol as TypingProtocol

from poros_tui.errors import UsageError
from poros_tui.model.clean import clean
from poros_tui.tui.app import REACHED_EXIT_CODE, PorosApp
from poros_tui.tui.formatting import elapsed
from poros_tui.tui.time_axis import local
from poros_tui.tui.time_place import Span, parse_time
from poros_tui.tui.widgets.prompt import Prompt

_SENTENCE_MAX: Final = 300
_Any = Any
"""Whatever the app takes."""


class Player(TypingProtocol):
    """Who plays. All but the properties are called in the engine's thread."""

    @property
    def begins_at_s(self) -> float:
        """When the recording begins, on the clock of its session."""

    @property
    def ends_at_s(self) -> float:
        """When it ends."""

    @property
    def now_s(self) -> float:
        """The time that is played."""

    @property
    def is_playing(self) -> bool:
        """Whether it goes on."""

    @property
    def speed(self) -> float:
        """So many times as fast as it was."""

    @property
    def is_behind(self) -> bool:
        """Whether it goes slower than that, since it cannot be read so fast."""

    def wall_s(self, at_s: float) -> float:
        """A time of the session in seconds since 1970."""

    def session_s(self, wall_s: float) -> float:
        """The other way round."""

    def toggle(self) -> None:
        """Hold, or go on."""

    def change_speed(self, by: int) -> None:
        """The next speed, or the one before."""

    def skip(self, by_s: float) -> None:
        """So many seconds on, or back."""

    def go_to(self, at_s: float) -> None:
        """To that time."""

    def step(self, by: int) -> None:
        """One round on, or back."""

    def to_event(self, by: int) -> None:
        """Where the next event was told, or the one before."""


class ReplayApp(PorosApp):
    """A recording on the screen."""

    def __init__(
        self, *arguments: _Any, player: Player, refused_keys: str = "", **options: _Any
    ) -> None:
        """As `PorosApp`; its engine is `player`. `refused_keys`: those of a live session that have
        nothing to do here."""
        self._player = player
        super().__init__(
            *arguments,
            clock=lambda: player.now_s,
            wall_clock=lambda: player.wall_s(player.now_s),
            replay_words=self._words,
            **options,
        )
        if refused_keys:
            # Not of a screen: whatever else such a key does there goes first.
            self._bindings.bind(refused_keys, "refuse", show=False)

    def _words(self) -> tuple[str, str]:
        """What is played, for the head of the screen."""
        player = self._player
        at = local(player.wall_s(player.now_s))
        gone = elapsed(player.now_s - player.begins_at_s)
        whole = elapsed(player.ends_at_s - player.begins_at_s)
        how = "playing" if player.is_playing else "held"
        speed = f"{'up to ' if player.is_behind else ''}x{player.speed:g}"
        return "REPLAY", f"{how} {speed}  {at:%d %b %H:%M:%S}  {gone} of {whole}"

    def action_leave(self) -> None:
        """The user has seen enough: whether the destination was reached then is no matter now."""
        self.exit(return_code=REACHED_EXIT_CODE)

    def action_refuse(self) -> None:
        """Say that a key has nothing to do."""
        self.targets.current.say("that is for a session that goes on, and this one was recorded")

    def action_replay(self, what: str, by: float) -> None:
        """What a player's key does."""
        player = self._player
        commands: dict[str, Callable[[], None]] = {
            "toggle": player.toggle,
            "speed": lambda: player.change_speed(int(by)),
            "skip": lambda: player.skip(by),
            "step": lambda: player.step(int(by)),
            "event": lambda: player.to_event(int(by)),
        }
        self._steer(commands[what])

    def _steer(self, command: Callable[[], None]) -> None:
        self.targets.steer(command)

    async def action_ask_for_time(self) -> None:
        """Let the user type a time."""
        await self.targets.question.ask(Prompt("Go to:", self._objection, self.palette))

    def _span(self) -> Span:
        player = self._player
        return Span(
            begins_at_s=player.begins_at_s,
            ends_at_s=player.ends_at_s,
            now_s=player.now_s,
            wall_s=player.wall_s,
            session_s=player.session_s,
            local=local,
        )

    def _objection(self, typed: str) -> str:
        try:
            parse_time(typed, self._span())
        except UsageError as refusal:
            return clean(str(refusal), _SENTENCE_MAX)
        return ""

    def on_prompt_accepted(self, message: Prompt.Accepted) -> None:
        """A time was typed."""
        message.prevent_default()
        self.targets.question.close()
        at_s = parse_time(message.text, self._span())
        self._steer(lambda: self._player.go_to(at_s))
