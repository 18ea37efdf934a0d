"""Many entries of an error queue in one system call.

A send stamp comes for each probe, and to read it with a call of its own, and to put it together
as any entry, takes longer than the kernel takes for it. Python has no recvmmsg(2): it is called
through ctypes, which Trio has loaded already.

Formats: recvmmsg(2), cmsg(3), uapi/linux/errqueue.h.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import socket
import struct
from ipaddress import IPv4Address, IPv6Address
from struct import Struct
from typing import Final

from poros_tui.model.probe import IPAddress
from poros_tui.probe.errqueue import (
    DATA_MAX,
    MSG_ERRQUEUE,
    SO_TIMESTAMPING,
    Origin,
    Received,
    put_together,
)
from poros_tui.probe.family import Ancillary, Family

BATCH: Final = 32
"""Entries read with one call: the probes of a round over a path of the usual limit."""
_BATCHES_MAX: Final = 4096
"""More than any receive buffer holds, so that the queue is always emptied."""
_NAME_BYTES: Final = 32
"""A sockaddr_in6 has 28."""
_CONTROL_BYTES: Final = 512
_NS_PER_S: Final = 1_000_000_000

# With native sizes; "0P" and "0N" pad as the compiler does.
_HEADER: Final = Struct("@PIPNPNi0PI0P")
"""struct mmsghdr: name and its length, buffers and their count, control data and its length,
flags; and the bytes received."""
_NAME_LENGTH: Final = 1
_CONTROL_LENGTH: Final = 5
_DATA_LENGTH: Final = 7
"""Places in it."""
_CONTROL_LENGTH_ALONE: Final = Struct(
    f"@{struct.calcsize('@PIPNP')}xN{_HEADER.size - struct.calcsize('@PIPNPN')}x"
)
"""The same header, of which a stamp needs nothing more."""
_BUFFER: Final = Struct("@PN")  # struct iovec
_CONTROL: Final = Struct("@Nii")  # struct cmsghdr: its length, level, type
_ALIGNMENT: Final = Struct("@N").size
_TIMESTAMPS: Final = Struct("@6l")  # struct scm_timestamping
_EXTENDED_ERROR: Final = Struct("IBBBxII")
_STAMP_BYTES: Final = 2 * _CONTROL.size + _TIMESTAMPS.size + _EXTENDED_ERROR.size
_STAMP_HEADER: Final = _CONTROL.pack(
    _CONTROL.size + _TIMESTAMPS.size, socket.SOL_SOCKET, SO_TIMESTAMPING
)
_STAMP: Final = Struct(
    f"@{_CONTROL.size}s2l{_TIMESTAMPS.size - Struct('2l').size}x{_CONTROL.size}s4xB7xI"
    f"{_CONTROL_BYTES - _STAMP_BYTES}x"
)
"""The control data of a send stamp as the kernel lays it: a header; seconds and nanoseconds, the
first of three stamps; a header; origin and number of an extended error."""
_TIMESTAMPING: Final = int(Origin.TIMESTAMPING)
"""Looking it up in the enumeration takes as long as to unpack a stamp."""
_FAMILY_AND_PORT: Final = Struct("=HH")
_SOCKADDR_BYTES: Final = {4: 16, 6: 28}
"""By version; one follows every extended error."""

_libc: Final = ctypes.CDLL(None, use_errno=True)
_recvmmsg: Final = _libc.recvmmsg
_recvmmsg.argtypes = (
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_uint,
    ctypes.c_int,
    ctypes.c_void_p,
)


class ErrorQueue:
    """The error queue of a socket that has send stamps."""

    def __init__(self, sock: socket.socket, family: Family) -> None:
        self._socket = sock
        self._family = family
        error_bytes = _CONTROL.size + _EXTENDED_ERROR.size + _SOCKADDR_BYTES[family.version]
        self._error_header = _CONTROL.pack(error_bytes, family.level, family.receive_errors)
        self._stamp_bytes = _CONTROL.size + _TIMESTAMPS.size + _aligned(error_bytes)
        self._names = bytearray(BATCH * _NAME_BYTES)
        # Of a mapping only what is written to is taken from the system: of 300 kB next to nothing.
        self._data = mmap.mmap(-1, BATCH * DATA_MAX)
        self._controls = bytearray(BATCH * _CONTROL_BYTES)
        self._buffers = bytearray(BATCH * _BUFFER.size)
        self._headers = bytearray(BATCH * _HEADER.size)
        self._headers_at = _address(self._headers)
        self._lay_out()
        self._blank = bytes(self._headers)

    def _lay_out(self) -> None:
        names, data = _address(self._names), _address(self._data)
        controls, buffers = _address(self._controls), _address(self._buffers)
        for place in range(BATCH):
            buffer = place * _BUFFER.size
            _BUFFER.pack_into(self._buffers, buffer, data + place * DATA_MAX, DATA_MAX)
            _HEADER.pack_into(
                self._headers,
                place * _HEADER.size,
                names + place * _NAME_BYTES,
                _NAME_BYTES,
                buffers + buffer,
                1,
                controls + place * _CONTROL_BYTES,
                _CONTROL_BYTES,
                0,
                0,
            )

    def drain(self) -> tuple[dict[int, int], list[Received]]:
        """Read all that is in it.

        Returns:
            Of send stamps, where the kernel took any, CLOCK_REALTIME in nanoseconds by the number
            of the packet (see `SendStamps`); and every other entry.
        """
        stamps: dict[int, int] = {}
        others: list[Received] = []
        for _ in range(_BATCHES_MAX):
            try:
                if self._read(stamps, others) < BATCH:
                    break
            except BlockingIOError:
                break
            except OSError:
                # The error of an earlier packet, cleared by being told; its details are queued.
                continue
        return stamps, others

    def _read(self, stamps: dict[int, int], others: list[Received]) -> int:
        """One batch. Returns how many entries it held; fewer than asked for were all."""
        self._headers[:] = self._blank
        flags = MSG_ERRQUEUE | socket.MSG_DONTWAIT
        count: int = _recvmmsg(self._socket.fileno(), self._headers_at, BATCH, flags, None)
        if count < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        headers = memoryview(self._headers)[: count * _HEADER.size]
        controls = memoryview(self._controls)[: count * _CONTROL_BYTES]
        stamp_bytes, stamp_header, error_header = (
            self._stamp_bytes,
            _STAMP_HEADER,
            self._error_header,
        )
        told = enumerate(
            zip(
                _CONTROL_LENGTH_ALONE.iter_unpack(headers),
                _STAMP.iter_unpack(controls),
                strict=True,
            )
        )
        for place, ((length,), (first, seconds, nanoseconds, second, origin, number)) in told:
            if (
                length == stamp_bytes
                and origin == _TIMESTAMPING
                and second == error_header
                and first == stamp_header
            ):
                if seconds or nanoseconds:
                    stamps[number] = seconds * _NS_PER_S + nanoseconds
                continue
            entry = self._entry(place)
            if entry.error is not None and entry.error.origin == _TIMESTAMPING:
                if entry.stamp_ns is not None:
                    stamps[entry.error.data] = entry.stamp_ns
            else:
                others.append(entry)
        return count

    def _entry(self, place: int) -> Received:
        header = _HEADER.unpack_from(self._headers, place * _HEADER.size)
        name = place * _NAME_BYTES
        data = place * DATA_MAX
        control = place * _CONTROL_BYTES
        address, port = decode_name(self._names[name : name + header[_NAME_LENGTH]])
        return put_together(
            self._family,
            self._data[data : data + header[_DATA_LENGTH]],
            split_control(bytes(self._controls[control : control + header[_CONTROL_LENGTH]])),
            address,
            port,
        )


def split_control(control: bytes) -> list[Ancillary]:
    """The ancillary data in it, as socket.recvmsg gives it; what is cut off ends it."""
    parts = []
    at = 0
    while at + _CONTROL.size <= len(control):
        length, level, kind = _CONTROL.unpack_from(control, at)
        if not _CONTROL.size <= length <= len(control) - at:
            break
        parts.append((level, kind, control[at + _CONTROL.size : at + length]))
        at += _aligned(length)
    return parts


def decode_name(name: bytes | bytearray) -> tuple[IPAddress | None, int]:
    """Address and port of a sockaddr; None and 0 where there is none that is known."""
    if len(name) < _FAMILY_AND_PORT.size:
        return None, 0
    address_family, port = _FAMILY_AND_PORT.unpack_from(name)
    if address_family == socket.AF_INET and len(name) >= 8:
        return IPv4Address(bytes(name[4:8])), socket.ntohs(port)
    if address_family == socket.AF_INET6 and len(name) >= 24:
        return IPv6Address(bytes(name[8:24])), socket.ntohs(port)
    return None, 0


def _aligned(length: int) -> int:
    """Where the next control data begins (CMSG_ALIGN)."""
    return -(-length // _ALIGNMENT) * _ALIGNMENT


def _address(memory: bytearray | mmap.mmap) -> int:
    """Where it is; it can't be resized from now on."""
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))
