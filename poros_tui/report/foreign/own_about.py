"""What a report of ours tells of addresses that others know: names, networks, exchanges, places."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

import msgspec

from poros_tui.model.about import UNKNOWN, About
from poros_tui.model.coordinates import Coordinates
from poros_tui.model.exchange import Exchange
from poros_tui.model.naming import Naming
from poros_tui.model.network import ASN_MAX, Network
from poros_tui.model.place import Place
from poros_tui.report.foreign.fields import Fields

_KM_MAX = 50_000.0


def about_in(responder: Fields) -> About | None:
    """All that is told of the address; None where nothing is."""
    place = responder.part("place", lambda place: _place(place, responder))
    about = msgspec.structs.replace(standing_in(responder), place=place)
    return about if about != UNKNOWN else None


def standing_in(fields: Fields) -> About:
    """Its name, network and exchange, as far as they are told."""
    return About(
        naming=_naming(fields),
        network=fields.part("network", _network),
        exchange=fields.part("exchange", _exchange),
    )


def _naming(responder: Fields) -> Naming | None:
    name = responder.optional_text("name")
    if name is None:
        return None
    is_confirmed = None
    if responder.has("name_confirmed"):
        is_confirmed = responder.tried(responder.flag, "name_confirmed")
    return Naming(name=name, is_confirmed=is_confirmed)


def _network(fields: Fields) -> Network:
    others = None
    if fields.has("other_asns"):
        others = fields.tried(fields.wholes, "other_asns", 1, ASN_MAX)
    return Network(
        asn=fields.optional_whole("asn", 1, ASN_MAX),
        other_asns=others or (),
        name=fields.optional_text("name"),
        prefix=fields.tried(_prefix, fields),
        country=fields.optional_text("country"),
        registry=fields.optional_text("registry"),
        source=fields.optional_text("source") or "",
    )


def _exchange(fields: Fields) -> Exchange:
    return Exchange(
        name=fields.optional_text("name"),
        city=fields.optional_text("city"),
        country=fields.optional_text("country"),
        prefix=fields.tried(_prefix, fields),
        source=fields.optional_text("source") or "",
    )


def _prefix(fields: Fields) -> IPv4Network | IPv6Network | None:
    text = fields.optional_text("prefix")
    if text is None:
        return None
    try:
        return ip_network(text)
    except ValueError:
        raise fields.flaw("prefix", "is no prefix") from None


def _place(fields: Fields, responder: Fields) -> Place:
    latitude_deg = fields.optional_number("latitude", -90, 90)
    longitude_deg = fields.optional_number("longitude", -180, 180)
    at = None
    if latitude_deg is not None and longitude_deg is not None:
        at = Coordinates(latitude_deg=latitude_deg, longitude_deg=longitude_deg)
    return Place(
        city=fields.optional_text("city"),
        country=fields.optional_text("country"),
        country_code=fields.optional_text("country_code"),
        at=at,
        accuracy_km=fields.optional_number("accuracy_km", 0, _KM_MAX),
        source=fields.optional_text("source") or "",
        doubt=responder.optional_text("place_doubt") or "",
    )
