"""
Records of one kind by id: a single chain, whose newest revision holds them all.

So they are read in one go, changed together where they belong together, and each record still has
revisions of its own: an entry points at the chain's revision in which its record was written
before. Deleting leaves an entry without a value.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from recommender_store.author import Author
from recommender_store.errors import RecordUnreadable, RevisionConflict
from recommender_store.objects.revisions import Revision, RevisionChain

from .errors import RecordsFull

FORMAT = "policies/1"
RECORDS_LIMIT = 500
TOMBSTONES_LIMIT = 1_000
"""Deleted ids that are remembered, so that their revisions go on where they ended."""
_TRIES = 20
"""Somebody who changed another record meanwhile is no reason to give up."""

Value = dict[str, Any]


class Entry(msgspec.Struct, frozen=True, rename={"written_by": "by", "written_from": "from"}):
    """What was decided last about one id."""

    revision: int
    """Counts the decisions about this id."""
    number: int
    """The chain's revision in which it was written."""
    before: int
    """The chain's revision in which the decision before it was written; 0: there was none."""
    written_at: datetime
    written_by: str
    written_from: str
    value: Value | None
    """None: it was deleted."""


@dataclass(frozen=True)
class Records:
    """All records of a kind at one moment."""

    number: int
    entries: Mapping[str, Entry]
    """By id, the deleted ones too."""

    @property
    def values(self) -> dict[str, Value]:
        """What there is, by id in order."""
        found = ((record_id, self.entries[record_id].value) for record_id in sorted(self.entries))
        return {record_id: value for record_id, value in found if value is not None}


class RecordChain:
    """The records of one kind. Safe to share between threads."""

    def __init__(
        self, chain: RevisionChain, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._chain = chain
        self._clock = clock

    def read(self) -> Records:
        """
        Raises:
            RecordUnreadable: where they were written by a newer version of this code.
        """
        return _records(self._chain.head())

    def put(
        self, record_id: str, value: Value, *, author: Author, expected: int | None = None
    ) -> Entry:
        """
        Write one record; saying what is there already changes nothing.

        Args:
            record_id: its id.
            value: what it says from now on.
            author: who decides.
            expected: the record's revision that it replaces, 0 for none; None: whichever.

        Raises:
            RevisionConflict: where the record's newest revision is another.
            RecordsFull: where there are as many as there may be.
        """
        changed = self._change({record_id: value}, author, {record_id: expected})
        return changed.entries[record_id]

    def delete(
        self, record_id: str, *, author: Author, expected: int | None = None
    ) -> Entry | None:
        """Delete one record, by the same rules as `put`; None where there never was one."""
        return self._change({record_id: None}, author, {record_id: expected}).entries.get(record_id)

    def replace(self, values: Mapping[str, Value], *, author: Author) -> Records:
        """Have these records and no others, in one revision; none where nothing differs."""
        return self._change(values, author, {}, is_whole=True)

    def revisions(self, record_id: str, number: int | None = None) -> Iterator[Entry]:
        """
        Every decision about one id, the newest first.

        Args:
            record_id: its id.
            number: begin with what was written in this revision of the chain, not with the newest.
        """
        entry = self.read().entries.get(record_id) if number is None else None
        before = entry.before if entry is not None else number or 0
        if entry is not None:
            yield entry
        while before:
            entry = _records(self._chain.at(before)).entries[record_id]
            yield entry
            before = entry.before

    def _change(
        self,
        wanted: Mapping[str, Value | None],
        author: Author,
        expected: Mapping[str, int | None],
        *,
        is_whole: bool = False,
    ) -> Records:
        for tries_left in reversed(range(_TRIES)):
            known = self.read()
            _check(known, expected)
            target = {**dict.fromkeys(known.values), **wanted} if is_whole else wanted
            changed = self._changed(known, target, author)
            if not changed:
                return known
            records = _kept(Records(known.number + 1, {**known.entries, **changed}))
            try:
                self._chain.append(_written(records), author=author, expected=known.number)
            except RevisionConflict:
                if not tries_left:
                    raise
            else:
                return records
        raise AssertionError("the last try has returned or raised")

    def _changed(
        self, known: Records, wanted: Mapping[str, Value | None], author: Author
    ) -> dict[str, Entry]:
        values = known.values
        changed = {}
        for record_id, value in wanted.items():
            if values.get(record_id) == value:
                continue
            before = known.entries.get(record_id)
            changed[record_id] = Entry(
                revision=before.revision + 1 if before else 1,
                number=known.number + 1,
                before=before.number if before else 0,
                written_at=self._clock(),
                written_by=author.by,
                written_from=author.origin,
                value=value,
            )
        return changed


def _check(known: Records, expected: Mapping[str, int | None]) -> None:
    for record_id, revision in expected.items():
        entry = known.entries.get(record_id)
        current = entry.revision if entry is not None else 0
        # Whoever expects nothing there is right about a deleted record too.
        is_there = entry is not None and entry.value is not None
        if revision is not None and revision != current and (revision or is_there):
            raise RevisionConflict(expected=revision, current=current)


def _kept(records: Records) -> Records:
    """Without the oldest deletions beyond the limit."""
    if len(records.values) > RECORDS_LIMIT:
        raise RecordsFull(limit=RECORDS_LIMIT)
    gone = [one for one, entry in records.entries.items() if entry.value is None]
    gone.sort(key=lambda record_id: records.entries[record_id].number)
    forgotten = set(gone[: max(0, len(gone) - TOMBSTONES_LIMIT)])
    kept = {one: entry for one, entry in records.entries.items() if one not in forgotten}
    return Records(records.number, kept)


def _written(records: Records) -> Value:
    entries = {one: msgspec.to_builtins(entry) for one, entry in sorted(records.entries.items())}
    return {"format": FORMAT, "records": entries}


def _records(head: Revision | None) -> Records:
    if head is None or head.value is None:
        return Records(head.number if head is not None else 0, {})
    if head.value.get("format") != FORMAT:
        reason = f"it is {head.value.get('format')!r}, not {FORMAT!r}"
        raise RecordUnreadable(key=f"{head.number:012d}.json", reason=reason)
    try:
        entries = msgspec.convert(head.value["records"], dict[str, Entry])
    except (KeyError, msgspec.ValidationError) as error:
        raise RecordUnreadable(key=f"{head.number:012d}.json", reason=str(error)) from error
    return Records(head.number, entries)
