"""
How a file of items maps onto attributes, guessed from names and values.
"""

import re

from recommender_api.foreign_logs.declarations.fields import AttributeSource, FieldSource
from recommender_api.foreign_logs.errors import LogUnreadable
from recommender_api.foreign_logs.item_mapping import RESERVED_TYPES, ItemMapping

from .look import Facts, Look
from .names import score

_LIST_SHARE = 0.05
"""From this share of values with a bar on, a column holds lists."""
_ID_NAMES = ("id", "code", "key")
_FIELDS_PREFIX = "$.fields."


def propose_items(look: Look) -> ItemMapping:
    """
    Guess which column is the id, and take every other as an attribute.

    Raises:
        LogUnreadable: no column looks like an item's id.
    """
    id_column = _id_column(look)
    title = max((score(name, "title"), -at) for at, name in enumerate(look.columns))
    title_column = look.columns[-title[1]] if title[0] > 0 else None
    fields = {}
    for name in look.columns:
        if name == id_column or look.facts[name].filled == 0:
            continue
        attribute = "title" if name == title_column else _attribute_name(name)
        fields[attribute] = _source(look, name, attribute)
    facts = look.facts[id_column]
    item_id = FieldSource(column=id_column, integer=facts.saved_as_floats == facts.filled)
    return ItemMapping(file=look.file, item_id=item_id, fields=fields)


def _id_column(look: Look) -> str:
    best = max((score(name, "item"), -at) for at, name in enumerate(look.columns))
    if best[0] > 0:
        return look.columns[-best[1]]
    for name in look.columns:
        if name.lower() in _ID_NAMES:
            return name
    if not look.file.header and look.file.format != "parquet":
        return look.columns[0]
    shown = ", ".join(look.columns[:40])
    raise LogUnreadable(look.path, f"has no column of item ids among {shown}; call one item_id")


def _attribute_name(column: str) -> str:
    """A name that a filter can be written with; reserved names in any spelling are found."""
    name = column.removeprefix(_FIELDS_PREFIX).removeprefix("$.")
    flat = re.sub(r"[^a-z0-9]", "", name.lower())
    for reserved in RESERVED_TYPES:
        if flat == reserved.replace("_", ""):
            return reserved
    return re.sub(r"\W+", "_", name).strip("_") or "attribute"


def _source(look: Look, column: str, attribute: str) -> AttributeSource:
    facts = look.facts[column]
    seen = look.json_type(column)
    if attribute in RESERVED_TYPES and attribute != "title":
        return AttributeSource(column=column, type=RESERVED_TYPES[attribute])
    if attribute == "title":
        return AttributeSource(column=column, type="text")
    if seen == "list" or look.type_of(column).endswith("[]"):
        return AttributeSource(column=column, type="list")
    if look.share_with(column, "|") >= _LIST_SHARE:
        return AttributeSource(column=column, type="list", split="|")
    if seen == "boolean" or look.type_of(column) == "BOOLEAN" or _is_truth(look, column):
        return AttributeSource(column=column, type="boolean")
    is_number = _is_number(look, column, facts) and seen in {None, "number"}
    return AttributeSource(column=column, type="number" if is_number else "text")


def _is_truth(look: Look, column: str) -> bool:
    words = {word.lower() for word in look.words(column) or ("neither",)}
    return words <= {"true", "false"}


def _is_number(look: Look, column: str, facts: Facts) -> bool:
    """Codes are texts: what ends in id or code, and what starts with a 0 it would lose."""
    words = re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", column).lower())
    is_code = bool(words) and words[-1] in {*_ID_NAMES, "isbn", "ean", "upc", "zip"}
    return facts.numbers == facts.filled and not is_code and not look.has_leading_zeros(column)
