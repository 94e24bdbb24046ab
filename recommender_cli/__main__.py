"""`python -m recommender_cli` is `recommender`."""

if __name__ == "__main__":  # a spawned worker imports this file too, and needs none of the verbs
    from .command import main

    main()
