"""
One daemon thread that runs a delivery, and what callers need of it: offer, flush, close, stats.

The thread starts on first use, and again in a forked child. No call here raises or waits for the
network; ``flush`` and ``close`` wait for the thread, never longer than they were given.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time

from .bell import Bell
from .buffer import Buffer
from .complaints import Complaints
from .config import Config
from .delivery import Delivery
from .errors import ConfigInvalid, DeliveryFailed, EventsDropped, LoggersSdkError
from .ledger import FlushResult, Ledger, Stats, Tally
from .lifecycle import close_with_worker, keep
from .spool import ADOPT_EVERY_S, Spool
from .transport import Transport

_HAS_LOCKS = os.name == "posix"
_POLL_S = 0.05
_PAUSE_AFTER_FAULT_S = 1.0
_JOIN_S = 0.2


class Courier:
    """A ledger, a buffer, a spool, a delivery and the thread that runs it."""

    def __init__(self, config: Config, transport: Transport, complaints: Complaints) -> None:
        self._config = config
        self._transport = transport
        self._complaints = complaints
        self._ledger = Ledger()
        self._buffer = Buffer(config.buffer_limit_events, config.buffer_limit_bytes, self._ledger)
        self._spool = self._open_spool()
        self._delivery = Delivery(
            config=config,
            ledger=self._ledger,
            buffer=self._buffer,
            spool=self._spool,
            transport=transport,
            complaints=complaints,
        )
        self._writes_through = config.durability == "spool_always"
        self._is_closed = False
        self._is_abandoned = False
        self._begin()
        keep(self)
        if self._spool is not None and self._spool.has_unread:
            self._start()

    def offer(self, line: bytes) -> None:
        """Take one encoded event."""
        if self._is_closed:
            self._ledger.add(Tally(dropped=1))
            self._complaints.tell(EventsDropped("the logger is closed", 1))
            return
        if self._writes_through and self._spool is not None and self._spool.offer(line):
            waiting = self._ledger.spooled
        else:
            waiting = self._buffer.offer(line)
        if self._bell.is_awaited or waiting == self._config.batch_limit_events:
            self._bell.ring()
        if self._thread is None:
            self._start()

    def reject(self, error: LoggersSdkError) -> None:
        """Count an event that was refused before it was taken."""
        self._ledger.add(Tally(rejected=1))
        self._complaints.tell(error)
        if self._thread is None and not self._is_closed:
            self._start()
        self._bell.ring()

    def stats(self) -> Stats:
        with self._ledger.lock:
            return self._ledger.snapshot(self._buffer.pending)

    def flush(self, timeout_s: float) -> FlushResult:
        """Deliver what there is, memory and spool, and return after ``timeout_s`` in any case."""
        deadline_s = time.monotonic() + timeout_s
        if self._is_closed or threading.current_thread() is self._thread:
            return self._result()  # nothing to wait for, or a hook that would wait for itself
        self._count_flushes(1)
        try:
            while not self._delivery.is_idle and time.monotonic() < deadline_s:
                self._progress(deadline_s)
        finally:
            self._count_flushes(-1)
        return self._result()

    def begin_close(self) -> None:
        """Hurry, without waiting."""
        self._exit_by_s = time.monotonic() + self._config.exit_timeout_s
        self._delivery.try_once_more()
        self._delivery.hurry()
        self._bell.ring()

    def close(self, timeout_s: float) -> FlushResult:
        """Flush, end the thread, and leave what remains on disk, or else count it as dropped."""
        if not self._is_closed:
            self.begin_close()
            self.flush(timeout_s)
            self._is_closed = True
            self._bell.ring()
            if self._thread is not None and self._thread is not threading.current_thread():
                self._thread.join(_JOIN_S)
            self._let_go()
            self._complaints.relay()
        return self._result()

    def close_at_exit(self) -> None:
        self.close(self._exit_by_s - time.monotonic())

    def abandon(self) -> None:
        """Nobody can offer any more: the thread ends when everything is delivered."""
        self._is_abandoned = True
        self._bell.ring()

    def restart_in_child(self) -> None:
        """What is queued or open is the parent's; the child begins with nothing."""
        self._begin()
        self._ledger.reset()
        self._buffer.clear()
        self._delivery.reset()
        self._complaints.forget()
        for let_go in (self._transport.close, self._spool.forget if self._spool else None):
            if let_go is not None:
                with contextlib.suppress(Exception):
                    let_go()

    def _begin(self) -> None:
        self._starting = threading.RLock()
        self._thread: threading.Thread | None = None
        self._flushes = 0
        self._exit_by_s = 0.0
        self._make_waiting_parts()

    def _make_waiting_parts(self) -> None:
        """
        Make what threads wait on: anew with each thread, from names looked up just then.

        A worker of a preloaded server is forked first and monkey-patched by gevent afterwards: a
        greenlet that waited on a lock from before would stop every other one.
        """
        self._bell = Bell()
        self._has_progressed = threading.Event()
        self._stepping = threading.Lock()

    def _count_flushes(self, change: int) -> None:
        with self._starting:
            self._flushes += change
            self._delivery.is_hurried = self._flushes > 0
            if change > 0:
                self._delivery.hurry()

    def _result(self) -> FlushResult:
        stats = self.stats()
        return FlushResult(stats.delivered, stats.spooled, stats.dropped, stats.pending)

    def _open_spool(self) -> Spool | None:
        config = self._config
        if config.spool_folder is None:
            return None
        if not _HAS_LOCKS:
            raise ConfigInvalid("spool_dir", "this system has no flock; leave the spool out")
        keeps_open = config.durability == "spool_always"
        spool = Spool(
            config.spool_folder,
            config.spool_limit_bytes,
            self._ledger,
            self._complaints,
            keeps_open=keeps_open,
        )
        try:
            if keeps_open:
                spool.open()
        except OSError as error:
            raise ConfigInvalid("spool_dir", f"cannot write there: {error.strerror}") from error
        spool.tidy(time.monotonic(), scan=True)
        return spool

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name="loggers-sdk-delivery", daemon=True)
        with self._starting:
            if self._thread is not None:
                return
            self._make_waiting_parts()
            self._thread = thread
        try:
            thread.start()
        except RuntimeError:  # the interpreter is ending, or the system has no thread to spare
            self._thread = None
        else:
            close_with_worker()

    def _run(self) -> None:
        while not self._is_closed:
            wait_s = self._step()
            self._has_progressed.set()
            if wait_s is None and self._is_abandoned:
                self._is_closed = True
                self._let_go()
            elif wait_s is None:
                self._idle()
            elif wait_s > 0:
                self._bell.wait(wait_s)

    def _step(self) -> float | None:
        try:
            with self._stepping:
                wait_s = self._delivery.step()
        except Exception as error:  # noqa: BLE001 the thread must outlive whatever it meets
            sentence = f"the delivery met {type(error).__name__}"
            self._complaints.tell(DeliveryFailed(None, self._buffer.pending, sentence))
            wait_s = _PAUSE_AFTER_FAULT_S
        self._complaints.relay()
        return wait_s

    def _idle(self) -> None:
        self._bell.is_awaited = True
        # An event that came in before the line above rang no bell.
        if self._buffer.waiting == 0 and not (self._spool and self._spool.has_unread):
            self._bell.wait(ADOPT_EVERY_S)
        self._bell.is_awaited = False

    def _progress(self, deadline_s: float) -> None:
        """Let the thread get on for a moment, or do its work here where there can be none."""
        if self._thread is None:
            self._start()
        remaining_s = max(0.0, min(_POLL_S, deadline_s - time.monotonic()))
        if self._thread is not None and self._thread.is_alive():
            self._has_progressed.clear()
            self._bell.ring()
            self._has_progressed.wait(remaining_s)
        else:
            time.sleep(min(self._step() or 0.0, remaining_s))

    def _let_go(self) -> None:
        lines = self._buffer.seize()
        written = self._spool.write(lines) if self._spool is not None else 0
        lost = len(lines) - written
        self._buffer.settle(lines, Tally(spooled=written, dropped=lost))
        if lost:
            self._complaints.tell(
                EventsDropped("the logger was closed before they were sent", lost)
            )
        if self._spool is not None:
            self._spool.close()
        self._transport.close()
