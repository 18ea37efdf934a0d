from __future__ import annotations

import json
import subprocess
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from poros_tui.packets import pcapng
from tests.lab.tshark import require_tshark
from tests.packets.build import echo, ipv4
from tests.packets.read_pcapng import read_pcapng

TIMES = st.integers(min_value=0, max_value=2**63)
WORDS = st.text(max_size=200)


@given(WORDS, WORDS, st.lists(st.tuples(TIMES, st.binary(max_size=99), WORDS, st.booleans())))
def test_what_is_written_is_read(
    program: str, comment: str, packets: list[tuple[int, bytes, str, bool]]
) -> None:
    data = pcapng.section(program, comment) + pcapng.interface("ICMP", "to 192.0.2.1")
    for at_ns, content, words, is_out in packets:
        direction = pcapng.OUTBOUND if is_out else pcapng.INBOUND
        data += pcapng.packet(0, at_ns, content, direction=direction, comment=words)
    read = read_pcapng(data)
    assert (read.program, read.comment) == (program, comment)
    assert read.interfaces == [("ICMP", "to 192.0.2.1")]
    told = [(one.at_ns, one.data, one.comment, one.is_outbound) for one in read.packets]
    assert told == packets


def test_a_comment_that_is_too_long_is_cut() -> None:
    data = pcapng.section("program") + pcapng.interface("a", "b")
    data += pcapng.packet(0, 0, b"", direction=pcapng.INBOUND, comment="x" * 70_000)
    assert read_pcapng(data).packets[0].comment == "x" * 0xFFFF


def test_tshark_reads_times_to_the_nanosecond_and_comments(tmp_path: Path) -> None:
    require_tshark()
    at_ns = 1_700_000_000_123_456_789
    data = pcapng.section("poros-tui 1", "all of it")
    data += pcapng.interface("ICMP, raw socket", "to 192.0.2.1")
    data += pcapng.packet(
        0, at_ns, ipv4(echo(8, 1, 2)), direction=pcapng.OUTBOUND, comment="hop 3, é"
    )
    file = tmp_path / "a.pcapng"
    file.write_bytes(data)
    fields = ["frame.time_epoch", "frame.comment", "frame.interface_name", "ip.dst", "icmp.seq"]
    columns = [word for field in fields for word in ("-e", field)]
    done = subprocess.run(
        ["tshark", "-r", str(file), "-n", "-T", "json", *columns],
        capture_output=True,
        text=True,
        check=True,
    )
    (packet,) = json.loads(done.stdout)
    told = {field: values[0] for field, values in packet["_source"]["layers"].items()}
    assert told == {
        "frame.time_epoch": "1700000000.123456789",
        "frame.comment": "hop 3, é",
        "frame.interface_name": "ICMP, raw socket",
        "ip.dst": "10.9.9.9",
        "icmp.seq": "2",
    }
