"""The JSON documents in a text, with the lines they begin at. Total: any text is read as far as it
can be.

A text may be one document, or several one behind the other, on a line each or not: an array of
objects is taken apart too, so that one that is damaged costs no other. Of one that is cut off or
broken, what is whole before that place is read. A value that JSON has words for and that means
nothing, such as NaN, costs nothing but itself.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Final

import msgspec

from poros_tui.model.clean import clean
from poros_tui.report.foreign.places import Path, place_of
from poros_tui.report.foreign.whole_part import whole_part

DOCUMENTS_MAX: Final = 100_000
DIGITS_MAX: Final = 40
"""Of a whole number: no counter, address or time has more."""
_WORDS_MAX: Final = 120
_SPACE: Final = re.compile(r"[\s,]*")
_FIRST_KEY: Final = re.compile(r'\{\s*(?P<key>"[^"\\]*")\s*:')
_LEADS_TO_PLACE: Final = re.compile(r"(?: starting)? at$")
"""Words of the decoder after which it has line and column."""
_BROKEN_MAX: Final = 20
"""So many are gone past, whether anything of them could be read or not: each takes time that grows
with the text, and a sentence."""
_ODD_END: Final = "ends an array that has not begun"


class Odd(msgspec.Struct, frozen=True):
    """In the place of a value that is allowed in JSON, and means nothing here."""

    words: str
    """Why, for a sentence about it."""


CUT: Final = Odd("is cut off")
"""In the place of what may have stood behind the last element of a list."""


class Document(msgspec.Struct, frozen=True):
    """One value that is no array."""

    line: int
    """It begins at, from 1."""
    value: object
    text: str
    """That it stands in."""
    place: int
    """It begins at."""
    cut: tuple[int, str] | None = None
    """Line, and what is wrong there, where it is cut off or broken: the value has what is whole
    before that, and CUT where a list may have gone on. None: it is whole."""

    def lost_to_cut(self, path: Path) -> bool:
        """Whether what these keys and numbers lead to may stand behind the place where it is
        cut."""
        value = self.value
        for step in path:
            if isinstance(value, dict) and isinstance(step, str):
                value = value.get(step, CUT)
            elif isinstance(value, list) and isinstance(step, int):
                value = value[step]
        return self.cut is not None and value is CUT

    def line_of(self, path: Path) -> int:
        """Where the value stands that these keys and numbers lead to; of one that is missing, what
        it is missing from."""
        place = place_of(self.text, self.place, path)
        return self.line + self.text.count("\n", self.place, place)


class Documents(msgspec.Struct, frozen=True):
    """What a text holds."""

    found: tuple[Document, ...]
    complaints: tuple[tuple[int, str], ...]
    """Line, and what is wrong there, of all of which nothing could be read."""
    was_array: bool


def documents_in(text: str) -> Documents:
    """All of them, in their order."""
    text = text.removeprefix("\ufeff")
    found: list[Document] = []
    complaints: list[tuple[int, str]] = []
    place, depth, broken, was_array, lines = 0, 0, 0, False, _Lines(text)
    while True:
        place = _past_space(text, place)
        if place < len(text) and text[place] in "[]":
            was_array |= text[place] == "["
            depth += 1 if text[place] == "[" else -1
            place += 1
            continue
        if place >= len(text):
            break
        if len(found) >= DOCUMENTS_MAX or broken >= _BROKEN_MAX:
            complaints.append((lines.of(place), "is not read any further: too much is wrong"))
            break
        try:
            value, end = _DECODER.raw_decode(text, place)
            found.append(Document(lines.of(place), value, text, place))
            place = end
        except (ValueError, RecursionError) as error:
            broken += 1
            at, words = _flaw(error, place)
            line, flaw = lines.of(place), (lines.of(_end_before(text, at, place)), words)
            part = _part_of(text, place, error)
            if part is not None:
                found.append(Document(line, *part, 0, flaw))
            else:
                complaints.append(flaw)
            place = _next_document(text, place, at)
    if depth and found and not complaints and found[-1].cut is None:
        complaints.append((lines.of(len(text)), "ends within an array" if depth > 0 else _ODD_END))
    return Documents(tuple(found), tuple(complaints), was_array)


def _past_space(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match is not None else place


def _part_of(text: str, place: int, error: Exception) -> tuple[object, str] | None:
    """What is whole of the document at `place`, with a mark at the end of a list that may have
    been longer, and the text of that."""
    if not isinstance(error, json.JSONDecodeError):
        return None
    part = whole_part(text, place, error.pos)
    if part is None:
        return None
    value = _DECODER.decode(part.text)
    within = value
    while part.is_in_list and isinstance(within, dict):
        within = next(reversed(within.values()))
    if isinstance(within, list):
        within.append(CUT)
    return value, part.text


def _next_document(text: str, place: int, flaw: int) -> int:
    """Where a later line begins with a brace as far from the margin as the one at `place` does, for
    nothing in between can be a whole document; or where behind the flaw an object has the same
    first key, as others of its kind on the same line do."""
    margin = text[text.rfind("\n", 0, place) + 1 : place]
    indent = margin if margin.isspace() else ""
    match = re.compile(rf"\n{indent}(?=[{{\[])").search(text, place)
    end = match.end() if match is not None else len(text)
    first_key = _FIRST_KEY.match(text, place)
    if first_key is not None and flaw > place:
        alike = re.compile(rf"\{{\s*{re.escape(first_key['key'])}\s*:")
        # The flaw may be that a text that was cut off ends where the next object's key begins.
        other = alike.search(text, max(place + 1, text.rfind("{", place, flaw + 1)), end)
        end = other.start() if other is not None else end
    return end


def _end_before(text: str, at: int, begin: int) -> int:
    """The place of a flaw; of what is cut off, its end, and not what comes on the next line."""
    if at < len(text) and text[at - 1 : at] != "\n":
        return at
    while at > begin and (at >= len(text) or text[at].isspace() or text[at - 1] == "\n"):
        at -= 1
    return at


class _Lines:
    """Lines of places that only grow."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place, self._line = 0, 1

    def of(self, place: int) -> int:
        if place < self._place:
            self._place, self._line = 0, 1
        self._line += self._text.count("\n", self._place, place)
        self._place = place
        return self._line


def _flaw(error: Exception, place: int) -> tuple[int, str]:
    if isinstance(error, json.JSONDecodeError):
        if error.doc[error.pos : error.pos + 1] == "\0":
            return error.pos, "has a damaged character"
        words = _LEADS_TO_PLACE.sub("", clean(error.msg, _WORDS_MAX).lower())
        return error.pos, f"is no JSON: {words}"
    if isinstance(error, RecursionError):
        return place, "is nested too deeply to be read"
    return place, "is no JSON that can be read"


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) != len(pairs):
        times = Counter(key for key, _ in pairs)
        value |= {key: Odd("stands there twice") for key, number in times.items() if number > 1}
    return value


def _whole(digits: str) -> int | Odd:
    if len(digits) > DIGITS_MAX:
        return Odd(f"is a number of {len(digits)} digits")
    return int(digits)


def _no_number(word: str) -> Odd:
    return Odd(f"is {word}, which is no number")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_whole, parse_constant=_no_number
)
