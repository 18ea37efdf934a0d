"""`poros-tui report`, with what this program and others have written."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from poros_tui.cli.failures import exit_code_of
from poros_tui.report import as_dot, as_html, as_text
from poros_tui.report.as_json import to_json, to_json_array
from poros_tui.report.as_text import to_text
from poros_tui.report.layout import Layout
from tests.cli.program import PROGRAM, CommandLine, Said, environment, run_command
from tests.lab.requirements import require_network
from tests.report.cases import DEAD_BRANCH, finished, run_of
from tests.report.foreign.samples import SAMPLES, text_of

MTR, ATLAS, TRIPPY = (str(SAMPLES / f"{name}.json") for name in ("mtr-ipv4", "atlas", "trippy"))
SCAMPER = str(SAMPLES / "scamper-ipv6-loss.json")
KNOWN = (
    "; it reads recordings, reports of poros-tui, mtr and trippy in JSON, traceroute results of "
    "RIPE Atlas, and traces of scamper"
)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "own.json"
    file.write_text(to_json(finished("load_balanced")), encoding="utf-8")
    return file


def test_a_report_of_ours_is_the_text_that_it_was(say: CommandLine, own: Path) -> None:
    said = say("report", str(own))
    assert (said.code, said.err) == (0, "")
    assert said.out == to_text(finished("load_balanced")) + "\n"


def test_what_mtr_measured_says_so(say: CommandLine) -> None:
    said = say("report", MTR)
    assert (said.code, said.err) == (0, "")
    head, how, _, first, *_ = said.out.splitlines()
    assert head.endswith(": 203.0.113.10")
    assert how == "protocol not known, measured by mtr, times in ms, time not known"
    assert first.split() == [
        "1", "10.0.1.1", "0.0", "10", "3.625", "2.723", "2.282", "3.915", "0.589", "·",
    ]  # fmt: skip


def test_several_formats_at_once_to_new_files(say: CommandLine, tmp_path: Path) -> None:
    files = {name: tmp_path / f"a.{name}" for name in ("html", "csv", "dot")}
    wishes = [word for name, file in files.items() for word in ("--format", f"{name}={file}")]
    said = say("report", SCAMPER, *wishes, "--json")
    assert (said.code, said.err) == (0, "")
    assert json.loads(said.out)["origin"] == {"program": "scamper", "version": None}
    assert all(file.read_text(encoding="utf-8") for file in files.values())
    again = say("report", SCAMPER, *wishes)
    assert again.code == 2
    assert "there is such a file already" in again.err


def test_columns_are_those_of_any_report(say: CommandLine) -> None:
    said = say("report", SCAMPER, "--columns", "loss,median")
    assert said.out.splitlines()[2].split() == ["Hop", "Responder", "Loss%", "Median"]


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch, say: CommandLine) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text_of("trippy.json").encode())))
    said = say("report", "-")
    assert said.code == 0
    assert "measured by trippy" in said.out


def test_what_is_damaged_is_told_and_the_rest_reported(say: CommandLine) -> None:
    said = say("report", ATLAS, "--json")
    assert said.code == 0
    assert said.sentence == (
        f"{ATLAS} line 17 is no result of RIPE Atlas that can be read: dst_addr is missing: its "
        "name had no address"
    )
    targets = [one["target"] for one in json.loads(said.out)]
    assert targets == ["host.example", "2001:db8::10", "192.0.2.99"]


def test_one_bad_value_costs_itself_and_its_line_is_told(say: CommandLine, own: Path) -> None:
    lines = own.read_text(encoding="utf-8").splitlines()
    place = next(place for place, line in enumerate(lines) if '"rtt_ms"' in line)
    lines[place] = lines[place].replace(": ", ": -")
    own.write_text("\n".join(lines), encoding="utf-8")
    said = say("report", str(own))
    assert said.code == 0
    assert said.sentence == (
        f"{own} line {place + 1} has a value that is left out: hop 1, probe 1: rtt_ms is out of "
        "range"
    )
    # The figures are those of all probes all the same.
    assert said.out == to_text(finished("load_balanced")) + "\n"


def test_all_paths_are_drawn_again(say: CommandLine, tmp_path: Path) -> None:
    run, file = run_of(DEAD_BRANCH), tmp_path / "own.json"
    file.write_text(to_json(run), encoding="utf-8")
    for name, form in (("text", as_text), ("dot", as_dot), ("html", as_html)):
        said = say("report", str(file), "--format", name)
        assert (said.code, said.err) == (0, "")
        assert said.out == form.render([run], Layout()) + "\n"


def test_one_of_several_is_chosen_by_its_name(say: CommandLine) -> None:
    said = say("report", ATLAS, "--target", "host.example", "--format", "mtr-json")
    assert said.code == 0
    assert json.loads(said.out)["report"]["mtr"]["dst"] == "host.example"
    refused = say("report", ATLAS, "--target", "other")
    assert refused.code == 2
    assert refused.sentence == (
        f"--target other is not in {ATLAS}; it has host.example, 2001:db8::10, 192.0.2.99"
    )


def test_targets_that_were_not_traced_are_told(say: CommandLine, tmp_path: Path) -> None:
    from poros_tui.report.run import Untraced

    file = tmp_path / "a.json"
    several = [finished("straight"), Untraced(name="x", reason="no such host")]
    file.write_text(to_json_array(several), encoding="utf-8")
    said = say("report", str(file), "--json")
    assert (said.code, len(json.loads(said.out))) == (0, 1)
    assert re.fullmatch(
        rf"{file} line \d+ has x, which could not be traced: no such host", said.sentence
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["/proc/none"],
            "there is no file /proc/none; give one that is there, or - for standard input",
        ),
        (["/proc"], "cannot read /proc: is a directory"),
        (
            [MTR, "--format", "ndjson"],
            "--format ndjson is written while a trace goes on; use --format json",
        ),
        (
            [TRIPPY, "--format", "atlas-json"],
            f"--format atlas-json lists each probe, and {TRIPPY} has totals only; "
            "use --format json",
        ),
        (
            [ATLAS, "--format", "mtr-json"],
            "--format mtr-json is for one target; choose one with --target",
        ),
        ([MTR, "--format", "pdf"], "--format: there is no format 'pdf'; "),
        ([MTR, "--columns", "odd"], "--columns: "),
        ([], "missing argument 'FILE'; see poros-tui report --help"),
        ([MTR, "--bogus"], "no such option '--bogus'"),
    ],
)
def test_what_cannot_be_is_refused(say: CommandLine, arguments: list[str], sentence: str) -> None:
    said = say("report", *arguments)
    assert (said.code, said.out) == (2, "")
    told = [line for line in said.err.splitlines() if ATLAS not in line]
    assert told[-1].startswith(f"poros-tui: {sentence}")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b'{"a": [1, 2', "line 1 is no JSON: expecting ',' delimiter"),
        (b'{"report": {"mtr": {"dst": "x"}, "hubs": 7}}', "line 1 is no report of mtr that can be"),
        (b'{"poros_tui": "1", "hops": []}', "line 1 is no report of poros-tui that can be read: "),
        (b'{"type": "trace", "method": "udp"}', "line 1 is no trace of scamper that can be read"),
        (b'{"info": {"target": {}}, "hops": []}', "line 1 is no report of trippy that can be read"),
    ],
)
def test_a_file_of_which_nothing_can_be_read_is_one_sentence(
    say: CommandLine, tmp_path: Path, content: bytes, words: str
) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(content)
    said = say("report", str(file))
    assert (said.code, said.out) == (2, "")
    assert said.sentence.startswith(f"{file} {words}")
    assert said.sentence.endswith(KNOWN)


def test_a_damaged_byte_costs_what_is_behind_it_alone(say: CommandLine, own: Path) -> None:
    content = own.read_bytes()
    ttl, other = '"ttl": 2,', '"ttl": 3,'
    assert ttl.encode() in content
    at = content.index(other.encode()) + 1
    for begin in (b"", b"\xef\xbb\xbf"):
        for damaged in (b"\xff", b"\xf4", b"\0"):
            own.write_bytes(begin + content[:at] + damaged + content[at + 1 :])
            said = say("report", str(own), "--json")
            line = content[:at].count(b"\n") + 1
            sentence = f"{own} line {line} has a damaged character: the trace is read up to there\n"
            assert (said.code, said.err) == (0, f"poros-tui: {sentence}")
            assert [hop["ttl"] for hop in json.loads(said.out)["hops"]] == [1, 2]


def test_of_many_broken_ones_it_is_told_how_many_and_where_it_ends(
    say: CommandLine, tmp_path: Path
) -> None:
    line = json.dumps(json.loads(text_of("mtr-ipv4.json")))
    file = tmp_path / "a.json"
    file.write_text("".join(f"{line[:-900]}\n" for _ in range(40)), encoding="utf-8")
    for command in (("report", file, "--json"), ("compare", file, file, "--target", "none")):
        sentences = say(*map(str, command)).err.splitlines()[:20]
        assert sentences[17].startswith(f"poros-tui: {file} line 18 is no JSON: ")
        assert sentences[18:] == [
            "poros-tui: 2 more such places are not named here",
            f"poros-tui: {file} line 21 is not read any further: too much is wrong",
        ]


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-32"])
def test_other_codings_are_refused(say: CommandLine, own: Path, coding: str) -> None:
    own.write_bytes((own.read_text(encoding="utf-8") + " \u00ff").encode(coding))
    said = say("report", str(own))
    assert (said.code, said.out) == (2, "")
    assert f"{own} is neither a recording nor text; " in said.err


def test_what_is_no_text_is_refused(say: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b"\xff\xfe\x00")
    assert say("report", str(file)).sentence.startswith(
        f"{file} is neither a recording nor text; it reads recordings, "
    )


@pytest.mark.network
def test_behind_sudo_files_are_the_users() -> None:
    require_network()
    env = environment(SUDO_UID="65534", SUDO_GID="65534")
    with TemporaryDirectory() as directory:
        Path(directory).chmod(0o777)
        made, closed = Path(directory) / "a.csv", Path(directory) / "closed.json"
        closed.write_text(text_of("mtr-ipv4.json"))
        closed.chmod(0o600)
        done = run_command([*PROGRAM, "report", MTR, "--format", f"csv={made}"], env=env)
        assert done.returncode == 0, done.stderr
        assert made.stat().st_uid == 65534
        refused = run_command([*PROGRAM, "report", str(closed)], env=env)
        assert refused.returncode == 2
        assert refused.stderr == f"poros-tui: cannot read {closed}: permission denied\n"


def test_a_host_of_that_name_has_a_dot_behind(say: CommandLine) -> None:
    said = say("report.", "--report", "-4", "--privilege", "user", "--size", "1")
    assert said.sentence.startswith("--size 1 is out of range")


def compared(*names: str) -> Said:
    out, err = io.StringIO(), io.StringIO()
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = out, err
    try:
        code = exit_code_of(["compare", *(str(SAMPLES / name) for name in names)])
    finally:
        sys.stdout, sys.stderr = before
    return Said(code, out.getvalue(), err.getvalue())


def test_means_alone_are_shown_and_not_judged() -> None:
    said = compared("mtr-ipv4.json", "scamper-icmp-paris-all-attempts.json")
    assert said.code == 0
    assert (
        "Round trip: mean 21.16 -> 20.38 ms, -0.78 ms: means alone cannot tell whether that is "
        "more than chance\n"
    ) in said.out
    assert "~: mean, of a report that tells no single round trips.\n" in said.out
    assert f"A  {MTR}: 203.0.113.10, protocol not known, time not known\n" in said.out


def test_losses_of_totals_are_tested(tmp_path: Path) -> None:
    report = json.loads(text_of("mtr-ipv4.json"))
    for hub in report["report"]["hubs"]:
        hub["Snt"] = 100
    before = tmp_path / "before.json"
    before.write_text(json.dumps(report))
    report["report"]["hubs"][-1]["Loss%"] = 30.0
    after = tmp_path / "after.json"
    after.write_text(json.dumps(report))
    said = compared(str(before), str(after))
    assert said.code == 1
    assert "Loss: 0 of 100 -> 30 of 100, +30.0 points" in said.out
    assert ": more\n" in said.out
