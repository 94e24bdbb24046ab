"""
A mapping: how the rows of a foreign log become events, declared and not programmed.

YAML comes in and goes out; what cannot work is refused here, with a sentence that says what to
write instead. It opens no log: whether a column is there is found out on reading.
"""

from typing import Any, Literal, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from recommender_api.strict_yaml import no_yaml

from .declarations.conditions import Condition
from .declarations.declared import Declared
from .declarations.fields import AttributeSource, Fields, FieldSource
from .declarations.kinds import KindSource
from .declarations.log_file import LogFile
from .declarations.times import TimeSource
from .declarations.yaml_text import commented, lines_of, loaded, problems_of
from .errors import MappingInvalid

_SECTION_COMMENTS = {
    "version": "How the rows of a log become events. Names on the right are the log's columns.",
    "file": "How the file is written. Compression is seen by itself.",
    "kind": "What happened: one kind for all, or a column whose words are translated.",
    "time": "When: epoch_s, epoch_ms, iso or a pattern; zone where the times have none.",
    "fields": "Whose event it is, and of which item.",
    "attributes": "Kept with the event, free of meaning.",
    "skip": "Rows that are no events: left out, and counted by name.",
    "events": "Several events from one row: each adds to what stands above.",
    "items": "What the rows say about the items themselves.",
}


class EventTemplate(Declared):
    """One event that a row becomes; what it leaves out is taken from the mapping."""

    when: tuple[Condition, ...] = ()
    """All must hold; else the row makes no such event, which is counted as skipped."""
    kind: KindSource | None = None
    time: TimeSource | None = None
    fields: Fields = Fields()
    attributes: dict[str, FieldSource] = Field(default_factory=dict)

    def column_names(self) -> list[str]:
        sources = [*self.fields.sources().values(), *self.attributes.values()]
        names = [condition.column for condition in self.when]
        if self.kind is not None:
            names += [self.kind.column] if self.kind.column else []
            names += [rule.when.column for rule in self.kind.rules or ()]
        names += self.time.columns() if self.time else ()
        return names + [name for source in sources for name in source.columns()]

    def optional_names(self) -> set[str]:
        sources = [*self.fields.sources().values(), *self.attributes.values()]
        return {name for source in sources if source.optional for name in source.columns()}


class LogMapping(Declared):
    """The whole of it: ``from_yaml`` reads it, ``to_yaml`` writes it for people to edit."""

    version: Literal[1] = 1
    file: LogFile = LogFile()
    kind: KindSource | None = None
    time: TimeSource | None = None
    fields: Fields = Fields()
    attributes: dict[str, FieldSource] = Field(default_factory=dict)
    skip: tuple[Condition, ...] = ()
    events: tuple[EventTemplate, ...] = ()
    items: dict[str, AttributeSource] = Field(default_factory=dict)

    @classmethod
    def from_yaml(cls, text: str) -> Self:
        """
        Read a mapping.

        Raises:
            MappingInvalid: it is no YAML, holds an unknown key, or contradicts itself.
        """
        try:
            return cls.model_validate(loaded(text) or {})
        except yaml.YAMLError as error:
            raise MappingInvalid([no_yaml(error)]) from error
        except ValidationError as error:
            raise MappingInvalid(problems_of(error, cls), lines_of(text)) from error

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        """
        The same of what was JSON.

        Raises:
            MappingInvalid: it holds an unknown key, or contradicts itself.
        """
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            raise MappingInvalid(problems_of(error, cls)) from error

    def to_yaml(self) -> str:
        """Write it with a comment over each section; what is default is left out."""
        return commented({"version": self.version, **self._sections()}, _SECTION_COMMENTS)

    def templates(self) -> tuple[EventTemplate, ...]:
        """What each row becomes, with everything filled in: never empty."""
        return tuple(self._filled(template) for template in self.events or (EventTemplate(),))

    def events_only(self) -> Self:
        """The same without what it says of items."""
        return self.model_copy(update={"items": {}})

    def column_names(self) -> list[str]:
        """Every column that events are made of, each once, in the order of the mapping."""
        names = [condition.column for condition in self.skip]
        for template in self.templates():
            names += template.column_names()
        return list(dict.fromkeys(names))

    def optional_names(self) -> set[str]:
        return set().union(*(template.optional_names() for template in self.templates()))

    def _filled(self, template: EventTemplate) -> EventTemplate:
        return EventTemplate(
            when=template.when,
            kind=template.kind or self.kind,
            time=template.time or self.time,
            fields=Fields(**self.fields.sources() | template.fields.sources()),
            attributes=self.attributes | template.attributes,
        )

    def _sections(self) -> dict[str, object]:
        plain = self.model_dump(mode="json", exclude_defaults=True, by_alias=True)
        order = [name for name in _SECTION_COMMENTS if name in plain]
        return {"file": {"format": self.file.format}} | {
            name: {"format": self.file.format, **plain[name]} if name == "file" else plain[name]
            for name in order
        }

    @model_validator(mode="after")
    def _makes_events(self) -> Self:
        for template in self.templates():
            for fault in _faults(template):
                raise ValueError(fault)
        return self


def _faults(template: EventTemplate) -> list[str]:
    """What an event of this template would always lack."""
    fields, kind = template.fields, template.kind.constant if template.kind else None
    faults = []
    if template.kind is None:
        faults.append("say what happened: kind: view, or kind: {column: …, map: {…}}")
    if template.time is None:
        faults.append("say when it happened: time: {column: …, format: …}")
    if fields.user_id is None and fields.session_id is None:
        faults.append("say whose event it is: fields: {user_id: …} or {session_id: …}")
    if kind == "impression" and fields.items is None:
        faults.append("say what the impression showed: fields: {items: …}")
    if kind != "impression" and fields.item_id is None:
        faults.append("say which item it was: fields: {item_id: …}")
    if kind == "rating" and fields.value is None:
        faults.append("say what the rating was: fields: {value: …}")
    return faults
