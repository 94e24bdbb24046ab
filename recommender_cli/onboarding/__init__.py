"""From somebody's log to live recommendations, in one command."""
