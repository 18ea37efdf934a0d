"""A statement about the path as a value: what is said, how much it matters, and what proves it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec


class Topic(StrEnum):
    """What a statement is about. In this order they are told."""

    SENDING = "sending"
    REACH = "reach"
    LOSS = "loss"
    LOSS_PLACE = "where it is lost"
    DELAY = "delay"
    QUEUE = "queueing"
    PATH = "path"
    LIMITS = "limits"
    CALL = "a call"


class Weight(StrEnum):
    """How much a statement should worry."""

    FINE = "fine"
    NOTE = "note"
    """Worth knowing, nobody's fault."""
    TROUBLE = "trouble"
    UNKNOWN = "unknown"
    """Too little data to say anything."""


class Segment(StrEnum):
    """Whose part of the path it is, as far as that can be told without a map of the networks."""

    OWN = "your own link"
    PROVIDER = "the provider"
    LONG_HAUL = "the long haul"
    FAR_END = "the far end"


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is said of the path."""

    topic: Topic
    weight: Weight
    short: str
    """A few words with the figure that counts, for one line beside others."""
    brief: str = ""
    """The least of these that still says it, where there is no room; empty: nothing less does."""
    words: str
    """All of it in a sentence or two: numbers, sample size, interval."""
    ttl: int | None = None
    """The far end of the link it is about, or the hop; None: the path as a whole."""
    after_ttl: int | None = None
    """The near end of that link, 0 for this machine; None where it is about no link."""
    segment: Segment | None = None
    """Whose part of the path that is; None where it is about no link."""


RULES: Final[Mapping[Topic, str]] = {
    Topic.SENDING: "Said while this machine cannot send, with the kernel's reason.",
    Topic.REACH: (
        "Said where the destination does not answer: with what the router says that ends the "
        "path, or with the last hop that answers; and where it answers no more, with the event."
    ),
    Topic.LOSS: (
        "Lost of the decided probes to the destination; probes still out count in neither. The "
        "interval is Wilson's, 95 %. Below 10 decided probes nothing is claimed. When it began is "
        "told of bursts and outages: with the newest in the log of events (key e), and what was "
        "lost since. With next to nothing lost since it ended, loss is no trouble any more."
    ),
    Topic.LOSS_PLACE: (
        "What is lost at a place is lost for all hops behind it: the place is where the path "
        "falls most likely in two parts with a loss ratio each. It is named if that is clearly "
        "likelier than one ratio for all (likelihood ratio, 1 % over all places), and as wide as "
        "other places are nearly as likely. Hops whose loss is their own are left out. With a "
        "burst or an outage in the log it is told of what is lost since that began, or ended."
    ),
    Topic.DELAY: (
        "A hop's settled delay is the least median of it and all later hops, for a packet to a "
        "later hop has passed it: what one router takes for its answer counts no more. The link "
        "with the largest rise is named if that is a quarter of the whole and 2 ms or more, also "
        "at the lower end of its interval (95 %, from the order of the samples). What rises in the "
        "shortest round trips too is distance or a slow link, else it is waiting."
    ),
    Topic.QUEUE: (
        "A hop waits by its median less its shortest round trip. As with delay only what later "
        "hops show too counts. Said from 5 ms on, if it is more than a fifth of the whole and more "
        "than twice what the hops before show: packets wait in a queue there, or the way back does."
    ),
    Topic.PATH: (
        "Counts the changes of path in the log of events (key e): from some round on at one hop or "
        "more only others answer, 12 answers in all over 4 rounds or more, so that it is not "
        "routers taking turns. Delay is told of the path as it is now."
    ),
    Topic.LIMITS: (
        "Loss at a hop while those behind it, taken together, lose clearly less (likelihood ratio, "
        "1 % over all hops): that router answers less than it forwards."
    ),
    Topic.CALL: (
        "What a voice call over this path would be like, by the E-model with G.711 (Cole and "
        "Rosenbluth, CCR 31(2), 2001): R from half the round trip, a jitter buffer of the 95th "
        "percentile over the median, and loss, since the newest burst or outage. R of 80 is good, "
        "70 fair, below 60 poor (ITU-T G.109). Two ends of the loss interval give the range."
    ),
}
"""The rule behind each topic, for the help."""
