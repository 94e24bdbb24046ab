"""
Who writes the parts of an export: this process, or several beside it.

Those beside it are spawned, never forked: a store's client has threads, which a fork would lose.
Each loads the tenant for itself, and ends with its parent, however that ends.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from multiprocessing.connection import wait as wait_for
from typing import TYPE_CHECKING, Any, NamedTuple

from recommender_api.export.exporter import Exporter
from recommender_api.export.parquet import Written
from recommender_api.export.place import Place
from recommender_api.export.plan import Part, Plan
from recommender_store.opening import Store

from .export_places import place_at
from .logs import configure_logs, leave_out_what_is_told
from .output import fail, sentence
from .stores import opened

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized
    from multiprocessing.synchronize import Event

LOOK_EVERY_S = 0.2
GRACE_S = 2.0
"""For who is left alone, to take away what was only half made."""
WAITING_PARTS = 2
"""Of each process, so that none waits for its next one."""


class Work(NamedTuple):
    """What is to be done, and who hears how far it is."""

    plan: Plan
    output: str
    processes: int
    tell: Callable[[int], None]
    """With the answers that there are."""


def written(store: Store, place: Place, work: Work, parts: Iterator[Part]) -> list[Written]:
    """
    Write the parts, in no order where several processes do.

    Raises:
        ExportError, ApiError, StoreError: whose parts are done stays done.
    """
    if work.processes > 1 and not store.settings.url.startswith("memory:"):
        return _written_beside(work, parts)
    exporter: Exporter | None = None
    answers, done = 0, []

    def tell(count: int) -> None:
        nonlocal answers
        answers += count
        work.tell(answers)

    for part in parts:
        exporter = exporter or Exporter(
            store.tenant(work.plan.tenant), store.cache, work.plan, place
        )
        done.append(exporter.export(part, tell))
    return done


def _written_beside(work: Work, parts: Iterator[Part]) -> list[Written]:
    context = multiprocessing.get_context("spawn")
    answers, stopping = context.Value("q", 0), context.Event()
    started = (work.plan, work.output, answers, stopping)
    done: list[Written] = []
    with ProcessPoolExecutor(work.processes, context, _start, started) as pool:
        try:
            waiting: set[Future[Written | str]] = set()
            while True:
                room = WAITING_PARTS * work.processes - len(waiting)
                with _deaf_to_ctrl_c():
                    waiting |= {pool.submit(_export, part) for part in islice(parts, room)}
                if not waiting:
                    return done
                ended, waiting = wait(waiting, LOOK_EVERY_S, FIRST_COMPLETED)
                work.tell(answers.value)
                done += [_checked(one.result()) for one in ended]
        except BrokenProcessPool:
            fail(
                "a process of the export was killed (is the memory used up?): run the same "
                "command again, it goes on; --processes 1 takes the least memory"
            )
        finally:
            stopping.set()
            pool.shutdown(cancel_futures=True)


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """
    For the time in which processes are started: they stay so. A Ctrl-C reaches every process of the
    terminal, and this one says when to end; to this one it comes a moment later.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _checked(told: Written | str) -> Written:
    if isinstance(told, str):
        fail(told)
    return told


class _Stopped(Exception):  # noqa: N818 - no error: somebody wants an end
    pass


class _Worker:
    """What a spawned process knows."""

    def __init__(
        self, plan: Plan, output: str, answers: "Synchronized[int]", stopping: "Event"
    ) -> None:
        self._plan = plan
        self._output = output
        self._answers = answers
        self._stopping = stopping
        self._is_loading = self._is_orphan = False

    @cached_property
    def exporter(self) -> Exporter:
        self._is_loading = True
        store = opened()
        place = place_at(self._output, store.settings)
        exporter = Exporter(store.tenant(self._plan.tenant), store.cache, self._plan, place)
        self._is_loading = False
        return exporter

    def mind(self) -> None:
        """End with the parent, whatever ends that; at its word, do not load to the end."""
        parent = multiprocessing.parent_process()
        sentinels = [] if parent is None else [parent.sentinel]
        while not wait_for(sentinels, LOOK_EVERY_S):
            if self._is_loading and self._stopping.is_set():
                os._exit(1)
        self._is_orphan = True
        time.sleep(0 if self._is_loading else GRACE_S)
        os._exit(1)

    def tell(self, count: int) -> None:
        if self._is_orphan or self._stopping.is_set():
            raise _Stopped
        with self._answers.get_lock():
            self._answers.value += count


_here: list[_Worker] = []


def _start(*started: Any) -> None:
    configure_logs(debug=False)
    leave_out_what_is_told()
    worker = _Worker(*started)
    threading.Thread(target=worker.mind, daemon=True).start()
    _here.append(worker)


def _export(part: Part) -> Written | str:
    """A part, or what went wrong, in a sentence: not every error can be sent."""
    (worker,) = _here
    try:
        return worker.exporter.export(part, worker.tell)
    except _Stopped:
        return "stopped"
    except Exception as error:  # noqa: BLE001 - the edge of a process
        return sentence(error)
