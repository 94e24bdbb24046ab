"""Real hooks in a real child: what becomes of their calls, and of the child."""

import ast
import asyncio
import sys

import pytest
from prometheus_client import generate_latest

from recommender_api.rules.hooks import tenant_hooks
from recommender_api.rules.hooks.hooks import Hooks
from recommender_api.rules.hooks.tenant_hooks import TenantHooks
from recommender_api.telemetry.metrics import Metrics
from recommender_store.tenants.identity import parse_tenant_id
from recommender_store.tenants.settings import HookSettings
from tests.recommender_api.rules.hooks.installed import is_gone
from tests.recommender_api.rules.hooks.running import (
    ALL,
    HASTY,
    PATIENT,
    SHOP,
    ask,
    children,
    running,
)

OVER_TIME = {"overrun", "late"}
"""Late is told where the machine was too busy to be sure that the hook had all that time."""


def asked(hook, settings=PATIENT, **context):
    async def one():
        async with running(settings) as shop:
            return await ask(shop, hook, settings, **context)

    return asyncio.run(one())


def test_a_good_hook_gives_other_scores_and_another_order():
    reply = asked("margin-first")

    assert (reply.how, reply.places, reply.scores) == ("applied", [1, 0, 2], [8.0, 5.0, 3.0])


def test_a_hook_sees_the_request_and_may_drop():
    assert asked("margin-first", margin="low").places == [0, 2, 1]
    assert asked("no-tools").places == [0, 2]


@pytest.mark.parametrize(
    ("hook", "context", "how", "told"),
    [
        ("raises", {}, "failed", "raised ValueError: the shop is closed"),
        ("leaves", {}, "failed", "raised SystemExit: 3"),
        ("rubbish", {}, "invalid", "int has no ids and scores"),
        ("rubbish", {"rubbish": "lengths"}, "invalid", "3 ids, 2 scores"),
        ("rubbish", {"rubbish": "texts"}, "invalid", "could not convert"),
        ("rubbish", {"rubbish": "lists"}, "invalid", "unhashable"),
        ("not-a-number", {}, "invalid", "no finite number"),
        ("not-a-number", {"score": "inf"}, "invalid", "no finite number"),
        ("not-a-number", {"score": "1e300"}, "invalid", "no finite number"),
        ("missing-module", {}, "missing", "no_such_module"),
        ("raises", {"huge": 2**70}, "failed", "cannot be handed on"),
    ],
)
def test_a_hook_that_is_of_no_use_says_why_and_lives_on(hook, context, how, told):
    async def one_and_another():
        async with running() as shop:
            return await ask(shop, hook, **context), await ask(shop, "no-tools")

    reply, after = asyncio.run(one_and_another())

    assert reply.how == how
    assert told in reply.detail
    assert after.how == "applied"


def test_a_hook_that_nobody_installed_is_missing():
    settings = HookSettings(allowed=("elsewhere",), budget_ms=1000)

    assert asked("elsewhere", settings).how == "missing"


def test_what_a_hook_was_not_given_is_left_out_and_what_comes_twice_counts_once():
    reply = asked("brings-back", wanted=["blocked", "of another tenant", "c"])

    assert (reply.how, reply.places) == ("applied", [2, 0, 1])
    assert reply.ignored == 4


@pytest.mark.parametrize("hook", ["slow", "endless", "stubborn"])
def test_a_hook_that_takes_too_long_is_killed_and_its_process_started_anew(hook):
    async def before_and_after():
        async with running() as shop:
            (pid,) = children()
            how = await ended(shop, hook)
            at_once = await ask(shop, "no-tools", HASTY)
            await shop.started(ALL, 30)
            return pid, how, at_once, await ask(shop, "no-tools"), children()

    pid, how, at_once, later, left = asyncio.run(before_and_after())

    assert how in OVER_TIME
    assert at_once.how == "starting"
    assert later.how == "applied"
    assert pid not in left


def test_other_work_goes_on_while_a_hook_thinks():
    async def beside():
        async with running() as shop:
            thinking = asyncio.create_task(ask(shop, "slow", sleep_s=0.3))
            turns = 0
            while not thinking.done():
                await asyncio.sleep(0.001)
                turns += 1
            return turns, await thinking

    turns, reply = asyncio.run(beside())

    assert turns > 3
    assert reply.how == "applied"


def test_who_waits_for_a_turn_too_long_goes_without_and_nobody_is_killed():
    async def two():
        async with running() as shop:
            first = asyncio.create_task(ask(shop, "slow", sleep_s=0.3))
            await asyncio.sleep(0.05)
            second = await ask(shop, "no-tools", within_s=0.05)
            return (await first), second, await ask(shop, "no-tools")

    first, second, third = asyncio.run(two())

    assert (first.how, second.how, third.how) == ("applied", "late", "applied")


def test_an_answer_whose_time_is_over_goes_without_though_the_hook_is_within_its_own():
    async def two():
        async with running() as shop:
            late = await ask(shop, "slow", within_s=0.05, sleep_s=0.3)
            return late, await ask(shop, "no-tools")

    late, after = asyncio.run(two())

    assert (late.how, after.how) == ("late", "applied")


def test_calls_of_many_answers_take_their_turns():
    async def many():
        async with running() as shop:
            return await asyncio.gather(*(ask(shop, "no-tools") for _ in range(50)))

    replies = asyncio.run(many())

    assert {tuple(reply.places) for reply in replies} == {(0, 2)}
    assert len({reply.number for reply in replies}) == 50


def test_a_hook_that_ends_its_process_is_told_and_the_next_call_finds_another():
    async def dying():
        async with running() as shop:
            first = await ask(shop, "dies")
            await shop.started(ALL, 30)
            return first, await ask(shop, "no-tools")

    first, second = asyncio.run(dying())

    assert (first.how, second.how) == ("died", "applied")


def test_five_overruns_in_a_minute_switch_a_hook_off_for_a_minute_and_no_other():
    now = [1000.0]

    async def overrunning():
        shop = TenantHooks(SHOP, Metrics(), clock=lambda: now[0])
        try:
            hows = []
            for _ in range(6):
                await shop.started(ALL, 30)
                hows.append(await ended(shop, "endless"))
            await shop.started(ALL, 30)
            other = await ask(shop, "no-tools")
            now[0] += 61
            await shop.started(ALL, 30)
            return hows, other.how, await ended(shop, "endless")
        finally:
            await shop.close()

    hows, other, later = asyncio.run(overrunning())

    assert set(hows[:5]) <= OVER_TIME
    assert hows[5] == "off"
    assert other == "applied"
    assert later in OVER_TIME


def test_overruns_that_are_far_between_switch_nothing_off():
    now = [1000.0]

    async def overrunning():
        shop = TenantHooks(SHOP, Metrics(), clock=lambda: now[0])
        try:
            hows = []
            for _ in range(6):
                await shop.started(ALL, 30)
                hows.append(await ended(shop, "endless"))
                now[0] += 20
            return hows
        finally:
            await shop.close()

    assert set(asyncio.run(overrunning())) <= OVER_TIME


def test_a_child_sees_no_secret_and_nothing_of_the_platforms_machinery(tmp_path, monkeypatch):
    secrets = {
        "RECOMMENDER_SECRET_KEY": "hush",
        "RECOMMENDER_ADMIN_TOKEN": "hush",
        "RECOMMENDER_REDIS_URL": "redis://:hush@host",
        "AWS_SECRET_ACCESS_KEY": "hush",
        "SOMETHING_ELSE": "hush",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    report = tmp_path / "report"

    assert asked("reports", report=str(report)).how == "applied"
    seen = ast.literal_eval(report.read_text(encoding="utf-8"))

    assert "hush" not in str(seen["environment"])
    assert not set(secrets) & set(seen["environment"])
    assert not {"obstore", "fastapi", "numpy", "recommender_store"} & set(seen["modules"])
    assert seen["request"] == ["home", "u", [], 2]


def test_the_child_ends_with_its_tenants_hooks():
    async def here_and_gone():
        async with running():
            return children()

    (pid,) = asyncio.run(here_and_gone())

    assert is_gone(pid)


def test_when_other_hooks_are_allowed_they_are_loaded():
    async def changing():
        async with running(HookSettings(allowed=("raises",), budget_ms=1000)) as shop:
            shop.wake(("no-tools",))
            settings = HookSettings(allowed=("no-tools",), budget_ms=1000)
            await asyncio.sleep(0)
            await shop.started(settings.allowed, 30)
            return await ask(shop, "no-tools", settings)

    assert asyncio.run(changing()).how == "applied"


def test_a_child_that_nobody_wants_any_more_ends(monkeypatch):
    monkeypatch.setattr(tenant_hooks, "UNWANTED_S", 0.2)

    async def unwanted():
        async with running() as shop:
            await gone(shop)
            return await ask(shop, "no-tools")

    after = asyncio.run(unwanted())

    assert after.how == "starting"


def test_a_worker_runs_so_many_children_and_the_one_asked_longest_ago_makes_room(monkeypatch):
    monkeypatch.setattr("recommender_api.rules.hooks.hooks.CHILDREN_MOST", 1)

    async def two_tenants():
        every = Hooks(Metrics())
        shop, twin = every.of(SHOP), every.of(parse_tenant_id("twin"))
        try:
            await shop.started(ALL, 30)
            woken = twin.wake(ALL), twin.is_alive
            refused = await ask(twin, "no-tools")
            await gone(shop)
            await twin.started(ALL, 30)
            return woken[1], refused.how, (await ask(twin, "no-tools")).how
        finally:
            await every.close()

    assert asyncio.run(two_tenants()) == (False, "starting", "applied")


def test_what_became_of_each_call_is_counted():
    metrics = Metrics()

    async def counted():
        async with running(metrics=metrics) as shop:
            await ask(shop, "no-tools")
            await ask(shop, "raises")
            await ask(shop, "raises")

    asyncio.run(counted())
    told = generate_latest(metrics.registry).decode()

    calls = 'recommender_api_hook_calls_total{hook="%s",outcome="%s",tenant="shop"} %s'
    assert calls % ("no-tools", "applied", 1.0) in told
    assert calls % ("raises", "failed", 2.0) in told
    assert "recommender_api_hook_duration_seconds_count 3.0" in told


async def ended(shop: TenantHooks, hook: str) -> str:
    """Ask one that takes too long, until it has cost a child its life; how it was told of."""
    before = children()
    how = (await ask(shop, hook, HASTY)).how
    async with asyncio.timeout(60):
        while how != "off" and before & children():  # noqa: ASYNC110 - nobody is told of it
            await asyncio.sleep(0.001)
    return how


async def gone(shop: TenantHooks) -> None:
    """Wait until there is no child any more."""
    async with asyncio.timeout(60):
        while shop.is_alive:  # noqa: ASYNC110 - nobody is told of it
            await asyncio.sleep(0.02)


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")
