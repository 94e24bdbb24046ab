"""
A tenant's rules, placements and experiments as a file lists them: checked as by REST, compared,
written at once.
"""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recommender_store.audit.changes import Change, differences

from .tenant_files import TenantFile, TenantFileInvalid

if TYPE_CHECKING:
    from recommender_api.rules.checking import Known
    from recommender_store.author import Author
    from recommender_store.policies.experiment import Experiment
    from recommender_store.tenant_space import TenantSpace

Values = dict[str, dict[str, Any]]

KINDS = ("placements", "experiments", "rules")
"""Each may speak of those before it."""


@dataclass(frozen=True)
class WantedPolicies:
    """The records that a file lists, by id; None where it does not name them."""

    placements: Values | None
    experiments: Values | None
    rules: Values | None

    def changes(self, space: "TenantSpace | None") -> list[Change]:
        """What applying would change; a tenant that is not there yet has nothing."""
        found = []
        for name in KINDS:
            wanted = getattr(self, name)
            if wanted is not None:
                before = own_values(space, name) if space is not None else {}
                found += differences({name: before}, {name: wanted})
        return found

    def write(self, space: "TenantSpace", author: "Author") -> None:
        for name in KINDS:
            wanted = getattr(self, name)
            if wanted is not None:
                chain = getattr(space.policies, name)
                own = own_values(space, name)
                kept = {one: value for one, value in chain.read().values.items() if one not in own}
                chain.replace({**wanted, **kept}, author=author)
        space.announce("policies")


def own_values(space: "TenantSpace", kind: str) -> dict[str, Any]:
    """A tenant's own records of a kind, by id: what the platform wrote is no matter of files."""
    values: dict[str, Any] = getattr(space.policies, kind).read().values
    canaries = {one.id for one in _canaries(space)} if kind == "experiments" else set()
    return {one: value for one, value in values.items() if one not in canaries}


def _canaries(space: "TenantSpace | None") -> "list[Experiment]":
    return [one for one in _experiments(space).values() if one.is_canary]


def read_policies(file: TenantFile, space: "TenantSpace | None") -> WantedPolicies:
    """
    What a file wants of a tenant that is there, or is to be made.

    Raises:
        TenantFileInvalid: names the record and what to write.
    """
    from recommender_api.rules.checking import read_placement, read_rule
    from recommender_api.rules.checking_experiments import read_experiment

    known = _known(file, space)
    placements = _read(file, "placements", file.placements, lambda raw: read_placement(raw, known))

    def read_one(raw: Any) -> "Experiment":
        experiment = read_experiment(raw, known)
        known.experiments[experiment.id] = experiment
        return experiment

    experiments = _read(file, "experiments", file.experiments, read_one)
    rules = _read(file, "rules", file.rules, lambda raw: read_rule(raw, known))
    return WantedPolicies(placements, experiments, rules)


def _known(file: TenantFile, space: "TenantSpace | None") -> "Known":
    from recommender_api.recommend.sources import SOURCES
    from recommender_api.rules.checking import Known
    from recommender_api.rules.placements import BUILT_IN
    from recommender_store.catalog.cells import AttributeType

    fixed = space.catalog.types.all() if space is not None else {}
    types = {**file.settings.attribute_types, **fixed}
    if file.placements is not None:
        own = [one.get("id") for one in file.placements if isinstance(one, dict)]
    else:
        own = list(space.policies.placements.read().values) if space is not None else []
    return Known(
        types={name: AttributeType(kind) for name, kind in types.items()},
        placements=[*BUILT_IN, *(one for one in own if isinstance(one, str))],
        sources=list(SOURCES),
        hooks=file.settings.hooks.allowed,
        experiments=_experiments(space)
        if file.experiments is None
        else {one.id: one for one in _canaries(space)},
        models=[one.version for one in space.models.versions()]
        if space is not None and file.experiments
        else [],
    )


def _experiments(space: "TenantSpace | None") -> "dict[str, Experiment]":
    found = space.policies.decided().experiments if space is not None else ()
    return {one.id: one for one in found}


def _read(file: TenantFile, name: str, records: list[Any] | None, read: Any) -> Values | None:
    from recommender_api.errors import RequestInvalid

    if records is None:
        return None
    found: Values = {}
    for at, raw in enumerate(records):
        try:
            record = read(raw)
        except RequestInvalid as error:
            told = raw.get("id", at) if isinstance(raw, dict) else at
            detail = f"{name}: '{told}' of tenant '{file.settings.id}': {error}"
            raise TenantFileInvalid(file.path, detail) from error
        found[record.id] = record.model_dump(mode="json", exclude_none=True)
    (most, count), *_ = Counter(one["id"] for one in records).most_common(1) or [("", 0)]
    if count > 1:
        raise TenantFileInvalid(file.path, f"{name}: '{most}' is described twice")
    return found
