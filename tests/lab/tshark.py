"""Packets as tshark reads them, which knows nothing of the code under test."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from struct import pack
from typing import Final

from tests.lab.requirements import skip

MALFORMED: Final = "_ws.malformed"
"""A field that is there where a packet cannot be read."""
_LINK_RAW: Final = 101


def require_tshark() -> None:
    """Skip the test where it is not there."""
    if shutil.which("tshark") is None:
        skip("tshark is not installed")


def read_by_tshark(
    packets: Sequence[bytes], fields: Sequence[str], file: Path, options: Sequence[str] = ()
) -> list[dict[str, str]]:
    """Of each packet, from the IP header on, the fields that are there; `file` is written."""
    header = pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, _LINK_RAW)
    records = (pack("=IIII", 0, 0, len(packet), len(packet)) + packet for packet in packets)
    file.write_bytes(header + b"".join(records))
    columns = [word for field in fields for word in ("-e", field)]
    command = ["tshark", "-r", str(file), "-n", *options, "-T", "fields", "-E", "separator=|"]
    done = subprocess.run([*command, *columns], capture_output=True, text=True, check=True)
    lines = (line.split("|") for line in done.stdout.splitlines())
    return [
        {field: value for field, value in zip(fields, line, strict=True) if value} for line in lines
    ]
