"""For every day, what Parquet holds is what came in less what went."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from obstore.store import MemoryStore

from recommender_store.author import Author
from recommender_store.event_log.compaction import GRACE
from recommender_store.event_log.erasure import Actor
from recommender_store.event_log.flow import DayFlow
from recommender_store.event_log.log import EventLog
from recommender_store.objects.bucket import BucketObjects
from recommender_store.objects.scope import Scope
from tests.recommender_store.event_log.canonical import event, parquet, written


def flow_of(log: EventLog) -> dict[str, DayFlow]:
    return log.state().files.flow


def held(log: EventLog) -> Counter[str]:
    """Rows in Parquet by the day on which they were received."""
    state = log.state()
    with type(state)(state.scope, state.segments, state.files, ()).opened() as connection:
        rows = connection.execute(
            "SELECT received_at::DATE::VARCHAR, count(*) FROM files GROUP BY 1"
        ).fetchall()
    return Counter(dict(rows))


def without_sums(scope: Scope) -> None:
    """Make the newest list one that a version wrote that kept no sums."""
    head = scope.chain("files").head()
    if head is not None and head.value is not None:
        told = msgspec.json.decode(scope.get(head.value["list"]))
        told.pop("flow", None)
        scope.put("lists/older.json", msgspec.json.encode(told))
        author = Author(by="t", origin="t")
        scope.chain("files").append({"list": "lists/older.json"}, author=author)


def test_a_day_tells_what_was_compacted_folded_and_imported(memory: Scope, tmp_path: Path) -> None:
    log = EventLog(memory)
    written(log, event("e1"), event("e1"), event("e2"))
    log.append_events([event("e1")], "2026-11-21T00:00:01Z")
    log.compact()
    log.adopt([parquet(tmp_path / "in.parquet", [event("e2"), event("e3")])])

    assert flow_of(log) == {
        "2026-11-20": DayFlow(compacted=3, folded=1, imported=1),
        "2026-11-21": DayFlow(compacted=1, folded=1),
    }


def test_what_lay_there_before_the_sums_were_begun_counts_as_imported(memory: Scope) -> None:
    log = EventLog(memory)
    written(log, event("e1"), event("e2"))
    log.compact()
    without_sums(memory)
    assert not log.state().files.is_accounted

    log.compact()

    assert flow_of(log) == {"2026-11-20": DayFlow(imported=2)}


def test_the_sums_begin_with_whatever_step_comes_first(memory: Scope) -> None:
    log = EventLog(memory)
    written(log, event("e1"), event("e2"))
    log.compact()
    without_sums(memory)
    written(log, event("e2"), event("e3"))

    log.compact()

    assert flow_of(log) == {"2026-11-20": DayFlow(imported=2, compacted=2, folded=1)}


identities = st.tuples(st.sampled_from("abcdef"), st.integers(17, 20))
batches = st.lists(identities, min_size=1, max_size=6)


class Accounted(RuleBasedStateMachine):
    """One log, any interleaving of what can be done to it."""

    @initialize()
    def begin(self) -> None:
        self.now = datetime(2026, 11, 20, 20, tzinfo=UTC)
        self.scope = Scope(BucketObjects(MemoryStore()))
        self.log = EventLog(self.scope, lambda: self.now)

    @rule(batch=batches)
    def append(self, batch: list[tuple[str, int]]) -> None:
        self.log.append_events(list(map(spelt, batch)), self.now.isoformat())

    @rule(batch=batches)
    def adopt(self, batch: list[tuple[str, int]]) -> None:
        with TemporaryDirectory() as folder:
            path = parquet(Path(folder) / "in.parquet", list(map(spelt, batch)), once=False)
            self.log.adopt([path])

    @rule()
    def compact(self) -> None:
        self.log.compact()

    @rule()
    def forget_the_sums(self) -> None:
        without_sums(self.scope)

    @rule(day=st.integers(17, 21))
    def expire(self, day: int) -> None:
        self.log.expire(date(2026, 11, day))
        assert all(file.day >= f"2026-11-{day}" for file in self.log.state().files.files)

    @rule(who=st.sampled_from("abcdef"), column=st.sampled_from(["user_id", "session_id"]))
    def erase(self, who: str, column: Literal["user_id", "session_id"]) -> None:
        actor = Actor(column, f"{column[0]}-{who}")
        self.log.erase(actor)
        assert all(one.get(actor.column) != actor.actor_id for one in self.log.state().read())

    @rule()
    def wait(self) -> None:
        self.now += GRACE + timedelta(hours=3)

    @invariant()
    def balances(self) -> None:
        if self.log.state().files.is_accounted:
            sums = {day: one.held for day, one in flow_of(self.log).items() if one.held}
            assert sums == held(self.log)


def spelt(identity: tuple[str, int]) -> dict[str, object]:
    event_id, day = identity
    return event(
        event_id, f"2026-11-{day}T10:00:00Z", user_id=f"u-{event_id}", session_id=f"s-{event_id}"
    )


TestAccounted = Accounted.TestCase
TestAccounted.settings = settings(max_examples=5, stateful_step_count=8, deadline=None)
