"""--pcap: what is in the file is what the report says, and what was on the wire."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest

from poros_tui.model.probe import Protocol
from tests.cli.captures import STRICT, UNNAMED
from tests.cli.combination import Rung
from tests.cli.forking import shared_program
from tests.cli.program import PROGRAM, RUN_LIMIT_S, CommandLine, environment, run_command
from tests.lab.lab import Lab
from tests.lab.requirements import require_network
from tests.lab.tap import Tap
from tests.lab.tshark import MALFORMED, require_tshark
from tests.lab.tun import lab_network
from tests.packets.read_pcapng import Capture, Packet, read_pcapng, without_cut_block

DEMO: Final = ("demo", "--seed", "3", "--report")
WAYS: Final = [
    (rung, protocol, family)
    for rung, protocol, family in product(Rung, Protocol, (4, 6))
    if (rung, protocol) != (Rung.USER, Protocol.TCP)
]
STATUSES: Final = [f"{name}.checksum.status" for name in ("ip", "icmp", "icmpv6", "udp", "tcp")]
GOOD: Final = {"1"}


def captured(path: Path) -> Capture:
    return read_pcapng(path)


def key_of(comment: str) -> tuple[int, int, int, int]:
    found = re.search(r"hop (\d+), round (\d+), query (\d+), flow (\d+)", comment)
    assert found is not None, comment
    hop, round_, query, flow = map(int, found.groups())
    return hop, round_, query, flow


def told_rtts(report: dict[str, Any]) -> dict[tuple[int, int, int, int], float | None]:
    """In ms, by which probe it was, of all that were answered up to the last hop."""
    return {
        (hop["ttl"], probe["round"], probe["query"], probe["flow"]): probe["rtt_ms"]
        for hop in report["hops"]
        for probe in hop["probes"]
        if probe["responder"] is not None
    }


def seen_rtts(capture: Capture) -> dict[tuple[int, int, int, int], float]:
    """The same as the file has them: of each probe the newest packet, and its first answer."""
    left: dict[tuple[int, int, int, int], Packet] = {}
    rtts = {}
    for packet in sorted(capture.packets, key=lambda one: one.at_ns):
        key = key_of(packet.comment)
        if packet.is_outbound:
            left[key] = packet
        elif packet.comment.startswith(("answer", "late answer")):
            rtts[key] = (packet.at_ns - left[key].at_ns) / 1e6
            assert f"RTT {rtts[key]:.6f} ms" in packet.comment
    return rtts


# --- the command line ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["demo", "--pcap", "-"], "--pcap -: the screen is on standard output; give a file"),
        (
            [*DEMO, "--pcap", "-"],
            "both --pcap and --format text go to standard output; give --pcap or the report a file",
        ),
        ([*DEMO, "--pcap", ""], "--pcap names no file; give a new one, such as --pcap path.pcapng"),
        (
            [*DEMO, "--pcap", "/proc/none/x"],
            "--pcap /proc/none/x: it cannot be made: no such file or directory; give another name",
        ),
        (
            ["127.0.0.1", "--report", "-T", "--privilege", "user", "--pcap", "x"],
            "--pcap has nothing to write of TCP probes without raw sockets: the kernel makes the "
            "packets, and shows none; run it with sudo, or use --udp",
        ),
        (
            ["127.0.0.1", "::1", "--report", "-T", "--privilege", "user", "--pcap", "x"],
            "--pcap has nothing to write of TCP probes without raw sockets: the kernel makes the "
            "packets, and shows none; run it with sudo, or use --udp",
        ),
    ],
)
def test_what_cannot_be_is_refused(say: CommandLine, arguments: list[str], sentence: str) -> None:
    said = say(*arguments)
    assert (said.code, said.out) == (2, "")
    assert said.sentence == sentence
    assert not Path("x").exists()


def test_a_file_that_is_there_is_not_touched(say: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "a.pcapng"
    file.write_bytes(b"mine")
    said = say(*DEMO, "--pcap", str(file))
    assert said.code == 2
    assert "there is such a file already; give another name, or remove it" in said.err
    assert file.read_bytes() == b"mine"


def test_it_is_no_setting_of_the_configuration_file(say: CommandLine, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('pcap = "x"\n')
    sentence = say(*DEMO, "--config", str(config)).sentence
    assert "pcap is an option of one run, and not for the file" in sentence


def test_where_nothing_was_sent_no_file_stays(say: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "a.pcapng"
    assert say("--report", "--pcap", str(file), "nosuchhost.invalid.").code == 3
    assert not file.exists()


# --- the demo -------------------------------------------------------------------------------------


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("protocol", "family"), list(product(Protocol, (4, 6))))
def test_the_demo_has_packets_too_and_tshark_finds_no_fault(
    protocol: Protocol, family: int, tmp_path: Path
) -> None:
    require_tshark()
    file = tmp_path / "a.pcapng"
    words = ["demo", "--seed", "3", "--json", f"--{protocol}", f"-{family}", "--pcap", str(file)]
    done = run_command([*PROGRAM, *words], env=environment())
    report = json.loads(done.stdout)
    capture = captured(file)
    assert capture.comment == "a simulated internet: no packet was sent"
    assert capture.interfaces == [
        (f"{protocol.upper()}, simulation", f"to {report['destination']}")
    ]
    assert sum(packet.is_outbound for packet in capture.packets) == report["probes_sent"]
    told = told_rtts(report)
    seen = {key: rtt for key, rtt in seen_rtts(capture).items() if key in told}
    assert seen == pytest.approx(told, abs=1.1e-6)
    assert_flawless(file, len(capture.packets))


def test_several_targets_share_one_file(tmp_path: Path) -> None:
    file = tmp_path / "a.pcapng"
    words = ["demo", "berlin", "tokyo", "--seed", "3", "--json", "--pcap", str(file)]
    done = run_command([*PROGRAM, *words], env=environment())
    reports = json.loads(done.stdout)
    capture = captured(file)
    sent = {description: 0 for _, description in capture.interfaces}
    for packet in capture.packets:
        sent[capture.interfaces[packet.interface][1]] += packet.is_outbound
    assert sent == {f"to {one['destination']}": one["probes_sent"] for one in reports}
    assert len(sent) == 3


def test_standard_output_takes_it_where_no_report_goes_there(tmp_path: Path) -> None:
    words = ["demo", "--seed", "3", "--format", f"json={tmp_path / 'a.json'}", "--pcap", "-"]
    done = subprocess.run(
        [*PROGRAM, *words], capture_output=True, timeout=RUN_LIMIT_S, env=environment(), check=True
    )
    report = json.loads((tmp_path / "a.json").read_text())
    capture = read_pcapng(done.stdout)
    assert sum(packet.is_outbound for packet in capture.packets) == report["probes_sent"]


def test_the_file_is_the_users_alone(say: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "a.pcapng"
    assert say(*DEMO, "--pcap", str(file)).code == 0
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_full_disk_costs_one_sentence_and_no_report(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk."""
    file = tmp_path / "a.pcapng"
    limit = ["prlimit", "--fsize=4096", *PROGRAM]
    ignored = partial(signal.signal, signal.SIGXFSZ, signal.SIG_IGN)
    done = subprocess.run(
        [*limit, *DEMO, "--pcap", str(file)],
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
        env=environment(PYTHONDONTWRITEBYTECODE="1"),  # a module's would be cut off too
        check=False,
        preexec_fn=ignored,
    )
    assert done.returncode == 0
    assert "Destination reached" in done.stdout
    told = [line for line in done.stderr.splitlines() if str(file) in line]
    assert told == [
        f"poros-tui: can't write {file}: file too large: the packets from there on are missing"
    ]


def test_a_program_that_is_killed_leaves_what_it_has_written(tmp_path: Path) -> None:
    file = tmp_path / "a.pcapng"
    words = ["demo", "--seed", "3", "--json", "--rounds", "100000", "--pcap", str(file)]
    with subprocess.Popen([*PROGRAM, *words], env=environment()) as process:
        end_s = time.monotonic() + RUN_LIMIT_S
        while not (file.exists() and file.stat().st_size >= 4096) and time.monotonic() < end_s:
            time.sleep(0.02)
        process.kill()
    # The kernel ends a write of several pages between two of them when the writer is killed.
    whole = without_cut_block(file.read_bytes())
    assert len(whole) > file.stat().st_size - 4096
    assert read_pcapng(whole).packets


# --- real sockets ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Run:
    report: dict[str, Any]
    capture: Capture
    file: Path
    wire: list[bytes]


def run_in(lab: Lab, tap: Tap, file: Path, rung: Rung, words: list[str]) -> Run:
    report = shared_program().report(lab, "--privilege", rung.value, "--pcap", str(file), *words)
    return Run(report, captured(file), file, tap.passed())


def assert_flawless(file: Path, count: int) -> None:
    """tshark reads every packet, and finds every checksum right that it can check."""
    fields = [MALFORMED, *STATUSES]
    columns = [word for field in fields for word in ("-e", field)]
    command = [
        "tshark",
        "-r",
        str(file),
        "-n",
        *STRICT,
        *UNNAMED,
        "-T",
        "fields",
        "-E",
        "separator=|",
    ]
    done = subprocess.run([*command, *columns], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == count
    for line in lines:
        malformed, *statuses = line.split("|")
        assert not malformed, line
        ip, *icmp, udp, tcp = [status.split(",")[0] for status in statuses]
        # Of a quoted segment tshark takes the addresses of who quotes for its own.
        others = () if any(icmp) else (udp, tcp)
        assert {status for status in (ip, *icmp, *others) if status} == GOOD, line


def masked(packet: bytes, *, quotes: bool) -> bytes:
    """Without what a kernel writes and shows nobody: identification and checksum of IPv4, the
    traffic class of an answer, the flow label of IPv6, and the TTL of a quoted packet."""
    data = bytearray(packet)
    if data[0] >> 4 == 4:
        data[1] = data[4] = data[5] = data[10] = data[11] = 0
        begin, place = 20, 20 + 8 + 8
    else:
        data[0:4] = b"\x60\0\0\0"
        begin, place = 40, 40 + 8 + 7
    is_error = data[9 if begin == 20 else 6] in (1, 58) and data[begin] in (1, 3, 11)
    if quotes and is_error and len(data) > place:
        data[place] = 0
        data[begin + 2 : begin + 4] = bytes(2)
        quoted = begin + 8
        if begin == 20:
            for at in (1, 4, 5, 10, 11):
                data[quoted + at] = 0
        else:
            data[quoted : quoted + 4] = b"\x60\0\0\0"
    return bytes(data)


@pytest.mark.sampled(3)
@pytest.mark.network
@pytest.mark.parametrize(
    ("rung", "protocol", "family"), WAYS, ids=lambda one: str(getattr(one, "value", one))
)
def test_the_file_has_what_was_on_the_wire_and_what_the_report_says(
    rung: Rung, protocol: Protocol, family: int, tmp_path: Path
) -> None:
    require_network()
    require_tshark()
    with lab_network("mpls") as lab, Tap(lab) as tap:
        lab.allow_ping_sockets(True)
        words = [f"--{protocol}", str(lab.target(family))]
        run = run_in(lab, tap, tmp_path / "a.pcapng", rung, words)
        atomic = run_in(lab, tap, tmp_path / "b.pcapng", rung, ["--dont-fragment", *words])
    for one in (run, atomic):
        left = [packet for packet in one.capture.packets if packet.is_outbound]
        again = len(left) - len({key_of(packet.comment) for packet in left})
        assert len(left) - again == one.report["probes_sent"]
        is_asked_again = (rung, protocol) == (Rung.USER, Protocol.UDP)
        assert is_asked_again or not again
        told = told_rtts(one.report)
        seen = {key: rtt for key, rtt in seen_rtts(one.capture).items() if key in told}
        assert seen == pytest.approx(told, abs=1.1e-6)
        assert not any("program's clock" in packet.comment for packet in one.capture.packets)
        assert_flawless(one.file, len(one.capture.packets))
        wire = {masked(packet, quotes=True) for packet in one.wire}
        assert {masked(packet.data, quotes=True) for packet in one.capture.packets} <= wire
    for packet in atomic.capture.packets:
        if ";" not in packet.comment.split("; RTT")[-1]:
            assert packet.data in atomic.wire, packet.comment


@pytest.mark.network
def test_packets_of_the_search_for_the_mtu_and_of_all_paths_are_in_it(tmp_path: Path) -> None:
    require_network()
    with lab_network("diamond-4x3") as lab, Tap(lab) as tap:
        words = ["--icmp", "--mtu", "--mda", str(lab.target(4))]
        run = run_in(lab, tap, tmp_path / "a.pcapng", Rung.RAW, words)
        sent = {masked(packet, quotes=False) for packet in run.wire}
    report, names = run.report, run.capture.interfaces
    assert len(names) == 2
    left = [packet for packet in run.capture.packets if packet.is_outbound]
    assert {masked(packet.data, quotes=False) for packet in left} <= sent
    count = report["probes_sent"] + report["path_mtu"]["probes"]
    count += report["all_paths"]["probes"]["sent"]
    assert len(left) == count


@pytest.mark.network
def test_as_the_user_behind_sudo_the_file_is_the_users() -> None:
    require_network()
    env = environment(SUDO_UID="65534", SUDO_GID="65534")
    with TemporaryDirectory() as directory:
        Path(directory).chmod(0o777)
        file = Path(directory) / "a.pcapng"
        done = run_command([*PROGRAM, "--json", "--pcap", str(file), "127.0.0.1"], env=env)
        assert done.returncode == 0, done.stderr
        assert file.stat().st_uid == 65534
        assert captured(file).packets
