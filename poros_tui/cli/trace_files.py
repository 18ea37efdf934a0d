"""Files with traces in them, whoever wrote them: recordings, and reports of this program and of
others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from poros_tui.cli.reading import STDIN, shown, text_of
from poros_tui.cli.recorded import is_recording, open_recording
from poros_tui.errors import UsageError
from poros_tui.model.contrast.measured import Measured
from poros_tui.model.place_doubt import path_with_doubts
from poros_tui.model.session import SessionState
from poros_tui.report.foreign.read import Read, read_any
from poros_tui.report.measuring import measured

if TYPE_CHECKING:
    from poros_tui.record.playback import Playback, Played
    from poros_tui.record.recording import Recording
    from poros_tui.record.target import Target
    from poros_tui.report.run import FinishedRun

PROBES_MAX: Final = 200_000
"""Of a recording: so many are read one by one, 60 us and 700 bytes each. Of longer ones what they
tell together is there at once."""


_SENTENCES_MAX: Final = 20


def few_of(sentences: Sequence[str]) -> Sequence[str]:
    """What is wrong with a file, for its reader: of many sentences the first, how many more there
    are, and the last, which says where the file is given up."""
    if len(sentences) <= _SENTENCES_MAX:
        return sentences
    first = sentences[: _SENTENCES_MAX - 2]
    more = len(sentences) - len(first) - 1
    return (*first, f"{more} more such places are not named here", sentences[-1])


def read_traces(name: str, advice: str) -> Read:
    """All traces in a file, or of standard input for `-`. `advice` is for a file that is not
    there.

    Raises:
        UsageError: it cannot be read, or is a recording in which nothing can.
    """
    path = Path(name)
    if name == STDIN or not is_recording(path):
        return read_any(text_of(name, advice), shown(name))
    recording = open_recording(path)
    playback, probes = _ended(recording)
    left_out: tuple[str, ...] = ()
    if probes > PROBES_MAX:
        left_out = (
            f"{shown(name)} has {probes} probes: what they tell together is reported, and not "
            "what became of each",
        )
    runs = _runs(playback)
    if not runs:
        first = next(iter(recording.complaints), f"{shown(name)} has no session in it")
        raise UsageError(first, "give another recording")
    return Read(
        runs=tuple(runs),
        complaints=tuple(recording.complaints),
        left_out=left_out,
        are_several=len(runs) > 1,
    )


def read_measured(name: str, advice: str) -> tuple[Read, list[Measured]]:
    """The same as far as it is compared: of recordings of any length with every round trip.

    Raises:
        UsageError: it cannot be read.
    """
    read, path = read_traces(name, advice), Path(name)
    found = [measured(run, shown(name)) for run in read.runs]
    if not read.left_out or name == STDIN or not is_recording(path):
        return read, found
    recording = open_recording(path)
    playback, _ = _ended(recording)
    return read, [
        _with_round_trips(one, _round_trips_ms(recording, played))
        for one, played in zip(found, _begun(playback), strict=True)
    ]


def _ended(recording: Recording) -> tuple[Playback, int]:
    """It at its end, and how many probes it has."""
    from poros_tui.record.playback import Playback

    playback = Playback(recording)
    playback.seek(playback.ends_at_s)
    targets = playback.targets.values()
    probes = sum(one.path.session().sent for one in targets if one.path.has_status)
    if probes <= PROBES_MAX:
        playback = Playback(recording, keep_records=True)
        playback.seek(playback.ends_at_s)
    return playback, probes


def _runs(playback: Playback) -> list[FinishedRun]:
    from poros_tui.report.run import FinishedRun, utc

    def run(played: Played) -> FinishedRun:
        target, chronicle, path = played.target, played.chronicle, played.path.snapshot()
        status = path.session.status
        is_finished = status.state is SessionState.FINISHED
        ended_at_s = played.newest_at_s if is_finished else playback.ends_at_s
        identity = target.identity if status.way is None else target.identity.by(status.way)
        return FinishedRun(
            identity=identity,
            config=msgspec.structs.replace(target.config, interval_s=status.interval_s),
            path=path_with_doubts(path, identity.home),
            started_at=utc(target.began_wall_s),
            duration_s=ended_at_s - _first_probe_s(playback.recording, target),
            events=chronicle.dated_events(),
            chronicle=chronicle,
        )

    return [run(played) for played in _begun(playback)]


def _first_probe_s(recording: Recording, target: Target) -> float:
    """When the first left: sockets that were just made may have to settle before."""
    from poros_tui.model.probe import Sent
    from poros_tui.record.lines import TICKS_PER_S

    from_ticks = round(target.began_at_s * TICKS_PER_S)
    earlier = [ticks for ticks in recording.member_times if ticks <= from_ticks]
    for happening in recording.happenings(earlier[-1] if earlier else from_ticks):
        if happening.target == target.number and isinstance(happening.what, Sent):
            return happening.what.at_s
    return target.began_at_s


def _begun(playback: Playback) -> list[Played]:
    """Those of whom anything is known, in the order in which they were given."""
    targets = sorted(playback.targets.values(), key=lambda played: played.target.place)
    return [played for played in targets if played.path.has_status]


def _round_trips_ms(recording: Recording, played: Played) -> Mapping[int, list[float]]:
    """By TTL, of what is counted at the end."""
    from poros_tui.model.probe import Reply

    number, generation = played.target.number, played.path.generation
    found: dict[int, list[float]] = {}
    for happening in recording.happenings(recording.begins_at):
        reply = happening.what
        if (
            isinstance(reply, Reply)
            and happening.target == number
            and reply.probe.generation == generation
            and reply.rtt_s is not None
        ):
            found.setdefault(reply.probe.ttl, []).append(1e3 * reply.rtt_s)
    return found


def _with_round_trips(one: Measured, rtts_ms: Mapping[int, list[float]]) -> Measured:
    hops = tuple(
        msgspec.structs.replace(hop, rtts_ms=tuple(rtts_ms.get(hop.ttl, ())), told_mean_ms=None)
        for hop in one.hops
    )
    return msgspec.structs.replace(one, hops=hops)
