"""The files that are written while a run goes on, beside its reports."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from types import TracebackType
from typing import TypeVar

from poros_tui.cli.options import Options
from poros_tui.cli.output import tell
from poros_tui.cli.pcap import Pcap
from poros_tui.cli.recording_file import RecordingFile

_Result = TypeVar("_Result")


class RunFiles:
    """--pcap and --record. Entered when the process is the user."""

    def __init__(self, options: Options) -> None:
        self.pcap = Pcap(options)
        self.recording = RecordingFile(options.record)
        self._entered = ExitStack()

    def __enter__(self) -> RunFiles:
        """Make them.

        Raises:
            UsageError: there is a file of such a name, or none can be made.
            CannotRun: standard output is closed.
        """
        with ExitStack() as entering:
            entering.enter_context(self.pcap)
            entering.enter_context(self.recording)
            self._entered = entering.pop_all()
        return self

    def beside_report(
        self, main: Callable[[], Awaitable[_Result]]
    ) -> Callable[[], Awaitable[_Result]]:
        """The same, with what comes written to the files meanwhile."""
        captured = self.pcap.beside(main)
        keeping = self.recording.keeping
        if keeping is None:
            return captured

        async def both() -> _Result:
            import trio

            async with trio.open_nursery() as nursery:
                nursery.start_soon(keeping.run, tell)
                result = await captured()
                nursery.cancel_scope.cancel()
            return result

        return both

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Write the rest of them."""
        self._entered.__exit__(kind, error, traceback)
