"""What the error messages of a simulated node carry, read from its table of TOML."""

from __future__ import annotations

from typing import Final

from poros_tui.packets.extensions import (
    Extension,
    InterfaceInformation,
    InterfaceRole,
    MplsLabel,
    MplsStack,
    UnknownObject,
)
from poros_tui.probe.simulation.table import Table

_UINT32_MAX: Final = 0xFFFFFFFF
_LABEL_MAX: Final = 0xFFFFF
_NAME_BYTES_MAX: Final = 63
_OBJECT_BYTES_MAX: Final = 256


def read_extensions(table: Table) -> tuple[Extension, ...]:
    """The extensions of a node, in the order label stack, interface, unknown object.

    Raises:
        ValueError: a wrong value; the key is named.
    """
    labels = table.wholes("mpls", 0, _LABEL_MAX)
    interface, unknown = table.table("interface"), table.table("unknown_object")
    extensions: list[Extension] = []
    if labels:
        extensions.append(_stack(labels))
    if interface is not None:
        extensions.append(_read_interface(interface))
    if unknown is not None:
        extensions.append(_read_unknown(unknown))
    return tuple(extensions)


def _stack(labels: tuple[int, ...]) -> MplsStack:
    """Labels as they are when the probe has expired: each with a TTL of 1."""
    last = len(labels) - 1
    return MplsStack(
        tuple(
            MplsLabel(label=label, traffic_class=0, is_bottom=place == last, ttl=1)
            for place, label in enumerate(labels)
        )
    )


def _read_interface(table: Table) -> InterfaceInformation:
    roles = {role.name.lower(): role for role in InterfaceRole}
    role = table.text("role") or "incoming"
    if role not in roles:
        raise table.complain("role", f"{role!r} is not one of {', '.join(roles)}")
    name = table.text("name")
    if name is not None and len(name.encode()) > _NAME_BYTES_MAX:
        raise table.complain("name", f"longer than {_NAME_BYTES_MAX} bytes")
    information = InterfaceInformation(
        role=roles[role],
        index=table.whole("index", 0, _UINT32_MAX),
        address=table.address("address") or table.address6("address6"),
        name=name,
        mtu=table.whole("mtu", 0, _UINT32_MAX),
    )
    table.finish()
    return information


def _read_unknown(table: Table) -> UnknownObject:
    class_number, c_type = table.whole("class", 0, 255), table.whole("type", 0, 255)
    if class_number is None or c_type is None:
        raise table.complain("class", "an unknown object needs class and type")
    try:
        payload = bytes.fromhex(table.text("hex") or "")
    except ValueError as problem:
        raise table.complain("hex", str(problem)) from None
    if len(payload) > _OBJECT_BYTES_MAX:
        raise table.complain("hex", f"more than {_OBJECT_BYTES_MAX} bytes")
    table.finish()
    return UnknownObject(class_number=class_number, c_type=c_type, payload=payload)
