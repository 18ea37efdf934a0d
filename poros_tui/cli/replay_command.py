"""`poros-tui replay FILE`: a recorded session on the screen again."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec

from poros_tui.cli.character_set import has_blocks
from poros_tui.cli.completing import files, themes
from poros_tui.cli.loading import load_all
from poros_tui.cli.options import Options
from poros_tui.cli.output import tell
from poros_tui.cli.reading import shown
from poros_tui.cli.recorded import is_recording, open_recording
from poros_tui.cli.run import keys_of, look_of, need_terminal
from poros_tui.cli.settings import settings_in_force
from poros_tui.cli.signals import unwind_on_signals
from poros_tui.cli.trace_files import few_of, read_traces
from poros_tui.errors import UsageError
from poros_tui.probe.privilege import drop_privileges, invoking_user
from poros_tui.report.foreign.read import KNOWN, Read

if TYPE_CHECKING:
    from poros_tui.config import SessionConfig
    from poros_tui.model.targets import FleetControls, Front, TargetSnapshot
    from poros_tui.record.recording import Recording
    from poros_tui.replay.replay import Replay
    from poros_tui.tui.app import PorosApp
    from poros_tui.tui.bridge import RunFleet
    from poros_tui.tui.keys import Key

_PASSED_ON: Final = ("theme", "private_hops", "columns", "responders", "units", "scale", "config")
_FLAGS: Final = ("ascii", "no_color")


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.argument("file", metavar="FILE", shell_complete=files)
@click.option(
    "--at",
    metavar="TIME",
    help="Begin there: 14:05, 2026-11-26 14:05, @1:30:00 after the start, or 50%.  "
    "[default: at the start]",
)
@click.option(
    "--speed",
    metavar="TIMES",
    type=float,
    help="As many times as fast as it was: 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300 or 1000.  "
    "[default: 1]",
)
@click.option("--held", is_flag=True, help="Stand still until space is pressed.  [default: play]")
@click.option("--theme", metavar="NAME", shell_complete=themes, help="As of a live session.")
@click.option("--ascii", is_flag=True, help="As of a live session.")
@click.option("--no-color", is_flag=True, help="As of a live session.")
@click.option("--private-hops", metavar="HOPS", help="As of a live session.")
@click.option("--columns", metavar="LIST", help="As of a live session.")
@click.option("--responders", metavar="WHAT", help="As of a live session.")
@click.option("--units", metavar="UNIT", help="As of a live session.")
@click.option("--scale", metavar="SCALE", help="As of a live session.")
@click.option("--config", metavar="FILE", shell_complete=files, help="As of a live session.")
@click.pass_obj
def command(
    variables: str | None,
    /,
    *,
    file: str,
    at: str | None,
    speed: float | None,
    held: bool,
    **screen: str | bool | None,
) -> int:
    """Play a session that --record has kept in FILE: the whole screen as it was at any time, with
    charts, events and verdict. Press ? for the keys. Reports in JSON, also of mtr, trippy, scamper
    and RIPE Atlas, are shown as they ended.

    Nothing is sent, and nobody is asked for names. How the screen looks is as the configuration
    file and POROS_TUI_* say.
    """
    options = _screen_options(screen, variables)
    need_terminal("use poros-tui report FILE where there is none")
    if not has_blocks():
        options = msgspec.structs.replace(options, is_ascii=True)
    path = Path(file)
    recording = open_recording(path) if is_recording(path) else None
    read = read_traces(file, "write one with --record") if recording is None else None
    if invoking_user(os.environ) is not None:
        load_all()
    drop_privileges()
    if read is not None:
        if at is not None or speed is not None:
            option = "--at" if at is not None else "--speed"
            raise UsageError(f"{option} is for recordings", "leave it out")
        return _show_stills(options, read, file)
    assert recording is not None
    replay = _replay(recording, at, speed)
    code = _show(options, replay, is_held=held)
    for complaint in recording.complaints:
        tell(complaint)
    return code


def _replay(recording: Recording, at: str | None, speed: float | None) -> Replay:
    from poros_tui.record.playback import Playback
    from poros_tui.replay.replay import SPEEDS, Replay

    if speed is not None and speed not in SPEEDS:
        known = ", ".join(f"{one:g}" for one in SPEEDS)
        raise UsageError(f"--speed {speed:g} is none of the player's", f"give one of {known}")
    replay = Replay(Playback(recording))
    if not replay.snapshots():
        raise UsageError(f"{recording.source} has no session in it", "give another recording")
    if at is not None:
        _begin_at(replay, at)
    if speed is not None:
        replay.clock.set_speed(speed)
    return replay


def _screen_options(screen: dict[str, str | bool | None], variables: str | None) -> Options:
    """As those of a live session."""
    words = [f"--{name.replace('_', '-')}" for name in _FLAGS if screen[name]]
    for name in _PASSED_ON:
        if screen[name] is not None:
            words += [f"--{name.replace('_', '-')}", str(screen[name])]
    return settings_in_force(words, variables)


def _begin_at(replay: Replay, typed: str) -> None:
    from poros_tui.tui.time_axis import local
    from poros_tui.tui.time_place import Span, parse_time

    span = Span(
        begins_at_s=replay.begins_at_s,
        ends_at_s=replay.ends_at_s,
        now_s=replay.begins_at_s,
        wall_s=replay.wall_s,
        session_s=replay.session_s,
        local=local,
    )
    replay.go_to(parse_time(typed, span))


def _show(options: Options, replay: Replay, *, is_held: bool) -> int:
    from poros_tui.tui.replay_app import ReplayApp
    from poros_tui.tui.replay_keys import refused_keys, replay_keys

    async def run_fleet(front: Front, on_ready: Callable[[FleetControls], None]) -> None:
        await replay.run(front, on_ready, is_held=is_held)

    return _run(
        options,
        replay.snapshots(),
        replay.config,
        run_fleet,
        lambda: replay.wall_s(replay.now_s),
        replay_keys(keys_of(options)),
        partial(ReplayApp, player=replay, refused_keys=refused_keys(keys_of(options))),
    )


def _show_stills(options: Options, read: Read, file: str) -> int:
    """What others have measured, or a report of ours, as it ended."""
    from poros_tui.cli.stills import Stills
    from poros_tui.tui.replay_keys import refused_still_keys, still_keys
    from poros_tui.tui.still_app import StillApp

    if not read.runs:
        first = next(iter(read.complaints), f"{shown(file)} has no trace in it")
        raise UsageError(first, f"it reads recordings, {KNOWN}")
    stills = Stills(read.runs)
    code = _run(
        options,
        stills.snapshots(),
        stills.config,
        stills.run,
        stills.now_s,
        still_keys(keys_of(options)),
        partial(
            StillApp,
            now_s=stills.now_s(),
            words=stills.words(),
            refused_keys=refused_still_keys(keys_of(options)),
        ),
    )
    for sentence in (*few_of(read.complaints), *few_of(read.left_out)):
        tell(sentence)
    return code


def _run(
    options: Options,
    shown_at_first: Sequence[TargetSnapshot],
    config: SessionConfig,
    run_fleet: RunFleet,
    wall_clock: Callable[[], float],
    keys: Sequence[Key],
    make_app: Callable[..., PorosApp],
) -> int:
    from poros_tui.cli.exporting import sessions_writer_for, writers_for
    from poros_tui.tui.run_app import run_app

    def understand(_typed: str) -> object:
        raise UsageError("a file is shown: nothing is added to it")

    unwind_on_signals()
    return run_app(
        shown_at_first,
        config,
        run_fleet,
        understand=understand,
        no_color=options.no_color or bool(os.environ.get("NO_COLOR")),
        debug=options.debug,
        theme=options.theme,
        is_ascii=options.is_ascii,
        writers=writers_for(config, wall_clock),
        write_sessions=sessions_writer_for(config),
        private_hops=options.private_hops,
        keys=keys,
        look=look_of(options),
        make_app=make_app,
    )
