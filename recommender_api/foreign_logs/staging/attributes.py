"""
Attributes of items as SQL that gives JSON texts; NULL where an item has none.

Pure. What cannot be read as its type gives NULL too.
"""

from recommender_api.foreign_logs.declarations.fields import AttributeSource
from recommender_api.foreign_logs.tables.table import literal, without_nulls

from .moments import moment_of_text

_TRUE = "('true', 'yes', 'y', 't', '1')"
_FALSE = "('false', 'no', 'n', 'f', '0')"


def cleaned(source: AttributeSource, text: str) -> str:
    """The text of an attribute: extracted, trimmed, NULL where it stands for nothing."""
    if source.extract is not None:
        text = f"regexp_extract({text}, {literal(source.extract)}, 1)"
    return without_nulls(f"nullif(trim({text}), '')", source.null_values)


def as_json(source: AttributeSource, text: str) -> str:
    """The attribute as JSON text; ``text`` is what ``cleaned`` gave."""
    if source.split is not None:
        pieces = f"list_transform(string_split({text}, {literal(source.split)}), lambda x: trim(x))"
        return f"CAST(to_json(list_filter({pieces}, lambda x: x <> '')) AS VARCHAR)"
    if source.type == "number":
        whole = f"CASE WHEN NOT contains({text}, '.') THEN TRY_CAST({text} AS BIGINT) END"
        real = f"TRY_CAST({text} AS DOUBLE)"
        return (
            f"coalesce(CAST({whole} AS VARCHAR), "
            f"CASE WHEN isfinite({real}) THEN CAST(to_json({real}) AS VARCHAR) END)"
        )
    if source.type == "boolean":
        low = f"lower({text})"
        return f"CASE WHEN {low} IN {_TRUE} THEN 'true' WHEN {low} IN {_FALSE} THEN 'false' END"
    if source.type == "time":
        moment = f"timezone('UTC', {moment_of_text(text, 'iso', 'UTC')})"
        return f"CAST(to_json(strftime({moment}, '%Y-%m-%dT%H:%M:%S.%fZ')) AS VARCHAR)"
    if source.type == "list":
        is_array = f"coalesce(TRY(json_type({text})) = 'ARRAY', false)"
        return f"CASE WHEN {is_array} THEN {text} ELSE CAST(to_json([{text}]) AS VARCHAR) END"
    return f"CAST(to_json({text}) AS VARCHAR)"
