"""What takes long to make, made once in a run of the tests, however many processes it has."""

from __future__ import annotations

import fcntl
import io
import pickle
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Made = TypeVar("Made")


_folders: list[Path] = []
"""The one that the processes of this run have in common; empty where there is one process."""


def share(folder: Path) -> None:
    """The processes of this run have this folder in common."""
    _folders[:] = [folder]


class _Pickler(pickle.Pickler):
    """Also of what has locks: they come back as new ones."""

    def reducer_override(self, thing: object) -> object:
        if type(thing) is type(threading.Lock()):
            return threading.Lock, ()
        return NotImplemented


def pickled(thing: object) -> bytes:
    """The bytes of a thing, of which `pickle.loads` makes another."""
    content = io.BytesIO()
    _Pickler(content).dump(thing)
    return content.getvalue()


def made_once(name: str, make: Callable[[], Made]) -> Made:
    """What `make` returns, in the first process that asks; in the others a copy of it. The others
    wait meanwhile."""
    if not _folders:
        return make()
    with (_folders[0] / name).open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        kept = file.read()
        if kept:
            known: Made = pickle.loads(kept)
            return known
        made = make()
        file.write(pickled(made))
        return made
