"""Between what was found and the default blend, users decide who judged neither."""

import numpy as np

from tests.conformance.test_recipes import world
from tests.worlds.long_tail import long_tail
from trainers.recipes.blend import BlendParameters, Ingredient
from trainers.tuning.decision import decide, qualities
from trainers.tuning.fits import Fits
from trainers.tuning.holding_back import hold_back

HELD = hold_back(
    world(long_tail(users=150, items=100, events=4_000).interactions).data,
    np.random.default_rng(0),
)


def only(recipe: str, **parameters) -> BlendParameters:
    return BlendParameters(parts=(Ingredient(recipe=recipe, weight=1.0, parameters=parameters),))


def test_the_better_one_is_taken_and_both_figures_are_told():
    said: list[str] = []
    fits = Fits(HELD.data, seed=1)
    default = qualities(fits.blend(BlendParameters()), HELD).mean()
    candidates = [only("als", factors=4, iterations=1), only("rp3beta"), only("ease")]

    for found in candidates:
        ours = qualities(fits.blend(found), HELD).mean()
        taken = decide(found, fits, HELD, said.append)

        assert taken == (found if ours > default else BlendParameters())
        assert f"{ours:.4f} with what was found" in said[-1]
        assert f"{default:.4f} with the default blend" in said[-1]
    assert len({text.split("is ")[1] for text in said}) == len(candidates)


def test_where_nobody_is_left_to_ask_what_was_found_is_taken():
    nobody, _ = HELD.shared_out(0, np.random.default_rng(0))

    assert decide(only("rp3beta"), Fits(HELD.data, 1), nobody, print) == only("rp3beta")


def test_the_best_of_each_recipe_and_the_parts_of_the_default_are_not_fitted_again():
    fits = Fits(HELD.data, seed=1)
    worse, best = (
        Ingredient(recipe="rp3beta", weight=1.0, parameters={"alpha": at}) for at in (1.0, 0.8)
    )
    default = BlendParameters().parts[1]
    models = {}
    for part, value in ((worse, 0.1), (best, 0.2), (default, 0.05)):
        models[part.recipe, value] = fits.fit(part)
        fits.keep(part, models[part.recipe, value], value)

    assert fits.fit(best) is models["rp3beta", 0.2]
    assert fits.fit(worse) is not models["rp3beta", 0.1]
    assert fits.fit(default) is models["als", 0.05]
