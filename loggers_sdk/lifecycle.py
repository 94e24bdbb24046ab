"""
What a process owes its loggers: new ones after a fork, and time to finish before it ends.

Loggers are known by weak references, so this keeps none alive. A forked child begins with empty
queues and fresh locks; an ending process drains every logger within its own budget.
"""

from __future__ import annotations

import atexit
import os
import sys
import weakref
from typing import Protocol


class Mortal(Protocol):
    """What can be begun again in a child and ended with the process."""

    def restart_in_child(self) -> None: ...

    def begin_close(self) -> None: ...

    def close_at_exit(self) -> None: ...


_alive: weakref.WeakSet[Mortal] = weakref.WeakSet()
_finalized_pid = 0


def keep(mortal: Mortal) -> None:
    _alive.add(mortal)


def close_with_worker() -> None:
    """
    Close with a worker process of multiprocessing or of Celery, too: forked ones run no atexit.

    Called when a delivery thread starts, since a worker forgets what it was told before its work.
    """
    global _finalized_pid  # noqa: PLW0603 once a process, and a fork copies the flag
    if _finalized_pid == os.getpid():
        return
    for library in ("multiprocessing", "billiard"):
        process = sys.modules.get(f"{library}.process")
        util = sys.modules.get(f"{library}.util")
        if process and util and process.current_process().name != "MainProcess":
            _finalized_pid = os.getpid()
            util.Finalize(None, _close_all, exitpriority=100)


def _restart_all() -> None:
    for mortal in list(_alive):
        mortal.restart_in_child()


def _close_all() -> None:
    mortals = list(_alive)
    for mortal in mortals:
        mortal.begin_close()
    for mortal in mortals:
        mortal.close_at_exit()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_restart_all)
