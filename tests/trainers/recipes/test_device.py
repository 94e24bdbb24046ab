"""A fit on a graphics card is said to be none that can be made again."""

import pytest

from trainers.jobs import fitting
from trainers.recipes import device
from trainers.recipes.table import parameters_of

ON_A_CARD = {"fitted_on": "gpu", "is_reproducible": False}


@pytest.mark.parametrize(
    ("recipe", "told"),
    [("als", ON_A_CARD), ("bpr", ON_A_CARD), ("blend", ON_A_CARD), ("ease", {})],
)
def test_what_implicit_fits_there_is_marked_and_nothing_else(monkeypatch, recipe, told):
    monkeypatch.setattr(fitting, "ON_GPU", True)

    assert fitting._how(recipe, parameters_of(recipe, {}), None) == told


@pytest.mark.skipif(device.ON_GPU, reason="there is a graphics card here")
def test_without_a_card_nothing_is_marked():
    assert fitting._how("als", parameters_of("als", {}), None) == {}
