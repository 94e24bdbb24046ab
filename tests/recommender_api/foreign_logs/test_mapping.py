from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_api.foreign_logs.errors import ForeignLogError, MappingInvalid
from recommender_api.foreign_logs.item_mapping import ItemMapping
from recommender_api.foreign_logs.mapping import LogMapping

EVERYTHING = """
file: {format: tsv, encoding: latin-1, header: false, columns: [a, b, c], null_values: ["NULL", -1]}
kind: {column: a, map: {1: view, yes: cart, true: cart, off it: skip}, otherwise: purchase}
time: {column: [day, hour], format: "%d/%m/%Y %H:%M", zone: Europe/London}
fields:
  user_id: {column: $.user.id, integer: true, optional: true}
  session_id: s
  item_id: 5
  value: {column: price, times: quantity, decimal_comma: true}
attributes: {country: c}
skip:
- {column: s, starts_with: C, name: cancelled}
- {column: b, in: [1, x]}
events:
- kind: view
- kind: {rules: [{when: {column: q, less_than: 0}, kind: skip}], otherwise: cart}
  when: [{column: q, is_empty: false}]
items: {title: t, genres: {column: g, type: list, split: "|"}}
"""
COMPLETE = "kind: view\ntime: {column: t, format: iso}\nfields: {user_id: u, item_id: i}\n"


def test_a_mapping_comes_back_from_its_own_yaml():
    mapping = LogMapping.from_yaml(EVERYTHING)

    assert LogMapping.from_yaml(mapping.to_yaml()) == mapping


def test_the_yaml_says_what_its_sections_are_and_leaves_defaults_out():
    text = LogMapping.from_yaml(COMPLETE).to_yaml()

    assert "# When:" in text
    assert "time: {column: t, format: iso}" in text
    assert "fields: {user_id: u, item_id: i}" in text
    assert "null" not in text


def test_a_column_named_by_a_number_needs_no_quotes():
    assert LogMapping.from_yaml(EVERYTHING).fields.item_id.column == "5"


def test_words_that_yaml_takes_for_numbers_and_truths_stay_words():
    words = LogMapping.from_yaml(EVERYTHING).kind.map

    assert set(words) == {"1", "yes", "true", "off it"}


def test_each_event_of_a_row_takes_from_the_mapping_what_it_leaves_out():
    first, second = LogMapping.from_yaml(EVERYTHING).templates()

    assert first.kind.constant == "view"
    assert first.fields == second.fields
    assert second.time.zone == "Europe/London"


def test_the_columns_of_a_mapping_are_named_once_each():
    names = LogMapping.from_yaml(EVERYTHING).column_names()

    assert len(names) == len(set(names))
    assert {"s", "b", "q", "day", "hour", "$.user.id", "5", "price", "quantity", "c"} == set(names)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "say what happened"),
        ("kind: [", "this is no YAML"),
        ("kind: view\nkind: cart", "line 2: the key 'kind' stands here again, first on line 1"),
        ("fields: {user_id: a, user_id: b}", "line 1: the key 'user_id' stands here again"),
        ("- 1", "write keys and values"),
        ("kind: buy", "'buy' is no kind; write one of"),
        ("kind: served", "'served' is no kind"),
        ("kind: {column: a, map: {x: buy}}", "'buy' is no kind"),
        ("kind: {column: a, rules: []}", "write one kind, or"),
        ("kind: {constant: view, map: {a: view}}", "map translates a column's values"),
        ("time: ts", "write {column: ts, format: …}"),
        ("time: {column: ts}", "say how the times are written"),
        ("time: {column: ts, format: epoch}", "may be seconds or milliseconds; write epoch_s"),
        ("time: {column: ts, format: DD/MM}", "is no format; write epoch_s"),
        ("time: {column: ts, format: '%Q'}", "%Q"),
        ("time: {column: ts, format: '%d/%m/%Y'}", "have no zone; add zone: Europe/London"),
        ("time: {column: ts, format: iso, zone: Mars}", "'Mars' is no time zone"),
        ("time: {constant: 2020-01-01}", "write the zone too"),
        ("time: {format: iso}", "name a column, or write {constant:"),
        ("fields: {usr_id: a}", "did you mean user_id?"),
        ("fields: {occurred_at: a}", "write it under time:"),
        ("fields: {event_id: a}", "leave it out: the id of an imported event"),
        ("fields: {user_id: {constant: a, column: b}}", "name a column, or write {constant: …}"),
        ("fields: {user_id: [a]}", "write keys and values here"),
        ("skip: [{column: a}]", "write one comparison beside column"),
        ("skip: [{column: a, equals: 1, contains: b}]", "write one comparison beside column"),
        ("skip: [{column: a, matches: '('}]", "is no regular expression"),
        ("file: {encoding: utf9}", "is no encoding; write utf-8, latin-1"),
        ("file: {delimiter: ''}", "a delimiter has 1 to 4 bytes"),
        ("file: {quote: ab}", "a quote is one ASCII character"),
        ("file: {columns: [a]}", "write header: false beside it"),
        ("items: {year: {column: t, extract: '1'}}", "put the part that is the value in"),
        ("version: 2", "1"),
        ("file: {null_values: [NULL]}", "write it in quotes"),
        (COMPLETE.replace("user_id: u, ", ""), "say whose event it is"),
        (COMPLETE.replace(", item_id: i", ""), "say which item it was"),
        (COMPLETE.replace("kind: view", "kind: impression"), "say what the impression showed"),
        (COMPLETE.replace("kind: view", "kind: rating"), "say what the rating was"),
        (COMPLETE.replace("kind: view\n", ""), "say what happened"),
        (COMPLETE + "events: [{kind: rating}]", "say what the rating was"),
    ],
)
def test_what_cannot_work_is_refused_with_a_sentence_that_says_what_to_write(text, sentence):
    with pytest.raises(MappingInvalid) as refused:
        LogMapping.from_yaml(text)

    assert sentence in str(refused.value)
    assert refused.value.code == "mapping_invalid"


def test_every_problem_is_told_with_its_place():
    with pytest.raises(MappingInvalid) as refused:
        LogMapping.from_yaml("fields: {usr_id: a}\nskip: [{colunm: a, equals: 1}]\nkind: buy")

    assert {place for place, _ in refused.value.problems} == {
        "fields.usr_id",
        "skip.0.column",
        "skip.0.colunm",
        "kind.constant",
    }


@given(st.text(max_size=60))
def test_any_text_is_a_mapping_or_an_error_of_ours(text):
    with suppress(ForeignLogError):
        LogMapping.from_yaml(text)


def test_an_item_mapping_comes_back_from_its_own_yaml():
    mapping = ItemMapping.from_yaml(
        "item_id: sku\nfields: {title: t, year: {column: t, extract: '(\\d+)', type: number}}"
    )

    assert ItemMapping.from_yaml(mapping.to_yaml()) == mapping


@pytest.mark.parametrize("text", ["", "item_id: [", "item_id: a\nfeilds: {}", "- 1"])
def test_an_item_mapping_that_cannot_work_is_refused(text):
    with pytest.raises(MappingInvalid):
        ItemMapping.from_yaml(text)
