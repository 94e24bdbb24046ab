"""A tenant that was never trained, over items that a test describes: what is popular is counted."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from recommender_api.history.protocol import Recollection
from recommender_api.recommend.pipeline import Outcome, recommend
from recommender_api.recommend.request import from_body
from recommender_api.rules.compiled import Catalog
from recommender_api.rules.conditions import Masks
from recommender_api.rules.rulebook import Rulebook
from recommender_api.serving.catalog.catalog_view import CatalogView
from recommender_api.serving.catalog.item_table import ItemTable
from recommender_api.serving.loaded import Loaded
from recommender_models.protocol import Ranked
from recommender_store.catalog.cells import AttributeType
from recommender_store.catalog.change import ItemChange
from recommender_store.catalog.state import CatalogState
from recommender_store.policies.placement import PlacementRecord
from recommender_store.policies.policies import Decided
from recommender_store.policies.rule import as_rule

NOW_S = 1_795_262_400.0
"""Noon on 21 November 2026 in UTC."""


def loaded(
    items: Mapping[str, Mapping[str, Any]],
    rules: Iterable[Mapping[str, Any]] = (),
    placements: Iterable[Mapping[str, Any]] = (),
    *,
    types: Mapping[str, AttributeType] | None = None,
    mask_bytes: int = 10**6,
) -> Loaded:
    """Items in order of popularity, the first with the most events."""
    state = CatalogState()
    state.apply(ItemChange(item, at_us=1, writer="w", fields=dict(f)) for item, f in items.items())
    table = ItemTable(late=items)
    view = CatalogView.of(table, state, types or {})
    decided = Decided(
        {one["id"]: PlacementRecord.model_validate(one) for one in placements},
        tuple(as_rule(one) for one in rules),
    )
    counts = 10 * np.arange(len(items) + 1, 1, -1, dtype=np.float32)
    popular = Ranked(table.rows(items), counts)
    catalog = Catalog(Masks(view.columns, mask_bytes), view.types, table.rows)
    return Loaded(None, table, view, popular, rulebook=Rulebook(decided, catalog))


def asked(
    state: Loaded,
    placement: str = "popular",
    *,
    now_s: float = NOW_S,
    recalled: Recollection | None = None,
    **body: Any,
) -> Outcome:
    return recommend(from_body(body), placement, state, recalled or Recollection([]), now_s)


def ids(outcome: Outcome) -> list[str]:
    return [outcome.question.loaded.items.id(pick.row) for pick in outcome.picked.items]


def codes(outcome: Outcome) -> list[str]:
    return [one.code for one in outcome.warnings]
