"""Tenants take turns, however many requests one of them has waiting."""

import asyncio
import contextlib

from recommender_api.access.turns import Turns


def order_of(owners: list[str], late: dict[int, str] | None = None) -> list[str]:
    """In which order they work; `late` come when so many have worked."""
    turns, worked = Turns(), []

    async def work(owner: str) -> None:
        await turns.mine(owner)
        worked.append(owner)
        if late and (newcomer := late.pop(len(worked), None)):
            tasks.append(asyncio.create_task(work(newcomer)))

    tasks: list[asyncio.Task[None]] = []

    async def all_of_them() -> None:
        tasks.extend(asyncio.create_task(work(owner)) for owner in owners)
        while not all(task.done() for task in tasks):
            await asyncio.wait(tasks)

    asyncio.run(all_of_them())
    return worked


def test_each_tenant_has_one_turn_after_the_other():
    assert order_of([*["loud"] * 5, "quiet", "quiet", "other"]) == [
        *("loud", "quiet", "other", "loud", "quiet"),
        *("loud", "loud", "loud"),
    ]


def test_who_comes_while_hundreds_wait_is_not_last():
    worked = order_of(["loud"] * 400, {1: "quiet"})

    assert len(worked) == 401
    assert worked.index("quiet") < 100


def test_whoever_gave_up_waiting_takes_no_turn_from_others():
    async def ask() -> list[str]:
        turns, worked = Turns(), []

        async def work(owner: str) -> None:
            await turns.mine(owner)
            worked.append(owner)

        gone, stays = (asyncio.create_task(work(owner)) for owner in ("gone", "stays"))
        await asyncio.sleep(0)
        gone.cancel()
        await stays
        with contextlib.suppress(asyncio.CancelledError):
            await gone
        await work("later")
        return worked

    assert asyncio.run(ask()) == ["stays", "later"]
