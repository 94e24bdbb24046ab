"""Models change while requests come in: none fails, and each is answered by one model."""

import shutil
import threading

from tests.recommender_api.served import AUTHOR, store_in, until

PATHS = [
    "/items/item-000000/similar",
    "/users/user-000001/recommendations",
    "/popular?limit=50&filter=price%20%3C%20100",
]


class Hammer:
    """Asks without a pause, and keeps what it was told."""

    def __init__(self, client):
        self._client = client
        self._stop = threading.Event()
        self.told = []
        self._threads = [threading.Thread(target=self._ask, args=(path,)) for path in PATHS]

    def _ask(self, path):
        while not self._stop.is_set():
            response = self._client.get(path)
            version = response.json().get("model", {}).get("version")
            self.told.append((response.status_code, version, len(response.json().get("items", []))))

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()


def versions(client):
    """The live one last."""
    answer = client.get("/models").json()
    found = [one["version"] for one in answer["models"]]
    return sorted(found, key=lambda version: version == answer["current"])


def test_promoting_back_and_forth_under_load_fails_no_request(own):
    shop = own.of("shop")
    both = versions(shop)
    with Hammer(shop) as hammer:
        for turn in range(10):
            assert shop.post(f"/models/{both[turn % 2]}:promote").status_code == 200

    assert {status for status, _, _ in hammer.told} == {200}
    assert {version for _, version, _ in hammer.told} == set(both)
    assert all(count >= 10 for _, _, count in hammer.told)


def test_a_model_that_another_process_promoted_is_served_within_seconds(own, folder):
    shop = own.of("shop")
    older, newer = versions(shop)
    elsewhere = store_in(folder).tenant("shop")
    with Hammer(shop) as hammer:
        elsewhere.models.promote(older, author=AUTHOR)
        elsewhere.announce("model", version=older)
        until(lambda: shop.get(PATHS[0]).json()["model"]["version"] == older)

    assert {status for status, _, _ in hammer.told} == {200}
    assert {version for _, version, _ in hammer.told} <= {older, newer}


def test_promoting_a_model_that_is_broken_leaves_the_old_one_serving_and_says_so(own, folder):
    shop = own.of("shop")
    older, newer = versions(shop)
    shutil.rmtree(folder / "cache")
    place = folder / "store" / "tenants" / "shop" / "artifacts" / older
    for path in place.rglob("*.npy"):
        path.write_bytes(path.read_bytes()[:-1])
    with Hammer(shop) as hammer:
        assert shop.post(f"/models/{older}:promote").status_code == 200
        answer = shop.get(PATHS[0]).json()

    assert answer["degraded"] is True
    assert answer["model"]["version"] == newer
    assert [one["code"] for one in answer["warnings"]] == ["degraded"]
    assert {(status, version) for status, version, _ in hammer.told} == {(200, newer)}

    shop.post("/models:rollback")
    assert shop.get(PATHS[0]).json()["degraded"] is False
