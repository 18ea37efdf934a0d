"""Extensions of ICMP errors in words, for the screen and the text report."""

from __future__ import annotations

from typing import Final

from poros_tui.packets.extensions import (
    Extension,
    InterfaceInformation,
    MplsLabel,
    MplsStack,
    UnknownObject,
)

_LABELS_SHOWN: Final = 8
_BYTES_SHOWN: Final = 32


def extension_lines(extension: Extension) -> list[str]:
    """What the extension says: a line for each label of a stack, one for anything else."""
    match extension:
        case MplsStack(labels=labels):
            lines = [_label(label) for label in labels[:_LABELS_SHOWN]]
            hidden = len(labels) - len(lines)
            return [*lines, f"MPLS and {hidden} more"] if hidden else lines
        case InterfaceInformation():
            return [_interface(extension)]
        case UnknownObject():
            return [_unknown(extension)]


def _label(entry: MplsLabel) -> str:
    bottom = ", bottom" if entry.is_bottom else ""
    return f"MPLS {entry.label} (TC {entry.traffic_class}, TTL {entry.ttl}{bottom})"


def _interface(told: InterfaceInformation) -> str:
    parts = (
        ("", told.name or None),
        ("index ", told.index),
        ("address ", told.address),
        ("MTU ", told.mtu),
    )
    known = [f"{what}{value}" for what, value in parts if value is not None]
    return f"{told.role}: {', '.join(known)}" if known else f"{told.role}"


def _unknown(told: UnknownObject) -> str:
    shown = told.payload[:_BYTES_SHOWN].hex(" ") or "empty"
    cut = f" … ({len(told.payload)} bytes)" if len(told.payload) > _BYTES_SHOWN else ""
    return f"object class {told.class_number}, type {told.c_type}: {shown}{cut}"
