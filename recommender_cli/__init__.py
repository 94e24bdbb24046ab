"""The one command: recommender VERB."""
