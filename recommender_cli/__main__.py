"""`python -m recommender_cli` is `recommender`."""

from .command import main

main()
