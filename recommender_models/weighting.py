"""
What one event says for an item: the weight of its kind, nothing for a low rating, never less than
nothing.

The same for training and for a user's events of a second ago.
"""

import msgspec


class Weighting(msgspec.Struct, frozen=True):
    """Weights by kind of event; a rating counts from `positive_rating` on."""

    kind_weights: dict[str, float]
    positive_rating: float

    def of(self, kind: str, value: float | None = None) -> float:
        """The weight of one event, 0 where it says nothing."""
        if kind == "rating" and (value is None or value < self.positive_rating):
            return 0.0
        return max(self.kind_weights.get(kind, 0.0), 0.0)
