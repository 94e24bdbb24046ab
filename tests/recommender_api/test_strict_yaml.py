"""YAML that people wrote: each key once, whoever reads it."""

import re
from pathlib import Path

import pytest
import yaml

from recommender_api.strict_yaml import KeyRepeated, no_yaml, read_documents, read_yaml

ROOT = Path(__file__).parents[2]
ROOMS = (
    "recommender_store",
    "recommender_models",
    "recommender_api",
    "recommender_cli",
    "trainers",
)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nb: 2\na: 3\n",
        "a: 1\n'a': 1\n",
        "list:\n  - {a: 1, b: 2, a: 1}\n",
        "outer:\n  inner:\n    a: 1\n    a:\n      b: 2\n",
        "1: one\n1: uno\n",
        "x: &x {a: 1}\ny: &y {a: 2}\nz: {<<: *x, <<: *y}\n",
    ],
)
def test_a_key_that_stands_twice_in_one_mapping_is_an_error(text):
    with pytest.raises(KeyRepeated):
        read_yaml(text)


def test_the_error_names_both_lines_and_what_to_do():
    with pytest.raises(KeyRepeated) as caught:
        read_yaml("rules:\n  - id: a\nname: Shop\nrules: []\n")

    sentence = "the key 'rules' stands here again, first on line 1: keep one of the two"
    assert no_yaml(caught.value) == ("line 4", sentence)
    assert str(caught.value) == f"line 4: {sentence}"


def test_lines_are_those_of_the_file_in_a_later_document_too():
    with pytest.raises(KeyRepeated, match=r"line 5: the key 'name' stands here again.* line 4"):
        read_documents("id: a\n---\nid: b\nname: B\nname: C\n")


def test_the_same_key_may_stand_in_different_mappings():
    text = "a: {id: 1}\nb: {id: 2}\nc: [{id: 3}, {id: 4}]\n"

    assert read_yaml(text) == {"a": {"id": 1}, "b": {"id": 2}, "c": [{"id": 3}, {"id": 4}]}


def test_what_is_merged_in_may_be_said_anew():
    text = "x: &x {a: 1, b: 2}\ny: &y {<<: *x, b: 3}\nz: {<<: *y, a: 4}\n"

    assert read_yaml(text)["y"] == {"a": 1, "b": 3}
    assert read_yaml(text)["z"] == {"a": 4, "b": 3}


def test_a_number_and_the_text_of_it_are_two_keys():
    assert read_yaml("1: one\n'1': text\n") == {1: "one", "1": "text"}


def test_nothing_but_plain_values_comes_of_a_text():
    with pytest.raises(yaml.YAMLError, match="could not determine a constructor"):
        read_yaml("!!python/object/apply:os.getcwd []")


def test_what_is_no_yaml_is_told_with_its_line():
    with pytest.raises(yaml.YAMLError) as caught:
        read_yaml("a: 1\nb: [\n")

    place, sentence = no_yaml(caught.value)
    assert place == "line 3"
    assert sentence.startswith("this is no YAML: ")


def test_no_room_reads_yaml_in_another_way():
    reads = re.compile(r"yaml\.(safe_|full_|unsafe_)?load|yaml\.\w*Loader\b")
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]

    found = {path.name for path in files if reads.search(path.read_text(encoding="utf-8"))}

    assert found == {"strict_yaml.py"}, "read it by recommender_api/strict_yaml.py"
