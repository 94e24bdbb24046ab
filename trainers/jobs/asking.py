"""
What a slot is asked, what was known before, and what is popular without it: by the slot's name, of
a split. The same for a model that is to go live and for the one that serves. Pure.
"""

from collections.abc import Callable

from recommender_models.popularity import PopularRanking
from recommender_models.protocol import History, Rows
from recommender_store.artifacts.manifest import SlotName
from recommender_store.tenants.settings import TrainingSettings
from trainers.datasets.next_questions import ask_next
from trainers.datasets.questions import Questions, ask_bought_together, ask_for_you, ask_similar
from trainers.datasets.split import Split
from trainers.datasets.visits import purchases
from trainers.evaluation.past import Past
from trainers.recipes.popularity import rank_by_popularity

from .searching import popularity_of


def questions_of(
    slot: SlotName,
    split: Split,
    described: Rows,
    user_count: int,
    history_of: Callable[[int], History],
) -> Questions:
    """
    Args:
        slot: which one.
        split: of the log.
        described: rows of the items that the catalog says something of.
        user_count: rows of actors below it are users.
        history_of: a user's, up to the split, by row.
    """
    if slot == "similar":
        return ask_similar(split)
    if slot == "bought_together":
        return ask_bought_together(split)
    if slot == "next":
        return ask_next(split)
    if slot == "content":
        # It learns nothing from the log: to it an item with a past is as new as one without.
        return ask_similar(split, described)
    return ask_for_you(split, user_count, history_of)


def past_of(slot: SlotName, split: Split, described: Rows, shape: tuple[int, int]) -> Past:
    """What a model of the slot had a chance to know; `shape` is actors, items."""
    learned = split.train
    said = learned.positive
    if slot == "bought_together":
        said = learned = purchases(learned)
    known = described if slot == "content" else learned.item
    return Past.of(known, said.actor, said.item, shape)


def ranked_before(slot: SlotName, split: Split, asked: TrainingSettings) -> PopularRanking:
    """What is popular before the split, among purchases for purchases."""
    learned = purchases(split.train) if slot == "bought_together" else split.train
    return rank_by_popularity(learned, split.at_us, **popularity_of(asked))
