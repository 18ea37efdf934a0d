from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

import dns.rcode
import pytest
import trio

from poros_tui.lookup import reverse_dns
from poros_tui.lookup.asking import Answer, NoAnswer
from poros_tui.lookup.reasons import NO_RECORD, NO_SERVER, NOT_A_NAME, SILENT
from poros_tui.lookup.reverse_dns import ReverseDns, load
from poros_tui.model.naming import NAME_MAX, Naming
from tests.lab import name_server as lab
from tests.lab.name_server import ABSENT, NameServer, Records, Trick, name_server, pointers

pytestmark = pytest.mark.trio

ADDRESS = "192.0.2.7"


@pytest.fixture(autouse=True)
def _quick_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reverse_dns, "TRY_S", 0.3)
    monkeypatch.setattr(reverse_dns, "AGAIN_S", 0.6)
    monkeypatch.setattr(reverse_dns, "PATIENCE_S", 1.5)


def resolver_of(server: NameServer, tmp_path: Path, *, confirms: bool = False) -> ReverseDns:
    nothing = tmp_path / "nothing"
    return load((server.host, server.port), confirms=confirms, hosts=nothing, resolv=nothing)


async def answer_for(
    records: Records | str, tmp_path: Path, address: str = ADDRESS, **more: str
) -> tuple[Answer[Naming], NameServer]:
    with name_server(pointers(**{address: records}, **more)) as server:
        return await resolver_of(server, tmp_path).ask(ip_address(address)), server


@pytest.mark.parametrize("address", [ADDRESS, "2001:db8::7"])
async def test_a_record_is_the_name_for_as_long_as_it_says(address: str, tmp_path: Path) -> None:
    records = Records(texts=("Core1.Example.",), ttl=1234)
    answer, server = await answer_for(records, tmp_path, address)
    assert answer == Answer(Naming(name="Core1.Example"), 1234)
    assert server.asked == [(lab.pointer(address), "PTR", "udp")]


async def test_of_several_names_always_the_same_is_taken(tmp_path: Path) -> None:
    one, _ = await answer_for(Records(texts=("b.example.", "a.example.")), tmp_path)
    other, _ = await answer_for(Records(texts=("a.example.", "b.example.")), tmp_path)
    assert one.fact.name == other.fact.name == "a.example"


async def test_a_delegated_address_is_followed_and_its_shortest_time_counts(
    tmp_path: Path,
) -> None:
    # RFC 2317: the zone of a customer behind an alias.
    zone = {
        (lab.pointer(ADDRESS), "PTR"): Records(alias="7.0-15.2.0.192.in-addr.arpa.", ttl=90),
        ("7.0-15.2.0.192.in-addr.arpa.", "PTR"): Records(texts=("host.example.",), ttl=900),
    }
    with name_server(zone) as server:
        answer = await resolver_of(server, tmp_path).ask(ip_address(ADDRESS))
    assert answer.fact.name == "host.example"
    assert answer.ttl_s == 90


@pytest.mark.parametrize(
    "records",
    [
        Records(code=dns.rcode.NXDOMAIN, negative_ttl=600),
        Records(negative_ttl=600),
    ],
)
async def test_what_is_not_there_is_not_asked_for_as_long_as_the_zone_says(
    records: Records, tmp_path: Path
) -> None:
    answer, _ = await answer_for(records, tmp_path)
    assert answer == Answer(Naming(problem=NO_RECORD), 600)


async def test_a_truncated_answer_is_asked_for_over_tcp(tmp_path: Path) -> None:
    records = Records(texts=("host.example.",), is_truncated=True)
    answer, server = await answer_for(records, tmp_path)
    assert answer.fact.name == "host.example"
    assert [by for _, _, by in server.asked] == ["udp", "tcp"]


@pytest.mark.parametrize("trick", list(Trick))
async def test_what_is_no_answer_to_our_question_is_not_believed(
    trick: Trick, tmp_path: Path
) -> None:
    records = Records(texts=("honest.example.",), tricks=(trick,))
    answer, _ = await answer_for(records, tmp_path)
    assert answer.fact.name == "honest.example"


async def test_a_lost_question_is_asked_again(tmp_path: Path) -> None:
    answer, server = await answer_for(Records(texts=("host.example.",), lost=1), tmp_path)
    assert answer.fact.name == "host.example"
    assert len(server.asked) == 2


async def test_a_server_that_never_answers_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer, match=SILENT):
        await answer_for(lab.SILENT, tmp_path)


@pytest.mark.parametrize("code", [dns.rcode.SERVFAIL, dns.rcode.REFUSED])
async def test_a_server_that_fails_is_quoted(code: dns.rcode.Rcode, tmp_path: Path) -> None:
    with pytest.raises(NoAnswer, match=f"the name server says {dns.rcode.to_text(code)}"):
        await answer_for(Records(code=code), tmp_path)


async def test_where_only_garbage_comes_nobody_has_answered(tmp_path: Path) -> None:
    records = Records(tricks=(Trick.GARBAGE,), is_only_garbage=True)
    with pytest.raises(NoAnswer):
        await answer_for(records, tmp_path)


HOSTILE: Mapping[tuple[bytes, ...], str | None] = {
    (b"\x1b[2J\x1b[31mred",): r"\027[2J\027[31mred",
    (b"[red]x[", b"red]", b"test"): "[red]x[.red].test",
    ("\u202egnp.evil".encode(), b"example"): r"\226\128\174gnp\.evil.example",
    (b"caf\xe9", b"example"): r"caf\233.example",
    ("münchen".encode(), b"example"): r"m\195\188nchen.example",
    (b"a\nb\0c", b"example"): r"a\010b\000c.example",
    (b"two words", b"example"): r"two\032words.example",
    (b"192", b"0", b"2", b"99"): None,
    (b"xn--mnchen-3ya", b"example"): "münchen.example",
    (b"xn--80ak6aa92e", b"com"): "xn--80ak6aa92e.com",  # Cyrillic letters that look like apple
    (b"xn--", b"example"): "xn--.example",
    (): None,
}


@pytest.mark.parametrize("labels", HOSTILE)
async def test_hostile_names_come_out_harmless(labels: tuple[bytes, ...], tmp_path: Path) -> None:
    answer, _ = await answer_for(Records(names=(labels,)), tmp_path)
    shown = HOSTILE[labels]
    assert answer.fact == (Naming(name=shown) if shown else Naming(problem=NOT_A_NAME))


async def test_the_longest_names_are_cut(tmp_path: Path) -> None:
    # 255 bytes on the wire, each of which takes four characters.
    answer, _ = await answer_for(Records(names=((b"\xff" * 62,) * 4,)), tmp_path)
    assert answer.fact.name is not None
    assert len(answer.fact.name) == NAME_MAX
    assert answer.fact.name.isprintable()


@pytest.mark.parametrize(
    ("records", "is_confirmed"),
    [
        (Records(texts=(ADDRESS, "192.0.2.8")), True),
        (Records(texts=("192.0.2.8",)), False),
        (ABSENT, False),
        (Records(code=dns.rcode.SERVFAIL), None),
    ],
)
async def test_a_name_is_confirmed_by_its_own_addresses(
    records: Records, is_confirmed: bool | None, tmp_path: Path
) -> None:
    zone = {**pointers(**{ADDRESS: "host.example."}), ("host.example.", "A"): records}
    with name_server(zone) as server:
        answer = await resolver_of(server, tmp_path, confirms=True).ask(ip_address(ADDRESS))
    assert answer.fact == Naming(name="host.example", is_confirmed=is_confirmed)


async def test_an_ipv6_name_is_confirmed_by_its_ipv6_addresses(tmp_path: Path) -> None:
    address = "2001:db8::7"
    zone = {
        **pointers(**{address: "host.example."}),
        ("host.example.", "AAAA"): Records(texts=("2001:0db8:0::7",)),
    }
    with name_server(zone) as server:
        answer = await resolver_of(server, tmp_path, confirms=True).ask(ip_address(address))
    assert answer.fact.is_confirmed is True


async def test_a_server_over_ipv6_is_asked(tmp_path: Path) -> None:
    with name_server(pointers(**{ADDRESS: "host.example."}), "::1") as server:
        answer = await resolver_of(server, tmp_path).ask(ip_address(ADDRESS))
    assert answer.fact.name == "host.example"


async def test_the_hosts_file_goes_first_and_nobody_is_asked(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_bytes(b"192.0.2.7 printer.lan printer\n\xff\xfe\n")
    with name_server(pointers(**{ADDRESS: "host.example."})) as server:
        ask = load((server.host, server.port), confirms=False, hosts=hosts).ask
        assert (await ask(ip_address(ADDRESS))).fact.name == "printer.lan"
    assert server.asked == []


async def test_the_servers_of_the_system_are_asked_in_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with name_server(pointers(**{ADDRESS: "host.example."}), "127.0.0.2") as server:
        resolv = tmp_path / "resolv.conf"
        resolv.write_text("search example\nnameserver 127.0.0.1\nnameserver 127.0.0.2\n")
        monkeypatch.setattr(reverse_dns, "DNS_PORT", server.port)  # nobody is at 127.0.0.1
        both = load(None, confirms=False, hosts=tmp_path / "nothing", resolv=resolv)
        assert (await both.ask(ip_address(ADDRESS))).fact.name == "host.example"


async def test_without_a_server_nothing_is_asked(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    ask = load(None, confirms=False, hosts=nothing, resolv=nothing).ask
    assert (await ask(ip_address(ADDRESS))).fact == Naming(problem=NO_SERVER)


async def test_asking_ends_at_once_where_nobody_wants_to_know_any_more(tmp_path: Path) -> None:
    with name_server(pointers(**{ADDRESS: lab.SILENT})) as server:
        ask = resolver_of(server, tmp_path).ask
        with trio.move_on_after(0.05) as scope:
            await ask(ip_address(ADDRESS))
    assert scope.cancelled_caught
