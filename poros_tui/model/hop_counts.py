"""A hop while it is traced: folds the outcomes of its probes into counts and statistics."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from copy import copy
from typing import Final

import msgspec

from poros_tui.model.about import NOTHING_KNOWN, UNKNOWN, About
from poros_tui.model.comparison import Baseline, Figures
from poros_tui.model.evidence import EvidenceWindow
from poros_tui.model.flow import FlowCounts
from poros_tui.model.history import HISTORY_LENGTH, Gap, SampleHistory
from poros_tui.model.hop import HopSnapshot, ProbeRecord, Responder
from poros_tui.model.limiting.watch import LimitWatch
from poros_tui.model.probe import (
    AnswerKind,
    Duplicate,
    IPAddress,
    Lost,
    Probe,
    Reply,
    RttSource,
    SendFailed,
    Sent,
)
from poros_tui.model.refusals import Refusals
from poros_tui.model.statistics import RttStatistics

RESPONDERS_MAX: Final = 64
"""Addresses kept for one hop. Wider load balancing exists on paper only, and a flood of forged
sources must not grow without bound."""

RECENT_ANSWERS: Final = 6
"""A responder that gave none of these is not the one that answers now: the route has changed. Where
two share a hop by chance, one is away for so long in 1 of 64 cases."""


class Hop:
    """Folds the outcomes of one TTL into counts and statistics."""

    def __init__(self, ttl: int, *, keep_records: bool = False, keep_flows: bool = False) -> None:
        self.ttl = ttl
        self._keep_records = keep_records
        self._keep_flows = keep_flows
        self._flows: dict[int, FlowCounts] = {}
        self._counts = {
            "sent": 0,
            "received": 0,
            "lost": 0,
            "in_flight": 0,
            "late": 0,
            "refused": 0,
            "duplicates": 0,
            "send_errors": 0,
            "untimed": 0,
        }
        self._rtt = RttStatistics()
        self._rtt_sources: list[tuple[RttSource, int]] = []
        self._baseline: Baseline | None = None
        self._evidence = EvidenceWindow()
        self._responders: dict[IPAddress, Responder] = {}
        self._responders_untracked = 0
        self._recent: deque[IPAddress] = deque(maxlen=RECENT_ANSWERS)
        self._leader: IPAddress | None = None
        self._is_reached = False
        """The destination has answered here."""
        self._refusals = Refusals()
        """Before that."""
        self._newcomer: tuple[IPAddress, int] | None = None
        """Who answered here for the first time last, and the number of the probe."""
        self._history = SampleHistory()
        self._watch = LimitWatch()
        self._records: dict[int, ProbeRecord] = {}

    @property
    def history(self) -> SampleHistory:
        """The newest samples."""
        return self._history

    @property
    def records(self) -> Mapping[int, ProbeRecord]:
        """Each probe by its number, where they are kept."""
        return self._records

    def forget_records(self) -> None:
        """Keep no probes from now on, and none until now."""
        self._keep_records, self._records = False, {}

    @property
    def is_reached(self) -> bool:
        """Whether the destination has answered here."""
        return self._is_reached

    @property
    def sent(self) -> int:
        """Probes that left this machine."""
        return self._counts["sent"]

    @property
    def tried(self) -> int:
        """Probes that left, and those that could not."""
        return self._counts["sent"] + self._counts["send_errors"]

    @property
    def send_errors(self) -> int:
        """Probes that could not leave."""
        return self._counts["send_errors"]

    @property
    def in_flight(self) -> int:
        """Probes sent and not decided."""
        return self._counts["in_flight"]

    def mark(self) -> None:
        """From now on compare with what is known now."""
        self._baseline = Baseline(self._figures())

    def unmark(self) -> None:
        """Compare no longer."""
        self._baseline = None

    def _figures(self) -> Figures:
        return Figures(
            sent=self._counts["sent"],
            received=self._counts["received"],
            lost=self._counts["lost"],
            rtt=copy(self._rtt),
        )

    @property
    def received(self) -> int:
        """Probes that were answered."""
        return self._counts["received"]

    @property
    def lost(self) -> int:
        """Probes that were not."""
        return self._counts["lost"]

    def add_sent(self, sent: Sent) -> None:
        """A probe left."""
        probe = sent.probe
        self._counts["sent"] += 1
        self._counts["in_flight"] += 1
        self._history.open(probe.number, sent.at_s, probe.flow)
        self._record(probe, None)

    def add_reply(self, reply: Reply) -> None:
        """An answer came, for the first time."""
        if not reply.was_lost:
            self._counts["in_flight"] -= 1
        if reply.kind is AnswerKind.REACHED and not self._is_reached:
            self._is_reached = True
            self._count_refused_as_lost()
        if reply.kind is AnswerKind.UNREACHABLE and self._is_reached:
            self._add_refusal(reply)
        else:
            self._add_answer(reply)
        self._evidence.add(reply)
        self._add_responder(reply)
        self._record(reply.probe, reply)

    def _add_answer(self, reply: Reply) -> None:
        self._counts["lost"] -= reply.was_lost
        self._counts["received"] += 1
        self._counts["late"] += reply.is_late
        self._history.fill(
            reply.probe.number, reply.rtt_s if reply.rtt_s is not None else Gap.UNTIMED
        )
        if reply.rtt_s is not None:
            self._rtt.add(reply.rtt_s)
            if self._baseline is not None:
                self._baseline.add(reply.rtt_s)
        elif not reply.is_ambiguous:
            self._counts["untimed"] += 1
        if reply.rtt_source is not None:
            self._add_source(reply.rtt_source)
        if reply.kind is AnswerKind.UNREACHABLE:
            self._refusals.add(reply)

    def _add_refusal(self, reply: Reply) -> None:
        """Where the destination answers, what does not get to it is lost, whoever says so: the
        time that a router took for that (3 s until a host is given up) is none of the
        destination's."""
        self._counts["lost"] += not reply.was_lost
        self._counts["refused"] += 1
        self._history.fill(reply.probe.number, Gap.LOST)

    def _count_refused_as_lost(self) -> None:
        """The destination answers here for the first time, after refusals that stood for it."""
        refusals, self._refusals = self._refusals, Refusals()
        if not refusals.count:
            return
        self._counts["received"] -= refusals.count
        self._counts["late"] -= refusals.late
        self._counts["untimed"] -= refusals.untimed
        self._counts["lost"] += refusals.count
        self._counts["refused"] += refusals.count
        for number in refusals.numbers:
            self._history.fill(number, Gap.LOST)
        self._rtt, self._rtt_sources = RttStatistics(), []
        if self._baseline is not None:
            self.mark()

    def _add_source(self, source: RttSource) -> None:
        sources = self._rtt_sources
        for place, (known, _) in enumerate(sources):
            if known is source:
                # The newest first; nearly always it is there.
                sources.insert(0, (source, sources.pop(place)[1] + 1))
                return
        sources.insert(0, (source, 1))

    def _add_responder(self, reply: Reply) -> None:
        known = self._responders.get(reply.responder)
        if known is None and len(self._responders) >= RESPONDERS_MAX:
            self._responders_untracked += 1
            return
        if known is None:
            self._newcomer = reply.responder, reply.probe.number
        rtt = known.rtt if known else RttStatistics()
        if reply.rtt_s is not None:
            rtt.add(reply.rtt_s)
        self._responders[reply.responder] = Responder(
            address=reply.responder,
            answers=(known.weight if known else 0) + 1,
            kind=reply.kind,
            icmp_type=reply.icmp_type,
            icmp_code=reply.icmp_code,
            reply_ttl=reply.reply_ttl,
            mtu=reply.mtu,
            extensions=reply.extensions,
            rtt=rtt,
        )
        self._recent.append(reply.responder)
        if self._leader not in self._recent:
            had_leader = self._leader is not None
            self._leader = Counter(reversed(self._recent)).most_common(1)[0][0]
            if had_leader and self._newcomer is not None:
                newcomer, number = self._newcomer
                is_new = self._responders[newcomer].weight <= RECENT_ANSWERS
                if newcomer == self._leader and is_new:
                    self._watch.restart(number)

    def has_answered(self, address: IPAddress, kind: AnswerKind) -> bool:
        """Whether the newest answer of this address here is of that kind."""
        responder = self._responders.get(address)
        return responder is not None and responder.kind is kind

    def _ordered(self, kind: AnswerKind | None) -> list[Responder]:
        """The responders as a snapshot has them. Where the hop has its place in the path by a
        certain kind of answer, whoever gave that comes first."""

        def rank(responder: Responder) -> tuple[bool, bool, int]:
            is_other_kind = kind is not None and responder.kind is not kind
            return is_other_kind, responder.address != self._leader, -responder.weight

        return sorted(self._responders.values(), key=rank)

    def add_lost(self, lost: Lost) -> None:
        """The time for an answer is over."""
        self._counts["in_flight"] -= 1
        self._counts["lost"] += 1
        self._history.fill(lost.probe.number, Gap.LOST)
        self._record(lost.probe, lost)

    def add_duplicate(self, _duplicate: Duplicate) -> None:
        """One more answer to an answered probe."""
        self._counts["duplicates"] += 1

    def add_send_failed(self, failed: SendFailed) -> None:
        """The probe did not leave, or came back undelivered from this very machine."""
        self._counts["send_errors"] += 1
        if failed.was_sent:
            self._counts["sent"] -= 1
            self._counts["lost" if failed.was_lost else "in_flight"] -= 1
        else:
            self._history.open(failed.probe.number)
        self._history.fill(failed.probe.number, Gap.SEND_ERROR)
        self._record(failed.probe, failed)

    def _record(self, probe: Probe, outcome: Reply | Lost | SendFailed | None) -> None:
        if self._keep_flows:
            if probe.flow not in self._flows:
                self._flows[probe.flow] = FlowCounts(probe.flow)
            self._flows[probe.flow].add(probe if outcome is None else outcome)
        if self._keep_records:
            self._records[probe.number] = ProbeRecord(probe=probe, outcome=outcome)

    def may_look_for_limit(self, *, at_last: bool) -> bool:
        """Whether looking for a limit is worth it now: much is new, or anything and nothing more
        comes."""
        return self.lost > 0 and self._watch.is_due(self.lost + self.received, at_last=at_last)

    def put_off_limit(self) -> None:
        """Later hops lose as much: nothing to look for before much more is decided."""
        self._watch.put_off(self.lost + self.received)

    def look_for_limit(self) -> None:
        """See whether the pattern of the answers shows a limit: 1 to 10 ms."""
        series = self._history.series(self._watch.since)
        if series is not None:
            self._watch.look(
                series,
                decided=self.lost + self.received,
                lost=self.lost,
                routers=len(set(self._recent)),
            )

    def knows(self, address: IPAddress) -> bool:
        """Whether this address is among the responders."""
        return address in self._responders

    def snapshot(
        self,
        *,
        is_destination: bool,
        is_unreachable: bool,
        known: Mapping[IPAddress, About] = NOTHING_KNOWN,
    ) -> HopSnapshot:
        """This hop as it stands, as a value of its own, with what is `known` of who answers."""
        kind = None
        if is_destination:
            kind = AnswerKind.REACHED
        elif is_unreachable:
            kind = AnswerKind.UNREACHABLE
        return HopSnapshot(
            ttl=self.ttl,
            responders=tuple(
                msgspec.structs.replace(
                    responder,
                    rtt=copy(responder.rtt),
                    about=known.get(responder.address, UNKNOWN),
                )
                for responder in self._ordered(kind)
            ),
            known_as="",
            has_totals_only=False,
            responders_untracked=self._responders_untracked,
            **self._counts,
            rtt=copy(self._rtt),
            rtt_sources=tuple(self._rtt_sources),
            evidence=self._evidence.evidence(),
            comparison=self._baseline.compare(self._figures()) if self._baseline else None,
            history=self._history.newest(HISTORY_LENGTH),
            answer_limit=self._watch.limit,
            is_destination=is_destination,
            is_unreachable=is_unreachable,
            flows=tuple(self._flows[flow].snapshot() for flow in sorted(self._flows)),
            records=tuple(self._records.values()),
        )
