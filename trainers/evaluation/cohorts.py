"""
Figures for some of the users, and for some of the items: a mean hides who is served badly. Pure.

Users are told apart by how many different items they took before the split; items by how many
took them, and since when they are there. The thresholds come from the side that was learned from.
Rankings stay those over the whole catalog: of a cohort of items only the right answers in it are
looked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recommender_models.protocol import NO_ROWS, Rows
from recommender_store.runs.measures import CohortMeasures, Figures
from trainers.datasets.interactions import Interactions
from trainers.datasets.questions import Questions

from .past import Past
from .ranking import Shown, accuracy, among, by_owner

MINIMUM_OWNERS = 20
"""Of fewer there is a count and no figure: it would be chance, or somebody's in person."""
CUTS = (10,)
NEW_USER_ITEMS = 2
"""Whoever took so few items is new."""
HEAVY_QUANTILE = 0.8
"""Whoever took more than four in five users is heavy."""
HEAD_SHARE = 1 / 3
"""Share of all that was taken that makes the head (Cremonesi, Koren and Turrin, RecSys 2010)."""
NEW_ITEM_SHARE = 0.1
"""What first came in the newest tenth of the period is new."""
MOST_VALUES = 10
"""Of an attribute: the values that most right answers have."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Cohort:
    """Some users (their rows), or some items (theirs)."""

    by: Literal["user", "item", "attribute"]
    name: str
    meaning: str
    member: Mask

    def of(self, questions: Questions) -> tuple[NDArray[np.int64], list[Rows]]:
        """Which questions are the cohort's, and what would have been right for each."""
        if self.by == "user":
            chosen = np.flatnonzero(self.member[questions.owner])
            return chosen, [questions.relevant[at] for at in chosen]
        rows = np.concatenate([*questions.relevant, NO_ROWS])
        query = np.repeat(np.arange(len(questions)), questions.counts)[self.member[rows]]
        chosen, counts = np.unique(query, return_counts=True)
        parts = np.split(rows[self.member[rows]], np.cumsum(counts))
        return chosen, parts[:-1]


def user_cohorts(past: Past, user_count: int) -> list[Cohort]:
    """By how many items they took; only for questions whose owners are users."""
    counts = np.bincount(past.taken.indices, minlength=past.taken.shape[1])[:user_count]
    returning = counts[counts > 0]
    most = int(np.quantile(returning, HEAVY_QUANTILE)) if len(returning) else 0
    most = max(most, NEW_USER_ITEMS + 1)
    is_new, is_heavy = counts <= NEW_USER_ITEMS, counts > most
    return [
        Cohort("user", "new", f"users who had taken 1 to {NEW_USER_ITEMS} items", is_new),
        Cohort(
            "user",
            "light",
            f"users who had taken {NEW_USER_ITEMS + 1} to {most} items",
            ~is_new & ~is_heavy,
        ),
        Cohort("user", "heavy", f"users who had taken more than {most} items", is_heavy),
    ]


def item_cohorts(past: Past, learned: Interactions) -> list[Cohort]:
    """By how many took them and since when they are there; items without a past are in none."""
    takers = past.takers
    descending = np.sort(takers[takers > 0])[::-1]
    enough = int(np.searchsorted(np.cumsum(descending), takers.sum() * HEAD_SHARE))
    head_from = int(descending[enough]) if len(descending) else 1
    is_new = _newcomers(learned, len(takers))
    is_known, is_head = (takers > 0) & ~is_new, takers >= head_from
    return [
        Cohort("item", "new", "items first seen in the newest tenth of the period", is_new),
        Cohort(
            "item",
            "head",
            f"items that {head_from} or more took: the most popular, a third of all that was taken",
            is_known & is_head,
        ),
        Cohort("item", "tail", f"items that fewer than {head_from} took", is_known & ~is_head),
    ]


def _newcomers(learned: Interactions, item_count: int) -> Mask:
    is_new = np.zeros(item_count, dtype=bool)
    if len(learned):
        begin, end = int(learned.at_us[0]), int(learned.at_us[-1])
        newest_from = np.searchsorted(
            learned.at_us, int(end - NEW_ITEM_SHARE * (end - begin)), "right"
        )
        is_new[learned.item[newest_from:]] = True
        is_new[learned.item[:newest_from]] = False
    return is_new


def attribute_cohorts(
    attribute: str, rows_by_value: Mapping[str, Rows], questions: Questions, item_count: int
) -> list[Cohort]:
    """A cohort a value, of the values that most right answers have; ties by value."""
    right = np.bincount(np.concatenate([*questions.relevant, NO_ROWS]), minlength=item_count)
    times = {value: int(right[rows].sum()) for value, rows in rows_by_value.items()}
    values = sorted((-count, value) for value, count in times.items() if count)
    cohorts = []
    for _, value in values[:MOST_VALUES]:
        member = np.zeros(item_count, dtype=bool)
        member[rows_by_value[value]] = True
        cohorts.append(Cohort("attribute", value, f"items whose {attribute} is {value}", member))
    return cohorts


def cohort_measures(
    cohorts: Sequence[Cohort], questions: Questions, tables: Mapping[str, Shown]
) -> list[CohortMeasures]:
    """`tables`: who answered (`model`, `popularity`, …) → what, a row a question."""
    return [_measured(one, questions, tables) for one in cohorts]


def _measured(cohort: Cohort, questions: Questions, tables: Mapping[str, Shown]) -> CohortMeasures:
    chosen, relevant = cohort.of(questions)
    owner = questions.owner[chosen]
    owners = len(np.unique(owner))
    figures = {
        who: _figures(table[chosen], relevant, owner)
        for who, table in tables.items()
        if owners >= MINIMUM_OWNERS
    }
    return CohortMeasures(cohort.by, cohort.name, cohort.meaning, owners, len(chosen), figures)


def _figures(table: Shown, relevant: list[Rows], owner: NDArray[np.int64]) -> Figures:
    counts = np.array([len(rows) for rows in relevant], dtype=np.int64)
    by_question = accuracy(among(table, relevant), counts, CUTS)
    return {name: float(by_owner(values, owner).mean()) for name, values in by_question.items()}
