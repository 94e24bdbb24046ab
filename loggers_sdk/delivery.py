"""
Decide what to send next, send it, and book what became of it: one step at a time.

Batches come from memory and from the spool; each ends delivered, rejected, dropped or on disk.
A step does at most one request and then says how long there is nothing to do. Knows no threads:
who calls ``step`` is somebody else's matter, as long as it is one at a time.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from typing import Protocol

from .buffer import Buffer
from .complaints import Complaints
from .config import Config
from .errors import DeliveryFailed, EventRejected, EventsDropped, TransportFailed
from .ledger import Ledger, Tally
from .retry import Backoff
from .spool import Spool
from .transport import Answer, Transport
from .verdict import Fate, judge
from .wire import (
    FORMAT_VERSION,
    GZIP_FROM_BYTES,
    SDK_HEADER,
    SDK_VERSION,
    TRACE_HEADER,
    SdkReport,
    compress,
    join_batch,
    new_traceparent,
    write_report,
)

_SHELTER_EVERY_S = 0.25
"""While the platform cannot be reached, events move from memory to disk this often."""
_KEY_REFUSED = (401, 403)
_SPOOL_RESTS_S = 60.0
"""After the key was refused: keys are put right, and what lies on disk can wait for it."""


_KEPT = "what is spooled stays there"


class Source(Protocol):
    """Where batches are taken from: at most one is out at a time, then settled or given back."""

    def take(self, limit_events: int, limit_bytes: int) -> list[bytes]: ...

    def settle(self, lines: list[bytes], tally: Tally) -> None: ...

    def give_back(self, lines: list[bytes]) -> None: ...


class Delivery:
    """Memory, spool and transport, and when the next try is due."""

    def __init__(  # noqa: PLR0913 the parts that delivery is made of, each handed in
        self,
        *,
        config: Config,
        ledger: Ledger,
        buffer: Buffer,
        spool: Spool | None,
        transport: Transport,
        complaints: Complaints,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._buffer = buffer
        self._spool = spool
        self._transport = transport
        self._complaints = complaints
        self._clock = clock
        self._draw = draw
        self.reset()

    def reset(self) -> None:
        """Begin anew, as a forked child does: a session of its own, no failures yet."""
        self.is_hurried = False
        self._session = os.urandom(8).hex()
        self._sequence = 0
        self._limit_events = self._config.batch_limit_events
        self._waiting_since: float | None = None
        self._is_spool_next = True
        self._spool_rests_until_s = 0.0
        self._scans_wanted = self._scans_done = 0
        self._backoff = Backoff(self._config.retry)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is left to deliver, in memory or on disk."""
        if self._scans_done != self._scans_wanted or self._buffer.pending:
            return False
        if self._spool is None or self._spool.is_settled:
            return True
        return self._spool_rests_until_s > self._clock()

    def hurry(self) -> None:
        """Wait for no further events, and look for dead processes' files before being idle."""
        self.is_hurried = True
        self._scans_wanted += self._spool is not None

    def try_once_more(self) -> None:
        """Try soon although a back-off runs, but not before the server's own Retry-After."""
        self._backoff.try_once_more()

    def step(self) -> float | None:
        """Do one thing; returns the seconds until the next is due, or None: when woken."""
        now = self._clock()
        overflow = self._buffer.collect_overflow()
        if overflow:
            self._complaints.tell(EventsDropped("the buffer was full", overflow))
        scans_wanted = self._scans_wanted
        if self._spool is not None:
            self._spool.tidy(now, scan=self._scans_done != scans_wanted)
        self._scans_done = scans_wanted
        pause_s = self._backoff.next_try_at_s - now
        if pause_s > 0:
            self._shelter()
            return pause_s if self._spool is None else min(pause_s, _SHELTER_EVERY_S)
        source, wait_s = self._choose(now)
        if source is None:
            return wait_s
        return 0.0 if self._send(source) else self._config.linger_s

    def _choose(self, now: float) -> tuple[Source | None, float | None]:
        rest_s = self._spool_rests_until_s - now
        has_unread = self._spool is not None and self._spool.has_unread
        has_spooled = has_unread and rest_s <= 0
        if not self._buffer.waiting and not has_spooled:
            self._waiting_since = None
            return None, rest_s if has_unread else None
        if self._waiting_since is None:
            self._waiting_since = now
        wait_s = self._waiting_since + self._config.linger_s - now
        if wait_s > 0 and not self._is_due():
            return None, wait_s
        if has_spooled and (self._is_spool_next or not self._buffer.waiting):
            self._is_spool_next = False
            return self._spool, None
        self._is_spool_next = True
        return self._buffer, None

    def _is_due(self) -> bool:
        """Whether a batch is full, or old, or asked for."""
        if self.is_hurried or (self._spool is not None and self._spool.has_backlog):
            return True
        return max(self._buffer.waiting, self._ledger.spooled) >= self._config.batch_limit_events

    def _send(self, source: Source) -> bool:
        lines = source.take(self._limit_events, self._config.batch_limit_bytes)
        if not lines:
            return False
        self._waiting_since = None
        try:
            answer = self._transport.send(*self._pack(lines))
        except TransportFailed as error:
            self._postpone(source, lines, DeliveryFailed(None, len(lines), str(error)))
        except Exception as error:  # noqa: BLE001 a transport may be the tenant's own
            failure = DeliveryFailed(
                None, len(lines), f"the transport raised {type(error).__name__}"
            )
            self._postpone(source, lines, failure)
        else:
            self._book(source, lines, answer)
        return True

    def _pack(self, lines: list[bytes]) -> tuple[bytes, dict[str, str]]:
        self._sequence += 1
        with self._ledger.lock:
            stats = self._ledger.snapshot(self._buffer.pending)
        counts = stats._asdict()
        del counts["damaged"]
        report = SdkReport(
            f"python/{SDK_VERSION}", FORMAT_VERSION, self._session, self._sequence, **counts
        )
        headers = {SDK_HEADER: write_report(report), TRACE_HEADER: new_traceparent()}
        body = join_batch(lines)
        if len(body) < GZIP_FROM_BYTES:
            return body, headers
        return compress(body), {**headers, "Content-Encoding": "gzip"}

    def _book(self, source: Source, lines: list[bytes], answer: Answer) -> None:
        verdict = judge(answer, len(lines))
        if verdict.fate is Fate.RETRY:
            sentence = f"the endpoint answered {answer.status}"
            failure = DeliveryFailed(answer.status, len(lines), sentence)
            self._postpone(source, lines, failure, answer.retry_after_s or 0.0)
            return
        self._backoff.succeed()
        if verdict.fate is Fate.SPLIT and len(lines) > 1:
            source.give_back(lines)
            self._limit_events = (len(lines) + 1) // 2
        elif verdict.fate is Fate.SETTLED:
            self._settle(source, lines, verdict.rejected)
        elif source is self._spool and answer.status in _KEY_REFUSED:
            sentence = f"the endpoint answered {answer.status}: check tenant and api_key; {_KEPT}"
            self._complaints.tell(DeliveryFailed(answer.status, len(lines), sentence))
            source.give_back(lines)
            self._spool_rests_until_s = self._clock() + _SPOOL_RESTS_S
        else:
            sentence = "the whole request was refused; check endpoint, tenant and api_key"
            self._complaints.tell(EventRejected(f"http_{answer.status}", sentence))
            source.settle(lines, Tally(rejected=len(lines)))

    def _settle(
        self, source: Source, lines: list[bytes], rejected: tuple[EventRejected, ...]
    ) -> None:
        for rejection in rejected:
            self._complaints.tell(rejection)
        source.settle(lines, Tally(delivered=len(lines) - len(rejected), rejected=len(rejected)))
        self._limit_events = min(self._limit_events * 2, self._config.batch_limit_events)

    def _postpone(
        self,
        source: Source,
        lines: list[bytes],
        failure: DeliveryFailed,
        retry_after_s: float = 0.0,
    ) -> None:
        self._complaints.tell(failure)
        now = self._clock()
        self._backoff.fail(now, retry_after_s, self._draw())
        source.give_back(lines)
        self._shelter()
        if self._backoff.spend(now):
            self._give_up(len(lines))

    def _shelter(self) -> None:
        """Move memory to disk while the platform cannot be reached."""
        while self._spool is not None and self._buffer.waiting:
            lines = self._buffer.take(
                self._config.batch_limit_events, self._config.batch_limit_bytes
            )
            written = self._spool.write(lines)
            self._buffer.settle(lines, Tally(spooled=written), rest=lines[written:])
            if written == len(lines):
                continue
            if not (self._buffer.is_half_full and self._spool.make_room()):
                break

    def _give_up(self, events: int) -> None:
        lines = self._buffer.take(events, self._config.batch_limit_bytes)
        if lines:
            self._buffer.settle(lines, Tally(dropped=len(lines)))
            self._complaints.tell(EventsDropped("the retry budget is spent", len(lines)))
