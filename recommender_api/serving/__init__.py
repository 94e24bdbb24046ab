"""What is loaded: one tenant a place, swapped whole, kept fresh by the change feed."""
