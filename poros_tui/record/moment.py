"""All that is known of a target at one moment, for a file: what lies before it need not be read.

Most of it is the state of `Path` and `Chronicle`, as `graph` writes it. What would be the same in
every moment is written once, as pieces: the samples of the charts, events, former paths. And what
can be had from the last minutes of happenings is not written at all: the last samples of each hop
and the last rounds, which are half of the state, are filled in from there.
"""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from poros_tui.model.about import About
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.events import Event
from poros_tui.model.history import Gap, SampleHistory
from poros_tui.model.path import Path
from poros_tui.model.path_history import PathThen
from poros_tui.model.probe import AnswerKind, IPAddress, Lost, Reply, SendFailed, Sent
from poros_tui.model.series import HopSeries, SeriesPiece
from poros_tui.model.session import Message, SessionStatus
from poros_tui.model.stray import Stray
from poros_tui.model.watching.rounds import Round, RoundBook
from poros_tui.record.deferred_series import DeferredSeries
from poros_tui.record.graph import (
    Elsewhere,
    Freezer,
    Frozen,
    Thawer,
    Unreadable,
)
from poros_tui.record.packed_series import (
    PackedSeries,
    packed_samples,
    series_blob,
    unpacked_samples,
)
from poros_tui.record.target import Target

STATE_VERSION: Final = 2
"""Whoever changes what `Path` or `Chronicle` are made of makes this one more: moments of another
version are passed over, and what lies before them is read from the beginning."""

_LOCK: Final = type(threading.Lock())

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class MomentWriter:
    """Writes moments of one target."""

    def __init__(self, target: int, path: Path, chronicle: Chronicle) -> None:
        self._target = target
        self._path = path
        self._chronicle = chronicle
        self._settled: dict[int, int] = {}
        """By TTL, the tick up to which samples were written."""
        self._values: dict[int, tuple[object, str]] = {}
        """What was written once, by identity: itself, so that it stays, and its key."""
        self._count = 0

    def write(self) -> tuple[bytes, bytes, int | None, int | None]:
        """The new pieces, the moment, and what its last minutes begin with: the number of the
        oldest probe and of the oldest round that are kept; None for none."""
        pieces = [self._series_line(ttl, one) for ttl, one in self._chronicle.series.items()]
        used: dict[int, tuple[object, str]] = {}
        series = {id(one): ttl for ttl, one in self._chronicle.series.items()}
        histories = {id(hop.history): ttl for ttl, hop in self._path.asked.items()}
        records = {id(hop.records) for hop in self._path.asked.values()}
        books: list[RoundBook] = []

        def elsewhere(value: object) -> Elsewhere | None:
            match value:
                case Event() | PathThen():
                    return Elsewhere(self._value_key(value, used, pieces))
                case HopSeries():
                    return Elsewhere(f"series {series[id(value)]}")
                case SampleHistory():
                    return Elsewhere(f"history {histories[id(value)]}")
                case Round():
                    return Elsewhere(f"round {value.number}")
                case RoundBook():
                    books.append(value)
                    return Elsewhere("book")
                case _LOCK():
                    return Elsewhere("lock")
            if id(value) in records:
                return Elsewhere("records")
            return Elsewhere("known") if value is self._path.known else None

        frozen = Freezer(elsewhere).freeze((self._path, self._chronicle))
        self._values = used
        book = books[0] if books else None
        kept = () if book is None else (*book.kept, *book.under_way)
        oldest_round = min((one.number for one in kept), default=None)
        oldest_probe = min(
            (
                hop.history.oldest
                for hop in self._path.asked.values()
                if hop.history.oldest is not None
            ),
            default=None,
        )
        moment = {
            "generation": self._path.generation,
            "state": frozen,
            "first": {str(ttl): hop.history.first for ttl, hop in self._path.asked.items()},
            "unsettled": {
                str(ttl): packed_samples(*one.unsettled(self._settled[ttl]))
                for ttl, one in self._chronicle.series.items()
            },
        }
        line = _encode(["moment", self._target, STATE_VERSION, moment]) + b"\n"
        return b"".join(pieces), line, oldest_probe, oldest_round

    def _value_key(
        self, value: object, used: dict[int, tuple[object, str]], pieces: list[bytes]
    ) -> str:
        known = self._values.get(id(value)) or used.get(id(value))
        if known is None:
            self._count += 1
            known = value, f"value {self._count}"
            frozen = Freezer().freeze(value)
            pieces.append(_encode(["value", self._target, known[1], frozen]) + b"\n")
        used[id(value)] = known
        return known[1]

    def _series_line(self, ttl: int, series: HopSeries) -> bytes:
        piece = series.settled(self._settled.get(ttl, 0))
        self._settled[ttl] = piece.end
        runs = [(first, len(columns[0])) for first, columns in piece.runs]
        start, count = (piece.ticks[0], len(piece.ticks)) if piece.ticks else (0, 0)
        text = b64encode(series_blob(piece)).decode()
        line = ["series", self._target, ttl, piece.end, start, count, runs, text]
        return _encode(line) + b"\n"


class Pieces:
    """What was written once, of one target, in some time."""

    def __init__(self) -> None:
        self._series: dict[int, list[bytes]] = {}
        """Their lines, as they are: most are never looked at."""
        self._values: dict[str, Frozen] = {}

    def add(self, word: str, rest: Sequence[Any]) -> None:
        """A line of pieces, without its target.

        Raises:
            Unreadable, ValueError, TypeError: it is none.
        """
        if word != "value":
            raise Unreadable("there are no pieces called so")
        key, frozen = rest
        self._values[key] = frozen

    def add_series(self, ttl: int, line: bytes) -> None:
        """The line of the samples of a hop."""
        self._series.setdefault(ttl, []).append(line)

    def join(self, later: Pieces) -> None:
        """What was written after that."""
        self._values |= later._values
        for ttl, packed in later._series.items():
            self._series.setdefault(ttl, []).extend(packed)

    def series(self, ttl: int) -> Iterator[SeriesPiece]:
        """The samples of a hop, oldest first.

        Raises:
            Unreadable, msgspec.DecodeError, ValueError, TypeError: they are damaged.
        """
        for line in self._series.get(ttl, ()):
            _word, _target, _ttl, *packed = _decode(line)
            yield PackedSeries.of(packed).unpacked()

    def value(self, key: str) -> Frozen:
        """What was written once."""
        if key not in self._values:
            raise Unreadable("something is missing")
        return self._values[key]


def restore(
    moment: Mapping[str, Any],
    target: Target,
    pieces: Pieces,
    known: Mapping[IPAddress, About],
    last_minutes: Iterable[tuple[float, Message]],
) -> tuple[Path, Chronicle]:
    """What was known then. `last_minutes` is what happened before, from far enough back.

    Raises:
        Unreadable: the moment is damaged.
    """
    before = _LastMinutes(moment, last_minutes)
    values: dict[str, object] = {}
    origin_s = target.began_at_s - target.began_wall_s

    def series(ttl: int) -> HopSeries:
        unsettled = unpacked_samples(*moment["unsettled"][str(ttl)])

        def resume(made: HopSeries) -> None:
            made.resume(pieces.series(ttl), unsettled)

        return DeferredSeries(origin_s, target.samples_max, resume)

    def elsewhere(key: str) -> object:
        word, _, which = key.partition(" ")
        match word:
            case "known":
                return known
            case "lock":
                return threading.Lock()
            case "records":
                return {}
            case "book":
                return before.book
            case "round":
                return before.round(int(which))
            case "history":
                return before.histories.setdefault(int(which), SampleHistory())
            case "series":
                return series(int(which))
            case "value":
                if key not in values:
                    values[key] = Thawer().thaw(pieces.value(key))
                return values[key]
        raise Unreadable("something is missing")

    thawed = Thawer(elsewhere).thaw(moment["state"])
    match thawed:
        case (Path() as path, Chronicle() as chronicle):
            before.fill_in(path)
            # A report keeps each probe, in memory. Here they are read one by one.
            path.forget_records()
            return path, chronicle
    raise Unreadable("a moment is damaged")


class _LastMinutes:
    """What was happening before a moment, as far as it is still kept by then."""

    def __init__(
        self, moment: Mapping[str, Any], last_minutes: Iterable[tuple[float, Message]]
    ) -> None:
        self.book = RoundBook()
        self.histories: dict[int, SampleHistory] = {}
        """By TTL."""
        self._lost_rounds: dict[int, Round] = {}
        self._firsts: Mapping[str, int | None] = moment["first"]
        self._generation: int = moment["generation"]
        self._messages = [
            message
            for at_s, message in last_minutes
            if self._concerns(message) and self._book_takes(message, at_s)
        ]

    def _concerns(self, message: Message) -> bool:
        if isinstance(message, Stray):
            return False
        if isinstance(message, SessionStatus):
            return message.generation == self._generation
        return message.probe.generation == self._generation

    def _book_takes(self, message: Message, at_s: float) -> bool:
        book = self.book
        if isinstance(message, SessionStatus):
            book.hear(message)
            may_be_over = book.has_finished
        else:
            may_be_over = not isinstance(message, Stray) and book.take(message, at_s)
        if may_be_over:
            for one in book.take_finished():
                one.forget_answers()
        return not isinstance(message, SessionStatus)

    def round(self, number: int) -> Round:
        """One of the last. Where what happened in it cannot be read, it is as if nothing had."""
        found = self.book.round(number) or self._lost_rounds.get(number)
        if found is None:
            found = self._lost_rounds[number] = Round(number)
            found.finish()
        return found

    def fill_in(self, path: Path) -> None:
        """Give each hop its last samples."""
        for ttl, hop in path.asked.items():
            hop.history.go_on_from(self._firsts[str(ttl)])
        for message in self._messages:
            match message:
                case Sent(probe, at_s):
                    self._history(path, probe.ttl).open(probe.number, at_s, probe.flow)
                case Reply(probe=probe, rtt_s=rtt_s, kind=kind):
                    is_refused = kind is AnswerKind.UNREACHABLE and path.asked[probe.ttl].is_reached
                    sample = Gap.LOST if is_refused else Gap.UNTIMED if rtt_s is None else rtt_s
                    self._history(path, probe.ttl).fill(probe.number, sample)
                case Lost(probe):
                    self._history(path, probe.ttl).fill(probe.number, Gap.LOST)
                case SendFailed(probe, _, was_sent):
                    history = self._history(path, probe.ttl)
                    if not was_sent:
                        history.open(probe.number)
                    history.fill(probe.number, Gap.SEND_ERROR)

    def _history(self, path: Path, ttl: int) -> SampleHistory:
        hop = path.asked.get(ttl)
        if hop is None:
            raise Unreadable(f"hop {ttl} is missing")
        return hop.history
