"""A process that is killed outright, in whatever it was doing, has lost nothing it acknowledged."""

import subprocess
import sys
import time
from pathlib import Path

from recommender_store.event_log.log import EventLog
from recommender_store.objects.folder import FolderObjects
from recommender_store.objects.scope import Scope
from tests.recommender_store.event_log.canonical import ids

WRITE_AND_COMPACT = """
import sys
from pathlib import Path
from recommender_store.event_log.log import EventLog
from recommender_store.objects.folder import FolderObjects
from recommender_store.objects.scope import Scope
from tests.recommender_store.event_log.canonical import event, written

log = EventLog(Scope(FolderObjects(Path(sys.argv[1]))))
for number in range(10_000):
    written(log, event(f"{sys.argv[2]}-{number}"))
    print(f"{sys.argv[2]}-{number}", flush=True)
    log.compact()
"""


def killed_after(root: Path, name: str, delay_s: float) -> list[str]:
    """What a process acknowledged before it was killed."""
    command = [sys.executable, "-c", WRITE_AND_COMPACT, str(root), name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        first = child.stdout.readline()
        time.sleep(delay_s)
        child.kill()
        return [line.strip() for line in [first, *child.stdout]]


def test_a_killed_process_has_lost_and_doubled_nothing(tmp_path: Path) -> None:
    root = tmp_path / "store"
    acknowledged = []
    for turn, delay_s in enumerate((0.02, 0.31, 0.67)):
        acknowledged += killed_after(root, f"p{turn}", delay_s)

    log = EventLog(Scope(FolderObjects(root)))
    told = ids(log)
    log.compact()

    assert set(acknowledged) <= set(told)
    assert len(told) == len(set(told)) <= len(acknowledged) + 3
    assert ids(log) == told
    assert sum(file.rows for file in log.state().files.files) == len(told)
