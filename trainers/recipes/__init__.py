"""How a model is fitted: one file a recipe, one table of all."""
