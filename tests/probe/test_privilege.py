"""Who the process is, before and after: real processes, with and without capabilities."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import gettempdir

import pytest

from poros_tui.probe.privilege import Identity, invoking_user
from tests.lab.chain import ChainLab
from tests.lab.requirements import require_network
from tests.probe.conftest import ROUTERS, forbid_ping_sockets, permit_ping_sockets

ROOT_OF_PROJECT = Path(__file__).parents[2]
NO_CAPABILITIES = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
NOBODY = 65534


def run_inside(
    lab: ChainLab, arguments: Sequence[str], prefix: Sequence[str] = (), **environment: str
) -> dict[str, object]:
    """What tests.probe.unprivileged prints at the near end of the chain."""
    done = subprocess.run(
        [
            *("ip", "netns", "exec", lab.namespace, *prefix),
            *(sys.executable, "-m", "tests.probe.unprivileged", *arguments),
        ],
        cwd=ROOT_OF_PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert isinstance(told, dict)
    return told


def expected_path(lab: ChainLab, version: int) -> dict[str, list[str]]:
    path: dict[str, list[str]] = {
        str(ttl): [str(next(iter(responders))), "TIME_EXCEEDED"]
        for ttl, responders in enumerate(lab.path(version), start=1)
    }
    path[str(ROUTERS + 1)] = [str(lab.target(version)), "REACHED"]
    return path | {"stamped": ["True"]}


@pytest.mark.sampled(3)
@pytest.mark.network
@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize(
    ("protocol", "ping_is_permitted", "rung"),
    [
        ("any", True, "ping socket"),
        ("icmp", True, "ping socket"),
        ("any", False, "UDP error queue"),
        ("udp", True, "UDP error queue"),
    ],
)
def test_a_user_without_capabilities_sees_the_whole_path(
    chain: ChainLab, version: int, protocol: str, ping_is_permitted: bool, rung: str
) -> None:
    if not ping_is_permitted:
        forbid_ping_sockets(chain)
    try:
        told = run_inside(
            chain,
            ["auto", protocol, str(chain.target(version)), str(ROUTERS + 1)],
            NO_CAPABILITIES,
        )
    finally:
        permit_ping_sockets(chain)
    assert (told.get("rung"), told.get("privilege")) == (rung, "user"), told
    assert told["path"] == expected_path(chain, version)


@pytest.mark.network
@pytest.mark.parametrize(
    ("privilege", "protocol", "sentence"),
    [
        ("raw", "any", "--privilege raw: raw sockets are not permitted to this user"),
        ("auto", "icmp", "--icmp is not permitted to this user"),
    ],
)
def test_a_user_without_capabilities_is_told_what_is_not_permitted(
    chain: ChainLab, privilege: str, protocol: str, sentence: str
) -> None:
    forbid_ping_sockets(chain)
    try:
        told = run_inside(chain, [privilege, protocol, "10.1.1.2", "1"], NO_CAPABILITIES)
    finally:
        permit_ping_sockets(chain)
    assert str(told["refusal"]).startswith(sentence)


@pytest.mark.network
@pytest.mark.parametrize("version", [4, 6])
def test_under_sudo_the_raw_socket_outlives_root(chain: ChainLab, version: int) -> None:
    told = run_inside(
        chain,
        ["auto", "any", str(chain.target(version)), str(ROUTERS + 1)],
        SUDO_UID=str(NOBODY),
        SUDO_GID=str(NOBODY),
    )
    assert (told.get("rung"), told.get("privilege")) == ("raw socket", "raw"), told
    assert told["path"] == expected_path(chain, version)
    status = told["status"]
    assert isinstance(status, dict)
    assert status["Uid"].split() == status["Gid"].split() == [str(NOBODY)] * 4
    assert status["Groups"] == str(NOBODY)
    for capabilities in ("CapPrm", "CapEff", "CapInh", "CapAmb"):
        assert int(status[capabilities], 16) == 0
    assert status["NoNewPrivs"] == "1"


@pytest.mark.network
def test_plain_root_stays_root(chain: ChainLab) -> None:
    told = run_inside(chain, ["auto", "any", "10.1.1.2", "1"], SUDO_UID="", SUDO_GID="")
    status = told["status"]
    assert isinstance(status, dict)
    assert status["Uid"].split() == ["0"] * 4
    assert told["privilege"] == "raw"


@pytest.mark.network
def test_a_capability_of_the_file_or_the_session_is_given_up_too(chain: ChainLab) -> None:
    prefix = [
        *("setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"),
        *("--inh-caps=+net_raw,+dac_override", "--ambient-caps=+net_raw,+dac_override"),
    ]
    told = run_inside(chain, ["auto", "any", "10.1.1.2", "1"], prefix)
    status = told["status"]
    assert isinstance(status, dict)
    assert told.get("privilege") == "raw", told
    for capabilities in ("CapPrm", "CapEff", "CapInh", "CapAmb"):
        assert int(status[capabilities], 16) == 0


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"SUDO_UID": "1000", "SUDO_GID": "1001"}, Identity(1000, 1001)),
        ({"SUDO_UID": "0", "SUDO_GID": "0"}, None),
        ({"SUDO_UID": "1000"}, None),
        ({"SUDO_UID": "-1", "SUDO_GID": "-1"}, None),
        ({"SUDO_UID": "me", "SUDO_GID": "me"}, None),
        ({}, None),
    ],
)
def test_root_is_whoever_sudo_says(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: Identity | None
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert invoking_user(environment) == expected


def test_a_setuid_program_believes_the_kernel_and_not_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    monkeypatch.setattr(os, "getgid", lambda: 100)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    forged = {"SUDO_UID": "7", "SUDO_GID": "7"}
    assert invoking_user(forged) == Identity(1000, 100)


def test_an_ordinary_user_is_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert invoking_user({"SUDO_UID": "7", "SUDO_GID": "7"}) is None


_READ_AS_USER = """
import os, sys
from poros_tui.probe.privilege import acting_as_user, drop_privileges, keeps_privileges
groups = os.getgroups()
for path in sys.argv[1:]:
    with acting_as_user():
        try:
            open(path).close()
            print("read", os.getuid(), os.geteuid(), 0 in os.getgroups())
        except PermissionError:
            print("denied", os.getuid(), os.geteuid(), 0 in os.getgroups())
print(os.getresuid(), os.getresgid(), os.getgroups() == groups, keeps_privileges(os.environ))
drop_privileges()
print(os.getresuid(), keeps_privileges(os.environ))
"""


def open_to_all(path: Path) -> None:
    """Let everybody come to it, through what pytest made for it."""
    for each in (path, *path.parents):
        if each == Path(gettempdir()):
            return
        each.chmod(0o755)


@pytest.mark.network
def test_files_are_read_as_the_user_and_root_is_root_again_after(tmp_path: Path) -> None:
    require_network()  # root, that is
    mine, everybodys = tmp_path / "mine", tmp_path / "everybodys"
    for path, mode in ((mine, 0o640), (everybodys, 0o644)):
        path.write_text("x")
        path.chmod(mode)
    open_to_all(tmp_path)

    def run(**environment: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", _READ_AS_USER, str(mine), str(everybodys)],
            cwd=ROOT_OF_PROJECT,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.splitlines()

    # A group of root's that could read it is no group of the user's.
    assert run(SUDO_UID=str(NOBODY), SUDO_GID=str(NOBODY)) == [
        f"denied {NOBODY} {NOBODY} False",
        f"read {NOBODY} {NOBODY} False",
        "(0, 0, 0) (0, 0, 0) True False",
        f"({NOBODY}, {NOBODY}, {NOBODY}) False",
    ]
    assert run(SUDO_UID="", SUDO_GID="")[-2:] == [
        "(0, 0, 0) (0, 0, 0) True True",
        "(0, 0, 0) True",
    ]
