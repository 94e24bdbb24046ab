"""A tenant sets what is known, within bounds, and nothing else."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from recommender_store.tenants.settings import GateSettings, TenantSettings, TrainingSettings

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def settings(**more: Any) -> TenantSettings:
    return TenantSettings.model_validate({"id": "shop", "name": "Shop", "created_at": NOW, **more})


def test_what_is_not_set_has_a_default() -> None:
    made = settings()

    assert made.training == TrainingSettings()
    assert made.gate == GateSettings()
    assert made.training.kind_weights["purchase"] > made.training.kind_weights["view"]


def test_settings_come_back_as_they_were_written() -> None:
    made = settings(attribute_types={"price": "number"}, training={"window_days": 30})

    assert TenantSettings.model_validate(made.model_dump(mode="json")) == made


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "red"},
        {"training": {"windowdays": 30}},
        {"gate": {"coverage": 0.1}},
        {"training": {"window_days": 0}},
        {"training": {"test_share": 0.5}},
        {"training": {"test_share": float("nan")}},
        {"training": {"positive_rating": float("inf")}},
        {"gate": {"confidence": 1}},
        {"gate": {"minimum_coverage": -0.1}},
        {"attribute_types": {"price": "money"}},
        {"name": ""},
        {"name": "x" * 201},
    ],
)
def test_what_is_unknown_or_out_of_bounds_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**wrong)
