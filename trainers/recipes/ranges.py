"""
What is wrong with a recipe's parameter, in words: its name, what was given, and what is allowed.
"""

from typing import Any

from pydantic import BaseModel, ValidationError

_KINDS = {"integer": "a whole number", "number": "a number", "boolean": "true or false"}
_BOUNDS = {
    "minimum": "from {}",
    "exclusiveMinimum": "above {}",
    "maximum": "to {}",
    "exclusiveMaximum": "below {}",
}


def wrong(parameters: type[BaseModel], error: ValidationError) -> str:
    """The first thing that is wrong, in one line."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"there is no parameter '{where}', there are {', '.join(parameters.model_fields)}"
    allowed = _allowed(parameters.model_json_schema()["properties"].get(where, {}))
    if not allowed:
        return f"{where}: {first['msg']}"
    return f"{where} is {first['input']!r}, it has to be {allowed}"


def _allowed(schema: dict[str, Any]) -> str:
    """`a whole number from 4 to 1024`; nothing where there is no simple way to say it."""
    if schema.get("type") not in _KINDS:
        return ""
    bounds = [text.format(schema[name]) for name, text in _BOUNDS.items() if name in schema]
    return " ".join([_KINDS[schema["type"]], *bounds])
