"""Who answers at a hop, as JSON. Pure."""

from __future__ import annotations

from poros_tui.model.exchange import Exchange
from poros_tui.model.hop import HopSnapshot, Responder
from poros_tui.model.network import Network
from poros_tui.report.graph_json import JsonObject, JsonValue
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
        "name": responder.name,
        "name_confirmed": responder.naming.is_confirmed if responder.naming else None,
        "network": _network(responder.network),
        "exchange": _exchange(responder.exchange),
        "answers": responder.answers,
        "reply_ttl": responder.reply_ttl,
        "unreachable": responder.refusal,
        "place": place_object(responder.place),
        "place_doubt": responder.place.doubt or None if responder.place is not None else None,
        **round_trips(responder.rtt),
    }


def _network(network: Network | None) -> JsonObject | None:
    """None where none is known."""
    if network is None or network.words is None:
        return None
    return {
        "asn": network.asn,
        "other_asns": list(network.other_asns),
        "name": network.name,
        "prefix": str(network.prefix) if network.prefix is not None else None,
        "country": network.country,
        "registry": network.registry,
        "source": network.source,
    }


def _exchange(exchange: Exchange | None) -> JsonObject | None:
    """None where none is known."""
    if exchange is None:
        return None
    return {
        "name": exchange.name,
        "city": exchange.city,
        "country": exchange.country,
        "prefix": str(exchange.prefix) if exchange.prefix is not None else None,
        "source": exchange.source,
    }
