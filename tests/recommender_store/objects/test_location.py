"""From an address to a store, and what happens where there is none."""

from pathlib import Path

import pytest
from obstore.store import MemoryStore

from recommender_store.errors import (
    StoreError,
    StoreFormatUnknown,
    StoreMissing,
    StoreUnavailable,
    StoreUrlInvalid,
)
from recommender_store.objects import location
from recommender_store.objects.bucket import BucketObjects
from recommender_store.objects.bucket_access import BucketAccess
from recommender_store.objects.keys import STORE_MARKER
from recommender_store.objects.location import folder_of, open_objects
from recommender_store.objects.scope import Scope


@pytest.fixture(autouse=True)
def _fresh_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(location, "_in_memory", {})


def open_here(url: str, *, create: bool = False) -> location.ObjectStore:
    return open_objects(url, create=create, environment={})


def test_a_relative_folder_lies_below_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    open_here("file://./.recommender", create=True).put("a", b"x")

    assert (tmp_path / ".recommender" / "a").read_bytes() == b"x"
    assert open_here(f"file://{tmp_path}/.recommender").get("a") == b"x"


def test_an_opened_relative_store_stays_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    objects = open_here("file://./store", create=True)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    objects.put("a", b"x")

    assert (tmp_path / "store" / "a").exists()


def test_a_folder_with_special_characters_is_percent_encoded(tmp_path: Path) -> None:
    open_here(f"file://{tmp_path}/my%20store", create=True)

    assert (tmp_path / "my store" / STORE_MARKER).exists()


def test_addresses_of_other_kinds_have_no_folder() -> None:
    assert folder_of("s3://bucket/prefix") is None
    assert folder_of("memory://") is None


@pytest.mark.parametrize("kind", ["missing", "empty", "full of other things"])
def test_where_no_store_was_made_none_is_opened(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "store"
    if kind != "missing":
        folder.mkdir()
    if kind == "full of other things":
        (folder / "photo.jpg").write_bytes(b"")

    with pytest.raises(StoreMissing, match="recommender tenants create") as missing:
        open_here(f"file://{folder}")

    assert missing.value.location == str(folder)
    assert "RECOMMENDER_STORE_URL" in str(missing.value)
    assert folder.exists() == (kind != "missing")


def test_making_a_store_twice_opens_it(tmp_path: Path) -> None:
    first = open_here(f"file://{tmp_path}/store", create=True)
    first.put("a", b"x")

    second = open_here(f"file://{tmp_path}/store", create=True)

    assert second.get("a") == b"x"
    assert second.get(STORE_MARKER) == b'{"format":"recommender-store/1"}'


def test_of_two_processes_that_make_a_store_both_open_it() -> None:
    class MadeMeanwhile(Scope):
        def put_if_absent(self, key: str, data: bytes) -> bool:
            super().put_if_absent(key, b'{"format":"recommender-store/1","by":"the other"}')
            return super().put_if_absent(key, data)

    objects = MadeMeanwhile(BucketObjects(MemoryStore()))

    location._check_marker(objects, "memory://", create=True)

    assert b"the other" in objects.get(STORE_MARKER)


@pytest.mark.parametrize(
    ("marker", "found"),
    [
        (b'{"format":"recommender-store/2"}', "recommender-store/2"),
        (b"{", "unreadable"),
        (b'"\xff"', "unreadable"),
        (b"{}", "unreadable"),
    ],
)
@pytest.mark.parametrize("create", [True, False])
def test_a_store_of_an_unknown_format_is_not_touched(
    tmp_path: Path, marker: bytes, found: str, *, create: bool
) -> None:
    open_here(f"file://{tmp_path}", create=True).put(STORE_MARKER, marker)

    with pytest.raises(StoreFormatUnknown) as unknown:
        open_here(f"file://{tmp_path}", create=create)

    assert unknown.value.code == "store_format_unknown"
    assert (unknown.value.found, unknown.value.known) == (found, "recommender-store/1")
    assert unknown.value.location == str(tmp_path)


def test_memory_is_one_store_per_process_and_address() -> None:
    with pytest.raises(StoreMissing):
        open_here("memory://")

    first = open_here("memory://", create=True)
    first.put("a", b"x")

    assert open_here("memory://").get("a") == b"x"
    with pytest.raises(StoreMissing):
        open_here("memory://other")


@pytest.mark.parametrize(
    "url",
    [
        "",
        ".recommender",
        "/var/lib/store",
        "file:/var/lib/store",
        "file://",
        "file://store",
        "file://host/store",
        "file:///a%00b",
        "s3://",
        "s3:///prefix",
        "s3://bucket//prefix",
        "s3://bucket/../other",
        "s3://bucket/a b",
        "s3://bucket/prefix?region=eu",
        "s3://user:secret@bucket/prefix",
        "http://bucket/prefix",
        "postgres://localhost/db",
        "memory:",
    ],
)
def test_a_wrong_address_is_told_with_an_example(url: str) -> None:
    with pytest.raises(StoreUrlInvalid, match=r"for example file://\./\.recommender") as invalid:
        open_here(url, create=True)

    assert invalid.value.url == url


def test_two_contradicting_endpoints_are_an_error() -> None:
    environment = {
        "RECOMMENDER_S3_ENDPOINT": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:2",
    }

    with pytest.raises(StoreUnavailable, match="set one of the two"):
        open_objects("s3://bucket", create=True, environment=environment)


@pytest.mark.parametrize(
    ("environment", "endpoint"),
    [
        ({}, None),
        ({"RECOMMENDER_S3_ENDPOINT": ""}, None),
        ({"AWS_ENDPOINT_URL": "https://a"}, "https://a"),
        ({"AWS_ENDPOINT_URL": "https://a", "AWS_ENDPOINT_URL_S3": "https://b"}, "https://b"),
        ({"AWS_ENDPOINT_URL": "https://a", "RECOMMENDER_S3_ENDPOINT": "https://c"}, "https://c"),
    ],
)
def test_the_more_particular_endpoint_wins(
    environment: dict[str, str], endpoint: str | None
) -> None:
    assert BucketAccess.from_environment("s3", environment).endpoint == endpoint


def test_only_known_and_set_variables_reach_the_library_and_none_is_shown() -> None:
    environment = {
        "AWS_REGION": "eu-central-1",
        "AWS_SESSION_TOKEN": "",
        "AWS_SECRET_ACCESS_KEY": "hush",
        "AWS_PAGER": "less",
        "HOME": "/root",
    }

    access = BucketAccess.from_environment("s3", environment)

    assert access.options == {"aws_region": "eu-central-1", "aws_secret_access_key": "hush"}
    assert "hush" not in repr(access)


def test_credentials_that_cannot_work_are_told_before_any_request() -> None:
    environment = {"AWS_ACCESS_KEY_ID": "half"}

    with pytest.raises(StoreUnavailable, match=r"could not open s3://bucket: .*SecretAccessKey"):
        open_objects("s3://bucket", create=True, environment=environment)


def test_google_and_azure_open_by_address_alone() -> None:
    azure = {"AZURE_STORAGE_ACCOUNT_NAME": "account", "AZURE_STORAGE_ACCOUNT_KEY": "a2V5"}

    for url, environment in [("gs://bucket/prefix", {}), ("az://container/prefix", azure)]:
        opened = location._connect(url, environment)
        assert not isinstance(opened, MemoryStore)
        assert opened.local_path("a") is None


def test_every_error_has_a_code_of_its_own() -> None:
    def below(kind: type[StoreError]) -> list[type[StoreError]]:
        return [kind, *(deeper for sub in kind.__subclasses__() for deeper in below(sub))]

    codes = [kind.code for kind in below(StoreError)]

    assert len(set(codes)) == len(codes)
