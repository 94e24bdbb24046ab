"""Events come in, recommendations go out."""
