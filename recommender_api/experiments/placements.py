"""
What came of answers by placement: how many, what part of them was clicked and led to a purchase,
and how sure that is. Of answers that the platform wrote down, and of those that pages showed.
"""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from recommender_store.tenant_space import TenantSpace

from .figures import Interval, interval_of
from .intervals import share
from .outcomes import Outcome, by_placement


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class Rates(_Told):
    """Of one placement's answers, on one basis."""

    placement: str
    units: int
    """Users, or sessions without one."""
    answers: int
    clicked: int
    click_through: Interval | None
    """Part of the answers that a click names."""
    converted: int
    conversion: Interval | None
    """The same for purchases."""


class OnlineFigures(_Told):
    """What came of answers between two moments."""

    since: datetime
    until: datetime
    sampled_share: float
    """Of the answers, to be written down, by the tenant's settings of now."""
    answered: list[Rates]
    """Of the answers that the platform wrote down, drawn by chance; shown or not."""
    shown: list[Rates]
    """Of the answers that an impression names."""


def online_figures(space: TenantSpace, since: datetime, until: datetime) -> OnlineFigures:
    """
    Raises:
        LogMoved, LogFileCorrupt, SegmentCorrupt: as `outcomes`.
    """
    return OnlineFigures(
        since=since,
        until=until,
        sampled_share=space.settings().serving.trace_share,
        answered=_rates(by_placement(space, "served", since, until)),
        shown=_rates(by_placement(space, "impression", since, until)),
    )


def _rates(found: Mapping[str, Outcome]) -> list[Rates]:
    """By name."""
    return [
        Rates(
            placement=name,
            units=one.units,
            answers=one.answers,
            clicked=one.clicked.hits,
            click_through=interval_of(share(one.clicked)),
            converted=one.converted.hits,
            conversion=interval_of(share(one.converted)),
        )
        for name, one in sorted(found.items())
    ]
