"""Whether this process lives, is ready, and what it has counted: for the internal port only."""
