"""A scope shows its prefix and nothing else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from obstore.store import MemoryStore

from recommender_store.errors import KeyInvalid
from recommender_store.objects.bucket import BucketObjects
from recommender_store.objects.folder import FolderObjects
from recommender_store.objects.scope import Scope


def test_keys_go_in_and_come_out_relative_to_the_prefix() -> None:
    whole = BucketObjects(MemoryStore())
    scope = Scope(whole).at("tenants", "shop")
    scope.put("a/b", b"x")
    scope.put("c", b"y")
    whole.put("tenants/shop2/a", b"other")

    assert scope.prefix == "tenants/shop"
    assert whole.get("tenants/shop/a/b") == b"x"
    assert [info.key for info in scope.list()] == ["a/b", "c"]
    assert [info.key for info in scope.list("a")] == ["a/b"]
    assert [info.key for info in scope.list("", after="a/b")] == ["c"]
    assert scope.children() == ["a"]
    assert scope.at("a").get("b") == b"x"
    assert [info.key for info in Scope(whole).list("tenants/shop")] == [
        "tenants/shop/a/b",
        "tenants/shop/c",
    ]


@pytest.mark.parametrize(
    "outside", ["..", "../shop2/a", "a/../../shop2", "/etc/passwd", "a//b", "", ".", "a/", "~/../x"]
)
def test_no_key_leaves_the_scope(outside: str, tmp_path: Path) -> None:
    scope = Scope(FolderObjects(tmp_path), "tenants/shop")
    for leave in [
        lambda: scope.get(outside),
        lambda: scope.put(outside, b""),
        lambda: scope.put_if_absent(outside, b""),
        lambda: scope.delete(outside),
        lambda: scope.download(outside, tmp_path / "down"),
        lambda: scope.upload(Path(__file__), outside),
        lambda: scope.local_path(outside),
        lambda: scope.at(outside),
        lambda: scope.at("a", outside),
        lambda: scope.chain(outside),
        lambda: scope.list(outside or "/"),
        lambda: scope.children(outside or "/"),
    ]:
        with pytest.raises(KeyInvalid):
            leave()


def test_a_scope_needs_segments_to_go_deeper() -> None:
    with pytest.raises(KeyInvalid):
        Scope(BucketObjects(MemoryStore())).at()


names = st.sampled_from(["a", "b", "ab", "a-b"])
keys = st.lists(names, min_size=1, max_size=3).map("/".join)


@given(written=st.lists(st.tuples(names, keys, st.binary(max_size=3)), max_size=8))
def test_two_scopes_never_show_each_others_objects(written: list[tuple[str, str, bytes]]) -> None:
    whole = Scope(BucketObjects(MemoryStore()))
    expected: dict[str, dict[str, bytes]] = {}
    for name, key, data in written:
        whole.at("tenants", name).put(key, data)
        expected.setdefault(name, {})[key] = data

    for name in ["a", "b", "ab", "a-b"]:
        scope = whole.at("tenants", name)
        shown = {info.key: scope.get(info.key) for info in scope.list()}
        assert shown == expected.get(name, {})
