"""The ledger of a log in a store: it balances, or says by how much not and what that means."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender_api.accounting.checks import check_files
from recommender_api.accounting.statement import draw_up
from recommender_store.errors import SegmentCorrupt
from recommender_store.event_log.flow import DayFlow
from recommender_store.opening import open_store
from recommender_store.settings import StoreSettings
from recommender_store.tenant_space import TenantSpace
from tests.recommender_api.accounting.replica import (
    AUTHOR,
    DAY,
    LATER_S,
    NOON_S,
    Replica,
    check_of,
    land_late,
    ledger_of,
    log,
)
from tests.recommender_api.accounting.sdk import PaperSdk


def test_an_empty_ledger_balances(space):
    document = draw_up(space, [DAY], now_s=LATER_S)

    assert (document.state, document.unaccounted) == ("balanced", 0)
    assert document.days[0].received.events == 0


def test_a_day_is_told_from_being_received_to_parquet(space):
    replica = Replica(space, "a")
    replica.take([1, 2, 3], duplicates=2, rejected=1)
    replica.take([3, 4], sdk=None)
    replica.write(goodbye=True)
    space.events.compact()
    log_later = Replica(space, "b")
    log_later.take([5])
    log_later.write(goodbye=True)

    day = ledger_of(space)

    assert day.state == "balanced"
    assert (day.received.events, day.received.accepted, day.received.duplicates) == (9, 6, 2)
    assert day.received.rejected_by_code == {"time_too_old": 1}
    assert (day.log.accepted, day.log.in_parquet, day.log.pending, day.log.folded) == (6, 4, 1, 1)


def test_events_that_were_acknowledged_and_are_not_in_the_log_are_unaccounted_for(space):
    replica = Replica(space, "a")
    replica.take([1, 2, 3])
    with replica.tally.entry(NOON_S, None) as entry:
        entry.settle(4, 0, [])
    replica.write(goodbye=True)

    day = ledger_of(space)

    assert (day.state, day.unaccounted) == ("unaccounted", 4)
    assert "store check" in check_of(day, "received").sentence


def test_a_replica_that_was_killed_is_named_and_its_events_are_accounted_for(space):
    replica = Replica(space, "a")
    replica.take([1, 2])
    replica.write()
    replica.take([3, 4, 5])

    day = ledger_of(space)

    assert (day.state, day.unaccounted) == ("balanced", 0)
    assert check_of(day, "received").difference == -3
    assert "did not say goodbye" in check_of(day, "received").sentence


def test_events_that_came_past_every_replica_are_unaccounted_for_and_not_lost(space):
    Replica(space, "a").take([1])
    replica = Replica(space, "b")
    replica.take([2])
    replica.write(goodbye=True)

    day = ledger_of(space)

    assert (day.state, day.unaccounted) == ("unaccounted", 1)
    assert "nothing is lost" in check_of(day, "received").sentence


def test_a_write_that_failed_and_landed_all_the_same_balances(space):
    replica = Replica(space, "a")
    with pytest.raises(OSError, match="late"):
        land_late(replica, [1, 2])
    replica.take([1, 2])
    replica.write(goodbye=True)
    space.events.compact()

    day = ledger_of(space)

    assert (day.state, day.log.folded, day.received.unacknowledged) == ("balanced", 2, 2)
    assert "reported an error" in check_of(day, "received").sentence


def test_a_segment_that_vanished_is_unaccounted_for(space, tmp_path):
    replica = Replica(space, "a")
    replica.take([1, 2, 3])
    replica.write(goodbye=True)
    (segment,) = (tmp_path / "store").rglob("*.jsonl.zst")
    segment.unlink()

    day = ledger_of(space)

    assert (day.state, day.unaccounted) == ("unaccounted", 3)


def test_counts_of_sdks_that_no_replica_knows_are_found_in_the_log_where_they_lie(space):
    replica, sdk = Replica(space, "a"), PaperSdk()
    for ids in ([1], [2, 3], [4]):
        sdk.offer(len(ids))
        header = sdk.header()
        if ids == [2, 3]:
            log(space, ids)
        else:
            replica.take(ids, sdk=header)
            replica.write()
        sdk.told(len(ids))

    day = ledger_of(space)

    assert day.state == "balanced"
    assert "2 lie in the log" in check_of(day, "sdk_delivered").sentence


def test_events_that_sdks_believe_delivered_and_nobody_has_are_unaccounted_for(space):
    replica, sdk = Replica(space, "a"), PaperSdk()
    for ids in ([1], [2, 3], [4]):
        sdk.offer(len(ids))
        header = sdk.header()
        if ids != [2, 3]:
            replica.take(ids, sdk=header)
        sdk.told(len(ids))
    replica.write(goodbye=True)

    day = ledger_of(space)

    assert (day.state, day.unaccounted) == ("unaccounted", 2)
    assert "202 by itself" in check_of(day, "sdk_delivered").sentence


def test_an_sdk_that_fell_silent_with_events_in_memory_is_named_with_their_number(space):
    replica, sdk = Replica(space, "a"), PaperSdk()
    sdk.offer(5)
    replica.take([1, 2], sdk=sdk.header())
    replica.write(goodbye=True)

    talking, silent = ledger_of(space, now_s=NOON_S + 1), ledger_of(space)

    assert (talking.state, talking.unaccounted) == ("in flight", 0)
    assert (silent.state, silent.unaccounted) == ("unaccounted", 3)
    assert "fell silent while they held 3 events" in check_of(silent, "left_behind").sentence


def test_what_sdks_dropped_and_refused_is_a_loss_with_a_reason(space):
    replica, sdk = Replica(space, "a"), PaperSdk(dropped=7, rejected=2)
    sdk.offer(3)
    replica.take([1, 2], rejected=1, sdk=sdk.header())
    replica.write(goodbye=True)

    day = ledger_of(space)

    assert day.state == "balanced"
    assert day.offered.offered == 12
    losses = {loss.what: loss.events for loss in day.losses}
    assert losses == {"dropped_by_sdk": 7, "rejected_by_sdk": 2, "time_too_old": 1}


def test_reports_that_do_not_add_up_are_named(space):
    replica, sdk = Replica(space, "a"), PaperSdk()
    sdk.offer(5)
    replica.take([1], sdk=sdk.header().replace("offered=5", "offered=9"))
    replica.write(goodbye=True)

    assert check_of(ledger_of(space, now_s=NOON_S + 1), "sdk_adds_up").unaccounted == 4


def test_a_batch_of_rejects_and_a_page_that_cannot_be_read_are_told(space, tmp_path):
    Replica(space, "a").write()
    path = tmp_path / "store/tenants/shop/ledger/2026-11-20/z.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"{")

    assert "2026-11-20/z.json" in draw_up(space, [DAY], now_s=LATER_S).notes[0]


def test_parquet_files_with_other_rows_than_flowed_in_are_unaccounted_for():
    flow = {DAY.isoformat(): DayFlow(compacted=12, folded=2, imported=5, expired=1, erased=1)}

    assert check_files(13, flow).state == "balanced"
    assert check_files(11, flow).unaccounted == 2


def test_a_page_of_a_day_that_is_past_its_retention_misses_nothing(space):
    replica = Replica(space, "a")
    with replica.tally.entry(NOON_S, None) as entry:
        entry.settle(4, 0, [])
    replica.write(goodbye=True)
    kept = space.settings().retention.model_copy(update={"events_days": 2})
    space.save_settings(space.settings().model_copy(update={"retention": kept}), author=AUTHOR)

    assert ledger_of(space).state == "balanced"


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("batch"), st.integers(0, 1), st.integers(0, 1), st.lists(st.integers(0, 9))
        ),
        st.tuples(st.just("lost answer"), st.integers(0, 1), st.integers(0, 1), st.just([])),
        st.tuples(st.just("compact"), st.just(0), st.just(0), st.just([])),
        st.tuples(st.just("restart"), st.integers(0, 1), st.just(0), st.just([])),
        st.tuples(st.just("write"), st.integers(0, 1), st.just(0), st.just([])),
    ),
    max_size=15,
)


class Story:
    """Two replicas and two SDKs; each batch goes to any replica, and may be sent again."""

    def __init__(self, space: TenantSpace) -> None:
        self.space = space
        self.names = Counter[str]()
        self.replicas = [self.started(), self.started()]
        self.sdks = [PaperSdk("a"), PaperSdk("b")]
        self.accepted = 0

    def started(self) -> Replica:
        self.names["replica"] += 1
        return Replica(self.space, f"replica-{self.names['replica']}")

    def play(self, what: str, replica: int, sdk: int, ids: list[int]) -> None:
        if what == "compact":
            self.space.events.compact()
        elif what == "restart":
            self.replicas[replica].write(goodbye=True)
            self.replicas[replica] = self.started()
        elif what == "write":
            self.replicas[replica].write()
        else:
            self.send(self.replicas[replica], self.sdks[sdk], ids, is_heard=what == "batch")

    def send(self, replica: Replica, sdk: PaperSdk, ids: list[int], *, is_heard: bool) -> None:
        if is_heard:
            sdk.offer(len(ids))
        chosen = ids or [1] * min(sdk.pending, 1)
        replica.take(chosen, sdk=sdk.header())
        self.accepted += len(chosen)
        if is_heard:
            sdk.told(len(ids))


@settings(max_examples=25, deadline=None)
@given(script=steps)
def test_whatever_happens_in_between_the_ledger_balances(tmp_path_factory, script):
    folder = tmp_path_factory.mktemp("story")
    url = f"file://{folder / 'store'}"
    store = open_store(StoreSettings(url=url, cache_dir=folder / "cache"), create=True)
    story = Story(store.create_tenant("shop", "Shop", author=AUTHOR))
    for what, replica, sdk, ids in script:
        story.play(what, replica, sdk, ids)
    for replica in story.replicas:
        replica.write(goodbye=True)

    day = ledger_of(story.space)

    assert (day.state, day.unaccounted) == ("balanced", 0), day.checks
    assert day.received.accepted == day.log.accepted == story.accepted
    assert day.log.in_parquet + day.log.pending + day.log.folded == story.accepted


def test_every_pending_segment_is_read_with_its_checksum(space, tmp_path):
    Replica(space, "a").take([1])
    (segment,) = (tmp_path / "store").rglob("*.jsonl.zst")
    segment.write_bytes(segment.read_bytes()[:-1])

    with pytest.raises(SegmentCorrupt):
        draw_up(space, [DAY], now_s=LATER_S)


def test_answers_that_were_written_down_are_counted_apart_and_balance(space):
    replica = Replica(space, "a")
    replica.take([1, 2])
    with replica.tally.entry(NOON_S, None) as entry:
        log(space, [3, 4, 5])
        entry.settle_served(3)
    replica.write(goodbye=True)

    day = ledger_of(space)

    assert (day.state, day.unaccounted) == ("balanced", 0)
    assert (day.received.events, day.received.accepted, day.received.served) == (2, 2, 3)
    assert day.log.accepted == 5


def test_answers_whose_write_failed_and_that_are_there_all_the_same_are_explained(space):
    replica = Replica(space, "a")
    replica.take([1])
    with pytest.raises(OSError, match="late"):
        land_late(replica, [2, 3])
    replica.write(goodbye=True)

    day = ledger_of(space)

    assert (day.received.served, day.unaccounted) == (0, 0)
