"""
What one request is answered from, immutable; and how it is made of a model and all the rest.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from recommender_api.experiments.assignment import Experiments
from recommender_api.history.activity import Activity
from recommender_api.rules.compiled import Catalog
from recommender_api.rules.conditions import Masks
from recommender_api.rules.rulebook import Rulebook
from recommender_models.bundle import Bundle
from recommender_models.protocol import NOTHING, ForYou, Ranked, ReadsWords, SimilarItems
from recommender_store.catalog.state import CatalogState
from recommender_store.policies.policies import Decided
from recommender_store.tenants.settings import HookSettings, ServingSettings

from .catalog.catalog_view import CatalogView
from .catalog.followed_catalog import CatalogRows
from .catalog.item_table import ItemTable
from .catalog.popular_by_value import PopularByValue
from .described import Described
from .remembered import Remembered


@dataclass(frozen=True)
class Loaded:
    """What one request is answered from."""

    bundle: Bundle | None
    items: ItemTable
    catalog: CatalogView
    popular: Ranked = NOTHING
    """Everything that anybody did anything with, by the model, else by live history's counts;
    while the model is being read, the head of its list."""
    popular_by: PopularByValue | None = None
    """The same by the values of an attribute, where the tenant names one."""
    described: SimilarItems | None = None
    """Item-to-item by titles and attributes, items newer than the model among them."""
    fault: str | None = None
    """Why the newest model, history, settings or rules could not be read."""
    is_loading: bool = False
    """Whether the model and the history are still being read for the first time."""
    rulebook: Rulebook = field(kw_only=True)
    hooks: HookSettings = field(default_factory=HookSettings)
    """Which hooks the rules may call, and how long an answer waits for them."""
    others: Mapping[str, "Loaded"] = field(default_factory=dict)
    """The same with other versions of the model, by version: experiments ask for them."""
    remembered: Remembered = field(init=False, default_factory=Remembered)
    """Of this state alone."""

    def answering(self, version: str | None) -> "Loaded":
        """
        The same with a version of the model; None: the live one.

        Raises:
            LookupError: where it is not loaded.
        """
        if version is None or (self.model is not None and self.model["version"] == version):
            return self
        if version not in self.others:
            raise LookupError(f"the model '{version}' is not loaded")
        return self.others[version]

    @cached_property
    def experiments(self) -> Experiments:
        return Experiments(self.rulebook.decided.experiments)

    @cached_property
    def similar(self) -> SimilarItems | None:
        return self.bundle.similar if self.bundle is not None else None

    @cached_property
    def for_you(self) -> ForYou | None:
        return self.bundle.for_you if self.bundle is not None else None

    def deciding(self, decided: Decided) -> "Loaded":
        """The same, as if the tenant had decided this."""
        return replace(
            self,
            rulebook=rulebook_of(decided, self.items, self.catalog, self.hooks),
            others={version: one.deciding(decided) for version, one in self.others.items()},
        )

    @cached_property
    def model(self) -> dict[str, str] | None:
        """The model as an answer names it."""
        if self.bundle is None:
            return None
        manifest = self.bundle.manifest
        return {
            "version": manifest.version,
            "trained_at": manifest.created_at.isoformat(),
            "data_until": manifest.data_until.isoformat(),
        }


@dataclass(frozen=True)
class Materials:
    """All that is known of a tenant beside its models and its catalog."""

    activity: Activity
    known_popular: Sequence[tuple[str, float]] = ()
    """The model's most popular items with their scores, read before the rest of it."""
    decided: Decided = field(default_factory=Decided)
    serving: ServingSettings = field(default_factory=ServingSettings)
    hooks: HookSettings = field(default_factory=HookSettings)
    fault: str | None = None
    is_loading: bool = False

    def loaded(
        self,
        bundle: Bundle | None,
        rows: CatalogRows,
        state: CatalogState,
        before: Loaded | None = None,
    ) -> Loaded:
        """
        Ready for requests of this moment, with this model; what stays as it was in `before`, which
        was loaded last, need not be made again.
        """
        items, view, _ = rows
        popular = self._popular(bundle, items)
        return Loaded(
            bundle=bundle,
            items=items,
            catalog=view,
            popular=popular,
            popular_by=self._popular_by(popular, view),
            described=_described(bundle, rows, state, before),
            fault=self.fault,
            is_loading=self.is_loading,
            rulebook=rulebook_of(self.decided, items, view, self.hooks),
            hooks=self.hooks,
        )

    def _popular(self, bundle: Bundle | None, items: ItemTable) -> Ranked:
        ranking = bundle.popular if bundle is not None else None
        if ranking is not None:
            return ranking.top(len(ranking))
        told = self.known_popular or self.activity.popular(self.activity.item_count)
        found = [(row, score) for item_id, score in told if (row := items.row(item_id)) >= 0]
        rows, scores = np.array(found, dtype=np.float64).reshape(-1, 2).T
        return Ranked(rows.astype(np.int32), scores.astype(np.float32))

    def _popular_by(self, popular: Ranked, view: CatalogView) -> PopularByValue | None:
        attribute = self.serving.popular_by
        if attribute is None:
            return None
        return PopularByValue.of(attribute, popular, view.columns.column(attribute))


def _described(
    bundle: Bundle | None, rows: CatalogRows, state: CatalogState, before: Loaded | None
) -> SimilarItems | None:
    """What the model knows by titles and attributes, and what came after it."""
    model = bundle.content if bundle is not None else None
    if not isinstance(model, ReadsWords):
        return model
    described = before.described if before is not None else None
    earlier = described if isinstance(described, Described) else None
    return Described.of(model, rows, state, earlier)


def rulebook_of(
    decided: Decided, items: ItemTable, view: CatalogView, hooks: HookSettings
) -> Rulebook:
    """Ready for requests of this moment."""
    catalog = Catalog(Masks(view.columns), view.types, items.rows, hooks.allowed)
    rulebook = Rulebook(decided, catalog)
    rulebook.prepare(time.time())
    return rulebook
