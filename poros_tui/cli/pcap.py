"""`--pcap FILE`: all packets of a run, written while it goes on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Final, TypeVar

from poros_tui import __version__
from poros_tui.cli.loading import load
from poros_tui.cli.output import PROGRAM, tell
from poros_tui.errors import CannotRun
from poros_tui.model.clean import clean

if TYPE_CHECKING:
    from poros_tui.cli.byte_stream import ByteStream
    from poros_tui.cli.options import Options
    from poros_tui.probe.capture import Capture
    from poros_tui.probe.open import OpenTap

STDOUT: Final = "-"
_WRITING: Final = ("poros_tui.cli.byte_stream", "poros_tui.cli.report_files")
WRITE_INTERVAL_S: Final = 0.1
"""A packet is in the file after two of these at the latest, whatever ends the program then."""
_PATH_MAX: Final = 240
_SIMULATED: Final = "a simulated internet: no packet was sent"
_REBUILT: Final = (
    "IP headers of probes, and all that a comment names, are rebuilt: the kernel does not show them"
)
_Result = TypeVar("_Result")


class Pcap:
    """The file that is wanted, or none. Entered when the process is the user."""

    def __init__(self, options: Options) -> None:
        self._path = options.pcap
        self._capture: Capture | None = None
        self._stream: ByteStream | None = None
        self._files = ExitStack()
        if self._path is not None:
            from poros_tui.probe.capture import Capture

            load(*_WRITING)  # before root's rights are given up
            comment = _SIMULATED if options.is_demo else _REBUILT
            self._capture = Capture(f"{PROGRAM} {__version__}", comment)

    @property
    def open_tap(self) -> OpenTap | None:
        """Gives what is told of a transport's packets; None: nobody wants to know."""
        return self._capture.tap if self._capture is not None else None

    def __enter__(self) -> Pcap:
        """Make the file.

        Raises:
            UsageError: there is one of that name, or none can be made.
            CannotRun: standard output is closed.
        """
        if self._path is None:
            return self
        from poros_tui.cli.byte_stream import ByteStream, stdout_descriptor
        from poros_tui.cli.report_files import ReportFile

        if self._path == STDOUT:
            self._stream = ByteStream(stdout_descriptor())
        else:
            words = f"--pcap {clean(self._path, _PATH_MAX)}"
            file = self._files.enter_context(ReportFile(words, self._path))
            self._stream = ByteStream(file.descriptor, self._path)
        return self

    def beside(self, main: Callable[[], Awaitable[_Result]]) -> Callable[[], Awaitable[_Result]]:
        """The same, with what comes written to the file meanwhile."""
        if self._capture is None:
            return main

        async def both() -> _Result:
            import trio

            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._keep_writing)
                result = await main()
                nursery.cancel_scope.cancel()
            return result

        return both

    async def _keep_writing(self) -> None:
        import trio

        while True:
            await trio.sleep(WRITE_INTERVAL_S)
            self._write()

    def _write(self, *, is_last: bool = False) -> None:
        if self._capture is None or self._stream is None:
            return
        blocks = self._capture.take(is_last=is_last)
        if self._stream.has_reader:
            self._stream.put(blocks)

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Write the rest. What cannot be written is told, and spoils nothing else."""
        try:
            self._write(is_last=True)
            if self._stream is not None:
                self._stream.finish()
        except CannotRun as refusal:
            tell(f"{refusal.sentence}: the packets from there on are missing")
        except OSError:
            tell("--pcap -: standard output takes no more: the packets from there on are missing")
        finally:
            self._files.close()
