"""One value of a report is spoiled: the least is left out, and that is said with its line."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any, Final

import pytest

from poros_tui.report.as_json import to_json
from poros_tui.report.as_text import to_text
from poros_tui.report.run import FinishedRun
from tests.cli.test_readme import told_mtu
from tests.report.cases import DEAD_BRANCH, finished, run_of
from tests.report.foreign.samples import NAMES, text_of
from tests.report.foreign.spoiling import (
    MISSING,
    POISONS,
    Place,
    hops_by_ttl,
    hops_of,
    places_in,
    read,
    spoiled,
    told,
    value_at,
)
from tests.report.located import located
from tests.report.schema import faults

OWN: Final[dict[str, Callable[[], FinishedRun]]] = {
    **{
        name: partial(finished, name)
        for name in ("carried", "late", "send_errors", "unreachable", "nat", "load_balanced")
    },
    "path MTU": told_mtu,
    "places": located,
    "all paths": partial(run_of, DEAD_BRANCH),
}
REPORTS: Final = [*OWN, *(name for name in NAMES if "nothing" not in name and "two" not in name)]
EACH: Final = 12
"""Spoiled values of each report."""
HEADINGS: Final = {
    "proto", "attempts", "hop_count", "firsthop", "probe_count", "wait", "dst",
}  # fmt: skip
"""What is told of every hop follows from these."""
FREE_TEXT: Final = {
    "hostname", "host", "dst", "dst_name", "target", "error", "proto", "method", "name", "version",
    "socket", "privilege", "interface", "code", "poros_tui", "destination_zone", "words",
    "stop_words", "place_doubt", "city", "country", "country_code", "source", "reason",
}  # fmt: skip
MAY_BE_MISSING: Final = {
    "javg", "jmax", "Javg", "Jmax", "tos", "psize", "src", "hostname", "ttl", "dup", "late",
    "icmpext", "mpls", "mpls_labels", "src_addr", "endtime", "dst_name", "size", "reply_ttl",
    "icmp_code", "start", "probe_size", "fw", "paris_id", "dport", "sport", "firsthop", "attempts",
    "probe_count", "wait", "icmp_nhmtu", "hops", "extensions",
}  # fmt: skip
"""In reports of others: they are not in all of them."""


@cache
def document(name: str) -> Any:  # noqa: ANN401
    if name in OWN:
        return json.loads(to_json(OWN[name]()))
    try:
        found = json.loads(text_of(name))
    except ValueError:
        lines = map(json.loads, text_of(name).splitlines())
        found = next(one for one in lines if one["type"] == "trace")
    return found[0] if isinstance(found, list) else found


@cache
def undamaged(name: str) -> tuple[dict[str, Any], dict[int, Any]]:
    (run,) = read(json.dumps(document(name))).runs
    return told(run), hops_by_ttl(run)


def chosen(name: str) -> Iterator[tuple[Place, str]]:
    every = [
        (place, poison)
        for place in places_in(document(name))
        for poison in POISONS
        if poison != MISSING or isinstance(place[-1], str)
    ]
    yield from random.Random(name).sample(every, EACH)


def check(name: str, place: Place, poison: str) -> None:
    whole, hops = undamaged(name)
    text, lines = spoiled(document(name), place, poison)
    got = read(text)
    where = f"{place} {poison}: {got.complaints}"
    assert len(got.complaints) <= 1, where
    for sentence in got.complaints:
        assert sentence.isprintable(), where
        line = int(sentence.removeprefix("file line ").partition(" ")[0])
        assert line in lines or sentence.endswith("is nothing that is known here"), (lines, where)
    within = hops_of(document(name), place)
    if within is not None:
        assert len(got.runs) == 1, where
    for run in got.runs:
        now, now_hops = told(run), hops_by_ttl(run)
        assert faults(now) == [], where
        assert to_text(run)
        if now != whole and not may_be_meant(name, place, poison):
            assert got.complaints, where
        if HEADINGS & {place[0], place[-1]} or place[-1] in {"hops", "hubs"} or len(place) == 1:
            continue
        others = hops.keys() - (within or set()) - touched(name, place, hops)
        for ttl in others:
            assert now_hops.get(ttl) == hops[ttl], (ttl, where)


def may_be_meant(name: str, place: Place, poison: str) -> bool:
    """Whether nobody can see that this was not what was written."""
    key, value = place[-1], value_at(document(name), place)
    return (
        poison == "null"
        or (poison == "text" and isinstance(value, str | None) and key in FREE_TEXT)
        or (poison == MISSING and name not in OWN and key in MAY_BE_MISSING)
        or (poison == MISSING and key == "waited_ms")
        or (poison == "object" and "icmpext" in place)
        or (poison == "truth" and isinstance(value, bool))
        or (key, poison) == ("psize", "negative")
    )


def touched(name: str, place: Place, hops: dict[int, Any]) -> set[int]:
    """Other hops of which something is told there."""
    if name == "atlas.json" and place[:2] == ("result", 2):
        return {2}  # a late answer to it
    if (
        name.startswith("scamper")
        and place[0] == "hops"
        and (len(place) == 2 or place[-1] in {"probe_ttl", "probe_id"})
    ):
        # Where this answer came from, it may be that no probe was lost.
        return {ttl for ttl, hop in hops.items() if hop["statistics"]["lost"]}
    if "responders" in place:  # what is known of an address is known of it everywhere
        return set(hops)
    return set()


@pytest.mark.sampled(9)
@pytest.mark.parametrize("name", REPORTS)
def test_the_rest_is_what_it_was_and_a_sentence_says_where_something_is_missing(name: str) -> None:
    for place, poison in chosen(name):
        check(name, place, poison)
