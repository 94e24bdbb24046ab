"""Logs that many people have, known by name: no mapping to write, no guess to check."""
