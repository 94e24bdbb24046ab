"""
From logs to live recommendations: look → readiness → import → train → first answers → key.

Each step keeps what it made and finds it again, so that the same command goes on where it was
refused, killed, or had come to its end. A log that is not ready is not imported: what a wrong
mapping brings could not be told from what the right one brings later.
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recommender_cli.events import chosen_mapping, import_log_as, tell_readiness
from recommender_cli.import_progress import import_progress
from recommender_cli.output import say
from recommender_cli.stores import author
from recommender_cli.training_progress import durations_before, training_progress

from .first_answers import Example, busiest, first_answers
from .hand_over import curl_line, snippet
from .telling import Refused, Telling

if TYPE_CHECKING:
    from recommender_api.foreign_logs.findings.finding import Finding
    from recommender_api.foreign_logs.item_mapping import ItemMapping
    from recommender_cli.event_import import LogToImport
    from recommender_store.opening import Store
    from recommender_store.runs.record import Run

KEY_NAME = "onboarding"
WENT_WELL = ("promoted", "published")
"""How a training ends whose model is live, or whose canary decides."""


@dataclass(frozen=True)
class Wanted:
    """What somebody brings."""

    tenant: str
    logs: Sequence[Path]
    log_format: str = ""
    mapping: Path | None = None
    items: Sequence[Path] = ()
    """Files of items, beside what the log itself says of them."""
    endpoint: str = ""
    is_watched: bool = True
    telling: Telling = field(default_factory=Telling)


class Onboarding:
    """One tenant's way, over an opened store in which the tenant is."""

    def __init__(self, store: "Store", wanted: Wanted) -> None:
        self._store, self._wanted = store, wanted
        self._space = store.tenant(wanted.tenant)
        self._tell = wanted.telling
        self.document: dict[str, Any] = {"tenant": wanted.tenant, "steps": self._tell.steps}

    def run(self) -> dict[str, Any]:
        """
        All steps.

        Raises:
            Refused: where the log or the gate says no; `document` tells how far it came.
            ForeignLogError, StoreError, TrainerError: where something is wrong.
        """
        log = self._look()
        self._judge(log)
        grew = self._import(log)
        self._train(grew=grew)
        example = self._answer()
        self._hand_over(example)
        return self.document

    def _look(self) -> "LogToImport":
        from recommender_cli.event_import import LogToImport

        wanted = self._wanted
        with self._tell.step("looking") as told:
            found, mapping = chosen_mapping(list(wanted.logs), wanted.log_format, wanted.mapping)
            paths = list(found.paths) if found and len(wanted.logs) == 1 else list(wanted.logs)
            log = LogToImport(paths, mapping, found)
            known = found.format if found else None
            why = "; ".join(found.why) if found else f"mapped by {wanted.mapping}"
            told.sentence = f"{log.name}: {known + ': ' if known else ''}{why}"
            self.document["format"] = known
            self.document["mapping"] = mapping.model_dump(mode="json", exclude_none=True)
        return log

    def _judge(self, log: "LogToImport") -> None:
        from recommender_api.foreign_logs.readiness import readiness

        with self._tell.step("readiness") as told, self._progress() as progress:
            report = readiness(
                log.paths,
                log.mapping,
                received_at=datetime.now(UTC),
                known_items=self._known_items(log),
                progress=progress,
            )
            self.document["readiness"] = report.model_dump(mode="json")
            if self._wanted.is_watched:
                tell_readiness(report)
            if not report.is_ready:
                raise Refused("readiness", *_first(report.findings))
            told.sentence = (
                f"{report.events:,} events of {report.users:,} users with {report.items:,} items"
            )

    def _import(self, log: "LogToImport") -> bool:
        """Whether the log holds what no training of it has seen."""
        with self._tell.step("importing") as told, self._progress() as progress:
            done = import_log_as(self._space, log, progress)
            items = done["items"] + self._import_items()
            self.document["import"] = done | {"items": items}
            told.sentence = f"{done['new_events']:,} new events"
            if "imported_at" in done:
                told.sentence = "imported before, nothing is new"
            told.sentence += f", {items:,} items" if items else ""
            if not any(True for _ in self._space.catalog.state()):
                say("nothing is known of the items: titles come with --items, or `items import`")
        return self._is_news(done)

    def _is_news(self, done: dict[str, Any]) -> bool:
        """An earlier run may have imported it, and died or been refused when it trained."""
        runs = self._space.runs.newest_first()
        newest = next((run for run in runs if run.kind == "training"), None)
        if newest is None or newest.status not in WENT_WELL or "imported_at" not in done:
            return True
        return datetime.fromisoformat(str(done["imported_at"])) > newest.started_at

    def _train(self, *, grew: bool) -> None:
        from trainers.jobs.options import TrainOptions
        from trainers.jobs.train import train

        with self._tell.step("training") as told:
            live = self._space.models.current().version
            if not grew:
                self.document["training"] = {"status": "promoted", "version": live}
                told.sentence = f"{live} is live, and nothing is new since"
                return
            with training_progress(durations_before(self._space)) as report:
                run = train(self._space, TrainOptions(), self._store.cache, report=report)
            self.document["training"] = run.model_dump(mode="json")
            if run.status not in WENT_WELL:
                raise Refused("training", run.code or run.status, run.sentence or "see the run")
            word = "is live" if run.status == "promoted" else "is tried by a canary"
            told.sentence = f"{run.version} {word}; {_passed(run)}"

    def _make_key(self) -> str | None:
        """Its secret; None where it was shown when an earlier run made it."""
        keys, now = self._space.keys, datetime.now(UTC)
        with self._tell.step("key") as told:
            live = [one for one in keys.records() if one.name == KEY_NAME and one.is_live(now)]
            if live:
                self.document["key"] = {"key_id": live[-1].key_id, "secret": None}
                told.sentence = (
                    f"{live[-1].key_id} was shown when it was made; lost? `recommender keys "
                    f"create --tenant {self._wanted.tenant}`"
                )
                return None
            made = keys.create(KEY_NAME, ["ingest", "serve"], author=author())
            self._space.announce("keys")
            record = made.record.model_dump(mode="json", exclude={"digest"})
            self.document["key"] = {**record, "secret": made.secret}
            told.sentence = f"{made.record.key_id} for sending events and asking, shown once below"
            return made.secret

    def _hand_over(self, example: Example) -> None:
        """Last: a secret that was made is shown, whatever went wrong before."""
        asked = (self._wanted.endpoint, self._wanted.tenant, self._make_key(), example)
        self.document["curl"], self.document["snippet"] = curl_line(*asked), snippet(*asked)

    def _answer(self) -> Example:
        with self._tell.step("answers") as told:
            example = busiest(self._space)
            answers = first_answers(self._store, self._space, example)
            self.document["recommendations"] = answers
            told.sentence = ", ".join(
                f"{one['placement']}: {len(one['items'])} items by {one['served_by']}"
                for one in answers
            )
        return example

    def _known_items(self, log: "LogToImport") -> set[str] | None:
        """The ids of the catalog to be; None where there will be none, or the log names all."""
        if log.mapping.items:
            return None
        known = {item_id for item_id, _ in self._space.catalog.state()}
        files = (log.items_beside, self._wanted.items)
        mappings = (log.found.item_mapping if log.found else None, None)
        for paths, mapping in zip(files, mappings, strict=True):
            if paths:
                with _items_in(paths, mapping) as path, path.open("rb") as lines:
                    known.update(json.loads(line)["item_id"] for line in lines)
        return known or None

    def _import_items(self) -> int:
        from recommender_cli.catalog_import import write_items

        if not self._wanted.items:
            return 0
        with _items_in(self._wanted.items, None) as path:
            return write_items(self._space, path)[0]

    def _progress(self) -> Any:
        return import_progress(wanted=self._wanted.is_watched)


@contextmanager
def _items_in(paths: Sequence[Path], mapping: "ItemMapping | None") -> Iterator[Path]:
    from recommender_api.foreign_logs.items import read_items

    with tempfile.TemporaryDirectory(prefix="recommender-items-") as folder:
        yield read_items(list(paths), into=Path(folder), mapping=mapping).path


def _first(findings: "Sequence[Finding]") -> tuple[str, str]:
    """The worst comes first."""
    return findings[0].code, findings[0].sentence


def _passed(run: "Run") -> str:
    gate = next((step.result for step in run.steps if step.name == "gate"), {})
    passed = [slot for slot, verdict in gate.items() if verdict["passed"]]
    return f"the gate let in {', '.join(passed)}"
