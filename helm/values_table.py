"""
Write the table of values in `helm/recommender/README.md` from the comments in `values.yaml`.

`python helm/values_table.py` rewrites what stands below the mark, and leaves what stands above it.
A key without a comment above it is an error.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

CHART = Path(__file__).parent / "recommender"
MARK = "<!-- From values.yaml, by `python helm/values_table.py`: do not edit below. -->"


class Value(NamedTuple):
    """One key of `values.yaml`."""

    path: str
    default: Any
    meaning: str
    is_group: bool
    """It holds further keys, each with a comment of its own."""


def values_in(text: str) -> Iterator[Value]:
    """
    Every key, in the order of the file; of a group first itself.

    Raises:
        ValueError: names the key that no comment explains.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        raise TypeError("values.yaml: write keys and their values")
    yield from _keys_of(root, "", text.splitlines())


def _keys_of(group: yaml.MappingNode, above: str, lines: list[str]) -> Iterator[Value]:
    for key, node in group.value:
        path = f"{above}{key.value}"
        meaning = _comment_above(key.start_mark.line, lines)
        if not meaning:
            raise ValueError(f"values.yaml: say in a comment what {path} is")
        is_group = isinstance(node, yaml.MappingNode) and not node.flow_style
        default = None if is_group else yaml.safe_load(yaml.serialize(node))
        yield Value(path, default, meaning, is_group)
        if is_group:
            yield from _keys_of(node, f"{path}.", lines)


def _comment_above(line: int, lines: list[str]) -> str:
    words: list[str] = []
    for text in reversed(lines[:line]):
        if not text.strip().startswith("#"):
            break
        words.insert(0, text.strip().lstrip("#").strip())
    return " ".join(words)


def table(text: str) -> str:
    """The values as Markdown: a heading each of the first keys, a row each of the others."""
    out: list[str] = []
    for value in values_in(text):
        is_first = "." not in value.path
        if is_first:
            out.append(f"\n### `{value.path}`\n\n{value.meaning}\n")
        if is_first and value.is_group:
            out.append("| value | default | |\n|---|---|---|")
        elif is_first:
            out.append(f"Default: `{json.dumps(value.default)}`")
        else:
            default = "" if value.is_group else f"`{json.dumps(value.default)}`"
            out.append(f"| `{value.path}` | {default} | {value.meaning} |")
    return "\n".join(out) + "\n"


def renewed(readme: str, values: str) -> str:
    """The page with the table as it has to be."""
    return readme.partition(MARK)[0] + MARK + "\n" + table(values)


def main() -> None:
    page = CHART / "README.md"
    values = (CHART / "values.yaml").read_text(encoding="utf-8")
    page.write_text(renewed(page.read_text(encoding="utf-8"), values), encoding="utf-8")


if __name__ == "__main__":
    main()
