"""Where an address is said to be, as a value."""

from __future__ import annotations

from typing import Final

from poros_tui.model.coordinates import Coordinates
from poros_tui.model.fact import Fact

NAME_MAX: Final = 60
"""Characters of a city or a country. The longest that is in use as a city's has 58
(Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch)."""
ACCURACY_UNTOLD_KM: Final = 50.0
"""How far from a city's coordinates an address of it may be, where nobody says how far."""
ACCURACY_SHOWN_KM: Final = 250.0
"""What may be farther away from its coordinates than this is not drawn on a map: the middle of a
country is no place."""


class Place(Fact, frozen=True, kw_only=True):
    """What asking for the place of an address has brought. Names are fit for the screen."""

    city: str | None = None
    """None where only the country is known."""
    country: str | None = None
    """Its name."""
    country_code: str | None = None
    """ISO 3166-1, two capitals."""
    at: Coordinates | None = None
    accuracy_km: float | None = None
    """How far from there the address may be; None where nobody says."""
    source: str = ""
    """Which database says it."""
    doubt: str = ""
    """Why the address cannot be there, a sentence without a full stop; empty where it can
    (`place_doubt`)."""

    @property
    def words(self) -> str:
        """City and country, as far as they are known, such as `Frankfurt am Main, Germany`."""
        return self._joined(self.country or self.country_code)

    @property
    def short_words(self) -> str:
        """The same in few cells: `Frankfurt am Main, DE`."""
        return self._joined(self.country_code or self.country)

    def _joined(self, country: str | None) -> str:
        names = ", ".join(one for one in (self.city, country) if one)
        return names or (self.at.words if self.at is not None else "")

    @property
    def error_km(self) -> float | None:
        """How far from its coordinates the address may be; None where that is anywhere: the
        middle of a country, of which nobody says how far it is from the rest."""
        if self.at is None:
            return None
        if self.accuracy_km is not None:
            return self.accuracy_km
        return ACCURACY_UNTOLD_KM if self.city is not None else None

    @property
    def is_a_spot(self) -> bool:
        """Whether it is near enough to its coordinates to be drawn there."""
        return self.error_km is not None and self.error_km <= ACCURACY_SHOWN_KM
