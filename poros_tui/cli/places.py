"""Where the places of the hops are looked up: a file that the user named, or one in a usual
place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from poros_tui.cli.options import Options
from poros_tui.cli.usual_files import PLACE_FILES, usual_file
from poros_tui.errors import UsageError
from poros_tui.model.clean import clean

if TYPE_CHECKING:
    from poros_tui.lookup.asking import Complain
    from poros_tui.lookup.inquiry import Inquiry
    from poros_tui.lookup.place_file import PlaceFile
    from poros_tui.model.place import Place

_SHOWN_MAX: Final = 120
"""Characters of a file's name."""


class PlaceSource(msgspec.Struct, frozen=True, kw_only=True):
    """What was found."""

    path: Path | None = None
    """None: places are looked up nowhere."""
    file: PlaceFile | None = None
    """The same, where it is open already."""

    def inquiry(
        self, start_after_s: float, complain: Complain | None = None
    ) -> Inquiry[Place] | None:
        """Asks it. `complain` is told each time that it turns out to be damaged. Call in Trio."""
        path, file = self.path, self.file
        if path is None:
            return None
        from poros_tui.lookup.asking import unheard
        from poros_tui.lookup.place_file import PlaceFile, places_of_file

        return places_of_file(
            path,
            open_file=PlaceFile if file is None else lambda _: file,
            start_after_s=start_after_s,
            complain=complain or unheard,
        )


def place_source(options: Options, root: Path = Path("/")) -> PlaceSource:
    """Look for it, as the user: call after privileges were dropped. `root` is where the system's
    files are.

    Raises:
        UsageError: --geo-db is no file of places.
    """
    if options.geo_db is not None:
        file = _checked(options.geo_db)
        return PlaceSource(path=file.path, file=file)
    return PlaceSource(path=usual_file(PLACE_FILES, root))


def has_place_file(options: Options) -> bool:
    """Whether there may be one to read."""
    has_one = options.geo_db is not None or usual_file(PLACE_FILES) is not None
    return has_one and not options.is_demo


def _checked(name: str) -> PlaceFile:
    from poros_tui.lookup.maxmind_file import NotADatabase
    from poros_tui.lookup.place_file import PlaceFile

    shown = clean(name, _SHOWN_MAX)
    advice = "give a file in MaxMind's format that has cities, such as GeoLite2-City.mmdb"
    try:
        file = PlaceFile(Path(name).expanduser())
        has_places = file.has_places()
    except NotADatabase as error:
        raise UsageError(f"--geo-db {shown}: {error}", advice) from None
    if not has_places:
        raise UsageError(f"--geo-db {shown}: it has no places", advice)
    return file
