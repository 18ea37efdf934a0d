"""Probes of another size, or to another port, while a session runs: checked as the options are."""

from __future__ import annotations

import msgspec

from poros_tui.cli.option_values import checked_port, checked_size
from poros_tui.errors import UsageError
from poros_tui.model.probe import Protocol
from poros_tui.model.session import Shape
from poros_tui.probe.outgoing import Outgoing


def reshaped(outgoing: Outgoing, shape: Shape | None, protocol: Protocol) -> Outgoing:
    """What is wanted of the way out, with this shape; None: as it is.

    Raises:
        UsageError: it can't be.
    """
    if shape is None or shape == shape_of(outgoing):
        return outgoing
    checked_size(shape.size)
    checked_port("--port", shape.port)
    if outgoing.source_port is not None and protocol.has_ports:
        raise UsageError(
            f"--source-port {outgoing.source_port} is in use by the probes under way",
            "size and port can change without --source-port",
        )
    return msgspec.structs.replace(outgoing, size=shape.size, port=shape.port)


def shape_of(outgoing: Outgoing) -> Shape:
    """What of it may change."""
    return Shape(size=outgoing.size, port=outgoing.port)
