"""
What is wrong with a placement or a rule before it is written, each fault with a pointer.

What a record means depends on the catalog and on other records: that is checked here, once; later
on, what has vanished meanwhile warns and fails nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from recommender_api.errors import FieldFault, RequestInvalid, pointer_to
from recommender_api.exchange.field_faults import field_faults
from recommender_models.seen import kind_bit
from recommender_store.catalog.cells import RESERVED_TYPES, AttributeType
from recommender_store.policies.experiment import Experiment
from recommender_store.policies.placement import PlacementRecord, PlacementSettings
from recommender_store.policies.rule import KINDS, Diversify, Fresh, Hook, Rule

from .expression.check import Types
from .expression.compile import Filter, compile_filter
from .expression.invalid import FilterInvalid
from .expression.syntax import Attribute

_COUNTED: Final = frozenset({AttributeType.STRING, AttributeType.NUMBER, AttributeType.BOOLEAN})
_SOURCES = "name sources in a list, the best first, or give each a weight above 0 in an object"


@dataclass(frozen=True)
class Known:
    """What records may speak of."""

    types: Types
    """Of the catalog's attributes."""
    placements: Collection[str]
    sources: Collection[str]
    hooks: Collection[str] = ()
    """Those that an admin allows the tenant."""
    experiments: dict[str, Experiment] = field(default_factory=dict)
    """By id."""
    models: Collection[str] = ()
    """Versions that there are."""


def read_rule(raw: Any, known: Known) -> Rule:
    """
    The rule that somebody wants to write.

    Raises:
        RequestInvalid: with every fault that there is.
    """
    kind = KINDS.get(_text(raw, "kind"))
    if kind is None:
        code = "choice_unknown" if "kind" in raw else "field_missing"
        raise RequestInvalid([FieldFault("/kind", code, f"write one of {', '.join(KINDS)}")])
    rule: Rule = read_as(kind, raw)
    faults = [*_filter_faults(rule, known), *_reference_faults(rule, known)]
    if faults:
        raise RequestInvalid(faults)
    return rule


def read_placement(raw: Any, known: Known) -> PlacementRecord:
    """
    The placement that somebody wants to write.

    Raises:
        RequestInvalid: with every fault that there is.
    """
    record: PlacementRecord = read_as(PlacementRecord, raw)
    faults = [*placement_faults(record, known)]
    if faults:
        raise RequestInvalid(faults)
    return record


def placement_faults(settings: PlacementSettings, known: Known) -> Iterator[FieldFault]:
    """What is wrong with how a placement should answer."""
    yield from _source_faults(settings, known)
    yield from _text_faults("/filter", settings.filter, known)
    for kind in settings.exclude_seen if isinstance(settings.exclude_seen, tuple) else ():
        if not kind_bit(kind):
            detail = f"{kind[:80]!r} does not show what was seen"
            yield FieldFault("/exclude_seen", "kind_unknown", detail)


def unknown_placements(named: Iterable[str], known: Known) -> Iterator[FieldFault]:
    for at, name in enumerate(named):
        if name not in known.placements:
            detail = f"there is no placement '{name}': known are {', '.join(known.placements)}"
            yield FieldFault(pointer_to(["placements", at]), "placement_unknown", detail)


def _text(raw: Any, name: str) -> str:
    if not isinstance(raw, dict):
        raise RequestInvalid([FieldFault("", "field_type", "send a JSON object")])
    value = raw.get(name)
    return value if isinstance(value, str) else ""


def read_as(model: type[Any], raw: Any) -> Any:
    """
    Raises:
        RequestInvalid: with every field that is wrong by itself.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        names = model.model_fields if issubclass(model, BaseModel) else ()
        faults = [
            one._replace(detail=_SOURCES) if one.pointer == "/sources" else one
            for one in field_faults(error.errors(), names)
        ]
        raise RequestInvalid(faults) from error


def _filter_faults(rule: Rule, known: Known) -> Iterator[FieldFault]:
    yield from _text_faults("/filter", getattr(rule, "filter", None), known)
    try:
        when = None if rule.when is None else compile_filter(rule.when, known.types)
    except FilterInvalid as error:
        yield FieldFault("/when", error.code, error.detail, error.position)
        return
    if when is not None and when.attributes:
        yield _reads_items(when)


def _text_faults(pointer: str, text: str | None, known: Known) -> Iterator[FieldFault]:
    try:
        if text is not None:
            compile_filter(text, known.types)
    except FilterInvalid as error:
        yield FieldFault(pointer, error.code, error.detail, error.position)


def _reads_items(when: Filter) -> FieldFault:
    first = min(
        (one for one in when.operands if isinstance(one, Attribute)), key=lambda one: one.position
    )
    detail = (
        f"'when' asks of the request, not of its items: write $item.{first.name} for the seed item "
        f"or $context.{first.name}, or put it into the filter"
    )
    return FieldFault("/when", "when_reads_items", detail, first.position)


def _reference_faults(rule: Rule, known: Known) -> Iterator[FieldFault]:
    yield from unknown_placements(rule.placements, known)
    if rule.experiment is not None:
        yield from _experiment_faults(rule.experiment, rule.variant, known)
    if isinstance(rule, Hook) and rule.name not in known.hooks:
        allowed = ", ".join(known.hooks) or "none"
        detail = f"an admin lists a tenant's hooks in its setting hooks.allowed; there: {allowed}"
        yield FieldFault("/name", "hook_unknown", detail)
    yield from _attributes_read(rule, known.types)


def _attributes_read(rule: Rule, types: Types) -> Iterator[FieldFault]:
    match rule:
        case Diversify(attribute=name):
            yield from _attribute_faults(name, _COUNTED, types)
        case Fresh(attribute=name):
            yield from _attribute_faults(name, {AttributeType.TIME}, types)
        case Hook(attributes=tuple(names)):
            for at, name in enumerate(names):
                yield from _attribute_faults(name, set(AttributeType), types, ("attributes", at))


def _experiment_faults(name: str, variant: str | None, known: Known) -> Iterator[FieldFault]:
    experiment = known.experiments.get(name)
    if experiment is None:
        detail = f"there is no experiment '{name}': {', '.join(known.experiments) or 'none'} are"
        yield FieldFault("/experiment", "experiment_unknown", detail)
        return
    variants = [one.id for one in experiment.variants]
    if variant is not None and variant not in variants:
        detail = f"'{name}' has no variant '{variant}': it has {', '.join(variants)}"
        yield FieldFault("/variant", "variant_unknown", detail)


def _attribute_faults(
    name: str,
    wanted: Collection[AttributeType],
    types: Types,
    where: Sequence[str | int] = ("attribute",),
) -> Iterator[FieldFault]:
    of_all: Mapping[str, AttributeType] = {**types, **RESERVED_TYPES}
    own = of_all.get(name)
    if own is None:
        detail = f"no item ever had it: known are {', '.join(sorted(of_all))}"
        yield FieldFault(pointer_to(where), "attribute_unknown", detail)
    elif own not in wanted:
        detail = f"it is a {own}, and has to be a {' or a '.join(sorted(wanted))}"
        yield FieldFault(pointer_to(where), "attribute_wrong_type", detail)


def _source_faults(record: PlacementSettings, known: Known) -> Iterator[FieldFault]:
    sources = tuple(record.sources or ())
    for at, source in enumerate(sources):
        where = at if isinstance(record.sources, tuple) else source
        if source not in known.sources:
            detail = f"there is no source '{source}': known are {', '.join(known.sources)}"
            yield FieldFault(pointer_to(["sources", where]), "source_unknown", detail)
        if source in sources[:at]:
            yield FieldFault(pointer_to(["sources", where]), "repeated", "name it once")
