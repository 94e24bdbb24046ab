"""When keys were used is kept beside them, the later time of each."""

from datetime import UTC, datetime, timedelta

import pytest

from recommender_store.errors import RecordUnreadable
from recommender_store.objects.scope import Scope
from recommender_store.tenants.key_uses import KeyUses

NOW = datetime(2026, 11, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_the_later_time_of_each_key_stays(memory: Scope) -> None:
    uses = KeyUses(memory)
    assert uses.last() == {}

    uses.note({"a": NOW, "b": NOW})
    uses.note({"a": NOW + HOUR, "b": NOW - HOUR, "c": NOW})

    assert uses.last() == {"a": NOW + HOUR, "b": NOW, "c": NOW}


def test_what_is_no_list_of_times_is_said_to_be_so(memory: Scope) -> None:
    memory.put("last.json", b"{")

    with pytest.raises(RecordUnreadable):
        KeyUses(memory).last()
