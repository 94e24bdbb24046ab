"""Who is let in where there is not room for everybody, and for how long."""

import asyncio

import pytest

from recommender_api.access.places import Places
from recommender_api.errors import DeadlinePassed, Overloaded, TooManyRequests


def filled(places: Places, *owners: str) -> None:
    for owner in owners:
        places.take(owner)


def admitted_of(places: Places, owner: str) -> int:
    """How many more of this owner fit."""
    for count in range(1000):
        try:
            filled(places, owner)
        except (TooManyRequests, Overloaded):
            return count
    raise AssertionError("there is no bound")


def test_a_tenant_alone_holds_half_of_the_places_and_two_a_third_each():
    places = Places(12, 1)

    assert admitted_of(places, "loud") == 6
    assert admitted_of(places, "louder") == 3
    assert admitted_of(places, "quiet") >= 1


def test_who_holds_more_than_its_part_is_told_so_and_others_that_it_is_full():
    places = Places(6, 1)
    filled(places, "loud", "loud", "loud")
    with pytest.raises(TooManyRequests):
        filled(places, "loud")
    filled(places, "quiet", "other")

    with pytest.raises(Overloaded) as caught:
        filled(places, "quiet")
    assert caught.value.shed == "worker_full"


def test_places_are_given_back_whatever_happened():
    places = Places(2, 1)

    async def fail() -> None:
        raise ZeroDivisionError

    async def ask() -> None:
        for _ in range(5):
            with pytest.raises(ZeroDivisionError):
                await places.admit("shop", fail)
            with pytest.raises(ZeroDivisionError):
                await places.see_through("shop", fail)

    asyncio.run(ask())

    assert admitted_of(places, "shop") == 1


def test_everybody_who_came_at_once_is_counted_before_anybody_is_worked_for():
    """So that work which never waits is bounded too."""
    places, worked = Places(10, 1), []

    async def work() -> None:
        worked.append(1)

    async def ask() -> list[BaseException | None]:
        each = (places.admit("loud", work) for _ in range(50))
        return await asyncio.gather(*each, return_exceptions=True)

    told = asyncio.run(ask())

    assert len(worked) == 5
    assert sum(isinstance(one, TooManyRequests) for one in told) == 45


def test_work_past_its_time_is_cancelled_and_its_place_free():
    places, ended = Places(2, 0.01), []

    async def stall() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(1)

    async def ask() -> None:
        with pytest.raises(DeadlinePassed):
            await places.admit("shop", stall)

    asyncio.run(ask())

    assert ended == [1]
    assert admitted_of(places, "shop") == 1


def test_work_that_cannot_be_cancelled_holds_its_place_until_it_ends():
    places = Places(2, 0.01)

    async def ask() -> None:
        may_end = asyncio.Event()

        async def work() -> None:
            await may_end.wait()
            raise ZeroDivisionError  # nobody is there to hear it

        with pytest.raises(DeadlinePassed):
            await places.see_through("shop", work)
        with pytest.raises(TooManyRequests):
            await places.see_through("shop", work)
        may_end.set()
        await asyncio.sleep(0.01)
        filled(places, "shop")

    asyncio.run(ask())


def test_a_timeout_of_the_work_s_own_is_no_deadline():
    async def fail() -> None:
        raise TimeoutError

    async def ask() -> None:
        with pytest.raises(TimeoutError):
            await Places(2, 1).admit("shop", fail)

    asyncio.run(ask())
