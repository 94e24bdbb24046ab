"""
How often a hook failed its process lately: five times in a minute switch it off for a minute.
"""

from collections import deque
from math import inf
from typing import Final

STRIKES: Final = 5
WITHIN_S: Final = 60.0
OFF_S: Final = 60.0


class Strikes:
    """Of one hook."""

    def __init__(self) -> None:
        self._at: deque[float] = deque(maxlen=STRIKES)
        self._off_until = -inf

    def add(self, now_s: float) -> bool:
        """Count one; whether it was the last that is borne."""
        self._at.append(now_s)
        if len(self._at) < STRIKES or now_s - self._at[0] > WITHIN_S:
            return False
        self._at.clear()
        self._off_until = now_s + OFF_S
        return True

    def is_off(self, now_s: float) -> bool:
        return now_s < self._off_until
