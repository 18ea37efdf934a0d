"""The simulated internet as a lab: a namespace whose only way out is a TUN device."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Final

from poros_tui.model.probe import Protocol
from poros_tui.probe.simulation.scenario import Scenario
from tests.lab import namespace
from tests.lab.expectation import Responders, visible_path
from tests.lab.lab import Lab
from tests.lab.namespace import LabError
from tests.lab.simulator import READY, SeenProbe, Setting

SCENARIOS: Final = Path(__file__).with_name("scenarios")
PROBER4, PROBER6 = IPv4Address("10.255.0.2"), IPv6Address("fd00:0:0:ff::2")
DEVICE: Final = "tun0"
_ROOT: Final = Path(__file__).parents[2]
_STOP_S: Final = 30.0
_UP: Final = (
    f"link set {DEVICE} up txqueuelen 5000",
    f"addr replace {PROBER4}/30 dev {DEVICE}",
    f"addr replace {PROBER6}/64 dev {DEVICE} nodad",
    f"route replace default dev {DEVICE} src {PROBER4}",
    f"route replace ::/0 dev {DEVICE} src {PROBER6}",
)


class TunLab(Lab):
    """A simulated internet, and what it has seen."""

    def __init__(self, name: str, scenario: Scenario, simulator: subprocess.Popen[bytes]) -> None:
        destination = scenario.destination
        super().__init__(
            namespace=name, destination=destination.address, destination6=destination.address6
        )
        self.scenario = scenario
        self._simulator = simulator

    def path(
        self, family: int, protocol: Protocol = Protocol.ICMP, *, at_s: float = 0.0
    ) -> list[Responders]:
        """Who can answer at TTL 1, 2, ..., `at_s` seconds after the first probe."""
        return visible_path(self.scenario, family=family, protocol=protocol, at_s=at_s)

    def probes(self) -> list[SeenProbe]:
        """All probes to the destination and its neighbours that have left so far, in order."""
        assert self._simulator.stdin
        assert self._simulator.stdout
        self._simulator.stdin.write(b"probes\n")
        self._simulator.stdin.flush()
        return [SeenProbe(*row) for row in json.loads(self._simulator.stdout.readline())]

    def begin_anew(self) -> None:
        """Forget all that has been, as if the lab had just been made."""
        assert self._simulator.stdin
        assert self._simulator.stdout
        self._simulator.stdin.write(b"anew\n")
        self._simulator.stdin.flush()
        _wait_until_ready(self._simulator)

    def link_down(self) -> None:
        namespace.ip_batch([f"link set {DEVICE} down"], self.namespace)

    def link_up(self) -> None:
        _bring_up(self.namespace, self.scenario)


@contextmanager
def lab_network(
    scenario: Scenario | str | Path, *, seed: int = 1, destinations: int = 1
) -> Iterator[TunLab]:
    """A namespace with the simulated internet of a scenario.

    The clock of the scenario begins with the first probe.

    Args:
        scenario: itself, a name in tests/lab/scenarios, or the path of a TOML file.
        seed: of all chance in it.
        destinations: so many IPv4 addresses, from the scenario's own on, are at its end.

    Raises:
        LabError: the lab could not be built, or its simulator failed.
        ValueError: the scenario is wrong.
    """
    if not isinstance(scenario, Scenario):
        scenario = load_scenario(scenario)
    namespace.delete_abandoned()
    name = namespace.new_name()
    try:
        namespace.ip_batch([f"netns add {name}"])
        simulator = _start_simulator(name)
        try:
            _hand_over(simulator, Setting(DEVICE, scenario, seed, destinations))
            # Only now: a device that comes up before somebody holds its other end has no carrier,
            # and drops packets until the kernel notices, some milliseconds later, that it has.
            namespace.ip_batch(["link set lo up"], name)
            _bring_up(name, scenario)
            yield TunLab(name, scenario, simulator)
        except BaseException as failure:
            if complaint := _stop(simulator):
                failure.add_note(f"the simulator failed too: {complaint}")
            raise
        if complaint := _stop(simulator):
            raise LabError(f"the simulator failed: {complaint}")
    finally:
        namespace.delete([name])


def load_scenario(name: str | Path) -> Scenario:
    """Read a scenario by its name in tests/lab/scenarios, or by its path.

    Raises:
        LabError: there is no such file.
        ValueError: the scenario is wrong.
    """
    path = SCENARIOS / f"{name}.toml" if str(name) in scenario_names() else Path(name)
    if not path.is_file():
        raise LabError(f"no scenario {name}: neither a file nor one of those that --list shows")
    try:
        return Scenario.from_toml(path.read_text())
    except ValueError as problem:
        raise ValueError(f"{path}: {problem}") from problem


def scenario_names() -> list[str]:
    """The scenarios that come with the lab."""
    return sorted(path.stem for path in SCENARIOS.glob("*.toml"))


def _bring_up(name: str, scenario: Scenario) -> None:
    mtu = [f"link set {DEVICE} mtu {scenario.mtu}"] if scenario.mtu else []
    namespace.ip_batch([*mtu, *_UP], name)
    namespace.wait_for_addresses(name, [PROBER6])


def _start_simulator(name: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["ip", "netns", "exec", name, sys.executable, "-m", "tests.lab.simulator"],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _hand_over(simulator: subprocess.Popen[bytes], setting: Setting) -> None:
    assert simulator.stdin
    simulator.stdin.write(pickle.dumps(setting))
    simulator.stdin.flush()
    _wait_until_ready(simulator)


def _wait_until_ready(simulator: subprocess.Popen[bytes]) -> None:
    assert simulator.stdout
    if simulator.stdout.readline() != READY.encode():
        raise LabError("the simulator did not start")


def _stop(simulator: subprocess.Popen[bytes]) -> str:
    """End the simulator; what it has to say if it failed, else nothing."""
    try:
        _, complaint = simulator.communicate(timeout=_STOP_S)
    except subprocess.TimeoutExpired:
        simulator.kill()
        _, complaint = simulator.communicate()
    return complaint.decode() if simulator.returncode else ""
