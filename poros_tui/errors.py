"""What can go wrong, as types: their fault (a packet), or something the user can mend."""

from __future__ import annotations

from typing import ClassVar


class MalformedPacket(Exception):
    """Bytes from the network that cannot be read: counted and survived, never a failure."""


class TruncatedPacket(MalformedPacket):
    """It ends where its format says that there is more."""


class CorruptPacket(MalformedPacket):
    """Its checksum is wrong."""


class PorosError(Exception):
    """Something the user must know: one sentence, what to do about it, and an exit code."""

    exit_code: ClassVar[int] = 3

    def __init__(self, sentence: str, advice: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        """What is wrong, one sentence without a full stop at the end."""
        self.advice = advice
        """What to do about it, one sentence, or empty."""

    def __str__(self) -> str:
        return f"{self.sentence}; {self.advice}" if self.advice else self.sentence


class UsageError(PorosError):
    """The command line asks for something that cannot be: at all, on this machine, or for this
    user."""

    exit_code = 2


class CannotRun(PorosError):
    """The trace cannot start: no such name, no route, no terminal."""

    exit_code = 3


class EngineFailure(CannotRun):
    """The probing engine died of a defect. The cause is chained and shown under --debug."""


class SendError(Exception):
    """The kernel refused to send one probe. The trace goes on; the probe is no loss."""

    def __init__(self, reason: str, *, is_too_large: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        """In words, such as `network is unreachable`."""
        self.is_too_large = is_too_large
        """The probe is larger than our own link takes."""
