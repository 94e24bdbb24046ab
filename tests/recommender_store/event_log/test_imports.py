"""Records of imports: what was begun goes on, and what cannot be read is told."""

from datetime import UTC, date, datetime

import pytest

from recommender_store.errors import RecordUnreadable
from recommender_store.event_log.imports import ImportRecord, Imports
from recommender_store.objects.scope import Scope

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
RECORD = ImportRecord(name="log.csv", received_at=NOON)


def test_an_import_is_found_as_it_was_saved(memory: Scope) -> None:
    imports = Imports(memory)
    imports.begin("a1", RECORD)
    later = RECORD.model_copy(update={"stored_until": date(2025, 12, 31), "report": {"rows": 3}})
    imports.save("a1", later)

    assert Imports(memory).find("a1") == later
    assert imports.find("b2") is None


def test_whoever_begins_second_goes_on_from_the_first(memory: Scope) -> None:
    imports = Imports(memory)
    first = imports.begin("a1", RECORD)

    second = imports.begin("a1", ImportRecord(name="log.csv", received_at=datetime.now(UTC)))

    assert second == first


@pytest.mark.parametrize("content", [b"", b"{}", b'{"name": "x", "received_at": 1, "new": 2}'])
def test_a_record_that_cannot_be_read_is_told(memory: Scope, content: bytes) -> None:
    memory.put("a1.json", content)

    with pytest.raises(RecordUnreadable, match=r"a1\.json"):
        Imports(memory).find("a1")
