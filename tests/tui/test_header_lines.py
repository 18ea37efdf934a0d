from __future__ import annotations

import errno
from ipaddress import ip_address

import msgspec
import pytest

from poros_tui.model.path_mtu import MtuMethod, PathMtu
from poros_tui.model.probe import (
    AnswerKind,
    Mode,
    Multipath,
    Probe,
    Protocol,
)
from poros_tui.model.session import SessionState, TraceIdentity, Way
from poros_tui.model.stop import StopKind
from poros_tui.model.stray import Stray, StrayReason
from poros_tui.probe.sockets import send_error_words
from poros_tui.tui.header_lines import Clockwork, header_lines
from poros_tui.tui.spans import Role, line_text, line_width
from poros_tui.tui.view import TraceView
from tests.model.outcomes import reply
from tests.tui.made_path import MadePath, identity


def header(
    made: MadePath | None,
    width: int = 120,
    who: TraceIdentity | None = None,
    clockwork: Clockwork | None = None,
) -> list[str]:
    view = TraceView(first_hop=1)
    if made is not None:
        view.apply(made.update())
    lines = header_lines(who or identity(), view, clockwork or Clockwork(), width)
    assert [line_width(line) for line in lines] == [width] * 3
    return [line_text(line).strip() for line in lines]


def reached() -> MadePath:
    made = MadePath()
    made.reply(1, 1.0)
    for _probe in range(3):
        made.reached(2, 23.1)
    made.lose(2)
    made.stopped(StopKind.REACHED, ttl=2)
    return made


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (PathMtu(mtu=800, probes=4), "path MTU …"),
        (PathMtu(mtu=800, is_over=True), "path MTU not found"),
        (PathMtu(mtu=1500, is_exact=True, method=MtuMethod.INTERFACE), "path MTU 1500"),
        (PathMtu(mtu=9216, is_exact=True, method=MtuMethod.LIMIT), "path MTU 9216 or more"),
        (
            PathMtu(mtu=1400, is_exact=True, method=MtuMethod.SILENCE, hop=4, beyond=5),
            "path MTU 1400 after hop 4",
        ),
    ],
)
def test_what_the_search_for_the_path_mtu_has_found_is_shown(found: PathMtu, words: str) -> None:
    made = reached()
    made.path.set_path_mtu(found)
    assert words in header(made, 140)[2]


def test_an_mtu_that_a_router_told_in_passing_is_shown() -> None:
    made = reached()
    asked = Probe(number=99, ttl=3, round=0, query=0, generation=0)
    made.path.add(reply(asked, "10.0.2.1", kind=AnswerKind.UNREACHABLE, code=4, mtu=1400))
    assert "link MTU 1400 after hop 2" in header(made, 140)[2]


def test_end_to_end_loss_comes_first_with_its_sample_size() -> None:
    _title, path, _method = header(reached())
    assert path.startswith("end to end ! 25.0 % of 4 lost · last 23.1 ms")
    assert path.endswith("reached at hop 2")


def test_before_the_first_update_it_says_what_it_is_doing() -> None:
    title, path, _method = header(None)
    assert title.startswith("poros-tui  example.com → 203.0.113.80")
    assert title.endswith("○ starting")
    assert path == "opening sockets"


def test_the_first_trace_shows_a_bar_and_a_count() -> None:
    made = MadePath()
    for ttl in range(1, 5):
        made.send(ttl)
    made.reply(5, 1.0)
    assert header(made)[1] == "tracing ━━━━──────────────────── 1 of 5 probes decided"
    assert header(made, 50)[1] == "tracing ━─────── 1 of 5 probes decided"


def test_an_address_as_the_target_is_shown_once() -> None:
    assert header(None, who=identity("203.0.113.80"))[0].count("203.0.113.80") == 1


def test_zone_and_simulation_are_labelled() -> None:
    who = identity(
        "fe80::1%eth0",
        destination=ip_address("fe80::1"),
        destination_zone="eth0",
        is_simulation=True,
    )
    title = header(None, who=who)[0]
    assert "fe80::1%eth0" in title
    assert " SIMULATION " in title


@pytest.mark.parametrize("width", [40, 50, 80])
def test_a_long_target_never_hides_that_it_is_paused(width: int) -> None:
    made = reached()
    made.status(state=SessionState.PAUSED)
    title = header(made, width, identity("a" * 300 + ".example"))[0]
    assert title.endswith("‖ PAUSED")


def test_how_it_is_done_gives_way_in_a_fixed_order_but_for_the_mode() -> None:
    made = reached()
    made.status(mode=Mode.SEQUENTIAL, round=41, interval_s=0.5)
    clockwork = Clockwork(elapsed_s=62, rate_pps=12.04)
    assert header(made, 120, clockwork=clockwork)[2] == (
        "ICMP · raw socket · sequential · every 0.5 s · round 42 · 1:02 · 12.0 packets/s"
    )
    assert (
        header(made, 50, clockwork=clockwork)[2]
        == "ICMP · raw socket · sequential · round 42 · 1:02"
    )
    assert header(made, 20, clockwork=clockwork)[2] == "ICMP · sequential"


def test_what_cannot_be_sent_is_said_in_words() -> None:
    made = reached()
    made.send_failed(1)
    _title, path, method = header(made)
    assert path.startswith("! check the network and its routes · end to end ! 25.0 %")
    assert "1 not sent" in method


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (errno.ENETUNREACH, "! check the network and its routes"),
        (errno.EHOSTUNREACH, "! check the network and its routes"),
        (errno.ENETDOWN, "! check the network and its routes"),
        (errno.EADDRNOTAVAIL, "! check the network and its routes"),
        (errno.EPERM, "! poros-tui doctor HOST says what lets them through the firewall"),
        (errno.EMSGSIZE, "! probes do not leave this machine"),
        (errno.ENOBUFS, "! probes do not leave this machine"),
    ],
    ids=errno.errorcode.get,
)
def test_advice_is_given_where_it_helps(reason: int, words: str) -> None:
    made = reached()
    made.send_failed(1, send_error_words(OSError(reason, "")))
    assert header(made)[1].startswith(words + " · end to end")


def test_what_has_no_value_is_left_away() -> None:
    update = reached().update()
    destination = update.hops[-1]
    nothing = msgspec.structs.replace(destination.rtt, last_s=None, mean_s=None)
    undecided = msgspec.structs.replace(destination, received=0, lost=0, rtt=nothing)
    view = TraceView(first_hop=1)
    view.apply(msgspec.structs.replace(update, hops=(*update.hops[:-1], undecided)))
    line = line_text(header_lines(identity(), view, Clockwork(), 120)[1]).strip()
    assert line == "end to end: nothing decided yet · reached at hop 2"


def test_an_unreachable_is_said_in_words() -> None:
    made = MadePath()
    made.refused(1, 1.0, "10.0.0.5")
    made.stopped(
        StopKind.UNREACHABLE, ttl=1, responder=ip_address("10.0.0.5"), detail="host unreachable"
    )
    assert header(made)[1].startswith("! host unreachable, says 10.0.0.5 at hop 1")


def test_a_path_that_ends_in_silence_names_its_last_answer() -> None:
    made = MadePath()
    made.reply(1, 2.0)
    made.lose(2)
    made.stopped(StopKind.GAP_LIMIT, ttl=1, detail="8")
    assert header(made)[1] == (
        "8 silent hops after hop 1 (--gap-limit) · last answer: hop 1, 2.00 ms"
    )


@pytest.mark.parametrize(
    ("protocol", "hint"),
    [
        (Protocol.ICMP, "nothing answers: a firewall may drop ICMP; try another (keys U or T)"),
        (Protocol.UDP, "nothing answers: a firewall may drop UDP; try another (keys I or T)"),
    ],
)
def test_where_nothing_answers_there_is_a_hint(protocol: Protocol, hint: str) -> None:
    made = MadePath()
    made.lose(1)
    made.stopped(StopKind.GAP_LIMIT, detail="8")
    assert header(made, who=identity(protocol=protocol))[1] == hint


def test_text_from_outside_stays_text() -> None:
    made = reached()
    made.send_failed(1, "\x1b]0;owned\x07[red]no[/red]\u202e")
    who = identity("x\x1b[31m\u200b.example", rung="raw\nsocket [red]no[/red]")
    text = " ".join(header(made, who=who))
    assert text.isprintable()
    assert "[red]no[/red]" in text


def test_stray_packets_are_counted() -> None:
    made = reached()
    made.path.add(Stray(StrayReason.QUOTES_PAYLOAD))
    assert "1 stray packet ignored" in header(made)[2]


def test_loss_of_nothing_is_good() -> None:
    made = MadePath()
    made.reached(1, 1.0)
    made.stopped(StopKind.REACHED, ttl=1)
    view = TraceView(first_hop=1)
    view.apply(made.update())
    assert ("0.0 %", Role.GOOD) in header_lines(identity(), view, Clockwork(), 80)[1]


def test_the_kind_of_socket_stays_named_at_eighty_columns() -> None:
    made = reached()
    made.status(mode=Mode.CONCURRENT, round=41)
    who = identity(protocol=Protocol.UDP, rung="UDP error queue")
    clockwork = Clockwork(elapsed_s=42, rate_pps=12.0)
    assert header(made, 80, who, clockwork)[2] == (
        "UDP · UDP error queue · concurrent · every 1 s · round 42 · 0:42"
    )


@pytest.mark.parametrize("width", [50, 80])
def test_silence_is_said_before_all_else(width: int) -> None:
    path = header(reached(), width, clockwork=Clockwork(silent_s=6.2))[1]
    assert path.startswith("! no answer for 6 s")
    assert "reached at hop" not in path or width > 50
    assert ("poros-tui doctor says" in path) == (width == 80)
    assert "! no answer for 1:05" in header(reached(), clockwork=Clockwork(silent_s=65))[1]


def test_a_simulation_needs_no_doctor() -> None:
    who = identity(is_simulation=True)
    path = header(reached(), 120, who, clockwork=Clockwork(silent_s=6.2))[1]
    assert path.startswith("! no answer for 6 s")
    assert "doctor" not in path


def test_an_address_is_whole_elided_or_left_out() -> None:
    assert header(None, 50)[0].startswith("example.com → 203.0.113.80 ")
    assert header(None, 38)[0].startswith("poros-tui  example.com ")
    assert "…" in header(None, 50, identity("a" * 60 + ".example"))[0]
    assert header(reached(), 30)[1].endswith("…")


def test_where_nothing_can_be_sent_no_more_is_said_than_what_to_do() -> None:
    made = MadePath()
    for ttl in range(1, 9):
        made.send_failed(ttl, "network is unreachable")
    made.stopped(StopKind.FAILED, detail="network is unreachable")
    made.status(round=1)
    assert header(made, 80)[1] == "! check the network and its routes"


def test_what_was_wanted_of_one_protocol_is_not_said_of_another() -> None:
    who = identity(
        protocol=Protocol.UDP,
        port=53,
        source_port=4000,
        payload=b"\x07",
        dscp=46,
        multipath=Multipath.CLASSIC,
        notes=("--payload-hex leaves no room",),
    )
    assert who.outgoing_words == "to port 53 from port 4000 DSCP 46 payload 07 multipath classic"
    tcp = who.by(Way(protocol=Protocol.TCP, privilege="raw", rung="raw sockets"))
    assert tcp.outgoing_words == "to port 53 from port 4000 DSCP 46"
    icmp = who.by(Way(protocol=Protocol.ICMP, privilege="raw", rung="raw socket", notes=("So.",)))
    assert icmp.outgoing_words == "DSCP 46"
    assert (tcp.notes, icmp.notes) == ((), ("So.",))
