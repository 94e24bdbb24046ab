"""A tenant whose requests wait for something slow takes no place from the others, nor for ever."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from recommender_api.history.in_memory import InMemoryHistory
from recommender_api.history.protocol import Recollection
from tests.recommender_api.asking import answered
from tests.recommender_api.served import Served, serving, store_in, until

ASKED = "/users/user-000001/recommendations"
FOR_ALL = "/items/item-000000/similar"
EVENT = {"event_id": "e1", "kind": "view", "user_id": "u", "item_id": "item-000001"}
BATCH = {"events": [EVENT | {"occurred_at": "2026-03-01T00:00:00Z"}]}


class StalledHistory(InMemoryHistory):
    """It is asked, and does not answer until it may."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = 0
        self._gate = threading.Event()

    def go_on(self) -> None:
        self._gate.set()

    async def recent(self, user_id: str | None, session_id: str | None) -> Recollection:
        self.waiting += 1
        try:
            await asyncio.to_thread(self._gate.wait, 20)
        finally:
            self.waiting -= 1
        return await super().recent(user_id, session_id)


def stalled(served: Served, tenant: str) -> StalledHistory:
    """From here on the tenant's history does not answer."""
    history = StalledHistory()
    live = served.applications.documented.state.shelf.loaded(tenant)
    live.history = history
    return history


@contextmanager
def asking(client: httpx.Client, times: int) -> Iterator[list["Future[httpx.Response]"]]:
    """So many requests under way at once."""
    with ThreadPoolExecutor(times) as threads:
        yield [threads.submit(client.get, ASKED) for _ in range(times)]


@pytest.fixture
def narrow(folder) -> Iterator[Served]:
    with serving(store_in(folder), answers_at_once=8) as running:
        yield running


def shed(served: Served, tenant: str, cause: str) -> float:
    told = served.client().get(served.internal_url + "/metrics").text
    series = f'recommender_api_shed_total{{cause="{cause}",tenant="{tenant}"}} '
    return sum(float(line[len(series) :]) for line in told.splitlines() if line.startswith(series))


def test_a_tenant_that_fills_its_part_is_told_to_wait_and_the_others_go_on(narrow):
    shop, twin = narrow.of("shop"), narrow.of("twin")
    for_all = answered(shop.get(FOR_ALL))["items"]
    history = stalled(narrow, "shop")
    with asking(shop, 4) as waiting:
        until(lambda: history.waiting == 4)
        refused = shop.get(ASKED)

        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "1"
        assert refused.json()["code"] == "too_many_requests"
        assert answered(twin.get(ASKED))["items"]
        assert answered(shop.get(FOR_ALL))["items"] == for_all  # it takes no place
        assert shop.post("/events", json=BATCH).status_code == 202  # of another kind
        history.go_on()

        assert [one.result().status_code for one in waiting] == [200] * 4
    assert shop.get(ASKED).status_code == 200
    assert shed(narrow, "shop", "tenant_share") == 1
    assert shed(narrow, "twin", "tenant_share") == 0


def test_where_all_are_many_it_is_the_worker_that_is_full(narrow):
    shop, twin = narrow.of("shop"), narrow.of("twin")
    histories = stalled(narrow, "shop"), stalled(narrow, "twin")
    with asking(shop, 4):
        until(lambda: histories[0].waiting == 4)
        with asking(twin, 2):
            until(lambda: histories[1].waiting == 2)
            refused = twin.get(ASKED)
            for history in histories:
                history.go_on()

    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["code"] == "overloaded"
    assert shed(narrow, "twin", "worker_full") == 1


def test_an_answer_that_takes_too_long_is_a_503_and_its_place_is_free(folder):
    with serving(store_in(folder), answers_at_once=2, answer_limit_ms=50) as served:
        shop = served.of("shop")
        history = stalled(served, "shop")
        for _ in range(3):
            late = shop.get(ASKED)

            assert late.status_code == 503
            assert late.headers["retry-after"] == "2"
            assert late.json()["code"] == "deadline_passed"
        history.go_on()

        assert answered(shop.get(ASKED))["items"]
        assert shed(served, "shop", "deadline") == 3


def test_events_that_a_slow_store_does_not_take_in_time_are_to_be_sent_again(folder):
    with serving(store_in(folder), request_limit_s=0.2) as served:
        shop, may_go_on = served.of("shop"), threading.Event()
        log = served.applications.documented.state.shelf.loaded("shop").space.events
        append = log.append
        log.append = lambda lines: may_go_on.wait(60) and append(lines)
        late = shop.post("/events", json=BATCH)

        assert late.status_code == 503
        assert late.json()["code"] == "deadline_passed"
        assert answered(shop.get(ASKED))["items"]
        may_go_on.set()

        until(lambda: shop.post("/events", json=BATCH).status_code == 202)
    kept = store_in(folder).tenant("shop").events
    kept.compact()
    assert [event["event_id"] for event in kept.state().read()].count("e1") == 1


def test_bodies_without_end_are_counted_as_turned_away(own):
    own.of("shop").post("/placements/popular:recommend", content=b" " * 2**20)

    assert shed(own, "shop", "body_large") == 1


def test_requests_under_way_are_answered_before_the_end_and_nobody_is_sent_here_meanwhile(folder):
    with serving(store_in(folder)) as served:
        shop, inside = served.of("shop"), served.client()
        ready = f"{served.internal_url}/readyz"
        history = stalled(served, "shop")
        with asking(shop, 1) as waiting:
            until(lambda: history.waiting == 1)
            served.listener.should_exit = True
            until(lambda: inside.get(ready).status_code == 503)

            assert inside.get(ready).json() == {"status": "ending"}
            assert history.waiting == 1
            with pytest.raises(httpx.TransportError):
                served.client().get("/openapi.json")
            history.go_on()

            assert answered(waiting[0].result())["items"]


def test_who_is_still_waiting_when_the_time_to_end_is_over_is_told_so(folder):
    with serving(store_in(folder)) as served:
        served.listener.config.timeout_graceful_shutdown = 0.3
        shop = served.of("shop")
        history = stalled(served, "shop")
        with asking(shop, 1) as waiting:
            until(lambda: history.waiting == 1)
            served.listener.should_exit = True

            assert waiting[0].result().json()["code"] == "deadline_passed"
        history.go_on()


def test_a_tenant_with_many_requests_at_once_does_not_keep_others_waiting_behind_them(narrow):
    shop, twin = narrow.of("shop"), narrow.of("twin")
    path = f"{ASKED}?explain=true"
    with ThreadPoolExecutor(16) as threads:
        loud = [threads.submit(shop.get, path) for _ in range(64)]
        quiet = [twin.get(path).status_code for _ in range(8)]

    assert quiet == [200] * 8
    assert {one.result().status_code for one in loud} <= {200, 429}
