"""A deletion can be undone for a while; then everything goes, and the id is never given again."""

from datetime import timedelta
from pathlib import Path

import pytest

from recommender_store.author import Author
from recommender_store.care.leaving import leave
from recommender_store.errors import RevisionConflict
from recommender_store.objects.folder import FolderObjects
from recommender_store.objects.keys import GONE, tenant_root
from recommender_store.objects.scope import Scope
from recommender_store.opening import Store, open_store
from recommender_store.settings import StoreSettings
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.errors import (
    RestoreTooLate,
    TenantExists,
    TenantNotDeleted,
    TenantUnknown,
)
from recommender_store.tenants.identity import parse_tenant_id
from tests.recommender_store.faulty import Died, MortalObjects

ANN = Author("ann", "here")
SHOP = parse_tenant_id("shop")
WEEK = timedelta(days=7)


def deleted(store: Store) -> TenantSpace:
    space = store.create_tenant("shop", "Shop", author=ANN)
    space.keys.create("web", ["serve"], author=ANN)
    space.end(author=ANN)
    return space


def test_a_restored_tenant_is_what_it_was(store: Store) -> None:
    space = store.create_tenant("shop", "Shop", author=ANN)
    before = space.settings()
    key = space.keys.create("web", ["serve"], author=ANN).record
    space.end(author=ANN)
    assert [*store.deleted_tenants()] == ["shop"]
    assert store.tenants() == []

    store.restore_tenant("shop", author=ANN)

    assert space.settings() == before
    assert space.keys.records() == [key]
    assert store.deleted_tenants() == {}


def test_who_lives_or_never_was_cannot_be_restored(store: Store) -> None:
    store.create_tenant("shop", "Shop", author=ANN)

    with pytest.raises(TenantNotDeleted):
        store.restore_tenant("shop", author=ANN)
    with pytest.raises(TenantUnknown):
        store.restore_tenant("nobody", author=ANN)


def test_a_deletion_of_long_ago_is_final_even_before_anybody_tended_the_store(
    tmp_path: Path,
) -> None:
    url = f"file://{tmp_path}/store"
    store = open_store(StoreSettings(url=url, restore_days=0), create=True)
    deleted(store)

    with pytest.raises(RestoreTooLate) as caught:
        store.restore_tenant("shop", author=ANN)
    assert caught.value.tenant == "shop"


def test_a_tenant_cannot_be_deleted_twice(store: Store) -> None:
    space = deleted(store)

    with pytest.raises(TenantUnknown):
        space.end(author=ANN)
    store.restore_tenant("shop", author=ANN)
    assert space.exists()


def test_nothing_goes_before_its_time(store: Store) -> None:
    space = deleted(store)
    at = space.deleted_at()
    assert at is not None

    assert store.leave(SHOP, at + WEEK - timedelta(seconds=1), dry_run=False) is None

    store.restore_tenant("shop", author=ANN)
    assert store.leave(SHOP, at + 2 * WEEK, dry_run=False) is None
    assert space.exists()


def test_everything_under_the_prefix_goes_and_the_id_stays_taken(tmp_path: Path) -> None:
    store = open_store(StoreSettings(url=f"file://{tmp_path}/store"), create=True)
    store.create_tenant("other", "Other", author=ANN)
    at = deleted(store).deleted_at()
    assert at is not None
    told = store.leave(SHOP, at + 2 * WEEK, dry_run=True)
    assert told is not None
    assert store.deleted_tenants()

    gone = store.leave(SHOP, at + 2 * WEEK, dry_run=False)

    assert gone is not None
    assert gone.objects == told.objects + 1  # the second deletion, for good
    assert not [path for path in (tmp_path / "store/tenants/shop").rglob("*") if path.is_file()]
    assert store.tenant_ids() == ["other"]
    with pytest.raises(TenantExists):
        store.create_tenant("shop", "Shop", author=ANN)
    with pytest.raises(TenantUnknown):
        store.restore_tenant("shop", author=ANN)


@pytest.mark.parametrize("lands", [True, False])
@pytest.mark.parametrize("last", range(1, 8))
def test_a_removal_that_is_killed_anywhere_is_finished_by_the_next(
    tmp_path: Path, last: int, *, lands: bool
) -> None:
    settings = StoreSettings(url=f"file://{tmp_path}/store")
    store = open_store(settings, create=True)
    at = deleted(store).deleted_at()
    assert at is not None
    mortal = MortalObjects(FolderObjects(tmp_path / "store"), last, lands=lands)
    space = TenantSpace(SHOP, mortal, store.feed, store.signing)
    own, markers = Scope(mortal, tenant_root(SHOP)), Scope(mortal, GONE)
    with pytest.raises(Died):
        leave(space, own, markers, at + WEEK, dry_run=False)

    again = open_store(settings)
    again.leave(SHOP, at + 2 * WEEK, dry_run=False)

    assert again.tenant_ids() == []
    with pytest.raises(TenantExists):
        again.create_tenant("shop", "Shop", author=ANN)


def test_who_is_restored_while_it_is_being_removed_stays(store: Store) -> None:
    space = deleted(store)
    at = space.deleted_at()
    assert at is not None
    restore = space.deleted_at

    def restored_meanwhile() -> object:
        found = restore()
        store.restore_tenant("shop", author=ANN)
        return found

    space.deleted_at = restored_meanwhile  # type: ignore[method-assign,assignment]

    store.leave(SHOP, at + 2 * WEEK, dry_run=False)

    assert space.exists()


def test_a_change_of_settings_that_expects_another_revision_is_refused(store: Store) -> None:
    space = store.create_tenant("shop", "Shop", author=ANN)
    renamed = space.settings().model_copy(update={"name": "New"})
    space.save_settings(renamed, author=ANN, expected=1)

    with pytest.raises(RevisionConflict) as caught:
        space.save_settings(space.settings(), author=ANN, expected=1)

    assert caught.value.current == 2
    space.save_settings(renamed, author=ANN)
    assert space.settings_number() == 2
