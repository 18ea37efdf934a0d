"""Classic BPF: programs that the kernel runs on what comes to a socket, before it is queued.

Documentation/networking/filter.rst.
"""

from __future__ import annotations

import ctypes
import socket
from struct import Struct
from typing import Final

_SO_ATTACH_FILTER: Final = 26
PASS: Final = 0x40000
DROP: Final = 0

# The instructions used, each with its opcode. X is the index register.
LOAD_BYTE: Final = 0x30
LOAD_HALF: Final = 0x28
LOAD_WORD: Final = 0x20
LOAD_BYTE_AT_X: Final = 0x50
LOAD_WORD_AT_X: Final = 0x40
LOAD_HALF_AT_X: Final = 0x48
LOAD_LENGTH: Final = 0x80
LOAD_X_HEADER_LENGTH: Final = 0xB1
"""X = 4 * (byte & 15): the length of an IPv4 header from its first byte."""
LOAD_X_MEMORY: Final = 0x61
STORE: Final = 0x02
"""Of the accumulator, at a place from which X is loaded again."""
COPY_X: Final = 0x87
TO_X: Final = 0x07
ADD: Final = 0x04
ADD_X: Final = 0x0C
AND: Final = 0x54
SHIFT_LEFT: Final = 0x64
IF_EQUAL: Final = 0x15
IF_AT_LEAST: Final = 0x35
IF_ABOVE_X: Final = 0x2D
RETURN: Final = 0x06

_INSTRUCTION: Final = Struct("HBBI")
_PROGRAM: Final = Struct("HP")

Step = str | tuple[int, int] | tuple[int, int, str, str]
"""A label; opcode and operand; or opcode, operand and where to go if true and if false."""


def assemble(steps: list[Step]) -> bytes:
    """The program, with the two returns that every label `pass` and `drop` means at its end."""
    whole: list[Step] = [*steps, "pass", (RETURN, PASS), "drop", (RETURN, DROP)]
    places: dict[str, int] = {}
    instructions: list[tuple[int, int] | tuple[int, int, str, str]] = []
    for step in whole:
        if isinstance(step, str):
            places[step] = len(instructions)
        else:
            instructions.append(step)
    program = bytearray()
    for here, instruction in enumerate(instructions, start=1):
        jumps = [places[label] - here for label in instruction[2:]] or [0, 0]
        program += _INSTRUCTION.pack(instruction[0], *jumps, instruction[1])
    return bytes(program)


def attach(sock: socket.socket, steps: list[Step]) -> None:
    """Let the socket hear only what the program passes, from now on; instead of what it had."""
    program = ctypes.create_string_buffer(assemble(steps))
    count = (len(program) - 1) // _INSTRUCTION.size
    sock.setsockopt(
        socket.SOL_SOCKET, _SO_ATTACH_FILTER, _PROGRAM.pack(count, ctypes.addressof(program))
    )
