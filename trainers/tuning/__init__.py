"""Which recipes, with which parameters, blended how: chosen on data that is held back."""
