"""What the codes of unreachable messages mean, in words and as traceroute's marks.

Codes: RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1; RFC 4443 section 3.1 and IANA.
Marks: traceroute(8), which has one for each group of codes, and `!<code>` for the rest.
"""

from __future__ import annotations

from typing import Final

from poros_tui.packets import icmpv4, icmpv6

_TOO_BIG: Final = "too big for the next link"
_WORDS_V4: Final = {
    0: "network unreachable",
    1: "host unreachable",
    2: "protocol unreachable",
    3: "port unreachable",
    5: "source route failed",
    6: "network unknown",
    7: "host unknown",
    8: "source host isolated",
    9: "network administratively prohibited",
    10: "host administratively prohibited",
    11: "network unreachable for this type of service",
    12: "host unreachable for this type of service",
    13: "administratively prohibited",
    14: "host precedence violation",
    15: "precedence cutoff in effect",
}
_WORDS_V6: Final = {
    0: "no route to destination",
    1: "administratively prohibited",
    2: "beyond scope of source address",
    3: "address unreachable",
    4: "port unreachable",
    5: "source address failed policy",
    6: "reject route to destination",
    7: "error in source routing header",
    8: "headers too long",
}
_MARKS_V4: Final = {
    **dict.fromkeys((0, 6, 8, 11), "!N"),
    **dict.fromkeys((1, 7, 12), "!H"),
    2: "!P",
    5: "!S",
    **dict.fromkeys((9, 10, 13), "!X"),
    14: "!V",
    15: "!C",
}
_MARKS_V6: Final = {0: "!N", 1: "!X", 2: "!S", 3: "!H", 5: "!X", 6: "!X"}


def is_too_big(version: int, icmp_type: int | None, icmp_code: int | None) -> bool:
    """Whether the error says that the datagram was too big for the next link.

    ICMPv6 has a type of its own for that, whose code means nothing (RFC 4443 section 3.2).
    """
    if version == 6:
        return icmp_type == icmpv6.TOO_BIG
    return (icmp_type, icmp_code) == (icmpv4.UNREACHABLE, icmpv4.CODE_FRAGMENTATION_NEEDED)


def unreachable_words(
    version: int, icmp_type: int | None, icmp_code: int | None, mtu: int | None = None
) -> str:
    """What an unreachable says, such as `host unreachable`. Total: any code has words.

    `version` is 4 or 6. `mtu` is what the next link takes, in bytes, where that is said.
    """
    if is_too_big(version, icmp_type, icmp_code):
        return _TOO_BIG if mtu is None else f"{_TOO_BIG}: it takes {mtu} bytes"
    known = _table(version, icmp_type, _WORDS_V4, _WORDS_V6).get(_code(icmp_code))
    return known or f"unreachable (type {_shown(icmp_type)}, code {_shown(icmp_code)})"


def unreachable_mark(
    version: int, icmp_type: int | None, icmp_code: int | None, mtu: int | None = None
) -> str:
    """traceroute's mark of an unreachable, such as `!H` or, with the MTU of the next link in bytes,
    `!F-1400`; `!<99>` where there is none.

    `version` is 4 or 6.
    """
    if is_too_big(version, icmp_type, icmp_code):
        return "!F" if mtu is None else f"!F-{mtu}"
    known = _table(version, icmp_type, _MARKS_V4, _MARKS_V6).get(_code(icmp_code))
    return known or f"!<{_shown(icmp_code)}>"


def _table(
    version: int, icmp_type: int | None, words_v4: dict[int, str], words_v6: dict[int, str]
) -> dict[int, str]:
    match version, icmp_type:
        case 4, icmpv4.UNREACHABLE:
            return words_v4
        case 6, icmpv6.UNREACHABLE:
            return words_v6
        case _:
            return {}


def _code(icmp_code: int | None) -> int:
    return -1 if icmp_code is None else icmp_code


def _shown(number: int | None) -> str:
    return "?" if number is None else str(number)
