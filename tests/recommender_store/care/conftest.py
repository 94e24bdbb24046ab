"""One tenant in a folder with something of every kind in it."""

import hashlib
import json
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from recommender_store.artifacts.arrays import map_array, save_array
from recommender_store.artifacts.digests import Digests
from recommender_store.artifacts.manifest import FileRecord, Manifest, SlotRecord
from recommender_store.artifacts.session_rows import (
    SESSION_ROWS,
    Owned,
    SessionRows,
    unkeyed_digest,
)
from recommender_store.artifacts.vocabulary import Vocabulary
from recommender_store.author import Author
from recommender_store.catalog.log import ItemFields
from recommender_store.event_log.imports import ImportRecord
from recommender_store.ledger.page import Answered, Page, encode_page
from recommender_store.objects.finding import Finding
from recommender_store.opening import Store, open_store
from recommender_store.runs.record import Run
from recommender_store.settings import StoreSettings
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.identity import parse_tenant_id
from recommender_store.usage.page import UsagePage
from tests.recommender_store.artifacts.conftest import whole
from tests.recommender_store.event_log.canonical import event, written

AUTHOR = Author(by="t", origin="t")
SHOP = parse_tenant_id("shop")
USERS = ["anna-1", "bert", "carla", "dora"]
FACTORS = 3


@dataclass(frozen=True)
class Shop:
    """A store's folder, the store, and its one tenant."""

    folder: Path
    store: Store
    space: TenantSpace

    def findings(self, now: datetime | None = None) -> list[Finding]:
        at = now or datetime.now(UTC)
        places = (None, SHOP)
        return [one for place in places for one in self.store.check(place, lambda _: None, at)]

    def again(self) -> "Shop":
        """The same, as another process sees it."""
        store = open_store(self.store.settings)
        return Shop(self.folder, store, store.space(SHOP))


@pytest.fixture(scope="session", name="filled")
def _filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Never to be changed."""
    folder = tmp_path_factory.mktemp("filled")
    fill(empty_shop(folder), folder / "made")
    return folder


@pytest.fixture
def shop(filled: Path, tmp_path: Path) -> Shop:
    shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    store = opened(tmp_path)
    return Shop(tmp_path / "store", store, store.space(SHOP))


def empty_shop(tmp_path: Path) -> Shop:
    store = opened(tmp_path)
    return Shop(tmp_path / "store", store, store.create_tenant("shop", "Shop", author=AUTHOR))


def opened(tmp_path: Path) -> Store:
    folder = tmp_path / "store"
    settings = StoreSettings(url=f"file://{folder}", cache_dir=folder / "cache")
    return open_store(settings, create=True)


def fill(shop: Shop, made: Path) -> None:
    space = shop.space
    for day in (18, 19, 20):
        at = f"2026-11-{day}T10:00:00Z"
        written(space.events, *(event(f"{user}-{day}", at, user_id=user) for user in USERS))
        space.events.compact()
    written(space.events, event("pending", user_id="anna-1", session_id="visit-1"))
    space.catalog.write([ItemFields("i", {"title": "One"}), ItemFields("j", {"price": 2})])
    space.keys.create("page", ["serve"], author=AUTHOR)
    for version in ("v1", "v2"):
        publish(space, made, version)
        space.models.promote(version, author=AUTHOR)
    older(shop.folder / "tenants/shop/artifacts/v1")
    run = Run(run_id="r1", status="promoted", started_at=datetime.now(UTC))
    space.runs.save(run, AUTHOR)
    page = Page(replica="r", day="2026-11-20", others=Answered(accepted=3))
    space.ledger.put(page.day, page.replica, encode_page(page))
    space.usage.put(UsagePage(worker="a", day="2026-11-20", events=1))
    begun = ImportRecord(
        name="log.csv", received_at=datetime.now(UTC), stored_until=date(2026, 1, 1)
    )
    space.imports.begin("0" * 64, begun)
    (made / "work").mkdir()
    (made / "work" / "users.txt").write_text("anna-1")
    space.runs.files("r1").keep(made / "work")


def publish(space: TenantSpace, made: Path, version: str) -> Manifest:
    """
    A bundle whose user rows say who they are: row n of a user is told by their name.

    Of `v1` the users are named, and sessions digested, as the format `bundle/1` does.
    """
    folder = made / version
    folder.mkdir(parents=True)
    digests = None if version == "v1" else space.digests()
    order = saved_users(folder, digests)
    lengths = [len(user) for user in order]
    save_array(folder / "seen_indptr.npy", np.concatenate([[0], np.cumsum(lengths)]))
    rows = np.concatenate([np.full(len(user), USERS.index(user)) for user in order])
    save_array(folder / "seen_rows.npy", rows.astype(np.int32))
    save_array(folder / "seen_weights.npy", rows.astype(np.float32))
    save_array(folder / "seen_kinds.npy", rows.astype(np.uint8))
    factors = np.array([[USERS.index(user)] * FACTORS for user in order], dtype=np.float32)
    save_array(folder / "for_you" / "user_factors.npy", factors)
    save_array(folder / "for_you" / "item_factors.npy", np.ones((2, 2), dtype=np.float32))
    names = [path.name for path in folder.iterdir() if path.is_file()]
    slot = SlotRecord(
        recipe="als",
        kind="factors",
        parameters={},
        fitted_in=version,
        data_until=datetime(2026, 11, 20, tzinfo=UTC),
        files={
            name: record(folder, version, f"for_you/{name}")
            for name in ("user_factors.npy", "item_factors.npy")
        },
    )
    own = {name: record(folder, version, name) for name in names}
    sessions(digests).save(folder / "next")
    files = {name: record(folder, version, f"next/{name}") for name in SESSION_ROWS}
    visits = slot.model_copy(update={"recipe": "vs_knn", "kind": "sessions", "files": files})
    manifest = whole(version, own, {"for_you": slot, "next": visits})
    space.models.publish(folder, manifest)
    return manifest


def saved_users(folder: Path, digests: Digests | None) -> list[str]:
    """By row."""
    if digests is not None:
        by_digest = {digests.short("user", user): user for user in USERS}
        save_array(folder / "users.npy", np.array(sorted(by_digest), dtype=np.uint64))
        return [by_digest[one] for one in sorted(by_digest)]
    users = Vocabulary.of(USERS)
    users.save(folder / "users.marisa")
    return users.ids(range(len(users)))


def older(bundle: Path) -> None:
    """Have a bundle say of itself what it would have said in the format `bundle/1`."""
    said = json.loads((bundle / "manifest.json").read_bytes())
    del said["user_ids"]
    raw = json.dumps(said | {"format": "bundle/1"}).encode()
    (bundle / "manifest.json").write_bytes(raw)
    (bundle / "manifest.sha256").write_text(hashlib.sha256(raw).hexdigest())


def sessions(digests: Digests | None) -> SessionRows:
    """Session n is user n's, and holds the items 0 and n; the last, `visit-9`, is nobody's."""
    visits = ["visit-1", "visit-2", "visit-3", "visit-4", "visit-9"]
    users = [owner(digests, "user_id", user) for user in USERS] + [0]
    named = [owner(digests, "session_id", visit) for visit in visits]
    items = [item for number in range(1, 6) for item in (0, number)]
    starts = np.arange(0, 12, 2)
    owners = np.array([users, named], dtype=np.uint64).T
    return SessionRows.of(starts, np.array(items, dtype=np.int32), owners, 6, 9)


def owner(digests: Digests | None, kind: Owned, name: str) -> int:
    if digests is None:
        return unkeyed_digest(kind, name)
    return digests.short("user" if kind == "user_id" else "session", name)


def record(folder: Path, version: str, path: str) -> FileRecord:
    data = (folder / path).read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    return FileRecord(version=version, path=path, size_bytes=len(data), sha256=digest)


def told_of(folder: Path, digests: Digests) -> dict[str, tuple[list[int], list[float]]]:
    """User → the entries and the factors that an opened bundle has in the user's row."""
    users = users_of(folder, digests)
    starts = map_array(folder / "seen_indptr.npy")
    rows = map_array(folder / "seen_rows.npy")
    factors = map_array(folder / "for_you" / "user_factors.npy")
    return {
        users[row]: (
            [int(one) for one in rows[starts[row] : starts[row + 1]]],
            [float(one) for one in factors[row]],
        )
        for row in range(len(users))
    }


def users_of(folder: Path, digests: Digests) -> list[str]:
    """By row."""
    if (folder / "users.marisa").exists():
        users = Vocabulary.open(folder / "users.marisa")
        return users.ids(range(len(users)))
    by_digest = {digests.short("user", user): user for user in USERS}
    return [by_digest[one] for one in map_array(folder / "users.npy").tolist()]
