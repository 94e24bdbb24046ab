"""After an erasure no byte of the store tells of the user, and all others are as they were."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from recommender_store.artifacts.arrays import save_array
from recommender_store.artifacts.session_rows import Owned, SessionRows
from recommender_store.care.erase import Receipt, erase_actor
from recommender_store.event_log.erasure import Actor
from recommender_store.objects.folder import FolderObjects
from recommender_store.runs.record import Run
from recommender_store.tenant_space import TenantSpace
from tests.recommender_store.care.conftest import AUTHOR, SHOP, Shop, owner, record, told_of
from tests.recommender_store.care.unpacked import traces
from tests.recommender_store.faulty import Died, MortalObjects

ANNA = Actor("user_id", "anna-1")


def erase(shop: Shop, actor: Actor = ANNA) -> Receipt:
    return erase_actor(shop.space, actor, shop.store.cache, datetime.now(UTC))


def test_no_byte_of_the_store_tells_of_an_erased_user(shop: Shop) -> None:
    for version in ("v1", "v2"):
        shop.space.models.open(version, shop.store.cache)
    assert len(traces(shop.folder, "anna-1")) > 7

    receipt = erase(shop)

    assert traces(shop.folder, "anna-1") == []
    assert (receipt.log.events, receipt.models, receipt.runs) == (4, ("v1", "v2"), ("r1",))
    assert receipt.is_complete
    assert shop.again().findings() == []
    assert erase(shop).log.events == 0


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_everybody_else_keeps_their_own_rows(shop: Shop, version: str) -> None:
    digests = shop.space.digests()
    _, folder = shop.space.models.open(version, shop.store.cache)
    before = told_of(folder, digests)

    erase(shop)

    _, folder = shop.again().space.models.open(version, shop.store.cache)
    others = {user: told for user, told in before.items() if user != "anna-1"}
    assert told_of(folder, digests) == others
    assert len(others) == 3


def test_the_current_model_is_decided_for_anew_so_that_servers_take_it(shop: Shop) -> None:
    before = shop.space.models.current()

    erase(shop)

    after = shop.space.models.current()
    assert (after.version, after.before) == (before.version, before.before)
    assert after.number == before.number + 1
    erase(shop)
    assert shop.space.models.current() == after


def digests_in(folder: Path) -> set[int]:
    """Every owner that any file of sessions below the folder names."""
    paths = folder.rglob("session_owners.npy")
    return {int(one) for path in paths for one in np.load(path).ravel()}


def owners_named(shop: Shop, kind: Owned, name: str) -> set[int]:
    """As the older bundle and the newer one hold them."""
    return {owner(digests, kind, name) for digests in (None, shop.space.digests())}


def test_no_session_of_an_erased_user_is_left_in_any_model(shop: Shop) -> None:
    for version in ("v1", "v2"):
        shop.space.models.open(version, shop.store.cache)
    anna, bert = (owners_named(shop, "user_id", name) for name in ("anna-1", "bert"))
    assert anna | bert <= digests_in(shop.folder)

    erase(shop)

    assert anna.isdisjoint(digests_in(shop.folder))
    assert bert <= digests_in(shop.folder)
    _, folder = shop.again().space.models.open("v2", shop.store.cache)
    assert SessionRows.from_path(folder / "next").items.tolist() == [0, 2, 0, 3, 0, 4, 0, 5]


@pytest.mark.parametrize("visit", ["visit-1", "visit-9"])
def test_an_erased_session_is_gone_from_the_models_whether_somebody_claimed_it_or_not(
    shop: Shop, visit: str
) -> None:
    receipt = erase(shop, Actor("session_id", visit))

    assert receipt.models == ("v1", "v2")
    assert owners_named(shop, "session_id", visit).isdisjoint(digests_in(shop.folder))
    assert traces(shop.folder, visit) == []
    assert shop.again().findings() == []


def test_a_session_that_no_model_knows_leaves_the_models_alone(shop: Shop) -> None:
    before = shop.space.models.current()

    receipt = erase(shop, Actor("session_id", "visit-77"))

    assert (receipt.log.events, receipt.models) == (0, ())
    assert shop.space.models.current() == before


def test_somebody_whom_only_a_carried_over_slot_knows_is_erased_from_it(shop: Shop) -> None:
    manifest = shop.space.models.manifest("v2")
    made = shop.folder.parent / "made-v3"
    files = {name: one.model_copy(update={"version": "v3"}) for name, one in manifest.files.items()}
    _, whole = shop.space.models.open("v2", shop.store.cache)
    shutil.copytree(whole, made)
    bert = shop.space.digests().short_of_all("user", ["bert"])
    (made / "users.npy").unlink()
    save_array(made / "users.npy", bert)
    files["users.npy"] = record(made, "v3", "users.npy")
    visits = manifest.slots["next"]
    carried = {name: record(made, "v3", f"next/{name}") for name in visits.files}
    slots = {"next": visits.model_copy(update={"files": carried})}
    shop.space.models.publish(
        made, manifest.model_copy(update={"version": "v3", "files": files, "slots": slots})
    )

    receipt = erase(shop)

    assert receipt.models == ("v1", "v2", "v3")
    anna = owners_named(shop, "user_id", "anna-1")
    assert anna.isdisjoint(digests_in(shop.folder / "tenants"))
    assert shop.again().findings() == []


def test_a_running_training_is_told_of(shop: Shop) -> None:
    shop.space.runs.save(Run(run_id="r2", started_at=datetime.now(UTC)), AUTHOR)

    receipt = erase(shop)

    assert not receipt.is_complete
    assert any("r2" in one for one in receipt.not_covered)


def test_a_bundle_that_cannot_be_read_is_told_of_and_stops_nothing(shop: Shop) -> None:
    (shop.folder / "tenants/shop/artifacts/v1/users.marisa").write_bytes(b"?")

    receipt = erase(shop)

    assert receipt.models == ("v2",)
    assert not receipt.is_complete
    assert any("v1" in one for one in receipt.not_covered)


@pytest.mark.parametrize("last", range(2, 50, 7))
def test_killed_anywhere_the_next_erasure_finishes_it(shop: Shop, last: int) -> None:
    mortal = MortalObjects(FolderObjects(shop.folder), last, lands=last % 3 == 0)
    space = TenantSpace(SHOP, mortal, shop.store.feed, shop.store.signing)
    with_cache = shop.store.cache
    try:
        erase_actor(space, ANNA, with_cache, datetime.now(UTC))
    except Died:
        assert shop.again().space.models.current().version == "v2"
        shop.again().space.models.open("v2", with_cache)
    again = shop.again()

    erase(again)

    assert traces(shop.folder, "anna-1") == []
    assert again.findings() == []
