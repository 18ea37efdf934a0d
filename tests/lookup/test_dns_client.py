"""How long servers have to answer, in virtual time."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from poros_tui.lookup.asking import NoAnswer
from poros_tui.lookup.dns_client import DnsClient
from poros_tui.lookup.reasons import SILENT
from poros_tui.lookup.reverse_dns import ReverseDns, load
from poros_tui.model.naming import Naming
from poros_tui.packets.dns import DnsResponse, Record, RecordType

pytestmark = pytest.mark.trio

ADDRESS = ip_address("192.0.2.7")
NEVER_S = 1e6


class Servers:
    """Answer each question after so long, by their addresses, and note when they were asked."""

    def __init__(self, **takes_s: float) -> None:
        self._takes_s = takes_s
        self.asked: list[tuple[str, float]] = []

    async def over_udp(self, _client: DnsClient, server: str, query: object) -> DnsResponse:
        self.asked.append((server, trio.current_time()))
        await trio.sleep(self._takes_s[server])
        identifier, name = query.identifier, query.name  # type: ignore[attr-defined]
        record = Record(owner=name, kind=RecordType.PTR, ttl_s=60, name=(b"slow", b"example"))
        return DnsResponse(
            identifier=identifier,
            code=0,
            is_truncated=False,
            question=(name, RecordType.PTR),
            answers=(record,),
            authority=(),
        )

    def names(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> ReverseDns:
        """Asks them, in the order in which they were given."""
        monkeypatch.setattr(
            DnsClient, "_over_udp", lambda client, *asked: self.over_udp(client, *asked)
        )
        resolv = folder / "resolv.conf"
        resolv.write_text("".join(f"nameserver {server}\n" for server in self._takes_s))
        return load(None, confirms=False, hosts=folder / "nothing", resolv=resolv)


@pytest.mark.parametrize("takes_s", [0.1, 1.9, 3.0, 4.9])
async def test_a_slow_server_has_more_time_when_it_is_asked_again(
    takes_s: float, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    servers = Servers(**{"192.0.2.53": takes_s})
    began_at_s = trio.current_time()
    answer = await servers.names(monkeypatch, tmp_path).ask(ADDRESS)
    assert answer.fact == Naming(name="slow.example")
    asked_again = takes_s > 2
    assert trio.current_time() - began_at_s == pytest.approx(takes_s + 2 * asked_again)
    assert [at_s - began_at_s for _, at_s in servers.asked] == pytest.approx(
        [0, 2] if asked_again else [0]
    )


async def test_a_server_that_never_answers_is_asked_twice(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    servers = Servers(**{"192.0.2.53": NEVER_S})
    began_at_s = trio.current_time()
    with pytest.raises(NoAnswer, match=SILENT):
        await servers.names(monkeypatch, tmp_path).ask(ADDRESS)
    assert trio.current_time() - began_at_s == pytest.approx(7)
    assert len(servers.asked) == 2


async def test_a_slow_server_behind_one_that_is_dead_is_heard(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    servers = Servers(**{"192.0.2.1": NEVER_S, "192.0.2.2": 3.0})
    began_at_s = trio.current_time()
    answer = await servers.names(monkeypatch, tmp_path).ask(ADDRESS)
    assert answer.fact.name == "slow.example"
    assert [(server, round(at_s - began_at_s)) for server, at_s in servers.asked] == [
        ("192.0.2.1", 0),
        ("192.0.2.2", 2),
        ("192.0.2.1", 4),
        ("192.0.2.2", 9),
    ]


async def test_three_that_are_dead_are_given_up_in_time(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    servers = Servers(**{f"192.0.2.{number}": NEVER_S for number in (1, 2, 3)})
    began_at_s = trio.current_time()
    with pytest.raises(NoAnswer, match=SILENT):
        await servers.names(monkeypatch, tmp_path).ask(ADDRESS)
    assert trio.current_time() - began_at_s == pytest.approx(14)
    assert len(servers.asked) <= 6
