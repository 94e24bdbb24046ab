"""The log counts what it forgot, and what came in past all segments: who told of it starts anew."""

from collections.abc import Callable

import pytest

from recommender_store.event_log.erasure import Actor
from recommender_store.event_log.log import EventLog
from recommender_store.objects.scope import Scope
from tests.recommender_store.event_log.canonical import event, written
from tests.recommender_store.event_log.test_retention import CUT, two_days


def purges(log: EventLog) -> int:
    return log.listed().state.purges


@pytest.mark.parametrize(
    "forget",
    [
        lambda log: log.expire(CUT),
        lambda log: log.erase(Actor("user_id", "anna")),
        lambda log: log.erase(Actor("user_id", "nobody")),
    ],
    ids=["expiry", "erasure", "erasure of nobody"],
)
def test_whatever_may_forget_is_counted(
    memory: Scope, forget: Callable[[EventLog], object]
) -> None:
    log = two_days(memory)
    log.compact()
    before = purges(log)

    forget(log)

    assert purges(log) > before


def test_days_that_are_gone_from_the_sums_still_count(memory: Scope) -> None:
    log = two_days(memory)
    log.compact()
    log.expire(CUT)
    once = purges(log)
    written(log, event("again", "2026-11-18T10:00:00Z"))
    log.compact()

    log.expire(CUT)

    assert purges(log) > once


def test_a_compaction_forgets_nothing(memory: Scope) -> None:
    log = two_days(memory)

    log.compact()
    written(log, event("more", "2026-11-20T10:00:00Z"))
    log.compact()

    assert (purges(log), log.listed().state.imports) == (0, 0)
