"""Trainings and the models that came of them, and how good these are."""
