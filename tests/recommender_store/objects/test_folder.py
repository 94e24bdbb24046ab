"""What only a folder can get wrong: half files, lost names, leftovers, a full disk."""

import errno
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore

from recommender_store.errors import KeyInvalid, ObjectMissing, StoreUnavailable, StoreUnsafe
from recommender_store.objects import durable, folder
from recommender_store.objects.bucket import BucketObjects
from recommender_store.objects.folder import FolderObjects

ROOT = Path(__file__).parents[3]

ONE_WRITE = """
import os, sys
from pathlib import Path
from recommender_store.objects.folder import FolderObjects

root, verb = Path(sys.argv[1]), sys.argv[2]
objects = FolderObjects(root / "new" / "store")
if verb == "upload":
    (root / "source").write_bytes(b"data")
    objects.upload(root / "source", "tenants/shop/a")
else:
    getattr(objects, verb)("tenants/shop/a", b"data")
os.write(1, b"acknowledged")
"""

FULL_DISK = """
import subprocess, sys
from pathlib import Path
from recommender_store.errors import StoreFull
from recommender_store.objects.folder import FolderObjects

root = Path(sys.argv[1])
mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", root])
if mounted.returncode:
    sys.exit(77)
source = Path(sys.argv[2])
source.write_bytes(bytes(1_000_000))
objects = FolderObjects(root)
objects.put("a/kept", b"kept")
for write in [
    lambda: objects.put("a/big", bytes(1_000_000)),
    lambda: objects.put("a/kept", bytes(1_000_000)),
    lambda: objects.put_if_absent("b/big", bytes(1_000_000)),
    lambda: objects.upload(source, "c/big"),
]:
    try:
        write()
    except StoreFull as full:
        print(full)
print([info.key for info in objects.list("")], objects.get("a/kept"), end=" ")
print(list((root / ".tmp").iterdir()), objects.put_if_absent("b/big", b"fits"))
"""


def child(*command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(  # noqa: PLW1510 (each test looks at the exit code itself)
        command, capture_output=True, text=True, env=environment, timeout=60
    )


def system_calls(log: str) -> list[tuple[str, str]]:
    """Pair each call that succeeded with the path it is about (of a link, the new name)."""
    patterns = {
        "sync": r"f(?:data)?sync\(\d+<([^>]+)>\) += 0",
        "mkdir": r'mkdir(?:at)?\((?:AT_FDCWD[^,]*, )?"([^"]+)", \w+\) += 0',
        "name": r'(?:link|rename)(?:at|at2)?\(.*"([^"]+)"(?:, \w+)?\) += 0',
        "acknowledge": r'write\(1<[^>]*>, "(acknowledged)"',
    }
    return [
        (call, found.group(1))
        for line in log.splitlines()
        for call, pattern in patterns.items()
        if (found := re.search(pattern, line))
    ]


@pytest.mark.parametrize("verb", ["put_if_absent", "put", "upload"])
def test_a_write_is_synced_before_it_has_a_name_and_names_before_it_returns(
    tmp_path: Path, verb: str
) -> None:
    if not shutil.which("strace") or child("strace", "true").returncode:
        pytest.skip("strace is missing or may not trace here: install it to watch system calls")
    log = tmp_path / "calls"
    trace = "trace=fsync,fdatasync,mkdir,mkdirat,link,linkat,rename,renameat,renameat2,write"
    program = [sys.executable, "-c", ONE_WRITE, str(tmp_path), verb]

    done = child("strace", "-f", "-y", "-o", str(log), "-e", trace, "-s", "64", *program)

    assert done.stdout == "acknowledged", done.stderr
    calls = system_calls(log.read_text())
    store = tmp_path / "new" / "store"
    final = store / "tenants" / "shop" / "a"
    named = calls.index(("name", str(final)))
    acknowledged = calls.index(("acknowledge", "acknowledged"))
    synced_first = [path for call, path in calls[:named] if call == "sync"]
    assert Path(synced_first[-1]).parent == store / ".tmp"
    assert ("sync", str(final.parent)) in calls[named:acknowledged]
    made = [(at, Path(path)) for at, (call, path) in enumerate(calls) if call == "mkdir"]
    assert {path for _, path in made} == {
        tmp_path / "new",
        store,
        store / ".tmp",
        store / "tenants",
        store / "tenants" / "shop",
    }
    for at, path in made:
        assert ("sync", str(path.parent)) in calls[at:acknowledged], path


def test_a_full_disk_is_told_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    own_mounts = ["unshare", "--user", "--map-root-user", "--mount"]
    if not shutil.which("unshare") or child(*own_mounts, "true").returncode:
        pytest.skip("a small disk needs a mount of its own, which this machine does not allow")
    root = tmp_path / "disk"
    root.mkdir()

    done = child(*own_mounts, sys.executable, "-c", FULL_DISK, str(root), str(tmp_path / "source"))

    if done.returncode == 77:
        pytest.skip("a small disk needs a tmpfs, which this machine does not allow to mount")
    *told, state = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert [line.split("'")[1] for line in told] == ["a/big", "a/kept", "b/big", "c/big"]
    assert all("free some space" in line for line in told)
    assert state == "['a/kept'] b'kept' [] True"


def test_opening_makes_nothing(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path / "store")

    assert list(objects.list("")) == []
    assert objects.children("") == []
    assert not (tmp_path / "store").exists()


def test_leftovers_of_dead_writers_go_after_a_day_and_are_never_listed(tmp_path: Path) -> None:
    FolderObjects(tmp_path).put("a", b"x")
    old, fresh = tmp_path / ".tmp" / "1-old", tmp_path / ".tmp" / "2-fresh"
    for path in [old, fresh]:
        path.write_bytes(b"half")
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(old, (two_days_ago, two_days_ago))

    objects = FolderObjects(tmp_path)

    assert [path.name for path in (tmp_path / ".tmp").iterdir()] == ["2-fresh"]
    assert [info.key for info in objects.list("")] == ["a"]
    assert objects.children("") == []


def test_files_whose_names_are_no_keys_are_not_the_stores(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    objects.put("a", b"x")
    (tmp_path / ".hidden").write_bytes(b"")
    (tmp_path / "with space").mkdir()
    (tmp_path / "with space" / "b").write_bytes(b"")

    assert [info.key for info in objects.list("")] == ["a"]
    assert objects.children("") == []


def test_a_key_cannot_be_an_object_and_a_folder(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    objects.put("a/b", b"x")

    for write in [
        lambda: objects.put("a", b""),
        lambda: objects.put_if_absent("a", b""),
        lambda: objects.put("a/b/c", b""),
        lambda: objects.put_if_absent("a/b/c", b""),
        lambda: objects.put("a/b/c/d", b""),
    ]:
        with pytest.raises(KeyInvalid, match="an object and a folder"):
            write()

    assert [info.key for info in objects.list("")] == ["a/b"]
    assert list((tmp_path / ".tmp").iterdir()) == []


def test_a_folder_removed_under_a_running_process_is_made_again(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path / "store")
    source = tmp_path / "source"
    source.write_bytes(b"source")
    for number, removed in enumerate(["store/tenants/shop", "store/tenants", "store"]):
        objects.put(f"tenants/shop/{number}", b"x")
        shutil.rmtree(tmp_path / removed)

        assert objects.put_if_absent("tenants/shop/new", b"y") is True
        shutil.rmtree(tmp_path / removed)
        objects.upload(source, "tenants/shop/new")

        assert objects.get("tenants/shop/new") == b"source"


def test_a_file_system_without_hard_links_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(Path, "hardlink_to", refuse)

    with pytest.raises(StoreUnsafe, match="hard links"):
        FolderObjects(tmp_path).put_if_absent("a", b"")

    assert list(FolderObjects(tmp_path).list("")) == []


def test_what_the_operating_system_refuses_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(folder, "sync_folder", refuse)

    with pytest.raises(StoreUnavailable, match=r"could not write 'a': .*Input/output error"):
        FolderObjects(tmp_path).put("a", b"")


def test_a_root_in_a_folder_that_is_closed_to_us_can_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root may read every folder, so the refusal is played.
    def closed(folder: Path) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))

    objects = FolderObjects(tmp_path / "store")
    with monkeypatch.context() as patched:
        patched.setattr(
            durable, "sync_folder", lambda path: closed(path) if path == tmp_path else None
        )
        objects.put("a/b", b"x")
        patched.setattr(durable, "sync_folder", closed)
        with pytest.raises(StoreUnavailable, match="Permission denied"):
            objects.put("c/d", b"x")

    assert objects.get("a/b") == b"x"


def test_what_is_deleted_while_it_is_listed_is_left_out(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    for key in ["a", "b", "c", "d/e"]:
        objects.put(key, b"x")

    listing = objects.list("")
    first = next(listing)
    objects.delete("b")
    shutil.rmtree(tmp_path / "d")

    assert [first.key, *(info.key for info in listing)] == ["a", "c"]


def test_there_is_no_local_path_to_what_is_not_there(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    objects.put("a/b", b"x")

    for key in ["a", "nothing", "a/b/c"]:
        with pytest.raises(ObjectMissing):
            objects.local_path(key)


def test_the_file_itself_can_be_mapped(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    objects.put("a/b", b"value")

    assert objects.local_path("a/b") == tmp_path / "a" / "b"


names = st.sampled_from(["a", "b", "a-b", "a.b", "a0", "A", "~7e", "x=1"])
some_keys = st.lists(names, min_size=1, max_size=3).map("/".join)


@settings(max_examples=40, deadline=None)  # each makes a synced store on disk
@given(
    keys=st.sets(some_keys, max_size=8),
    prefix=st.just("") | some_keys,
    after=st.none() | some_keys | st.sampled_from(["a/", "a-", "a/a-"]),
)
def test_a_folder_lists_as_memory_does(
    tmp_path_factory: pytest.TempPathFactory, keys: set[str], prefix: str, after: str | None
) -> None:
    in_folder = FolderObjects(tmp_path_factory.mktemp("store"))
    in_memory = BucketObjects(MemoryStore())
    for key in keys:
        if not any(other.startswith(f"{key}/") for other in keys):
            in_folder.put(key, b"x")
            in_memory.put(key, b"x")

    def listed(objects: FolderObjects | BucketObjects) -> list[str]:
        return [info.key for info in objects.list(prefix, after)]

    assert listed(in_folder) == listed(in_memory)
    assert in_folder.children(prefix) == in_memory.children(prefix)
