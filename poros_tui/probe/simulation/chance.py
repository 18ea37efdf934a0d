"""All chance of a simulated internet. It is drawn anew for each question, never from a running
generator: the same seed gives the same answers, in whatever order they are asked."""

from __future__ import annotations

import random

import msgspec

from poros_tui.probe.simulation.topology import Node


class Chance(msgspec.Struct, frozen=True):
    """What a seed makes of each probe."""

    seed: int

    def of(self, place: int, serial: int, what: str) -> random.Random:
        """For one probe at one place, in one matter."""
        return random.Random(f"{self.seed}/{place}/{serial}/{what}")

    def happens(self, ratio: float, place: int, serial: int, what: str) -> bool:
        """Whether what befalls this share of the probes befalls this one."""
        return ratio > 0 and self.of(place, serial, what).random() < ratio

    def of_balancer(self, balancer: Node, hashed: str) -> random.Random:
        """For all packets that look the same to a load balancer: another for each balancer."""
        place, number = balancer
        return random.Random(f"{self.seed}/{place}/{number}/{hashed}/hash")
