"""A store that stands still holds up no answer, and a tenant whose log is slow no other tenant."""

import threading
from pathlib import Path

import pytest
from typing_extensions import override

from recommender_store.objects.folder import FolderObjects
from recommender_store.opening import Store
from recommender_store.settings import StoreSettings
from tests.recommender_api.asking import answered, asked, ids
from tests.recommender_api.served import AUTHOR, serving, store_in


class HeldFolder(FolderObjects):
    """Segments of one tenant wait to be written until they are let go."""

    def __init__(self, root: Path, tenant: str) -> None:
        super().__init__(root)
        self._held = f"tenants/{tenant}/events/segments/"
        self.let_go = threading.Event()
        self.is_waiting = threading.Event()

    @override
    def put(self, key: str, data: bytes) -> None:
        if key.startswith(self._held):
            self.is_waiting.set()
            assert self.let_go.wait(timeout=60)
        super().put(key, data)


@pytest.fixture
def objects(tmp_path):
    store = store_in(tmp_path, create=True)
    for tenant in ("slow", "quick"):
        store.create_tenant(tenant, tenant, author=AUTHOR)
    return HeldFolder(tmp_path / "store", "slow")


def test_answers_go_out_while_the_log_stands_still_and_what_waits_is_written_later(
    objects, tmp_path
):
    settings = StoreSettings(url=f"file://{tmp_path / 'store'}", cache_dir=tmp_path / "cache")
    with serving(Store(objects, settings)) as running:
        slow, quick = running.of("slow"), running.of("quick")
        for client in (slow, quick):
            client.put("/items/one", json={"title": "one"})
        first = asked(slow, "newest", explain=True)
        assert objects.is_waiting.wait(timeout=60)

        made = [first, *(asked(slow, "newest", explain=True) for _ in range(20))]
        other = asked(quick, "newest", explain=True)
        found = answered(quick.get(f"/recommendations/{other['recommendation_id']}"))
        objects.let_go.set()
        looked_up = [slow.get(f"/recommendations/{one['recommendation_id']}") for one in made]

    assert all(ids(one) == ["one"] for one in made)
    assert ids(found) == ["one"]
    assert [answered(one)["recommendation_id"] for one in looked_up] == [
        one["recommendation_id"] for one in made
    ]
