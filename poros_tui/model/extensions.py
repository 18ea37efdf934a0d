"""The door for what ICMP answers carry: text in it is made safe here."""

from __future__ import annotations

from typing import Final

import msgspec

from poros_tui.model.clean import clean
from poros_tui.packets.extensions import Extension, InterfaceInformation

_NAME_MAX: Final = 63
"""Characters of an interface name (RFC 5837 section 4.3)."""


def cleaned_extensions(extensions: tuple[Extension, ...]) -> tuple[Extension, ...]:
    """The same extensions, interface names with printable characters only."""
    return tuple(_cleaned(extension) for extension in extensions)


def _cleaned(extension: Extension) -> Extension:
    if isinstance(extension, InterfaceInformation) and extension.name is not None:
        return msgspec.structs.replace(extension, name=clean(extension.name, _NAME_MAX))
    return extension
