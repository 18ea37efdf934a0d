from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_address

import pytest

from poros_tui.cli import resolve
from poros_tui.cli.resolve import Resolution, Resolved
from poros_tui.cli.target import parse_target
from poros_tui.errors import CannotRun, PorosError, UsageError
from tests.cli.program import CommandLine

Answer = Sequence[str] | OSError
Names = Callable[[str, int], Answer]
FAMILIES = {socket.AF_INET: 4, socket.AF_INET6: 6, socket.AF_UNSPEC: 0}


def answering(monkeypatch: pytest.MonkeyPatch, answers: dict[tuple[str, int], Answer]) -> None:
    """The system's resolver, by name and family (0: any). What is not listed does not exist."""

    def getaddrinfo(
        host: bytes,
        _port: None,
        family: int = 0,
        type: int = 0,  # noqa: A002
    ) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        answer = answers.get((host.decode(), FAMILIES[socket.AddressFamily(family)]))
        if answer is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if isinstance(answer, OSError):
            raise answer
        return [(family, type, 17, "", (address, 0)) for address in answer]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def resolved(typed: str, family: int | None = None) -> Resolved:
    return Resolution(parse_target(typed), family).wait()


def failure(typed: str, family: int | None = None) -> PorosError:
    with pytest.raises(PorosError) as failed:
        resolved(typed, family)
    return failed.value


def test_the_first_address_in_the_systems_order_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, {("host.example", 0): ["2001:db8::2", "192.0.2.2"]})
    assert resolved("host.example") == Resolved(ip_address("2001:db8::2"))


def test_a_family_that_is_asked_for_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(
        monkeypatch,
        {("host.example", 4): ["192.0.2.2"], ("host.example", 6): ["2001:db8::2"]},
    )
    assert resolved("host.example", 4).address == ip_address("192.0.2.2")
    assert resolved("host.example", 6).address == ip_address("2001:db8::2")


@pytest.mark.parametrize(("family", "other"), [(4, 6), (6, 4)])
def test_a_family_that_a_name_does_not_have_is_said_with_the_one_it_has(
    monkeypatch: pytest.MonkeyPatch, family: int, other: int
) -> None:
    answering(monkeypatch, {("host.example", 0): ["192.0.2.2" if other == 4 else "2001:db8::2"]})
    error = failure("host.example", family)
    assert str(error) == f"host.example has no IPv{family} address; try it with -{other}"
    assert error.exit_code == 3


def test_a_name_that_does_not_exist_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, {})
    for family in (None, 4, 6):
        error = failure("no.example", family)
        assert str(error) == "there is no host named no.example; check how it is spelt"
        assert error.exit_code == 3


def test_a_name_server_that_is_not_there_is_no_missing_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    again = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    answering(monkeypatch, {("host.example", 0): again})
    error = failure("host.example")
    assert str(error) == (
        "can't resolve host.example: no name server answers; "
        "poros-tui doctor says what is in the way, or give an address"
    )
    assert error.exit_code == 3


def test_a_name_in_the_words_of_the_user_is_looked_up_in_those_of_the_dns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answering(monkeypatch, {("xn--bcher-kva.example", 0): ["192.0.2.9"]})
    assert resolved("BÜCHER.example").address == ip_address("192.0.2.9")
    assert "bücher2.example" in str(failure("bücher2.example"))


def test_the_zone_that_the_resolver_tells_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, {("printer.local", 0): ["fe80::5%eth1"]})
    assert resolved("printer.local") == Resolved(ip_address("fe80::5"), "eth1")


def test_a_mapped_address_of_a_name_is_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    mapped = ["::ffff:192.0.2.7"]
    answering(monkeypatch, {("old.example", 0): mapped, ("old.example", 6): mapped})
    assert resolved("old.example").address == ip_address("192.0.2.7")
    assert str(failure("old.example", 6)) == ("old.example has no IPv6 address; try it with -4")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("255.255.255.255", "the address of many hosts"),
        ("224.0.0.251", "the address of many hosts"),
        ("0.0.0.0", "no host's address"),
        ("fe80::1", "is link-local"),
    ],
)
def test_a_name_for_what_is_no_single_host_is_passed_over_or_refused(
    monkeypatch: pytest.MonkeyPatch, address: str, words: str
) -> None:
    answering(monkeypatch, {("odd.example", 0): [address]})
    error = failure("odd.example")
    assert error.sentence.startswith(f"odd.example can't be traced: {address} ")
    assert words in error.sentence
    assert error.exit_code == 3
    answering(monkeypatch, {("odd.example", 0): [address, "192.0.2.2"]})
    assert resolved("odd.example").address == ip_address("192.0.2.2")


def test_an_address_asks_no_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, {})
    assert resolved("192.0.2.1").address == ip_address("192.0.2.1")
    assert resolved("fe80::1%eth0") == Resolved(ip_address("fe80::1"), "eth0")


@pytest.mark.parametrize(("typed", "family"), [("192.0.2.1", 6), ("::1", 4), ("::ffff:1.2.3.4", 6)])
def test_an_address_of_the_other_family_is_wrong_usage(typed: str, family: int) -> None:
    error = failure(typed, family)
    assert isinstance(error, UsageError)
    assert error.advice == f"leave out -{family} or give an IPv{family} address"


@pytest.fixture
def hung_resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A resolver that does not come back before the test is over, and patience for that."""
    over = threading.Event()

    def hang(*_: object) -> None:
        over.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "too late")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    monkeypatch.setattr(resolve, "NOTICE_AFTER_S", 0.01)
    monkeypatch.setattr(resolve, "PATIENCE_S", 0.02)
    yield over
    over.set()


def test_a_resolver_that_hangs_is_given_up(hung_resolver: threading.Event) -> None:
    error = failure("host.example")
    assert isinstance(error, CannotRun)
    assert str(error) == (
        "the name server did not answer for host.example within 0.02 s; "
        "poros-tui doctor says what is in the way, or give an address"
    )


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_user_at_a_terminal_is_told_what_takes_so_long(
    hung_resolver: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    is_terminal: bool,
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal)
    failure("host.example")
    assert capsys.readouterr().err == "poros-tui: resolving host.example ...\n" * is_terminal


def test_a_defect_in_the_thread_that_asks_comes_out_in_the_one_that_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise LookupError("unknown encoding")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(LookupError):
        resolved("host.example")


def test_ctrl_c_does_not_wait_for_the_resolver(
    hung_resolver: threading.Event, monkeypatch: pytest.MonkeyPatch, say: CommandLine
) -> None:
    def interrupted(_thread: threading.Thread, _timeout: float | None = None) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    said = say("host.example", "--report", "--privilege", "user")
    assert (said.code, said.out, said.err) == (130, "", "")


@pytest.mark.parametrize("front_end", ["--report", "--json"])
def test_a_name_without_an_address_is_one_sentence_and_exit_code_3(
    monkeypatch: pytest.MonkeyPatch, say: CommandLine, front_end: str
) -> None:
    answering(monkeypatch, {})
    said = say("no.example", front_end, "--privilege", "user")
    assert (said.code, said.out) == (3, "")
    assert said.sentence == "there is no host named no.example; check how it is spelt"
