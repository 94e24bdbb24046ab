"""What the protocol promises, on a folder, in memory, on a real S3 API, and through a scope."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Barrier

import pytest

from recommender_store.errors import KeyInvalid, ObjectMissing
from recommender_store.objects.proof import prove_put_if_absent
from recommender_store.objects.protocol import ObjectStore

BIG = Random(7).randbytes(8 * 1024 * 1024 + 3)

# Each of these sorts differently as a name in a folder than as a part of a key.
NASTY_KEYS = [
    "a-b/c",
    "a.b",
    "a/b",
    "a/b-c/d",
    "a/b.c",
    "a/b0",
    "a/bb/c",
    "a0",
    "A",
    "date=2026-11-20/x.parquet",
    "z/~2f~ff/end",
    "~7e",
    "_under/-dash",
]


def keys_below(objects: ObjectStore, prefix: str, after: str | None = None) -> list[str]:
    return [info.key for info in objects.list(prefix, after)]


def test_what_was_put_is_read_back(objects: ObjectStore) -> None:
    objects.put("a/b", b"bytes \x00\xff")

    assert objects.get("a/b") == b"bytes \x00\xff"


def test_put_replaces(objects: ObjectStore) -> None:
    objects.put("a/b", b"a long first value")
    objects.put("a/b", b"short")

    assert objects.get("a/b") == b"short"


def test_an_empty_object_is_an_object(objects: ObjectStore, tmp_path: Path) -> None:
    assert objects.put_if_absent("empty", b"") is True
    assert objects.put_if_absent("empty", b"x") is False

    objects.download("empty", tmp_path / "down")

    assert objects.get("empty") == b""
    assert (tmp_path / "down").read_bytes() == b""
    assert [info.size for info in objects.list("")] == [0]


def test_a_big_object_comes_back_whole(objects: ObjectStore, tmp_path: Path) -> None:
    objects.put("big", BIG)

    objects.download("big", tmp_path / "down")

    assert objects.get("big") == BIG
    assert (tmp_path / "down").read_bytes() == BIG


@pytest.mark.parametrize("data", [b"", b"small", BIG], ids=["empty", "small", "big"])
def test_an_uploaded_file_replaces_what_was_there(
    objects: ObjectStore, tmp_path: Path, data: bytes
) -> None:
    source = tmp_path / "up"
    source.write_bytes(data)
    objects.put("a/file", b"before")

    objects.upload(source, "a/file")

    assert objects.get("a/file") == data
    assert source.read_bytes() == data


def test_uploading_a_file_that_does_not_exist_is_the_callers_error(
    objects: ObjectStore, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        objects.upload(tmp_path / "nothing", "a/file")

    assert keys_below(objects, "") == []


def test_put_if_absent_leaves_what_is_there(objects: ObjectStore) -> None:
    assert objects.put_if_absent("a/b", b"first") is True
    assert objects.put_if_absent("a/b", b"second") is False

    assert objects.get("a/b") == b"first"


def test_a_key_is_free_again_after_deletion(objects: ObjectStore) -> None:
    objects.put("a/b", b"first")
    objects.delete("a/b")

    assert objects.put_if_absent("a/b", b"second") is True
    assert objects.get("a/b") == b"second"


def test_of_many_writers_at_once_exactly_one_wins(objects: ObjectStore) -> None:
    writers = 8
    barrier = Barrier(writers)

    def write(writer: int, key: str) -> bool:
        barrier.wait()
        return objects.put_if_absent(key, str(writer).encode() * 1000)

    for number in range(5):
        key = f"race/{number}/here"
        with ThreadPoolExecutor(writers) as pool:
            won = list(pool.map(write, range(writers), [key] * writers))

        assert sum(won) == 1
        assert objects.get(key) == str(won.index(True)).encode() * 1000


def test_readers_never_meet_half_a_value_while_it_is_replaced(objects: ObjectStore) -> None:
    values = [bytes([letter]) * 50_000 for letter in b"abcd"]
    objects.put("value", values[0])

    def write(value: bytes) -> None:
        for _ in range(5):
            objects.put("value", value)

    with ThreadPoolExecutor(4) as pool:
        writes = [pool.submit(write, value) for value in values]
        seen = [objects.get("value") for _ in range(30)]
        for done in writes:
            done.result()

    assert set(seen) <= set(values)


def test_reading_what_is_not_there_is_missing(objects: ObjectStore, tmp_path: Path) -> None:
    objects.put("a/b/c", b"x")

    for key in ["nothing", "a/nothing", "a", "a/b", "a/b/c/d"]:
        with pytest.raises(ObjectMissing) as missing:
            objects.get(key)
        with pytest.raises(ObjectMissing):
            objects.download(key, tmp_path / "down")
        assert missing.value.key.endswith(key)

    assert not (tmp_path / "down").exists()


def test_deleting_what_is_not_there_is_fine(objects: ObjectStore) -> None:
    objects.put("a/b", b"x")

    for key in ["nothing", "a", "a/b/c", "a/b", "a/b"]:
        objects.delete(key)

    assert keys_below(objects, "") == []


def test_a_listing_is_sorted_by_key_as_a_string(objects: ObjectStore) -> None:
    for key in NASTY_KEYS:
        objects.put(key, key.encode())

    listed = list(objects.list(""))

    assert [info.key for info in listed] == sorted(NASTY_KEYS)
    assert [info.size for info in listed] == [len(key) for key in sorted(NASTY_KEYS)]
    assert all(objects.get(key) == key.encode() for key in NASTY_KEYS)


def test_a_prefix_is_whole_segments(objects: ObjectStore) -> None:
    for key in NASTY_KEYS:
        objects.put(key, b"")

    assert keys_below(objects, "a") == ["a/b", "a/b-c/d", "a/b.c", "a/b0", "a/bb/c"]
    assert keys_below(objects, "z/~2f~ff") == ["z/~2f~ff/end"]
    assert keys_below(objects, "a/b") == []
    assert keys_below(objects, "nothing/there") == []


def test_a_listing_starts_after_any_string(objects: ObjectStore) -> None:
    for key in NASTY_KEYS:
        objects.put(key, b"")
    ordered = sorted(NASTY_KEYS)

    for after in [*ordered, "a", "a/", "a/b-", "a/c", "", "~~"]:
        assert keys_below(objects, "", after) == [key for key in ordered if key > after]
    assert keys_below(objects, "a", "a/b.c") == ["a/b0", "a/bb/c"]
    assert keys_below(objects, "a", "A") == keys_below(objects, "a")


def test_a_listing_goes_beyond_one_page(objects: ObjectStore) -> None:
    keys = [f"many/{number:05d}" for number in range(103)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda key: objects.put(key, b""), keys))

    assert keys_below(objects, "many") == keys
    assert keys_below(objects, "many", keys[100]) == keys[101:]


def test_a_listing_tells_when_an_object_was_written(objects: ObjectStore) -> None:
    slack = timedelta(seconds=2)  # S3 tells whole seconds
    before = datetime.now(UTC) - slack
    objects.put("a", b"")

    (info,) = objects.list("")

    assert before <= info.modified_at <= datetime.now(UTC) + slack
    assert info.modified_at.utcoffset() == timedelta(0)


def test_children_are_the_folders_that_hold_something(objects: ObjectStore) -> None:
    for key in [*NASTY_KEYS, "gone/soon/x"]:
        objects.put(key, b"")
    objects.delete("gone/soon/x")

    assert objects.children("") == ["_under", "a", "a-b", "date=2026-11-20", "z"]
    assert objects.children("a") == ["b-c", "bb"]
    assert objects.children("z") == ["~2f~ff"]
    assert objects.children("a/bb") == []
    assert objects.children("nothing") == []


@pytest.mark.parametrize(
    "key",
    ["", "/", "/a", "a/", "a//b", "..", "a/../b", "./a", ".tmp/x", "a/.hidden", "a b", "ä", "a\n"],
)
def test_what_is_not_a_key_is_refused(objects: ObjectStore, tmp_path: Path, key: str) -> None:
    source = tmp_path / "file"
    source.write_bytes(b"x")
    for verb in [
        lambda: objects.get(key),
        lambda: objects.put(key, b""),
        lambda: objects.put_if_absent(key, b""),
        lambda: objects.delete(key),
        lambda: objects.download(key, tmp_path / "down"),
        lambda: objects.upload(source, key),
        lambda: objects.local_path(key),
        lambda: objects.address(key),
        lambda: objects.list(key or "/"),
        lambda: objects.children(key or "/"),
    ]:
        with pytest.raises(KeyInvalid):
            verb()


def test_a_local_path_is_the_object_itself_or_none(objects: ObjectStore) -> None:
    objects.put("a/b", b"value")

    path = objects.local_path("a/b")

    assert path is None or path.read_bytes() == b"value"


def test_an_address_names_the_object_to_other_programs_or_there_is_none(
    objects: ObjectStore,
) -> None:
    objects.put("a/b", b"value")

    address, path = objects.address("a/b"), objects.local_path("a/b")

    assert address is None or address.endswith("/a/b")
    assert path is None or (address is not None and address == path.as_uri())


def test_put_if_absent_can_be_proven_and_leaves_nothing(objects: ObjectStore) -> None:
    prove_put_if_absent(objects)

    assert keys_below(objects, "") == []
