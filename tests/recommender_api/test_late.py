"""Applications that are made when they are first asked for."""

import asyncio
import threading

import pytest

from recommender_api.app import create_app
from recommender_api.late import Late
from recommender_api.settings import ApiSettings
from tests.recommender_api.served import Served, store_in, until


def test_it_is_made_once_however_many_ask():
    made = []

    def make() -> object:
        made.append(object())
        return made[-1]

    async def ask() -> list[object]:
        late = Late(make)
        return [*await asyncio.gather(*(late.soon() for _ in range(8))), late.now()]

    given = asyncio.run(ask())

    assert len(made) == 1
    assert set(given) == set(made)


def test_who_makes_it_keeps_nobody_else_from_being_answered():
    goes_on = threading.Event()

    async def answer_another_request() -> bool:
        late = Late(lambda: goes_on.wait(10))
        first = asyncio.create_task(late.soon())
        await asyncio.sleep(0)
        goes_on.set()  # reached at once where the loop is free
        return await first

    assert asyncio.run(answer_another_request())


def test_what_could_not_be_made_is_tried_by_the_next_one():
    tries = iter([OSError("no memory"), None])

    def make() -> str:
        wrong = next(tries)
        if wrong is not None:
            raise wrong
        return "made"

    late = Late(make)

    with pytest.raises(OSError, match="no memory"):
        late.now()
    assert late.now() == "made"


def test_wiring_makes_neither_the_documented_routes_nor_the_console(folder):
    applications = create_app(store_in(folder), ApiSettings())

    assert not applications.api.is_made
    assert not applications.console.is_made


def test_a_server_that_is_ready_makes_them_though_nobody_asks(own: Served):
    until(lambda: own.applications.api.is_made and own.applications.console.is_made)

    assert own.admin.get("/v1/tenants").status_code == 200
