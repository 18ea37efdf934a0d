"""What is told to all targets, and to those that come later."""

from __future__ import annotations

import msgspec
import pytest

from poros_tui.model.probe import Mode, Protocol
from poros_tui.model.session import Refusal, SessionState, Shape, Way
from poros_tui.model.targets import TargetSnapshot
from poros_tui.tui.conductor import NO_PORTS, Conductor, Start, Wish
from poros_tui.tui.roster import Roster
from poros_tui.tui.settings import Settings
from poros_tui.tui.table_look import DEFAULT_LOOK
from tests.tui.fake_engine import FakeEngine
from tests.tui.fleet_stage import Made

PRIVILEGED = Way(protocol=Protocol.UDP, privilege="raw", rung="raw socket")


class Hall:
    """Some targets, a conductor, and what he said."""

    def __init__(self, *names: str, start: Start | None = None) -> None:
        self.made = {number: Made(number, name, 0.0) for number, name in enumerate(names)}
        self.roster = Roster((made.not_begun() for made in self.made.values()), 0.0)
        self.told: list[tuple[int, str]] = []
        self.said: list[str] = []
        self.noted: list[str] = []
        self.conductor = Conductor(
            self.roster, self._command, start or Start(), self.said.append, self.noted.append
        )

    def _command(self, number: int, wish: Wish) -> None:
        engine = FakeEngine()
        wish(engine)
        self.told += [(number, asked) for asked in engine.asked]

    def take(self, *snapshots: TargetSnapshot) -> None:
        for snapshot in snapshots:
            self.roster.take(snapshot, 0.0)

    def take_all(self) -> None:
        self.take(*(made.snapshot() for made in self.made.values()))

    def also(self, name: str) -> int:
        number = len(self.made)
        self.made[number] = Made(number, name, 0.0)
        self.take(self.made[number].not_begun())
        return number

    def probe_with(self, way: Way, *numbers: int) -> None:
        for number in numbers or self.made:
            self.made[number].path.status(way=way)
        self.take_all()

    @property
    def settings(self) -> Settings:
        return self.conductor.settings("dark", DEFAULT_LOOK)

    def choose(self, **changes: object) -> None:
        self.conductor.choose(msgspec.structs.replace(self.settings, **changes))


def test_one_that_is_added_later_gets_what_was_wanted_last() -> None:
    hall = Hall("a", "b")
    hall.take_all()
    hall.choose(protocol=Protocol.TCP)
    hall.choose(protocol=Protocol.UDP, mode=Mode.ADAPTIVE, interval_s=5.0)
    hall.probe_with(PRIVILEGED)
    shape = Shape(size=512, port=53)
    hall.choose(shape=shape)
    hall.probe_with(msgspec.structs.replace(PRIVILEGED, shape=shape), 1)
    hall.told.clear()
    hall.conductor.greet(hall.also("c"))
    assert hall.told == [
        (2, "protocol udp"),
        (2, "size 512 port 53"),
        (2, "mode adaptive"),
        (2, "interval 5"),
    ]


def test_it_is_told_nothing_where_all_is_as_the_command_line_says() -> None:
    start = Start(protocol=Protocol.UDP, mode=Mode.SEQUENTIAL, interval_s=2.0, shape=Shape(port=53))
    hall = Hall("a", start=start)
    hall.take_all()
    hall.choose(mode=Mode.CONCURRENT, interval_s=5.0)
    hall.choose(mode=Mode.SEQUENTIAL, interval_s=2.0)
    hall.told.clear()
    hall.conductor.greet(hall.also("b"))
    assert hall.told == []


def test_it_is_not_asked_for_what_none_could_do() -> None:
    hall = Hall("a", "b")
    hall.take_all()
    hall.choose(protocol=Protocol.TCP)
    assert [told for _, told in hall.told] == ["protocol tcp"] * 2
    # They go on with ICMP.
    hall.told.clear()
    hall.conductor.greet(hall.also("c"))
    assert hall.told == [(2, "protocol icmp")]
    assert hall.settings.protocol is Protocol.ICMP


def test_what_one_alone_was_told_in_its_table_is_not_wanted_of_others() -> None:
    hall = Hall("a", "b")
    hall.probe_with(PRIVILEGED, 0)
    hall.conductor.greet(hall.also("c"))
    assert hall.told == []


def test_what_the_only_target_got_unasked_is_not_wanted_of_others() -> None:
    # ICMP is not permitted, say.
    hall = Hall("a")
    hall.probe_with(PRIVILEGED)
    hall.conductor.take_over(hall.settings, Protocol.UDP)
    hall.conductor.greet(hall.also("b"))
    assert hall.told == []


def test_what_the_only_target_went_back_to_is_wanted_of_others() -> None:
    hall = Hall("a", start=Start(mode=Mode.ADAPTIVE))
    hall.take_all()
    hall.choose(protocol=Protocol.UDP, mode=Mode.CONCURRENT, interval_s=5.0)
    begun = Settings(
        protocol=Protocol.ICMP,
        mode=Mode.ADAPTIVE,
        interval_s=1.0,
        theme="dark",
        look=DEFAULT_LOOK,
    )
    hall.told.clear()
    hall.conductor.take_over(begun, Protocol.ICMP)
    hall.conductor.greet(hall.also("b"))
    assert hall.told == [(1, "protocol icmp")]


def test_those_whose_address_is_looked_for_are_told_too_and_others_not() -> None:
    hall = Hall("a", "b", "c", "d")
    hall.made[3].path.status(state=SessionState.FINISHED)
    hall.take(
        hall.made[0].snapshot(),
        hall.made[2].not_begun(problem="there is no such host"),
        hall.made[3].snapshot(),
    )
    hall.conductor.step_interval(1)
    assert hall.told == [(0, "interval 2"), (1, "interval 2")]
    assert hall.said == ["2 targets: a round every 2 s"]
    hall.conductor.set_protocol(Protocol.UDP)
    assert hall.told[2:] == [(0, "protocol udp"), (1, "protocol udp")]


def test_who_waits_for_its_address_keeps_nobody_from_going_on() -> None:
    hall = Hall("a", "b")
    hall.made[0].path.status(state=SessionState.PAUSED)
    hall.take(hall.made[0].snapshot())
    hall.conductor.pause_or_resume()
    assert hall.told == [(0, "resume"), (1, "resume")]


def test_settings_are_those_of_all_or_of_most() -> None:
    hall = Hall("a", "b", "c", start=Start(protocol=Protocol.TCP, shape=Shape(size=100)))
    assert hall.settings.protocol is Protocol.TCP  # nothing is known of them yet
    assert hall.settings.shape == Shape(size=100)
    shaped = msgspec.structs.replace(PRIVILEGED, shape=Shape(size=512))
    hall.probe_with(shaped, 0, 2)
    assert (hall.settings.protocol, hall.settings.shape) == (Protocol.UDP, Shape(size=512))


def test_a_port_is_for_those_whose_probes_have_some() -> None:
    hall = Hall("a", "b", "c")
    hall.take_all()
    hall.choose(shape=Shape(port=53))
    assert hall.said == [NO_PORTS]
    assert hall.told == []
    hall.probe_with(PRIVILEGED, 0, 1)
    hall.choose(shape=Shape(port=53))
    assert hall.told == [(0, "size None port 53"), (1, "size None port 53")]
    assert hall.said[1:] == ["2 targets: to port 53"]
    assert hall.noted == [f"c: {NO_PORTS}"]


def test_size_and_port_can_be_as_usual_again() -> None:
    hall = Hall("a", start=Start(shape=Shape(size=512)))
    hall.made[0].path.status(way=msgspec.structs.replace(PRIVILEGED, shape=Shape(size=512)))
    hall.take_all()
    hall.choose(shape=Shape())
    assert hall.told == [(0, "size None port None")]
    assert hall.said == ["1 target: size and port as usual"]


@pytest.mark.parametrize(
    ("refusing", "who"),
    [
        ((1,), "b"),
        ((0, 2), "a, c"),
        ((0, 1, 3), "a, b and 1 more"),
        ((0, 1, 2, 3), "all 4 targets"),
    ],
)
def test_it_is_said_who_refused_what(refusing: tuple[int, ...], who: str) -> None:
    hall = Hall("a", "b", "c", "d")
    for number in refusing:
        hall.made[number].path.status(refusal=Refusal(1, "--size 30 is too small"))
    hall.take_all()
    hall.conductor.tell_refusals()
    hall.conductor.tell_refusals()
    assert hall.said == [f"{who}: --size 30 is too small"]


def test_every_reason_is_said() -> None:
    hall = Hall("a", "b", "c")
    for number, reason in enumerate(("no", "never", "no")):
        hall.made[number].path.status(refusal=Refusal(1, reason))
    hall.take_all()
    hall.conductor.tell_refusals()
    assert (hall.said, hall.noted) == (["a, c: no"], ["b: never"])
    hall.made[0].path.status(refusal=Refusal(2, "no"))
    hall.take_all()
    hall.conductor.tell_refusals()
    assert hall.said[1:] == ["a: no"]


def test_with_nobody_left_it_is_said() -> None:
    hall = Hall("a")
    hall.take(hall.made[0].not_begun(problem="there is no such host"))
    hall.conductor.reset()
    assert hall.said == ["there is no target to do that to"]
