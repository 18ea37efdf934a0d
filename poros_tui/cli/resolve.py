"""From a target to the address that is traced, by the system's resolver and in its order."""

from __future__ import annotations

import socket
import sys
import threading
from ipaddress import ip_address
from typing import Final

import msgspec

from poros_tui.cli.output import tell
from poros_tui.cli.target import Target, mapped_address, refuse_impossible
from poros_tui.errors import CannotRun, PorosError, UsageError
from poros_tui.model.probe import IPAddress

PATIENCE_S: Final = 15.0
"""The usual resolver gives up after 5 s and asks twice; beyond that nobody waits."""
NOTICE_AFTER_S: Final = 1.0
"""A user who sees nothing for longer wonders what is going on."""

_ADVICE: Final = "poros-tui doctor says what is in the way, or give an address"
_FAMILIES: Final = {4: socket.AF_INET, 6: socket.AF_INET6, None: socket.AF_UNSPEC}


class NobodyAnswered(CannotRun):
    """No name server has said whether there is such a host."""


class Resolved(msgspec.Struct, frozen=True):
    """The address that is traced."""

    address: IPAddress
    zone: str = ""


def addresses_of(target: Target, family: int | None) -> tuple[Resolved, ...]:
    """All that can be traced, each once, in the system's order. Blocks while the system asks for
    a name.

    `family` is 4, 6, or None for both.

    Raises:
        PorosError: there are none.
    """
    if target.address is not None:
        return (_literal(target, target.address, family),)
    try:
        return _usable(target, family, _ask(target.host, family))
    except OSError as error:
        raise _failure(target, family, error) from error


def _literal(target: Target, address: IPAddress, family: int | None) -> Resolved:
    if family not in (None, address.version):
        raise UsageError(
            f"{address} is an IPv{address.version} address",
            f"leave out -{family} or give an IPv{family} address",
        )
    return Resolved(address, target.zone)


def _usable(target: Target, family: int | None, found: list[str]) -> tuple[Resolved, ...]:
    """Those of the family that was asked for which can be those of a host."""
    usable: dict[Resolved, None] = {}
    refusal: PorosError | None = None
    for text in found:
        bare, _, zone = text.partition("%")
        address = ip_address(bare)
        address = mapped_address(address) or address
        if family not in (None, address.version):
            continue
        try:
            refuse_impossible(address, zone)
        except UsageError as error:
            refusal = refusal or CannotRun(
                f"{target.text} can't be traced: {error.sentence}", error.advice
            )
        else:
            usable[Resolved(address, zone)] = None
    if not usable:
        raise refusal or _failure(target, family, None)
    return tuple(usable)


class Resolution:
    """A look-up under way in a thread of its own: the resolver blocks, Ctrl-C does not wait."""

    def __init__(self, target: Target, family: int | None) -> None:
        """`family` is 4, 6, or None for what the name gives first."""
        self._target = target
        self._family = family
        self._outcome: Resolved | Exception | None = None
        self._thread: threading.Thread | None = None
        if target.address is not None:
            self._look_up()
        else:
            self._thread = threading.Thread(target=self._look_up, daemon=True)
            self._thread.start()

    def _look_up(self) -> None:
        try:
            self._outcome = addresses_of(self._target, self._family)[0]
        except Exception as error:  # noqa: BLE001 - raised again in the thread that waits
            self._outcome = error

    def wait(self) -> Resolved:
        """The first address.

        Raises:
            PorosError: there is none, or nobody answers.
        """
        if self._thread is not None:
            self._thread.join(NOTICE_AFTER_S)
            if self._thread.is_alive():
                if sys.stderr is not None and sys.stderr.isatty():
                    tell(f"resolving {self._target.text} ...")
                self._thread.join(PATIENCE_S - NOTICE_AFTER_S)
        match self._outcome:
            case Resolved() as resolved:
                return resolved
            case Exception() as error:
                raise error
            case None:
                raise no_answer(self._target)


def no_answer(target: Target) -> NobodyAnswered:
    """Patience is over."""
    return NobodyAnswered(
        f"the name server did not answer for {target.text} within {PATIENCE_S:g} s",
        _ADVICE,
    )


def _ask(host: str, family: int | None) -> list[str]:
    # As bytes: a name in ASCII needs no codec, and after giving up root's rights Python may not
    # be able to load one.
    found = socket.getaddrinfo(host.encode(), None, _FAMILIES[family], socket.SOCK_DGRAM)
    return [str(entry[4][0]) for entry in found]


def _failure(target: Target, family: int | None, error: OSError | None) -> PorosError:
    if error is not None and error.errno == socket.EAI_AGAIN:
        return NobodyAnswered(
            f"can't resolve {target.text}: no name server answers",
            _ADVICE,
        )
    if family is not None and _exists(target):
        other = 6 if family == 4 else 4
        return CannotRun(f"{target.text} has no IPv{family} address", f"try it with -{other}")
    return CannotRun(f"there is no host named {target.text}", "check how it is spelt")


def _exists(target: Target) -> bool:
    try:
        return bool(_ask(target.host, None))
    except OSError:
        return False
