"""Why a trace ended, as a value and in words."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from poros_tui.model.probe import IPAddress


class StopKind(StrEnum):
    """The ways a trace can end."""

    REACHED = "reached"
    UNREACHABLE = "unreachable"
    GAP_LIMIT = "gap_limit"
    MAX_HOPS = "max_hops"
    CANCELLED = "cancelled"
    FAILED = "failed"


class StopReason(msgspec.Struct, frozen=True, kw_only=True):
    """Why the trace ended, with what is needed to say it in words."""

    kind: StopKind
    ttl: int | None = None
    """The hop where it ended, for UNREACHABLE that of the responder; None where there is none
    (nothing answered, cancelled)."""
    responder: IPAddress | None = None
    """Who said so, for UNREACHABLE."""
    detail: str = ""
    """For REACHED ` or before` where no nearer hop was asked; for UNREACHABLE the code in words,
    for FAILED the reason, for GAP_LIMIT the limit."""

    def words(self) -> str:
        """One clause for people, such as `host unreachable, says 10.0.0.5 at hop 5`."""
        match self.kind:
            case StopKind.REACHED:
                return f"destination reached at hop {self.ttl}{self.detail}"
            case StopKind.UNREACHABLE:
                return f"{self.detail}, says {self.responder} at hop {self.ttl}"
            case StopKind.GAP_LIMIT:
                if self.ttl is None:
                    return f"nothing answered: {self.detail} silent hops in a row (--gap-limit)"
                return f"{self.detail} silent hops after hop {self.ttl} (--gap-limit)"
            case StopKind.MAX_HOPS:
                return f"destination not reached within {self.ttl} hops (--max-hops)"
            case StopKind.CANCELLED:
                return "stopped before the trace was complete"
            case StopKind.FAILED:
                return f"nothing could be sent: {self.detail}"
