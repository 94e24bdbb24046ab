"""Experiments, the serving half: who gets which variant, the same on every replica."""
