"""When keys are used is written down now and then, never by a request, and never in its way."""

import asyncio
from datetime import UTC, datetime, timedelta

from recommender_api.access.caller import Doorkeeper
from recommender_api.access.uses import Uses
from tests.recommender_api.served import AUTHOR, store_in
from tests.recommender_store.faulty import CountedObjects, FullObjects

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def test_a_known_key_costs_no_look_into_the_store_though_its_use_is_noted(folder):
    store = store_in(folder)
    space = store.tenant("shop")
    made = space.keys.create("web", ["serve"], author=AUTHOR)
    doorkeeper = Doorkeeper(lambda _: space, store.signing, {})
    asyncio.run(doorkeeper.caller(made.secret))
    asked = CountedObjects(space.key_uses._objects)
    space.key_uses._objects = asked

    for _ in range(3):
        asyncio.run(doorkeeper.caller(made.secret))

    assert asked.asked == []
    asyncio.run(doorkeeper.uses.write())
    assert asked.asked != []
    assert [*space.key_uses.last()] == [made.record.key_id]


def test_it_is_written_once_in_a_while_and_only_what_is_new(folder):
    space = store_in(folder).tenant("shop")
    space.key_uses._objects = asked = CountedObjects(space.key_uses._objects)
    uses = Uses(lambda _: space, write_every_s=0.01)
    uses.note(space.tenant_id, "a", NOW)

    async def live() -> None:
        running = asyncio.create_task(uses.run())
        while not asked.asked:  # noqa: ASYNC110 - nobody is told of it
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        running.cancel()

    asyncio.run(live())

    assert asked.asked == ["last.json"]
    assert space.key_uses.last() == {"a": NOW}


def test_what_cannot_be_written_stops_nothing(folder):
    space = store_in(folder).tenant("shop")
    kept = space.key_uses._objects
    space.key_uses._objects = FullObjects(kept, 0)
    uses = Uses(lambda _: space)
    uses.note(space.tenant_id, "a", NOW)

    asyncio.run(uses.write())

    space.key_uses._objects = kept
    uses.note(space.tenant_id, "a", NOW + timedelta(hours=1))
    asyncio.run(uses.write())
    assert space.key_uses.last() == {"a": NOW + timedelta(hours=1)}
