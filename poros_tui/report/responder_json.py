"""Who answers at a hop, as JSON. Pure."""

from __future__ import annotations

from poros_tui.model.hop import HopSnapshot, Responder
from poros_tui.report.about_json import about_object
from poros_tui.report.json_value import JsonObject, JsonValue
from poros_tui.report.place_json import place_object
from poros_tui.report.rtt_json import round_trips


def responders_array(hop: HopSnapshot) -> list[JsonValue]:
    """All of a hop. Where only a name is known, it has the figures of the hop."""
    if hop.known_as and not hop.responders:
        return [
            {
                "address": None,
                "name": hop.known_as,
                "name_confirmed": None,
                "network": None,
                "exchange": None,
                "answers": hop.received,
                "reply_ttl": None,
                "unreachable": None,
                "place": None,
                "place_doubt": None,
                **round_trips(hop.rtt),
            }
        ]
    return [_responder(responder) for responder in hop.responders]


def _responder(responder: Responder) -> JsonObject:
    return {
        "address": str(responder.address),
        **about_object(responder.about),
        "answers": responder.answers,
        "reply_ttl": responder.reply_ttl,
        "unreachable": responder.refusal,
        "place": place_object(responder.place),
        "place_doubt": responder.place.doubt or None if responder.place is not None else None,
        **round_trips(responder.rtt),
    }
