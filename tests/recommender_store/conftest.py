"""Stores for one test each: in memory, and in a folder."""

from pathlib import Path
from uuid import uuid4

import pytest
from obstore.store import MemoryStore

from recommender_store.author import Author
from recommender_store.objects.bucket import BucketObjects
from recommender_store.objects.folder import FolderObjects
from recommender_store.objects.scope import Scope
from recommender_store.opening import Store, open_store
from recommender_store.settings import StoreSettings


@pytest.fixture
def author() -> Author:
    return Author(by="tests", origin="here")


@pytest.fixture
def memory() -> Scope:
    """An empty scope that has no local files, like a bucket."""
    return Scope(BucketObjects(MemoryStore()), "somewhere")


@pytest.fixture
def folder(tmp_path: Path) -> Scope:
    """An empty scope whose objects are files below `tmp_path / "store"`."""
    return Scope(FolderObjects(tmp_path / "store"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A whole store in memory, its cache of models in a folder of the test's."""
    settings = StoreSettings(url=f"memory://{uuid4().hex}", cache_dir=tmp_path / "cache")
    return open_store(settings, create=True)
