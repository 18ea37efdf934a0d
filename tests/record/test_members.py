"""The file: gzip for everybody, readable to where it was cut off or damaged."""

from __future__ import annotations

import gzip
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from poros_tui.errors import UsageError
from poros_tui.record.members import (
    MemberKind,
    MemberWriter,
    find_members,
    packed,
    unpack,
)
from poros_tui.record.playback import Playback
from poros_tui.record.recording import Recording
from tests.record.made_session import recorded
from tests.record.test_playback import known, played


def test_gzip_reads_all_lines() -> None:
    _, data = recorded(1, rounds=120)
    text = gzip.decompress(data)
    lines = text.splitlines()
    assert lines[0].startswith(b'["recording",{"version":"1"')
    assert lines[1] == b'["at",1000000]'
    words = {line.split(b'"')[1] for line in lines}
    assert words == {
        b"recording", b"at", b"on", b"target", b"status", b"s", b"k", b"r", b"l", b"f", b"d", b"x",
        b"event", b"clock", b"about", b"series", b"value", b"moment",
    }  # fmt: skip


@given(st.binary(max_size=3000), st.integers(0, 2**40))
def test_a_member_is_what_was_put_in(text: bytes, at_ticks: int) -> None:
    data = packed(MemberKind.PIECES, at_ticks, text)
    (member,) = find_members(data)
    assert (member.kind, member.at_ticks, member.offset) == (MemberKind.PIECES, at_ticks, 0)
    unpacked = unpack(data, member, len(data))
    assert (unpacked.text, unpacked.is_whole) == (text, True)
    assert gzip.decompress(data) == text


def test_what_was_pushed_can_be_read_whatever_comes_then() -> None:
    writer = MemberWriter(MemberKind.HAPPENINGS, 5)
    data = b""
    for number in range(50):
        writer.add(b"line %d\n" % number)
        data += writer.push()
        (member,) = find_members(data)
        unpacked = unpack(data, member, len(data))
        assert unpacked.text.endswith(b"line %d\n" % number)
        assert not unpacked.is_whole
    assert writer.push() == b""  # nothing new


@pytest.mark.sampled(1)
@pytest.mark.parametrize("seed", range(4))
def test_a_file_that_was_cut_off_is_read_up_to_there(seed: int) -> None:
    session, data = recorded(seed, rounds=150)
    chance = random.Random(seed)
    ends_s = []
    for length in sorted(chance.randrange(700, len(data)) for _ in range(12)):
        recording = Recording(data[:length], "it")
        playback = Playback(recording)
        playback.seek(playback.ends_at_s)
        assert not recording.complaints
        ends_s.append(playback.ends_at_s)
        straight = Playback(Recording(data, "it"))
        straight.play(playback.ends_at_s)
        if straight.targets[0].path.has_status:
            sent = straight.targets[0].path.session().sent
            assert 0 <= sent - playback.targets[0].path.session().sent < 64
    assert ends_s == sorted(ends_s)
    whole = Playback(Recording(data, "it"))
    whole.play(whole.ends_at_s)
    assert played(whole) == known(session.path, session.chronicle)


@pytest.mark.sampled(0)
@given(st.integers(0, 2**32), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_a_file_that_is_damaged_is_read_where_it_is_whole(seed: int, bytes_changed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(DAMAGED)
    start = chance.randrange(len(data))
    for place in range(start, min(len(data), start + bytes_changed)):
        data[place] = chance.randrange(256)
    try:
        recording = Recording(bytes(data), "it")
    except UsageError:
        return
    playback = Playback(recording)
    playback.play(playback.ends_at_s)
    for _ in range(3):
        playback.seek(chance.uniform(playback.begins_at_s, playback.ends_at_s))
        for one in playback.targets.values():
            known(one.path, one.chronicle)


DAMAGED = recorded(9, rounds=120, probes_per_moment=150)[1]


def test_what_lies_behind_the_damage_is_played_from_the_next_moment_on() -> None:
    session, data = recorded(3, rounds=200)
    members = list(find_members(data))
    third = [one for one in members if one.kind is MemberKind.HAPPENINGS][1]
    hurt = bytearray(data)
    hurt[third.offset + 400 : third.offset + 420] = bytes(20)
    recording = Recording(bytes(hurt), "it")
    playback = Playback(recording)
    playback.play(playback.ends_at_s)
    assert playback.targets[0].path.session() == session.path.session()
    # All counts and statistics are there; of the last samples those before the moment are missing.
    found, wanted = (
        [replace(hop, history=()) for hop in path.hops()]
        for path in (playback.targets[0].path, session.path)
    )
    assert found == wanted
    (complaint,) = recording.complaints
    assert complaint.startswith("it, line ")
    assert "of part 2 (which begins " in complaint
    assert complaint.endswith("the rest of that part is left out")


@pytest.mark.parametrize("lost", ["happenings", "all", "moment and happenings"])
def test_a_part_whose_head_is_destroyed_is_left_out_and_told(lost: str) -> None:
    session, data = recorded(9, rounds=120, probes_per_moment=150)
    members = list(find_members(data))
    parts = [place for place, one in enumerate(members) if one.kind is MemberKind.HAPPENINGS]
    assert len(parts) == 4
    hurt = bytearray(data)
    back = {"happenings": 0, "all": 2, "moment and happenings": 1}[lost]
    for member in members[parts[2] - back : parts[2] + 1]:
        hurt[member.offset] = 0
    recording = Recording(bytes(hurt), "it")
    playback = Playback(recording)
    playback.play(playback.ends_at_s)
    complaint, *others = recording.complaints
    assert complaint == "it, after part 2: the head of a part is destroyed; it is left out"
    status = playback.targets[0].path.session().status
    if lost == "all":
        # Later moments are made of what is lost there.
        assert len(others) == 1
        assert "cannot be read; all up to the next moment" in others[0]
        assert status.round < session.path.session().status.round
        return
    assert not others
    assert status == session.path.session().status
    # The moment after it knows all counts; of the last samples those before it are missing.
    found, wanted = (
        [replace(hop, history=()) for hop in path.hops()]
        for path in (playback.targets[0].path, session.path)
    )
    assert found == wanted


def test_a_beginning_that_is_destroyed_is_left_out_and_told() -> None:
    session, data = recorded(3, rounds=200)
    hurt = b"\0" + data[1:]
    recording = Recording(hurt, "it")
    playback = Playback(recording)
    playback.play(playback.ends_at_s)
    assert recording.complaints == [
        "it, at the beginning: the head of a part is destroyed; it is left out"
    ]
    assert playback.targets[0].path.session() == session.path.session()


def test_an_end_whose_head_is_destroyed_is_told() -> None:
    _, data = recorded(3, rounds=200)
    last = [one for one in find_members(data) if one.kind is MemberKind.HAPPENINGS][-1]
    hurt = bytearray(data)
    hurt[last.offset] = 0
    recording = Recording(bytes(hurt), "it")
    playback = Playback(recording)
    playback.play(playback.ends_at_s)
    (complaint,) = recording.complaints
    assert complaint.endswith("the head of a part is destroyed; it is left out")


def test_a_wrong_digit_in_the_last_part_is_told_by_its_checksum() -> None:
    data = packed(MemberKind.HAPPENINGS, 0, b'["at",0]\n["clock",0,5]\n')
    told = Recording(data, "it")
    list(told.happenings(0))
    assert told.complaints == []
    # Another length of what is packed stands for another bit in it.
    wrong = Recording(data[:-1] + b"\x01", "it")
    list(wrong.happenings(0))
    assert wrong.complaints == [
        "it, part 1 (which begins 0 s after the start): its checksum is wrong, so that what it "
        "says may be, too"
    ]
    for length in range(len(data) - 30, len(data)):
        cut = Recording(data[:length], "it")
        list(cut.happenings(0))
        assert cut.complaints == []


def test_damage_in_the_last_part_is_told() -> None:
    _, data = recorded(5, rounds=40)
    last = [one for one in find_members(data) if one.kind is MemberKind.HAPPENINGS][-1]
    told = 0
    for place in range(last.offset + 40, len(data), 97):
        hurt = bytearray(data)
        hurt[place] ^= 4
        recording = Recording(bytes(hurt), "it")
        list(recording.happenings(0))
        assert len(recording.complaints) == 1, place
        told += 1
    assert told > 10


def test_what_is_nested_without_end_is_damage() -> None:
    for line in (b"[" * 100_000 + b"]" * 100_000, b'["event",0,' + b'{"t":[' * 9999):
        recording = Recording(packed(MemberKind.HAPPENINGS, 0, b'["at",0]\n' + line + b"\n"), "it")
        list(recording.happenings(0))
        (complaint,) = recording.complaints
        assert complaint.startswith("it, line 2 of part 1 ")


@pytest.mark.parametrize(
    "data", [b"", b"no recording", gzip.compress(b"[1]\n", mtime=0), b"\x1f\x8b\x08\x04"]
)
def test_what_is_no_recording_is_refused(data: bytes) -> None:
    with pytest.raises(UsageError, match="is no recording of poros-tui"):
        Recording(data, "it")


def test_a_newer_format_is_refused() -> None:
    data = bytearray(packed(MemberKind.HAPPENINGS, 0, b'["at",0]\n'))
    place = data.index(b"PT") + 5
    assert data[place] == 1
    data[place] = 2
    with pytest.raises(UsageError, match="newer poros-tui"):
        Recording(bytes(data), "it")
