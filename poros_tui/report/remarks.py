"""What is to be said of a hop beside its figures, in words. Pure."""

from __future__ import annotations

from typing import Final

from poros_tui.model.clean import clean
from poros_tui.model.hop import HopSnapshot, Responder
from poros_tui.model.probe import Lost, SendFailed

_NAME_SHOWN_MAX: Final = 64
"""Characters of a name; JSON has all of it."""


def who(responder: Responder) -> str:
    """`name (address)`, with a `?` behind a name that does not lead back; or the address alone."""
    naming = responder.naming
    if naming is None or naming.name is None:
        return str(responder.address)
    # Who owns the address chooses the name, and must not choose how wide the table is.
    name = clean(naming.name, _NAME_SHOWN_MAX)
    return f"{name}{'?' if naming.doubt else ''} ({responder.address})"


def answers_as(hop: HopSnapshot) -> str:
    """Who answers there now, or why nobody does."""
    if hop.responder is not None:
        return who(hop.responder)
    return clean(hop.known_as, _NAME_SHOWN_MAX) or silence_words(hop)


def silence_words(hop: HopSnapshot) -> str:
    """Why there is no responder: a trace that was cut short must not speak for the hop, nor may
    a file of which something could not be read."""
    if hop.received:
        return "not known who answers"
    if hop.lost or hop.late:
        return "no reply"
    return "no reply yet" if hop.in_flight else "not sent"


def answer_words(responder: Responder) -> str:
    """How often it answered; empty where that is not told."""
    if responder.answers is None:
        return ""
    return "1 answer" if responder.answers == 1 else f"{responder.answers} answers"


def other_words(responder: Responder) -> str:
    """What is to be said of one that is not the first of its hop."""
    return "; ".join(filter(None, (answer_words(responder), responder.refusal)))


def remarks(hop: HopSnapshot) -> list[str]:
    """Each a clause; empty where all is as it should be."""
    told = []
    if hop.is_destination:
        told.append("destination")
    responder = hop.responder
    if responder is not None and responder.refusal is not None:
        told.append(responder.refusal)
    if len(hop.responders) > 1 and responder is not None and responder.answers is not None:
        told.append(answer_words(responder))
    if hop.lost:
        told.append(_waited(hop))
    told += [f"{hop.late} late"] * bool(hop.late)
    if hop.duplicates:
        told.append(f"{hop.duplicates} {'duplicate' if hop.duplicates == 1 else 'duplicates'}")
    if hop.send_errors:
        reasons = {r.outcome.reason for r in hop.records if isinstance(r.outcome, SendFailed)}
        told.append(f"{hop.send_errors} not sent: {', '.join(sorted(reasons))}")
    return told


def _waited(hop: HopSnapshot) -> str:
    losses = [r.outcome for r in hop.records if isinstance(r.outcome, Lost)]
    waits_s = [lost.waited_s for lost in losses if lost.waited_s is not None]
    if not waits_s:
        return f"{hop.lost} lost"
    shortest, longest = f"{min(waits_s):.2f}", f"{max(waits_s):.2f}"
    span = longest if shortest == longest else f"{shortest} to {longest}"
    return f"{hop.lost} lost, waited {span} s"
