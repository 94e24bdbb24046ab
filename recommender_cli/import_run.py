"""
`recommender events import-run`: the job behind `POST /imports`, told as a run.

What it may read it decides by the tenant's settings as they are now, not as they were when it was
asked for.
"""

import os
import socket
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .job_trace import job_trace
from .options import Tenant
from .output import FAILED, REFUSED, emit, say
from .stores import opened

if TYPE_CHECKING:
    from recommender_store.opening import Store
    from recommender_store.runs.record import Run
    from recommender_store.tenant_space import TenantSpace

    from .event_import import LogToImport


def import_run(
    tenant: Tenant,
    run: Annotated[str, typer.Option(help="The run, as the API wrote it down.")],
) -> None:
    """
    Import what a run asks for; the API starts this.

    Example: recommender events import-run --tenant shop --run 20261120T…
    """
    from recommender_store.runs.pulse import beating

    store = opened()
    space = store.tenant(tenant)
    with job_trace("import", tenant=tenant, run=run), beating(space.runs.files(run)):
        ended = ImportRun(store, space, run).go()
    said = f"{ended.status}: {ended.sentence or 'see the step import'}"
    emit(ended.model_dump(mode="json"), as_json=False, lines=[said])
    if ended.status != "imported":
        raise typer.Exit(REFUSED if ended.status == "refused" else FAILED)


class ImportRun:
    """One import, from its order to its end; each revision of the record follows the one before."""

    def __init__(self, store: "Store", space: "TenantSpace", run_id: str) -> None:
        self._store, self._space, self._run_id = store, space, run_id
        self._run, self._number = space.runs.get(run_id), space.runs.newest(run_id)[1]

    def go(self) -> "Run":
        """
        Raises:
            RevisionConflict: where somebody cancelled it.
        """
        from recommender_api.foreign_logs.errors import ForeignLogError
        from recommender_store.errors import StoreError

        if self._run.status != "queued" or self._run.kind != "import":
            say(f"the run {self._run_id} is {self._run.status}: nothing to do")
            return self._run
        self._save(status="running", under_way="import")
        try:
            document, took_s = self._imported()
        except (ForeignLogError, StoreError) as error:
            say(f"error: {error} [{error.code}]")
            return self._end("failed", error.code, str(error))
        except MemoryError as error:
            return self._end("failed", "out_of_memory", f"memory ran out ({error})")
        return self._finish(document, took_s)

    def _imported(self) -> tuple[dict[str, Any], float]:
        from recommender_api.foreign_logs.import_places import allowed_place

        from .event_import import LogImport
        from .import_places import copies
        from .import_progress import import_progress

        began = time.perf_counter()
        prefixes = self._space.settings().imports.prefixes
        allowed = allowed_place(self._run.options["from"], prefixes, self._store.settings)
        with (
            tempfile.TemporaryDirectory(prefix="recommender-import-") as name,
            import_progress(wanted=False) as progress,
        ):
            log = self._log(Path(name), copies(allowed, Path(name), os.environ))
            this = LogImport(self._space, log, progress)
            before = this.finished_before()
            document = before.report if before else this.run(lambda _: "")
        if before:
            known = document["events"] - document.get("erased", 0)
            document = document | {"new_events": 0, "duplicates": known, "items": 0}
        return document | {"reject_file": None}, time.perf_counter() - began

    def _log(self, folder: Path, files: list[Path]) -> "LogToImport":
        from recommender_api.foreign_logs.errors import MappingInDoubt
        from recommender_api.foreign_logs.formats.built_in import FORMATS, event_file_in
        from recommender_api.foreign_logs.inspect import inspect_log
        from recommender_api.foreign_logs.mapping import LogMapping

        from .event_import import LogToImport

        options = self._run.options
        if "mapping" in options:
            return LogToImport(files, LogMapping.from_document(options["mapping"]))
        known = event_file_in(folder, list(FORMATS.values()))
        found = inspect_log(known or files[0], options.get("format"))
        if found.mapping is None or not found.is_unambiguous:
            raise MappingInDoubt(found.ambiguities)
        paths = found.paths if found.format and known else files
        return LogToImport(paths, found.mapping, found)

    def _finish(self, document: dict[str, Any], took_s: float) -> "Run":
        from recommender_store.runs.record import Step

        step = Step(name="import", duration_s=round(took_s, 3), result=document)
        if document["events"]:
            return self._end("imported", steps=(step,))
        sentence = "not one event could be read: see the reasons in the step import"
        return self._end("refused", "no_events", sentence, steps=(step,))

    def _end(
        self, status: str, code: str | None = None, sentence: str | None = None, **more: Any
    ) -> "Run":
        said = {"code": code, "sentence": sentence, "under_way": None}
        return self._save(status=status, ended_at=datetime.now(UTC), **said, **more)

    def _save(self, **changes: Any) -> "Run":
        from recommender_store.author import Author

        run = self._run.model_copy(update=changes)
        author = Author(by=f"run:{self._run_id}", origin=socket.gethostname())
        self._number = self._space.runs.save(run, author, expected=self._number)
        self._run = run
        return run
