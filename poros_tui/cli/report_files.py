"""Where reports go: new files that only the user can read, and standard output."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import TYPE_CHECKING

from poros_tui.cli.output import write
from poros_tui.cli.report_wishes import ReportWish
from poros_tui.errors import CannotRun, UsageError
from poros_tui.model.clean import clean
from poros_tui.report.layout import Layout
from poros_tui.report.run import FinishedRun, Untraced

if TYPE_CHECKING:
    from poros_tui.cli.streaming import Streaming

_PATH_MAX = 240


class ReportFile:
    """A new file for one report. Where nothing was written to it, it goes again."""

    def __init__(self, words: str, path: str) -> None:
        """Make it: before anything is sent, so that no long trace is for nothing. `words` are the
        option that asks for it.

        Raises:
            UsageError: there is a file of that name, or none can be made.
        """
        self._path = path
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            self.descriptor = os.open(path, flags, 0o600)
        except FileExistsError:
            raise UsageError(
                f"{words}: there is such a file already", "give another name, or remove it"
            ) from None
        except (OSError, ValueError) as error:  # ValueError: a name with a zero byte in it
            reason = getattr(error, "strerror", None) or "no name for a file"
            raise UsageError(
                f"{words}: it cannot be made: {reason.lower()}", "give another name"
            ) from None

    def write(self, content: bytes) -> None:
        """Append.

        Raises:
            CannotRun: it cannot be written.
        """
        try:
            while content:
                content = content[os.write(self.descriptor, content) :]
        except OSError as error:
            reason = (error.strerror or "error").lower()
            raise CannotRun(f"can't write {clean(self._path, _PATH_MAX)}: {reason}") from None

    def __enter__(self) -> ReportFile:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: object, _traceback: TracebackType | None
    ) -> None:
        is_empty = os.fstat(self.descriptor).st_size == 0
        os.close(self.descriptor)
        if is_empty:
            with suppress(OSError):
                os.unlink(self._path)


class ReportFiles(ExitStack):
    """All reports that are wanted of one run of the program."""

    def __init__(self, wishes: Sequence[ReportWish], layout: Layout) -> None:
        """Make the files.

        Raises:
            UsageError: one cannot be made.
        """
        super().__init__()
        self._layout = layout
        self._wishes: list[tuple[ReportWish, ReportFile | None]] = []
        try:
            for wish in wishes:
                file = None if wish.path is None else ReportFile(wish.words, wish.path)
                self._wishes.append((wish, file and self.enter_context(file)))
        except UsageError:
            self.close()
            raise

    def streaming(self) -> Streaming | None:
        """What writes those that are written while the trace goes on; None where none is.

        Raises:
            CannotRun: standard output is closed.
        """
        streamed = [(wish, file) for wish, file in self._wishes if wish.format.is_streamed]
        if not streamed:
            return None
        from poros_tui.cli.streaming import LineStream, Streaming, stream_to_stdout

        return Streaming(
            [
                stream_to_stdout() if file is None else LineStream(file.descriptor, wish.path)
                for wish, file in streamed
            ],
            private_hops=self._layout.private_hops,
        )

    def write(self, runs: Sequence[FinishedRun | Untraced]) -> None:
        """Write every other report, those to files first: the reader of the other may have left.

        Raises:
            CannotRun: a file cannot be written, or standard output is closed.
            OSError: standard output is full, or its reader has left.
        """
        for wish, file in sorted(self._wishes, key=lambda one: one[1] is None):
            if wish.format.is_streamed:
                continue
            text = wish.format.render(runs, self._layout)
            if text is None:
                continue
            if not text.endswith("\n"):
                text += "\n"
            if file is not None:
                file.write(text.encode())
            else:
                write(text if wish.format.is_for_people else text.encode())
