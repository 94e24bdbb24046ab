"""Data at rest: everything that lies in the store between two processes."""
