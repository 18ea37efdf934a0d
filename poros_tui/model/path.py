"""The path as known so far: folds outcomes, in any order, into hops and frozen updates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from poros_tui.model.about import NOTHING_KNOWN, About
from poros_tui.model.extent import PathExtent
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.hop_counts import Hop
from poros_tui.model.multipath import MultipathGraph
from poros_tui.model.path_mtu import PathMtu, ToldMtu
from poros_tui.model.probe import (
    AnswerKind,
    Duplicate,
    IPAddress,
    Lost,
    ProbeOutcome,
    Reply,
    SendFailed,
    Sent,
)
from poros_tui.model.session import (
    PathSnapshot,
    PathUpdate,
    SessionSnapshot,
    SessionState,
    SessionStatus,
)
from poros_tui.model.statistics import loses_alone
from poros_tui.model.stray import Stray, StrayReason


class Path:
    """All hops of one session. Outcomes from before a reset are ignored."""

    def __init__(
        self,
        *,
        first_hop: int,
        gap_limit: int = 0,
        keep_records: bool = False,
        keep_flows: bool = False,
        known: Mapping[IPAddress, About] = NOTHING_KNOWN,
    ) -> None:
        """`gap_limit`: silent hops shown past the last answer once a trace is over; 0: all.
        `keep_flows`: what each flow meets, for sessions with several. `known`: what others
        know of addresses at any time, see `learn_of`."""
        self._known = known
        self._first_hop = first_hop
        self._gap_limit = gap_limit
        self._keep_records = keep_records
        self._keep_flows = keep_flows
        self._status: SessionStatus | None = None
        self._path_mtu: PathMtu | None = None
        self._strays: Counter[StrayReason] = Counter()
        self.version = 0
        """Grows with everything that is taken in."""
        self._forget()

    def _forget(self) -> None:
        self._hops: dict[int, Hop] = {}
        self._extent = PathExtent(self._first_hop)
        self._changed: set[int] = set()
        self._decided = 0
        self._failure: SendFailed | None = None
        self._told: Reply | None = None
        """The answer with the smallest MTU; of several the one to the nearest TTL."""

    def forget_records(self) -> None:
        """Keep no probes from now on, and none until now."""
        self._keep_records = False
        for hop in self._hops.values():
            hop.forget_records()

    @property
    def asked(self) -> Mapping[int, Hop]:
        """Every hop that a probe was sent to, by TTL, also beyond the end."""
        return self._hops

    @property
    def known(self) -> Mapping[IPAddress, About]:
        """What others know of addresses, at any time."""
        return self._known

    @property
    def generation(self) -> int:
        """Of the outcomes counted now."""
        return self._status.generation if self._status else 0

    def set_status(self, status: SessionStatus) -> None:
        """The engine says what it does; a newer generation empties the path."""
        if status.generation > self.generation:
            self._forget()
        self.version += 1
        length_before = self.length
        before, self._status = self._status, status
        if before is None or before.baseline != status.baseline:
            self._mark(status.baseline)
        # At every round, so that a report too, which asks for no update, sees the beginning.
        self._look_for_limits(at_last=False)
        self._show_again(length_before)

    def _mark(self, baseline: int | None) -> None:
        for ttl, hop in self._hops.items():
            if baseline is None:
                hop.unmark()
            else:
                hop.mark()
            self._changed.add(ttl)

    def set_path_mtu(self, found: PathMtu) -> None:
        """The search knows more. A reset does not undo that: it is no statistic."""
        self._path_mtu = found
        self.version += 1

    def learn_of(self, address: IPAddress) -> bool:
        """Others know more of this address. True where that concerns this path."""
        named = [ttl for ttl, hop in self._hops.items() if hop.knows(address)]
        self._changed.update(named)
        graph = self._status.graph if self._status is not None else None
        return bool(named) or (graph is not None and address in graph.addresses)

    @property
    def status(self) -> SessionStatus | None:
        """What the engine has said last; None before it has said anything."""
        return self._status

    @property
    def has_status(self) -> bool:
        """Whether the engine has said anything yet: before that there is no session to show."""
        return self._status is not None

    def finish(self) -> None:
        """The trace is complete: nothing more is needed to know why it ends."""
        if self._status is not None:
            self._status = msgspec.structs.replace(
                self._status, state=SessionState.FINISHED, stop=self._extent.stop_reason
            )

    def add(self, outcome: ProbeOutcome) -> None:
        """Fold one outcome in."""
        self.version += 1
        if isinstance(outcome, Stray):
            self._strays[outcome.reason] += outcome.count
            return
        if outcome.probe.generation != self.generation:
            return
        end_before, length_before = self._extent.end, self.length
        self._fold(outcome)
        self._changed.add(outcome.probe.ttl)
        if self._extent.end != end_before:
            # Which hop is the last one is part of the snapshots of both.
            self._changed.update(self._hops.keys() & {end_before, self._extent.end})
        self._show_again(length_before)

    def _show_again(self, length_before: int | None) -> None:
        """Whoever shows the path knows nothing of what lay beyond its end until now."""
        if self.length == length_before:
            return
        self._changed.update(ttl for ttl in self._hops if ttl > (length_before or 0))

    def _fold(self, outcome: Sent | Reply | Lost | Duplicate | SendFailed) -> None:
        ttl = outcome.probe.ttl
        hop = self._hops.get(ttl)
        if hop is None:
            hop = self._hops[ttl] = Hop(
                ttl, keep_records=self._keep_records, keep_flows=self._keep_flows
            )
        match outcome:
            case Sent():
                hop.add_sent(outcome)
                if self._failure is not None and not self._failure.was_sent:
                    self._failure = None
            case Reply():
                hop.add_reply(outcome)
                self._extent.add_reply(outcome)
                self._decided += not outcome.was_lost
                self._hear_of_mtu(outcome)
                # The kernel may take a probe and fail later (its gateway does not answer): then
                # its taking the next is no cure, only an answer to it is.
                if self._failure is not None and outcome.probe.number > self._failure.probe.number:
                    self._failure = None
            case Lost():
                hop.add_lost(outcome)
                self._extent.add_lost(outcome)
                self._decided += 1
            case Duplicate():
                hop.add_duplicate(outcome)
            case SendFailed():
                hop.add_send_failed(outcome)
                self._decided -= outcome.was_lost
                self._failure = outcome

    def _hear_of_mtu(self, reply: Reply) -> None:
        known = self._told
        if reply.mtu is None or (known is not None and _nearness(known) <= _nearness(reply)):
            return
        self._told = reply

    def _told_mtu(self) -> ToldMtu | None:
        told = self._told
        if told is None or told.mtu is None:
            return None
        own = [
            ttl
            for ttl, hop in self._hops.items()
            if hop.has_answered(told.responder, AnswerKind.TIME_EXCEEDED)
        ]
        return ToldMtu(
            mtu=told.mtu,
            responder=told.responder,
            # Several have one address behind a NAT that answers for them.
            hop=own[0] if len(own) == 1 else told.probe.ttl - 1,
            round=told.probe.round,
        )

    @property
    def distance(self) -> int | None:
        """TTL of the destination, None while it was not reached."""
        return self._extent.distance

    @property
    def length(self) -> int | None:
        """TTL of the last hop that is shown; None before anything was tried."""
        end = self._extent.end
        if end is not None:
            return end
        farthest = max(self._hops, default=None)
        if farthest is None or not self._gap_limit or not self._status or not self._status.stop:
            return farthest
        # The first burst asked hops that the path does not seem to have.
        return self._extent.limit(max_hops=farthest, gap_limit=self._gap_limit)

    def is_complete(self, *, probes_per_hop: int) -> bool:
        """Whether the end is known and every probe up to it has its outcome."""
        end = self._extent.end
        return end is not None and all(
            (hop := self._hops.get(ttl)) is not None
            and hop.in_flight == 0
            and hop.tried >= probes_per_hop
            for ttl in range(self._first_hop, end + 1)
        )

    def session(self) -> SessionSnapshot:
        """The session as it stands.

        Raises:
            ValueError: before the first status.
        """
        if self._status is None:
            raise ValueError("no status yet")
        length = self.length
        return SessionSnapshot(
            status=self._status,
            path_length=length,
            distance=self.distance,
            sent=sum(hop.sent for hop in self._hops.values()),
            sent_beyond=sum(
                hop.sent for ttl, hop in self._hops.items() if length is not None and ttl > length
            ),
            decided=self._decided,
            send_errors=sum(hop.send_errors for hop in self._hops.values()),
            strays=tuple(Stray(*known) for known in self._strays.most_common()),
            told_mtu=self._told_mtu(),
            path_mtu=self._path_mtu,
            problem=self._failure.reason if self._failure is not None else None,
            graph_about=self._graph_about(self._status.graph),
        )

    def _graph_about(self, graph: MultipathGraph | None) -> Mapping[IPAddress, About]:
        if graph is None or not self._known:
            return NOTHING_KNOWN
        known = self._known
        return {address: known[address] for address in graph.addresses if address in known}

    def _look_for_limits(self, *, at_last: bool) -> None:
        """Look at the answers of one hop that alone loses so much, or of all of them when nothing
        more comes: it takes too long to look at many at once."""
        asked = self._hops
        ttls = range(self._first_hop, (self.length or 0) + 1)
        due = [
            ttl
            for ttl in (ttls if at_last else sorted(self._changed))
            if ttl in ttls and ttl in asked and asked[ttl].may_look_for_limit(at_last=at_last)
        ]
        if not due:
            return
        losses = [
            (asked[ttl].lost, asked[ttl].received) if ttl in asked else (0, 0) for ttl in ttls
        ]
        alone = loses_alone(losses)
        for ttl in due:
            if not alone[ttl - self._first_hop]:
                asked[ttl].put_off_limit()
                continue
            asked[ttl].look_for_limit()
            self._changed.add(ttl)
            if not at_last:
                return

    def _hop_snapshot(self, ttl: int) -> HopSnapshot:
        hop = self._hops.get(ttl) or Hop(ttl)
        return hop.snapshot(
            is_destination=ttl == self._extent.distance,
            is_unreachable=ttl == self._extent.unreachable_ttl,
            known=self._known,
        )

    def hops(self) -> tuple[HopSnapshot, ...]:
        """All up to the last one that is shown."""
        ttls = range(self._first_hop, (self.length or 0) + 1)
        return tuple(self._hop_snapshot(ttl) for ttl in ttls)

    def end_snapshot(self) -> HopSnapshot | None:
        """The destination's hop, or while that is not reached the last one that answered."""
        if self.distance is not None:
            return self._hop_snapshot(self.distance)
        # Probes that went beyond the last hop may have been answered, from before it, too.
        length = self.length or 0
        answered = (ttl for ttl, hop in self._hops.items() if hop.received and ttl <= length)
        last = max(answered, default=None)
        return self._hop_snapshot(last) if last is not None else None

    def take_update(self) -> PathUpdate:
        """What changed since the last call."""
        status = self._status
        self._look_for_limits(at_last=status is not None and status.state is SessionState.FINISHED)
        length = self.length or 0
        changed = sorted(ttl for ttl in self._changed if ttl <= length)
        self._changed.clear()
        return PathUpdate(
            generation=self.generation,
            hops=tuple(self._hop_snapshot(ttl) for ttl in changed),
            session=self.session(),
        )

    def snapshot(self) -> PathSnapshot:
        """The whole path up to its last hop."""
        self._look_for_limits(at_last=True)
        return PathSnapshot(hops=self.hops(), session=self.session())


def _nearness(told: Reply) -> tuple[int, int, int]:
    """Of what routers told the smallest counts, from the nearest TTL that was refused."""
    return told.mtu or 0, told.probe.ttl, told.probe.number
