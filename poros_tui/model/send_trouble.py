"""Where what keeps probes from being sent can be mended, by the kernel's reason in words. Pure."""

from __future__ import annotations

from enum import Enum
from typing import Final

_OF_THE_FIREWALL: Final = ("firewall",)
_OF_THE_NETWORK: Final = ("network", "route", "address", "next hop")


class SendTrouble(Enum):
    """What it is."""

    FIREWALL = "firewall"
    """Of this machine."""
    NETWORK = "network"
    """No way leads there from here."""
    OTHER = "other"
    """A full queue, a probe that is too large, too many open files."""

    @classmethod
    def of(cls, reason: str) -> SendTrouble:
        """From the kernel's reason, in the words of `SendError`."""
        for trouble, words in (
            (cls.FIREWALL, _OF_THE_FIREWALL),
            (cls.NETWORK, _OF_THE_NETWORK),
        ):
            if any(word in reason for word in words):
                return trouble
        return cls.OTHER

    @property
    def advice(self) -> str:
        """What to do about it; empty where the reason itself says all that can be said."""
        match self:
            case SendTrouble.FIREWALL:
                return "poros-tui doctor HOST says what lets them through the firewall"
            case SendTrouble.NETWORK:
                return "check the network and its routes"
            case SendTrouble.OTHER:
                return ""
