"""
Wake one thread from any other, from a signal handler too.

``ring`` never blocks and may interrupt itself (``SimpleQueue.put`` is made for that, an ``Event``
is not); rings that nobody has heard yet count as one.
"""

from __future__ import annotations

import queue


class Bell:
    """One thread waits, the others ring."""

    def __init__(self) -> None:
        self._rings: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._is_rung = False
        self.is_awaited = False

    def ring(self) -> None:
        if not self._is_rung:
            self._is_rung = True
            self._rings.put(None)

    def wait(self, timeout_s: float) -> None:
        try:
            self._rings.get(timeout=timeout_s)
        except queue.Empty:
            return
        finally:
            self._is_rung = False
