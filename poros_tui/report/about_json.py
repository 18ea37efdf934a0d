"""What others know of an address, as JSON. Pure."""

from __future__ import annotations

from poros_tui.model.about import About
from poros_tui.model.exchange import Exchange
from poros_tui.model.network import Network
from poros_tui.report.json_value import JsonObject


def about_object(about: About) -> JsonObject:
    """Name, network and exchange; each is None where it is not known."""
    naming, exchange = about.naming, about.exchange
    return {
        "name": naming.name if naming is not None else None,
        "name_confirmed": naming.is_confirmed if naming is not None else None,
        "network": _network(about.network),
        "exchange": _exchange(exchange) if exchange is not None and exchange.name else None,
    }


def _network(network: Network | None) -> JsonObject | None:
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


def _exchange(exchange: Exchange) -> JsonObject:
    return {
        "name": exchange.name,
        "city": exchange.city,
        "country": exchange.country,
        "prefix": str(exchange.prefix) if exchange.prefix is not None else None,
        "source": exchange.source,
    }
