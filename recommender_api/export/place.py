"""
Where an export lies: its plan, and the parts that are done, each of which is there whole or not.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from recommender_store.errors import KeyInvalid, StoreUnavailable

from .errors import ExportDiffers, OutputTaken, OutputUnwritable
from .plan import Plan, name_of

RECORD = "_export.json"
"""Readers of Parquet leave out what begins with an underscore."""
DONE = "_SUCCESS"


class _Found(Protocol):
    @property
    def key(self) -> str: ...


class Place(Protocol):
    """A folder or a bucket's prefix, as far as an export needs it."""

    def get(self, key: str) -> bytes: ...

    def put(self, key: str, data: bytes) -> None: ...

    def put_if_absent(self, key: str, data: bytes) -> bool: ...

    def upload(self, path: Path, key: str) -> None: ...

    def list(self, prefix: str) -> Iterator[_Found]: ...


def begun(place: Place, plan: Plan, output: str) -> set[int]:
    """
    Write the plan down, or go on with the same one; returns the numbers of the parts that are done.

    Raises:
        OutputTaken, OutputUnwritable, ExportDiffers; other errors of the store.
    """
    try:
        names = {found.key for found in place.list("")}
        if names and RECORD not in names:
            raise OutputTaken(output, min(names))
        if not place.put_if_absent(RECORD, plan.model_dump_json(indent=2).encode()):
            _check_same(plan, place.get(RECORD), output)
    except StoreUnavailable as error:
        raise OutputUnwritable(output, error.reason) from error
    except KeyInvalid as error:
        raise OutputUnwritable(output, "it is no folder") from error
    return {number for number in range(plan.part_count) if name_of(number) in names}


def _check_same(plan: Plan, recorded: bytes, output: str) -> None:
    try:
        other = Plan.model_validate_json(recorded)
    except ValidationError as error:
        raise OutputTaken(output, f"a {RECORD} that this version cannot read") from error
    if other != plan:
        raise ExportDiffers(output, plan.differences(other))
