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

_FAMILIES: Final = {4: socket.AF_INET, 6: socket.AF_INET6, None: socket.AF_UNSPEC}


class Resolved(msgspec.Struct, frozen=True):
    """The address that is traced."""

    address: IPAddress
    zone: str = ""


class Resolution:
    """A look-up under way in a thread of its own: the resolver blocks, Ctrl-C does not wait."""

    def __init__(self, target: Target, family: int | None) -> None:
        """`family` is 4, 6, or None for what the name gives first."""
        self._target = target
        self._family = family
        self._outcome: Resolved | Exception | None = None
        self._thread: threading.Thread | None = None
        if target.address is not None:
            self._outcome = self._literal(target.address)
        else:
            self._thread = threading.Thread(target=self._look_up, daemon=True)
            self._thread.start()

    def _literal(self, address: IPAddress) -> Resolved | PorosError:
        if self._family not in (None, address.version):
            return UsageError(
                f"{address} is an IPv{address.version} address",
                f"leave out -{self._family} or give an IPv{self._family} address",
            )
        return Resolved(address, self._target.zone)

    def _look_up(self) -> None:
        try:
            self._outcome = self._usable(_ask(self._target.host, self._family))
        except OSError as error:
            self._outcome = _failure(self._target, self._family, error)
        except Exception as defect:  # noqa: BLE001 - raised again in the thread that waits
            self._outcome = defect

    def _usable(self, found: list[str]) -> Resolved | PorosError:
        """The first usable address, in the system's order, of the family that was asked for."""
        refusal: PorosError | None = None
        for text in found:
            bare, _, zone = text.partition("%")
            address = ip_address(bare)
            address = mapped_address(address) or address
            if self._family not in (None, address.version):
                continue
            try:
                refuse_impossible(address, zone)
            except UsageError as error:
                refusal = refusal or CannotRun(
                    f"{self._target.text} can't be traced: {error.sentence}", error.advice
                )
            else:
                return Resolved(address, zone)
        return refusal or _failure(self._target, self._family, None)

    def wait(self) -> Resolved:
        """The address.

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
                raise CannotRun(
                    f"the name server did not answer for {self._target.text} "
                    f"within {PATIENCE_S:g} s",
                    "check the network, or give an address",
                )


def _ask(host: str, family: int | None) -> list[str]:
    # As bytes: a name in ASCII needs no codec, and after giving up root's rights Python may not
    # be able to load one.
    found = socket.getaddrinfo(host.encode(), None, _FAMILIES[family], socket.SOCK_DGRAM)
    return [str(entry[4][0]) for entry in found]


def _failure(target: Target, family: int | None, error: OSError | None) -> PorosError:
    if error is not None and error.errno == socket.EAI_AGAIN:
        return CannotRun(
            f"can't resolve {target.text}: no name server answers",
            "check the network, or give an address",
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
