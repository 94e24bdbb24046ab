"""Who asked to be forgotten, and how far that has come."""
