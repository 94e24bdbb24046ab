"""
Say what went wrong: to the log, the same thing at most once in twenty seconds, and to a hook.

Errors come in from any thread, log lines go out at once; the hook is called by the delivery
thread, in the end by who closes, and whatever it raises ends here. Configures no logging and
repeats no payload.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable

from .errors import LoggersSdkError

SILENCE_S = 20.0
_QUEUE_LIMIT = 100
_SUBJECTS_LIMIT = 256

_log = logging.getLogger("loggers_sdk")
_log.addHandler(logging.NullHandler())

ErrorHook = Callable[[LoggersSdkError], object]


class Complaints:
    """Errors to tell; those for the hook wait, bounded, until ``relay``."""

    def __init__(
        self, on_error: ErrorHook | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._on_error = on_error
        self._clock = clock
        self._for_hook: deque[LoggersSdkError] = deque(maxlen=_QUEUE_LIMIT)
        self._said_at: dict[str, float] = {}
        self._unsaid = 0

    def tell(self, error: LoggersSdkError) -> None:
        if self._on_error is not None:
            self._for_hook.append(error)
        self._say(f"{error.code} {error.subject}", f"{error.code}: {error}")

    def relay(self) -> None:
        """Hand what waits to the hook."""
        while self._on_error is not None and self._for_hook:
            self._call(self._on_error, self._for_hook.popleft())

    def forget(self) -> None:
        """In a forked child: what waits is the parent's to tell."""
        self._for_hook.clear()

    def _call(self, hook: ErrorHook, error: LoggersSdkError) -> None:
        try:
            hook(error)
        except BaseException as raised:  # noqa: BLE001 a tenant's hook may even call sys.exit()
            self._say("hook", f"hook_failed: on_error raised {type(raised).__name__}; ignored")

    def _say(self, subject: str, text: str) -> None:
        now = self._clock()
        said_at = self._said_at.get(subject)
        if said_at is not None and now - said_at < SILENCE_S:
            self._unsaid += 1
            return
        if len(self._said_at) >= _SUBJECTS_LIMIT:
            self._said_at.clear()
        self._said_at[subject] = now
        unsaid, self._unsaid = self._unsaid, 0
        _log.warning("%s (lines left out before: %d)", text, unsaid)
