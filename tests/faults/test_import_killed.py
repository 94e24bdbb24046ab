"""
An import that is killed and started again leaves exactly what an undisturbed one leaves.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recommender_store.author import Author
from recommender_store.event_log.imports import ImportRecord
from recommender_store.opening import Store, open_store
from recommender_store.settings import StoreSettings
from recommender_store.tenant_space import TenantSpace

ROWS = 6_000
DAYS = 12
MAPPING = """
kind: view
time: {column: time, format: epoch_s}
fields: {user_id: user, item_id: item}
items: {title: title}
"""
CHILD = """
import sys
from pathlib import Path

from recommender_api.foreign_logs.mapping import LogMapping
from recommender_api.foreign_logs.staging.canonical import Cut
from recommender_cli.event_import import LogImport, LogToImport
from recommender_cli.import_progress import import_progress
from recommender_store.opening import open_store
from recommender_store.settings import StoreSettings

store, log = sys.argv[1:]
space = open_store(StoreSettings(url=store)).tenant("shop")
mapping = LogMapping.from_yaml('''{mapping}''')
with import_progress(wanted=False) as progress:
    this = LogImport(
        space, LogToImport([Path(log)], mapping, cut=Cut(block_events=500)), progress
    )
    print("begun", flush=True)
    if this.finished_before() is None:
        this.run(str)
print("done", flush=True)
"""


@pytest.fixture(name="log", scope="module")
def _log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows in no order, of which many are alike in every field."""
    chance = random.Random(7)
    rows = [
        f"u{chance.randrange(40)},i{chance.randrange(30)},"
        f"{1_700_000_000 + chance.randrange(DAYS) * 86_400},Title\n"
        for _ in range(ROWS)
    ]
    path = tmp_path_factory.mktemp("log") / "log.csv"
    path.write_text("user,item,time,title\n" + "".join(rows), encoding="utf-8")
    return path


def new_store(folder: Path) -> Store:
    store = open_store(StoreSettings(url=f"file://{folder}"), create=True)
    store.create_tenant("shop", "Shop", author=Author(by="test", origin="test"))
    return store


def import_into(folder: Path, log: Path, kill_when: Callable[[], bool] = bool) -> bool:
    """Run the import and kill it as soon as that is wished; tells whether it came to its end."""
    with subprocess.Popen(
        [sys.executable, "-c", CHILD.format(mapping=MAPPING), f"file://{folder}", str(log)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "begun\n"
        while child.poll() is None:
            if kill_when():
                child.send_signal(signal.SIGKILL)
                break
            time.sleep(0.002)
        return child.stdout.read() == "done\n"


def events_in(space: TenantSpace) -> list[dict[str, Any]]:
    """Every event but for when it came in, which differs between two imports."""
    events = [{**event, "received_at": None} for event in space.events.state().read()]
    return sorted(events, key=lambda event: str(event["event_id"]))


@pytest.fixture(name="undisturbed", scope="module")
def _undisturbed(log: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("whole") / "store"
    space = new_store(folder).tenant("shop")
    assert import_into(folder, log)
    return events_in(space)


@pytest.mark.parametrize("seed", range(2))
def test_killed_again_and_again_it_ends_with_the_same_log(
    log: Path, undisturbed: list[dict[str, Any]], tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    folder = tmp_path / "store"
    space = new_store(folder).tenant("shop")

    for _ in range(3):
        kill_at = time.monotonic() + chance.uniform(0.0, 1.2)
        import_into(folder, log, lambda at=kill_at: time.monotonic() > at)
    assert import_into(folder, log)

    assert len(undisturbed) == ROWS
    assert events_in(space) == undisturbed


def test_a_killed_import_goes_on_behind_what_it_had_stored(log: Path, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    space = new_store(folder).tenant("shop")

    is_done = import_into(folder, log, lambda: space.events.version() >= DAYS // 2)
    stored = space.events.version()
    assert import_into(folder, log)

    # Each block is a state of the log: none was stored twice, but for one that was not noted.
    assert not is_done
    assert DAYS // 2 <= stored < DAYS == space.events.version()
    (record,) = (folder / "tenants" / "shop" / "imports").iterdir()
    noted = ImportRecord.model_validate_json(record.read_bytes())
    assert noted.new_events + noted.duplicates == ROWS
    assert noted.duplicates <= 2 * ROWS // DAYS
    assert {event["received_at"] for event in space.events.state().read()} == {noted.received_at}
