"""Files of databases where packages and people put them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

DIRECTORIES: Final = ("usr/share/GeoIP", "var/lib/GeoIP", "usr/local/share/GeoIP")
NETWORK_FILES: Final = (
    "GeoLite2-ASN.mmdb",
    "GeoIP2-ISP.mmdb",
    "dbip-asn*.mmdb",
    "ipinfo_lite.mmdb",
    "asn.mmdb",
)
"""What files with networks are called, of the same."""
PLACE_FILES: Final = (
    "GeoIP2-City.mmdb",
    "GeoLite2-City.mmdb",
    "dbip-city*.mmdb",
    "ipinfo_location*.mmdb",
    "ipinfo_lite.mmdb",
    "GeoIP2-Country.mmdb",
    "GeoLite2-Country.mmdb",
    "dbip-country*.mmdb",
)
"""What files with places are called, the best first: those of MaxMind, of DB-IP (with its month)
and of IPinfo."""


def usual_file(patterns: Sequence[str], root: Path = Path("/")) -> Path | None:
    """The first file that is there whose name is of the first pattern that any has; None where none
    is. Of several the newest month goes first. `root` is where the system's files are."""
    there = [path for directory in DIRECTORIES for path in _files(root / directory)]
    return next(
        (path for pattern in patterns for path in there if fnmatchcase(path.name, pattern)), None
    )


def _files(directory: Path) -> list[Path]:
    try:
        names = sorted(os.listdir(directory), reverse=True)
    except OSError:
        return []
    return [path for name in names if (path := directory / name).is_file()]
