import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loggers_sdk.events import EVENTS_PER_BATCH_LIMIT, Event
from loggers_sdk.wire import (
    BatchMalformed,
    SdkReport,
    compress,
    encode_event,
    read_batch,
    read_report,
    write_batch,
    write_report,
)

texts = st.text(st.characters(exclude_categories=["Cs"]))
raws = st.fixed_dictionaries(
    {"event_id": texts},
    optional={
        "user_id": texts | st.none(),
        "quantity": st.integers() | st.floats(allow_nan=False, allow_infinity=False),
        "items": st.lists(texts),
        "attributes": st.dictionaries(texts, texts | st.none() | st.booleans()),
    },
)
report = SdkReport("python/0.1.0", 1, "0f3c", 17, 10, 4, 3, 2, 1, 0, 5)


@given(st.lists(raws, max_size=5))
def test_what_is_written_is_read_again_but_for_nulls(events: list[dict[str, object]]) -> None:
    body = write_batch(events)

    expected = [{k: v for k, v in raw.items() if v is not None} for raw in events]
    assert read_batch(json.loads(body)) == expected


@given(raws)
def test_an_event_is_one_line(raw: dict[str, object]) -> None:
    assert b"\n" not in encode_event(raw)


def test_events_of_python_travel_like_raw_ones() -> None:
    event = Event("e", "view", "2026-11-20T10:00:00Z", user_id="u", item_id="i")

    assert write_batch([event]) == write_batch([event.to_raw()])


def test_compressing_is_gzip_and_repeatable() -> None:
    assert gzip.decompress(compress(b"body")) == b"body"
    assert compress(b"body") == compress(b"body")


@pytest.mark.parametrize(
    ("payload", "code", "pointer"),
    [
        ([], "batch_type", ""),
        (None, "batch_type", ""),
        ({}, "field_missing", "/events"),
        ({"events": {}}, "field_type", "/events"),
        ({"event": []}, "field_unknown", ""),
        ({"events": [], "more": 1}, "field_unknown", ""),
        ({"events": [1] * (EVENTS_PER_BATCH_LIMIT + 1)}, "events_too_many", "/events"),
    ],
)
def test_a_body_that_is_no_batch_says_where_and_why(
    payload: object, code: str, pointer: str
) -> None:
    with pytest.raises(BatchMalformed) as caught:
        read_batch(payload)

    assert (caught.value.code, caught.value.pointer) == (code, pointer)
    assert caught.value.detail


def test_the_elements_of_a_batch_may_be_anything() -> None:
    assert read_batch({"events": [1, None, {}]}) == [1, None, {}]


def test_a_report_is_read_as_it_was_written() -> None:
    assert read_report(write_report(report)) == report


@pytest.mark.parametrize(
    "text",
    [None, "", "curl/8", "python/0.1.0; wire=1", write_report(report) + "; more=1", "x; wire=-1"],
)
def test_a_header_that_is_no_report_is_no_error(text: str | None) -> None:
    assert read_report(text) is None


@given(st.text())
def test_no_header_makes_reading_it_raise(text: str) -> None:
    read_report(text)
