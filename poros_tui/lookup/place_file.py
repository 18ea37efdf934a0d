"""Places out of a file. Nothing leaves this machine for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import trio

from poros_tui.lookup.asking import Answer, Ask, Complain, NoAnswer, unheard
from poros_tui.lookup.inquiry import Inquiry
from poros_tui.lookup.maxmind_file import SAMPLE, MaxMindFile, NotADatabase
from poros_tui.lookup.place_record import place_of
from poros_tui.lookup.reasons import NOT_PUBLIC
from poros_tui.model.clean import clean
from poros_tui.model.place import NAME_MAX, Place
from poros_tui.model.probe import IPAddress


class PlaceFile:
    """One file that knows places."""

    def __init__(self, path: Path) -> None:
        """Raises NotADatabase."""
        self.path: Final = path
        self._file = MaxMindFile(path)
        self.name = self._file.name

    def has_places(self) -> bool:
        """Whether there is one among its first records.

        Raises:
            NotADatabase: it is damaged.
        """
        return any(place_of(record, "") is not None for record in self._file.records(SAMPLE))

    def place(self, address: IPAddress) -> Place:
        """Where an address is, or the problem with it. Raises NotADatabase."""
        if not address.is_global:
            return Place(problem=NOT_PUBLIC)
        place = place_of(self._file.look_up(address)[0], self.name)
        return place if place is not None else Place(problem=f"not in {self.name}")


def places_of_file(
    path: Path,
    *,
    open_file: Callable[[Path], PlaceFile] = PlaceFile,
    start_after_s: float = 0.0,
    complain: Complain = unheard,
) -> Inquiry[Place]:
    """Asks that file, which `open_file` opens when the first address is seen. `complain` is told
    each time that it turns out to be damaged. Call in Trio."""

    async def open_ask() -> Ask[Place]:
        # Beside the engine: it loads the library, and the disk may be slow.
        try:
            file = await trio.to_thread.run_sync(open_file, path, abandon_on_cancel=True)
        except NotADatabase as error:
            problem = f"{clean(path.name, NAME_MAX)}: {error}"
            complain(problem)
            return _failing(problem)

        async def ask(address: IPAddress) -> Answer[Place]:
            try:
                return Answer(await trio.to_thread.run_sync(file.place, address), None)
            except NotADatabase as error:
                problem = f"{file.name}: {error}"
                complain(problem)
                raise NoAnswer(problem) from error

        return ask

    return Inquiry(Place, open_ask, start_after_s=start_after_s)


def _failing(problem: str) -> Ask[Place]:
    async def ask(_address: IPAddress) -> Answer[Place]:
        raise NoAnswer(problem)

    return ask
