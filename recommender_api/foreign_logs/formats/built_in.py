"""
The table of built-in formats, and where each finds its events: a file or the folder it lies in.
"""

from pathlib import Path

from recommender_api.foreign_logs.errors import FormatUnknown

from .foreign_log import BuiltInFormat
from .movielens import MOVIELENS
from .online_retail import ONLINE_RETAIL
from .retailrocket import RETAILROCKET

FORMATS = {form.name: form for form in (MOVIELENS, ONLINE_RETAIL, RETAILROCKET)}
_COMPRESSED = ("", ".gz", ".zst", ".bz2")


def format_named(name: str) -> BuiltInFormat:
    """
    Look a format up.

    Raises:
        FormatUnknown: there is none of this name.
    """
    if name not in FORMATS:
        raise FormatUnknown(name, list(FORMATS))
    return FORMATS[name]


def event_file_in(folder: Path, forms: list[BuiltInFormat]) -> Path | None:
    """The file of events that lies in a folder under a name that one of the formats uses."""
    for form in forms:
        for name in form.event_files:
            for ending in _COMPRESSED:
                path = folder / f"{name}{ending}"
                if path.is_file():
                    return path
    return None
