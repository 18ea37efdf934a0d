"""What may not leave of several targets, where the near hops of each are hidden. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from poros_tui.model.privacy import private_words, words_of_graph
from poros_tui.model.session import TraceIdentity
from poros_tui.model.targets import TargetSnapshot
from poros_tui.tui.sharing import KnownSession


def words_of_targets(snapshots: Iterable[TargetSnapshot], private_hops: int) -> frozenset[str]:
    """The addresses of the first `private_hops` hops of each, now and before, and one's own."""
    words: set[str] = set()
    for snapshot in snapshots if private_hops else ():
        words |= _own_words(snapshot.identity)
        if snapshot.end is not None:
            words |= private_words([snapshot.end], private_hops)
        if snapshot.chronicle is not None:
            words |= {
                str(address)
                for path in snapshot.chronicle.paths()
                for hop in path.hops
                if hop.ttl <= private_hops
                for address in hop.responders
            }
    return frozenset(words)


def words_of_sessions(sessions: Iterable[KnownSession], private_hops: int) -> frozenset[str]:
    """The same from all that is known of their hops: also interfaces, and what --mda found."""
    words: set[str] = set()
    for session in sessions if private_hops else ():
        words |= _own_words(session.identity)
        if session.path is not None:
            words |= private_words(session.path.hops, private_hops)
            words |= words_of_graph(session.path.session, private_hops)
    return frozenset(words)


def _own_words(identity: TraceIdentity | None) -> set[str]:
    return {str(identity.source)} if identity is not None and identity.source else set()
