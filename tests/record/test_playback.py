"""A recording that is played shows what the session knew, to the last digit."""

from __future__ import annotations

import random

import pytest
from msgspec.structs import replace

from poros_tui.model.about import UNKNOWN
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.path import Path
from poros_tui.record.members import MemberKind, find_members, unpack
from poros_tui.record.playback import Playback
from poros_tui.record.recording import Recording
from tests.record.made_session import recorded

Known = tuple[object, ...]


def known(path: Path, chronicle: Chronicle) -> Known:
    """All that a front end could read."""
    newest_s = chronicle.newest_s or 0.0
    return (
        path.hops(),
        path.session() if path.has_status else None,
        chronicle.dated_events(),
        chronicle.event_count,
        chronicle.paths(),
        chronicle.longest_path(0.0, newest_s),
        [chronicle.own_best_s(ttl) for ttl in range(1, 6)],
        [
            chronicle.bins(ttl, from_s, newest_s + 1, count)
            for ttl in range(1, 6)
            for from_s, count in ((100.0, 40), (max(100.0, newest_s - 50), 60))
        ],
    )


def played(playback: Playback) -> Known:
    one = playback.targets[0]
    return known(one.path, one.chronicle)


def nameless(known: Known) -> Known:
    """Names stay known when somebody leaps back: they are no less true."""
    hops, *others = known
    assert isinstance(hops, tuple)
    without = [
        replace(hop, responders=tuple(replace(one, about=UNKNOWN) for one in hop.responders))
        for hop in hops
    ]
    return (without, *others)


CASES = [(1, 1, 1), (2, 1, 1), (3, 3, 1), (4, 1, 3), (5, 2, 1), (6, 1, 1), (7, 1, 2)]


@pytest.mark.sampled(1)
@pytest.mark.parametrize(("seed", "queries", "flows"), CASES)
def test_at_its_end_it_knows_what_the_session_knew(seed: int, queries: int, flows: int) -> None:
    session, data = recorded(seed, queries=queries, flows=flows)
    wanted = known(session.path, session.chronicle)
    for way in (Playback.play, Playback.seek):
        playback = Playback(Recording(data, "it"))
        way(playback, playback.ends_at_s)
        for part, (then, now) in enumerate(zip(wanted, played(playback), strict=True)):
            assert then == now, (way, part)
        assert not playback.recording.complaints


@pytest.mark.sampled(1)
@pytest.mark.parametrize(("seed", "queries", "flows"), CASES)
def test_at_any_time_it_knows_what_was_known_then(seed: int, queries: int, flows: int) -> None:
    _, data = recorded(seed, queries=queries, flows=flows)
    recording = Recording(data, "it")
    assert len(recording.moments) >= 3
    straight, leaping = Playback(recording), Playback(Recording(data, "it"))
    chance = random.Random(seed)
    times = sorted(chance.uniform(100.2, straight.ends_at_s) for _ in range(12))
    then = []
    for at_s in times:
        straight.play(at_s)
        then.append(nameless(played(straight)))
    for place in chance.sample(range(len(times)), len(times)):
        leaping.seek(times[place])
        now = nameless(played(leaping))
        for part, (one, other) in enumerate(zip(then[place], now, strict=True)):
            assert one == other, (place, part)


def test_moments_have_none_of_the_probes_that_a_report_keeps() -> None:
    sizes = []
    for keeps_records in (False, True):
        session, data = recorded(2, keeps_records=keeps_records)
        moments = [one for one in find_members(data) if one.kind is MemberKind.MOMENT]
        newest = moments[-1]
        sizes.append(len(unpack(data, newest, len(data)).text))
        leapt = Playback(Recording(data, "it"))
        leapt.seek(leapt.ends_at_s)
        path = leapt.targets[0].path
        assert not any(hop.records for hop in path.hops())
        session.path.forget_records()
        assert path.hops() == session.path.hops()
    assert abs(sizes[1] - sizes[0]) < 200


def test_each_probe_is_there_when_it_is_wanted() -> None:
    session, data = recorded(2, keeps_records=True)
    playback = Playback(Recording(data, "it"), keep_records=True)
    playback.seek(playback.ends_at_s)
    assert playback.targets[0].path.hops() == session.path.hops()
