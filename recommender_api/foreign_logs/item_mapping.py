"""
How the rows of a file become items: the id, and attributes by name.

``title``, ``available``, ``available_from``, ``available_until``, ``created_at`` and ``group_id``
mean something to the platform; every other name is the tenant's own.
"""

from typing import Literal, Self

import yaml
from pydantic import Field, ValidationError

from recommender_api.strict_yaml import no_yaml

from .declarations.declared import Declared
from .declarations.fields import AttributeSource, FieldSource
from .declarations.log_file import LogFile
from .declarations.yaml_text import commented, lines_of, loaded, problems_of
from .errors import MappingInvalid

RESERVED_TYPES: dict[str, Literal["text", "boolean", "time"]] = {
    "title": "text",
    "available": "boolean",
    "available_from": "time",
    "available_until": "time",
    "created_at": "time",
    "group_id": "text",
}

_COMMENTS = {
    "version": "How the rows of a file become items. Names on the right are the file's columns.",
    "file": "How the file is written. Compression is seen by itself.",
    "item_id": "The column that tells items apart; of equal ids the last row wins.",
    "fields": "Attributes: a column, or {column: …, type: text|number|boolean|list|time}.",
}


class ItemMapping(Declared):
    """The whole of it, as YAML says it."""

    version: Literal[1] = 1
    file: LogFile = LogFile()
    item_id: FieldSource
    fields: dict[str, AttributeSource] = Field(default_factory=dict)

    @classmethod
    def from_yaml(cls, text: str) -> Self:
        """
        Read a mapping.

        Raises:
            MappingInvalid: it is no YAML, or holds what is not known.
        """
        try:
            return cls.model_validate(loaded(text) or {})
        except yaml.YAMLError as error:
            raise MappingInvalid([no_yaml(error)]) from error
        except ValidationError as error:
            raise MappingInvalid(problems_of(error, cls), lines_of(text)) from error

    def to_yaml(self) -> str:
        plain = self.model_dump(mode="json", exclude_defaults=True, by_alias=True)
        file = {"format": self.file.format, **plain.get("file", {})}
        sections = {**plain, "version": self.version, "file": file}
        return commented(
            {name: sections[name] for name in _COMMENTS if name in sections}, _COMMENTS
        )

    def column_names(self) -> list[str]:
        names = [*self.item_id.columns(), *(source.column for source in self.fields.values())]
        return list(dict.fromkeys(names))
