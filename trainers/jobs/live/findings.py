"""
What somebody should do something about: quality that fell beyond doubt, and drift. Pure.
"""

from collections.abc import Mapping, Sequence

from recommender_store.artifacts.manifest import SlotName
from recommender_store.runs.live import DriftFigure, LiveFinding, SlotQuality

LOSS = 0.1
"""Share of the gate's NDCG@10 that may be lost before it is a finding."""


def findings(
    quality: Mapping[SlotName, SlotQuality], figures: Sequence[DriftFigure]
) -> list[LiveFinding]:
    """Slots first, in their order, then what drifted."""
    found = [one for slot, how in quality.items() for one in _of_slot(slot, how)]
    return [
        *found,
        *(LiveFinding(one.name, one.advice, one.sentence) for one in figures if one.is_finding),
    ]


def _of_slot(slot: SlotName, how: SlotQuality) -> list[LiveFinding]:
    found = []
    if how.at_gate is not None and how.now_high < (1 - LOSS) * how.at_gate:
        sentence = (
            f"{slot}: NDCG@10 is {how.now:.4f} now ({how.now_low:.4f} to {how.now_high:.4f}) and "
            f"was {how.at_gate:.4f} at the gate"
        )
        if how.popularity_at_gate is not None:
            sentence += (
                f"; popularity's is {how.popularity_now:.4f} and was {how.popularity_at_gate:.4f}"
            )
        found.append(LiveFinding("quality_fell", "retrain", sentence))
    if how.gain <= 0:
        sentence = (
            f"{slot}: what is popular answers as well: NDCG@10 {how.popularity_now:.4f} beside "
            f"{how.now:.4f}"
        )
        found.append(LiveFinding("no_better_than_popularity", "retrain", sentence))
    return found
