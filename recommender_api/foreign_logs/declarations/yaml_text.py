"""
A mapping as YAML for people: comments over its sections, and sentences for what is wrong in it.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

import yaml
from pydantic import BaseModel, ValidationError

from recommender_api.strict_yaml import StrictLoader, read_yaml

_NOT_GUESSED = {"tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp"}
_ELSEWHERE = {
    "occurred_at": "write it under time: {column: …, format: …}",
    "timestamp": "write it under time: {column: …, format: …}",
    "event_id": "leave it out: the id of an imported event is made from its row",
    "received_at": "leave it out: it is set on import",
}


_WRITE_INSTEAD = {
    "model_type": "keys and values here, as in {column: …}",
    "model_attributes_type": "keys and values here, as in {column: …}",
    "dict_type": "keys and values here, as in {name: column}",
    "tuple_type": "a list, as in [a, b], or one entry on each line behind a dash",
    "string_type": "a text; put it in quotes where it looks like something else",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "float_parsing": "a number",
    "float_type": "a number",
}
"""In place of what pydantic says."""
_Line = tuple[tuple[str, ...], int]


class _WordsLoader(StrictLoader):
    """YAML in which yes, true, off and dates are words, as they are in logs."""


_WordsLoader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if tag not in _NOT_GUESSED]
    for first, forms in StrictLoader.yaml_implicit_resolvers.items()
}


def loaded(text: str) -> object:
    """
    Read YAML.

    Raises:
        yaml.YAMLError: it is none, or repeats a key.
    """
    return read_yaml(text, _WordsLoader)


def commented(sections: Mapping[str, object], comments: Mapping[str, str]) -> str:
    """Write each section under its comment, in the order given."""
    blocks = []
    for name, value in sections.items():
        flow = None if isinstance(value, (dict, list)) else False  # False: a scalar on its own line
        text = yaml.safe_dump(
            {name: value}, sort_keys=False, allow_unicode=True, width=96, default_flow_style=flow
        )
        blocks.append(f"# {comments[name]}\n{text}")
    return "\n".join(blocks)


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[tuple[str, str]]:
    """Each problem once: a dotted place and a sentence."""
    found = {}
    for detail in error.errors():
        path = [part for part in detail["loc"] if not _is_union_member(part)]
        place = ".".join(map(str, path))
        if detail["type"] == "extra_forbidden":
            found[place] = _unknown_key(path, model)
        elif detail["type"] in _WRITE_INSTEAD:
            found[place] = f"write {_WRITE_INSTEAD[detail['type']]}"
        else:
            text = detail["msg"].removeprefix("Value error, ")
            found[place] = text if text[:1].islower() or "'" in text[:1] else _sentence(text)
    return list(found.items())


def lines_of(text: str) -> dict[str, int]:
    """The line, from 1, of everything in a YAML text that has a name, by its dotted place."""
    root = yaml.compose(text, _WordsLoader)  # a safe loader with fewer guesses
    return {".".join(place): line for place, line in _lines_below(root, ())}


def _lines_below(node: yaml.Node | None, place: tuple[str, ...]) -> Iterator[_Line]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*place, str(key.value))
            yield below, key.start_mark.line + 1
            yield from _lines_below(value, below)
    elif isinstance(node, yaml.SequenceNode):
        for at, value in enumerate(node.value):
            below = (*place, str(at))
            yield below, value.start_mark.line + 1
            yield from _lines_below(value, below)


def _sentence(text: str) -> str:
    return text[:1].lower() + text[1:]


def _is_union_member(part: int | str) -> bool:
    """Tell pydantic's names of union members, such as ``tuple[str, ...]``, from keys."""
    return isinstance(part, str) and ("[" in part or part in {"str", "int", "float", "bool"})


def _unknown_key(path: list[int | str], model: type[BaseModel]) -> str:
    key = str(path[-1])
    if key in _ELSEWHERE:
        return _ELSEWHERE[key]
    known = _keys_at(path[:-1], model)
    close = get_close_matches(key, known, n=1)
    instead = f"did you mean {close[0]}? " if close else ""
    return f"there is no such key; {instead}known here: {', '.join(known)}"


def _keys_at(path: list[int | str], model: type[BaseModel]) -> list[str]:
    current: type[BaseModel] = model
    for part in path:
        field = current.model_fields.get(str(part))
        inner = _model_in(field.annotation) if field is not None else None
        current = inner or current
    return [field.alias or name for name, field in current.model_fields.items()]


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(part) for part in getattr(annotation, "__args__", ()))
    return next((found for found in inner if found is not None), None)
