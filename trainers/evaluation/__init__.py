"""How good an answer is, how sure we are of it, and whether that is enough."""
