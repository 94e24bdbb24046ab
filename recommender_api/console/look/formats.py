"""
Figures, times and states as people read them; pure.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400
NOTHING = "–"
SHOWN_CHARACTERS = 300
_SIZES = ((1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def count(value: float | None) -> str:
    """1,234."""
    return NOTHING if value is None else f"{value:,}"


def figure(value: float | None) -> str:
    """0.1234."""
    return NOTHING if value is None else f"{value:.4f}"


def change(value: float | None, beside: float | None) -> str:
    """How much more than another figure: +12 %."""
    if value is None or not beside:
        return NOTHING
    return f"{value / beside - 1:+.0%}"


def duration(seconds: float | None) -> str:
    """0.4 s, 12 s, 3 min, 5 h, 2 d."""
    if seconds is None:
        return NOTHING
    if seconds < 1:
        return f"{seconds:.1f} s"
    for unit_s, name in ((_DAY_S, "d"), (_HOUR_S, "h"), (_MINUTE_S, "min")):
        if seconds >= 2 * unit_s:
            return f"{seconds / unit_s:.0f} {name}"
    return f"{seconds:.0f} s"


def age(moment: datetime | None) -> str:
    """How long ago."""
    if moment is None:
        return NOTHING
    return f"{duration(max(0.0, (datetime.now(UTC) - moment).total_seconds()))} ago"


def minute(moment: datetime | str | None) -> str:
    """2026-11-20 03:15, in UTC."""
    if moment is None:
        return NOTHING
    read = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{read.astimezone(UTC):%Y-%m-%d %H:%M}"


def second(moment: datetime) -> str:
    """2026-11-20 03:15:07, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def number(value: float) -> str:
    """1,234 or 0.25."""
    return f"{value:,.15g}"


def size(value: float | None) -> str:
    """12 B, 3.4 kB, 5 GB: by thousands."""
    if value is None:
        return NOTHING
    for limit, unit in _SIZES:
        if value >= limit:
            return f"{value / limit:.3g} {unit}"
    return f"{value:.0f} B"


def written(value: Any) -> str:
    """A field of a record, short enough for a table."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def as_json(value: Any) -> str:
    """A record to be read and written by people."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def mood(state: str) -> str:
    """The class of a state's badge."""
    return _MOODS.get(state, "")


_MOODS = {
    **dict.fromkeys(
        ("live", "promoted", "imported", "measured", "passed", "on", "balanced", "added"), "good"
    ),
    **dict.fromkeys(
        ("failed", "refused", "unaccounted", "fault", "removed", "revoked", "error"), "bad"
    ),
    "note": "calm",
}


def kind_of_run(kind: str) -> str:
    """What a run is, for people."""
    return _KINDS_OF_RUNS.get(kind, kind)


_KINDS_OF_RUNS = {"training": "training", "import": "import", "measure": "measurement"}

FILTERS: Mapping[str, Callable[..., Any]] = {
    "count": count,
    "figure": figure,
    "change": change,
    "duration": duration,
    "age": age,
    "minute": minute,
    "second": second,
    "size": size,
    "value": written,
    "as_json": as_json,
    "mood": mood,
    "kind_of_run": kind_of_run,
}
