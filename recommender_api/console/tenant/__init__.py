"""One tenant: what flows in, what it may, who may, what was decided."""
