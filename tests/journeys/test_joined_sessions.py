"""Live history and training agree whom an anonymous event belongs to."""

import asyncio
from datetime import UTC, datetime

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from recommender_api.history.in_memory import InMemoryHistory
from recommender_models.weighting import Weighting
from recommender_store.artifacts.digests import Digests
from recommender_store.artifacts.known_users import rows_of
from recommender_store.event_log.log import EventLog
from recommender_store.objects.folder import FolderObjects
from recommender_store.objects.scope import Scope
from trainers.datasets.snapshot import take_snapshot

START_S = 1_780_000_000
DIGESTS = Digests(b"k" * 32)
USERS = ["ann", "étienne", "zoe"]

moments = st.integers(0, 8_000).map(
    lambda at: datetime.fromtimestamp(START_S + at / 2_000, UTC).isoformat()
)
views = st.fixed_dictionaries(
    {
        "kind": st.just("view"),
        "item_id": st.sampled_from(["a", "b", "c"]),
        "session_id": st.sampled_from(["s1", "s2"]),
        "occurred_at": moments,
    },
    optional={"user_id": st.sampled_from(USERS)},
)
joins = st.fixed_dictionaries(
    {
        "kind": st.just("identify"),
        "session_id": st.sampled_from(["s1", "s2"]),
        "user_id": st.sampled_from(USERS),
        "occurred_at": moments,
    }
)


@settings(max_examples=10, deadline=None)
@given(told=st.lists(views | joins, min_size=1, max_size=25), compacted=st.integers(0, 25))
def test_live_history_and_training_agree_whose_every_event_is(tmp_path_factory, told, compacted):
    assume(any(event["kind"] == "view" for event in told))
    log = EventLog(Scope(FolderObjects(tmp_path_factory.mktemp("log")), "tenants/shop/events"))
    events = [{"event_id": f"e{number}", **event} for number, event in enumerate(told)]
    log.append_events(events[:compacted], "2026-06-01T00:00:00Z")
    log.compact()
    log.append_events(events[compacted:], "2026-06-01T00:00:00Z")
    history = InMemoryHistory()
    history.reload(log)
    snapshot = take_snapshot(
        log.state(), Weighting({"view": 1.0}, 3.0), DIGESTS, window_days=None, threads=1
    )
    events_of = snapshot.interactions

    for user_id in USERS:
        (row,) = rows_of(DIGESTS.short_of_all("user", [user_id]), snapshot.users)
        of_user = events_of.where(events_of.actor == row)
        known = row >= 0
        learned = {
            (snapshot.items.id(item), at_us // 1_000)
            for item, at_us in zip(of_user.item.tolist(), of_user.at_us.tolist(), strict=True)
        }
        recalled = asyncio.run(history.recent(user_id, None)).events
        live = {(one.item_id, one.at_ms) for one in recalled}
        assert live == (learned if known else set())
