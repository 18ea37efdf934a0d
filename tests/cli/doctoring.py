"""Runs `poros-tui doctor` in networks of the lab, with name servers of the test's own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.cli.forking import shared_program
from tests.cli.program import PROGRAM, environment, run_command
from tests.lab import namespace
from tests.lab.lab import Lab
from tests.lab.requirements import require_network, require_nft

_WORDS_BEFORE: int = len(("ip", "netns", "exec", "name"))
_MOUNTS = ("sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"')


def with_resolver(command: Sequence[str], resolv: Path) -> list[str]:
    """A command that `ip netns exec` runs, with `resolv` as /etc/resolv.conf for it alone."""
    return [*command[:_WORDS_BEFORE], *_MOUNTS, str(resolv), *command[_WORDS_BEFORE:]]


def doctor(
    lab: Lab, *arguments: str, resolv: Path | None = None, capabilities: bool = True
) -> tuple[int, str]:
    """Its exit code and what it says."""
    if resolv is None:
        said = shared_program().run(lab, ["doctor", *arguments], capabilities=capabilities)
        assert said.err == ""
        return said.code, said.out
    command = lab.command([*PROGRAM, "doctor", *arguments], capabilities=capabilities)
    done = run_command(with_resolver(command, resolv), env=environment())
    assert done.stderr == ""
    return done.returncode, done.stdout


@contextmanager
def bare_namespace(rules: str = "") -> Iterator[str]:
    """With loopback, and nothing else."""
    require_network()
    name = namespace.new_name()
    namespace.ip_batch([f"netns add {name}"])
    try:
        namespace.ip_batch(["link set lo up"], name)
        if rules:
            require_nft()
            namespace.set_filter(name, rules)
        yield name
    finally:
        namespace.delete([name])


def doctor_in(
    name: str, *arguments: str, resolv: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """It, in a namespace."""
    command = ["ip", "netns", "exec", name, *PROGRAM, "doctor", *arguments]
    if resolv is not None:
        command = with_resolver(command, resolv)
    return run_command(command, env=environment())


def follow(name: str, commands: Sequence[str]) -> None:
    """Run what was advised, in a namespace."""
    for command in commands:
        subprocess.run(["ip", "netns", "exec", name, "sh", "-c", command], check=True)
