"""A mapping guessed from names and values, with its reasons and its doubts."""
