"""A parameter that is wrong is named, with what was given and what is allowed."""

import pytest

from trainers.errors import ParameterInvalid
from trainers.recipes.table import parameters_of

WRONG = [
    ("als", {"factors": 0}, "factors is 0, it has to be a whole number from 4 to 1024"),
    ("als", {"factors": "x"}, "factors is 'x', it has to be a whole number from 4 to 1024"),
    ("als", {"regularization": float("nan")}, "is nan, it has to be a number from 0.0001 to"),
    ("als", {"alpha": float("inf")}, "alpha is inf, it has to be a number above 0"),
    ("bpr", {"learning_rate": 0}, "learning_rate is 0, it has to be a number above 0 to 1"),
    ("item_average", {"ranks_all": 7}, "ranks_all is 7, it has to be true or false"),
    ("als", {"factros": 3}, "there is no parameter 'factros', there are factors, regularization"),
    ("blend", {"parts": []}, "parts: "),
    ("blend", {"parts": [{"recipe": "als", "weight": 2}]}, "parts.0.weight: "),
]


@pytest.mark.parametrize(("recipe", "given", "sentence"), WRONG)
def test_it_is_told_in_one_line(recipe, given, sentence):
    with pytest.raises(ParameterInvalid) as told:
        parameters_of(recipe, given)

    assert sentence in str(told.value)
    assert "\n" not in str(told.value)
    assert f"the recipe '{recipe}'" in str(told.value)
