"""
How a route that reads its own query and body stands in OpenAPI, from the models that it reads with.

The hot routes validate in one place, the function that both the front door and FastAPI call; what
is said here is for readers and generators of clients.
"""

from collections.abc import Collection, Sequence
from typing import Any

from pydantic import BaseModel


def query_of(model: type[BaseModel], *, besides: Collection[str] = ()) -> dict[str, Any]:
    """`openapi_extra` for a query string that this model reads, but for the fields `besides`."""
    schema = model.model_json_schema()
    required = schema.get("required", [])
    parameters = [
        {"name": name, "in": "query", "required": name in required, "schema": field}
        for name, field in schema["properties"].items()
        if name not in besides
    ]
    return {"parameters": parameters}


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """`openapi_extra` for a JSON body that is read by this model."""
    return _json(model.model_json_schema())


def body_of_any(models: Sequence[type[BaseModel]]) -> dict[str, Any]:
    """`openapi_extra` for a JSON body that is read by one of these models."""
    return _json({"oneOf": [model.model_json_schema() for model in models]})


def body_of_many(
    field: str, model: type[BaseModel], most: int, *, least: int = 0
) -> dict[str, Any]:
    """`openapi_extra` for a JSON body that holds a list of this model under one field."""
    items = model.model_json_schema()
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
