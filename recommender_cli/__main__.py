"""`python -m recommender_cli` is `recommender`."""

from .command import main

if __name__ == "__main__":  # a spawned worker imports this file too
    main()
