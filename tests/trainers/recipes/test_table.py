"""Which recipe fills which slot."""

import pytest

from trainers.errors import ParameterInvalid, RecipeUnknown
from trainers.recipes.table import DEFAULTS, choose, parameters_of, recipe_named


@pytest.mark.parametrize(
    ("names", "changes"),
    [
        ([], {}),
        (["als"], {"for_you": "als"}),
        (["bm25"], {"similar": "bm25", "for_you": "bm25"}),
        (["for_you=bm25"], {"for_you": "bm25"}),
        (["for_you=als", "bm25"], {"similar": "bm25", "for_you": "als"}),
        (["bm25", "cosine"], {"similar": "cosine", "for_you": "cosine"}),
    ],
)
def test_named_recipes_fill_their_slots_and_the_others_keep_their_defaults(names, changes):
    assert choose(names) == DEFAULTS | changes


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("svd", "als, blend, bm25"),
        ("", "als, blend, bm25"),
        ("for_you=svd", "als, blend, bm25"),
        ("similar=als", "similar=bm25"),
        ("simular=bm25", "for_you=als"),
    ],
)
def test_a_recipe_that_there_is_not_or_not_for_this_slot_is_refused_with_those_that_are(name, says):
    with pytest.raises(RecipeUnknown, match=says) as refused:
        choose([name])

    assert refused.value.code == "recipe_unknown"


def test_an_unknown_recipe_has_no_parameters():
    with pytest.raises(RecipeUnknown):
        parameters_of("svd", {})
    assert recipe_named("als").name == "als"


def test_a_wrong_parameter_is_told_with_its_recipe_and_its_range():
    with pytest.raises(ParameterInvalid, match="'tfidf' cannot be run like this: neighbours"):
        parameters_of("tfidf", {"neighbours": 0})
