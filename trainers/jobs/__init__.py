"""The verbs: the only impure part of this room."""
