"""A finished trace whose hops have places, one of which cannot be right."""

from __future__ import annotations

from typing import Final

import msgspec

from poros_tui.model.hop import HopSnapshot
from poros_tui.model.place import Place
from poros_tui.model.place_doubt import path_with_doubts
from poros_tui.report.run import FinishedRun
from tests.report.cases import finished
from tests.tui.located import BERLIN, HOME, PRIVATE, SYDNEY

PLACES: Final = (BERLIN, SYDNEY, PRIVATE)


def located(*places: Place | None) -> FinishedRun:
    """The case `udp`, whose three hops are at these places."""
    run = finished("udp")
    given = places or PLACES
    hops = [
        _at(hop, given[number] if number < len(given) else None)
        for number, hop in enumerate(run.path.hops)
    ]
    path = msgspec.structs.replace(run.path, hops=tuple(hops))
    identity = msgspec.structs.replace(run.identity, home=HOME)
    return msgspec.structs.replace(
        run, path=path_with_doubts(path, identity.home), identity=identity
    )


def _at(hop: HopSnapshot, place: Place | None) -> HopSnapshot:
    return msgspec.structs.replace(
        hop,
        responders=tuple(
            msgspec.structs.replace(one, about=msgspec.structs.replace(one.about, place=place))
            for one in hop.responders
        ),
    )
