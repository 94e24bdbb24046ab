"""However events come in and whatever is done to the log, each is told once and in order."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from obstore.store import MemoryStore

from recommender_store.event_log import day_files
from recommender_store.event_log.compaction import GRACE
from recommender_store.event_log.log import EventLog
from recommender_store.event_log.remembered import EVENTS_PER_USER
from recommender_store.objects.bucket import BucketObjects
from recommender_store.objects.scope import Scope
from tests.recommender_store.event_log.canonical import event, parquet, written

identities = st.tuples(st.sampled_from("abcdef"), st.integers(17, 20))
batches = st.lists(identities, min_size=1, max_size=6)
writers = st.sampled_from([0, 1])


def spelt(identity: tuple[str, int]) -> dict[str, object]:
    event_id, day = identity
    return event(event_id, f"2026-11-{day}T10:00:00Z", user_id="u")


class LoggedOnce(RuleBasedStateMachine):
    """Two processes at one log; the model is the set of identities that ever came in."""

    @initialize(limit=st.sampled_from([1, 2, 8]))
    def begin(self, limit: int) -> None:
        self.usual = (day_files.FILES_PER_DAY_LIMIT, day_files.MERGED_DOWN_TO)
        day_files.FILES_PER_DAY_LIMIT, day_files.MERGED_DOWN_TO = limit, max(1, limit // 2)
        self.now = datetime(2026, 11, 20, tzinfo=UTC)
        self.scope = Scope(BucketObjects(MemoryStore()))
        self.logs = [EventLog(self.scope, lambda: self.now) for _ in range(2)]
        self.came: set[tuple[str, int]] = set()
        self.compacted: set[tuple[str, int]] = set()

    @rule(writer=writers, batch=batches)
    def append(self, writer: int, batch: list[tuple[str, int]]) -> None:
        written(self.logs[writer], *map(spelt, batch))
        self.came |= set(batch)

    @rule(writer=writers, batch=batches)
    def adopt(self, writer: int, batch: list[tuple[str, int]]) -> None:
        with TemporaryDirectory() as folder:
            path = parquet(Path(folder) / "in.parquet", list(map(spelt, batch)), once=False)
            growth = self.logs[writer].adopt([path])
        assert growth.new_events == len(set(batch) - self.compacted)
        assert growth.new_events + growth.duplicates == len(batch)
        self.came |= set(batch)
        self.compacted |= set(batch)

    @rule(writer=writers)
    def compact(self, writer: int) -> None:
        assert self.logs[writer].compact().new_events == len(self.came - self.compacted)
        self.compacted = set(self.came)

    @rule()
    def wait(self) -> None:
        self.now += GRACE + timedelta(seconds=1)

    @rule(writer=writers)
    def restart(self, writer: int) -> None:
        self.logs[writer] = EventLog(self.scope, lambda: self.now)

    @precondition(lambda self: self.came)
    @rule(writer=writers)
    def read(self, writer: int) -> None:
        told = [
            (one["event_id"], one["occurred_at"].day) for one in self.logs[writer].state().read()
        ]
        assert told == sorted(self.came, key=lambda identity: (identity[1], identity[0]))

    @rule(writer=writers)
    def recall(self, writer: int) -> None:
        users = {one.user_id: one for one in self.logs[writer].remembered()[0]}
        recalled = len(users["u"].items) if users else 0
        assert recalled == min(len(self.compacted), EVENTS_PER_USER)

    def teardown(self) -> None:
        if hasattr(self, "logs"):
            self.read(0) if self.came else None
            day_files.FILES_PER_DAY_LIMIT, day_files.MERGED_DOWN_TO = self.usual


TestLoggedOnce = LoggedOnce.TestCase
TestLoggedOnce.settings = settings(max_examples=12, stateful_step_count=12, deadline=None)
