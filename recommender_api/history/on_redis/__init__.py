"""Live history in Redis: one for all workers and replicas, and rebuilt from the log like any."""
