"""One loaded tenant: what is new is read, what is broken is told and tried again."""

import asyncio
import shutil
import threading

import pytest

from recommender_api.history.in_memory import InMemoryHistory
from recommender_api.history.protocol import Deed
from recommender_api.recommend.pipeline import recommend
from recommender_api.recommend.request import from_body
from recommender_api.serving.live_tenant import LiveTenant
from recommender_api.serving.part import RETRY_S
from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.catalog.log import ItemFields
from recommender_store.errors import SegmentCorrupt
from tests.recommender_api.served import AUTHOR, store_in


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def space(folder):
    return store_in(folder).tenant("shop")


@pytest.fixture
def tenant(space, tmp_path, clock):
    live = LiveTenant(space, LocalCache(tmp_path / "own-cache", 10**9), InMemoryHistory(), clock)
    live.refresh()
    return live


def version_of(tenant):
    return tenant.loaded.bundle and tenant.loaded.bundle.manifest.version


def versions(space):
    """The one that was live before, and the one that is."""
    current = space.models.current()
    return [current.before, current.version]


def damage(folder, version):
    """Change a byte of each file of a published model; returns what makes it good again."""
    place = folder / "store" / "tenants" / "shop" / "artifacts" / version
    shutil.copytree(place, folder / "good")
    for path in place.rglob("*.npy"):
        path.write_bytes(path.read_bytes()[:-1] + b"\x55")
    return lambda: shutil.copytree(folder / "good", place, dirs_exist_ok=True)


def viewed(item_id, user_id="ann", at_ms=1_790_000_000_000):
    return Deed(user_id, None, "view", item_id, at_ms, None)


def add(tenant, deeds):
    asyncio.run(tenant.add(deeds))


def remembered(tenant, user_id, session_id):
    return asyncio.run(tenant.history.recent(user_id, session_id)).events


def answer(tenant, placement, **body):
    request = from_body(body)
    recalled = asyncio.run(tenant.history.recent(request.user_id, request.session_id))
    outcome = recommend(request, placement, tenant.loaded, recalled)
    ids = [outcome.question.loaded.items.id(pick.row) for pick in outcome.picked.picks]
    return ids, {warned.code for warned in outcome.warnings}, outcome


def test_a_promotion_is_followed(tenant, space):
    older, newer = versions(space)
    assert version_of(tenant) == newer

    space.models.promote(older, author=AUTHOR)
    tenant.refresh()

    assert version_of(tenant) == older


def test_a_broken_model_is_told_and_the_one_before_serves_on(tenant, space, folder):
    older, newer = versions(space)
    damage(folder, older)
    space.models.promote(older, author=AUTHOR)
    tenant.refresh()
    ids, codes, outcome = answer(tenant, "similar", item_id="item-000000")

    assert version_of(tenant) == newer
    assert outcome.question.is_degraded
    assert "degraded" in codes
    assert older in tenant.loaded.fault
    assert len(ids) == 10


def test_a_broken_model_is_tried_again_after_a_while_and_not_before(tenant, space, folder, clock):
    older, newer = versions(space)
    mend = damage(folder, older)
    space.models.promote(older, author=AUTHOR)
    tenant.refresh()
    mend()

    tenant.refresh()
    assert version_of(tenant) == newer
    assert not tenant.is_behind

    clock.now_s += RETRY_S
    assert tenant.is_behind
    tenant.refresh()

    assert version_of(tenant) == older
    assert tenant.loaded.fault is None


def test_a_broken_model_from_the_start_leaves_what_is_popular(space, folder, tmp_path):
    damage(folder, versions(space)[1])
    tenant = LiveTenant(space, LocalCache(tmp_path / "own-cache", 10**9), InMemoryHistory())
    tenant.refresh()
    ids, codes, outcome = answer(tenant, "for_you", user_id="user-000001")

    assert "degraded" in codes
    assert "no_model" not in codes
    assert outcome.served_by == "popular"
    assert len(ids) == 10


def test_going_back_from_a_broken_model_ends_the_trouble(tenant, space, folder):
    older, newer = versions(space)
    damage(folder, older)
    space.models.promote(older, author=AUTHOR)
    tenant.refresh()

    space.models.roll_back(author=AUTHOR)
    tenant.refresh()

    assert version_of(tenant) == newer
    assert tenant.loaded.fault is None


def test_a_broken_log_leaves_the_model_serving(space, folder, tmp_path):
    for segment in (folder / "store" / "tenants" / "shop" / "events").rglob("*.zst"):
        segment.write_bytes(segment.read_bytes()[:-5])
    tenant = LiveTenant(space, LocalCache(tmp_path / "own-cache", 10**9), InMemoryHistory())
    tenant.refresh()
    _, codes, outcome = answer(tenant, "similar", item_id="item-000000")

    assert "degraded" in codes
    assert outcome.served_by == "model"
    assert "history" in tenant.loaded.fault


def test_without_the_catalog_nothing_is_served(space, folder, tmp_path):
    segment = next((folder / "store" / "tenants" / "shop" / "catalog").rglob("*.zst"))
    segment.write_bytes(segment.read_bytes()[:-5])

    with pytest.raises(SegmentCorrupt):
        LiveTenant(space, LocalCache(tmp_path / "own-cache", 10**9), InMemoryHistory()).refresh()


def test_events_that_come_while_the_log_is_read_anew_are_kept(tenant, space):
    own_log, begun, go_on = space.events, threading.Event(), threading.Event()
    lines_after = own_log.lines_after

    reads = []

    def slow(marks):
        found = lines_after(marks)
        reads.append(len(found))
        if len(reads) == 2:  # what is popular was read first, the history comes now
            begun.set()
            go_on.wait(60)
        return found

    own_log.lines_after = slow
    own_log.append_events(
        [{"event_id": "e", "kind": "view", "user_id": "u", "item_id": "i"}
         | {"occurred_at": "2026-03-01T00:00:00Z"}],
        "2026-03-01T00:00:00Z",
    )  # fmt: skip
    own_log.compact()  # from here on, the files have moved
    reading = threading.Thread(target=tenant.refresh)
    reading.start()
    begun.wait(60)
    add(tenant, [viewed("item-000001")])
    go_on.set()
    reading.join()

    assert [event.item_id for event in remembered(tenant, "ann", None)] == ["item-000001"]
    assert [event.item_id for event in remembered(tenant, "u", None)] == ["i"]


def test_an_item_that_only_events_know_gets_its_row_without_anybody_telling(tenant, clock):
    clock.now_s += 60
    assert not tenant.is_behind
    add(tenant, [viewed("never heard of")])
    assert answer(tenant, "recently_viewed", user_id="ann")[0] == []

    assert tenant.is_behind
    tenant.refresh()

    assert answer(tenant, "recently_viewed", user_id="ann")[0] == ["never heard of"]


def test_an_item_that_another_process_took_in_gets_its_row_here_once_it_was_told_and_keeps_it(
    tenant, space, tmp_path, clock
):
    cache = LocalCache(tmp_path / "other-cache", 10**9)
    other = LiveTenant(space, cache, tenant.history, clock)
    other.refresh()
    add(tenant, [viewed("never heard of"), viewed("item-000001")])
    clock.now_s += 60
    assert not other.is_behind

    asyncio.run(other.recall("ann", None))
    assert other.is_behind
    other.refresh()
    clock.now_s += 60
    asyncio.run(other.recall("ann", None))

    assert not other.is_behind
    assert set(answer(other, "recently_viewed", user_id="ann")[0]) == {
        "never heard of",
        "item-000001",
    }
    assert "never heard of" not in answer(other, "popular", limit=200)[0]


def test_a_history_of_items_without_a_row_is_not_told_to_send_events(tenant):
    add(tenant, [viewed("never heard of")])
    outcome = answer(tenant, "recently_viewed", user_id="ann")[2]

    said = {warned.code: warned.detail for warned in outcome.warnings}
    assert said["empty"].endswith("new items join within a second, ask again")


def test_a_tenant_without_a_model_counts_what_happens(folder, tmp_path):
    space = store_in(folder).tenant("empty")
    tenant = LiveTenant(
        space, LocalCache(tmp_path / "own-cache", 10**9), InMemoryHistory(), Clock()
    )
    tenant.refresh()
    add(tenant, [viewed("a", "ann"), viewed("b", "ann"), viewed("b", "bob")])
    assert tenant.is_behind
    tenant.refresh()
    ids, codes, outcome = answer(tenant, "for_you")

    assert ids == ["b", "a"]
    assert outcome.served_by == "popular"
    assert codes == {"no_model"}


def test_a_request_ends_with_the_state_that_it_began_with(tenant, space):
    loaded = tenant.loaded
    space.catalog.write([ItemFields("item-000001", {"available": False})])
    tenant.refresh()
    row = loaded.items.row("item-000001")

    assert loaded.catalog.is_listed[row]
    assert not tenant.loaded.catalog.is_listed[tenant.loaded.items.row("item-000001")]


def test_a_value_of_another_type_is_missing_and_breaks_nothing(space, tmp_path):
    from recommender_store.catalog.change import ItemChange

    odd = ItemChange("item-000001", 2**60, "elsewhere", {"price": "cheap", "title": "kept"})
    space.catalog.append([odd])
    tenant = LiveTenant(space, LocalCache(tmp_path / "own-cache", 10**9), InMemoryHistory())
    tenant.refresh()
    row = tenant.loaded.items.row("item-000001")

    assert tenant.loaded.catalog.attributes(row, ["price", "title"]) == {"title": "kept"}
    assert "item-000001" not in answer(tenant, "popular", filter="price > 0", limit=200)[0]


def test_a_score_that_is_no_number_never_leaves(tenant):
    tenant.loaded.bundle.popular.__dict__["_scores"] = tenant.loaded.bundle.popular._scores.copy()
    tenant.loaded.bundle.popular._scores[:5] = [float("nan"), float("inf"), 1, float("-inf"), 1]
    picks = answer(tenant, "popular", limit=200)[2].picked.picks

    assert len(picks) > 100
    assert all(abs(pick.score) < 10**9 for pick in picks)


def test_a_visit_goes_on_over_a_compaction(tenant, space):
    event = {
        "event_id": "v1",
        "kind": "view",
        "session_id": "visit",
        "item_id": "item-000001",
        "occurred_at": "2026-09-21T14:13:20Z",
    }
    space.events.append_events([event], "2026-09-21T14:13:21Z")
    tenant.refresh()
    add(tenant, [Deed(None, "visit", "view", "item-000001", 1_790_000_000_000, None)])

    space.events.compact()
    tenant.refresh()

    assert [one.item_id for one in remembered(tenant, None, "visit")] == ["item-000001"]


def test_a_joined_visit_goes_on_over_a_compaction(tenant, space):
    at = "2026-09-21T14:13:20Z"
    view = {"event_id": "v1", "kind": "view", "session_id": "visit", "item_id": "item-000001"}
    join = {"event_id": "j1", "kind": "identify", "session_id": "visit", "user_id": "ann"}
    told = [{**view, "occurred_at": at}, {**join, "occurred_at": at}]
    space.events.append_events(told, "2026-09-21T14:13:21Z")
    space.events.compact()
    tenant.refresh()
    add(tenant, [Deed(None, "visit", "view", "item-000002", 1_800_000_000_000, None)])

    assert [one.item_id for one in remembered(tenant, "ann", None)[:2]] == [
        "item-000002",
        "item-000001",
    ]


def test_without_dates_and_events_the_catalog_is_still_served(folder, tmp_path):
    bare = store_in(folder).create_tenant("bare", "Bare", author=AUTHOR)
    bare.catalog.write([ItemFields(f"i{at}", {"title": f"Item {at}"}) for at in range(3)])
    live = LiveTenant(bare, LocalCache(tmp_path / "cache", 2**30), InMemoryHistory())
    live.refresh()

    ids, _, outcome = answer(live, "for_you", user_id="ann")

    assert outcome.served_by == "newest"
    assert ids == ["i0", "i1", "i2"]


def test_a_model_that_the_disk_has_spoilt_is_fetched_again(tenant, space, tmp_path):
    cache = LocalCache(tmp_path / "own-cache", 10**9)
    _, folder = space.models.open(space.models.current().version, cache)
    spoilt = folder / "items.marisa"
    spoilt.write_bytes(b"\0" * spoilt.stat().st_size)

    fresh = LiveTenant(space, cache, InMemoryHistory())
    fresh.refresh()

    assert fresh.loaded.fault is None
    assert version_of(fresh) == version_of(tenant)


def test_a_placement_that_starts_from_an_item_says_when_there_is_none(tenant):
    _, warned, _ = answer(tenant, "similar")

    assert "seed_missing" in warned


class SlowHistory(InMemoryHistory):
    """Its reading waits until it may go on."""

    def __init__(self):
        super().__init__()
        self.has_begun, self.may_go_on = threading.Event(), threading.Event()
        self.may_go_on.set()

    def reload(self, log):
        self.has_begun.set()
        self.may_go_on.wait(60)
        super().reload(log)


def test_a_hidden_item_waits_for_no_history_that_is_being_read(space, tmp_path):
    history = SlowHistory()
    tenant = LiveTenant(space, LocalCache(tmp_path / "own-cache", 10**9), history)
    tenant.refresh()
    history.has_begun.clear()
    history.may_go_on.clear()
    space.events.append_events(
        [{"event_id": "e", "kind": "view", "user_id": "u", "item_id": "i"}
         | {"occurred_at": "2026-03-01T00:00:00Z"}],
        "2026-03-01T00:00:00Z",
    )  # fmt: skip
    space.events.compact()
    reading = threading.Thread(target=tenant.refresh)
    reading.start()
    history.has_begun.wait(60)
    space.catalog.write([ItemFields("item-000001", {"available": False})])
    tenant.refresh_catalog()
    row = tenant.loaded.items.row("item-000001")
    was_listed = tenant.loaded.catalog.is_listed[row]
    history.may_go_on.set()
    reading.join()

    assert not was_listed
    assert not tenant.loaded.catalog.is_listed[tenant.loaded.items.row("item-000001")]
