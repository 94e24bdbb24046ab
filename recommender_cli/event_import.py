"""
One log into a tenant's event log, in blocks that are each durable before the next begins.

Killed at any moment and started again, it goes on behind the last block that was noted, with the
same ids and the same `received_at`: what comes of it is what an undisturbed import leaves. The same
files with the same mapping, once finished, are recognised and left alone.
"""

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recommender_api.foreign_logs.inspect import Inspection
from recommender_api.foreign_logs.items import read_items
from recommender_api.foreign_logs.mapping import LogMapping
from recommender_api.foreign_logs.reading import ReadReport, read_events
from recommender_api.foreign_logs.staging.canonical import Cut
from recommender_api.foreign_logs.tables.opening import check_is_file
from recommender_store.audit.deeds import Deed
from recommender_store.event_log.imports import ImportRecord
from recommender_store.tenant_space import TenantSpace

from .catalog_import import write_items
from .stores import author

if TYPE_CHECKING:
    from .import_progress import ImportProgress

FORMAT = "import/1"
"""Another number where the same rows give other ids than before."""


@dataclass(frozen=True)
class LogToImport:
    """What is imported and how."""

    paths: Sequence[Path]
    mapping: LogMapping
    found: Inspection | None = None
    """Where a built-in format was recognised: it may keep items in files of their own."""
    with_items: bool = True
    cut: Cut = field(default_factory=Cut)

    @property
    def name(self) -> str:
        return ", ".join(path.name for path in self.paths)

    @property
    def items_beside(self) -> tuple[Path, ...]:
        return self.found.item_paths if self.found is not None and self.with_items else ()

    def digest(self) -> str:
        """The same for the same bytes under the same mapping, wherever they lie."""
        whole = hashlib.sha256(f"{FORMAT} {self.with_items}".encode())
        whole.update(self.mapping.model_dump_json().encode())
        for path in (*self.paths, *self.items_beside):
            check_is_file(path)
            with path.open("rb") as file:
                whole.update(hashlib.file_digest(file, "sha256").digest())
        return whole.hexdigest()


class LogImport:
    """One import, from its record to its end."""

    def __init__(self, space: TenantSpace, log: LogToImport, progress: "ImportProgress") -> None:
        self._space = space
        self._log = log
        self._progress = progress
        self._digest = log.digest()

    def finished_before(self) -> ImportRecord | None:
        """The record of the same import, where it came to its end."""
        record = self._space.imports.find(self._digest)
        return record if record is not None and record.finished_at is not None else None

    def run(self, keep_rejects: Callable[[Path], str]) -> dict[str, Any]:
        """Import what is not there yet; tells what became of every row."""
        record = self._begun()
        with tempfile.TemporaryDirectory(prefix="recommender-import-") as name:
            folder = Path(name)
            report = read_events(
                self._log.paths,
                self._log.mapping,
                into=folder,
                received_at=record.received_at,
                cut=Cut(self._log.cut.block_events, record.stored_until),
                with_items=self._log.with_items and not self._log.items_beside,
                progress=self._progress,
                pseudonyms=self._space.pseudonyms(),
            )
            rejects = keep_rejects(report.reject_file) if report.reject_file else None
            record = self._store(report, record)
            document = {
                **report.model_dump(mode="json", exclude={"blocks", "reject_file", "items"}),
                "new_events": record.new_events,
                "duplicates": record.duplicates,
                "erased": report.events - record.new_events - record.duplicates,
                "items": self._write_items(report, folder / "beside"),
                "reject_file": rejects,
            }
        if report.events:
            self._note(document)
            self._save(record, finished_at=datetime.now(UTC), report=document)
        return document

    def _note(self, document: dict[str, Any]) -> None:
        told = {
            name: document[name]
            for name in ("events", "new_events", "duplicates", "erased", "items")
        }
        deed = Deed("events.imported", (self._digest,))
        self._space.audit.note(deed, author(), {"name": self._log.name, **told})

    def _begun(self) -> ImportRecord:
        """The record to go on from: one that a killed import left, or a new one."""
        imports = self._space.imports
        fresh = ImportRecord(name=self._log.name, received_at=datetime.now(UTC))
        record = imports.begin(self._digest, fresh)
        if record.finished_at is None:
            return record
        imports.save(self._digest, fresh)
        return fresh

    def _store(self, report: ReadReport, record: ImportRecord) -> ImportRecord:
        total = sum(block.events for block in report.blocks)
        stored = 0
        for block in report.blocks:
            if len(report.blocks) > 1:
                self._progress("storing", stored / total, stored)
            else:
                self._progress.step("storing")
            growth = self._space.adopt(block.files)
            if growth.new_events:
                self._space.announce("events")
            stored += block.events
            record = self._save(
                record,
                stored_until=block.until,
                new_events=record.new_events + growth.new_events,
                duplicates=record.duplicates + growth.duplicates,
            )
        return record

    def _write_items(self, report: ReadReport, folder: Path) -> int:
        path, beside = report.items, self._log.items_beside
        if beside and self._log.found is not None:
            path = read_items(beside, into=folder, mapping=self._log.found.item_mapping).path
        return write_items(self._space, path)[0] if path is not None else 0

    def _save(self, record: ImportRecord, **changes: Any) -> ImportRecord:
        record = record.model_copy(update=changes)
        self._space.imports.save(self._digest, record)
        return record
