"""Every kind of object store, empty and ready, one after the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from recommender_store.objects.bucket import BucketObjects
from recommender_store.objects.folder import FolderObjects
from recommender_store.objects.location import open_objects
from recommender_store.objects.protocol import ObjectStore
from recommender_store.objects.scope import Scope
from tests.conformance.s3_server import S3Server, running_s3


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    with running_s3() as server:
        yield server


@pytest.fixture(params=["folder", "memory", "s3", "scope"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """An empty store; on S3 with a prefix in the bucket, as in production."""
    if request.param == "folder":
        return FolderObjects(tmp_path / "store")
    if request.param == "memory":
        return BucketObjects(MemoryStore())
    if request.param == "scope":
        return Scope(BucketObjects(MemoryStore()), "deep/down")
    server: S3Server = request.getfixturevalue("s3_server")
    url = f"s3://{server.new_bucket()}/some/prefix"
    store = open_objects(url, create=True, environment=server.environment)
    for info in list(store.list("")):
        store.delete(info.key)
    return store
