"""A bundle in the cache is whole and verified, or it is not there."""

import errno
import mmap
import os
import threading
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from recommender_store.artifacts.catalogue import ModelCatalogue
from recommender_store.artifacts.errors import ArtifactCorrupt
from recommender_store.artifacts.local_cache import STALE_S, LocalCache
from recommender_store.errors import KeyInvalid, StoreFull
from recommender_store.objects.bucket import BucketObjects
from recommender_store.objects.scope import Scope
from tests.recommender_store.artifacts.conftest import MakeBundle
from tests.recommender_store.faulty import CountedObjects

LARGE = 10**9


class Published:
    """A catalogue, what is asked of its store, and a cache."""

    def __init__(self, tmp_path: Path, limit_bytes: int = LARGE) -> None:
        self.objects = CountedObjects(BucketObjects(MemoryStore()))
        self.models = ModelCatalogue("shop", Scope(self.objects))
        self.folder = tmp_path / "cache"
        self.cache = LocalCache(self.folder, limit_bytes)

    def open(self, version: str) -> Path:
        return self.models.open(version, self.cache)[1]

    def downloads(self) -> int:
        return len([key for key in self.objects.asked if key.endswith((".npy", ".marisa"))])

    def kept(self) -> list[Path]:
        return sorted(self.folder.glob("*/*"))


@pytest.fixture
def published(tmp_path: Path, make_bundle: MakeBundle) -> Published:
    published = Published(tmp_path)
    published.models.publish(*make_bundle("v1"))
    return published


def test_a_bundle_is_fetched_once(published: Published) -> None:
    first = published.open("v1")
    fetched = published.downloads()

    assert published.open("v1") == first
    assert (
        LocalCache(published.folder, LARGE).fetch(
            "shop", published.models.manifest("v1"), published.objects.download
        )
        == first
    )
    assert published.downloads() == fetched == 3


@pytest.mark.parametrize("path", ["items.marisa", "similar/lists.npy", "popular/p.npy"])
@pytest.mark.parametrize("damage", ["flipped", "cut", "longer", "missing"])
def test_a_damaged_file_is_told_and_nothing_is_kept(
    published: Published, path: str, damage: str
) -> None:
    key = f"artifacts/v1/{path}"
    data = published.objects.get(key)
    if damage == "missing":
        published.objects.delete(key)
    else:
        changed = {"flipped": bytes([data[0] ^ 1]) + data[1:], "cut": data[:-1], "longer": data * 2}
        published.objects.put(key, changed[damage])

    with pytest.raises(ArtifactCorrupt) as caught:
        published.open("v1")

    assert (caught.value.version, caught.value.file) == ("v1", path)
    assert published.kept() == []


def test_a_repaired_file_is_fetched_again(published: Published) -> None:
    key = "artifacts/v1/items.marisa"
    data = published.objects.get(key)
    published.objects.put(key, b"")
    with pytest.raises(ArtifactCorrupt):
        published.open("v1")
    published.objects.put(key, data)

    assert (published.open("v1") / "items.marisa").read_bytes() == data


def test_what_was_used_longest_ago_goes_first(tmp_path: Path, make_bundle: MakeBundle) -> None:
    published = Published(tmp_path, limit_bytes=300)
    for version in ("v1", "v2", "v3"):
        published.models.publish(*make_bundle(version, size=100))
    opened = {}
    for turn, version in enumerate(["v1", "v2", "v1", "v3"]):
        opened[version] = published.open(version)
        os.utime(opened[version], (turn, turn))

    assert not opened["v2"].exists()
    assert opened["v1"].exists()
    assert opened["v3"].exists()
    assert published.open("v2").exists()


def test_a_bundle_larger_than_the_cache_is_served_all_the_same(
    tmp_path: Path, make_bundle: MakeBundle
) -> None:
    published = Published(tmp_path, limit_bytes=10)
    published.models.publish(*make_bundle("v1", size=100))
    published.models.publish(*make_bundle("v2", size=100))

    published.open("v1")
    opened = published.open("v2")

    assert (opened / "similar/lists.npy").stat().st_size == 100
    assert published.kept() == [opened]


def test_what_is_mapped_stays_readable_after_its_bundle_is_gone(
    tmp_path: Path, make_bundle: MakeBundle
) -> None:
    published = Published(tmp_path, limit_bytes=10)
    for version in ("v1", "v2"):
        published.models.publish(*make_bundle(version, size=5000))
    opened = published.open("v1")
    with (opened / "similar/lists.npy").open("rb") as stream:
        mapped = mmap.mmap(stream.fileno(), 0, prot=mmap.PROT_READ)
    published.open("v2")

    assert not opened.exists()
    assert mapped[:] == b"x" * 5000
    mapped.close()


def test_workers_that_fetch_at_once_get_the_same_whole_bundle(published: Published) -> None:
    together = threading.Barrier(4)
    opened = []

    def work() -> None:
        together.wait()
        cache = LocalCache(published.folder, LARGE)
        opened.append(published.models.open("v1", cache)[1])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(opened) == 4
    assert set(opened) == set(published.kept())
    assert len(list(opened[0].rglob("*.*"))) == 3


def test_two_tenants_bundles_of_one_version_never_meet(
    published: Published, make_bundle: MakeBundle
) -> None:
    other = ModelCatalogue("other", Scope(BucketObjects(MemoryStore())))
    other.publish(*make_bundle("v1", size=20))

    mine, theirs = published.open("v1"), other.open("v1", published.cache)[1]

    assert mine != theirs
    assert (mine / "similar/lists.npy").stat().st_size == 10
    assert (theirs / "similar/lists.npy").stat().st_size == 20


def test_another_stores_bundle_of_the_same_name_is_not_taken_for_it(
    published: Published, make_bundle: MakeBundle
) -> None:
    elsewhere = ModelCatalogue("shop", Scope(BucketObjects(MemoryStore())))
    elsewhere.publish(*make_bundle("v1", size=20))
    published.open("v1")

    opened = elsewhere.open("v1", published.cache)[1]

    assert (opened / "similar/lists.npy").stat().st_size == 20


def test_what_a_dead_process_left_half_done_goes(
    published: Published, make_bundle: MakeBundle
) -> None:
    owner = published.open("v1").parent
    for name, age_s in ((".in-old", STALE_S + 60), (".in-new", 0)):
        half = owner / name / "bundle"
        half.mkdir(parents=True)
        (half / "items.marisa").write_bytes(b"half")
        then = half.stat().st_mtime - age_s
        os.utime(owner / name, (then, then))
    published.models.publish(*make_bundle("v2"))
    published.open("v2")

    assert not (owner / ".in-old").exists()
    assert (owner / ".in-new").exists()


def test_a_full_disk_is_told_and_leaves_nothing(published: Published) -> None:
    def full(_key: str, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StoreFull):
        published.cache.fetch("shop", published.models.manifest("v1"), full)

    assert published.kept() == []


def test_another_fault_of_the_disk_is_not_called_full(published: Published) -> None:
    def broken(_key: str, _path: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        published.cache.fetch("shop", published.models.manifest("v1"), broken)


def test_a_manifest_cannot_write_outside_its_bundle(published: Published) -> None:
    manifest = published.models.manifest("v1")
    file = manifest.files["items.marisa"]
    evil = manifest.model_copy(update={"files": {"../../evil": file}})

    with pytest.raises(KeyInvalid):
        published.cache.fetch("shop", evil, published.objects.download)
    assert published.kept() == []


@pytest.mark.parametrize("harm", ["gone", "cut"])
def test_a_bundle_that_was_harmed_in_the_cache_is_fetched_again(
    published: Published, harm: str
) -> None:
    file = next(path for path in published.open("v1").rglob("*") if path.is_file())
    whole = file.read_bytes()
    if harm == "gone":
        file.unlink()
    else:
        file.write_bytes(whole[:-1])

    published.open("v1")

    assert file.read_bytes() == whole


def test_what_is_made_here_is_found_whole_or_not_at_all(tmp_path: Path) -> None:
    cache = LocalCache(tmp_path, LARGE)

    def fail_halfway() -> None:
        with cache.making("shop", "made") as folder:
            (folder / "half").write_text("h")
            raise OSError(errno.ENOSPC, "full")

    with pytest.raises(OSError, match="full"):
        fail_halfway()
    assert cache.find("shop", "made") is None

    for text in ("first", "second"):
        with cache.making("shop", "made") as folder:
            (folder / "file").write_text(text)

    found = cache.find("shop", "made")
    assert found is not None
    assert (found / "file").read_text() == "second"
    assert cache.find("twin", "made") is None


def test_what_was_made_here_goes_like_a_bundle(tmp_path: Path) -> None:
    cache = LocalCache(tmp_path, limit_bytes=150)
    for name in ("first", "second"):
        with cache.making("shop", name) as folder:
            (folder / "file").write_bytes(b"x" * 100)

    assert cache.find("shop", "first") is None
    assert cache.find("shop", "second") is not None


def test_only_one_is_alone(tmp_path: Path) -> None:
    cache, order = LocalCache(tmp_path, LARGE), []
    is_in = threading.Event()

    def wait() -> None:
        is_in.wait(60)
        with LocalCache(tmp_path, LARGE).alone("shop"):
            order.append("second")

    waiting = threading.Thread(target=wait)
    waiting.start()
    with cache.alone("shop"):
        is_in.set()
        waiting.join(0.2)
        order.append("first")
    waiting.join(10)

    assert order == ["first", "second"]
