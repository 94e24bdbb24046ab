"""Recommendations go out: a request, in named stages, becomes ranked items with a reason each."""
