"""Any file of traces, ours or another program's, recognised by what stands in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from poros_tui.model.clean import clean
from poros_tui.report.foreign.atlas import is_atlas, read_atlas
from poros_tui.report.foreign.documents import Document, documents_in
from poros_tui.report.foreign.fields import Fields, Flaw, Unreadable
from poros_tui.report.foreign.hop_order import A_HOP
from poros_tui.report.foreign.mtr import is_mtr, read_mtr
from poros_tui.report.foreign.own import is_own, is_untraced, read_own
from poros_tui.report.foreign.places import Path
from poros_tui.report.foreign.scamper import OTHER_TYPES, is_scamper, read_scamper
from poros_tui.report.foreign.trippy import is_trippy, read_trippy
from poros_tui.report.run import FinishedRun

Object = dict[str, object]

KNOWN: Final = (
    "reports of poros-tui, mtr and trippy in JSON, traceroute results of RIPE Atlas, and traces of "
    "scamper"
)
_TEXT_MAX: Final = 200
_Reader = tuple[str, Callable[[Object], bool], Callable[[Fields], FinishedRun]]
_READERS: Final[tuple[_Reader, ...]] = (
    ("report of poros-tui", is_own, read_own),
    ("report of mtr", is_mtr, read_mtr),
    ("result of RIPE Atlas", is_atlas, read_atlas),
    ("trace of scamper", is_scamper, read_scamper),
    ("report of trippy", is_trippy, read_trippy),
)
"""What it is, for a sentence; how it is recognised; and what reads it."""


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a file."""

    runs: tuple[FinishedRun, ...]
    complaints: tuple[str, ...]
    """A sentence for each thing that could not be read, with the file and the line."""
    left_out: tuple[str, ...]
    """The same for what could be read, and has no place in what reports are made of."""
    are_several: bool
    """Whether the file was made for several traces."""


def read_any(text: str, source: str) -> Read:
    """All traces in a text, and what was wrong with the rest. `source` names it in sentences.
    Total: of a text that is none of these, complaints are all that there is."""
    documents = documents_in(text)
    told = list(documents.complaints)
    left_out: list[str] = []
    runs: list[FinishedRun] = []
    for document in documents.found:
        try:
            run, flaws = _read(document)
        except Unreadable as flaw:
            told.append(document.cut or (document.line_of(flaw.path), str(flaw)))
            continue
        if document.cut is not None:
            told.append(_from_there_on(document.cut, has_run=run is not None))
        if run is not None:
            if document.cut is not None or _is_a_hop_lost(flaws):
                run = _may_go_on(run)
            is_shorter = document.cut is not None or _is_one_of_several_lost(flaws)
            runs.append(_without_claims(run, document.value) if is_shorter else run)
        own_flaws = {path: flaw for path, flaw in flaws.items() if not document.lost_to_cut(path)}
        if own_flaws:
            told.append(_without(document, own_flaws))
        words = _untraced(document.value)
        if words:
            left_out.append(f"{source} line {document.line} {words}")
    if not documents.found and not told:
        told.append((1, "holds no object of JSON"))
    told.sort(key=lambda one: one[0])
    return Read(
        runs=tuple(runs),
        complaints=tuple(f"{source} line {line} {words}" for line, words in told),
        left_out=tuple(left_out),
        are_several=documents.was_array or len(runs) > 1,
    )


def _from_there_on(cut: tuple[int, str], *, has_run: bool) -> tuple[int, str]:
    line, words = cut
    return line, f"{words}: the trace is read up to there" if has_run else words


def _is_a_hop_lost(flaws: Mapping[Path, Flaw]) -> bool:
    return any(flaw.what == A_HOP for flaw in flaws.values())


def _may_go_on(run: FinishedRun) -> FinishedRun:
    session = msgspec.structs.replace(run.path.session, may_go_on=True)
    return msgspec.structs.replace(run, path=msgspec.structs.replace(run.path, session=session))


def _is_one_of_several_lost(flaws: Iterable[Path]) -> bool:
    """Of a list of hops or answers."""
    return any(isinstance(step, int) for path in flaws for step in path)


def _without_claims(run: FinishedRun, value: object) -> FinishedRun:
    """Whether the destination answered is not known where nobody says so, and something may have
    been left out."""
    session = run.path.session
    if session.distance is not None or session.status.stop is not None:
        return run
    if isinstance(value, dict) and value.get("reached") is False:  # ours say it
        return run
    return msgspec.structs.replace(run, not_told=run.not_told | {"reached"})


def _without(document: Document, flaws: dict[Path, Flaw]) -> tuple[int, str]:
    """Line and words of the first of what was left out, and how much more that was."""
    path, first = next(iter(flaws.items()))
    more = f" ({len(flaws) - 1} more in the same trace)" if len(flaws) > 1 else ""
    return document.line_of(path), f"has {first.what} that is left out: {first.words}{more}"


def _untraced(value: object) -> str:
    """Of a target that could not be traced; empty of anything else."""
    if not isinstance(value, dict) or not is_untraced(value):
        return ""
    name, reason = (clean(str(value.get(key)), _TEXT_MAX) for key in ("target", "error"))
    return f"has {name}, which could not be traced: {reason}"


def _read(document: Document) -> tuple[FinishedRun | None, dict[Path, Flaw]]:
    """With what was left out of it; None of an object that is no trace, and is not meant to be
    one."""
    value = document.value
    if not isinstance(value, dict):
        raise Unreadable("is no object")
    if is_untraced(value) or value.get("type") in OTHER_TYPES:
        return None, {}
    for name, is_meant, read in _READERS:
        if is_meant(value):
            fields = Fields(value)
            try:
                return read(fields), fields.flaws
            except Unreadable as flaw:
                words = f"is no {name} that can be read: {flaw}"
                raise Unreadable(words, flaw.path) from None
    raise Unreadable("is nothing that is known here")
