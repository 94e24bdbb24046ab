"""
YAML that people wrote, read strictly: the one way in which it becomes values.

A key that stands twice in one mapping is an error that names both lines. YAML's own readers keep
the last one and say nothing, so that the rest of what somebody wrote is lost.
"""

from typing import Any

import yaml
from typing_extensions import override


class KeyRepeated(yaml.MarkedYAMLError):
    """One mapping says two things of one key."""

    def __init__(self, key: str, first: yaml.Mark, again: yaml.Mark) -> None:
        problem = f"the key '{key}' stands here again, first on line {first.line + 1}"
        super().__init__(None, None, f"{problem}: keep one of the two", again)

    @override
    def __str__(self) -> str:
        return ": ".join(no_yaml(self))


class StrictLoader(yaml.SafeLoader):
    """Plain values only, each key once; what is merged in by `<<` may be said anew."""

    @override
    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        first: dict[tuple[str, str], yaml.Mark] = {}
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                known = first.setdefault((key.tag, key.value), key.start_mark)
                if known is not key.start_mark:
                    raise KeyRepeated(key.value, known, key.start_mark)
        return node


def read_yaml(text: str, loader: type[StrictLoader] = StrictLoader) -> Any:
    """
    The one document of a text.

    Raises:
        yaml.YAMLError: it is none, has several, or repeats a key; `no_yaml` says so in words.
    """
    return yaml.load(text, loader)  # noqa: S506 - a safe loader


def read_documents(text: str) -> list[Any]:
    """Every document of a text; raises as `read_yaml`."""
    return list(yaml.load_all(text, StrictLoader))


def no_yaml(error: yaml.YAMLError) -> tuple[str, str]:
    """Where a text stops being YAML, and what was met there."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return "", f"this is no YAML: {error}"
    place = f"line {error.problem_mark.line + 1}"
    said = str(error.problem)
    return place, said if isinstance(error, KeyRepeated) else f"this is no YAML: {said}"
