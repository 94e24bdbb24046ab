"""
What usage costs: the platform's price table, a YAML file, and the arithmetic that applies it.

A file, and no record in the store: prices are the platform's own, the same for every tenant, and
belong where the rest of its configuration is kept and reviewed. What was used is kept without
prices, so that a new table tells of old days too.
"""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .document import Costs, Use

GB = 10**9
HOUR_S = 3600
OTHER = "other"
"""Stands for the tiers that have no price of their own."""
DIGITS = 6

Price = Annotated[float, Field(ge=0)]


class PricesUnreadable(ValueError):  # noqa: N818 - what happened is the name
    """The file of `RECOMMENDER_PRICES` cannot be used."""

    code = "prices_unreadable"


class Prices(BaseModel):
    """What is not named costs nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    currency: str = Field(min_length=1, max_length=10)
    per_1000_requests: Price = 0.0
    per_1000_answers: dict[str, Price] = Field(default_factory=dict)
    """Tier (`served_by`) → price; `other` is that of all that are not named."""
    per_million_events: Price = 0.0
    per_gb_of_events: Price = 0.0
    per_gb_day_stored: Price = 0.0
    per_training_cpu_hour: Price = 0.0
    per_gb_hour_on_shelf: Price = 0.0

    def cost(self, use: Use, stored_gb_days: float) -> Costs:
        """Of what was used, where so much was stored for so long."""
        answers = sum(
            count * self.per_1000_answers.get(tier, self.per_1000_answers.get(OTHER, 0.0))
            for tier, count in use.answers.items()
        )
        events = use.events / 1e6 * self.per_million_events
        parts = {
            "requests": use.requests / 1000 * self.per_1000_requests,
            "answers": answers / 1000,
            "events": events + use.event_bytes / GB * self.per_gb_of_events,
            "stored": stored_gb_days * self.per_gb_day_stored,
            "training": use.training_cpu_s / HOUR_S * self.per_training_cpu_hour,
            "shelf": use.shelf_gb_h * self.per_gb_hour_on_shelf,
        }
        rounded = {name: round(part, DIGITS) for name, part in parts.items()}
        return Costs(**rounded, total=round(sum(rounded.values()), DIGITS))


def read_prices(path: Path | None) -> Prices | None:
    """
    The table; None where none is named.

    Raises:
        PricesUnreadable: says what to write instead.
    """
    if path is None:
        return None
    import yaml

    from recommender_api.strict_yaml import read_yaml

    try:
        return Prices.model_validate(read_yaml(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise PricesUnreadable(_told(path, f"{where}: {first['msg']}")) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PricesUnreadable(_told(path, str(error))) from error


def _told(path: Path, reason: str) -> str:
    return f"RECOMMENDER_PRICES: {path} is no table of prices ({reason}): see docs/quotas.md"
