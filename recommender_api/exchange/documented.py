"""
How a route that reads its own query and body stands in OpenAPI, from the models that it reads with.

The hot routes validate in one place, the function that both the front door and FastAPI call; what
is said here is for readers and generators of clients.
"""

from collections.abc import Collection, Sequence
from typing import Any, cast

from pydantic import BaseModel


def query_of(model: type[BaseModel], *, besides: Collection[str] = ()) -> dict[str, Any]:
    """`openapi_extra` for a query string that this model reads, but for the fields `besides`."""
    schema = _schema(model)
    required = schema.get("required", [])
    parameters = [
        {"name": name, "in": "query", "required": name in required, "schema": field}
        for name, field in schema["properties"].items()
        if name not in besides
    ]
    return {"parameters": parameters}


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """`openapi_extra` for a JSON body that is read by this model."""
    return _json(_schema(model))


def body_of_any(models: Sequence[type[BaseModel]]) -> dict[str, Any]:
    """`openapi_extra` for a JSON body that is read by one of these models."""
    return _json({"oneOf": [_schema(model) for model in models]})


def body_of_many(
    field: str, model: type[BaseModel], most: int, *, least: int = 0
) -> dict[str, Any]:
    """`openapi_extra` for a JSON body that holds a list of this model under one field."""
    items = _schema(model)
    many = {"type": "array", "minItems": least, "maxItems": most, "items": items}
    return _json(
        {
            "type": "object",
            "required": [field],
            "properties": {field: many},
            "additionalProperties": False,
        }
    )


def lines_of(description: str) -> dict[str, Any]:
    """`openapi_extra` for a body of JSON lines."""
    schema = {"type": "string", "description": description}
    return {
        "requestBody": {"required": True, "content": {"application/x-ndjson": {"schema": schema}}}
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    """The model's schema in one piece: definitions beside it would be out of reach from here."""
    schema = model.model_json_schema()
    return cast(dict[str, Any], _in_place(schema, schema.pop("$defs", {})))


def _in_place(part: Any, definitions: dict[str, Any]) -> Any:
    """Every reference replaced by what it leads to; no model holds itself."""
    match part:
        case {"$ref": str(to), **beside}:
            whole = _in_place(definitions[to.removeprefix("#/$defs/")], definitions)
            return {**whole, **beside}
        case dict():
            return {name: _in_place(inner, definitions) for name, inner in part.items()}
        case list():
            return [_in_place(inner, definitions) for inner in part]
    return part
