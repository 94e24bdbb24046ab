"""What docs/formats.md shows is read, and every key of a mapping stands in it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import duckdb
import pytest
from pydantic import BaseModel

from recommender_api.foreign_logs.declarations.conditions import Condition
from recommender_api.foreign_logs.declarations.fields import AttributeSource, Fields, FieldSource
from recommender_api.foreign_logs.declarations.kinds import KindRule, KindSource
from recommender_api.foreign_logs.declarations.log_file import LogFile
from recommender_api.foreign_logs.declarations.times import TimeSource
from recommender_api.foreign_logs.formats.built_in import FORMATS
from recommender_api.foreign_logs.item_mapping import ItemMapping
from recommender_api.foreign_logs.mapping import EventTemplate, LogMapping
from recommender_api.foreign_logs.reading import read_events
from tests.docs.pages import blocks, codes, page, rows, section

PAGE = "formats.md"
PARTS = (
    LogMapping, LogFile, KindSource, KindRule, TimeSource, Fields, FieldSource, EventTemplate,
    Condition, AttributeSource, ItemMapping,
)  # fmt: skip
MAPPINGS = blocks(page(PAGE), "yaml")
WALKED_THROUGH = section(PAGE, "A mapping, from a file to events")


def keys_of(part: type[BaseModel]) -> Iterator[str]:
    for name, field in part.model_fields.items():
        yield field.alias or name


@pytest.mark.parametrize("text", MAPPINGS)
def test_a_mapping_of_the_page_is_read_and_written_back(text):
    kind = ItemMapping if "\nitem_id:" in text else LogMapping

    mapping = kind.from_yaml(text)

    assert kind.from_yaml(mapping.to_yaml()) == mapping


def test_the_file_becomes_the_events_that_the_page_shows(tmp_path):
    (csv,), (mapping,) = blocks(WALKED_THROUGH, "csv"), blocks(WALKED_THROUGH, "yaml")
    shown = json.loads(blocks(WALKED_THROUGH, "json")[0])
    log = tmp_path / "clicks.csv"
    log.write_text(csv, encoding="utf-8")

    report = read_events(
        [log],
        LogMapping.from_yaml(mapping),
        into=tmp_path / "read",
        received_at=datetime(2026, 11, 21, tzinfo=UTC),
    )

    assert (report.events, sum(report.skipped.values()), report.reasons) == (
        3, 1, {"field_missing": 1},
    )  # fmt: skip
    assert list(events_in(report.parquet[0])) == shown


def events_in(parquet) -> Iterator[dict[str, object]]:
    """The events without what the platform adds, empty fields left out, times as text."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        relation = connection.sql(f"SELECT * FROM '{parquet}' ORDER BY occurred_at")
        for values in relation.fetchall():
            event = dict(zip(relation.columns, values, strict=True))
            event["occurred_at"] = event["occurred_at"].isoformat()
            for name in ("event_id", "received_at"):
                del event[name]
            yield {name: value for name, value in event.items() if value is not None}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_the_page_names_every_key_of_a_mapping(part):
    missing = set(keys_of(part)) - set(codes(page(PAGE)))

    assert not missing, f"docs/{PAGE} does not explain {sorted(missing)} of {part.__name__}"


def test_the_page_names_every_built_in_format():
    named = {codes(cells[0])[0] for cells in rows(section(PAGE, "Built-in formats"))}

    assert named == set(FORMATS)
