"""Play with the lab by hand: `python -m tests.lab SCENARIO -- COMMAND ARGS...`."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import FrameType
from typing import Final

from tests.lab.chain import CHAINS, chain_network
from tests.lab.lab import Lab
from tests.lab.namespace import LabError
from tests.lab.requirements import missing_for_network
from tests.lab.tun import lab_network, load_scenario, scenario_names

SHELL: Final = ("sh", "-i")
_COULD_NOT_RUN: Final = 3
_EPILOG: Final = """
{destination} and {destination6} in the command stand for the addresses to trace. Without a
command a shell opens. Examples:

  python -m tests.lab rising30 -- traceroute -n -I {destination}
  python -m tests.lab hostile --ping-sockets --without-capabilities -- poros-tui {destination}
  python -m tests.lab chain -- mtr -n -6 {destination6}
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command in one lab; its exit code, or 3 where the lab could not be built."""
    words = list(sys.argv[1:] if argv is None else argv)
    end = words.index("--") if "--" in words else len(words)
    options, command = _parser().parse_args(words[:end]), words[end + 1 :]
    if options.list or options.scenario is None:
        _print_scenarios()
        return 0
    missing = missing_for_network()
    if missing:
        return _complain(missing)
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _leave)
    try:
        with _lab(options.scenario, options.seed) as lab:
            lab.allow_ping_sockets(options.ping_sockets)
            return _run(
                lab.command(command or SHELL, capabilities=not options.without_capabilities)
            )
    except (LabError, ValueError) as problem:
        return _complain(str(problem))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.lab",
        usage="%(prog)s [OPTIONS] SCENARIO [-- COMMAND ARGS...]",
        description="Run a command in a network namespace with an internet of its own.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("scenario", nargs="?", help="a name that --list shows, or the path of a TOML file")
    add("--list", action="store_true", help="show the scenarios and end")
    add("--seed", type=int, default=1, help="of all chance in the scenario [default: 1]")
    add("--ping-sockets", action="store_true", help="let everybody open ICMP datagram sockets")
    add("--without-capabilities", action="store_true", help="run the command with no privileges")
    return parser


def _lab(name: str, seed: int) -> AbstractContextManager[Lab]:
    return chain_network(name) if name in CHAINS else lab_network(name, seed=seed)


def _run(command: Sequence[str]) -> int:
    """Run the command on this terminal and wait for it, whatever signals come."""
    with subprocess.Popen(command) as child:
        # Ctrl-C goes to the whole foreground group: the command decides what it means.
        signal.signal(signal.SIGINT, _go_on)
        try:
            code = child.wait()
        finally:
            child.terminate()
    return code if code >= 0 else 128 - code


def _go_on(_number: int, _frame: FrameType | None) -> None:
    """A handler, because an ignored signal would be ignored by the command as well."""


def _leave(number: int, _frame: FrameType | None) -> None:
    """Unwind, so that the namespaces go."""
    sys.exit(128 + number)


def _print_scenarios() -> None:
    names = scenario_names()
    width = max(map(len, [*names, *CHAINS]))
    lines = [f"{name:{width}}  {load_scenario(name).description}" for name in names]
    lines += [f"{name:{width}}  {plan.description}" for name, plan in CHAINS.items()]
    sys.stdout.write("\n".join(lines) + "\n")


def _complain(problem: str) -> int:
    sys.stderr.write(f"tests.lab: {problem}\n")
    return _COULD_NOT_RUN


if __name__ == "__main__":
    sys.exit(main())
