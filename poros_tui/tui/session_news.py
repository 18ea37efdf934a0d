"""What the engine says of a session in words: each once. Pure."""

from __future__ import annotations

from poros_tui.model.session import Refusal, SessionSnapshot, SessionStatus, TraceIdentity, Way


class SessionNews:
    """What the user has been told of one session."""

    def __init__(self, identity: TraceIdentity) -> None:
        self._identity_at_first = identity
        self.identity = identity
        """What is traced and how, as it is now."""
        self._way: Way | None = None
        self._refusal: Refusal | None = None
        self._is_mtu_told = False

    def of(self, session: SessionSnapshot) -> list[str]:
        """What is to be told now, the newest last."""
        news: list[str] = []
        status = session.status
        if status.way is not None and status.way != self._way:
            self._way = status.way
            self.identity = self.identity.by(status.way)
            shape = status.way.shape_words()
            probing = f"probing with {status.way.protocol.upper()}" + (
                f", {shape}" if shape else ""
            )
            news.append(self.identity.rung_note or probing)
        if status.refusal is not None and status.refusal != self._refusal:
            self._refusal = status.refusal
            news.append(status.refusal.reason)
        found = session.path_mtu
        if found is not None and found.is_over and not self._is_mtu_told:
            self._is_mtu_told = True
            news.append(found.words())
        return news

    def begin_anew(self, status: SessionStatus) -> None:
        """A recording is at another time: perhaps before what has been told."""
        if status.way is None:
            self._way, self.identity = None, self._identity_at_first
