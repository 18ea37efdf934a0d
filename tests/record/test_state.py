"""What moments are made of: whoever changes it must say so, or old recordings are misread."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from poros_tui.record.members import MemberKind, find_members, unpack
from poros_tui.record.moment import STATE_VERSION
from tests.record.made_session import recorded

GOLDEN = Path(__file__).with_name("golden") / "state.txt"


def objects_in(frozen: Any) -> Iterator[tuple[str, list[str]]]:  # noqa: ANN401 (any JSON)
    """Every object, with the names of its parts."""
    if isinstance(frozen, list):
        for one in frozen:
            yield from objects_in(one)
    elif isinstance(frozen, dict):
        if "o" in frozen and "v" in frozen:
            yield frozen["o"], list(frozen["v"])
        for one in frozen.values():
            yield from objects_in(one)


def state_objects() -> str:
    """All classes in moments, and their parts, a line each."""
    found: dict[str, set[str]] = {}
    for seed, (queries, flows) in enumerate([(1, 1), (2, 1), (1, 3)], 1):
        _, data = recorded(seed, queries=queries, flows=flows)
        members = list(find_members(data))
        ends = [one.offset for one in members[1:]] + [len(data)]
        for member, end in zip(members, ends, strict=True):
            if member.kind is not MemberKind.MOMENT:
                continue
            for line in unpack(data, member, end).text.splitlines():
                for name, parts in objects_in(json.loads(line)):
                    found.setdefault(name, set()).update(parts)
    lines = [f"{name}: {' '.join(sorted(parts))}" for name, parts in sorted(found.items())]
    return "\n".join([f"version {STATE_VERSION}", *lines]) + "\n"


def test_a_change_of_what_moments_are_made_of_has_a_version_of_its_own() -> None:
    """Where this fails, make `STATE_VERSION` one more, and renew with POROS_RENEW_GOLDEN=1."""
    text = state_objects()
    if os.environ.get("POROS_RENEW_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(text)
    assert text == GOLDEN.read_text()
