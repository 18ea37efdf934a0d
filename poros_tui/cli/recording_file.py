"""`--record FILE`: all that a run learns, kept while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from types import TracebackType
from typing import TYPE_CHECKING, Final

from poros_tui import __version__
from poros_tui.cli.output import tell
from poros_tui.errors import CannotRun
from poros_tui.model.clean import clean

if TYPE_CHECKING:
    from poros_tui.engine.plan import TracePlan
    from poros_tui.model.about import About
    from poros_tui.model.keeping import Keeper
    from poros_tui.model.path import Path
    from poros_tui.model.probe import IPAddress
    from poros_tui.record.keeping import Keeping

_PATH_MAX: Final = 240


class RecordingFile:
    """The file that is wanted, or none. Entered when the process is the user."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._files = ExitStack()
        self._numbers = count()
        self.keeping: Keeping | None = None
        """What keeps it; None: nobody wants that, or the file is not made yet."""

    def __enter__(self) -> RecordingFile:
        """Make the file.

        Raises:
            UsageError: there is one of that name, or none can be made.
        """
        if self._path is None:
            return self
        from poros_tui.cli.report_files import ReportFile
        from poros_tui.record.keeping import Keeping

        words = f"--record {clean(self._path, _PATH_MAX)}"
        file = self._files.enter_context(ReportFile(words, self._path))
        self.keeping = Keeping(file.write, version=__version__)
        return self

    def keep(
        self, plan: TracePlan, place: tuple[int, int] = (0, 0)
    ) -> Callable[[Path], Keeper] | None:
        """What keeps one target of a report, once its path is there; None: nothing does. `place`:
        where it stands among the others, whichever of them begins first."""
        keeping, chronicle = self.keeping, plan.chronicle
        if keeping is None or chronicle is None:
            return None
        number = next(self._numbers)

        def keep(path: Path) -> Keeper:
            return keeping.keeper(
                number=number,
                place=place,
                name=plan.identity.target,
                identity=plan.identity,
                config=plan.config,
                path=path,
                chronicle=chronicle,
            )

        return keep

    def learn(self, address: IPAddress, about: About) -> None:
        """More is known of an address."""
        if self.keeping is not None:
            self.keeping.learn(address, about)

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Write the rest. What cannot be written is told, and spoils nothing else."""
        try:
            if self.keeping is not None:
                self.keeping.close()
        except CannotRun as refusal:
            tell(f"{refusal.sentence}: the end of the recording is missing")
        finally:
            self._files.close()
