"""The terminal is what stdout is connected to. It can go away, or be lent to the shell."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import termios
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from queue import Queue
from typing import IO, Final, cast

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

LOST_TERMINAL_EXIT_CODE: Final = 128 + signal.SIGHUP
"""As if by SIGHUP, which need not come: the caller may have it ignored."""

_POLL_MS: Final = 100
"""How often the input thread looks whether it is to end, and Textual's parser at its clock."""
LEAVE_S: Final = 1.0
"""For what is still to be written when the user leaves; twice, before and after the terminal is put
back. One that takes nothing meanwhile (Ctrl-S, a dead line) is given up."""
_DELIVERED_S: Final = 0.05
"""Until a signal has got to another thread."""
_LOOK_S: Final = 0.01
_WAITING_MOST: Final = 10
"""Of Textual's queue of 30 places; putting the terminal back needs a dozen or so."""


class LosableFile:
    """What Textual's writer thread writes to: takes everything, even where nobody sees it.

    That thread dies of an OSError. Its queue has 30 places: once they are full, the event loop
    waits for ever for a place, and no signal is heeded any more.
    """

    def __init__(self, file: IO[str], on_loss: Callable[[], None]) -> None:
        self._file = file
        self._on_loss = on_loss
        self._is_lost = False

    def write(self, text: str) -> int:
        """Write it, or drop it."""
        if not self._is_lost:
            try:
                return self._file.write(text)
            except OSError:
                self.lose()
        return len(text)

    def flush(self) -> None:
        """Pass on what was written, or drop it."""
        if not self._is_lost:
            try:
                self._file.flush()
            except OSError:
                self.lose()

    def fileno(self) -> int:
        """The descriptor of the file itself."""
        return self._file.fileno()

    def isatty(self) -> bool:
        """Whether the file itself is a terminal."""
        return self._file.isatty()

    def lose(self) -> None:
        """Write nowhere from now on."""
        self._is_lost = True
        # Python keeps what it could not write, tries again at its end, and makes the exit code 120.
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
            os.dup2(nowhere, self._file.fileno())
            os.close(nowhere)
        self._on_loss()


class StdoutDriver(LinuxDriver):
    """Textual draws on stderr: `poros-tui HOST 2>errors` would write the screen into a file."""

    def __init__(
        self,
        app: App[object],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        stop_handler = signal.getsignal(signal.SIGTSTP)
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._is_stop_ignored = stop_handler is signal.SIG_IGN
        # Textual's own handlers write to a queue that the code they interrupt may be holding. Ours
        # come from the event loop, once there is something to suspend.
        signal.signal(signal.SIGTSTP, stop_handler)
        signal.signal(signal.SIGCONT, signal.SIG_DFL)
        self._running_loop: asyncio.AbstractEventLoop | None = None
        self._is_lost = False
        self._has_missed = False
        """Something was not drawn, because the terminal does not take it."""
        self.on_missed: Callable[[], None] = lambda: None
        """Called when it takes something again."""
        file = sys.__stdout__ if sys.__stdout__ is not None else sys.__stderr__
        if file is not None:
            self._file = cast(TextIOWrapper, LosableFile(file, self._on_loss))
        if size is None:
            # Where a terminal says that it has no size (serial lines, new containers), Textual's
            # two ways to ask differ by a line, and it draws one and the other for ever.
            self._size = self._get_terminal_size()

    def start_application_mode(self) -> None:
        """Take the terminal; in the background wait for it."""
        self._running_loop = asyncio.get_running_loop()
        self._wait_for_foreground()  # Textual itself stops once, and once continued draws nothing
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual has no types there
        self._handle_stops(self._running_loop)

    def write(self, data: str) -> None:
        """Write, unless the terminal is given away, or takes nothing: a full queue would make the
        event loop wait, and no key and no signal be heeded. What is left out then is drawn anew
        once all that waits is written."""
        queue = self._queue
        if queue is None:
            return
        if queue.full() or (self._has_missed and not queue.empty()):
            self._has_missed = True
            return
        if self._has_missed:
            self._has_missed = False
            self.on_missed()
        super().write(data)

    def stop_application_mode(self) -> None:
        """Put the terminal back; where the user leaves, within a second or so."""
        queue = self._queue
        if queue is not None and self._is_leaving:
            ends_at_s = time.monotonic() + LEAVE_S
            while queue.qsize() > _WAITING_MOST and time.monotonic() < ends_at_s:
                time.sleep(_LOOK_S)  # the event loop has ended: nobody else waits
            if queue.qsize() > _WAITING_MOST:
                self._give_up()
        self._has_missed = False
        with self._not_stopped_in_background():
            super().stop_application_mode()

    def disable_input(self) -> None:
        """Heed no keys any more."""
        with self._not_stopped_in_background():
            super().disable_input()

    def close(self) -> None:
        """End the writer thread, where it still runs."""
        queue, thread = self._queue, self._writer_thread
        if queue is None or thread is None:
            return
        if not self._is_leaving:
            super().close()
            return
        queue.put(None)
        thread.join(LEAVE_S)
        if thread.is_alive():
            self._give_up()

    @property
    def _queue(self) -> Queue[str | None] | None:
        """What waits to be written; None where nobody writes it."""
        thread = self._writer_thread
        if thread is None or not thread.is_alive():
            return None
        return thread._queue  # noqa: SLF001 - Textual does not say whether there is room

    @property
    def _is_leaving(self) -> bool:
        """Whether the program ends, and is not only stopped for a while."""
        return self._app.return_code is not None

    def _give_up(self) -> None:
        """The thread hangs in a write. That returns when a signal interrupts it, and is done again,
        by Python, to what is nowhere by then."""
        cast(LosableFile, self._file).lose()
        thread = self._writer_thread
        if thread is None or thread.ident is None:
            return
        before = signal.signal(signal.SIGURG, lambda _number, _frame: None)
        signal.pthread_kill(thread.ident, signal.SIGURG)
        thread.join(_DELIVERED_S)
        signal.signal(signal.SIGURG, before)

    # The terminal is gone

    def _on_loss(self) -> None:
        """From any thread: there is nobody left to show anything to."""
        if self._is_lost or self._running_loop is None:
            return
        self._is_lost = True
        with suppress(RuntimeError):  # the loop is closed: the program is ending anyway
            self._running_loop.call_soon_threadsafe(self._leave)

    def _leave(self) -> None:
        if self._app.return_code is None:  # else it is leaving, for a reason of its own
            self._app.exit(return_code=LOST_TERMINAL_EXIT_CODE)

    def run_input_thread(self) -> None:
        """Pass on keys and mouse until told to end, or until the terminal is gone.

        Textual's own asks a vanished terminal again and again without a pause, or dies of it with
        a traceback.
        """
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        poll = select.poll()
        poll.register(self.fileno, select.POLLIN)
        while not self.exit_event.is_set():
            if poll.poll(_POLL_MS):
                try:
                    read = os.read(self.fileno, 4096)
                except OSError:
                    read = b""
                if read:
                    for message in parser.feed(decode(read)):
                        self.process_message(message)
                elif not self.input_tty:
                    break
                elif self._is_gone():
                    self._on_loss()
                    break
                else:
                    self.exit_event.wait(_POLL_MS / 1000)
            for message in parser.tick():
                self.process_message(message)
        with suppress(EOFError, ParseError):
            for _message in parser.feed(""):
                pass

    def _is_gone(self) -> bool:
        try:
            termios.tcgetattr(self.fileno)
        except termios.error:
            return True
        return False

    # The terminal is given to others for a while

    @property
    def can_suspend(self) -> bool:
        """Whether the caller lets us be stopped."""
        return not self._is_stop_ignored

    def _handle_stops(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._is_stop_ignored:
            loop.add_signal_handler(signal.SIGTSTP, self._stop)
        loop.add_signal_handler(signal.SIGCONT, self._continue)

    def stop_job(self) -> None:
        """Stop all of the job: were it us alone, a script around us would wait, and the shell not
        be back. The terminal is left before: once the script is stopped it is the shell's, and who
        changes it then is stopped in the middle of that."""
        self._stop(with_others=True)

    def _stop(self, *, with_others: bool = False) -> None:
        """SIGTSTP: leave the terminal as it was, stop, and take it again once continued."""
        assert self._running_loop is not None
        self.suspend_application_mode()
        # Continuing is ours here: a handler would take the terminal a second time.
        self._running_loop.remove_signal_handler(signal.SIGCONT)
        # By the default action and not by SIGSTOP: where nobody could ever continue us (ssh -t, a
        # container), the kernel does not do it.
        self._running_loop.remove_signal_handler(signal.SIGTSTP)
        if with_others:
            # One signal to all, us too: were ours a second one, a script's shell could be back, and
            # continue us, between the two. Nobody would continue us after that.
            os.killpg(0, signal.SIGTSTP)
        else:
            signal.raise_signal(signal.SIGTSTP)
        self._take_again()

    def _continue(self) -> None:
        """SIGCONT after a SIGSTOP, of which we had no notice: the shell has used the terminal."""
        self._wait_for_foreground()
        self.suspend_application_mode()
        self._take_again()

    def _take_again(self) -> None:
        self._wait_for_foreground()
        self._must_signal_resume = True
        self.start_application_mode()

    @contextmanager
    def _not_stopped_in_background(self) -> Iterator[None]:
        """There (`timeout`, or `kill` after `bg`) the terminal is the shell's: who put it back
        would change it under the shell's hands, and be stopped for it instead of ending."""
        if self._is_in_foreground():
            yield
            return
        self.attrs_before = None
        before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        try:
            yield
        finally:
            signal.signal(signal.SIGTTOU, before)

    def _is_in_foreground(self) -> bool:
        try:
            return os.tcgetpgrp(self.fileno) == os.getpgrp()
        except OSError:  # no terminal, or none of ours
            return True

    def _wait_for_foreground(self) -> None:
        """In the background (`bg`) the kernel stops whoever changes the terminal, until `fg`."""
        with suppress(termios.error):
            termios.tcsetattr(self.fileno, termios.TCSANOW, termios.tcgetattr(self.fileno))
