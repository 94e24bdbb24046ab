"""
Make event ids: UUIDs of version 7, whose order follows the clock.

The generator is this module's own (a service that seeds ``random`` repeats no id) and is seeded
anew in a forked child. Ids are unique, not secret.
"""

from __future__ import annotations

import os
import time
from random import Random

_random = Random()  # noqa: S311 an id must be unique, not unguessable

if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_random.seed)

# Version 7 and variant 10, at their places in the 128 bits (RFC 9562, section 5.7).
_FIXED_BITS = (0x7 << 76) | (0b10 << 62)


def new_event_id() -> str:
    """Return 48 bits of milliseconds, 12 bits of their fraction and 62 random bits as a UUID."""
    milliseconds, rest_ns = divmod(time.time_ns(), 1_000_000)
    fraction = (rest_ns << 12) // 1_000_000
    bits = (milliseconds << 80) | (fraction << 64) | _FIXED_BITS | _random.getrandbits(62)
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
