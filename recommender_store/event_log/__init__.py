"""The truth: what happened, each event once, in order of time."""
